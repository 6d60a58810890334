"""A slot given up for another: one write a day, whatever the two have in common, and no race loses time."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from teleconsult.platform import dynamo
from teleconsult.slots import store
from teleconsult.slots.model import Slot

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
HOLD_UNTIL = NOW + timedelta(minutes=30)
OPENS = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)  # four hours over the day's end
GRID = timedelta(minutes=5)
LENGTH = 6 * GRID
STARTS = 43

pytestmark = pytest.mark.usefixtures("bookings")


def slot(start: int, doctor: str = "d-1") -> Slot:
    return Slot(OPENS + start * GRID, OPENS + start * GRID + LENGTH, doctor)


def hold(own: Slot, booking: str, until: datetime = HOLD_UNTIL) -> None:
    dynamo.transact_as_read(lambda: store.hold(store.days_of(own), own, booking, until, NOW))


def move(old: Slot, new: Slot, booking: str, until: datetime | None = HOLD_UNTIL) -> None:
    dynamo.transact_as_read(lambda: store.move(store.days_of_move(old, new), old, new, booking, until, NOW))


def taken(*doctors: str) -> dict[str, list[tuple[datetime, datetime]]]:
    """What each booking has, of all days and doctors."""
    found: dict[str, list[tuple[datetime, datetime]]] = {}
    for doctor in doctors:
        for day in store.days_of(Slot(OPENS, OPENS + timedelta(hours=4), doctor)):
            for booking, each in day.taken.items():
                found.setdefault(booking, []).append((each.start, each.end))
    return found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (slot(0), slot(1)),  # overlapping, within a day
        (slot(0), slot(12)),
        (slot(0), slot(21)),  # over midnight from one side, the other, and to the day after
        (slot(21), slot(30)),
        (slot(22), slot(21)),
        (slot(0), slot(30)),
        (slot(21), slot(21, "d-2")),
        (slot(0), slot(30, "d-2")),
    ],
)
def test_the_old_time_is_free_and_the_new_one_taken(old: Slot, new: Slot) -> None:
    hold(old, "b-1")
    move(old, new, "b-1")
    pieces = taken("d-1", "d-2")["b-1"]
    assert (min(pieces)[0], max(pieces)[1]) == (new.start, new.end)
    assert all(one[1] == other[0] for one, other in pairwise(sorted(pieces)))
    days = store.days_of(new)
    assert store.holds(days, "b-1")
    assert {day.taken["b-1"].hold_until for day in days} == {HOLD_UNTIL}


def test_what_was_paid_is_taken_for_good_where_it_goes() -> None:
    hold(slot(0), "b-1")
    move(slot(0), slot(12), "b-1", until=None)
    (day,) = store.days_of(slot(12))
    assert day.taken["b-1"].hold_until is None


def test_another_keeps_its_time_and_the_booking_its_own() -> None:
    hold(slot(0), "b-1")
    hold(slot(12), "b-2")
    with pytest.raises(store.Overlaps):
        move(slot(0), slot(10), "b-1")
    assert store.holds(store.days_of(slot(0)), "b-1")


def test_a_hold_that_ran_out_gives_way() -> None:
    hold(slot(0), "b-1")
    hold(slot(12), "b-2", until=NOW - timedelta(seconds=1))
    move(slot(0), slot(10), "b-1")
    assert list(taken("d-1")) == ["b-1"]


def test_who_lost_their_slot_moves_to_no_other() -> None:
    hold(slot(0), "b-1", until=NOW - timedelta(seconds=1))
    hold(slot(2), "b-2")
    with pytest.raises(store.NotHeld):
        move(slot(0), slot(20), "b-1")


def test_a_hold_that_is_prolonged_keeps_its_time() -> None:
    hold(slot(21), "b-1")
    later = HOLD_UNTIL + timedelta(hours=1)
    dynamo.transact_as_read(lambda: store.prolong(store.days_of(slot(21)), "b-1", later))
    assert {day.taken["b-1"].hold_until for day in store.days_of(slot(21))} == {later}


def test_bookings_of_a_time_stand_in_its_order() -> None:
    for name, start in (("b-2", 12), ("b-1", 0), ("b-3", 21), ("b-4", 40)):
        hold(slot(start), name)
    until = OPENS + timedelta(hours=3)
    assert store.booked_between("d-1", OPENS, until) == ["b-1", "b-2", "b-3"]


@pytest.mark.parametrize("seed", range(5))
def test_whoever_moves_at_the_same_moment_no_two_overlap_and_nobody_is_without_time(seed: int) -> None:
    chance = random.Random(seed)
    homes = {f"b-{n}": slot(6 * (n % 7), f"d-{n // 7}") for n in range(14)}
    for booking, home in homes.items():
        hold(home, booking)
    gate = threading.Barrier(len(homes))
    wishes = {booking: slot(chance.randrange(STARTS), f"d-{chance.randrange(3)}") for booking in homes}

    def go(booking: str) -> Slot:
        gate.wait()
        try:
            move(homes[booking], wishes[booking], booking)
        except store.Overlaps:
            return homes[booking]
        return wishes[booking]

    with ThreadPoolExecutor(len(homes)) as all_of_them:
        ended = dict(zip(homes, all_of_them.map(go, homes), strict=True))
    found = taken("d-0", "d-1", "d-2")
    for booking, own in ended.items():
        pieces = sorted(found[booking])
        assert (pieces[0][0], pieces[-1][1]) == (own.start, own.end)
    for doctor in ("d-0", "d-1", "d-2"):
        ordered = sorted(each for each in ended.values() if each.doctor_id == doctor)
        assert all(one.end <= other.start for one, other in pairwise(ordered))
