"""Reminding both sides of a consultation before it begins (S13, S14)."""

from datetime import datetime

from teleconsult.booking import rules as booking_rules
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Status
from teleconsult.notices import outbox
from teleconsult.notices.rules import REMINDERS
from teleconsult.platform import clock, dynamo

# The outbox alone refused: the booking was moved away from this slot, and back.
_GIVEN_BEFORE = frozenset({1})


def remind(booking_id: str, now: datetime) -> bool:
    """Put the reminder that is due in the outbox, and let the next one be due; False: nothing was to be done.

    Both in one transaction under what the row says, so that however often this runs, a consultation that was
    moved or is over is reminded of by nobody, and one that stands by one notice for each moment.

    Raises:
        NotFound: no such booking.
    """
    booking = bookings.load_row(booking_id)
    if booking.status is not Status.SCHEDULED or booking.due_at is None or booking.due_at > now:
        return False
    onward, reminder = bookings.reminded(booking, now), booking_rules.reminder_due(booking, now)
    if reminder:
        about = clock.iso(booking.slot_start)
        notice = outbox.put(booking_id, REMINDERS[reminder], now, about)
        try:
            dynamo.transact([onward, notice])
            return True
        except dynamo.TransactionRefused as refused:
            if refused.failed != _GIVEN_BEFORE:
                return False
    try:
        dynamo.write(onward)
    except dynamo.ConditionFailed:
        return False
    return True
