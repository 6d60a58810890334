"""Which slots a doctor offers: the working hours minus what is taken. Pure; nothing here reads a table.

A consultation begins on the doctor's grid (`Doctor.grid_minutes`, counted from the start of the hours) and
fits into the hours whole. Kinds may differ in length, so what is taken is a stretch of time, and free is what
overlaps none. Of all free starts those are offered that follow one another from the start of each free
stretch: two offers never overlap, and no remainder too short for anything is left in the middle.

Starts are ranges of seconds, and become slots one at a time: the next few, or one in question, cost the same
with a doctor on duty around the clock, who has 1,440 of them a day.
"""

import heapq
from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import chain, islice

from teleconsult.catalogue.model import Clinic, Doctor
from teleconsult.catalogue.rules import clinic_day
from teleconsult.people.rules import calendar_date, given, time_zone
from teleconsult.platform.checks import refuse
from teleconsult.slots.model import Slot, Stretch
from teleconsult.slots.schedule import Window, working_days

MOST_A_DAY = 96  # slots shown of one doctor on one day: every quarter of an hour
MOST_DAYS = 31  # days asked for at once

_DAY = timedelta(days=1)
_USUAL_DAYS = 7


@dataclass(frozen=True, slots=True)
class WorkingDay:
    """The hours of a doctor on one of the clinic's days, UTC."""

    day: date
    windows: tuple[Window, ...]


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


def bookable_days(
    clinic: Clinic, doctor: Doctor, first_day: date, last_day: date, now: datetime
) -> list[WorkingDay]:
    """The days from first to last on which the doctor works and a slot may be booked now."""
    after, until = _bookable(doctor, now)
    first = max(first_day, clinic_day(clinic.zone, after))
    last = min(last_day, clinic_day(clinic.zone, until))
    return [WorkingDay(day, tuple(windows)) for day, windows in working_days(clinic, doctor, first, last)]


def free_slots(
    doctor: Doctor, minutes: int, days: Iterable[WorkingDay], taken: Sequence[Stretch], now: datetime
) -> Iterator[Slot]:
    """The free slots of the given days, in time order, at most `MOST_A_DAY` of each.

    `minutes`: the consultation's length. `taken`: what others hold, in time order.
    """
    after, until = _bookable(doctor, now)
    for day in days:
        starts = chain.from_iterable(_free_starts(doctor, minutes, day, taken, after, until))
        for start in islice(starts, MOST_A_DAY):
            yield _slot(doctor, minutes, start)


def nearest_free(
    doctor: Doctor,
    minutes: int,
    days: Sequence[WorkingDay],
    wished: datetime,
    taken: Sequence[Stretch],
    now: datetime,
) -> Iterator[Slot]:
    """The free slots of the given days, the nearest to a wished start first.

    Source: "Edge cases: Two people take one slot at once".
    """
    after, until = _bookable(doctor, now)
    middle = int(wished.timestamp())
    just_before = wished - timedelta(seconds=1)
    later = (
        start
        for day in days
        for starts in _free_starts(doctor, minutes, day, taken, max(after, just_before), until)
        for start in starts
    )
    earlier = (
        start
        for day in reversed(days)
        for starts in reversed(_free_starts(doctor, minutes, day, taken, after, min(until, just_before)))
        for start in reversed(starts)
    )
    for start in heapq.merge(later, earlier, key=lambda start: abs(start - middle)):
        yield _slot(doctor, minutes, start)


def check_slot(
    clinic: Clinic, doctor: Doctor, minutes: int, start: datetime, now: datetime, path: str = "slot.start"
) -> Slot:
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
    end, grid = start + timedelta(minutes=minutes), timedelta(minutes=doctor.grid_minutes)
    day = clinic_day(clinic.zone, start)
    for _, windows in working_days(clinic, doctor, day, day):
        for opens, closes in windows:
            if opens <= start and end <= closes and not (start - opens) % grid:
                return Slot(start, end, doctor.id)
    return refuse(path, "no_slot", "У врача нет приёма, который начинается в это время")


def shown_zone(typed: object, clinic: Clinic) -> str:
    """The zone that somebody wants times in; the clinic's unless they say.

    Raises:
        Invalid: no zone of the IANA database.
    """
    return time_zone(typed, "time_zone") if given(typed) else clinic.zone


def _bookable(doctor: Doctor, now: datetime) -> tuple[datetime, datetime]:
    """After which moment, not at it, and until which a slot may begin to be booked now."""
    timing = doctor.timing
    return now + timedelta(minutes=timing.minimum_notice_minutes), now + timing.horizon_days * _DAY


def _free_starts(
    doctor: Doctor,
    minutes: int,
    day: WorkingDay,
    taken: Sequence[Stretch],
    after: datetime,
    until: datetime,
) -> list[range]:
    """For each free stretch of a day the starts in it, after one moment, not later than another; seconds."""
    length, grid = minutes * 60, doctor.grid_minutes * 60
    earliest, latest = int(after.timestamp()) + 1, int(until.timestamp())
    found = []
    for opens, closes in day.windows:
        origin = int(opens.timestamp())
        for since, end in _gaps(opens, closes, taken):
            first = origin + -(-(since - origin) // grid) * grid
            starts = range(first, end - length + 1, length)
            skipped = max(0, -(-(earliest - first) // length))
            starts = starts[skipped : max(0, (latest - first) // length + 1)]
            if starts:
                found.append(starts)
    return found


def _gaps(opens: datetime, closes: datetime, taken: Sequence[Stretch]) -> Iterator[tuple[int, int]]:
    """What nobody holds of a window; seconds."""
    free_from = opens
    first = max(0, bisect(taken, (opens, opens)) - 1)  # the last one to begin before may reach into it
    for start, end in islice(taken, first, None):
        if start >= closes:
            break
        if start > free_from:
            yield int(free_from.timestamp()), int(start.timestamp())
        free_from = max(free_from, end)
    if free_from < closes:
        yield int(free_from.timestamp()), int(closes.timestamp())


def _slot(doctor: Doctor, minutes: int, start: int) -> Slot:
    return Slot(*_stretch(start, minutes), doctor.id)


@lru_cache(maxsize=4096)  # many doctors begin at the same moments
def _stretch(start: int, minutes: int) -> Stretch:
    begin = datetime.fromtimestamp(start, UTC)
    return begin, begin + timedelta(minutes=minutes)
