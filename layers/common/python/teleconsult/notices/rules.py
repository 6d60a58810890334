"""Which notice goes to whom, by what way (S12, S14, S15). Pure."""

from collections.abc import Mapping
from enum import StrEnum

from teleconsult.booking.model import Reminder


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
