"""What is due in the Bookings table: a sparse index, under days of its own for each kind of thing.

So no sweep meets another's, and its cost grows with what is due, not with what is stored. A kind may also
stand under its one name, where one query must find all that is due of it, however long ago.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from teleconsult.platform import clock, dynamo, settings
from teleconsult.platform.dynamo import Item

NOTHING = ("due_day", "due_at")
"""The attributes of a row that are removed when nothing is due any more."""

_PAGE = 100  # keys of one query: what there is no time for is not read in one go
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}$")


def at(moment: datetime, kind: str = "") -> Item:
    """The attributes of a row that is due at a moment."""
    return {"due_day": kind + moment.date().isoformat(), "due_at": clock.iso(moment)}


def standing(moment: datetime, name: str) -> Item:
    """The attributes of a row that is due at a moment, under the one name of its kind."""
    return {"due_day": name, "due_at": clock.iso(moment)}


def until(now: datetime, *, days: int, kind: str = "") -> Iterator[Item]:
    """Keys of the rows that are due, the longest due first; none that fell due more than `days` ago."""
    for age in range(days, -1, -1):
        yield from standing_until(now, at(now - timedelta(days=age), kind)["due_day"])


def standing_until(now: datetime, name: str) -> Iterator[Item]:
    """Keys of the rows that are due under a name, the longest due first."""
    yield from dynamo.query_all(
        settings.bookings_table(),
        "due_day = :name AND due_at <= :now",
        index="due",
        page=_PAGE,
        name=name,
        now=clock.iso(now),
    )


def look_later(pk: str, sk: str, now: datetime) -> None:
    """Let a row be looked at after all else that is due by now; one that is not due stays as it is."""
    row = dynamo.get(settings.bookings_table(), pk, sk)
    if row is None or row.get("due_at", clock.iso(now)) >= clock.iso(now):
        return
    day = _DAY.sub(now.date().isoformat(), row["due_day"])
    later = dynamo.update(
        settings.bookings_table(),
        pk,
        sk,
        set={"due_day": day, "due_at": clock.iso(now)},
        when="due_day = :day_seen AND due_at = :seen",
        day_seen=row["due_day"],
        seen=row["due_at"],
    )
    with suppress(dynamo.ConditionFailed):  # it has been dealt with meanwhile
        dynamo.write(later)
