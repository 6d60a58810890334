"""Taken time is one item for a doctor's day, and every change of it is conditional."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleconsult.platform import dynamo
from teleconsult.platform.dynamo import Write
from teleconsult.slots import store
from teleconsult.slots.model import Slot

Change = Callable[[Sequence[store.TakenDay], str], list[Write]]

pytestmark = pytest.mark.usefixtures("stores")

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
HOLD_UNTIL = NOW + timedelta(minutes=30)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def slot(start: datetime = START, minutes: int = 30) -> Slot:
    return Slot(start, start + minutes * MINUTE, "d-1")


SLOT = slot()
OVER_MIDNIGHT = slot(datetime(2026, 11, 24, 23, 45, tzinfo=UTC))


def hold(booking: str, now: datetime = NOW, of: Slot = SLOT) -> None:
    dynamo.transact(store.hold(store.days_of(of), of, booking, now + 30 * MINUTE, now))


def holds(of: Slot, booking: str) -> bool:
    return store.holds(store.days_of(of), booking)


def confirm(booking: str, of: Slot = SLOT) -> None:
    dynamo.transact(store.confirm(store.days_of(of), booking))


def release(booking: str, of: Slot = SLOT) -> None:
    for write in store.release(store.days_of(of), booking):
        dynamo.write(write)


def taken(now: datetime = NOW) -> list[tuple[datetime, datetime]]:
    days = [("d-1", START.date() + days * DAY) for days in (-1, 0, 1)]
    return store.taken(days, now).get("d-1", [])


def test_a_held_slot_is_taken() -> None:
    assert taken() == []
    hold("b-1")
    assert holds(SLOT, "b-1")
    assert taken() == [(SLOT.start, SLOT.end)]


def test_nobody_else_gets_a_held_slot() -> None:
    hold("b-1")
    with pytest.raises(store.Overlaps):
        hold("b-2", now=HOLD_UNTIL)
    assert holds(SLOT, "b-1")


@pytest.mark.parametrize(
    ("starts", "minutes", "overlaps"),
    [
        (-30, 30, False),
        (-30, 31, True),
        (-60, 120, True),
        (0, 15, True),
        (10, 10, True),
        (15, 60, True),
        (29, 1, True),
        (30, 45, False),
    ],
)
def test_consultations_of_different_lengths_do_not_overlap(starts: int, minutes: int, overlaps: bool) -> None:
    hold("b-1")
    other = slot(START + starts * MINUTE, minutes)
    if overlaps:
        with pytest.raises(store.Overlaps):
            hold("b-2", of=other)
    else:
        hold("b-2", of=other)
        assert holds(other, "b-2")


def test_whoever_read_the_day_before_somebody_changed_it_is_refused() -> None:
    seen = store.days_of(SLOT)
    hold("b-1", of=slot(START + 15 * MINUTE))
    with pytest.raises(dynamo.TransactionRefused):
        dynamo.transact(store.hold(seen, SLOT, "b-2", HOLD_UNTIL, NOW))


@pytest.mark.parametrize("change", [confirm, release])
def test_a_day_that_was_confirmed_or_released_is_not_the_one_that_was_read(
    change: Callable[[str], None],
) -> None:
    hold("b-1")
    later = slot(START + 60 * MINUTE)
    seen = store.days_of(later)
    change("b-1")
    with pytest.raises(dynamo.TransactionRefused):
        dynamo.transact(store.hold(seen, later, "b-2", HOLD_UNTIL, NOW))


def test_a_hold_that_ran_out_is_free_for_others() -> None:
    hold("b-1")
    assert taken(HOLD_UNTIL) == [(SLOT.start, SLOT.end)]
    assert taken(HOLD_UNTIL + SECOND) == []
    hold("b-2", now=HOLD_UNTIL + SECOND)
    assert holds(SLOT, "b-2")
    assert not holds(SLOT, "b-1")


def test_a_hold_that_ran_out_stays_until_somebody_needs_its_time() -> None:
    hold("b-1")
    hold("b-2", now=HOLD_UNTIL + SECOND, of=slot(START + 30 * MINUTE))
    confirm("b-1")
    assert holds(SLOT, "b-1")


def test_a_booking_may_hold_its_slot_again() -> None:
    hold("b-1")
    hold("b-1", now=NOW + 10 * MINUTE)
    assert taken(HOLD_UNTIL + SECOND) == [(SLOT.start, SLOT.end)]


def test_a_confirmed_slot_is_taken_for_good() -> None:
    hold("b-1")
    confirm("b-1")
    much_later = HOLD_UNTIL + DAY
    assert taken(much_later) == [(SLOT.start, SLOT.end)]
    with pytest.raises(store.Overlaps):
        hold("b-2", now=much_later)


def test_a_slot_that_another_took_over_is_neither_confirmed_nor_released() -> None:
    hold("b-1")
    hold("b-2", now=HOLD_UNTIL + SECOND)
    with pytest.raises(store.NotHeld):
        confirm("b-1")
    release("b-1")
    assert holds(SLOT, "b-2")


@pytest.mark.parametrize("change", [store.confirm, store.release])
def test_what_was_decided_on_a_day_that_has_changed_is_refused(change: Change) -> None:
    hold("b-1")
    writes = change(store.days_of(SLOT), "b-1")
    hold("b-2", now=HOLD_UNTIL + SECOND)
    with pytest.raises(dynamo.TransactionRefused):
        dynamo.transact(writes)
    assert holds(SLOT, "b-2")


def test_a_late_confirmation_holds_where_nobody_was_faster() -> None:
    hold("b-1")
    confirm("b-1")
    assert holds(SLOT, "b-1")


def test_a_released_slot_is_free() -> None:
    hold("b-1")
    release("b-1")
    assert not holds(SLOT, "b-1")
    assert taken() == []
    with pytest.raises(store.NotHeld):
        confirm("b-1")
    hold("b-2")


def test_where_nothing_was_ever_held_there_is_nothing_to_release() -> None:
    assert store.release(store.days_of(SLOT), "b-1") == []


def test_a_slot_over_midnight_is_held_in_both_days_or_in_none() -> None:
    hold("b-1", of=OVER_MIDNIGHT)
    for minutes in (-10, 20):
        with pytest.raises(store.Overlaps):
            hold("b-2", of=slot(OVER_MIDNIGHT.start + minutes * MINUTE, 15))
    midnight = datetime(2026, 11, 25, tzinfo=UTC)
    assert taken() == [(OVER_MIDNIGHT.start, midnight), (midnight, OVER_MIDNIGHT.end)]
    confirm("b-1", of=OVER_MIDNIGHT)
    assert holds(OVER_MIDNIGHT, "b-1")
    release("b-1", of=OVER_MIDNIGHT)
    assert taken() == []


def test_a_slot_over_midnight_that_lost_one_half_is_not_confirmed() -> None:
    hold("b-1", of=OVER_MIDNIGHT)
    hold("b-2", now=HOLD_UNTIL + SECOND, of=slot(datetime(2026, 11, 25, tzinfo=UTC), 15))
    assert not holds(OVER_MIDNIGHT, "b-1")
    with pytest.raises(store.NotHeld):
        confirm("b-1", of=OVER_MIDNIGHT)
    release("b-1", of=OVER_MIDNIGHT)
    assert len(taken(HOLD_UNTIL + SECOND)) == 1


def test_a_slot_that_ends_at_midnight_lies_in_one_day() -> None:
    until_midnight = slot(datetime(2026, 11, 24, 23, 30, tzinfo=UTC))
    assert len(store.days_of(until_midnight)) == 1
    hold("b-1", of=until_midnight)
    assert taken() == [(until_midnight.start, until_midnight.end)]


def test_what_is_taken_is_told_by_doctor_for_the_days_asked_for() -> None:
    for days in (-2, -1, 0, 1, 2):
        hold("b-1", of=slot(START + days * DAY))
    assert [start for start, _ in taken()] == [START + days * DAY for days in (-1, 0, 1)]
    assert store.taken([("d-2", START.date())], NOW) == {}


def test_an_ordinary_doctors_full_day_of_paid_bookings_stays_under_a_kilobyte() -> None:
    """A write pays for the whole day's item: 1 KB is one unit."""
    for number in range(16):
        booking = f"b-{number:026}"
        hold(booking, of=slot(START + number * 30 * MINUTE))
        confirm(booking, of=slot(START + number * 30 * MINUTE))
    item = dynamo.get("bookings", "SLOTS#d-1", "2026-11-24")
    assert item
    assert item["taken"].count("b-") == 16
    assert len(item["taken"]) < 900


@given(st.integers(0, 24 * 60 - 1), st.integers(1, 8 * 60), st.booleans())
def test_what_is_written_of_a_slot_is_read_again(minute: int, minutes: int, paid: bool) -> None:
    asked = slot(datetime(2026, 11, 24, tzinfo=UTC) + minute * MINUTE, minutes)
    until = None if paid else HOLD_UNTIL
    for day in (date(2026, 11, 24), date(2026, 11, 25)):
        start, end = store._piece(asked, day)
        if start < end:
            kept = store.Taken(start, end, until)
            assert store._parsed(store._text("b-1", kept), day) == ("b-1", kept)
