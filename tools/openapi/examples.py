"""One booking of the sample clinic, from the README's form to its end: what every example shows.

Views, ids and errors are made by the code that makes them for callers.
"""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from teleconsult.api import (
    callback_views,
    changes_views,
    consents_page,
    day_views,
    desk_views,
    figures_views,
    forms,
    pages,
    session_views,
    views,
)
from teleconsult.api.sessions.cookies import PATIENTS
from teleconsult.booking import rules as booking_rules
from teleconsult.booking.model import (
    Attempt,
    Booking,
    Channel,
    ContactAttempt,
    ContactResult,
    DeskMethod,
    DeskPayment,
    Door,
    Outcome,
    OutcomeStage,
    PaymentStage,
    Record,
    Side,
    Status,
)
from teleconsult.callbacks import rules as callback_rules
from teleconsult.callbacks.model import CallAttempt, Callback, CallbackStatus, CallResult, Words
from teleconsult.catalogue.document import CatalogueDocument, check_document
from teleconsult.catalogue.model import from_document
from teleconsult.changes.model import Became, Cleared, Dealt
from teleconsult.consents import documents
from teleconsult.consents import rules as consent_rules
from teleconsult.consents.export import Consents, composed
from teleconsult.desk.search import Found, FoundPage
from teleconsult.desk.work import Work, WorkPage
from teleconsult.doctors.model import Consultation, Day, Earlier
from teleconsult.documents import rules as document_rules
from teleconsult.documents.model import Document, DocumentStatus, DocumentType
from teleconsult.figures.model import Figures
from teleconsult.figures.rules import Count, sum_of
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.notices import calendar
from teleconsult.notices.outbox import Entry as NoticeEntry
from teleconsult.notices.rules import Notice
from teleconsult.notices.templates import Facts
from teleconsult.people.form import check_people
from teleconsult.people.known import KnownPeople, known
from teleconsult.platform import clock, cursors, ids
from teleconsult.receipts.model import FiscalReceipt, Owed, ReceiptStatus
from teleconsult.refunds.model import AskedFor, Refund, RefundStatus
from teleconsult.sessions.cognito import Challenge, Tokens
from teleconsult.sessions.staff import Enrolment
from teleconsult.slots.model import Slot
from teleconsult.trail.model import Entry, TrailPage
from tools.openapi.shapes import Json, Notification

_REPOSITORY = Path(__file__).parents[2]
_PEPPER = b"of the examples"

SAMPLE = json.loads((_REPOSITORY / "local" / "clinic" / "catalogue.json").read_text(encoding="utf-8"))
FORM: Json = json.loads(
    (_REPOSITORY / "docs" / "examples" / "booking.json")
    .read_text(encoding="utf-8")
    .replace("SLOT_START", "2026-12-01T03:00:00Z")
)

_CLINIC = from_document(check_document(SAMPLE), version=1)
_OFFER = _CLINIC.doctors[FORM["slot"]["doctor"]].offers[FORM["kind"]]

START = clock.parse(FORM["slot"]["start"])
_LENGTH = timedelta(minutes=_OFFER.minutes)
_SLOT = Slot(doctor_id=FORM["slot"]["doctor"], start=START, end=START + _LENGTH)
MADE_AT = datetime(2026, 11, 30, 8, 12, 40, tzinfo=UTC)
_PAID_AT = MADE_AT + timedelta(minutes=3)

_STAFF = "staff:6c1f0b52-9d0c-4b5e-8a57-7f2f6f1f7a10"
BOOKING_ID = ids.booking_id(_PEPPER, "site", "an example's key")
_PEOPLE = check_people(
    FORM["holder"],
    FORM["patient"],
    channel=FORM["channel"],
    comments=FORM["comments"],
    time_zone=FORM["time_zone"],
    today=MADE_AT.date(),
    consultation_day=START.date(),
)
HOLDER_ID = ids.holder_id(_PEPPER, _PEOPLE.holder.phone)
JOIN_TOKEN = ids.join_token(_PEPPER, BOOKING_ID, "patient", _SLOT.doctor_id)
ROOM = f"{_CLINIC.clinic.room_url}/{ids.room_name(_PEPPER, BOOKING_ID)}"
_PAYMENT_ID = "2d4b7a10-000f-5000-8000-1f2e3d4c5b6a"
_BACK = ledger_rules.returned_to_balance(BOOKING_ID, HOLDER_ID, _OFFER.price, "not_held")
CURSOR = cursors.write(f"000000000001-00 {_BACK.transfer_id}")
_LINE = ledger.Line(
    posted_at=_SLOT.end,
    transfer_id=_BACK.transfer_id,
    amount=_BACK.amount,
    reason=_BACK.reason,
    booking_id=BOOKING_ID,
)

_ROW = Booking(
    booking_id=BOOKING_ID,
    door=Door.SITE,
    status=Status.AWAITING_PAYMENT,
    kind=FORM["kind"],
    specialty="pediatrician",
    doctor_id=_SLOT.doctor_id,
    slot_start=_SLOT.start,
    slot_end=_SLOT.end,
    price=_OFFER.price,
    holder_id=HOLDER_ID,
    channel=Channel.ROOM,
    hold_until=MADE_AT + timedelta(minutes=30),
    verdict_after=_SLOT.end + timedelta(minutes=15),
    verdict_deadline=_SLOT.end + timedelta(hours=72),
    request_hash="",
    created_at=MADE_AT,
    created_by="site",
)
_PAID = replace(_ROW, status=Status.SCHEDULED, paid_at=_PAID_AT, room=ROOM)
_PAID = replace(_PAID, contract_number=booking_rules.contract_number(_PAID))
_NOT_HELD = replace(_PAID, status=Status.NOT_HELD, outcome=Outcome.PATIENT_ABSENT, settled_at=_SLOT.end)
_ATTEMPT = Attempt(
    number=1,
    amount=_OFFER.price,
    status="pending",
    created_at=MADE_AT,
    payment_id=_PAYMENT_ID,
    confirmation_url=f"https://yoomoney.ru/checkout/payments/v2/contract?orderId={_PAYMENT_ID}",
)
_RECORD = Record(
    booking=_NOT_HELD,
    payment=PaymentStage(received=_OFFER.price, attempts=(replace(_ATTEMPT, status="succeeded"),)),
    outcome=OutcomeStage(word=Outcome.PATIENT_ABSENT, said_by=_STAFF),
    doctor_joined_at=START,
    contact_attempts=(
        ContactAttempt(START + timedelta(minutes=5), ContactResult.NO_ANSWER, _STAFF),
        ContactAttempt(START + timedelta(minutes=10), ContactResult.BUSY, _STAFF),
    ),
)
_RECEIPT = FiscalReceipt(
    owed=Owed(
        receipt_id=f"prepayment:{_PAYMENT_ID}",
        booking_id=BOOKING_ID,
        kind="prepayment",
        payment_id=_PAYMENT_ID,
        amount=_OFFER.price,
    ),
    status=ReceiptStatus.SUCCEEDED,
    created_at=_PAID_AT,
    vat_code=1,
    tax_system_code=None,
    tries=1,
    asked_at=_PAID_AT,
    provider_receipt_id="rt_1da5c87d-0984-50e8-a7f3-8de646dd9ec9",
    ended_at=_PAID_AT,
)

_AFTER = replace(_SLOT, start=_SLOT.end, end=_SLOT.end + _LENGTH)
_MOVED = replace(_PAID, slot_start=_AFTER.start, slot_end=_AFTER.end, moves=1)
_CANCELLED = replace(
    _PAID, status=Status.CANCELLED, cancelled_at=_PAID_AT + timedelta(hours=1), cancelled_by=Side.PATIENT
)
_ILL = Cleared(
    dealt=(
        Dealt(booking_id=BOOKING_ID, start=START, became=Became.MOVED, slot=_AFTER),
        Dealt(
            booking_id=ids.booking_id(_PEPPER, "site", "another example's key"),
            start=_AFTER.start,
            became=Became.LEFT,
            reason="no_slot",
            message="Нет подходящего свободного времени",
        ),
    ),
    left=0,
    next=None,
)

_MADE = views.BookingMade(
    booking_id=BOOKING_ID,
    status=_ROW.status,
    hold_until=_ROW.hold_until,
    price=_ROW.price,
    capability=ids.capability(_PEPPER, BOOKING_ID),
)

_CONSENTS = composed(
    _PAID,
    _PEOPLE,
    [
        consent_rules.evidence(
            consent_rules.check_ticks(FORM["consents"], age=7),
            _PEOPLE.patient.relation,
            ticked_by=Door.SITE,
            signed_at=MADE_AT,
            ip="203.0.113.7",
            user_agent="Mozilla/5.0 (Linux; Android 15) Mobile",
        )
    ],
    _CLINIC.clinic,
    _PAID_AT,
)

DOCUMENT_ID = ids.document_id(_PEPPER, BOOKING_ID, "an example's key")
_BUCKET = "https://documents.s3.example.ru"
_DOCUMENT = Document(
    document_id=DOCUMENT_ID,
    booking_id=BOOKING_ID,
    name="Выписка.pdf",
    type=DocumentType.PDF,
    size=48_213,
    status=DocumentStatus.AWAITING_UPLOAD,
    created_at=MADE_AT,
)
_UPLOAD = views.UploadView(
    url=_BUCKET,
    fields={
        "Content-Type": _DOCUMENT.type,
        "key": document_rules.incoming_key(BOOKING_ID, DOCUMENT_ID),
        "policy": "eyJleHBpcmF0aW9uIjoi…",
        "x-amz-signature": "5f0c",
    },
)

_REFUND = Refund(
    refund_id=ids.refund_request_id(_PEPPER, HOLDER_ID, HOLDER_ID, "an example's key") + "-01",
    holder_id=HOLDER_ID,
    payment_id=_PAYMENT_ID,
    booking_id=BOOKING_ID,
    amount=_OFFER.price,
    status=RefundStatus.SUCCEEDED,
    asked_at=_SLOT.end,
    asked_by=HOLDER_ID,
    request_hash="",
    provider_refund_id="2d4b7c5e-0015-5000-8000-1a2b3c4d5e6f",
    ended_at=_SLOT.end + timedelta(seconds=1),
)
_REFUSED_REFUND = replace(
    _REFUND,
    status=RefundStatus.REFUSED,
    refusal="rejected_by_payee",
    asked_by="staff:6c1f0b52-9d0c-4b5e-8a57-7f2f6f1f7a10",
    asked_for=AskedFor.PATIENT_REQUEST,
)

_DAY = Day(
    day=START.date(),
    zone=_CLINIC.clinic.zone,
    consultations=(
        Consultation(
            record=_RECORD,
            people=_PEOPLE,
            age=7,
            documents=(replace(_DOCUMENT, status=DocumentStatus.READY),),
            earlier=(
                Earlier(
                    booking=replace(_NOT_HELD, slot_start=START - timedelta(days=14)),
                    doctor_name=_CLINIC.doctors[_SLOT.doctor_id].full_name,
                    note="Связи не было.",
                ),
            ),
            note=None,
        ),
    ),
)

REFUND_ID = _REFUND.refund_id
CONTRACT = str(_PAID.contract_number)
_DESK_PAYMENT = DeskPayment(
    payment_id=ids.desk_payment_id(_PEPPER, BOOKING_ID, _STAFF, "an example's key"),
    method=DeskMethod.CASH,
    amount=_OFFER.price,
    document="ПКО 118",
    taken_by=_STAFF,
    taken_at=_PAID_AT,
)
_AT_DESK = Record(
    booking=replace(_ROW, paid_at=_PAID_AT),
    payment=PaymentStage(received=_OFFER.price),
    desk_payments=(_DESK_PAYMENT,),
)
_ENTRY = Entry(
    subject=BOOKING_ID,
    entry_id="JKJaXmPLvHcESHA=",
    at=_PAID_AT,
    by=_STAFF,
    action="desk_payment_taken",
    why="Пациент заплатил в кассе",
    about={"payment": _DESK_PAYMENT.payment_id, "amount": _OFFER.price},
)
_WORK = Work(kind="booking", reason="outcome_unclear", since=_PAID.verdict_after, booking=_PAID)

_COMPLETED = replace(_PAID, status=Status.COMPLETED, outcome=Outcome.HELD, settled_at=_SLOT.end)
_COUNT = Count(_CLINIC.clinic.zone)
_COUNT.add_booking(replace(_NOT_HELD, consented_at=MADE_AT, scheduled_at=_PAID_AT))
_COUNT.add_transfer(ledger_rules.payment_received(_PAYMENT_ID, BOOKING_ID, _OFFER.price), _PAID_AT)
_COUNT.add_transfer(_BACK, _SLOT.end)
_FIGURES = Figures(_SLOT.end + timedelta(hours=10), sum_of(_COUNT.days.values()), _COUNT.standing)
NOTICE = NoticeEntry(
    booking_id=BOOKING_ID,
    key="OUTBOX#scheduled",
    notice=Notice.SCHEDULED,
    about=None,
    pending=(),
    created_at=_PAID_AT,
    since=_PAID_AT,
    tries=27,
    resend=None,
    claimed_until=None,
    states={"patient_sms": "failed", "patient_mail": clock.iso(_PAID_AT)},
)

CALLBACK_ID = ids.callback_id(_PEPPER, BOOKING_ID, HOLDER_ID, "an example's key")
_ASKED_AT = _SLOT.end + timedelta(hours=2)
_CALLBACK = Callback(
    callback_id=CALLBACK_ID,
    booking_id=BOOKING_ID,
    holder_id=HOLDER_ID,
    status=CallbackStatus.OPEN,
    asked_at=_ASKED_AT,
    asked_by=HOLDER_ID,
    answer_by=callback_rules.answer_by(_CLINIC.clinic, _ASKED_AT),
    version=3,
    assignee=_STAFF,
    assigned_at=_ASKED_AT + timedelta(minutes=20),
    attempts={"a1": CallAttempt(_ASKED_AT + timedelta(minutes=30), _STAFF, CallResult.BUSY)},
)
_WORDS = Words("Можно ли давать лекарство на ночь?")

_ASKED = {name: value for name, value in FORM.items() if name != "consents"}


def _jwt(claims: dict[str, Any]) -> str:
    """A token with these claims, signed by nobody."""
    return ".".join(
        base64.urlsafe_b64encode(part).decode().rstrip("=")
        for part in (b'{"alg": "RS256"}', json.dumps(claims).encode(), b"signature")
    )


_PHONE = "+7 913 123-45-67"
_EMAIL = "m.orlova@klinika.example.ru"
CHALLENGE = session_views.challenge(Challenge("totp", "AYABeExample-session"))
COOKIE = PATIENTS.set("eyJjdHkiOiJKV1QifQ.example")

BODIES: dict[type[Any], Any] = {
    session_views.NothingForm: {},
    session_views.CodeForm: {"phone": _PHONE},
    session_views.SessionForm: {"phone": _PHONE, "code": "402713"},
    session_views.SignOutForm: {"everywhere": True},
    session_views.StaffSignInForm: {"email": _EMAIL, "password": "Primer-parolya-1"},
    session_views.ChallengeForm: {
        "email": _EMAIL,
        "session": CHALLENGE.session,
        "challenge": CHALLENGE.challenge,
        "answer": "402713",
    },
    session_views.TotpForm: {"code": "402713"},
    forms.BookingForm: FORM,
    forms.OperatorBookingForm: {**_ASKED, "hold_minutes": 120},
    forms.ConsentsForm: {
        "consents": [
            {**tick, "signed_by": "patient"} if tick["document"] == "medical_consent" else tick
            for tick in FORM["consents"]
        ]
    },
    forms.CardForm: {"method": "card"},
    forms.PaymentForm: {"method": "balance"},
    forms.RefundForm: {"amount": _OFFER.price},
    forms.OperatorRefundForm: {"amount": _OFFER.price, "reason": "patient_request"},
    forms.DocumentForm: {"name": _DOCUMENT.name, "type": _DOCUMENT.type, "size": _DOCUMENT.size},
    forms.OutcomeForm: {"outcome": "not_held", "reason": "patient_absent", "note": "Связи не было."},
    forms.CorrectionForm: {"outcome": "held", "why": "Врач ошибся строкой"},
    forms.ContactAttemptForm: {"result": "no_answer"},
    forms.MoveForm: {"doctor": _AFTER.doctor_id, "start": clock.iso(_AFTER.start)},
    forms.StaffMoveForm: {
        "doctor": _AFTER.doctor_id,
        "start": clock.iso(_AFTER.start),
        "by": "patient",
        "why": "Просит позже",
    },
    forms.CancelForm: {"why": "Уже не нужно"},
    forms.StaffCancelForm: {"by": "patient", "why": "Позвонила и отказалась"},
    forms.HoldForm: {"minutes": 120, "why": "Оплатит вечером"},
    forms.ClearingForm: {"action": "move", "otherwise": "cancel", "doctors": "any", "why": "Врач заболел"},
    forms.WhyForm: {"why": "Созвонились с пациентом, вопрос решён"},
    forms.LinkForm: {"why": "СМС не дошло"},
    forms.BookingSearchForm: {"name": "петров ал"},
    forms.CallerForm: {"phone": FORM["holder"]["phone"]},
    forms.DeskPaymentForm: {
        "method": "cash",
        "amount": _OFFER.price,
        "document": "ПКО 118",
        "why": "Пациент заплатил в кассе",
    },
    forms.PayoutForm: {"document": "РКО 42", "why": "Выдано в кассе по заявлению"},
    forms.CallbackForm: {
        "question": _WORDS.question,
        "not_before": clock.iso(_ASKED_AT + timedelta(hours=1)),
    },
    forms.OperatorCallbackForm: {"question": _WORDS.question, "why": "Пациент позвонил в контакт-центр"},
    forms.AssigneeForm: {"assignee": "me", "version": 1},
    forms.CallAttemptForm: {"result": "busy"},
    forms.CallbackResultForm: {"result": "answered", "note": "На вопрос ответили", "version": 3},
    CatalogueDocument: SAMPLE,
    Notification: {"type": "notification", "event": "payment.succeeded", "object": {"id": _PAYMENT_ID}},
}
"""What is sent, by its form. The catalogue's is the sample clinic's own: to load it changes nothing there."""

_TOKENS = Tokens(
    _jwt({"email": _EMAIL, "name": "Мария Орлова", "cognito:groups": ["operator"]}), "", 300, None
)

ANSWERS: dict[Any, Any] = {
    session_views.CodeSentView: session_views.code_sent(),
    session_views.TokenView: session_views.token(_TOKENS),
    session_views.StaffTokenView: session_views.staff_token(_TOKENS),
    session_views.TotpView: session_views.totp(
        Enrolment("NB2W45DFOIZA====", "otpauth://totp/klinika.example.ru?secret=NB2W45DFOIZA")
    ),
    str: documents.text("telemedicine_notice", documents.current()[-1].version),
    views.CatalogueView: views.catalogue(_CLINIC),
    views.DoctorsView: views.doctors([_CLINIC.doctors[_SLOT.doctor_id]]),
    views.CatalogueInForce: views.CatalogueInForce(version=2, document=SAMPLE),
    views.SlotsView: views.slots([_SLOT], _CLINIC.clinic.zone, "Europe/Moscow"),
    views.BookingMade: _MADE,
    views.BookingView: views.booking(Record(booking=_ROW)),
    views.BookingsView: views.BookingsView(bookings=[views.summary(_NOT_HELD)]),
    views.PaymentView: views.payment(_ATTEMPT),
    views.PaymentsView: views.payments(Record(booking=_ROW, payment=PaymentStage(attempts=(_ATTEMPT,)))),
    views.BalanceView: views.balance(HOLDER_ID, _OFFER.price),
    views.RefundsView: views.refunds([_REFUND]),
    views.StaffRefundsView: views.staff_refunds([_REFUSED_REFUND]),
    views.EvidenceView: views.evidence(_RECORD),
    views.StaffBookingView: views.staff_booking(_RECORD, _PEOPLE, [_RECEIPT], side=None),
    changes_views.ClearedView: changes_views.cleared(_SLOT.doctor_id, START.date().isoformat(), _ILL),
    day_views.DayView: day_views.day(_DAY),
    views.CatalogueVersion: views.CatalogueVersion(version=2),
    views.DocumentMade: views.DocumentMade(document=DOCUMENT_ID, status=_DOCUMENT.status, upload=_UPLOAD),
    views.DocumentsView: views.attached([replace(_DOCUMENT, status=DocumentStatus.READY)]),
    views.DocumentLink: views.DocumentLink(
        url=f"{_BUCKET}/{document_rules.kept_key(BOOKING_ID, DOCUMENT_ID, 'e0e1')}?X-Amz-Signature=5f0c",
        expires_at=MADE_AT + document_rules.LINK_LIFETIME,
    ),
    desk_views.FoundBookingsView: desk_views.found(FoundPage((Found(_PAID, _PEOPLE),), None)),
    desk_views.ClinicDayView: desk_views.clinic_day(
        START.date(), "Asia/Novosibirsk", [_PAID], {BOOKING_ID: _PEOPLE}
    ),
    desk_views.CallerView: desk_views.CallerView(
        holder_id=HOLDER_ID, available=_OFFER.price, people=known([_PEOPLE], MADE_AT.date())
    ),
    desk_views.LinkSent: desk_views.LinkSent(booking_id=BOOKING_ID),
    desk_views.DeskPaymentsView: desk_views.desk_payments(_AT_DESK),
    desk_views.TasksView: desk_views.tasks(WorkPage((_WORK,), None)),
    desk_views.NoticesView: desk_views.notices([NOTICE]),
    desk_views.NoticeView: desk_views.notice(NOTICE),
    desk_views.TrailView: desk_views.trail(TrailPage((_ENTRY,), None)),
    callback_views.CallbackView: callback_views.own(_CALLBACK, _WORDS),
    callback_views.CallbacksView: callback_views.CallbacksView(
        callbacks=[callback_views.own(_CALLBACK, _WORDS)]
    ),
    callback_views.CallbackStateView: callback_views.state(_CALLBACK, _COMPLETED, _ASKED_AT),
    callback_views.StaffCallbacksView: callback_views.for_staff(
        [_CALLBACK],
        {BOOKING_ID: _COMPLETED},
        {BOOKING_ID: _PEOPLE},
        {CALLBACK_ID: _WORDS},
        _ASKED_AT,
    ),
    figures_views.FiguresView: figures_views.figures(MADE_AT.date(), START.date(), _FIGURES),
    Consents: _CONSENTS,
    KnownPeople: known([_PEOPLE], MADE_AT.date()),
    ledger.StatementPage: ledger.StatementPage(lines=(_LINE,), next=CURSOR),
    ledger.TrialBalance: ledger.TrialBalance(
        kinds={
            "provider": ledger.Sums(_OFFER.price, 0, -_OFFER.price),
            "held": ledger.Sums(_OFFER.price, _OFFER.price, 0),
            "balance": ledger.Sums(0, _OFFER.price, _OFFER.price),
        },
        total=0,
        disagreements=(),
    ),
}
"""What is answered, by its view."""

ANSWERS_OF: dict[str, Any] = {
    "book_signed_in": replace(_MADE, capability=None),
    "book_by_phone": replace(_MADE, capability=None, status=Status.AWAITING_CONSENT),
    **dict.fromkeys(
        ("let_booking_go", "cancel_my_booking", "cancel_booking"),
        views.booking(Record(booking=_CANCELLED), side=None),
    ),
    **dict.fromkeys(("move_my_booking", "move_booking"), views.booking(Record(booking=_MOVED), side=None)),
    "pay_my_booking": views.paid_from_balance(_OFFER.price),
}
"""Where an operation answers its view otherwise than the others."""

CONSENTS_TO_PRINT = consents_page.page(_CONSENTS).body
CALENDAR = calendar.invitation(
    Facts(
        booking=_PAID,
        people=_PEOPLE,
        clinic=_CLINIC.clinic,
        doctor=_CLINIC.doctors[_SLOT.doctor_id].full_name,
        cabinet_url=f"https://cabinet.example.ru/bookings/{BOOKING_ID}",
        sign_in_url=f"https://cabinet.example.ru/bookings/{BOOKING_ID}#link",
        patient_join_url=f"https://api.example.ru/join/{JOIN_TOKEN}",
        doctor_join_url="",
    ),
    "patient",
    calendar.Method.PUBLISH,
    sender="zapis@klinika.example.ru",
    stamp=_PAID_AT,
).decode()
ALTERNATIVES = [replace(_SLOT, start=_SLOT.end, end=_SLOT.end + _LENGTH)]
MEETING = pages.meeting(replace(_PAID, channel=Channel.PHONE), "patient").body
NO_MEETING = pages.page(404, "Ссылка недействительна").body
