"""Taken slots in the Bookings table: only a taken slot is an item. Every change is conditional."""

from datetime import datetime, timedelta

from teleconsult.platform import clock, dynamo, settings
from teleconsult.platform.dynamo import Write

# Nobody asks about a slot that is over; DynamoDB may clear it away then.
_KEPT = timedelta(days=7)


def hold(
    doctor_id: str, start: datetime, end: datetime, booking_id: str, hold_until: datetime, now: datetime
) -> Write:
    """Take a slot for an unpaid booking; refused where another holds it whose time has not run out.

    The time is compared here and not left to TTL, which lags by days ("Edge cases: A hold that ran out").
    """
    item = {
        "pk": _pk(doctor_id),
        "sk": clock.iso(start),
        "booking_id": booking_id,
        "hold_until": clock.iso(hold_until),
        "slot_end": clock.iso(end),
        "expires_at": clock.epoch(end + _KEPT),
    }
    return dynamo.put(
        settings.bookings_table(),
        item,
        "attribute_not_exists(pk) OR hold_until < :now OR booking_id = :me",
        now=clock.iso(now),
        me=booking_id,
    )


def confirm(doctor_id: str, start: datetime, booking_id: str) -> Write:
    """The booking is paid: its slot is taken for good. Refused where the booking does not hold it."""
    return dynamo.update(
        settings.bookings_table(),
        _pk(doctor_id),
        clock.iso(start),
        remove=("hold_until",),
        when="booking_id = :me",
        me=booking_id,
    )


def release(doctor_id: str, start: datetime, booking_id: str) -> Write:
    """Free the slot of a booking. Refused where the booking does not hold it: look at `holder_of` first."""
    return dynamo.delete(
        settings.bookings_table(), _pk(doctor_id), clock.iso(start), "booking_id = :me", me=booking_id
    )


def holder_of(doctor_id: str, start: datetime) -> str | None:
    """The booking in whose name the slot stands, if any, be its time run out or not."""
    item = dynamo.get(settings.bookings_table(), _pk(doctor_id), clock.iso(start))
    return item["booking_id"] if item else None


def taken(doctor_id: str, since: datetime, until: datetime, now: datetime) -> set[datetime]:
    """Starts of a doctor's taken slots, both ends included; one whose hold ran out is free."""
    items = dynamo.query_all(
        settings.bookings_table(),
        "pk = :pk AND sk BETWEEN :since AND :until",
        pk=_pk(doctor_id),
        since=clock.iso(since),
        until=clock.iso(until),
    )
    present = clock.iso(now)
    return {clock.parse(item["sk"]) for item in items if item.get("hold_until", present) >= present}


def _pk(doctor_id: str) -> str:
    return f"SLOT#{doctor_id}"
