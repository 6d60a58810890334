"""Which moments are a clinic's day, and what of it is shown. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from teleconsult.booking.model import Booking, Status
from teleconsult.people import rules as people_rules
from teleconsult.people.known import same_person
from teleconsult.people.model import Patient, People

LOOKED_AT = 20
"""How many of a holder's latest bookings are looked at for earlier consultations."""

_TOOK_PLACE_OR_NOT = (Status.COMPLETED, Status.NOT_HELD)


def asked_day(typed: str | None, today: date) -> date:
    """The day that was asked for; today, if none was.

    Raises:
        Invalid: no date.
    """
    return today if typed is None else people_rules.calendar_date(typed, "day")


def hours(day: date, zone: str) -> tuple[datetime, datetime]:
    """When the day begins in the clinic's zone, and when the next one does, UTC."""
    midnights = (datetime.combine(each, time(), ZoneInfo(zone)) for each in (day, day + timedelta(days=1)))
    begins, ends = (each.astimezone(UTC) for each in midnights)
    return begins, ends


def utc_days(begins: datetime, ends: datetime) -> list[date]:
    """The UTC days that lie in these hours: two, unless the clinic's clock is UTC."""
    first, last = begins.date(), (ends - timedelta(seconds=1)).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def earlier(
    booking: Booking, patient: Patient, others: Iterable[Booking], people: Mapping[str, People]
) -> Sequence[Booking]:
    """The same patient's settled consultations before this one among the holder's bookings, latest first."""
    found = [
        each
        for each in others
        if each.holder_id == booking.holder_id
        and each.status in _TOOK_PLACE_OR_NOT
        and each.slot_start < booking.slot_start
        and each.booking_id in people
        and same_person(people[each.booking_id].patient) == same_person(patient)
    ]
    return sorted(found, key=lambda each: each.slot_start, reverse=True)
