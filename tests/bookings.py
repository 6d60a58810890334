"""Bookings as rows, with whatever times and states a test needs; nobody in them is real."""

from datetime import datetime, timedelta
from typing import Any

from teleconsult.booking.model import Booking, Channel, Door, Status

PRICE = 250_000  # kopecks
DOCTOR = "d-test"
HOLDER = "h-test"


def booking(booking_id: str, now: datetime, **changes: Any) -> Booking:
    """A site booking awaiting payment for half an hour, its slot in two hours; `changes` replace fields."""
    slot_start = changes.get("slot_start", now + timedelta(hours=2))
    slot_end = changes.get("slot_end", slot_start + timedelta(minutes=30))
    hold_until = changes.get("hold_until", now + timedelta(minutes=30))
    fields: dict[str, Any] = {
        "booking_id": booking_id,
        "door": Door.SITE,
        "status": Status.AWAITING_PAYMENT,
        "kind": "first",
        "specialty": "therapist",
        "doctor_id": DOCTOR,
        "slot_start": slot_start,
        "slot_end": slot_end,
        "price": PRICE,
        "holder_id": HOLDER,
        "channel": Channel.PHONE,
        "hold_until": hold_until,
        "verdict_after": slot_end + timedelta(minutes=15),
        "verdict_deadline": slot_end + timedelta(hours=72),
        "request_hash": "0" * 32,
        "created_at": now,
        "created_by": "site",
        "due_at": hold_until,
    }
    return Booking(**{**fields, **changes})


def scheduled(booking_id: str, now: datetime, **changes: Any) -> Booking:
    """A paid booking whose slot ended an hour ago, and nobody has said a word."""
    slot_end = now - timedelta(hours=1)
    fields: dict[str, Any] = {
        "status": Status.SCHEDULED,
        "slot_start": slot_end - timedelta(minutes=30),
        "slot_end": slot_end,
        "paid_at": slot_end - timedelta(hours=3),
        "scheduled_at": slot_end - timedelta(hours=3),
        "due_at": slot_end + timedelta(minutes=15),
    }
    return booking(booking_id, now, **{**fields, **changes})
