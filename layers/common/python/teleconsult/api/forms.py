"""What bodies are read into. Shapes only: what a field may hold is for the rules, which answer in Russian."""

import re
from dataclasses import asdict, field
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, MaxLen, MinLen

from teleconsult.booking.model import ContactResult, DeskMethod, DeskPayment, Outcome, Side
from teleconsult.callbacks import rules as callback_rules
from teleconsult.callbacks.model import CallbackResult, CallResult
from teleconsult.changes.model import Action, Clearing
from teleconsult.documents.model import Upload
from teleconsult.documents.rules import check_upload
from teleconsult.intake.application import Application, moment
from teleconsult.people import rules as people_rules
from teleconsult.platform.checks import collect, refuse, settle, sure
from teleconsult.platform.errors import FieldError
from teleconsult.platform.http import form
from teleconsult.refunds.model import AskedFor

_WEEK = 7 * 24 * 60  # minutes
_LEAST_REFUND = 100  # kopecks
_LARGEST_REFUND = 10**11
_LONGEST_NOTE = 2000

_WHY = range(3, 501)  # characters
_Why = Annotated[str, MinLen(_WHY[0]), MaxLen(_WHY[-1])]
"""Why somebody does something to another's booking or money, in their words: for the audit trail."""


@form("doctor", "start")
class SlotForm:
    """The time that was chosen: the doctor, and the slot's start in ISO 8601 with an offset."""

    doctor: str | None = None
    start: str | None = None


@form("family_name", "given_name", "birth_date", "sex", "phone", "email")
class HolderForm:
    """The account holder (S6): the patient, or a child's representative. `sex`: `male` or `female`."""

    family_name: str | None = None
    given_name: str | None = None
    patronymic: str | None = None
    birth_date: str | None = None
    sex: str | None = None
    phone: str | None = None
    email: str | None = None


@form("who")
class PatientForm:
    """Who is consulted. `who`: `self`, and nothing else; or `child` with a name, birth date and sex of its
    own and the holder's `relation`: `parent`, `adoptive_parent`, `guardian` or `trustee` (S7)."""

    who: str | None = None
    relation: str | None = None
    family_name: str | None = None
    given_name: str | None = None
    patronymic: str | None = None
    birth_date: str | None = None
    sex: str | None = None


@form("type")
class ChannelForm:
    """How doctor and patient meet (S1). `type`: `room`, `skype` (needs a `login`) or `phone`."""

    type: str | None = None
    login: str | None = None


@form("document", "version")
class TickForm:
    """One document that was ticked, in the version that was shown (S10). `signed_by`: `patient` or
    `representative`; left out: whoever books. A patient of 15–17 signs `medical_consent` (§4)."""

    document: str | None = None
    version: str | None = None
    signed_by: str | None = None


_ASKED = ("kind", "specialty", "slot", "holder", "patient", "channel", "time_zone")


@form(*_ASKED)
class _AskedForm:
    kind: str | None = None
    specialty: str | None = None
    doctor: str | None = None
    slot: SlotForm = field(default_factory=SlotForm)
    holder: HolderForm = field(default_factory=HolderForm)
    patient: PatientForm = field(default_factory=PatientForm)
    channel: ChannelForm = field(default_factory=ChannelForm)
    comments: str | None = None
    time_zone: str | None = None

    def _application(
        self,
        faults: tuple[FieldError, ...],
        consents: list[dict[str, Any]] | None = None,
        hold_minutes: int | None = None,
    ) -> Application:
        return Application(
            kind=self.kind,
            specialty=self.specialty,
            doctor_id=self.doctor,
            slot_doctor_id=self.slot.doctor,
            slot_start=self.slot.start,
            holder=asdict(self.holder),
            patient=asdict(self.patient),
            channel=asdict(self.channel),
            comments=self.comments,
            time_zone=self.time_zone,
            consents=consents,
            hold_minutes=hold_minutes,
            faults=faults,
        )


@form(*_ASKED, "consents")
class BookingForm(_AskedForm):
    """The site's form (S4–S10). `specialty` may be `unsure`; `doctor`: who was asked for by name."""

    consents: list[TickForm] = field(default_factory=list)

    def application(self, faults: tuple[FieldError, ...] = ()) -> Application:
        return self._application(faults, consents=_ticks(self.consents))


@form(*_ASKED)
class OperatorBookingForm(_AskedForm):
    """A booking taken by telephone (S3); its consents are given in the cabinet (S12).

    `hold_minutes`: how long the slot is held unpaid, if not as long as usual.
    """

    hold_minutes: Annotated[int, Ge(1), Le(_WEEK)] | None = None

    def application(self, faults: tuple[FieldError, ...] = ()) -> Application:
        return self._application(faults, hold_minutes=self.hold_minutes)


@form("consents")
class ConsentsForm:
    """The documents that a holder ticks in the cabinet."""

    consents: list[TickForm] = field(default_factory=list)

    def ticks(self) -> list[dict[str, Any]]:
        return _ticks(self.consents)


@form("method")
class CardForm:
    """How somebody without an account pays (S11)."""

    method: Literal["card"]


@form("method")
class PaymentForm:
    """How a holder pays (S11). `both`: what the balance has, and the rest by card."""

    method: Literal["card", "balance", "both"]


_Amount = Annotated[int, Ge(_LEAST_REFUND), Le(_LARGEST_REFUND)]


@form()
class RefundForm:
    """How much goes back from the balance (§5). `amount`: kopecks; left out: all of it."""

    amount: _Amount | None = None


@form("reason")
class OperatorRefundForm(RefundForm):
    """What an operator asks for in a holder's name. `reason`: why."""

    reason: Literal["patient_request", "not_held", "paid_twice", "other"]

    def asked_for(self) -> AskedFor:
        return AskedFor(self.reason)


@form("name", "type", "size")
class DocumentForm:
    """A file about to be uploaded (S9). `type`: its media type; `size`: bytes, no more than 20 MB."""

    name: str | None = None
    type: str | None = None
    size: int | None = None

    def upload(self) -> Upload:
        """
        Raises:
            Invalid: every field that breaks a rule.
        """
        return check_upload(self.name, self.type, self.size)


@form("outcome")
class _WordForm:
    outcome: Literal["held", "not_held"]
    reason: Literal["patient_absent", "doctor_absent", "technical", "unknown"] | None = None

    def word(self) -> Outcome:
        """
        Raises:
            Invalid: not held without a reason, or held with one.
        """
        if self.outcome == "held":
            if self.reason:
                refuse("reason", "not_expected", "Причина указывается, если консультация не состоялась")
            return Outcome.HELD
        if not self.reason:
            refuse("reason", "missing", "Укажите, почему консультация не состоялась")
        return Outcome(self.reason)


@form("doctor", "start")
class MoveForm(SlotForm):
    """Another time for one's own booking: the doctor, and the slot's start in ISO 8601 with an offset."""

    why: _Why | None = None


@form("doctor", "start", "by", "why")
class StaffMoveForm(SlotForm):
    """Another time for somebody's booking. `by`: whose wish it is. `why`: for the audit trail."""

    by: Literal["patient", "clinic"]
    why: _Why

    def side(self) -> Side:
        return Side(self.by)


@form()
class CancelForm:
    """A booking of one's own is given up."""

    why: _Why | None = None


@form("by", "why")
class StaffCancelForm:
    """Somebody's booking is given up. `by`: whose wish it is. `why`: for the audit trail."""

    by: Literal["patient", "clinic"]
    why: _Why

    def side(self) -> Side:
        return Side(self.by)


@form("why")
class HoldForm:
    """How long an unpaid booking's time is held: `minutes` from now, or `until` then (ISO 8601, offset)."""

    minutes: Annotated[int, Ge(1), Le(_WEEK)] | None = None
    until: str | None = None
    why: _Why

    def end(self, now: datetime) -> tuple[datetime, str]:
        """The moment, and the field that says it.

        Raises:
            Invalid: neither is said, or both, or it cannot be read.
        """
        if (self.minutes is None) == (self.until is None):
            refuse("minutes", "one_of", "Укажите либо minutes, либо until")
        if self.minutes is None:
            return moment(self.until, "until"), "until"
        return now + timedelta(minutes=self.minutes), "minutes"


@form("action", "why")
class ClearingForm:
    """What becomes of a doctor's bookings of a day (§2). `otherwise`: of one that finds no free time.

    `doctors`: whose times they are moved to. `limit`: at most so many bookings in this call. `after`: `next`
    of the answer before: those that begin later.
    """

    action: Literal["move", "cancel"]
    otherwise: Literal["cancel", "leave"] = "leave"
    doctors: Literal["same", "any"] = "any"
    limit: Annotated[int, Ge(1), Le(100)] | None = None
    after: str | None = None
    why: _Why

    def clearing(self) -> Clearing:
        return Clearing(
            action=Action(self.action),
            otherwise=Action(self.otherwise),
            same_doctor=self.doctors == "same",
        )

    def begin_after(self) -> datetime | None:
        """
        Raises:
            Invalid: a moment that cannot be read.
        """
        return None if self.after is None else moment(self.after, "after")


@form("outcome")
class OutcomeForm(_WordForm):
    """What became of a consultation (§2). `reason`: why it was not held. `note`: the doctor's own, which
    nobody else is shown, at most 2,000 characters. `why`: an operator's reason, for the audit trail."""

    note: str | None = None
    why: _Why | None = None

    def noted(self) -> str | None:
        """
        Raises:
            Invalid: a note that is too long.
        """
        note = people_rules.comments(self.note, "note")
        if note and len(note) > _LONGEST_NOTE:
            refuse("note", "too_long", f"Не больше {_LONGEST_NOTE} знаков, сейчас {len(note)}")
        return note


@form("outcome", "why")
class CorrectionForm(_WordForm):
    """What became of a consultation indeed, after its outcome was final (§2). `why`: for the audit trail."""

    why: _Why


@form()
class ContactAttemptForm:
    """How an attempt to reach the patient ended (S14): `no_answer` «не отвечает», if nothing is said."""

    result: Literal["no_answer", "busy", "wrong_number"] = "no_answer"

    def ended(self) -> ContactResult:
        return ContactResult(self.result)


_DocumentNumber = Annotated[str, MinLen(1), MaxLen(60)]


@form("why")
class WhyForm:
    """Why an operator does something to somebody's booking or money, in their own words."""

    why: _Why


@form()
class LinkForm:
    """Why the link is sent again, if there is something to say."""

    why: _Why | None = None


@form("method", "amount", "document", "why")
class DeskPaymentForm(WhyForm):
    """Money that the clinic's desk took for a booking. `amount`: kopecks. `document`: the number of the cash
    receipt or of the payment order, and nothing personal."""

    method: Literal["cash", "transfer"]
    amount: _Amount
    document: _DocumentNumber

    def payment(self, payment_id: str, taken_by: str, now: datetime) -> DeskPayment:
        return DeskPayment(
            payment_id=payment_id,
            method=DeskMethod(self.method),
            amount=self.amount,
            document=self.document,
            taken_by=taken_by,
            taken_at=now,
        )


@form("document", "why")
class PayoutForm(WhyForm):
    """That the desk gave the money of a refund back. `document`: the number of the cash order or of the
    payment order, and nothing personal."""

    document: _DocumentNumber


@form()
class BookingSearchForm:
    """What bookings are searched by: exactly one of the three. `name`: its beginning, family name first:
    «петров ал». `phone`: the holder's, however it is typed."""

    phone: str | None = None
    name: str | None = None
    contract: str | None = None
    cursor: str | None = None

    def sought(self) -> tuple[Literal["phone", "name", "contract"], str]:
        """By what, and the words.

        Raises:
            Invalid: nothing of it was given, or more than one.
        """
        if self.phone and not self.name and not self.contract:
            return "phone", self.phone
        if self.name and not self.phone and not self.contract:
            return "name", self.name
        if self.contract and not self.phone and not self.name:
            return "contract", self.contract
        return refuse("phone", "one_of", "Укажите что-то одно: телефон, имя или номер договора")


@form("phone")
class CallerForm:
    """Whose phone somebody calls from, however it is typed."""

    phone: str


@form("question")
class CallbackForm:
    """What to ask the doctor by telephone after a consultation (S16): 3–2,000 characters. `not_before`: from
    when the patient can be called, within 14 days, ISO 8601 with an offset; left out: as soon as possible."""

    question: str | None = None
    not_before: str | None = None

    def asked(self, now: datetime) -> tuple[str, datetime | None]:
        """
        Raises:
            Invalid: every field that breaks a rule.
        """
        faults: list[FieldError] = []
        question = collect(faults, callback_rules.question, self.question, "question")
        wish = collect(faults, self._wish, now)
        settle(faults)
        return sure(question), wish

    def _wish(self, now: datetime) -> datetime | None:
        wish = None if self.not_before is None else moment(self.not_before, "not_before")
        return callback_rules.wished(wish, now, "not_before")


@form("question", "why")
class OperatorCallbackForm(CallbackForm):
    """What an operator enters in a patient's name. `why`: 3–500 characters, for the audit trail."""

    why: str | None = None

    def reason(self, now: datetime) -> str:
        """
        Raises:
            Invalid: every field that breaks a rule.
        """
        faults: list[FieldError] = []
        why = collect(faults, callback_rules.words, self.why, "why", _WHY)
        collect(faults, self.asked, now)
        settle(faults)
        return sure(why)


_Version = Annotated[int, Ge(1), Le(1_000_000)]


@form("assignee", "version")
class AssigneeForm:
    """Who is to call: `me`, `staff:<id>`, or null for nobody yet. `version`: as it was seen."""

    assignee: Annotated[str, MaxLen(80)] | None
    version: _Version

    def staff(self, caller: str) -> str | None:
        """
        Raises:
            Invalid: no such form of a name.
        """
        if self.assignee is None or re.fullmatch(r"staff:[A-Za-z0-9-]{1,64}", self.assignee):
            return self.assignee
        if self.assignee != "me":
            refuse("assignee", "assignee", "Укажите me, staff:<код сотрудника> или null")
        return caller


@form("result")
class CallAttemptForm:
    """How an attempt to call ended."""

    result: Literal["no_answer", "busy", "reached"]

    def ended(self) -> CallResult:
        return CallResult(self.result)


@form("result", "note", "version")
class CallbackResultForm:
    """What came of a request for a call. `note`: 3–2,000 characters. `version`: of the request as seen."""

    result: Literal["answered", "not_reached", "withdrawn"]
    version: _Version
    note: str | None = None

    def ended(self) -> tuple[CallbackResult, str]:
        """
        Raises:
            Invalid: the note breaks a rule.
        """
        return CallbackResult(self.result), callback_rules.note(self.note, "note")


def _ticks(ticked: list[TickForm]) -> list[dict[str, Any]]:
    return [asdict(tick) for tick in ticked]
