"""Cancelling (§2): the slot is free, and whatever was paid is on the holder's balance."""

from contextlib import suppress
from datetime import datetime

from teleconsult.booking import rules as booking_rules
from teleconsult.booking import store as bookings
from teleconsult.booking import workflow
from teleconsult.booking.model import Record, Status
from teleconsult.changes import rules
from teleconsult.changes.model import Asked
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.notices import outbox
from teleconsult.notices.rules import Notice
from teleconsult.platform import dynamo
from teleconsult.platform.errors import Unavailable
from teleconsult.slots import store as slots
from teleconsult.slots.model import slot_of
from teleconsult.trail import store as trail

_DECISIONS = 20  # each that is made anew means that a payment, or another booking of the day, got through


def cancel(record: Record, asked: Asked, now: datetime) -> Record:
    """Cancel a booking before its slot starts, paid or not. Cancelled already, it is left as it is.

    Raises:
        Conflict: it is over otherwise, or its time has come.
        Unavailable: it changes all the time; the same call may be repeated.
    """
    return _cancelled(record, asked, now)


def let_go(record: Record, asked: Asked, now: datetime) -> Record:
    """The same with a hold that no money came for, and none is coming: whoever has it on their screen books
    anew. Nobody is told: on the public form anybody can type another's phone and address.

    Raises:
        Conflict: it was paid for, is being paid, or is over.
        Unavailable: it changes all the time; the same call may be repeated.
    """
    return _cancelled(record, asked, now, unpaid=True)


def _cancelled(record: Record, asked: Asked, now: datetime, *, unpaid: bool = False) -> Record:
    for _ in range(_DECISIONS):
        if record.booking.status is Status.CANCELLED:
            workflow.wake(record, booking_rules.waits_at(record))  # so that its execution ends
            return record
        rules.check_changeable(record.booking, now)
        if unpaid:
            rules.check_nothing_paid(record)
        # Paid, moved or cancelled meanwhile, or the doctor's day has changed: the rows say which.
        with suppress(ledger.AlsoRefused, ledger.InsufficientFunds, dynamo.TransactionRefused):
            _cancel(record, asked, now, told=not unpaid)
        record = bookings.load(record.booking.booking_id)
    raise Unavailable("busy", "Запись прямо сейчас меняется. Повторите чуть позже")


def _cancel(record: Record, asked: Asked, now: datetime, *, told: bool) -> None:
    booking, received = record.booking, record.payment.received
    booking_id = booking.booking_id
    knows_of_it = ("patient", "doctor") if booking.status is Status.SCHEDULED else ("patient",)
    also = [
        bookings.cancelled(booking, asked.side, now),
        bookings.nobody_spoke(booking_id),
        *slots.release(slots.days_of(slot_of(booking)), booking_id),
        trail.entered(asked.entry(booking_id, "cancelled", now, returned=received)),
    ]
    if told:
        also.append(outbox.put(booking_id, Notice.CANCELLED, now, sides=knows_of_it))
    if received:
        back = ledger_rules.returned_to_balance(booking_id, booking.holder_id, received, "cancelled")
        ledger.post(back, also=also, now=now)
    else:
        dynamo.transact([*also, bookings.nothing_received(booking_id)])
