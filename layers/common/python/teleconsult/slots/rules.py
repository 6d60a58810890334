"""Which slots a doctor offers: the weekly schedule minus what is taken. Pure; nothing here reads a table.

A slot is one step of a working window, counted from the window's start, as long as the doctor's
consultations. All kinds of one doctor are equally long (the catalogue's check sees to it), so two slots
of one doctor are either the same or do not overlap, and doctor and start name a slot.

Slots are computed one at a time, so that the next few, or one in question, cost the same with a doctor
on duty around the clock, who has 1,440 of them a day.
"""

import heapq
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from teleconsult.catalogue.model import Doctor
from teleconsult.catalogue.rules import clinic_day
from teleconsult.people.rules import calendar_date, given
from teleconsult.platform.checks import refuse

MOST_A_DAY = 96  # slots shown of one doctor on one day: every quarter of an hour
MOST_DAYS = 31  # days asked for at once

_DAY = timedelta(days=1)
_USUAL_DAYS = 7


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """One stretch of a doctor's time that can be booked, UTC."""

    start: datetime
    end: datetime
    doctor_id: str


def asked_days(first: object, last: object, today: date) -> tuple[date, date]:
    """The clinic's days that somebody asks about: from today on, for a week, unless they say.

    Raises:
        Invalid: not dates, in the wrong order, or more than `MOST_DAYS`.
    """
    since = calendar_date(first, "from") if given(first) else today
    until = calendar_date(last, "to") if given(last) else since + (_USUAL_DAYS - 1) * _DAY
    if until < since:
        refuse("to", "order", "Последний день раньше первого")
    if until - since >= MOST_DAYS * _DAY:
        refuse("to", "too_many_days", f"За один раз не больше {MOST_DAYS} дней")
    return since, until


def free_slots(
    doctor: Doctor, zone: str, first_day: date, last_day: date, taken: Collection[datetime], now: datetime
) -> Iterator[Slot]:
    """The free slots of the clinic's days from first to last, in time order, at most `MOST_A_DAY` of each.

    `taken`: starts that somebody holds.
    """
    after, until = _bookable(doctor, now)
    day = max(first_day, clinic_day(zone, after))
    while day <= min(last_day, clinic_day(zone, until)):
        free = (slot for slot in _slots(doctor, zone, day, after, until) if slot.start not in taken)
        yield from islice(free, MOST_A_DAY)
        day += _DAY


def nearest_free(
    doctor: Doctor, zone: str, wished: datetime, within: timedelta, taken: Collection[datetime], now: datetime
) -> Iterator[Slot]:
    """The free slots around a wished start, the nearest first, none further from it than `within`.

    Source: "Edge cases: Two people take one slot at once".
    """
    soonest, furthest = _bookable(doctor, now)
    after, until = max(soonest, wished - within), min(furthest, wished + within)
    later = _onward(doctor, zone, max(after, wished), until)
    earlier = _backward(doctor, zone, after, min(until, wished))
    for slot in heapq.merge(later, earlier, key=lambda slot: abs(slot.start - wished)):
        if slot.start not in taken:
            yield slot


def check_slot(doctor: Doctor, zone: str, start: datetime, now: datetime, path: str = "slot.start") -> Slot:
    """The slot that begins then, if the doctor offers it now. Whether it is taken is the store's to say.

    Raises:
        Invalid: in the past, too soon, too far ahead, or the doctor has no slot then.
    """
    after, until = _bookable(doctor, now)
    if start <= now:
        refuse(path, "past", "Это время уже прошло")
    if start <= after:
        refuse(
            path, "too_soon", f"Запись закрывается за {doctor.timing.minimum_notice_minutes} мин до начала"
        )
    if start > until:
        refuse(path, "too_far", f"Запись открыта на {doctor.timing.horizon_days} дн. вперёд")
    just_before = start - timedelta.resolution
    slot = next(_slots(doctor, zone, clinic_day(zone, start), just_before, start), None)
    return slot or refuse(path, "no_slot", "У врача нет приёма, который начинается в это время")


def day_start(zone: str, day: date) -> datetime:
    """The midnight that begins one of the clinic's days, UTC."""
    return _moment(zone, day, 0)


def _bookable(doctor: Doctor, now: datetime) -> tuple[datetime, datetime]:
    """After which moment, not at it, and until which a slot may begin to be booked now."""
    timing = doctor.timing
    return now + timedelta(minutes=timing.minimum_notice_minutes), now + timing.horizon_days * _DAY


def _onward(doctor: Doctor, zone: str, after: datetime, until: datetime) -> Iterator[Slot]:
    day = clinic_day(zone, after)
    while day <= clinic_day(zone, until):
        yield from _slots(doctor, zone, day, after, until)
        day += _DAY


def _backward(doctor: Doctor, zone: str, after: datetime, until: datetime) -> Iterator[Slot]:
    day = clinic_day(zone, until)
    while day >= clinic_day(zone, after):
        yield from _slots(doctor, zone, day, after, until, latest_first=True)
        day -= _DAY


def _slots(
    doctor: Doctor, zone: str, day: date, after: datetime, until: datetime, *, latest_first: bool = False
) -> Iterator[Slot]:
    """The slots of a day that begin after one moment and not later than another."""
    length = timedelta(minutes=doctor.slot_minutes)
    windows = list(_windows(doctor, zone, day))
    for opens, closes in reversed(windows) if latest_first else windows:
        first = max(0, (after - opens) // length + 1)
        last = min((closes - opens) // length - 1, (until - opens) // length)
        numbers = range(first, last + 1)
        for number in reversed(numbers) if latest_first else numbers:
            start = opens + number * length
            yield Slot(start, start + length, doctor.id)


def _windows(doctor: Doctor, zone: str, day: date) -> Iterator[tuple[datetime, datetime]]:
    earlier_closed = datetime.min.replace(tzinfo=UTC)
    for window in doctor.weekly:
        if window.weekday == day.weekday():
            # An hour that a change of the clocks leaves out lies at another hour's time: no window
            # begins before the one ahead of it has closed.
            opens = max(_moment(zone, day, window.opens), earlier_closed)
            earlier_closed = max(opens, _moment(zone, day, window.closes))
            yield opens, earlier_closed


def _moment(zone: str, day: date, minutes: int) -> datetime:
    wall_clock = datetime.combine(day, time()) + timedelta(minutes=minutes)
    return wall_clock.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
