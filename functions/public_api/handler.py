"""What the site's form and the cabinet call."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsult.api import callback_views, consents_page, joining, views
from teleconsult.api.forms import (
    BookingForm,
    CallbackForm,
    CancelForm,
    CardForm,
    ConsentsForm,
    DocumentForm,
    MoveForm,
    PaymentForm,
    RefundForm,
)
from teleconsult.booking import rules as booking_rules
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Door, Record, Side
from teleconsult.callbacks import asking, working
from teleconsult.callbacks import store as callbacks_store
from teleconsult.callbacks.asking import CallbackOpen
from teleconsult.callbacks.model import Callback, CallbackResult, Words
from teleconsult.catalogue import rules as catalogue_rules
from teleconsult.catalogue import search as doctor_search
from teleconsult.catalogue import store as catalogue_store
from teleconsult.catalogue.model import Catalogue, Doctor
from teleconsult.changes.cancelling import cancel
from teleconsult.changes.model import Asked
from teleconsult.changes.moving import move, wish
from teleconsult.consents import documents
from teleconsult.consents.export import Consents, export_for_holder
from teleconsult.consents.giving import Origin, give
from teleconsult.documents import store as documents_store
from teleconsult.intake import attach
from teleconsult.intake.application import Application, SlotTaken
from teleconsult.intake.book import book
from teleconsult.intake.returning import people_of_holder
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.notices import calendar, download
from teleconsult.payments import refunding
from teleconsult.payments.installation import provider
from teleconsult.payments.paying import (
    begin_card_payment,
    from_balance,
    look_at_open,
    pay_from_balance,
    spend_balance,
)
from teleconsult.people import contacts
from teleconsult.people import rules as people_rules
from teleconsult.people import store as people_store
from teleconsult.people.known import KnownPeople
from teleconsult.platform import clock, ids, links, settings
from teleconsult.platform.checks import collect, refuse, settle, sure
from teleconsult.platform.errors import FieldError, Forbidden, NotFound
from teleconsult.platform.http import CALENDAR, TEXT, Access, Answer, Api, Request
from teleconsult.platform.observability import logger
from teleconsult.refunds import store as refunds_store
from teleconsult.slots import rules as slot_rules
from teleconsult.slots import search

api = Api({SlotTaken: views.slot_taken, CallbackOpen: callback_views.callback_open})


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event)


@api.operation("GET /catalogue", answer=views.CatalogueView, fresh_seconds=60)
def show_catalogue(request: Request) -> views.CatalogueView:
    """Kinds, specialties, doctors and prices; the documents to sign; what has to be said before."""
    return views.catalogue(catalogue_store.load())


@api.operation("GET /doctors", answer=views.DoctorsView, query=doctor_search.ASKED, fresh_seconds=60)
def show_doctors(request: Request) -> views.DoctorsView:
    """Doctors by part of the name, specialty, kind, patient's age in years, language (ISO 639-1)."""
    catalogue = catalogue_store.load()
    return views.doctors(doctor_search.find(catalogue, doctor_search.wish(catalogue, request.query)))


@api.operation(
    "GET /slots",
    answer=views.SlotsView,
    query=("doctor", "specialty", "kind", "from", "to", "time_zone"),
)
def show_slots(request: Request) -> views.SlotsView:
    """Free slots of a doctor, or of a specialty's doctors, between two of the clinic's days, for a kind of
    consultation (else: as long as the doctor's shortest). Starts are also told in `time_zone`."""
    now = clock.now()
    catalogue = catalogue_store.load()
    today = catalogue_rules.consultation_day(catalogue, now)
    faults: list[FieldError] = []
    asked = request.query
    days = collect(faults, slot_rules.asked_days, asked.get("from"), asked.get("to"), today)
    zone = collect(faults, slot_rules.shown_zone, asked.get("time_zone"), catalogue.clinic)
    doctors = collect(faults, _doctors, catalogue, asked)
    settle(faults)
    found = search.free(catalogue, sure(doctors), *sure(days), now, asked.get("kind"))
    return views.slots(found, catalogue.clinic.zone, sure(zone))


@api.operation("GET /documents/{document}/{version}", answer=str, fresh_seconds=3600)
def show_document(request: Request) -> Answer:
    """The words of one version of a document."""
    return Answer(200, documents.text(request.path["document"], request.path["version"]), TEXT)


@api.operation(
    "POST /bookings", form=BookingForm, answer=views.BookingMade, status=201, creates=True, judges=True
)
def book_on_site(request: Request, form: BookingForm) -> views.BookingMade:
    """Book without signing in: the slot is held until `hold_until`, the capability opens this booking."""
    return views.made(_book(request, form.application(request.faults), Door.SITE), with_capability=True)


@api.operation("GET /bookings/{booking}", answer=views.BookingView, access=Access.CAPABILITY)
def show_booking(request: Request) -> views.BookingView:
    """The booking that a capability opens."""
    return views.booking(_opened(request))


@api.operation(
    "POST /bookings/{booking}/payments",
    form=CardForm,
    answer=views.PaymentView,
    status=201,
    access=Access.CAPABILITY,
    creates=True,
)
def pay_booking(request: Request, form: CardForm) -> views.PaymentView:
    """Begin to pay by card. The payment that is open already is shown again."""
    record = _opened(request)
    return _pay_by_card(record, links.paid(record.booking.booking_id))


@api.operation("GET /bookings/{booking}/payments", answer=views.PaymentsView, access=Access.CAPABILITY)
def show_payments(request: Request) -> views.PaymentsView:
    """How paying stands. The provider is asked about a payment that is open still."""
    return _payments(_opened(request))


@api.operation(
    "POST /bookings/{booking}/documents",
    form=DocumentForm,
    answer=views.DocumentMade,
    status=201,
    access=Access.CAPABILITY,
    creates=True,
)
def attach_to_booking(request: Request, form: DocumentForm) -> views.DocumentMade:
    """Attach a file: the answer says where to send it. It can be read once it has been checked."""
    return _attach(request, form, _opened(request))


@api.operation("GET /bookings/{booking}/documents", answer=views.DocumentsView, access=Access.CAPABILITY)
def show_documents(request: Request) -> views.DocumentsView:
    """What is attached to the booking."""
    return _attached(_opened(request))


@api.operation(
    "GET /bookings/{booking}/documents/{document}", answer=views.DocumentLink, access=Access.CAPABILITY
)
def show_one_document(request: Request) -> views.DocumentLink:
    """Where a document can be read for the next 5 minutes."""
    return _hand_out(request, _opened(request))


@api.operation(
    "DELETE /bookings/{booking}/documents/{document}", answer=None, status=204, access=Access.CAPABILITY
)
def remove_document(request: Request) -> None:
    """Remove a document."""
    _detach(request, _opened(request))


@api.operation("GET /bookings/{booking}/calendar", answer=None, access=Access.CAPABILITY)
def show_calendar(request: Request) -> Answer:
    """The consultation as a file for the patient's calendar (iCalendar)."""
    return _calendar(_opened(request))


@api.operation("GET /join/{token}", answer=None, status=302)
def join(request: Request) -> Answer:
    """Go to the consultation: to its video room, or to a page that says who calls whom.

    From 15 minutes before the slot until its grace is over; else a page says when, or why not.
    """
    return joining.follow(request.path["token"], clock.now())


@api.operation("GET /me/people", answer=KnownPeople, access=Access.HOLDER)
def show_my_people(request: Request) -> KnownPeople:
    """The people entered with the holder's latest bookings, so that they need not be typed again."""
    return people_of_holder(_holder(request), clock.now())


@api.operation("GET /me/bookings", answer=views.BookingsView, access=Access.HOLDER)
def show_my_bookings(request: Request) -> views.BookingsView:
    """The holder's bookings, the latest slot first."""
    return views.BookingsView(bookings=[views.summary(row) for row in bookings.of_holder(_holder(request))])


@api.operation(
    "POST /me/bookings",
    form=BookingForm,
    answer=views.BookingMade,
    status=201,
    access=Access.HOLDER,
    creates=True,
    judges=True,
)
def book_signed_in(request: Request, form: BookingForm) -> views.BookingMade:
    """Book as a holder who is signed in; the phone is the one that signed in."""
    asked = form.application(request.faults)
    return views.made(
        _book(request, _with_own_phone(asked, request), _holder(request)), with_capability=False
    )


@api.operation("GET /me/bookings/{booking}", answer=views.BookingView, access=Access.HOLDER)
def show_my_booking(request: Request) -> views.BookingView:
    """One of the holder's bookings."""
    return views.booking(_own(request))


@api.operation("GET /me/bookings/{booking}/consents", answer=Consents, access=Access.HOLDER)
def show_my_consents(request: Request) -> Consents:
    """What was signed for a booking: documents, versions and hashes, by whom, when, from where."""
    return export_for_holder(_own(request).booking, clock.now())


@api.operation("GET /me/bookings/{booking}/consents/print", answer=None, access=Access.HOLDER)
def print_my_consents(request: Request) -> Answer:
    """The same as a page to print, with the texts that were signed."""
    return consents_page.page(export_for_holder(_own(request).booking, clock.now()))


@api.operation(
    "POST /me/bookings/{booking}/consents",
    form=ConsentsForm,
    answer=views.BookingView,
    access=Access.HOLDER,
    judges=True,
)
def give_consents(request: Request, form: ConsentsForm) -> views.BookingView:
    """Tick the documents of a booking that the operator made."""
    return views.booking(give(_own(request), form.ticks(), _origin(request), clock.now(), request.faults))


@api.operation(
    "POST /me/bookings/{booking}/payments",
    form=PaymentForm,
    answer=views.PaymentView,
    status=201,
    access=Access.HOLDER,
    creates=True,
)
def pay_my_booking(request: Request, form: PaymentForm) -> views.PaymentView:
    """Begin to pay by card, or pay the whole from the balance, or what it has, and the rest by card."""
    record, now = _own(request), clock.now()
    if form.method == "balance":
        record = pay_from_balance(record, now)
    elif form.method == "both":
        record = spend_balance(record, now)
    if form.method == "card" or not record.booking.paid_at:
        return _pay_by_card(record, links.cabinet(record.booking.booking_id))
    return views.paid_from_balance(from_balance(record))


@api.operation("GET /me/bookings/{booking}/payments", answer=views.PaymentsView, access=Access.HOLDER)
def show_my_payments(request: Request) -> views.PaymentsView:
    """How paying stands. The provider is asked about a payment that is open still."""
    return _payments(_own(request))


@api.operation(
    "POST /me/bookings/{booking}/cancellation",
    form=CancelForm,
    answer=views.BookingView,
    access=Access.HOLDER,
)
def cancel_my_booking(request: Request, form: CancelForm) -> views.BookingView:
    """Cancel a booking before its time. What was paid is on the balance."""
    return views.booking(cancel(_own(request), _asked(request, form.why), clock.now()))


@api.operation(
    "POST /me/bookings/{booking}/slot",
    form=MoveForm,
    answer=views.BookingView,
    access=Access.HOLDER,
    creates=True,
    judges=True,
)
def move_my_booking(request: Request, form: MoveForm) -> views.BookingView:
    """Give a booking another time at the same price, before its old one: what was paid stays with it."""
    record = _own(request)
    wished = wish(form.doctor, form.start, request.idempotency_key, request.faults)
    return views.booking(move(record, wished, _asked(request, form.why), clock.now()))


@api.operation(
    "POST /me/bookings/{booking}/documents",
    form=DocumentForm,
    answer=views.DocumentMade,
    status=201,
    access=Access.HOLDER,
    creates=True,
)
def attach_to_my_booking(request: Request, form: DocumentForm) -> views.DocumentMade:
    """Attach a file: the answer says where to send it. It can be read once it has been checked."""
    return _attach(request, form, _own(request))


@api.operation("GET /me/bookings/{booking}/documents", answer=views.DocumentsView, access=Access.HOLDER)
def show_my_documents(request: Request) -> views.DocumentsView:
    """What is attached to one of the holder's bookings."""
    return _attached(_own(request))


@api.operation(
    "GET /me/bookings/{booking}/documents/{document}", answer=views.DocumentLink, access=Access.HOLDER
)
def show_my_document(request: Request) -> views.DocumentLink:
    """Where a document can be read for the next 5 minutes."""
    return _hand_out(request, _own(request))


@api.operation(
    "DELETE /me/bookings/{booking}/documents/{document}", answer=None, status=204, access=Access.HOLDER
)
def remove_my_document(request: Request) -> None:
    """Remove a document."""
    _detach(request, _own(request))


@api.operation("GET /me/bookings/{booking}/calendar", answer=None, access=Access.HOLDER)
def show_my_calendar(request: Request) -> Answer:
    """The consultation as a file for the patient's calendar (iCalendar)."""
    return _calendar(_own(request))


@api.operation("GET /me/balance", answer=views.BalanceView, access=Access.HOLDER)
def show_my_balance(request: Request) -> views.BalanceView:
    """What is on the holder's balance, in kopecks."""
    holder_id = _holder(request)
    return views.balance(holder_id, ledger.available(ledger_rules.balance(holder_id)))


@api.operation(
    "GET /me/balance/statement", answer=ledger.StatementPage, access=Access.HOLDER, query=("cursor",)
)
def show_my_statement(request: Request) -> ledger.StatementPage:
    """How the balance came about, newest first; `next` is the cursor of the next page."""
    return ledger.statement(_holder(request), cursor=request.query.get("cursor"))


@api.operation(
    "POST /me/refunds",
    form=RefundForm,
    answer=views.RefundsView,
    status=201,
    access=Access.HOLDER,
    creates=True,
)
def ask_for_refund(request: Request, form: RefundForm) -> views.RefundsView:
    """Have money of the balance back, by the way it was paid: one refund for each payment it came from.

    The provider is asked at once. What has no answer yet is `asked` or `pending`, and is gone on with.
    """
    holder_id, now = _holder(request), clock.now()
    asked = refunding.ask(
        holder_id,
        form.amount,
        asked_by=holder_id,
        asked_for=None,
        idempotency_key=request.idempotency_key,
        now=now,
    )
    return views.refunds(refunding.carry_out_at_once(asked, provider(), now))


@api.operation("GET /me/refunds", answer=views.RefundsView, access=Access.HOLDER, query=("cursor",))
def show_my_refunds(request: Request) -> views.RefundsView:
    """The holder's refunds, newest first; `next` is the cursor of the next page."""
    page = refunds_store.of_holder(_holder(request), cursor=request.query.get("cursor"))
    return views.refunds(page.refunds, page.next)


@api.operation(
    "POST /me/bookings/{booking}/callbacks",
    form=CallbackForm,
    answer=callback_views.CallbackView,
    status=201,
    access=Access.HOLDER,
    creates=True,
)
def ask_for_callback(request: Request, form: CallbackForm) -> callback_views.CallbackView:
    """Ask for the doctor's call after a consultation (S16). One request of a booking is open at a time."""
    record, now, catalogue = _own(request), clock.now(), catalogue_store.load()
    _patients_side(record, catalogue, now)
    question, not_before = form.asked(now)
    callback = asking.by_patient(
        record.booking,
        question,
        not_before,
        clinic=catalogue.clinic,
        idempotency_key=request.idempotency_key,
        request_id=request.request_id,
        now=now,
    )
    return callback_views.own(callback, Words(question))


@api.operation(
    "GET /me/callbacks", answer=callback_views.CallbacksView, access=Access.HOLDER, query=("cursor",)
)
def show_my_callbacks(request: Request) -> callback_views.CallbacksView:
    """The holder's requests for a doctor's call, newest first; `next` is the cursor of the next page."""
    page = callbacks_store.of_holder(_holder(request), cursor=request.query.get("cursor"))
    ours = _still_ours(page.callbacks, clock.now())
    words = callbacks_store.words([each.callback_id for each in ours])
    shown = [callback_views.own(each, words[each.callback_id]) for each in ours]
    return callback_views.CallbacksView(callbacks=shown, next=page.next)


@api.operation(
    "POST /me/bookings/{booking}/callbacks/{callback}/withdrawal",
    answer=callback_views.CallbackView,
    access=Access.HOLDER,
)
def withdraw_callback(request: Request) -> callback_views.CallbackView:
    """The holder needs no call any more."""
    record, now = _own(request), clock.now()
    _patients_side(record, catalogue_store.load(), now)
    callback = working.close(
        callbacks_store.load(callbacks_store.Place(record.booking.booking_id, request.path["callback"])),
        CallbackResult.WITHDRAWN,
        None,
        by=record.booking.holder_id,
        request_id=request.request_id,
        now=now,
    )
    return callback_views.own(callback, callbacks_store.words([callback.callback_id])[callback.callback_id])


def _book(request: Request, asked: Application, created_by: str) -> Record:
    return book(
        asked,
        door=Door.SITE,
        created_by=created_by,
        idempotency_key=request.idempotency_key,
        origin=_origin(request),
        now=clock.now(),
        limited=created_by == Door.SITE,
    )


def _pay_by_card(record: Record, back: str) -> views.PaymentView:
    """`back`: where the provider returns whoever has paid."""
    return views.payment(begin_card_payment(record, provider(), back, clock.now()))


def _payments(record: Record) -> views.PaymentsView:
    return views.payments(look_at_open(record, provider().once(), clock.now()))


def _attach(request: Request, form: DocumentForm, record: Record) -> views.DocumentMade:
    now, catalogue = clock.now(), catalogue_store.load()
    _patients_side(record, catalogue, now)
    key, limits = request.idempotency_key, catalogue.clinic.limits
    return views.document_made(attach.attach(record.booking, form.upload(), key, limits, now))


def _attached(record: Record) -> views.DocumentsView:
    _patients_side(record, catalogue_store.load(), clock.now())
    return views.attached(documents_store.of_booking(record.booking.booking_id))


def _hand_out(request: Request, record: Record) -> views.DocumentLink:
    now = clock.now()
    _patients_side(record, catalogue_store.load(), now)
    document = documents_store.load(record.booking.booking_id, request.path["document"])
    return views.document_link(attach.hand_out(document, now))


def _detach(request: Request, record: Record) -> None:
    _patients_side(record, catalogue_store.load(), clock.now())
    attach.detach(record.booking.booking_id, request.path["document"])


def _calendar(record: Record) -> Answer:
    now, catalogue = clock.now(), catalogue_store.load()
    _patients_side(record, catalogue, now)
    name = {"Content-Disposition": f'attachment; filename="{calendar.FILE_NAME}"'}
    return Answer(200, download.for_patient(record, catalogue, now), CALENDAR, headers=name)


def _patients_side(record: Record, catalogue: Catalogue, now: datetime) -> None:
    """At 18 the patient's documents and calendar stop existing for who represented them (§2)."""
    patient = people_store.load(record.booking.booking_id).patient
    today = catalogue_rules.consultation_day(catalogue, now)
    if not people_rules.holder_may_see(patient.birth_date, patient.is_holder, today):
        raise NotFound("Запись не найдена")


def _still_ours(callbacks: Sequence[Callback], now: datetime) -> list[Callback]:
    """At 18 the patient's questions stop existing for who represented them (§2)."""
    booking_ids = list(dict.fromkeys(each.booking_id for each in callbacks))
    if not booking_ids:
        return []
    today = catalogue_rules.consultation_day(catalogue_store.load(), now)
    people = zip(booking_ids, people_store.load_many(booking_ids), strict=True)
    ours = {
        booking_id
        for booking_id, each in people
        if people_rules.holder_may_see(each.patient.birth_date, each.patient.is_holder, today)
    }
    return [each for each in callbacks if each.booking_id in ours]


def _doctors(catalogue: Catalogue, asked: Mapping[str, str]) -> list[Doctor]:
    kind = asked.get("kind")
    if kind is not None and kind not in catalogue.kinds:
        refuse("kind", "unknown", "Такого вида консультации нет")
    if "doctor" in asked:
        doctor = catalogue.doctors.get(asked["doctor"]) or refuse("doctor", "unknown", "Такого врача нет")
        return [doctor] if kind is None or kind in doctor.offers else []
    if "specialty" not in asked:
        refuse("doctor", "missing", "Укажите врача (doctor) или специальность (specialty)")
    if asked["specialty"] not in (*catalogue.specialties, catalogue_rules.UNSURE):
        refuse("specialty", "unknown", "Такой специальности нет")
    return catalogue_rules.doctors_for(catalogue, specialty=asked["specialty"], kind=kind)


def _opened(request: Request) -> Record:
    """The booking of the path, if the capability in the header is its own and still opens it."""
    booking_id = request.path["booking"]
    genuine = ids.capability(settings.pepper(), booking_id)
    shown = request.headers.get("x-booking-capability", "")
    if hmac.compare_digest(genuine.encode(), shown.encode()):
        record = bookings.load(booking_id)
        if booking_rules.capability_opens(record.booking, clock.now()):
            return record
    raise NotFound("Запись не найдена")


def _own(request: Request) -> Record:
    """The booking of the path, if it is the caller's: another's does not exist for them."""
    record = bookings.load(request.path["booking"])
    if record.booking.holder_id != _holder(request):
        raise NotFound("Запись не найдена")
    return record


def _asked(request: Request, why: str | None) -> Asked:
    return Asked(side=Side.PATIENT, by=_holder(request), request_id=request.request_id, why=why)


def _holder(request: Request) -> str:
    return ids.holder_id(settings.pepper(), _phone(request))


def _phone(request: Request) -> str:
    """The phone that the caller's token proves; E.164."""
    phone = request.claims.get("phone_number")
    if not isinstance(phone, str) or request.claims.get("phone_number_verified") not in (True, "true"):
        raise Forbidden("Войдите по номеру телефона")
    return phone


def _with_own_phone(asked: Application, request: Request) -> Application:
    """A booking made from the cabinet belongs to whoever signed in, so its phone can be no other."""
    own, typed = _phone(request), asked.holder.get("phone")
    if typed is None:
        return replace(asked, holder={**asked.holder, "phone": own})
    if collect([], contacts.mobile_phone, typed, "holder.phone") not in (None, own):
        foreign = FieldError("holder.phone", "not_own", "Укажите номер телефона, по которому выполнен вход")
        return replace(asked, faults=(*asked.faults, foreign))
    return asked


def _origin(request: Request) -> Origin:
    return Origin(ip=request.ip, user_agent=request.user_agent)
