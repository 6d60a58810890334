"""The rules of a booking's life (§2). Pure: time and settings come in."""

import re
from datetime import datetime, timedelta

from teleconsult.booking.model import Booking, Door, Outcome, Record, Reminder, Stage, Stands, Status

_CONTRACT = re.compile(r"(?:[ОO][КK][-\s]*)?(\d{8})[-\s]*([A-Z2-7]{10})")  # either alphabet's «ОК»
_AN_HOUR_OR_SO, _A_DAY_OR_SO = 30, 12 * 60  # minutes


def stands(record: Record) -> Stands:
    """What the workflow has to do next: read off the rows alone, so any execution can go on from here."""
    booking = record.booking
    if booking.status.final:
        return Stands.OVER
    if booking.status is Status.SCHEDULED:
        return Stands.OUTCOME_KNOWN if record.outcome.word else Stands.AWAITING_OUTCOME
    if booking.paid_at:
        return Stands.PAID
    if booking.status is Status.AWAITING_CONSENT:
        return Stands.CONSENT_GIVEN if record.consent.done_at else Stands.AWAITING_CONSENT
    return Stands.AWAITING_PAYMENT


def waits_at(record: Record) -> Stage:
    """The stage where the workflow waits, or waited last: whom a change of the booking has to wake."""
    return next((stage for stage in reversed(Stage) if record.token(stage)), Stage.PAYMENT)


def waits_for_payment(booking: Booking, now: datetime) -> bool:
    """Whether a payment may be begun: consents are given, nothing is paid, the hold has not ended."""
    return booking.status is Status.AWAITING_PAYMENT and not booking.paid_at and now < booking.hold_until


def waits_for_patient(booking: Booking, now: datetime) -> bool:
    """Whether it is still for the holder to consent or to pay: nothing is paid, the hold has not ended."""
    waits = booking.status in (Status.AWAITING_CONSENT, Status.AWAITING_PAYMENT)
    return waits and not booking.paid_at and now < booking.hold_until


def contract_number(booking: Booking) -> str:
    """The number of the contract that payment concludes (§7): the UTC day of payment, the booking's id."""
    if booking.paid_at is None:
        raise ValueError("an unpaid booking has no contract")
    return f"ОК-{booking.paid_at:%Y%m%d}-{booking.booking_id[2:12].upper()}"


def read_contract_number(typed: str) -> str | None:
    """A contract's number as it was typed: in small letters, «ОК» in Latin ones or left out; None: no such
    number can be."""
    found = _CONTRACT.fullmatch(typed.strip().upper())
    return f"ОК-{found[1]}-{found[2]}" if found else None


def outcome_may_be_said(booking: Booking, now: datetime) -> bool:
    """A word about the consultation counts from the start of its slot until it is settled (§2)."""
    return booking.status is Status.SCHEDULED and booking.outcome is None and now >= booking.slot_start


def reminder(minutes: int) -> Reminder:
    """What a reminder so many minutes before the slot is called."""
    if minutes >= _A_DAY_OR_SO:
        return Reminder.DAY
    return Reminder.HOUR if minutes >= _AN_HOUR_OR_SO else Reminder.SOON


def next_reminder(booking: Booking, now: datetime) -> datetime | None:
    """When both sides are to be reminded next (S13, S14); None: no more. What is past is not made up for."""
    return min((each for each in _reminders(booking) if each > now), default=None)


def reminder_due(booking: Booking, now: datetime) -> Reminder | None:
    """The reminder that goes out now: of several that are late the last one; none in the slot itself."""
    if now >= booking.slot_start:
        return None
    late = [each for each in _reminders(booking) if each <= now]
    return reminder(_minutes(booking.slot_start - max(late))) if late else None


def _reminders(booking: Booking) -> list[datetime]:
    return [booking.slot_start - timedelta(minutes=each) for each in booking.reminder_minutes]


def _minutes(length: timedelta) -> int:
    return length // timedelta(minutes=1)


def verdict(record: Record) -> Stands:
    """Where the money goes: to revenue if held; to the balance whatever the reason if not (S15).

    Raises:
        ValueError: nobody, not even the deadline, has said anything yet.
    """
    if record.outcome.word is None:
        raise ValueError("no word about the consultation yet")
    return Stands.HELD if record.outcome.word is Outcome.HELD else Stands.NOT_HELD


def is_holders_own(booking: Booking) -> bool:
    """Whether a booking is the doing of whoever has the holder's phone: made signed in, with the operator, or
    paid for. On the public form anybody can type another's number."""
    made_in_cabinet = booking.created_by == booking.holder_id
    return booking.door is Door.OPERATOR or made_in_cabinet or booking.paid_at is not None


def capability_opens(booking: Booking, now: datetime) -> bool:
    """The site's capability opens its own booking until the hold ends, and a paid one until its slot ends."""
    return booking.door is Door.SITE and now < (booking.slot_end if booking.paid_at else booking.hold_until)
