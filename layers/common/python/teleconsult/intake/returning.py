"""A returning holder finds the people entered before (§3)."""

from datetime import datetime

from teleconsult.booking import rules as booking_rules
from teleconsult.booking import store as bookings
from teleconsult.catalogue import rules as catalogue_rules
from teleconsult.catalogue import store as catalogue_store
from teleconsult.people import store as people_store
from teleconsult.people.known import KnownPeople, known

_LATEST = 100  # bookings that are looked at, however long somebody has been coming


def people_of_holder(holder_id: str, now: datetime) -> KnownPeople:
    """The people of a holder's latest bookings. For the holder alone, whose phone the code has proved."""
    latest = bookings.latest_of_holder(holder_id, _LATEST)
    made = [booking for booking in latest if booking_rules.is_holders_own(booking)]
    entered = people_store.load_many([booking.booking_id for booking in made])
    return known(entered, catalogue_rules.consultation_day(catalogue_store.load(), now))
