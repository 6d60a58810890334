"""Reconciliation with the payment sandbox: what was lost is booked, what nobody can repair is told."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.sandbox.faults import Fault
from local.sandbox.order import Order, RefundOrder
from local.sandbox.shop import Shop, Webhook
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Record, Status
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.payments.matching import Difference, Window
from teleconsult.payments.paying import begin_card_payment, expire, settle_payment
from teleconsult.payments.reconciling import Found, Reconciliation, Repairs, reconcile, usual_window
from teleconsult.payments.refunding import ask, settle_refund
from teleconsult.payments.yookassa import Provider, Unavailable
from teleconsult.platform import dynamo
from teleconsult.refunds.model import Refund
from tests.at_sandbox import Clock
from tests.unit.usecases.conftest import NOW
from tests.unit.usecases.forms import booked, form, free_slots

TODAY = NOW.date()
TOMORROW = NOW + timedelta(days=1)
RETURN_URL = "https://cabinet.example.org/bookings"
SILENT = Webhook(times=0)


@pytest.fixture
def record() -> Record:
    return booked(form(free_slots("therapist", NOW)[0]), NOW)


@pytest.fixture
def unheard(record: Record, provider: Provider, shop: Shop) -> str:
    """A payment of the booking that succeeded; none of its notifications came."""
    payment_id = begin_card_payment(record, provider, RETURN_URL, NOW).payment_id
    shop.pay(payment_id, SILENT)
    return payment_id


def run(
    provider: Provider,
    now: datetime = TOMORROW,
    window: Window | None = None,
    repairs: Repairs | None = None,
    has_time: Callable[[], bool] = lambda: True,
) -> Reconciliation:
    mine = repairs or Repairs(payment=settle_payment, refund=settle_refund)
    return reconcile(window or usual_window(now), provider, mine, now, has_time)


def found(report: Reconciliation) -> list[tuple[str, str, str]]:
    return [(each.difference.kind, each.difference.about, each.outcome) for each in report.found]


def held(record: Record) -> int:
    return ledger.available(ledger_rules.held(record.booking.booking_id))


def rows() -> list[dynamo.Item]:
    stored = [*dynamo.scan_all("bookings"), *dynamo.scan_all("ledger")]
    return sorted(stored, key=lambda each: (each["pk"], each["sk"]))


def desk_payment(shop: Shop) -> str:
    payment_id = str(shop.create(Order("300.00", "RUB", RETURN_URL, None, {}))["id"])
    shop.pay(payment_id, SILENT)
    return payment_id


def desk_refund(shop: Shop, payment_id: str) -> str:
    return str(shop.refunds.create(RefundOrder(payment_id, "100.00", "RUB", None, {}))["id"])


def test_a_payment_whose_notifications_were_all_lost_is_found_and_booked(
    record: Record, unheard: str, provider: Provider
) -> None:
    report = run(provider)
    assert report.found == [Found(Difference("payment_not_booked", unheard, 250_000, 0), "repaired")]
    assert bookings.load(record.booking.booking_id).booking.paid_at == TOMORROW
    assert held(record) == 250_000


@pytest.mark.usefixtures("unheard")
def test_a_second_run_finds_nothing_and_changes_nothing(provider: Provider) -> None:
    run(provider)
    before = rows()
    assert run(provider) == Reconciliation(compared=1)
    assert rows() == before


def test_what_comes_in_after_the_hold_is_on_the_balance(
    record: Record, unheard: str, provider: Provider
) -> None:
    expire(record.booking.booking_id, TOMORROW)
    assert found(run(provider)) == [("payment_not_booked", unheard, "repaired")]
    assert bookings.load(record.booking.booking_id).booking.status is Status.EXPIRED
    assert ledger.available(ledger_rules.balance(record.booking.holder_id)) == 250_000


def test_a_payment_booked_on_the_day_after_it_was_made_differs_in_neither_days_window(
    record: Record, unheard: str, provider: Provider
) -> None:
    settle_payment(unheard, provider, TOMORROW)
    made, posted = (
        Window(TODAY, TOMORROW.date()),
        Window(TOMORROW.date(), TOMORROW.date() + timedelta(days=1)),
    )
    assert run(provider, window=made).found == run(provider, window=posted).found == []


def test_a_payment_for_a_booking_that_is_not_there_is_unexplained(provider: Provider, shop: Shop) -> None:
    stray = provider.create_payment(100_000, "b-nobody", 1, RETURN_URL).payment_id
    shop.pay(stray, SILENT)
    assert found(run(provider)) == [("payment_not_booked", stray, "unexplained")]


def test_a_payment_of_another_amount_than_was_booked_is_unexplained(
    record: Record, unheard: str, provider: Provider
) -> None:
    ledger.post(ledger_rules.payment_received(unheard, record.booking.booking_id, 240_000), now=NOW)
    report = run(provider)
    assert report.found == [
        Found(Difference("payment_other_amount", unheard, 250_000, 240_000), "unexplained")
    ]


def test_what_we_booked_and_nobody_paid_is_unexplained(record: Record, provider: Provider) -> None:
    payment_id = begin_card_payment(record, provider, RETURN_URL, NOW).payment_id
    ledger.post(ledger_rules.payment_received(payment_id, record.booking.booking_id, 250_000), now=NOW)
    assert found(run(provider)) == [("payment_not_succeeded", payment_id, "unexplained")]


def test_a_payment_that_was_for_no_booking_is_told_and_is_not_ours(provider: Provider, shop: Shop) -> None:
    payment_id = desk_payment(shop)
    refund_id = desk_refund(shop, payment_id)
    assert found(run(provider)) == [
        ("payment_not_ours", payment_id, "not_ours"),
        ("refund_not_ours", refund_id, "not_ours"),
    ]


def test_a_refund_made_at_the_desk_is_told_and_left_to_people(
    record: Record, unheard: str, provider: Provider, shop: Shop
) -> None:
    settle_payment(unheard, provider, NOW)
    refund_id = desk_refund(shop, unheard)
    report = run(provider)
    assert report.found == [Found(Difference("refund_at_desk", refund_id, 10_000, 0), "unexplained")]
    assert held(record) == 250_000


@pytest.fixture
def asked(record: Record, unheard: str, provider: Provider) -> Refund:
    """A refund that the holder asked for: its money has left the balance, the provider knows of nothing."""
    settle_payment(unheard, provider, NOW)
    booking = record.booking
    back = ledger_rules.returned_to_balance(booking.booking_id, booking.holder_id, 250_000, "cancelled")
    ledger.post(back, now=NOW)
    (refund,) = ask(
        booking.holder_id, 100_000, asked_by="u-1", asked_for=None, idempotency_key="refund-1", now=NOW
    )
    return refund


def test_a_refund_that_nobody_heard_of_is_booked_by_the_refunds_own_code(
    asked: Refund, unheard: str, provider: Provider
) -> None:
    provider.create_refund(asked.refund_id, unheard, 100_000)
    report = run(provider)
    assert found(report) == [("refund_not_booked", asked.refund_id, "repaired")]
    assert ledger.available(ledger_rules.refund(asked.refund_id)) == 0
    assert run(provider).found == []


def test_a_refund_of_another_amount_than_was_asked_for_is_unexplained(
    asked: Refund, unheard: str, provider: Provider
) -> None:
    provider.create_refund(asked.refund_id, unheard, 90_000)
    report = run(provider)
    assert found(report) == [("refund_not_booked", asked.refund_id, "unexplained")]
    assert ledger.available(ledger_rules.refund(asked.refund_id)) == 100_000


def test_a_refund_booked_and_not_given_is_unexplained(
    asked: Refund, unheard: str, provider: Provider
) -> None:
    gone = ledger_rules.refund_succeeded(asked.refund_id, unheard, asked.booking_id, 100_000)
    ledger.post(gone, now=NOW)
    report = run(provider)
    difference = Difference("refund_not_succeeded", asked.refund_id, 0, 100_000)
    assert report.found == [Found(difference, "unexplained")]


def test_a_provider_that_shows_no_list_ends_the_run(provider: Provider, shop: Shop) -> None:
    shop.faults.want(Fault("GET /payments", "500", None, "before", 3, 0))
    with pytest.raises(Unavailable):
        run(provider)


def test_one_payment_that_cannot_be_asked_for_does_not_hide_the_others(
    unheard: str, provider: Provider, shop: Shop
) -> None:
    other = desk_payment(shop)
    shop.faults.want(Fault("GET /payments/{id}", "500", unheard, "before", 3, 0))
    assert sorted(found(run(provider))) == [
        ("payment_not_ours", other, "not_ours"),
        ("unanswered", unheard, "unexplained"),
    ]
    assert {outcome for _, _, outcome in found(run(provider))} == {"repaired", "not_ours"}


@pytest.mark.usefixtures("unheard")
def test_what_there_is_no_time_for_is_counted_and_left(provider: Provider) -> None:
    times = iter([True, True, True, False])
    report = run(provider, has_time=lambda: next(times))
    assert (report.found, report.left) == ([], 1)
    assert run(provider, has_time=lambda: False).left == 1


def test_the_usual_window_is_the_three_days_before_today() -> None:
    late_in_the_far_east = datetime.fromisoformat("2026-12-02T05:00:00+12:00")
    days = usual_window(late_in_the_far_east).days()
    assert [day.isoformat() for day in days] == ["2026-11-28", "2026-11-29", "2026-11-30"]


def test_what_is_told_holds_ids_and_amounts_only(unheard: str, provider: Provider) -> None:
    told: list[dict[str, Any]] = []

    class Listening:
        def info(self, _message: str, **what: Any) -> None:
            told.append(what)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("teleconsult.payments.reconciling.logger", Listening())
        run(provider)
    assert told == [
        {
            "outcome": "repaired",
            "kind": "payment_not_booked",
            "about": unheard,
            "theirs": 250_000,
            "ours": 0,
        }
    ]


def test_moments_of_the_window_are_utc(provider: Provider, shop: Shop, clock: Clock) -> None:
    clock.moment = datetime(2026, 12, 1, 23, 59, 59, tzinfo=UTC)
    inside = desk_payment(shop)
    clock.moment = datetime(2026, 12, 2, tzinfo=UTC)
    desk_payment(shop)
    report = run(provider, window=Window(TODAY, TODAY + timedelta(days=1)))
    assert found(report) == [("payment_not_ours", inside, "not_ours")]
