"""Refunds (§5, Edge cases): back to the original payments, once, whatever the provider says or does not."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from local.sandbox.faults import Fault
from local.sandbox.outcomes import Outcome
from local.sandbox.shop import Shop, Webhook
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Record
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.payments import refunding
from teleconsult.payments.paying import begin_card_payment, expire, pay_from_balance, settle_payment
from teleconsult.payments.refunding import carry_out, carry_out_at_once, settle_refund
from teleconsult.payments.yookassa import Provider, Refused
from teleconsult.platform import dynamo
from teleconsult.platform.errors import Conflict, NotFound, Unavailable
from teleconsult.refunds import store
from teleconsult.refunds.model import AskedFor, Refund, RefundStatus
from tests.at_sandbox import Clock
from tests.to_sandbox import ToSandbox
from tests.unit.usecases.conftest import NOW
from tests.unit.usecases.forms import booked, form, free_slots

DAY = timedelta(days=1)
SOON = NOW + timedelta(minutes=3)


class Forgetful(ToSandbox):
    """A provider that does not say whose a refund is."""

    def request(self, method: str, url: str, **how: Any) -> Any:
        answer = super().request(method, url, **how)
        said = json.loads(answer.data)
        if "/refunds" in url:
            for each in said.get("items", [said]):
                each.pop("metadata", None)
        return type(answer)(json.dumps(said).encode(), status=answer.status)


@pytest.fixture
def forgetful(shop: Shop) -> Provider:
    return Provider(
        "http://sandbox/v3", "100500", "test_key", transport=Forgetful(shop), pause=lambda _: None
    )


Pay = Callable[..., str]


@pytest.fixture
def late_payment(shop: Shop, provider: Provider) -> Pay:
    """A payment that comes after its hold has ended: its money is on the balance. Its id."""
    slots = iter(free_slots("therapist", NOW))

    def pay(key: str = "key-0001", amount: int = 250_000) -> str:
        record = booked(form(next(slots)), NOW, key=key)
        payment = begin_card_payment(record, provider, "https://cabinet.example.org", NOW)
        expire(record.booking.booking_id, NOW + timedelta(minutes=31))
        shop.pay(payment.payment_id, Webhook(times=0), amount=amount)
        settle_payment(payment.payment_id, provider, NOW + timedelta(seconds=int(key[-4:])))
        return payment.payment_id

    return pay


@pytest.fixture
def holder() -> str:
    return booked(form(free_slots("therapist", NOW)[-1]), NOW, key="key-9999").booking.holder_id


def ask(holder: str, amount: int | None = None, key: str = "refund-1", now: datetime = NOW) -> list[Refund]:
    return refunding.ask(holder, amount, asked_by=holder, asked_for=None, idempotency_key=key, now=now)


def balance(holder: str) -> int:
    return ledger.available(ledger_rules.balance(holder))


def present(refund: Refund) -> Refund:
    return store.load(store.place(refund))


def told(refund: Refund) -> set[str]:
    items = dynamo.query_all("bookings", "pk = :pk", pk=f"BOOKING#{refund.booking_id}")
    return {item["notice"] for item in items if item["sk"].startswith("OUTBOX#refund")}


def waiting() -> list[str]:
    return [each.place.refund_id for each in store.waiting()]


def in_order() -> bool:
    trial = ledger.trial_balance()
    return (trial.total, trial.disagreements) == (0, ())


def agree(shop: Shop) -> None:
    """The books are right, and hold what the provider took and did not give back."""
    assert in_order()
    assert -ledger.trial_balance().kinds["provider"].balance == shop.taken()[0] - shop.refunded()[0]


def silent(shop: Shop, moment: str, call: str = "POST /refunds", times: int = 3) -> None:
    shop.faults.want(Fault(call, "cut", moment=moment, times=times))


def refund_id_at(shop: Shop, provider: Provider, payment_id: str) -> str:
    (found,) = provider.refunds_of(payment_id)
    return found.provider_refund_id


# ---- asking ----


def test_the_money_leaves_the_balance_when_it_is_asked_for(late_payment: Pay, holder: str) -> None:
    payment_id = late_payment()
    (refund,) = ask(holder, 100_000)
    assert (refund.payment_id, refund.amount, refund.status) == (payment_id, 100_000, RefundStatus.ASKED)
    assert present(refund) == refund
    assert balance(holder) == 150_000
    assert ledger.available(ledger_rules.refund(refund.refund_id)) == 100_000
    assert waiting() == [refund.refund_id]
    assert bookings.load(refund.booking_id).booking.holder_id == holder


def test_a_sum_of_several_payments_goes_back_to_each_oldest_first(late_payment: Pay, holder: str) -> None:
    payments = [late_payment(f"key-000{number}") for number in (1, 2, 3)]
    refunds = ask(holder, 600_000)
    assert [(each.payment_id, each.amount) for each in refunds] == [
        (payments[0], 250_000),
        (payments[1], 250_000),
        (payments[2], 100_000),
    ]
    assert balance(holder) == 150_000


def test_the_same_key_is_the_same_refunds_and_never_more_money(late_payment: Pay, holder: str) -> None:
    late_payment()
    late_payment("key-0002")
    first = ask(holder)
    later = NOW + timedelta(hours=1)
    assert ask(holder, now=later) == first
    assert balance(holder) == 0
    with pytest.raises(Conflict) as refused:
        ask(holder, 500_000, now=later)
    assert refused.value.code == "idempotency_conflict"


def test_another_key_or_another_creator_is_another_refund(late_payment: Pay, holder: str) -> None:
    late_payment()
    one = ask(holder, 100_000)
    other = ask(holder, 100_000, key="refund-2")
    operators = refunding.ask(
        holder,
        50_000,
        asked_by="staff:s-1",
        asked_for=AskedFor.PAID_TWICE,
        idempotency_key="refund-1",
        now=NOW,
    )
    assert len({each.refund_id for each in (*one, *other, *operators)}) == 3
    assert (operators[0].asked_by, present(operators[0]).asked_for) == ("staff:s-1", AskedFor.PAID_TWICE)
    assert balance(holder) == 0


def test_more_than_there_is_is_refused(late_payment: Pay, holder: str) -> None:
    late_payment()
    with pytest.raises(Conflict) as refused:
        ask(holder, 250_001)
    assert refused.value.code == "insufficient_funds"
    assert balance(holder) == 250_000
    assert waiting() == []


def test_a_balance_that_nobody_paid_into_has_nothing_to_refund(holder: str) -> None:
    with pytest.raises(Conflict) as refused:
        ask(holder)
    assert refused.value.code == "nothing_to_refund"


@pytest.fixture
def overtaken(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Something happens between the first reading of the balance and the posting that follows."""

    def before(act: Callable[[], Any]) -> None:
        post = ledger.post
        acts = iter([act])

        def posted(*transfers: Any, **how: Any) -> ledger.Posted:
            for each in acts:
                each()
            return post(*transfers, **how)

        monkeypatch.setattr(ledger, "post", posted)

    return before


def test_what_is_spent_meanwhile_is_not_refunded(
    late_payment: Pay, holder: str, overtaken: Callable[..., None]
) -> None:
    late_payment()
    record: Record = booked(form(free_slots("therapist", NOW)[5]), NOW, key="key-0005")
    overtaken(lambda: pay_from_balance(record, NOW))
    with pytest.raises(Conflict) as refused:
        ask(holder)
    assert refused.value.code == "nothing_to_refund"
    assert ledger.available(ledger_rules.held(record.booking.booking_id)) == 250_000
    assert in_order()


def test_what_is_refunded_meanwhile_is_not_spent(
    late_payment: Pay, holder: str, overtaken: Callable[..., None]
) -> None:
    late_payment()
    record = booked(form(free_slots("therapist", NOW)[5]), NOW, key="key-0005")
    overtaken(lambda: ask(holder))
    with pytest.raises(Conflict) as refused:
        pay_from_balance(record, NOW)
    assert refused.value.code == "insufficient_funds"
    assert balance(holder) == 0
    assert in_order()


def test_the_same_request_a_moment_earlier_is_one_request(
    late_payment: Pay, holder: str, overtaken: Callable[..., None]
) -> None:
    late_payment()
    earlier: list[Refund] = []
    overtaken(lambda: earlier.extend(ask(holder, now=NOW)))
    assert ask(holder, now=NOW + timedelta(seconds=1)) == earlier
    assert waiting() == [earlier[0].refund_id]


def test_the_same_request_a_moment_earlier_of_another_balance_is_one_request_all_the_same(
    late_payment: Pay, holder: str, overtaken: Callable[..., None]
) -> None:
    late_payment("key-0005")
    earlier: list[Refund] = []

    def an_older_payment_and_the_same_request() -> None:
        late_payment("key-0002")
        earlier.extend(ask(holder))

    overtaken(an_older_payment_and_the_same_request)
    assert ask(holder) == earlier
    assert balance(holder) == 0
    assert in_order()


# ---- carrying out ----


def test_a_refund_that_the_provider_makes_leaves_the_books(
    late_payment: Pay, holder: str, shop: Shop, provider: Provider
) -> None:
    payment_id = late_payment()
    (refund,) = carry_out_at_once(ask(holder), provider, NOW)
    assert (refund.status, refund.ended_at, refund.due_at) == (RefundStatus.SUCCEEDED, NOW, None)
    assert refund.provider_refund_id == refund_id_at(shop, provider, payment_id)
    assert (balance(holder), waiting(), told(refund)) == (0, [], {"refund_succeeded"})
    assert ledger.available(ledger_rules.refund(refund.refund_id)) == 0
    agree(shop)


@pytest.mark.parametrize(
    ("outcome", "refusal"),
    [
        (Outcome("canceled", reason="rejected_by_payee"), "rejected_by_payee"),
        (Outcome("forbidden"), "refused"),
    ],
)
def test_a_refused_refund_is_back_on_the_balance_and_both_sides_are_told(
    late_payment: Pay,
    holder: str,
    shop: Shop,
    provider: Provider,
    outcome: Outcome,
    refusal: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shop.refunds.want(late_payment(), outcome)
    (refund,) = carry_out_at_once(ask(holder), provider, NOW)
    assert (refund.status, refund.refusal, refund.ended_at) == (RefundStatus.REFUSED, refusal, NOW)
    assert (balance(holder), waiting(), told(refund)) == (250_000, [], {"refund_refused"})
    assert '"RefundRefused":[1.0]' in capsys.readouterr().out
    agree(shop)


def test_money_of_a_refused_refund_can_be_asked_for_again(
    late_payment: Pay, holder: str, shop: Shop, provider: Provider
) -> None:
    payment_id = late_payment()
    shop.refunds.want(payment_id, Outcome("canceled"))
    carry_out_at_once(ask(holder), provider, NOW)
    shop.refunds.want(payment_id, Outcome())
    (again,) = carry_out_at_once(ask(holder, key="refund-2"), provider, NOW)
    assert (again.status, balance(holder)) == (RefundStatus.SUCCEEDED, 0)
    agree(shop)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_silent_provider_leaves_the_refund_asked_and_the_sweeps_look_makes_it_one(
    late_payment: Pay, holder: str, shop: Shop, provider: Provider, moment: str
) -> None:
    payment_id = late_payment()
    silent(shop, moment, times=1)
    (refund,) = carry_out_at_once(ask(holder), provider, NOW)
    assert refund.status is RefundStatus.ASKED
    assert (balance(holder), waiting()) == (0, [refund.refund_id])
    ended = carry_out(present(refund), provider, SOON)
    assert ended.status is RefundStatus.SUCCEEDED
    assert ended.provider_refund_id == refund_id_at(shop, provider, payment_id)
    agree(shop)


def test_while_the_provider_is_silent_the_looks_become_rarer(
    late_payment: Pay, holder: str, shop: Shop, provider: Provider
) -> None:
    late_payment()
    shop.faults.want(Fault("POST /refunds", "cut", times=1000))
    (refund,) = ask(holder)
    pauses = []
    for _ in range(6):
        due_at = present(refund).due_at
        assert due_at
        carry_out(present(refund), provider, due_at)
        put_off = present(refund).due_at
        assert put_off
        pauses.append(put_off - due_at)
    assert pauses == sorted(pauses)
    assert pauses[-1] > pauses[0]


def test_what_the_caller_waits_for_ends_with_the_first_that_is_not_answered(
    late_payment: Pay, holder: str, shop: Shop, provider: Provider
) -> None:
    late_payment()
    late_payment("key-0002")
    silent(shop, "before", times=1)
    assert [each.status for each in carry_out_at_once(ask(holder), provider, NOW)] == [RefundStatus.ASKED] * 2
    assert shop.refunded() == (0, 0)


def test_a_refund_that_the_provider_makes_later_is_asked_about_by_its_id(
    late_payment: Pay, holder: str, shop: Shop, provider: Provider, clock: Clock
) -> None:
    payment_id = late_payment()
    shop.refunds.want(payment_id, Outcome("pending", after=timedelta(minutes=10)))
    (refund,) = carry_out_at_once(ask(holder), provider, NOW)
    assert (refund.status, refund.ended_at) == (RefundStatus.PENDING, None)
    assert refund.provider_refund_id
    assert carry_out(present(refund), provider, SOON).status is RefundStatus.PENDING
    clock.moment = NOW + timedelta(minutes=11)
    assert carry_out(present(refund), provider, clock.moment).status is RefundStatus.SUCCEEDED
    agree(shop)


@pytest.mark.parametrize("speaking", ["provider", "forgetful"])
def test_after_the_key_is_forgotten_ours_is_found_among_the_payments_refunds(
    late_payment: Pay, holder: str, shop: Shop, clock: Clock, speaking: str, request: pytest.FixtureRequest
) -> None:
    provider: Provider = request.getfixturevalue(speaking)
    payment_id = late_payment()
    silent(shop, "after")
    (refund,) = ask(holder, 100_000)
    carry_out(refund, provider, NOW)
    clock.moment = NOW + 2 * DAY
    ended = carry_out(present(refund), provider, clock.moment)
    assert ended.status is RefundStatus.SUCCEEDED
    assert ended.provider_refund_id == refund_id_at(shop, provider, payment_id)
    assert shop.refunded() == (100_000, 1)
    agree(shop)


def test_after_the_key_is_forgotten_one_that_never_got_through_is_asked_for_anew(
    late_payment: Pay, holder: str, shop: Shop, provider: Provider, clock: Clock
) -> None:
    late_payment()
    silent(shop, "before")
    (refund,) = ask(holder)
    carry_out(refund, provider, NOW)
    clock.moment = NOW + 2 * DAY
    assert carry_out(present(refund), provider, clock.moment).status is RefundStatus.SUCCEEDED
    assert shop.refunded() == (250_000, 1)


def test_two_refunds_of_one_payment_that_look_alike_do_not_take_each_others_place(
    late_payment: Pay, holder: str, shop: Shop, forgetful: Provider, clock: Clock
) -> None:
    payment_id = late_payment()
    one, other = [ask(holder, 100_000, key=key)[0] for key in ("refund-1", "refund-2")]
    silent(shop, "after")
    carry_out(one, forgetful, NOW)
    silent(shop, "before")
    carry_out(other, forgetful, NOW)
    clock.moment = NOW + 2 * DAY
    ended = [carry_out(present(each), forgetful, clock.moment) for each in (other, one)]
    assert [each.status for each in ended] == [RefundStatus.SUCCEEDED] * 2
    assert {each.provider_refund_id for each in ended} == {
        each.provider_refund_id for each in forgetful.refunds_of(payment_id)
    }
    assert shop.refunded() == (200_000, 2)
    agree(shop)


def test_two_that_look_alike_do_not_take_the_same_at_the_same_moment(
    late_payment: Pay,
    holder: str,
    shop: Shop,
    forgetful: Provider,
    clock: Clock,
    overtaken: Callable[..., None],
) -> None:
    late_payment()
    one, other = [ask(holder, 100_000, key=key)[0] for key in ("refund-1", "refund-2")]
    silent(shop, "after")
    carry_out(one, forgetful, NOW)
    silent(shop, "before")
    carry_out(other, forgetful, NOW)
    clock.moment = NOW + 2 * DAY
    overtaken(lambda: carry_out(present(one), forgetful, clock.moment))
    assert carry_out(present(other), forgetful, clock.moment).status is RefundStatus.ASKED
    assert present(one).status is RefundStatus.SUCCEEDED
    assert carry_out(present(other), forgetful, clock.moment).status is RefundStatus.SUCCEEDED
    assert present(one).provider_refund_id != present(other).provider_refund_id
    assert shop.refunded() == (200_000, 2)
    agree(shop)


def test_a_refund_made_by_hand_long_before_is_not_taken_for_ours(
    late_payment: Pay, holder: str, shop: Shop, forgetful: Provider, clock: Clock
) -> None:
    payment_id = late_payment()
    clock.moment = NOW - timedelta(hours=1)
    forgetful.create_refund("by-hand", payment_id, 100_000)
    silent(shop, "before")
    (refund,) = ask(holder, 100_000)
    carry_out(refund, forgetful, NOW)
    clock.moment = NOW + 2 * DAY
    carry_out(present(refund), forgetful, clock.moment)
    assert shop.refunded() == (200_000, 2)


def test_a_no_after_an_answer_that_was_lost_is_not_believed_over_the_refund_itself(
    late_payment: Pay, holder: str, shop: Shop, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    late_payment()
    silent(shop, "after")
    (refund,) = ask(holder)
    carry_out(refund, provider, NOW)

    def refuse(*_: Any, **__: Any) -> None:
        raise Refused

    monkeypatch.setattr(provider, "create_refund", refuse)
    assert carry_out(present(refund), provider, SOON).status is RefundStatus.SUCCEEDED
    agree(shop)


def test_a_payment_refunded_by_hand_has_nothing_left_and_the_money_is_back_on_the_balance(
    late_payment: Pay, holder: str, shop: Shop, provider: Provider, clock: Clock
) -> None:
    payment_id = late_payment()
    clock.moment = NOW - DAY
    provider.create_refund("by-hand", payment_id, 250_000)
    (refund,) = carry_out_at_once(ask(holder), provider, NOW)
    assert (refund.status, refund.refusal, balance(holder)) == (RefundStatus.REFUSED, "refused", 250_000)


def test_our_own_fault_is_an_alarm_and_the_refund_stays_due(
    late_payment: Pay, holder: str, shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    late_payment()
    stranger = Provider("http://sandbox/v3", "100500", "wrong", transport=ToSandbox(shop))
    (refund,) = ask(holder)
    assert carry_out(refund, stranger, SOON).status is RefundStatus.ASKED
    assert '"RefundUnclear":[1.0]' in capsys.readouterr().out
    put_off = present(refund).due_at
    assert put_off
    assert put_off > SOON
    assert waiting() == [refund.refund_id]


def test_two_workers_at_once_settle_a_refund_once(
    late_payment: Pay, holder: str, shop: Shop, provider: Provider, overtaken: Callable[..., None]
) -> None:
    late_payment()
    (refund,) = ask(holder)
    overtaken(lambda: carry_out(refund, provider, NOW))
    assert carry_out(refund, provider, NOW).status is RefundStatus.SUCCEEDED
    assert shop.refunded() == (250_000, 1)
    agree(shop)


def test_the_provider_giving_back_what_was_refused_is_an_alarm(
    late_payment: Pay, holder: str, shop: Shop, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    payment_id = late_payment()
    shop.refunds.want(payment_id, Outcome("forbidden"))
    (refund,) = carry_out_at_once(ask(holder), provider, NOW)
    shop.refunds.want(payment_id, Outcome())
    made = provider.create_refund(refund.refund_id, payment_id, refund.amount)
    capsys.readouterr()
    assert settle_refund(made.provider_refund_id, provider, NOW)
    assert '"RefundUnclear":[1.0]' in capsys.readouterr().out
    assert (present(refund).status, balance(holder)) == (RefundStatus.REFUSED, 250_000)
    assert in_order()


def test_another_sum_than_was_asked_for_is_not_believed(
    late_payment: Pay, holder: str, shop: Shop, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    payment_id = late_payment()
    (refund,) = ask(holder, 100_000)
    made = provider.create_refund(refund.refund_id, payment_id, 90_000)
    assert settle_refund(made.provider_refund_id, provider, NOW)
    assert '"RefundUnclear":[1.0]' in capsys.readouterr().out
    assert present(refund).status is RefundStatus.ASKED


# ---- the notification ----


@pytest.mark.parametrize("speaking", ["provider", "forgetful"])
def test_a_notification_before_our_answer_settles_the_refund(
    late_payment: Pay, holder: str, shop: Shop, speaking: str, request: pytest.FixtureRequest
) -> None:
    provider: Provider = request.getfixturevalue(speaking)
    payment_id = late_payment()
    silent(shop, "after")
    (refund,) = ask(holder)
    carry_out(refund, provider, NOW)
    for _ in range(2):
        assert settle_refund(refund_id_at(shop, provider, payment_id), provider, NOW)
    assert present(refund).status is RefundStatus.SUCCEEDED
    agree(shop)


def test_a_notification_of_a_pending_refund_that_ended_settles_it(
    late_payment: Pay, holder: str, shop: Shop, forgetful: Provider, clock: Clock
) -> None:
    payment_id = late_payment()
    shop.refunds.want(payment_id, Outcome("pending", after=timedelta(minutes=1), then="canceled"))
    (refund,) = carry_out_at_once(ask(holder), forgetful, NOW)
    clock.moment = NOW + timedelta(minutes=2)
    assert settle_refund(refund.provider_refund_id or "", forgetful, clock.moment)
    assert (present(refund).status, balance(holder)) == (RefundStatus.REFUSED, 250_000)
    agree(shop)


def test_of_two_that_look_alike_a_notification_settles_the_right_one(
    late_payment: Pay, holder: str, shop: Shop, forgetful: Provider
) -> None:
    payment_id = late_payment()
    one, other = [ask(holder, 100_000, key=key)[0] for key in ("refund-1", "refund-2")]
    silent(shop, "after")
    carry_out(other, forgetful, NOW)
    assert settle_refund(refund_id_at(shop, forgetful, payment_id), forgetful, NOW)
    assert (present(one).status, present(other).status) == (RefundStatus.SUCCEEDED, RefundStatus.SUCCEEDED)
    assert shop.refunded() == (200_000, 2)
    assert present(one).provider_refund_id != present(other).provider_refund_id
    agree(shop)


@pytest.mark.parametrize("speaking", ["provider", "forgetful"])
def test_a_refund_made_by_hand_is_not_ours(
    late_payment: Pay, holder: str, shop: Shop, speaking: str, request: pytest.FixtureRequest
) -> None:
    provider: Provider = request.getfixturevalue(speaking)
    payment_id = late_payment()
    made = provider.create_refund("by-hand", payment_id, 250_000)
    assert not settle_refund(made.provider_refund_id, provider, NOW)
    assert balance(holder) == 250_000


def test_a_notification_is_said_again_while_ours_is_not_settled(
    late_payment: Pay, holder: str, shop: Shop, forgetful: Provider
) -> None:
    payment_id = late_payment()
    silent(shop, "after")
    (refund,) = ask(holder)
    carry_out(refund, forgetful, NOW)
    silent(shop, "before", times=1)
    with pytest.raises(Unavailable):
        settle_refund(refund_id_at(shop, forgetful, payment_id), forgetful, NOW)
    assert present(refund).status is RefundStatus.ASKED


def test_a_made_up_refund_is_not_found(provider: Provider) -> None:
    with pytest.raises(NotFound):
        settle_refund("22222222-0015-5000-8000-222222222222", provider, NOW)
