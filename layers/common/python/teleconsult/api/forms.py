"""What bodies are read into. Shapes only: what a field may hold is for the rules, which answer in Russian."""

from dataclasses import asdict, field
from datetime import datetime
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, MaxLen, MinLen

from teleconsult.booking.model import DeskMethod, DeskPayment, Outcome
from teleconsult.documents.model import Upload
from teleconsult.documents.rules import check_upload
from teleconsult.intake.application import Application
from teleconsult.platform.checks import refuse
from teleconsult.platform.errors import FieldError
from teleconsult.platform.http import form
from teleconsult.refunds.model import AskedFor

_WEEK = 7 * 24 * 60  # minutes
_LEAST_REFUND = 100  # kopecks
_LARGEST_REFUND = 10**11


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
class OutcomeForm:
    """What became of a consultation (§2). `reason`: why it was not held."""

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


_Why = Annotated[str, MinLen(3), MaxLen(500)]
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


def _ticks(ticked: list[TickForm]) -> list[dict[str, Any]]:
    return [asdict(tick) for tick in ticked]
