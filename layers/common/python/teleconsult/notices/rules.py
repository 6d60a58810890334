"""Which notice goes to whom, by what way (S12, S14, S15). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from teleconsult.booking import rules as booking_rules
from teleconsult.booking.model import Booking, Reminder, Status
from teleconsult.platform import clock


class Notice(StrEnum):
    """A reason to write to somebody."""

    PAYMENT_LINK = "payment_link"
    SCHEDULED = "scheduled"
    REMINDER_DAY = "reminder_day"
    REMINDER_HOUR = "reminder_hour"
    REMINDER_SOON = "reminder_soon"
    MOVED = "moved"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    PART_PAID = "part_paid"
    LATE_PAYMENT = "late_payment"
    SURPLUS = "surplus"
    NOT_HELD = "not_held"
    CORRECTED = "corrected"
    CALLBACK = "callback"
    CALLBACK_FOR_DOCTOR = "callback_for_doctor"
    DOCUMENT_REFUSED = "document_refused"
    REFUND_SUCCEEDED = "refund_succeeded"
    REFUND_REFUSED = "refund_refused"


REMINDERS: Mapping[Reminder, Notice] = {
    Reminder.DAY: Notice.REMINDER_DAY,
    Reminder.HOUR: Notice.REMINDER_HOUR,
    Reminder.SOON: Notice.REMINDER_SOON,
}


class Delivery(StrEnum):
    """One message: to one side, by one way."""

    PATIENT_SMS = "patient_sms"
    PATIENT_MAIL = "patient_mail"
    DOCTOR_SMS = "doctor_sms"
    DOCTOR_MAIL = "doctor_mail"

    @property
    def side(self) -> str:
        """`patient` or `doctor`."""
        return self.partition("_")[0]

    @property
    def by_sms(self) -> bool:
        return self.endswith("_sms")


@dataclass(frozen=True, slots=True)
class Move:
    """What a notice of a move is about. `number`: which of the booking's moves; `old_start`: UTC;
    `old_doctor`: whom it was taken from, if it went to another one."""

    number: int
    old_start: datetime
    old_doctor: str | None


def move_of(about: str | None) -> Move | None:
    """What `MOVED` and `WITHDRAWN` were put in the outbox with: `<moves>#<old start>[#<old doctor>]`."""
    if about is None:
        return None
    number, start, *doctor = about.split("#")
    return Move(int(number), clock.parse(start), doctor[0] if doctor else None)


_TO_PATIENT = (Delivery.PATIENT_SMS, Delivery.PATIENT_MAIL)
_TO_DOCTOR = (Delivery.DOCTOR_SMS, Delivery.DOCTOR_MAIL)
_TO_BOTH = (*_TO_PATIENT, *_TO_DOCTOR)
_SMS_TO_BOTH = (Delivery.PATIENT_SMS, Delivery.DOCTOR_SMS)


def deliveries(notice: Notice) -> tuple[Delivery, ...]:
    """The operator's booking is told by SMS (S12), an appointment to both sides, money to the patient's. A
    surplus is in no hurry: its mail comes with the SMS of the appointment.

    A refused document is told by mail alone: its name is no text for an SMS (S9). Of money that went back
    the bank tells by SMS; that it did not, nobody else does. That a patient asks for a call the
    doctor reads in a mail: it is due in working hours.
    """
    return {
        Notice.PAYMENT_LINK: (Delivery.PATIENT_SMS,),
        Notice.SCHEDULED: _TO_BOTH,
        Notice.REMINDER_DAY: (*_TO_PATIENT, Delivery.DOCTOR_MAIL),
        Notice.REMINDER_HOUR: _SMS_TO_BOTH,
        Notice.REMINDER_SOON: _SMS_TO_BOTH,
        Notice.MOVED: _TO_BOTH,
        Notice.WITHDRAWN: _TO_DOCTOR,
        Notice.CANCELLED: _TO_BOTH,
        Notice.EXPIRED: _TO_PATIENT,
        Notice.PART_PAID: _TO_PATIENT,
        Notice.LATE_PAYMENT: _TO_PATIENT,
        Notice.SURPLUS: (Delivery.PATIENT_MAIL,),
        Notice.NOT_HELD: _TO_PATIENT,
        Notice.CORRECTED: _TO_PATIENT,
        Notice.CALLBACK: _TO_PATIENT,
        Notice.CALLBACK_FOR_DOCTOR: (Delivery.DOCTOR_MAIL,),
        Notice.DOCUMENT_REFUSED: (Delivery.PATIENT_MAIL,),
        Notice.REFUND_SUCCEEDED: (Delivery.PATIENT_MAIL,),
        Notice.REFUND_REFUSED: _TO_PATIENT,
    }[notice]


FIRST_PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
TRIED_FOR = timedelta(days=1)
"""How long a notice that cannot be sent is tried; then an operator has to look at it."""

CLAIM = timedelta(minutes=5)
"""How long a run has a notice to itself: longer than the function that sends may run."""


def pause_after(tries: int) -> timedelta:
    """How long a notice rests after so many tries that failed: 1, 5, 15, 60 minutes, then hourly."""
    return FIRST_PAUSES[min(max(tries, 1), len(FIRST_PAUSES)) - 1]


def gives_up(since: datetime, now: datetime) -> bool:
    """Whether a try that has just failed was the last one."""
    return now - since >= TRIED_FOR


def is_obsolete(notice: Notice, about: str | None, booking: Booking, now: datetime) -> bool:
    """Whether a notice would tell what is no longer so: it is not sent any more."""
    if notice in _OF_AN_APPOINTMENT and not _is_ahead(booking, now):
        return True
    if notice in (Notice.PAYMENT_LINK, Notice.PART_PAID):
        return not booking_rules.waits_for_patient(booking, now)
    if notice in _REMINDERS:
        return about is not None and about != clock.iso(booking.slot_start)
    if notice is Notice.MOVED:
        is_latest = about is None or about.partition("#")[0] == str(booking.moves)
        return not is_latest or booking.status.final or now >= booking.slot_start
    if notice is Notice.WITHDRAWN:  # it came back to the same doctor, whom MOVED tells
        return booking.status is Status.SCHEDULED and (about or "").rpartition("#")[2] == booking.doctor_id
    if notice is Notice.CORRECTED:
        return about is not None and about != str(booking.corrections)
    return notice is Notice.NOT_HELD and booking.corrections > 0


def is_wanted(notice: Notice, delivery: Delivery, booking: Booking) -> bool:
    """Whether a message of a notice is for anybody, as the booking stands.

    A doctor is not told that what they never heard of was cancelled or moved. An unpaid booking of
    the public form may have been made in the name of another's telephone: its end is told by mail alone.
    """
    if notice in (Notice.CANCELLED, Notice.MOVED) and delivery.side == "doctor":
        return booking.scheduled_at is not None
    if notice is Notice.EXPIRED and delivery.by_sms:
        return booking_rules.is_holders_own(booking)
    return True


_REMINDERS = frozenset({Notice.REMINDER_DAY, Notice.REMINDER_HOUR, Notice.REMINDER_SOON})
_OF_AN_APPOINTMENT = _REMINDERS | {Notice.SCHEDULED}


def _is_ahead(booking: Booking, now: datetime) -> bool:
    return booking.status is Status.SCHEDULED and now < booking.slot_start
