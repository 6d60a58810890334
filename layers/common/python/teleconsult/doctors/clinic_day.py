"""All doctors' bookings of one of the clinic's days: no scan, two batches of reads."""

from collections.abc import Iterable
from datetime import date, datetime

from teleconsult.booking import store as bookings
from teleconsult.booking.model import Booking
from teleconsult.doctors import rules
from teleconsult.slots import store as slots


def bookings_of(day: date, doctors: Iterable[str], zone: str, now: datetime) -> list[Booking]:
    """Who holds time of the day by the clock of `zone`, paid for or held still, in time order.

    `doctors`: by id, those who have left the catalogue too: what was booked with them stands.
    """
    begins, ends = rules.hours(day, zone)
    days = [(doctor, each) for doctor in doctors for each in rules.utc_days(begins, ends)]
    rows = bookings.many(slots.holders_of(days, now))
    found = [each for each in rows if begins <= each.slot_start < ends]
    return sorted(found, key=lambda each: (each.slot_start, each.doctor_id))
