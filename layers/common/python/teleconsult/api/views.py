"""What the API shows. Money is kopecks, moments are UTC."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from teleconsult.api.callback_views import CallbackOfferView
from teleconsult.booking.model import (
    OPEN_ATTEMPT,
    Attempt,
    Booking,
    Channel,
    ContactAttempt,
    DeskMethod,
    DeskPayment,
    Door,
    Outcome,
    Record,
    Side,
    Status,
)
from teleconsult.catalogue import rules as catalogue_rules
from teleconsult.catalogue.model import Catalogue, Doctor
from teleconsult.consents import documents
from teleconsult.consents.documents import Document
from teleconsult.documents import objects as document_objects
from teleconsult.documents import rules as document_rules
from teleconsult.documents.model import Document as Attached
from teleconsult.documents.model import DocumentStatus, DocumentType
from teleconsult.intake.application import SlotTaken
from teleconsult.outcomes import presence
from teleconsult.payments.rules import ReceiptKind
from teleconsult.people.model import People
from teleconsult.platform import clock, ids, links, settings
from teleconsult.receipts.model import Failure, FiscalReceipt, ReceiptStatus
from teleconsult.refunds import rules as refund_rules
from teleconsult.refunds.model import AskedFor, Refund, RefundStatus, RefundWay
from teleconsult.slots.model import Slot

if sys.version_info >= (3, 12):
    from typing import TypedDict
else:  # pydantic, which describes it in OpenAPI, reads typing's own from 3.12 on
    from typing_extensions import TypedDict


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleView:
    """A kind of consultation or a specialty."""

    id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferView:
    """What one kind of consultation costs with one doctor, and how long it is."""

    price: int
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatsView:
    """Whom a doctor treats: ages in full years, both included."""

    from_age: int
    to_age: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorView:
    """A doctor, as anybody may see them. `languages`: ISO 639-1 codes."""

    id: str
    name: str
    specialties: list[str]
    treats: TreatsView
    languages: list[str]
    offers: dict[str, OfferView]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorsView:
    """The doctors who were looked for, by name."""

    doctors: list[DoctorView]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicView:
    """Who offers all this."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadsView:
    """What may be attached to a booking (S9). `types`: the endings of file names by media type. `largest`:
    bytes of one file. `most`: files of one booking."""

    types: dict[str, list[str]]
    largest: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueView:
    """All that can be booked, the documents to sign, and what has to be said before (S14, S15, S17, S18)."""

    kinds: list[TitleView]
    specialties: list[TitleView]
    doctors: list[DoctorView]
    channels: list[Channel]
    time_zone: str
    clinic: ClinicView
    notices: dict[str, str]
    documents: list[Document]
    uploads: UploadsView


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotView:
    """A time that can be booked."""

    doctor: str
    start: datetime
    end: datetime


class FreeSlotView(TypedDict):
    """A time that can be booked; `start`, `end`: UTC. `clinic_time`, `local_time`: the start by the clinic's
    clock and by that of the asked zone, ISO 8601 with the offset in force then."""

    # Plain text in a plain dict, which is what JSON needs: a large clinic's month has thousands of them.

    doctor: str
    start: str
    end: str
    clinic_time: str
    local_time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotsView:
    """Free slots, in time order. `clinic_zone`, `zone`: the clinic's time zone, and the one asked for."""

    clinic_zone: str
    zone: str
    slots: list[FreeSlotView]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingMade:
    """A new booking. `hold_until`: pay by then. `capability`: what opens it to whoever is not signed in."""

    booking_id: str
    status: Status
    hold_until: datetime
    price: int
    capability: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingSummary:
    """A booking in its holder's list. `join_url`: where to go at the appointed time; it leads on from
    `opens_at` to `closes_at`. `moves`: how many times it was given another slot. `cancelled_by`: whose doing
    that was."""

    booking_id: str
    status: Status
    kind: str
    specialty: str
    slot: SlotView
    channel: Channel
    price: int
    hold_until: datetime
    paid_at: datetime | None
    contract_number: str | None
    join_url: str | None
    opens_at: datetime
    closes_at: datetime
    outcome: Outcome | None
    moves: int
    cancelled_at: datetime | None
    cancelled_by: Side | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingView(BookingSummary):
    """A booking, as its holder sees it. `due`: what is still to pay. `callback`: a doctor's call, as long as
    the holder may ask for one."""

    due: int
    callback: CallbackOfferView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingsView:
    """A holder's bookings, the latest slot first."""

    bookings: list[BookingSummary]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentView:
    """A payment. `amount`: kopecks. `confirmation_url`: where to pay by card; from the balance it is paid at
    once."""

    payment_id: str | None
    status: str
    amount: int
    confirmation_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentsView:
    """How paying for a booking stands: what the page that waits for the money looks at.

    `due`, `received`: kopecks still to pay, and held for the booking so far, by card or from the balance.
    """

    status: Status
    due: int
    received: int
    hold_until: datetime
    paid_at: datetime | None
    payments: list[PaymentView]


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceView:
    """A holder's balance («лицевой счёт»)."""

    holder_id: str
    available: int
    currency: str = "RUB"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundView:
    """Money on its way back to one payment. `answer_by`: the latest that it ends. `reason`: why it was
    refused, for people; the money is on the balance again. `way`: by the provider, or paid out by the
    clinic's desk."""

    refund: str
    status: RefundStatus
    amount: int
    payment_id: str
    booking_id: str
    asked_at: datetime
    answer_by: datetime
    ended_at: datetime | None
    reason: str | None
    way: RefundWay


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundsView:
    """Refunds, newest first; `next`: the cursor of the next page."""

    refunds: list[RefundView]
    next: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRefundView(RefundView):
    """A refund, as the staff see it. `refusal`: the code of why it was refused. `document`: the number of
    what the desk paid out by. `task`: why an operator has to look at it."""

    asked_by: str
    asked_for: AskedFor | None
    refusal: str | None
    provider_refund_id: str | None
    document: str | None
    task: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRefundsView:
    """A holder's refunds, newest first; `next`: the cursor of the next page."""

    refunds: list[StaffRefundView]
    next: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceView:
    """What is known of whether a consultation took place (§2). `has_note`: its doctor wrote a note, which
    nobody else is shown."""

    patient_joined_at: datetime | None
    doctor_joined_at: datetime | None
    contact_attempts: tuple[ContactAttempt, ...]
    word: Outcome | None
    said_by: str | None
    has_note: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptView:
    """A fiscal receipt. `amount`: kopecks. `failure`: why nobody tries any more."""

    kind: ReceiptKind
    payment_id: str
    amount: int
    status: ReceiptStatus
    failure: Failure | None
    provider_receipt_id: str | None
    tries: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPaymentView:
    """Money that the desk took for a booking."""

    payment_id: str
    method: DeskMethod
    amount: int
    document: str
    taken_by: str
    taken_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffBookingView:
    """A booking, as the staff see it. `task`: why an operator has to look at it. `corrections`: how often its
    outcome was corrected. `note`: the asking doctor's own. `received`: kopecks held for it so far, by card,
    from the balance, or at the desk."""

    booking: BookingView
    door: Door
    holder_id: str
    created_at: datetime
    created_by: str
    task: str | None
    corrections: int
    people: People
    evidence: EvidenceView
    note: str | None
    received: int
    payments: list[PaymentView]
    desk_payments: list[DeskPaymentView]
    receipts: list[ReceiptView]


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadView:
    """Where to send a file: a multipart form of these fields and, last, `file`, within 15 minutes."""

    url: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentMade:
    """A document of a booking. `upload`: None once it has arrived."""

    document: str
    status: DocumentStatus
    upload: UploadView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentView:
    """A document as it stands. `size`: bytes. `reason`: why it was refused, for people."""

    document: str
    name: str
    type: DocumentType
    size: int
    status: DocumentStatus
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentsView:
    """What is attached to a booking, the earliest first."""

    documents: list[DocumentView]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLink:
    """Where a document can be read until then; it is saved under its own name."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueVersion:
    """The version that a loaded catalogue was given."""

    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueInForce:
    """The whole catalogue as it was loaded, doctors' contacts included, to be changed and loaded again."""

    version: int
    document: dict[str, Any]


def catalogue(loaded: Catalogue) -> CatalogueView:
    return CatalogueView(
        **catalogue_rules.public_view(loaded), documents=list(documents.current()), uploads=_uploads()
    )


def doctors(found: Sequence[Doctor]) -> DoctorsView:
    return DoctorsView(doctors=[DoctorView(**catalogue_rules.public_doctor(each)) for each in found])


def slots(found: Iterable[Slot], clinic_zone: str, zone: str) -> SlotsView:
    clinic, asked = ZoneInfo(clinic_zone), ZoneInfo(zone)

    @cache
    def told(moment: datetime) -> tuple[str, str, str]:
        return clock.iso(moment), moment.astimezone(clinic).isoformat(), moment.astimezone(asked).isoformat()

    shown = []
    for free in found:
        start, clinic_time, local_time = told(free.start)
        end, _, _ = told(free.end)
        shown.append(
            FreeSlotView(
                doctor=free.doctor_id, start=start, end=end, clinic_time=clinic_time, local_time=local_time
            )
        )
    return SlotsView(clinic_zone=clinic_zone, zone=zone, slots=shown)


def slot(free: Slot) -> SlotView:
    return SlotView(doctor=free.doctor_id, start=free.start, end=free.end)


def slot_taken(taken: SlotTaken) -> dict[str, Any]:
    return {"alternatives": [slot(free) for free in taken.alternatives]}


def made(record: Record, *, with_capability: bool) -> BookingMade:
    booking = record.booking
    return BookingMade(
        booking_id=booking.booking_id,
        status=booking.status,
        hold_until=booking.hold_until,
        price=booking.price,
        capability=ids.capability(settings.pepper(), booking.booking_id) if with_capability else None,
    )


def summary(row: Booking) -> BookingSummary:
    return BookingSummary(**_summary(row, "patient"))


def booking(
    record: Record, side: str | None = "patient", callback: CallbackOfferView | None = None
) -> BookingView:
    """`side`: whose join link is shown once the consultation is scheduled; None: nobody's."""
    return BookingView(**_summary(record.booking, side), due=_due(record), callback=callback)


def staff_booking(
    record: Record,
    people: People,
    receipts: Sequence[FiscalReceipt],
    side: str | None,
    note: str | None = None,
) -> StaffBookingView:
    row = record.booking
    return StaffBookingView(
        booking=booking(record, side),
        door=row.door,
        holder_id=row.holder_id,
        created_at=row.created_at,
        created_by=row.created_by,
        task=row.task,
        corrections=row.corrections,
        people=people,
        evidence=evidence(record),
        note=note,
        received=record.payment.received,
        payments=[payment(attempt) for attempt in record.payment.attempts],
        desk_payments=[desk_payment(each) for each in record.desk_payments],
        receipts=[_receipt(each) for each in receipts],
    )


def desk_payment(payment: DeskPayment) -> DeskPaymentView:
    return DeskPaymentView(
        payment_id=payment.payment_id,
        method=payment.method,
        amount=payment.amount,
        document=payment.document,
        taken_by=payment.taken_by,
        taken_at=payment.taken_at,
    )


def evidence(record: Record) -> EvidenceView:
    return EvidenceView(
        patient_joined_at=record.patient_joined_at,
        doctor_joined_at=record.doctor_joined_at,
        contact_attempts=record.contact_attempts,
        word=record.outcome.word,
        said_by=record.outcome.said_by,
        has_note=record.outcome.noted,
    )


def document_made(made: Attached) -> DocumentMade:
    awaited = made.status is DocumentStatus.AWAITING_UPLOAD
    offer = document_objects.offer(made) if awaited else None
    upload = UploadView(url=offer.url, fields=dict(offer.fields)) if offer else None
    return DocumentMade(document=made.document_id, status=made.status, upload=upload)


def attached(all_of_them: list[Attached]) -> DocumentsView:
    return DocumentsView(documents=[_document(each) for each in all_of_them])


def document_link(link: document_objects.Link) -> DocumentLink:
    return DocumentLink(url=link.url, expires_at=link.expires_at)


def balance(holder_id: str, available: int) -> BalanceView:
    return BalanceView(holder_id=holder_id, available=available)


def refunds(shown: Iterable[Refund], cursor: str | None = None) -> RefundsView:
    return RefundsView(refunds=[RefundView(**_refund(each)) for each in shown], next=cursor)


def staff_refunds(shown: Iterable[Refund], cursor: str | None = None) -> StaffRefundsView:
    views = [
        StaffRefundView(
            **_refund(each),
            asked_by=each.asked_by,
            asked_for=each.asked_for,
            refusal=each.refusal,
            provider_refund_id=each.provider_refund_id,
            document=each.document,
            task=each.task,
        )
        for each in shown
    ]
    return StaffRefundsView(refunds=views, next=cursor)


def payment(attempt: Attempt) -> PaymentView:
    return PaymentView(
        payment_id=attempt.payment_id,
        status=attempt.status,
        amount=attempt.amount,
        confirmation_url=attempt.confirmation_url if attempt.status in OPEN_ATTEMPT else None,
    )


def payments(record: Record) -> PaymentsView:
    row = record.booking
    return PaymentsView(
        status=row.status,
        due=_due(record),
        received=record.payment.received,
        hold_until=row.hold_until,
        paid_at=row.paid_at,
        payments=[payment(attempt) for attempt in record.payment.attempts],
    )


def paid_from_balance(amount: int) -> PaymentView:
    return PaymentView(payment_id=None, status="succeeded", amount=amount, confirmation_url=None)


def _uploads() -> UploadsView:
    return UploadsView(
        types={kind.value: list(endings) for kind, endings in document_rules.EXTENSIONS.items()},
        largest=document_rules.LARGEST,
        most=document_rules.MOST_DOCUMENTS,
    )


def _document(row: Attached) -> DocumentView:
    return DocumentView(
        document=row.document_id,
        name=row.name,
        type=row.type,
        size=row.size,
        status=row.status,
        reason=document_rules.words(row.refusal) if row.refusal else None,
    )


def _receipt(row: FiscalReceipt) -> ReceiptView:
    return ReceiptView(
        kind=row.owed.kind,
        payment_id=row.owed.payment_id,
        amount=row.owed.amount,
        status=row.status,
        failure=row.failure,
        provider_receipt_id=row.provider_receipt_id,
        tries=row.tries,
        created_at=row.created_at,
    )


def _refund(row: Refund) -> dict[str, Any]:
    return {
        "refund": row.refund_id,
        "status": row.status,
        "amount": row.amount,
        "payment_id": row.payment_id,
        "booking_id": row.booking_id,
        "asked_at": row.asked_at,
        "answer_by": refund_rules.answer_by(row.asked_at),
        "ended_at": row.ended_at,
        "reason": None if row.refusal is None else refund_rules.words(row.refusal),
        "way": row.way,
    }


def _summary(row: Booking, side: str | None) -> dict[str, Any]:
    return {
        "booking_id": row.booking_id,
        "status": row.status,
        "kind": row.kind,
        "specialty": row.specialty,
        "slot": SlotView(doctor=row.doctor_id, start=row.slot_start, end=row.slot_end),
        "channel": row.channel,
        "price": row.price,
        "hold_until": row.hold_until,
        "paid_at": row.paid_at,
        "contract_number": row.contract_number,
        "join_url": _join_url(row, side) if side and row.status is Status.SCHEDULED else None,
        "opens_at": presence.opens_at(row),
        "closes_at": presence.closes_at(row),
        "outcome": row.outcome,
        "moves": row.moves,
        "cancelled_at": row.cancelled_at,
        "cancelled_by": row.cancelled_by,
    }


def _join_url(row: Booking, side: str) -> str:
    return links.join(row.booking_id, side, row.doctor_id)


def _due(record: Record) -> int:
    """Kopecks still to pay: nothing any more once it is paid, or over."""
    row = record.booking
    return 0 if row.paid_at or row.status.final else row.price - record.payment.received
