"""Paying (S11, §5, Edge cases): by card, from the balance, late, twice, too little, too much, never."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import urllib3

from local.sandbox.order import Order
from local.sandbox.shop import Shop, Webhook
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Attempt, Record, Status
from teleconsult.intake.recheck import recheck
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.payments.paying import (
    ask_about_open,
    begin_card_payment,
    end_hold,
    expire,
    from_balance,
    pay_from_balance,
    settle_payment,
    spend_balance,
)
from teleconsult.payments.yookassa import Provider
from teleconsult.platform import dynamo
from teleconsult.platform.errors import Conflict, NotFound
from teleconsult.slots import store as slots
from teleconsult.slots.model import Slot, slot_of
from tests.to_sandbox import ToSandbox
from tests.unit.usecases.conftest import NOW
from tests.unit.usecases.forms import booked, form, free_slots, holder, stored

AFTER_HOLD = NOW + timedelta(minutes=31)
RETURN_URL = "https://cabinet.example.org/bookings"


@pytest.fixture
def record() -> Record:
    return booked(form(free_slots("therapist", NOW)[0]), NOW)


FOREIGN = Order("2500.00", "RUB", RETURN_URL, None, {"booking_id": "b-of-another-system", "attempt": "1"})


def stored_attempt(record: Record, attempt: Attempt) -> None:
    """An attempt whose payment at the provider is not what it should be."""
    path = f"attempts.{attempt.number}.payment_id"
    pk = f"BOOKING#{record.booking.booking_id}"
    dynamo.write(dynamo.update("bookings", pk, "PAYMENT", set={path: attempt.payment_id}))


class Silent:
    """Nobody answers."""

    def request(self, *_what: object, **_how: object) -> urllib3.BaseHTTPResponse:
        raise urllib3.exceptions.ReadTimeoutError(urllib3.HTTPConnectionPool("sandbox"), "", "silence")


def begin(record: Record, provider: Provider, now: datetime = NOW) -> Attempt:
    present = bookings.load(record.booking.booking_id)
    return begin_card_payment(present, provider, RETURN_URL, now)


def begin_and_pay(record: Record, provider: Provider, shop: Shop, now: datetime = NOW) -> str:
    payment_id = begin(record, provider, now).payment_id
    shop.pay(payment_id, Webhook())
    return payment_id


def present(record: Record) -> Record:
    return bookings.load(record.booking.booking_id)


def held(record: Record) -> int:
    return ledger.available(ledger_rules.held(record.booking.booking_id))


def balance(record: Record) -> int:
    return ledger.available(ledger_rules.balance(record.booking.holder_id))


def give_balance(record: Record, amount: int) -> None:
    transfer = ledger_rules.payment_to_balance(
        f"gift-{amount}", record.booking.booking_id, record.booking.holder_id, amount
    )
    ledger.post(transfer, now=NOW)


def test_a_paid_booking_holds_its_price_and_keeps_its_slot_for_good(
    record: Record, provider: Provider, shop: Shop
) -> None:
    settle_payment(begin_and_pay(record, provider, shop), provider, NOW)
    booking = present(record).booking
    assert booking.paid_at == NOW
    assert held(record) == booking.price == 250000
    (day,) = slots.days_of(slot_of(booking))
    assert day.taken[booking.booking_id].hold_until is None


@pytest.fixture
def overtaken(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody books with the same doctor between the next reading of the day and the write that follows."""
    days_of = slots.days_of
    own = slot_of(record.booking)
    same_day = [each for each in free_slots("therapist", NOW) if each.doctor_id == own.doctor_id]
    others = iter([each for each in same_day if each.start.date() == own.start.date()][:1])

    def read(slot: Slot) -> list[slots.TakenDay]:
        days = days_of(slot)
        for other in others:
            booked(form(other, holder=holder(phone="8 913 000-11-33")), NOW, key="key-other")
        return days

    monkeypatch.setattr(slots, "days_of", read)


@pytest.mark.usefixtures("overtaken")
def test_a_card_payment_is_decided_anew_where_the_doctors_day_has_changed(
    record: Record, provider: Provider, shop: Shop
) -> None:
    settle_payment(begin_and_pay(record, provider, shop), provider, NOW)
    assert (present(record).booking.paid_at, held(record), balance(record)) == (NOW, 250000, 0)
    (day,) = slots.days_of(slot_of(record.booking))
    assert len(day.taken) == 2


@pytest.mark.usefixtures("overtaken")
def test_a_payment_from_the_balance_is_decided_anew_where_the_doctors_day_has_changed(record: Record) -> None:
    give_balance(record, 300000)
    assert pay_from_balance(record, NOW).booking.paid_at == NOW
    assert (held(record), balance(record)) == (250000, 50000)


@pytest.mark.usefixtures("overtaken")
def test_a_hold_ends_where_the_doctors_day_has_changed(record: Record) -> None:
    assert expire(record.booking.booking_id, AFTER_HOLD).booking.status is Status.EXPIRED
    (day,) = slots.days_of(slot_of(record.booking))
    assert record.booking.booking_id not in day.taken
    assert len(day.taken) == 1


@pytest.mark.usefixtures("overtaken")
def test_a_refused_booking_frees_its_slot_where_the_doctors_day_has_changed(record: Record) -> None:
    stored(replace(record.booking, price=0))
    assert recheck(record.booking.booking_id, NOW).booking.status is Status.REFUSED
    (day,) = slots.days_of(slot_of(record.booking))
    assert record.booking.booking_id not in day.taken


def test_a_balance_pays_no_booking_whose_slot_is_anothers(record: Record) -> None:
    give_balance(record, 300000)
    dynamo.transact(slots.release(slots.days_of(slot_of(record.booking)), record.booking.booking_id))
    with pytest.raises(Conflict):
        pay_from_balance(record, NOW)
    assert (held(record), balance(record)) == (0, 300000)


def test_the_payment_is_asked_for_once_however_often_it_is_begun(record: Record, provider: Provider) -> None:
    first = begin(record, provider)
    assert begin(record, provider) == first
    assert first.confirmation_url


def test_a_payment_whose_answer_was_lost_is_asked_for_again_and_is_the_same(
    record: Record, provider: Provider
) -> None:
    lost = provider.create_payment(250000, record.booking.booking_id, 1, RETURN_URL)
    assert begin(record, provider).payment_id == lost.payment_id


def test_two_windows_that_begin_at_once_show_the_same_payment(record: Record, provider: Provider) -> None:
    one = begin_card_payment(record, provider, RETURN_URL, NOW)
    other = begin_card_payment(record, provider, RETURN_URL, NOW)
    assert one == other
    assert len(present(record).payment.attempts) == 1


def test_a_payment_whose_answer_was_lost_is_taken_in_all_the_same(
    record: Record, provider: Provider, shop: Shop
) -> None:
    lost = provider.create_payment(250000, record.booking.booking_id, 1, RETURN_URL)
    shop.pay(lost.payment_id, Webhook())
    for _ in range(2):
        settle_payment(lost.payment_id, provider, NOW)
    assert held(record) == 250000
    assert present(record).booking.paid_at == NOW


def test_after_a_refused_payment_a_new_attempt_is_begun(
    record: Record, provider: Provider, shop: Shop
) -> None:
    refused = begin(record, provider).payment_id
    shop.decline(refused, Webhook())
    settle_payment(refused, provider, NOW)
    second = begin(record, provider)
    assert second.number == 2
    assert second.payment_id != refused
    assert held(record) == 0


def test_the_same_notification_many_times_takes_the_money_in_once(
    record: Record, provider: Provider, shop: Shop
) -> None:
    payment_id = begin_and_pay(record, provider, shop)
    for minute in range(6):
        settle_payment(payment_id, provider, NOW + timedelta(minutes=minute))
    assert held(record) == 250000
    assert balance(record) == 0
    assert present(record).booking.paid_at == NOW


def test_a_notification_of_a_pending_payment_changes_nothing(record: Record, provider: Provider) -> None:
    payment_id = begin(record, provider).payment_id
    settle_payment(payment_id, provider, NOW)
    assert present(record).booking.paid_at is None


@pytest.mark.parametrize("made_up", ["2da5c87d-000f-5000-a000-145f6df21d6f", "no-id", ""])
def test_a_made_up_payment_is_not_found(provider: Provider, made_up: str) -> None:
    with pytest.raises(NotFound):
        settle_payment(made_up, provider, NOW)


def test_a_payment_other_than_the_attempts_own_is_not_believed(
    record: Record, provider: Provider, shop: Shop
) -> None:
    begin(record, provider)
    metadata = {"booking_id": record.booking.booking_id, "attempt": "1"}
    other = shop.create(Order("2500.00", "RUB", RETURN_URL, None, metadata))["id"]
    shop.pay(other, Webhook())
    with pytest.raises(NotFound):
        settle_payment(other, provider, NOW)
    assert held(record) == 0


def test_an_expiry_that_read_the_row_before_the_payment_is_refused(
    record: Record, provider: Provider, shop: Shop
) -> None:
    before = record.booking
    settle_payment(begin_and_pay(record, provider, shop), provider, AFTER_HOLD)
    with pytest.raises(dynamo.ConditionFailed):
        dynamo.write(bookings.expired(before, AFTER_HOLD))


def test_an_attempts_money_is_written_once_even_by_two_that_read_the_row_before(
    record: Record, provider: Provider
) -> None:
    begin(record, provider)
    stage = present(record).payment
    taken_in = bookings.money_received(record.booking.booking_id, stage, 100000, done_at=None, attempt=1)
    dynamo.write(taken_in)
    with pytest.raises(dynamo.ConditionFailed):
        dynamo.write(taken_in)


def test_a_payment_after_expiry_goes_to_the_balance_and_the_patient_is_told(
    record: Record, provider: Provider, shop: Shop
) -> None:
    payment_id = begin_and_pay(record, provider, shop)
    expire(record.booking.booking_id, AFTER_HOLD)
    for _ in range(2):
        settle_payment(payment_id, provider, AFTER_HOLD)
    assert present(record).booking.status is Status.EXPIRED
    assert (held(record), balance(record)) == (0, 250000)
    rows = [item["sk"] for item in dynamo.scan_all("bookings")]
    assert f"OUTBOX#late_payment#{payment_id}" in rows


def test_a_payment_past_the_hold_still_counts_while_the_slot_is_the_bookings_own(
    record: Record, provider: Provider, shop: Shop
) -> None:
    settle_payment(begin_and_pay(record, provider, shop), provider, AFTER_HOLD)
    assert present(record).booking.paid_at == AFTER_HOLD
    expire(record.booking.booking_id, AFTER_HOLD)
    assert present(record).booking.status is Status.AWAITING_PAYMENT
    assert held(record) == 250000


def test_a_payment_whose_slot_another_has_taken_goes_to_the_balance(
    record: Record, provider: Provider, shop: Shop
) -> None:
    payment_id = begin_and_pay(record, provider, shop)
    slot = next(s for s in free_slots("therapist", AFTER_HOLD) if s.start == record.booking.slot_start)
    other = booked(form(slot), AFTER_HOLD, key="key-other")
    settle_payment(payment_id, provider, AFTER_HOLD)
    assert balance(record) == 250000
    expire(record.booking.booking_id, AFTER_HOLD)
    assert slots.holds(slots.days_of(slot), other.booking.booking_id)


def test_the_second_of_two_paid_attempts_goes_to_the_balance(
    record: Record, provider: Provider, shop: Shop
) -> None:
    booking_id = record.booking.booking_id
    payments = [provider.create_payment(250000, booking_id, number, RETURN_URL) for number in (1, 2)]
    for payment in payments:
        shop.pay(payment.payment_id, Webhook())
        settle_payment(payment.payment_id, provider, NOW)
    assert (held(record), balance(record)) == (250000, 250000)


@pytest.mark.parametrize(("paid", "holds", "surplus"), [(100000, 100000, 0), (300000, 250000, 50000)])
def test_a_payment_of_another_amount_is_kept_for_the_booking_and_the_surplus_on_the_balance(
    record: Record, provider: Provider, shop: Shop, paid: int, holds: int, surplus: int
) -> None:
    payment = provider.create_payment(paid, record.booking.booking_id, 1, RETURN_URL)
    shop.pay(payment.payment_id, Webhook())
    for _ in range(2):
        settle_payment(payment.payment_id, provider, NOW)
    assert (held(record), balance(record)) == (holds, surplus)
    assert (present(record).booking.paid_at == NOW) is (paid >= 250000)


def test_the_rest_of_a_part_payment_is_asked_for_and_pays_the_booking(
    record: Record, provider: Provider, shop: Shop
) -> None:
    payment = provider.create_payment(100000, record.booking.booking_id, 1, RETURN_URL)
    shop.pay(payment.payment_id, Webhook())
    settle_payment(payment.payment_id, provider, NOW)
    rest = begin(record, provider)
    assert rest.amount == 150000
    shop.pay(rest.payment_id, Webhook())
    settle_payment(rest.payment_id, provider, NOW)
    assert held(record) == 250000
    assert present(record).booking.paid_at == NOW


def test_a_part_payment_goes_to_the_balance_when_the_hold_ends(
    record: Record, provider: Provider, shop: Shop
) -> None:
    payment = provider.create_payment(100000, record.booking.booking_id, 1, RETURN_URL)
    shop.pay(payment.payment_id, Webhook())
    settle_payment(payment.payment_id, provider, NOW)
    for _ in range(2):
        expire(record.booking.booking_id, AFTER_HOLD)
    assert present(record).booking.status is Status.EXPIRED
    assert (held(record), balance(record)) == (0, 100000)


def part_paid(record: Record, provider: Provider, shop: Shop) -> None:
    payment = provider.create_payment(100000, record.booking.booking_id, 1, RETURN_URL)
    shop.pay(payment.payment_id, Webhook())
    settle_payment(payment.payment_id, provider, NOW)


def test_a_balance_payment_that_read_the_row_before_a_part_payment_takes_the_rest_only(
    record: Record, provider: Provider, shop: Shop
) -> None:
    give_balance(record, 250000)
    before = present(record)
    part_paid(record, provider, shop)
    pay_from_balance(before, NOW)
    assert (held(record), balance(record)) == (250000, 100000)


def test_money_that_another_was_faster_to_bring_is_not_written_on_an_old_reading(record: Record) -> None:
    stale = bookings.money_received(record.booking.booking_id, record.payment, 250000, done_at=NOW)
    dynamo.write(bookings.money_received(record.booking.booking_id, record.payment, 100000, done_at=None))
    with pytest.raises(dynamo.ConditionFailed):
        dynamo.write(stale)


def test_a_part_paid_booking_is_not_refused_by_the_check_of_its_form(
    record: Record, provider: Provider, shop: Shop
) -> None:
    part_paid(record, provider, shop)
    stored(replace(present(record).booking, price=0))
    assert recheck(record.booking.booking_id, NOW).booking.status is Status.AWAITING_PAYMENT
    assert held(record) == 100000


def test_a_payment_that_ended_unheard_is_not_shown_again(
    record: Record, provider: Provider, shop: Shop
) -> None:
    ended = begin(record, provider).payment_id
    shop.decline(ended, Webhook(times=0))
    second = begin(record, provider)
    assert (second.number, second.payment_id != ended) == (2, True)


def test_a_payment_that_was_paid_unheard_is_taken_in_instead_of_begun_again(
    record: Record, provider: Provider, shop: Shop
) -> None:
    shop.pay(begin(record, provider).payment_id, Webhook(times=0))
    with pytest.raises(Conflict) as refused:
        begin(record, provider)
    assert refused.value.code == "not_payable"
    assert held(record) == 250000


def test_a_payment_that_the_provider_forgot_is_begun_anew(record: Record, provider: Provider) -> None:
    begin(record, provider)
    other = Shop(":memory:", shop_id="100500", url="http://sandbox", now=lambda: datetime.now(UTC))
    second = begin(record, Provider("http://sandbox/v3", "100500", "test_key", transport=ToSandbox(other)))
    assert second.number == 2
    other.close()


def test_a_payment_of_the_shop_that_is_for_no_booking_is_none_of_ours(provider: Provider, shop: Shop) -> None:
    foreign = shop.create(Order("500.00", "RUB", RETURN_URL, None, {}))["id"]
    shop.pay(foreign, Webhook())
    settle_payment(foreign, provider, NOW)
    assert not list(dynamo.scan_all("ledger"))


def test_an_unpaid_hold_that_ended_is_expired_and_its_slot_free(record: Record) -> None:
    booking = record.booking
    expire(booking.booking_id, AFTER_HOLD)
    assert present(record).booking.status is Status.EXPIRED
    assert not slots.holds(slots.days_of(slot_of(booking)), booking.booking_id)
    assert booking.booking_id not in set(bookings.all_due(AFTER_HOLD))


def test_a_hold_does_not_end_before_its_time(record: Record) -> None:
    expire(record.booking.booking_id, NOW + timedelta(minutes=29))
    assert present(record).booking.status is Status.AWAITING_PAYMENT


def test_no_payment_is_begun_after_the_hold(record: Record, provider: Provider) -> None:
    with pytest.raises(Conflict) as refused:
        begin(record, provider, AFTER_HOLD)
    assert refused.value.code == "not_payable"


def test_no_payment_is_begun_before_the_consents(provider: Provider) -> None:
    record = booked(form(free_slots("therapist", NOW)[0], consents=None), NOW)
    with pytest.raises(Conflict):
        begin(record, provider)


def test_a_booking_is_paid_from_the_balance_whole_and_once(record: Record) -> None:
    give_balance(record, 300000)
    for _ in range(2):
        pay_from_balance(present(record), NOW)
    assert (held(record), balance(record)) == (250000, 50000)
    assert present(record).booking.paid_at == NOW


def test_a_repeat_that_read_the_row_before_the_payment_pays_nothing_more(record: Record) -> None:
    give_balance(record, 600000)
    before = present(record)
    pay_from_balance(before, NOW)
    pay_from_balance(before, NOW)
    assert balance(record) == 350000


def test_a_balance_that_does_not_reach_pays_nothing(record: Record) -> None:
    give_balance(record, 249999)
    with pytest.raises(Conflict) as refused:
        pay_from_balance(record, NOW)
    assert refused.value.code == "insufficient_funds"
    assert (held(record), balance(record)) == (0, 249999)
    assert present(record).booking.paid_at is None


def test_a_balance_pays_nothing_after_the_hold(record: Record) -> None:
    give_balance(record, 250000)
    with pytest.raises(Conflict) as refused:
        pay_from_balance(record, AFTER_HOLD)
    assert refused.value.code == "not_payable"


def test_a_balance_that_covers_a_part_leaves_the_rest_for_the_card(
    record: Record, provider: Provider, shop: Shop
) -> None:
    give_balance(record, 100000)
    spent = spend_balance(record, NOW)
    assert (held(record), balance(record), spent.booking.paid_at) == (100000, 0, None)
    rest = begin(record, provider)
    assert rest.amount == 150000
    shop.pay(rest.payment_id, Webhook())
    settle_payment(rest.payment_id, provider, NOW)
    assert (held(record), present(record).booking.paid_at) == (250000, NOW)


def test_what_the_balance_and_the_card_paid_comes_back_whole(
    record: Record, provider: Provider, shop: Shop
) -> None:
    give_balance(record, 100000)
    spend_balance(record, NOW)
    expire(record.booking.booking_id, AFTER_HOLD)
    assert (held(record), balance(record)) == (0, 100000)
    assert [lot.source for lot in ledger.load(f"balance:{record.booking.holder_id}").lots] == [
        "payment:gift-100000"
    ]


def test_a_balance_that_covers_everything_pays_at_once(record: Record) -> None:
    give_balance(record, 300000)
    assert spend_balance(record, NOW).booking.paid_at == NOW
    assert (held(record), balance(record)) == (250000, 50000)


def test_what_the_balance_paid_is_told_apart_from_what_the_card_did(
    record: Record, provider: Provider, shop: Shop
) -> None:
    part_paid(record, provider, shop)
    give_balance(record, 250000)
    paid = pay_from_balance(present(record), NOW)
    assert (paid.payment.received, from_balance(paid)) == (250000, 150000)


def test_an_empty_balance_pays_nothing_and_refuses_nothing(record: Record) -> None:
    assert spend_balance(record, NOW) == record
    assert not list(dynamo.scan_all("ledger"))


def test_a_repeat_spends_only_what_has_come_to_the_balance_since(record: Record) -> None:
    give_balance(record, 100000)
    first = spend_balance(record, NOW)
    assert spend_balance(first, NOW) == first
    give_balance(record, 50000)
    again = spend_balance(record, NOW)
    assert (held(record), balance(record), again.payment.from_balance) == (150000, 0, 2)


def test_a_balance_spends_nothing_after_the_hold(record: Record) -> None:
    give_balance(record, 100000)
    with pytest.raises(Conflict):
        spend_balance(record, AFTER_HOLD)
    assert balance(record) == 100000


def test_a_balance_that_is_spent_elsewhere_meanwhile_pays_what_is_left(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_balance(record, 100000)
    available = ledger.available
    elsewhere = iter([ledger_rules.paid_from_balance("b-other", record.booking.holder_id, 1, 60000)])

    def overtaken(account: str) -> int:
        seen = available(account)
        for other in elsewhere:
            ledger.post(other, now=NOW)
        return seen

    monkeypatch.setattr(ledger, "available", overtaken)
    spend_balance(record, NOW)
    assert (held(record), balance(record)) == (40000, 0)


def test_a_payment_nobody_told_us_of_is_found_by_asking(
    record: Record, provider: Provider, shop: Shop
) -> None:
    payment_id = begin(record, provider).payment_id
    assert list(bookings.with_open_payments(NOW)) == [record.booking.booking_id]
    shop.pay(payment_id, Webhook(times=0))
    assert ask_about_open(present(record), provider, NOW).booking.paid_at == NOW
    assert list(bookings.with_open_payments(NOW)) == []


def test_a_payment_that_is_open_still_is_asked_about_again(record: Record, provider: Provider) -> None:
    begin(record, provider)
    for _ in range(2):
        assert ask_about_open(present(record), provider, NOW).booking.paid_at is None
    assert list(bookings.with_open_payments(NOW)) == [record.booking.booking_id]


def test_a_payment_that_was_declined_is_not_asked_about_any_more(
    record: Record, provider: Provider, shop: Shop
) -> None:
    payment_id = begin(record, provider).payment_id
    shop.decline(payment_id, Webhook(times=0))
    heard = ask_about_open(present(record), provider, NOW)
    assert [attempt.status for attempt in heard.payment.attempts] == ["canceled"]
    assert list(bookings.with_open_payments(NOW)) == []


def test_while_another_attempt_is_open_the_booking_stays_asked_about(
    record: Record, provider: Provider, shop: Shop
) -> None:
    first = begin(record, provider).payment_id
    give_balance(record, 100000)
    spend_balance(present(record), NOW)
    begin(record, provider)
    shop.decline(first, Webhook(times=0))
    settle_payment(first, provider, NOW)
    assert list(bookings.with_open_payments(NOW)) == [record.booking.booking_id]


def test_an_attempt_begun_meanwhile_is_not_forgotten(record: Record, provider: Provider) -> None:
    first = begin(record, provider)
    seen = present(record).payment
    second = replace(first, number=2, payment_id="p-2")
    dynamo.write(bookings.attempt_noted(record.booking.booking_id, seen, second))
    with pytest.raises(dynamo.ConditionFailed):
        dynamo.write(bookings.attempt_ended(record.booking.booking_id, seen, 1, "canceled"))
    with pytest.raises(dynamo.ConditionFailed):
        dynamo.write(bookings.no_open_payments(record.booking.booking_id, seen))


def test_nothing_open_is_not_asked_about_any_more(record: Record, provider: Provider, shop: Shop) -> None:
    payment_id = begin_and_pay(record, provider, shop)
    settle_payment(payment_id, provider, NOW)
    stray = dynamo.update(
        "bookings",
        f"BOOKING#{record.booking.booking_id}",
        "PAYMENT",
        set={"due_day": f"PAYMENTS#{NOW.date().isoformat()}", "due_at": "2026-01-01T00:00:00Z"},
    )
    dynamo.write(stray)
    ask_about_open(present(record), provider, NOW)
    assert list(bookings.with_open_payments(NOW)) == []


def test_a_hold_does_not_end_over_a_payment_nobody_told_us_of(
    record: Record, provider: Provider, shop: Shop
) -> None:
    shop.pay(begin(record, provider).payment_id, Webhook(times=0))
    ended = end_hold(record.booking.booking_id, lambda: provider, AFTER_HOLD)
    assert (ended.booking.paid_at, held(record)) == (AFTER_HOLD, 250000)


def test_a_hold_ends_although_the_provider_does_not_answer(record: Record, provider: Provider) -> None:
    begin(record, provider)
    silent = Provider("http://sandbox/v3", "100500", "test_key", transport=Silent(), pause=lambda _: None)
    ended = end_hold(record.booking.booking_id, lambda: silent, AFTER_HOLD)
    assert ended.booking.status is Status.EXPIRED


@pytest.mark.parametrize("key", ["wrong_key", "test_key"])
def test_a_hold_ends_although_the_provider_refuses_us_or_shows_another_payment(
    record: Record, provider: Provider, shop: Shop, key: str
) -> None:
    begin(record, provider)
    if key == "test_key":
        another = replace(present(record).payment.attempts[0], payment_id=shop.create(FOREIGN)["id"])
        stored_attempt(record, another)
        shop.pay(another.payment_id, Webhook(times=0))
    unlike = Provider("http://sandbox/v3", "100500", key, transport=ToSandbox(shop))
    ended = end_hold(record.booking.booking_id, lambda: unlike, AFTER_HOLD)
    assert ended.booking.status is Status.EXPIRED


def test_the_provider_is_not_asked_where_nothing_is_open(record: Record) -> None:
    def nobody() -> Provider:
        raise AssertionError("nothing is open")

    assert end_hold(record.booking.booking_id, nobody, AFTER_HOLD).booking.status is Status.EXPIRED


@pytest.mark.parametrize(("paid", "told"), [(100000, "part_paid"), (300000, "surplus")])
def test_of_another_amount_than_asked_for_the_patient_is_told(
    record: Record, provider: Provider, shop: Shop, paid: int, told: str
) -> None:
    payment = provider.create_payment(paid, record.booking.booking_id, 1, RETURN_URL)
    shop.pay(payment.payment_id, Webhook())
    settle_payment(payment.payment_id, provider, NOW)
    rows = [item["sk"] for item in dynamo.scan_all("bookings")]
    assert f"OUTBOX#{told}#{payment.payment_id}" in rows


def test_a_card_payment_after_one_from_the_balance_goes_to_the_balance(
    record: Record, provider: Provider, shop: Shop
) -> None:
    payment_id = begin_and_pay(record, provider, shop)
    give_balance(record, 250000)
    pay_from_balance(present(record), NOW)
    settle_payment(payment_id, provider, NOW)
    assert (held(record), balance(record)) == (250000, 250000)


def test_the_books_balance_after_every_kind_of_payment(
    record: Record, provider: Provider, shop: Shop
) -> None:
    settle_payment(begin_and_pay(record, provider, shop), provider, NOW)
    books = ledger.trial_balance()
    assert books.total == 0
    assert not books.disagreements
    assert -books.kinds["provider"].balance == shop.taken()[0]
