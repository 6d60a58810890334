"""When a click or a call is evidence that somebody was there (§2, outcome rules; S14). Pure."""

from datetime import datetime, timedelta

from teleconsult.booking.model import Booking, Status

_EARLY = timedelta(minutes=15)


def at_appointed_time(booking: Booking, now: datetime) -> bool:
    """From shortly before the slot until the evidence is judged.

    A link tried out the day before, or fetched for a preview by what delivered it, is no presence.
    """
    return booking.status is Status.SCHEDULED and booking.slot_start - _EARLY <= now <= booking.verdict_after
