"""A thousand people at once for overlapping times of one doctor: one of them for each free stretch."""

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
CELLS = 48
RACERS = 1000
REPEATS = 20


def wishes(seed: int) -> list[Slot]:
    """Of 20, 30 or 45 minutes, anywhere on the grid of the four hours."""
    chance = random.Random(seed)
    found = []
    for _ in range(RACERS):
        cells = chance.choice([4, 6, 9])
        start = OPENS + chance.randrange(CELLS - cells + 1) * GRID
        found.append(Slot(start, start + cells * GRID, "d-1"))
    return found


def race(slots: list[Slot]) -> list[bool]:
    """Whether each got their slot; all start at the same moment."""
    gate = threading.Barrier(len(slots))

    def book(number: int, slot: Slot) -> bool:
        booking = f"b-{number}"
        row = {"pk": f"BOOKING#{booking}", "sk": "BOOKING"}
        gate.wait()
        try:
            dynamo.transact_as_read(
                lambda: [
                    dynamo.put("bookings", row, "attribute_not_exists(pk)"),
                    *store.hold(store.days_of(slot), slot, booking, HOLD_UNTIL, NOW),
                ],
                final={0},
            )
        except store.Overlaps:
            return False
        return True

    with ThreadPoolExecutor(len(slots)) as racers:
        return list(racers.map(book, range(len(slots)), slots))


def overlap(one: Slot, other: Slot) -> bool:
    return one.start < other.end and other.start < one.end


@pytest.mark.parametrize("seed", range(REPEATS))
@pytest.mark.usefixtures("bookings")
def test_each_free_stretch_has_exactly_one_winner(seed: int) -> None:
    asked = wishes(seed)
    won = race(asked)
    winners = [slot for slot, got in zip(asked, won, strict=True) if got]
    losers = [slot for slot, got in zip(asked, won, strict=True) if not got]
    winners.sort()
    assert all(one.end <= other.start for one, other in pairwise(winners))
    assert all(any(overlap(slot, winner) for winner in winners) for slot in losers)
    assert sum(item["sk"] == "BOOKING" for item in dynamo.scan_all("bookings")) == len(winners)


@pytest.mark.usefixtures("bookings")
def test_of_all_who_want_one_slot_one_gets_it() -> None:
    slot = Slot(OPENS, OPENS + 6 * GRID, "d-1")
    assert sum(race([slot] * RACERS)) == 1
