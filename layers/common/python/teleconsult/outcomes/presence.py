"""When a join link leads on, and a click or a call is evidence that somebody was there (§2, S14). Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

from teleconsult.booking.model import Booking, Status

OPENS_BEFORE = timedelta(minutes=15)
"""How long before its slot a consultation can be entered."""


class Entrance(StrEnum):
    """What somebody finds at their join link."""

    UNPAID = "unpaid"
    EARLY = "early"
    OPEN = "open"
    LATE = "late"
    OVER = "over"
    CANCELLED = "cancelled"


def opens_at(booking: Booking) -> datetime:
    return booking.slot_start - OPENS_BEFORE


def closes_at(booking: Booking) -> datetime:
    """Slot end and grace: whose connection breaks off at the end can come back until the evidence speaks."""
    return booking.verdict_after


def entrance(booking: Booking, now: datetime) -> Entrance:
    """What a join link leads to at this moment."""
    if booking.status in (Status.COMPLETED, Status.NOT_HELD):
        return Entrance.OVER
    if booking.status.final:
        return Entrance.CANCELLED
    if booking.status is not Status.SCHEDULED:
        return Entrance.UNPAID
    if now < opens_at(booking):
        return Entrance.EARLY
    return Entrance.OPEN if now <= closes_at(booking) else Entrance.LATE


def at_appointed_time(booking: Booking, now: datetime) -> bool:
    """From shortly before the slot until the evidence is judged.

    A link tried out the day before, or fetched for a preview by what delivered it, is no presence.
    """
    return entrance(booking, now) is Entrance.OPEN
