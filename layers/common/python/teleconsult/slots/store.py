"""Taken time in the Bookings table: one item for a doctor's UTC day, which holds what bookings hold of it.

Consultations differ in length, so whether two of them overlap cannot be told from their starts. Whoever takes
time reads the day, sees that nobody else holds the stretch, and writes the day under the condition that it is
still the one that was read (`version`): of two who overlap one is refused, looks again, and finds it taken.
A stretch over midnight stands in both days, and both are written in one transaction.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from teleconsult.platform import clock, dynamo, settings
from teleconsult.platform.dynamo import Item, Write
from teleconsult.slots.model import Slot, Stretch

# Nobody asks about a day that is over; DynamoDB may clear it away then.
_KEPT = timedelta(days=8)
_DAY = timedelta(days=1)
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

    def overlapping(self, slot: Slot) -> dict[str, Taken]:
        return {
            booking: each
            for booking, each in self.taken.items()
            if each.start < slot.end and slot.start < each.end
        }


class Overlaps(Exception):
    """Somebody else holds time of the slot."""


def days_of(slot: Slot) -> list[TakenDay]:
    """The UTC days that a slot touches, read consistently: nearly always one."""
    return [_read(slot.doctor_id, day) for day in _days(slot.start, slot.end)]


def hold(
    days: Sequence[TakenDay], slot: Slot, booking_id: str, hold_until: datetime, now: datetime
) -> list[Write]:
    """Take a slot for an unpaid booking on the days that were read; refused if one of them changed since.

    A hold whose time has run out gives way: its booking can then be neither confirmed nor paid.

    Raises:
        Overlaps: another holds some of it.
    """
    return [_hold_on(day, slot, booking_id, hold_until, now) for day in days]


def confirm(slot: Slot, booking_id: str) -> list[Write]:
    """The booking is paid: its time is taken for good. Refused where the booking does not hold it."""
    return [
        dynamo.update(
            settings.bookings_table(),
            *_key(slot.doctor_id, day),
            set={"taken.#me": _text(*_piece(slot, day), None)},
            add={"version": 1},
            when="attribute_exists(taken.#me)",
            names={"me": booking_id},
        )
        for day in _days(slot.start, slot.end)
    ]


def release(slot: Slot, booking_id: str) -> list[Write]:
    """Free what a booking still holds of its slot: nothing where another has taken it over.

    Never refused for having been overtaken: taking away what is not there any more changes nothing.
    """
    return [
        dynamo.update(
            settings.bookings_table(),
            *_key(day.doctor_id, day.day),
            remove=("taken.#me",),
            add={"version": 1},
            when="attribute_exists(taken)",
            names={"me": booking_id},
        )
        for day in days_of(slot)
        if booking_id in day.taken
    ]


def holds(slot: Slot, booking_id: str) -> bool:
    """Whether the slot is the booking's, be the time of its hold run out or not."""
    return all(booking_id in day.taken for day in days_of(slot))


def taken(days: Sequence[tuple[str, date]], now: datetime) -> dict[str, list[Stretch]]:
    """What is taken on these UTC days of these doctors, by doctor, in time order.

    Holds that ran out are free. Read without consistency: it is shown, and `hold` decides.
    """
    found: dict[str, list[Stretch]] = {}
    keys = [_key(doctor_id, day) for doctor_id, day in days]
    for item in dynamo.batch_get(settings.bookings_table(), keys, consistent=False):
        day = _taken_day(item)
        stretches = [(each.start, each.end) for each in day.taken.values() if each.stands(now)]
        found.setdefault(day.doctor_id, []).extend(stretches)
    return {doctor_id: sorted(stretches) for doctor_id, stretches in found.items()}


def _hold_on(day: TakenDay, slot: Slot, booking_id: str, hold_until: datetime, now: datetime) -> Write:
    others = {booking: each for booking, each in day.overlapping(slot).items() if booking != booking_id}
    if any(each.stands(now) for each in others.values()):
        raise Overlaps
    kept = {booking: each for booking, each in day.taken.items() if booking not in others}
    kept[booking_id] = Taken(*_piece(slot, day.day), hold_until)
    pk, sk = _key(day.doctor_id, day.day)
    item = {
        "pk": pk,
        "sk": sk,
        "version": day.version + 1,
        "taken": {name: _text(each.start, each.end, each.hold_until) for name, each in kept.items()},
        "expires_at": clock.epoch(_midnight(day.day) + _KEPT),
    }
    when = "#version = :seen" if day.version else "attribute_not_exists(pk)"
    seen = {"seen": day.version} if day.version else {}
    return dynamo.put(settings.bookings_table(), item, when, **seen)


def _read(doctor_id: str, day: date) -> TakenDay:
    item = dynamo.get(settings.bookings_table(), *_key(doctor_id, day))
    return _taken_day(item) if item else TakenDay(doctor_id, day, 0, {})


def _taken_day(item: Item) -> TakenDay:
    day = date.fromisoformat(item["sk"])
    taken = {booking: _parsed(text, day) for booking, text in item["taken"].items()}
    return TakenDay(item["pk"].removeprefix(_PREFIX), day, item["version"], taken)


def _text(start: datetime, end: datetime, hold_until: datetime | None) -> str:
    """`02:00-02:30`, or `02:00-02:30 until 2026-12-01T01:30:00Z`: short, since a write pays for the day."""
    closes = "24:00" if end.date() > start.date() else _clock_time(end)
    held = f"{_UNTIL}{clock.iso(hold_until)}" if hold_until else ""
    return f"{_clock_time(start)}-{closes}{held}"


def _parsed(text: str, day: date) -> Taken:
    stretch, _, hold_until = text.partition(_UNTIL)
    opens, _, closes = stretch.partition("-")
    end = _midnight(day) + _DAY if closes == "24:00" else _at(day, closes)
    return Taken(_at(day, opens), end, clock.parse(hold_until) if hold_until else None)


def _clock_time(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"


def _at(day: date, clock_time: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock_time), UTC)


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


_PREFIX = "SLOTS#"


def _key(doctor_id: str, day: date) -> tuple[str, str]:
    return f"{_PREFIX}{doctor_id}", day.isoformat()
