"""Holding an unpaid booking's slot for longer, as an operator may."""

from datetime import datetime

from teleconsult.booking import rules as booking_rules
from teleconsult.booking import store as bookings
from teleconsult.booking import workflow
from teleconsult.booking.model import Record, Stands
from teleconsult.catalogue import store as catalogue_store
from teleconsult.changes import rules
from teleconsult.changes.model import Asked
from teleconsult.platform import clock, dynamo
from teleconsult.platform.errors import Conflict, Unavailable
from teleconsult.slots import store as slots
from teleconsult.slots.model import slot_of
from teleconsult.trail import store as trail

_DECISIONS = 20  # each that is made anew means that a payment, or another booking of the day, got through


def hold_longer(record: Record, until: datetime, asked: Asked, now: datetime, path: str = "until") -> Record:
    """Hold an unpaid slot until then, also one whose time has just run out, while nobody has taken it.

    `path`: the field that says until when.

    Raises:
        Conflict: it is paid for or over, or another has taken the slot.
        Invalid: shorter than now, longer than may be, or too close to the slot.
        Unavailable: it changes all the time; the same call may be repeated.
    """
    catalogue = catalogue_store.load()
    for _ in range(_DECISIONS):
        booking = record.booking
        doctor = catalogue.doctors.get(booking.doctor_id)
        timing = doctor.timing if doctor else catalogue.clinic.timing
        if until == booking.hold_until and rules.unpaid(booking):
            workflow.wake(record, booking_rules.waits_at(record))  # that it waits anew
            return record
        rules.longer_hold(booking, timing, until, now, path)
        # Paid, expired or moved meanwhile, or the doctor's day has changed: the rows say which.
        lost = False
        try:
            _extend(record, until, asked, now)
        except slots.NotHeld:
            lost = True
        except dynamo.TransactionRefused:
            pass
        record = bookings.load(booking.booking_id)
        if lost and record.booking == booking:
            raise Conflict("slot_lost", "Время этой записи уже занял другой пациент")
    raise Unavailable("busy", "Запись прямо сейчас меняется. Повторите чуть позже")


def _extend(record: Record, until: datetime, asked: Asked, now: datetime) -> None:
    booking = record.booking
    # What was said and perhaps not heard stays due at once.
    due_at = now if booking_rules.stands(record) is Stands.CONSENT_GIVEN else until
    prolonged = slots.prolong(slots.days_of(slot_of(booking)), booking.booking_id, until)
    entry = asked.entry(booking.booking_id, "hold_extended", now, until=clock.iso(until))
    dynamo.transact([bookings.hold_extended(booking, until, due_at), *prolonged, trail.entered(entry)])
