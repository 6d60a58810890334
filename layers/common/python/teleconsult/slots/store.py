"""Taken time in the Bookings table: one item for a doctor's UTC day, which says what bookings hold of it.

Consultations differ in length, so whether two of them overlap cannot be told from their starts. Whoever
changes a day reads it, decides on what was read, and writes it under the condition that it is still the same
(`version`): of two who overlap one is refused, looks again, and finds the time taken. A stretch over midnight
stands in both days, and both are written in one transaction.

What is taken is one text, not a map: whoever looks for free time reads hundreds of days, and botocore takes
longer over each attribute than the rule over a whole day.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial

from teleconsult.platform import clock, dynamo, settings
from teleconsult.platform.dynamo import Item, Write
from teleconsult.slots.model import Slot, Stretch

# How far back a doctor may look at a day; afterwards DynamoDB may clear it away.
_KEPT = timedelta(days=366)
_DAY = timedelta(days=1)
_PREFIX = "SLOTS#"
_UNTIL = " until "


@dataclass(frozen=True, slots=True)
class Taken:
    """What one booking holds of a day. `hold_until`: the end of an unpaid hold, UTC; None: paid for."""

    start: datetime
    end: datetime
    hold_until: datetime | None

    def stands(self, now: datetime) -> bool:
        """The time is compared here and not left to TTL ("Edge cases: A hold that ran out")."""
        return self.hold_until is None or self.hold_until >= now


@dataclass(frozen=True, slots=True)
class TakenDay:
    """A doctor's UTC day as it was read: who holds what, by booking. `version`: 0 if nothing was stored."""

    doctor_id: str
    day: date
    version: int
    taken: Mapping[str, Taken]


class Overlaps(Exception):
    """Somebody else holds time of the slot."""


class NotHeld(Exception):
    """The booking does not hold its slot any more."""


def days_of(slot: Slot) -> list[TakenDay]:
    """The UTC days that a slot touches, read consistently: nearly always one."""
    return [_read(slot.doctor_id, day) for day in _days(slot.start, slot.end)]


def days_of_move(slot: Slot, other: Slot) -> list[TakenDay]:
    """The days that two slots touch, each once, read consistently: of one doctor they may be the same."""
    keys = dict.fromkeys(
        (each.doctor_id, day) for each in (slot, other) for day in _days(each.start, each.end)
    )
    return [_read(*key) for key in keys]


def holds(days: Sequence[TakenDay], booking_id: str) -> bool:
    """Whether a slot, whose days these are, is the booking's, be the time of its hold run out or not."""
    return all(booking_id in day.taken for day in days)


def hold(
    days: Sequence[TakenDay], slot: Slot, booking_id: str, hold_until: datetime, now: datetime
) -> list[Write]:
    """Take a slot for an unpaid booking on the days that were read; refused if one of them changed since.

    A hold whose time has run out gives way: its booking can then not be confirmed.

    Raises:
        Overlaps: another holds some of it.
    """
    return [_changed(day, _with(day, slot, booking_id, hold_until, now)) for day in days]


def confirm(days: Sequence[TakenDay], booking_id: str) -> list[Write]:
    """The booking is paid: its time is taken for good. Refused if one of its days changed since it was read.

    Raises:
        NotHeld: another has taken the slot over.
    """
    if not holds(days, booking_id):
        raise NotHeld
    return [
        _changed(day, {**day.taken, booking_id: replace(day.taken[booking_id], hold_until=None)})
        for day in days
    ]


def prolong(days: Sequence[TakenDay], booking_id: str, hold_until: datetime) -> list[Write]:
    """An unpaid hold lasts until then. Refused as `confirm`.

    Raises:
        NotHeld: another has taken the slot over.
    """
    if not holds(days, booking_id):
        raise NotHeld
    return [
        _changed(day, {**day.taken, booking_id: replace(day.taken[booking_id], hold_until=hold_until)})
        for day in days
    ]


def move(
    days: Sequence[TakenDay],
    old: Slot,
    new: Slot,
    booking_id: str,
    hold_until: datetime | None,
    now: datetime,
) -> list[Write]:
    """Give up one slot for another, on the days of both that were read (`days_of_move`). Refused as
    `confirm`.

    `hold_until`: the end of an unpaid hold; None: paid for. The old time and the new may overlap.

    Raises:
        NotHeld: another has taken the old slot over.
        Overlaps: another holds some of the new one.
    """
    if not holds([day for day in days if _touches(old, day)], booking_id):
        raise NotHeld
    changed = []
    for day in days:
        freed = {booking: each for booking, each in day.taken.items() if booking != booking_id}
        without = replace(day, taken=freed)
        taken = _with(without, new, booking_id, hold_until, now) if _touches(new, day) else freed
        changed.append(_changed(day, taken))
    return changed


def booked_between(doctor_id: str, since: datetime, until: datetime) -> list[str]:
    """Who holds time of a doctor that begins between two moments, in time order; read consistently.

    A slot that began before and reaches into it may be among them: the booking's own row says.
    """
    found: dict[str, datetime] = {}
    for day in map(partial(_read, doctor_id), _days(since, until)):
        for booking_id, each in day.taken.items():
            if since <= each.start < until:
                found.setdefault(booking_id, each.start)
    return sorted(found, key=lambda booking_id: found[booking_id])


def release(days: Sequence[TakenDay], booking_id: str) -> list[Write]:
    """Free what a booking still holds: nothing where another has taken it over. Refused as `confirm`."""
    return [
        _changed(day, {booking: each for booking, each in day.taken.items() if booking != booking_id})
        for day in days
        if booking_id in day.taken
    ]


def booked(doctor_id: str, days: Sequence[date]) -> list[str]:
    """Ids of the paid bookings that hold time of a doctor's UTC days, each once, in the order of these."""
    found: dict[str, None] = {}
    for item in dynamo.batch_get(settings.bookings_table(), [_key(doctor_id, day) for day in days]):
        for booking_id, each in _taken_day(item).taken.items():
            if each.hold_until is None:
                found[booking_id] = None
    return list(found)


def holders_of(days: Sequence[tuple[str, date]], now: datetime) -> list[str]:
    """Ids of the bookings that hold time of these doctors' UTC days, paid for or held still; each once."""
    found: dict[str, None] = {}
    keys = [_key(doctor_id, day) for doctor_id, day in days]
    for item in dynamo.batch_get(settings.bookings_table(), keys):
        for booking_id, each in _taken_day(item).taken.items():
            if each.stands(now):
                found[booking_id] = None
    return list(found)


def taken(days: Sequence[tuple[str, date]], now: datetime) -> dict[str, list[Stretch]]:
    """What is taken on these UTC days of these doctors, by doctor, in time order.

    Holds that ran out are free. Read without consistency: it is shown, and `hold` decides.
    """
    found: dict[str, list[Stretch]] = {}
    keys = [_key(doctor_id, day) for doctor_id, day in days]
    attributes = ("pk", "sk", "taken")
    for item in dynamo.batch_get(settings.bookings_table(), keys, consistent=False, attributes=attributes):
        stretches = found.setdefault(item["pk"].removeprefix(_PREFIX), [])
        stretches.extend(_standing(item, clock.iso(now)))
    return {doctor_id: sorted(stretches) for doctor_id, stretches in found.items()}


def _standing(item: Item, now: str) -> Iterator[Stretch]:
    """The times of a day that were paid for, or are held still; clock text is compared as it stands."""
    day = date.fromisoformat(item["sk"])
    for entry in _entries(item):
        paid_for, _, hold_until = entry.partition(_UNTIL)
        if not hold_until or hold_until >= now:
            yield _stretch(paid_for[: paid_for.index(" ")], day)


def _with(
    day: TakenDay, slot: Slot, booking_id: str, hold_until: datetime | None, now: datetime
) -> dict[str, Taken]:
    """The day with one more hold in it, and without those that give way to it."""
    in_the_way = {
        booking
        for booking, each in day.taken.items()
        if each.start < slot.end and slot.start < each.end and booking != booking_id
    }
    if any(day.taken[booking].stands(now) for booking in in_the_way):
        raise Overlaps
    kept = {booking: each for booking, each in day.taken.items() if booking not in in_the_way}
    return {**kept, booking_id: Taken(*_piece(slot, day.day), hold_until)}


def _changed(day: TakenDay, taken: Mapping[str, Taken]) -> Write:
    """The day with another content, if it is still the one that was read."""
    changes = {
        "version": day.version + 1,
        "taken": "; ".join(_text(booking, each) for booking, each in taken.items()),
        "expires_at": clock.epoch(_midnight(day.day) + _KEPT),
    }
    table, key = settings.bookings_table(), _key(day.doctor_id, day.day)
    if day.version:
        return dynamo.update(table, *key, set=changes, when="#version = :seen", seen=day.version)
    return dynamo.update(table, *key, set=changes, when="attribute_not_exists(pk)")


def _read(doctor_id: str, day: date) -> TakenDay:
    item = dynamo.get(settings.bookings_table(), *_key(doctor_id, day))
    return _taken_day(item) if item else TakenDay(doctor_id, day, 0, {})


def _taken_day(item: Item) -> TakenDay:
    day = date.fromisoformat(item["sk"])
    taken = dict(_parsed(entry, day) for entry in _entries(item))
    return TakenDay(item["pk"].removeprefix(_PREFIX), day, item["version"], taken)


def _entries(item: Item) -> Sequence[str]:
    return item["taken"].split("; ") if item["taken"] else ()


def _text(booking_id: str, taken: Taken) -> str:
    """`02:00-02:30 b-…`, an unpaid one with ` until 2026-12-01T01:30:00Z`: a write pays for the whole day."""
    closes = "24:00" if taken.end.date() > taken.start.date() else _clock_time(taken.end)
    held = f"{_UNTIL}{clock.iso(taken.hold_until)}" if taken.hold_until else ""
    return f"{_clock_time(taken.start)}-{closes} {booking_id}{held}"


def _parsed(entry: str, day: date) -> tuple[str, Taken]:
    paid_for, _, hold_until = entry.partition(_UNTIL)
    stretch, _, booking_id = paid_for.partition(" ")
    return booking_id, Taken(*_stretch(stretch, day), clock.parse(hold_until) if hold_until else None)


@lru_cache(maxsize=4096)  # many doctors work the same hours
def _stretch(text: str, day: date) -> Stretch:
    opens, _, closes = text.partition("-")
    return _at(day, opens), _midnight(day) + _DAY if closes == "24:00" else _at(day, closes)


def _clock_time(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"


def _at(day: date, clock_time: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock_time), UTC)


def _touches(slot: Slot, day: TakenDay) -> bool:
    return slot.doctor_id == day.doctor_id and day.day in _days(slot.start, slot.end)


def _piece(slot: Slot, day: date) -> Stretch:
    """What of a slot lies in a UTC day."""
    return max(slot.start, _midnight(day)), min(slot.end, _midnight(day) + _DAY)


def _days(start: datetime, end: datetime) -> Iterator[date]:
    day, last = start.astimezone(UTC).date(), (end - timedelta(seconds=1)).astimezone(UTC).date()
    yield day
    while day < last:
        day += _DAY
        yield day


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _key(doctor_id: str, day: date) -> tuple[str, str]:
    return f"{_PREFIX}{doctor_id}", day.isoformat()
