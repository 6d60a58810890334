"""All doctors' bookings of one of the clinic's days: no scan, two batches of reads."""

from datetime import date, datetime

from teleconsult.booking import store as bookings
from teleconsult.booking.model import Booking
from teleconsult.catalogue.model import Catalogue
from teleconsult.doctors import rules as day_rules
from teleconsult.slots import store as slots


def bookings_of(day: date, catalogue: Catalogue, now: datetime) -> list[Booking]:
    """Who holds time of the day by the clinic's clock, paid for or held still, in time order.

    The doctors are those of the catalogue: one who has left it holds no consultations.
    """
    begins, ends = day_rules.hours(day, catalogue.clinic.zone)
    days = [(doctor, each) for doctor in catalogue.doctors for each in day_rules.utc_days(begins, ends)]
    rows = bookings.many(slots.holders_of(days, now))
    found = [each for each in rows if begins <= each.slot_start < ends]
    return sorted(found, key=lambda each: (each.slot_start, each.doctor_id))
