"""When somebody works: recurring hours minus days off, plus extra days, in the clinic's zone. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from teleconsult.catalogue.model import Clinic, Days, Doctor, ExtraDay, Hours

Window = tuple[datetime, datetime]
"""Opens and closes, UTC."""

_WEEK = timedelta(weeks=1)


def working_days(
    clinic: Clinic, doctor: Doctor, first: date, last: date
) -> Iterator[tuple[date, list[Window]]]:
    """The clinic's days from first to last on which the doctor works, in order, and the hours of each.

    The hours of a day are apart from each other: what overlaps or touches is one window.
    """
    off = (*clinic.holidays, *doctor.days_off)
    return working_hours(clinic.zone, doctor.schedule, off, first, last, extra_days=doctor.extra_days)


def working_hours(
    zone_name: str,
    recurring: Iterable[Hours],
    off: Sequence[Days],
    first: date,
    last: date,
    extra_days: Iterable[ExtraDay] = (),
) -> Iterator[tuple[date, list[Window]]]:
    """The days from first to last, in order, that have recurring hours and are not `off`, or are extra; and
    the hours of each, apart from each other."""
    zone = ZoneInfo(zone_name)
    hours_of: dict[date, list[tuple[int, int]]] = defaultdict(list)
    for hours in recurring:
        for day in _recurring(hours, first, last):
            if not _falls_on(off, day):
                hours_of[day].append((hours.opens, hours.closes))
    for extra in extra_days:
        if first <= extra.day <= last:
            hours_of[extra.day].append((extra.opens, extra.closes))
    for day in sorted(hours_of):
        yield day, list(_apart((_moment(zone, day, a), _moment(zone, day, b)) for a, b in hours_of[day]))


def day_start(zone: str, day: date) -> datetime:
    """The midnight that begins one of the clinic's days, UTC."""
    return _moment(ZoneInfo(zone), day, 0)


def _falls_on(days: Iterable[Days], day: date) -> bool:
    return any(each.first <= day <= each.last for each in days)


def _apart(windows: Iterable[Window]) -> Iterator[Window]:
    """In order and joined. An hour that a change of the clocks leaves out lies at another hour's time, so
    what did not overlap on the wall's clock may overlap here."""
    opens = closes = None
    for opening, closing in sorted(windows):
        if opens is None or closes is None:
            opens, closes = opening, closing
        elif opening <= closes:
            closes = max(closes, closing)
        else:
            yield opens, closes
            opens, closes = opening, closing
    if opens is not None and closes is not None and opens < closes:
        yield opens, closes


# Many doctors share a rule, and everybody asks about the same days.
@lru_cache(maxsize=1024)
def _recurring(hours: Hours, first: date, last: date) -> tuple[date, ...]:
    """The days of recurring hours (RFC 5545) from first to last."""
    since, until = max(first, hours.valid_from or first), min(last, hours.valid_to or last)
    if since > until:
        return ()
    rule = rrulestr(hours.recurrence, dtstart=_begin(hours, since))
    days = rule.between(_midnight(since), _midnight(until), inc=True)
    return tuple(day.date() for day in days)


def _begin(hours: Hours, since: date) -> datetime:
    """A start of the recurrence close to the days in question: it is counted from its start, week by week.

    Every n-th week is counted from the week of `valid_from`, so the start moves on by whole turns of n weeks.
    """
    counted_from = _monday(hours.valid_from or since)
    parts = dict(part.split("=") for part in hours.recurrence.split(";"))
    turn = int(parts.get("INTERVAL", "1")) * _WEEK
    return counted_from + (_midnight(since) - counted_from) // turn * turn


def _monday(day: date) -> datetime:
    return _midnight(day - timedelta(days=day.weekday()))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _moment(zone: ZoneInfo, day: date, minutes: int) -> datetime:
    return (_midnight(day) + timedelta(minutes=minutes)).replace(tzinfo=zone).astimezone(UTC)
