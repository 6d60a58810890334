"""Cancelling, moving, holding longer (§2): the row decides, and no kopeck is lost by any order of events."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from local.sandbox.shop import Shop, Webhook
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Outcome, Record, Side, Status
from teleconsult.catalogue import rules as catalogue_rules
from teleconsult.catalogue import store as catalogue_store
from teleconsult.changes import clearing
from teleconsult.changes.cancelling import cancel
from teleconsult.changes.clearing import clear_day
from teleconsult.changes.holding import hold_longer
from teleconsult.changes.model import Action, Asked, Became, Cleared, Clearing
from teleconsult.changes.moving import Wish, move, move_to
from teleconsult.intake.application import SlotTaken
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.outcomes.saying import say_outcome
from teleconsult.payments.paying import begin_card_payment, expire, settle_payment
from teleconsult.payments.yookassa import Provider
from teleconsult.platform import clock, dynamo
from teleconsult.platform.errors import Conflict, Invalid, NotFound, Unavailable
from teleconsult.scheduling.schedule import schedule
from teleconsult.slots import search
from teleconsult.slots import store as slots
from teleconsult.slots.model import Slot, slot_of
from teleconsult.trail import store as trail
from tests.unit.usecases.conftest import NOW
from tests.unit.usecases.forms import TEENAGER, booked, form, free_slots, holder, stored

AFTER_HOLD = NOW + timedelta(minutes=31)
OWN = Asked(side=Side.PATIENT, by="h-own", request_id="r-1", why=None)
STAFF = Asked(side=Side.CLINIC, by="staff:s-1", request_id="r-2", why="Врач заболел")
HOUR = timedelta(hours=1)


def slot(number: int = 0, specialty: str = "therapist") -> Slot:
    return free_slots(specialty, NOW)[number]


@pytest.fixture
def first() -> Slot:
    return slot(0)


@pytest.fixture
def other() -> Slot:
    """Another time of another day, apart from the first one whoever it is with."""
    return slot(-1)


@pytest.fixture
def record(first: Slot) -> Record:
    return booked(form(first), NOW)


def present(record: Record) -> Record:
    return bookings.load(record.booking.booking_id)


def pay(record: Record, provider: Provider, shop: Shop, now: datetime = NOW) -> None:
    attempt = begin_card_payment(present(record), provider, "https://clinic.example", now)
    shop.pay(attempt.payment_id, Webhook())
    settle_payment(attempt.payment_id, provider, now)


def scheduled(record: Record, provider: Provider, shop: Shop) -> Record:
    pay(record, provider, shop)
    return schedule(record.booking.booking_id, NOW)


def to(slot: Slot, key: str = "move-key-1") -> Wish:
    return Wish(slot.doctor_id, slot.start, key)


def moved(record: Record, slot: Slot, asked: Asked = OWN, now: datetime = NOW, key: str = "key-1") -> Record:
    return move(present(record), to(slot, key), asked, now)


def held(record: Record) -> int:
    return ledger.available(ledger_rules.held(record.booking.booking_id))


def balance(record: Record) -> int:
    return ledger.available(ledger_rules.balance(record.booking.holder_id))


def takes(record: Record, slot: Slot) -> bool:
    return slots.holds(slots.days_of(slot), record.booking.booking_id)


def notices(record: Record) -> dict[str, list[str]]:
    """What is in the outbox, and whom it is for."""
    pk = f"BOOKING#{record.booking.booking_id}"
    items = dynamo.query_all("bookings", "pk = :pk", pk=pk)
    return {
        item["sk"].removeprefix("OUTBOX#"): sorted(item["deliveries"])
        for item in items
        if item["sk"].startswith("OUTBOX#")
    }


def actions(record: Record) -> list[str]:
    return [entry.action for entry in trail.of(record.booking.booking_id).entries]


# ---- cancelling ----


def test_cancelling_an_unpaid_booking_frees_its_slot_and_tells_the_patient_alone(
    record: Record, first: Slot
) -> None:
    cancelled = cancel(record, OWN, NOW)
    booking = cancelled.booking
    assert (booking.status, booking.cancelled_at, booking.cancelled_by) == (
        Status.CANCELLED,
        NOW,
        Side.PATIENT,
    )
    assert not takes(record, first)
    assert notices(record) == {"cancelled": ["patient_mail", "patient_sms"]}
    assert actions(record) == ["cancelled"]


def test_what_was_paid_for_a_cancelled_booking_is_on_the_balance(
    record: Record, first: Slot, provider: Provider, shop: Shop
) -> None:
    scheduled(record, provider, shop)
    cancel(present(record), STAFF, NOW)
    assert (held(record), balance(record)) == (0, 250000)
    assert not takes(record, first)
    assert "doctor_sms" in notices(record)["cancelled"]
    (entry,) = trail.of(record.booking.booking_id).entries
    assert (entry.by, entry.why, entry.about["returned"]) == ("staff:s-1", "Врач заболел", 250000)


def test_cancelling_again_by_anybody_changes_nothing(record: Record, provider: Provider, shop: Shop) -> None:
    pay(record, provider, shop)
    done = cancel(present(record), OWN, NOW)
    assert cancel(record, STAFF, NOW + HOUR).booking == done.booking
    assert (held(record), balance(record)) == (0, 250000)


@pytest.mark.parametrize("status", [Status.EXPIRED, Status.COMPLETED, Status.NOT_HELD, Status.REFUSED])
def test_what_is_over_is_not_cancelled(record: Record, status: Status) -> None:
    stored(replace(record.booking, status=status))
    with pytest.raises(Conflict) as refused:
        cancel(present(record), OWN, NOW)
    assert refused.value.code == "already_over"


def test_what_has_begun_is_neither_cancelled_nor_moved(
    record: Record, first: Slot, other: Slot, provider: Provider, shop: Shop
) -> None:
    scheduled(record, provider, shop)
    acts: list[Callable[[], object]] = [
        lambda: cancel(present(record), STAFF, first.start),
        lambda: moved(record, other, STAFF, first.start),
    ]
    for act in acts:
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "already_begun"


def test_a_payment_after_the_cancelling_goes_to_the_balance(
    record: Record, provider: Provider, shop: Shop
) -> None:
    attempt = begin_card_payment(present(record), provider, "https://clinic.example", NOW)
    cancel(present(record), OWN, NOW)
    shop.pay(attempt.payment_id, Webhook())
    settle_payment(attempt.payment_id, provider, NOW)
    assert present(record).booking.status is Status.CANCELLED
    assert (held(record), balance(record)) == (0, 250000)


def test_a_payment_between_reading_and_cancelling_is_returned(
    record: Record, provider: Provider, shop: Shop
) -> None:
    stale = present(record)
    pay(record, provider, shop)
    assert cancel(stale, OWN, NOW).booking.status is Status.CANCELLED
    assert (held(record), balance(record)) == (0, 250000)


def test_a_cancelled_booking_may_be_paid_for_no_more(record: Record, provider: Provider) -> None:
    cancel(record, OWN, NOW)
    with pytest.raises(Conflict):
        begin_card_payment(present(record), provider, "https://clinic.example", NOW)


# ---- moving ----


def test_a_moved_booking_has_the_new_time_and_all_that_follows_from_it(
    record: Record, first: Slot, other: Slot, provider: Provider, shop: Shop
) -> None:
    before = scheduled(record, provider, shop).booking
    booking = moved(record, other).booking
    assert slot_of(booking) == other
    assert booking.verdict_after - booking.slot_end == before.verdict_after - before.slot_end
    assert booking.verdict_deadline - booking.slot_end == before.verdict_deadline - before.slot_end
    assert (booking.moves, booking.status, booking.price) == (1, Status.SCHEDULED, before.price)
    assert (booking.paid_at, booking.contract_number) == (before.paid_at, before.contract_number)
    assert takes(record, other)
    assert not takes(record, first)
    (taken,) = (day.taken[booking.booking_id] for day in slots.days_of(other))
    assert taken.hold_until is None


def test_both_sides_hear_of_a_move_and_the_doctor_who_loses_it(
    record: Record, first: Slot, other: Slot, provider: Provider, shop: Shop
) -> None:
    scheduled(record, provider, shop)
    elsewhere = next(each for each in all_slots("therapist") if each.doctor_id != first.doctor_id)
    moved(record, elsewhere, STAFF)
    about = f"1#{clock.iso(first.start)}#{first.doctor_id}"
    told = notices(record)
    assert told[f"moved#{about}"] == ["doctor_mail", "doctor_sms", "patient_mail", "patient_sms"]
    assert told[f"withdrawn#{about}"] == ["doctor_mail", "doctor_sms"]
    assert actions(record) == ["moved"]


def test_of_an_unpaid_move_the_patient_alone_hears(record: Record, first: Slot, other: Slot) -> None:
    moved(record, other)
    assert notices(record) == {f"moved#1#{clock.iso(first.start)}": ["patient_mail", "patient_sms"]}
    (taken,) = (day.taken[record.booking.booking_id] for day in slots.days_of(other))
    assert taken.hold_until == record.booking.hold_until


def test_an_overlapping_time_of_the_same_day_is_no_obstacle(record: Record, first: Slot) -> None:
    doctor = catalogue_store.load().doctors[first.doctor_id]
    step = timedelta(minutes=doctor.grid_minutes)
    nearby = Slot(first.start + step, first.end + step, first.doctor_id)
    assert step < first.end - first.start
    assert slot_of(moved(record, nearby).booking) == nearby
    (day,) = slots.days_of(nearby)
    assert list(day.taken) == [record.booking.booking_id]


def test_the_same_key_is_the_same_move_and_not_another_one(record: Record, first: Slot, other: Slot) -> None:
    moved(record, other)
    moved(record, first, key="key-2")
    assert moved(record, other).booking.moves == 2  # said long ago, and not done a second time
    with pytest.raises(Conflict) as refused:
        moved(record, first)
    assert refused.value.code == "idempotency_conflict"
    assert slot_of(present(record).booking) == first


def test_to_where_it_is_already_nothing_changes(record: Record, first: Slot) -> None:
    assert moved(record, first).booking == record.booking


def test_a_time_that_another_has_is_refused_with_others_to_choose_from(record: Record, other: Slot) -> None:
    booked(form(other, holder=holder(phone="8 913 000-11-33")), NOW, key="key-other")
    with pytest.raises(SlotTaken) as taken:
        moved(record, other)
    assert taken.value.alternatives
    assert other not in taken.value.alternatives
    assert slot_of(present(record).booking) == slot_of(record.booking)


def test_a_patient_keeps_to_the_price_an_operator_keeps_the_booked_one(record: Record) -> None:
    dearer = next(
        each
        for each in all_slots("therapist")
        if catalogue_store.load().doctors[each.doctor_id].offers["first"].price != record.booking.price
    )
    with pytest.raises(Invalid) as refused:
        moved(record, dearer)
    assert codes(refused.value) == {"doctor": "other_price"}
    assert moved(record, dearer, STAFF).booking.price == record.booking.price


def all_slots(specialty: str) -> list[Slot]:

    catalogue = catalogue_store.load()
    doctors = catalogue_rules.doctors_for(catalogue, specialty=specialty, kind="first")
    day = catalogue_rules.consultation_day(catalogue, NOW) + timedelta(days=1)
    return search.free(catalogue, doctors, day, day + timedelta(days=3), NOW, "first")


def codes(invalid: Invalid) -> dict[str, str]:
    return {fault.path: fault.code for fault in invalid.fields}


@pytest.mark.parametrize(
    ("doctor", "start", "expected"),
    [
        ("d-nobody", "2026-12-03T03:00:00Z", {"doctor": "unknown"}),
        ("d-petrova-lisina", "2026-12-03T03:00:00Z", {"doctor": "other_specialty"}),
        ("d-sokolova", "2026-12-01T01:00:00Z", {"start": "past"}),
        ("d-sokolova", "2026-12-01T02:10:00Z", {"start": "too_soon"}),
        ("d-sokolova", "2027-12-01T03:00:00Z", {"start": "too_far"}),
        ("d-sokolova", "2026-12-03T19:00:00Z", {"start": "no_slot"}),
    ],
)
def test_a_time_that_nobody_offers_is_refused(
    record: Record, doctor: str, start: str, expected: dict[str, str]
) -> None:
    with pytest.raises(Invalid) as refused:
        move(record, Wish(doctor, clock.parse(start), "key-1"), OWN, NOW)
    assert expected.items() <= codes(refused.value).items()


def test_nobody_is_moved_to_an_age_at_which_others_sign(provider: Provider) -> None:
    early, late = free_slots("pediatrician", NOW)[0], free_slots("pediatrician", NOW)[-1]
    assert early.start.date() < late.start.date()
    turns_15 = {**TEENAGER, "birth_date": date(2011, late.start.month, late.start.day).isoformat()}
    record = booked(form(early, specialty="pediatrician", patient=turns_15), NOW)
    with pytest.raises(Invalid) as refused:
        moved(record, late, STAFF)
    assert codes(refused.value)["start"] == "other_signers"
    assert "исполнится 15 лет" in refused.value.fields[0].message


def test_an_unpaid_booking_is_held_no_longer_than_the_new_slot_allows() -> None:
    record = booked(form(slot(), consents=None), NOW, created_by="staff:s-1")
    nearest = min(all_slots_from_now(), key=lambda each: each.start)
    booking = moved(record, nearest, STAFF).booking
    assert booking.hold_until == nearest.start - HOUR < record.booking.hold_until
    assert booking.due_at == booking.hold_until


def all_slots_from_now() -> list[Slot]:

    catalogue = catalogue_store.load()
    day = catalogue_rules.consultation_day(catalogue, NOW)
    return search.free(catalogue, [catalogue.doctors["d-sokolova"]], day, day, NOW, "first")


def test_a_hold_that_ran_out_is_not_moved(record: Record, other: Slot) -> None:
    with pytest.raises(Conflict) as refused:
        moved(record, other, OWN, AFTER_HOLD)
    assert refused.value.code == "hold_over"


def test_a_payment_between_reading_and_moving_is_of_the_new_slot(
    record: Record, other: Slot, provider: Provider, shop: Shop
) -> None:
    stale = present(record)
    pay(record, provider, shop)
    move(stale, to(other), OWN, NOW)
    booking = present(record).booking
    assert booking.paid_at == NOW
    assert slot_of(booking) == other
    (taken,) = (day.taken[booking.booking_id] for day in slots.days_of(other))
    assert taken.hold_until is None


def test_a_payment_that_read_the_booking_before_a_move_is_of_the_new_slot(
    record: Record, other: Slot, provider: Provider, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Moved between the payment's reading of the booking and of the doctor's day."""
    attempt = begin_card_payment(present(record), provider, "https://clinic.example", NOW)
    shop.pay(attempt.payment_id, Webhook())
    days_of, there = slots.days_of, iter([other])

    def read(slot: Slot) -> list[slots.TakenDay]:
        for each in there:
            moved(record, each)
        return days_of(slot)

    monkeypatch.setattr(slots, "days_of", read)
    settle_payment(attempt.payment_id, provider, NOW)
    booking = present(record).booking
    assert (booking.paid_at, slot_of(booking)) == (NOW, other)
    assert (held(record), balance(record)) == (250000, 0)


def test_what_was_scheduled_of_an_old_slot_is_scheduled_anew(
    record: Record, other: Slot, provider: Provider, shop: Shop
) -> None:
    """Moved between the workflow's reading and its writing."""
    pay(record, provider, shop)
    load = bookings.load
    stale = load(record.booking.booking_id)
    moved(record, other)
    with pytest.MonkeyPatch.context() as behind:
        behind.setattr(bookings, "load", lambda _: stale)
        schedule(record.booking.booking_id, NOW)
    assert load(record.booking.booking_id).booking.status is Status.AWAITING_PAYMENT


def test_a_word_that_was_said_stays_where_it_was_said(
    record: Record, first: Slot, other: Slot, provider: Provider, shop: Shop
) -> None:
    """Of two requests around the slot's start that overlap, the word was faster."""
    stale = scheduled(record, provider, shop)
    say_outcome(stale, Outcome.HELD, "staff:s-1", first.start)

    with pytest.raises((Conflict, Unavailable)):
        move(stale, to(other), STAFF, first.start - timedelta(seconds=1))
    assert slot_of(present(record).booking) == first


# ---- holding longer ----


def test_a_hold_lasts_longer_with_all_that_waits_for_it(record: Record, first: Slot) -> None:
    until = NOW + 3 * HOUR
    booking = hold_longer(record, until, STAFF, NOW).booking
    assert (booking.hold_until, booking.due_at) == (until, until)
    (taken,) = (day.taken[booking.booking_id] for day in slots.days_of(first))
    assert taken.hold_until == until
    assert expire(booking.booking_id, AFTER_HOLD).booking.status is Status.AWAITING_PAYMENT
    assert actions(record) == ["hold_extended"]


def test_a_hold_that_has_just_run_out_lives_again_while_nobody_has_its_slot(record: Record) -> None:
    until = AFTER_HOLD + HOUR
    assert hold_longer(record, until, STAFF, AFTER_HOLD).booking.hold_until == until


def test_a_slot_that_another_took_is_not_held_any_more(record: Record, first: Slot) -> None:
    booked(form(first, holder=holder(phone="8 913 000-11-33")), AFTER_HOLD, key="key-other")
    with pytest.raises(Conflict) as refused:
        hold_longer(record, AFTER_HOLD + HOUR, STAFF, AFTER_HOLD)
    assert refused.value.code == "slot_lost"


@pytest.mark.parametrize(
    ("until", "code"),
    [
        (NOW + timedelta(minutes=10), "shorter"),
        (NOW + timedelta(days=30), "too_late"),
    ],
)
def test_a_hold_is_never_shortened_nor_without_measure(record: Record, until: datetime, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        hold_longer(record, until, STAFF, NOW)
    assert codes(refused.value) == {"until": code}


def test_what_is_paid_needs_no_hold(record: Record, provider: Provider, shop: Shop) -> None:
    pay(record, provider, shop)
    with pytest.raises(Conflict) as refused:
        hold_longer(present(record), NOW + HOUR, STAFF, NOW)
    assert refused.value.code == "not_unpaid"


# ---- whatever the order ----


@pytest.mark.parametrize("order", list(permutations(["pay", "move", "cancel", "expire"])))
def test_no_kopeck_is_lost_by_any_order(order: tuple[str, ...], provider: Provider, shop: Shop) -> None:
    """Whoever moves or cancels has read the booking before all of it."""
    free = free_slots("therapist", NOW)
    record = booked(form(free[0]), NOW)
    attempt = begin_card_payment(present(record), provider, "https://clinic.example", NOW)

    def paid() -> None:
        shop.pay(attempt.payment_id, Webhook())
        settle_payment(attempt.payment_id, provider, NOW)

    acts: dict[str, Callable[[], object]] = {
        "pay": paid,
        "move": lambda: move(record, to(free[-1]), OWN, NOW),
        "cancel": lambda: cancel(record, OWN, NOW),
        "expire": lambda: expire(record.booking.booking_id, AFTER_HOLD),
    }
    for name in order:
        with suppress(Conflict):
            acts[name]()
    assert (held(record), balance(record)) == (0, record.booking.price)
    assert present(record).booking.status in (Status.CANCELLED, Status.EXPIRED)
    assert not any(takes(record, each) for each in (free[0], free[-1]))


# ---- clearing a day ----


MOVE = Clearing(action=Action.MOVE, otherwise=Action.LEAVE, same_doctor=False)


def clear(first: Slot, how: Clearing = MOVE, **more: Any) -> Cleared:
    zone = catalogue_store.load().clinic.zone

    day = catalogue_rules.clinic_day(zone, first.start)
    return clear_day(first.doctor_id, day, how, STAFF, NOW, more.pop("has_time", lambda: True), **more)


def on_one_day(count: int) -> list[Record]:
    """Bookings of one doctor's day, of as many holders."""
    first = slot()
    same = [
        each
        for each in free_slots("therapist", NOW)
        if each.doctor_id == first.doctor_id and each.start.date() == first.start.date()
    ]
    return [
        booked(form(same[n], holder=holder(phone=f"8 913 000-22-{n:02}")), NOW, key=f"key-of-{n}")
        for n in range(count)
    ]


def test_the_day_is_closed_and_its_bookings_go_to_the_nearest_times(first: Slot) -> None:
    records = on_one_day(3)
    cleared = clear(first)
    assert [each.became for each in cleared.dealt] == [Became.MOVED] * 3
    assert (cleared.left, cleared.next) == (0, None)
    for record, each in zip(records, cleared.dealt, strict=True):
        booking = present(record).booking
        assert slot_of(booking) == each.slot
        assert (booking.doctor_id, booking.slot_start.date()) != (first.doctor_id, first.start.date())
        assert notices(record)
    free = [each for each in free_slots("therapist", NOW) if each.doctor_id == first.doctor_id]
    assert all(each.start.date() != first.start.date() for each in free)


def test_calling_again_finds_nothing_more_to_do(first: Slot) -> None:
    on_one_day(2)
    clear(first)
    version = catalogue_store.load().version
    assert clear(first).dealt == ()
    assert catalogue_store.load().version == version


def test_a_call_without_time_for_all_is_carried_on_with(first: Slot) -> None:
    records = on_one_day(3)
    begun = clear(first, limit=2)
    assert (len(begun.dealt), begun.left, begun.next) == (2, 1, records[1].booking.slot_start)
    rest = clear(first, after=begun.next)
    assert [each.booking_id for each in rest.dealt] == [records[2].booking.booking_id]
    none = clear(first, has_time=lambda: False)
    assert (none.dealt, none.left) == ((), 0)


def test_a_day_is_cancelled(first: Slot, provider: Provider, shop: Shop) -> None:
    (record,) = on_one_day(1)
    scheduled(record, provider, shop)
    (dealt,) = clear(first, replace(MOVE, action=Action.CANCEL)).dealt
    assert dealt.became is Became.CANCELLED
    assert (present(record).booking.cancelled_by, balance(record)) == (Side.CLINIC, 250000)


@pytest.mark.parametrize(
    ("otherwise", "became"), [(Action.LEAVE, Became.LEFT), (Action.CANCEL, Became.CANCELLED)]
)
def test_without_a_free_time_a_booking_is_left_or_cancelled(
    first: Slot, otherwise: Action, became: Became, monkeypatch: pytest.MonkeyPatch
) -> None:

    on_one_day(1)
    monkeypatch.setattr(search, "alternatives", lambda *_, **__: [])
    (dealt,) = clear(first, replace(MOVE, otherwise=otherwise)).dealt
    assert dealt.became is became


def test_the_same_doctor_alone_if_that_is_wished(first: Slot) -> None:
    on_one_day(2)
    dealt = clear(first, replace(MOVE, same_doctor=True)).dealt
    assert {each.slot.doctor_id for each in dealt if each.slot} == {first.doctor_id}


def test_one_that_fails_stops_no_other(first: Slot, monkeypatch: pytest.MonkeyPatch) -> None:

    records = on_one_day(3)
    moves = move_to

    def failing(record: Record, *rest: Any) -> Record:
        if record.booking.booking_id == records[1].booking.booking_id:
            raise RuntimeError("torn")
        return moves(record, *rest)

    monkeypatch.setattr(clearing, "move_to", failing)
    assert [each.became for each in clear(first).dealt] == [Became.MOVED, Became.FAILED, Became.MOVED]


def test_what_has_begun_is_left(first: Slot, provider: Provider, shop: Shop) -> None:
    records = on_one_day(1)
    scheduled(records[0], provider, shop)

    day = catalogue_rules.clinic_day(catalogue_store.load().clinic.zone, first.start)
    (dealt,) = clear_day(first.doctor_id, day, MOVE, STAFF, first.start, lambda: True).dealt
    assert (dealt.became, dealt.reason) == (Became.LEFT, "already_begun")


def test_a_day_that_is_over_or_nobodys_is_refused() -> None:
    with pytest.raises(Invalid):
        clear_day("d-sokolova", date(2026, 11, 30), MOVE, STAFF, NOW, lambda: True)

    with pytest.raises(NotFound):
        clear_day("d-nobody", date(2026, 12, 3), MOVE, STAFF, NOW, lambda: True)
