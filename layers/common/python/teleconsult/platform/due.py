"""What is due in the Bookings table: a sparse index, under days of its own for each kind of thing.

So no sweep meets another's, and its cost grows with what is due, not with what is stored.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from teleconsult.platform import clock, dynamo, settings
from teleconsult.platform.dynamo import Item

NOTHING = ("due_day", "due_at")
"""The attributes of a row that are removed when nothing is due any more."""


def at(moment: datetime, kind: str = "") -> Item:
    """The attributes of a row that is due at a moment."""
    return {"due_day": kind + moment.date().isoformat(), "due_at": clock.iso(moment)}


def until(now: datetime, *, days: int, kind: str = "") -> Iterator[Item]:
    """Keys of the rows that are due, the longest due first; none that fell due more than `days` ago."""
    for age in range(days, -1, -1):
        yield from dynamo.query_all(
            settings.bookings_table(),
            "due_day = :day AND due_at <= :now",
            index="due",
            day=at(now - timedelta(days=age), kind)["due_day"],
            now=clock.iso(now),
        )
