"""Figures in the Bookings table: a small row for each of the clinic's days, and one that says what stands.

A walk through everything may take many runs, and two runs may meet. So each run writes what it has added up
so far under a number of its own, beside what other runs wrote, and at its end one conditional write says that
this number stands: as the figures, if the walk is over, or as what the next run goes on from. Nobody reads
another number, and what stands no more is removed by the run after the one that replaced it. So figures are
always those of one whole walk, and a run that died or was overtaken leaves nothing that counts.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from teleconsult.booking.model import Channel, Door, Outcome, Status
from teleconsult.figures.model import Counts, Figures, Flow, Standing, Step
from teleconsult.figures.rules import Count, sum_of
from teleconsult.platform import clock, dynamo, settings
from teleconsult.platform.dynamo import Item
from teleconsult.platform.errors import NotFound

_PK = "FIGURES"
_STATE = "STATE"
_DAY = "FIGURES#"
_COUNT = re.compile(r"count_(\d+)")

A = TypeVar("A", bound=str)
B = TypeVar("B", bound=str)


class Part(StrEnum):
    """What a walk goes through, in this order."""

    BOOKINGS = "bookings"
    TRANSFERS = "transfers"


@dataclass(frozen=True, slots=True)
class Place:
    """How far a walk has come: in this part, after this key (None: at the part's beginning)."""

    part: Part
    after: Item | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a walk that began at `begun_at` (UTC): what was added up before it, and where it goes on.

    `number`: its own. `seen`: the number that stood when it began; 0: none. `stale`: by day, the attributes
    that nobody needs any more.
    """

    number: int
    seen: int
    begun_at: datetime
    count: Count
    place: Place
    stale: Mapping[date, tuple[str, ...]]


class Overtaken(Exception):
    """Another run was faster: what it wrote stands."""


def begin(now: datetime, zone: str) -> Run:
    """Go on with the walk that is under way, or begin one, by the clock of `zone`.

    Raises:
        Overtaken: another run begins or ends at this very moment.
    """
    state = _state()
    number, seen = state.get("claimed", 0) + 1, state.get("stands", 0)
    as_seen = "claimed = :claimed AND stands = :seen" if state else "attribute_not_exists(pk)"
    bound = {"claimed": number - 1, "seen": seen} if state else {}
    _update_state({"claimed": number, "stands": seen}, when=as_seen, **bound)
    rows = {_day(row): row for row in _rows(date.min, date.max)}
    current = state.get("current", {}).get("number")
    stale = {day: tuple(_outdated(row, seen, current)) for day, row in rows.items()}
    if "under_way" not in state:
        return Run(number, seen, now, Count(zone), Place(Part.BOOKINGS), stale)
    under_way = state["under_way"]
    count = Count(under_way["zone"], standing=_standing(under_way))
    count.days.update(
        {day: _counts(row[_attribute(seen)]) for day, row in rows.items() if _attribute(seen) in row}
    )
    place = Place(Part(under_way["part"]), under_way.get("after"))
    return Run(number, seen, clock.parse(under_way["begun_at"]), count, place, stale)


def end(run: Run, place: Place | None) -> None:
    """Keep what a run has added up: as the figures, or, where a place is left, for the next run.

    Raises:
        Overtaken: another run ended meanwhile, and nothing of this one counts.
    """
    for day, counts in run.count.days.items():
        _write_day(run, day, counts)
    begun_at, standing = clock.iso(run.begun_at), dict(run.count.standing)
    changes: Item = {"stands": run.number}
    if place is None:
        changes["current"] = {"number": run.number, "standing": standing, "counted_at": begun_at}
    else:
        changes["under_way"] = {
            "standing": standing,
            "begun_at": begun_at,
            "zone": run.count.zone,
            "part": place.part,
            "after": place.after,
        }
    over = ("under_way",) if place is None else ()
    _update_state(changes, remove=over, when="stands = :seen", seen=run.seen)


def between(first: date, last: date) -> Figures:
    """The figures of these days, the last one included: reads one row more than there are days.

    Raises:
        NotFound: nothing has been counted yet.
    """
    current = _state().get("current")
    if current is None:
        raise NotFound("Показатели ещё не посчитаны")
    name = _attribute(current["number"])
    days = (_counts(row[name]) for row in _rows(first, last) if name in row)
    return Figures(clock.parse(current["counted_at"]), sum_of(days), _standing(current))


def _state() -> Item:
    return dynamo.get(settings.bookings_table(), _PK, _STATE) or {}


def _update_state(changes: Item, *, when: str, remove: tuple[str, ...] = (), **values: Any) -> None:
    change = dynamo.update(
        settings.bookings_table(), _PK, _STATE, set=changes, remove=remove, when=when, **values
    )
    try:
        dynamo.write(change)
    except dynamo.ConditionFailed as error:
        raise Overtaken from error


def _rows(first: date, last: date) -> Iterator[Item]:
    yield from dynamo.query_all(
        settings.bookings_table(),
        "pk = :pk AND sk BETWEEN :first AND :last",
        pk=_PK,
        first=_key(first),
        last=_key(last),
    )


def _write_day(run: Run, day: date, counts: Counts) -> None:
    dynamo.write(
        dynamo.update(
            settings.bookings_table(),
            _PK,
            _key(day),
            set={_attribute(run.number): _item(counts)},
            remove=run.stale.get(day, ()),
        )
    )


def _outdated(row: Item, seen: int, current: int | None) -> Iterator[str]:
    """What was written before what stands. Of a later number its run may still say that it stands."""
    for name in row:
        number = _COUNT.fullmatch(name)
        if number and int(number[1]) < seen and int(number[1]) != current:
            yield name


def _attribute(number: int) -> str:
    return f"count_{number}"


def _key(day: date) -> str:
    return _DAY + day.isoformat()


def _day(row: Item) -> date:
    return date.fromisoformat(row["sk"].removeprefix(_DAY))


def _item(counts: Counts) -> Item:
    return {
        "states": dict(counts.states),
        "steps": _nested(counts.steps),
        "by_doctor": _nested(counts.by_doctor),
        "by_channel": _nested(counts.by_channel),
        "money": dict(counts.money),
    }


def _counts(item: Item) -> Counts:
    return Counts(
        states=Counter({Status(name): number for name, number in item.get("states", {}).items()}),
        steps=Counter({(Door(a), Step(b)): number for a, b, number in _pairs(item, "steps")}),
        by_doctor=Counter({(a, Outcome(b)): number for a, b, number in _pairs(item, "by_doctor")}),
        by_channel=Counter({(Channel(a), Outcome(b)): number for a, b, number in _pairs(item, "by_channel")}),
        money=Counter({Flow(name): amount for name, amount in item.get("money", {}).items()}),
    )


def _standing(item: Item) -> Counter[Standing]:
    return Counter({Standing(name): amount for name, amount in item["standing"].items()})


def _nested(counter: Mapping[tuple[A, B], int]) -> Item:
    item: Item = {}
    for (first, second), number in counter.items():
        item.setdefault(first, {})[second] = number
    return item


def _pairs(item: Item, name: str) -> Iterator[tuple[str, str, int]]:
    for first, numbers in item.get(name, {}).items():
        for second, number in numbers.items():
            yield first, second, number
