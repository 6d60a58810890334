"""A booking and its stages, as the rows hold them. No personal data: that is `teleconsult.people`."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    """Where a booking is in its life (§2)."""

    AWAITING_CONSENT = "AWAITING_CONSENT"
    AWAITING_PAYMENT = "AWAITING_PAYMENT"
    SCHEDULED = "SCHEDULED"
    COMPLETED = "COMPLETED"
    NOT_HELD = "NOT_HELD"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"
    REFUSED = "REFUSED"

    @property
    def final(self) -> bool:
        return self not in _LIVE


_LIVE = frozenset({Status.AWAITING_CONSENT, Status.AWAITING_PAYMENT, Status.SCHEDULED})


class Door(StrEnum):
    """Which of the two doors a booking came through (S3)."""

    SITE = "site"
    OPERATOR = "operator"


class Channel(StrEnum):
    """How doctor and patient meet (S1)."""

    ROOM = "room"
    SKYPE = "skype"
    PHONE = "phone"


class Side(StrEnum):
    """Whose doing something is: the patient's side, or the clinic's."""

    PATIENT = "patient"
    CLINIC = "clinic"


class ContactResult(StrEnum):
    """Why an attempt to reach the patient was in vain (S14)."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    WRONG_NUMBER = "wrong_number"


class Outcome(StrEnum):
    """What became of the consultation: held, or why not (§2)."""

    HELD = "held"
    PATIENT_ABSENT = "patient_absent"
    DOCTOR_ABSENT = "doctor_absent"
    TECHNICAL = "technical"
    UNKNOWN = "unknown"


class Stands(StrEnum):
    """What the workflow does next with a booking: the answer of every one of its functions."""

    AWAITING_CONSENT = "awaiting_consent"
    CONSENT_GIVEN = "consent_given"
    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    AWAITING_OUTCOME = "awaiting_outcome"
    OUTCOME_KNOWN = "outcome_known"
    HELD = "held"
    NOT_HELD = "not_held"
    OVER = "over"


class Stage(StrEnum):
    """The three waits of the workflow; each has an item of its own beside the booking."""

    CONSENT = "CONSENT"
    PAYMENT = "PAYMENT"
    OUTCOME = "OUTCOME"


class Reminder(StrEnum):
    """How long before the slot both sides are reminded: by about a day, an hour, or less."""

    DAY = "day"
    HOUR = "hour"
    SOON = "soon"


USUAL_REMINDERS = (24 * 60, 60, 10)
"""Minutes before the slot, where the clinic says nothing else (S13, S14)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """The row that decides. Times are UTC; `price` is kopecks, fixed when the booking was made.

    `hold_until`: end of the unpaid hold. `verdict_after`: slot end + grace, when the evidence may speak.
    `verdict_deadline`: the end of waiting for anybody's word. `execution`: how many times the workflow
    was started. `due_at`: when a sweep must look at it if nothing has happened. `zone`: the clinic's when it
    was booked, which says on what day ages are taken (§2). `moves`: how many times it was given another slot.
    `corrections`: how many times its final outcome was. `task`: why an operator has to look at it, a code.
    `reminder_minutes`: how long before the slot both sides are reminded, the earliest first.
    """

    booking_id: str
    door: Door
    status: Status
    kind: str
    specialty: str
    doctor_id: str
    slot_start: datetime
    slot_end: datetime
    price: int
    holder_id: str
    channel: Channel
    hold_until: datetime
    verdict_after: datetime
    verdict_deadline: datetime
    request_hash: str
    created_at: datetime
    created_by: str
    zone: str | None = None
    execution: int = 1
    due_at: datetime | None = None
    consented_at: datetime | None = None
    paid_at: datetime | None = None
    scheduled_at: datetime | None = None
    contract_number: str | None = None
    room: str | None = None
    outcome: Outcome | None = None
    settled_at: datetime | None = None
    expired_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancelled_by: Side | None = None
    moves: int = 0
    corrections: int = 0
    task: str | None = None
    reminder_minutes: tuple[int, ...] = USUAL_REMINDERS


OPEN_ATTEMPT = frozenset({"pending", "waiting_for_capture"})
"""The states of a payment that has not ended (§6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt to pay by card, as the provider took it: `amount` in kopecks."""

    number: int
    amount: int
    status: str
    created_at: datetime
    payment_id: str
    confirmation_url: str | None = None


class DeskMethod(StrEnum):
    """How money came past the payment provider."""

    CASH = "cash"
    TRANSFER = "transfer"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPayment:
    """Money that the clinic's desk took for a booking: `amount` in kopecks. `document`: the number of the
    cash receipt or of the payment order; nothing personal."""

    payment_id: str
    method: DeskMethod
    amount: int
    document: str
    taken_by: str
    taken_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentStage:
    """The wait for the money. `received`: kopecks held for this booking so far. `from_balance`: how many
    times something of it came from the holder's balance.
    """

    token: str | None = None
    done_at: datetime | None = None
    received: int = 0
    from_balance: int = 0
    attempts: tuple[Attempt, ...] = ()

    @property
    def open_attempts(self) -> tuple[Attempt, ...]:
        """What the provider may still take money for, as far as we have heard."""
        return tuple(each for each in self.attempts if each.status in OPEN_ATTEMPT)

    def attempt(self, number: int) -> Attempt | None:
        return next((each for each in self.attempts if each.number == number), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentStage:
    """The wait for the patient's consents."""

    token: str | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeStage:
    """The wait for somebody's word about the consultation. `noted`: a doctor wrote a note with it."""

    token: str | None = None
    done_at: datetime | None = None
    word: Outcome | None = None
    said_by: str | None = None
    noted: bool = False


@dataclass(frozen=True, slots=True)
class ContactAttempt:
    """The doctor tried to reach the patient, in vain."""

    at: datetime
    result: ContactResult
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """The `number`-th time that a booking was given another slot: from which to which, by whom, when (UTC).

    `request`: a hash of whose wish it was, by their idempotency key; `content`: of what was wished.
    """

    number: int
    from_doctor: str
    from_start: datetime
    to_doctor: str
    to_start: datetime
    by: str
    moved_at: datetime
    request: str
    content: str


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a booking's workflow. `gave_up`: it called for the operator, and failed."""

    running: bool
    ended_at: datetime | None = None
    gave_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Everything the Bookings table knows of one booking, read together.

    Clicks and attempts are those of the slot that it has now: one that was moved starts afresh.
    """

    booking: Booking
    consent: ConsentStage = field(default_factory=ConsentStage)
    payment: PaymentStage = field(default_factory=PaymentStage)
    outcome: OutcomeStage = field(default_factory=OutcomeStage)
    patient_joined_at: datetime | None = None
    doctor_joined_at: datetime | None = None
    contact_attempts: tuple[ContactAttempt, ...] = ()
    moved: tuple[Move, ...] = ()
    desk_payments: tuple[DeskPayment, ...] = ()

    def token(self, stage: Stage) -> str | None:
        """The task token that waits at a stage, if any ever did."""
        match stage:
            case Stage.CONSENT:
                return self.consent.token
            case Stage.PAYMENT:
                return self.payment.token
            case Stage.OUTCOME:
                return self.outcome.token
