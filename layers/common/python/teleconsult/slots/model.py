"""Stretches of doctors' time. Apart from the rules, so that what only moves money loads no calendar."""

from dataclasses import dataclass
from datetime import datetime

from teleconsult.booking.model import Booking

Stretch = tuple[datetime, datetime]
"""A taken time: start and end, UTC."""


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """One stretch of a doctor's time that can be booked, UTC."""

    start: datetime
    end: datetime
    doctor_id: str


def slot_of(booking: Booking) -> Slot:
    """The slot that a booking was made for."""
    return Slot(booking.slot_start, booking.slot_end, booking.doctor_id)
