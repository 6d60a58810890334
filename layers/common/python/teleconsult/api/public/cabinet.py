"""The holder's own bookings, under `/me`."""

from dataclasses import replace

from teleconsult.api import callback_views, consents_page, views
from teleconsult.api.forms import BookingForm, CancelForm, ConsentsForm, DocumentForm, MoveForm, PaymentForm
from teleconsult.api.public import owned
from teleconsult.api.public.caller import holder_of, on_patients_side, origin_of, own_record, phone_of
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Record, Side
from teleconsult.catalogue import store as catalogue_store
from teleconsult.changes.cancelling import cancel
from teleconsult.changes.model import Asked
from teleconsult.changes.moving import move, wish
from teleconsult.consents.export import Consents, export_for_holder
from teleconsult.consents.giving import give
from teleconsult.intake.application import Application
from teleconsult.intake.returning import people_of_holder
from teleconsult.payments.paying import from_balance, pay_from_balance, spend_balance
from teleconsult.people import contacts
from teleconsult.people.known import KnownPeople
from teleconsult.platform import clock, links
from teleconsult.platform.checks import collect
from teleconsult.platform.errors import FieldError
from teleconsult.platform.http import Access, Answer, Api, Request

api = Api()


@api.operation("GET /me/people", answer=KnownPeople, access=Access.HOLDER)
def show_my_people(request: Request) -> KnownPeople:
    """The people entered with the holder's latest bookings, so that they need not be typed again."""
    return people_of_holder(holder_of(request), clock.now())


@api.operation("GET /me/bookings", answer=views.BookingsView, access=Access.HOLDER)
def show_my_bookings(request: Request) -> views.BookingsView:
    """The holder's bookings, the latest slot first."""
    return views.BookingsView(bookings=[views.summary(row) for row in bookings.of_holder(holder_of(request))])


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
        owned.book_online(request, _with_own_phone(asked, request), holder_of(request)), with_capability=False
    )


@api.operation("GET /me/bookings/{booking}", answer=views.BookingView, access=Access.HOLDER)
def show_my_booking(request: Request) -> views.BookingView:
    """One of the holder's bookings."""
    record = own_record(request)
    return views.booking(record, callback=_callback_offer(record))


@api.operation("GET /me/bookings/{booking}/consents", answer=Consents, access=Access.HOLDER)
def show_my_consents(request: Request) -> Consents:
    """What was signed for a booking: documents, versions and hashes, by whom, when, from where."""
    return export_for_holder(own_record(request).booking, clock.now())


@api.operation("GET /me/bookings/{booking}/consents/print", answer=None, access=Access.HOLDER)
def print_my_consents(request: Request) -> Answer:
    """The same as a page to print, with the texts that were signed."""
    return consents_page.page(export_for_holder(own_record(request).booking, clock.now()))


@api.operation(
    "POST /me/bookings/{booking}/consents",
    form=ConsentsForm,
    answer=views.BookingView,
    access=Access.HOLDER,
    judges=True,
)
def give_consents(request: Request, form: ConsentsForm) -> views.BookingView:
    """Tick the documents of a booking that the operator made."""
    return views.booking(
        give(own_record(request), form.ticks(), origin_of(request), clock.now(), request.faults)
    )


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
    record, now = own_record(request), clock.now()
    if form.method == "balance":
        record = pay_from_balance(record, now)
    elif form.method == "both":
        record = spend_balance(record, now)
    if form.method == "card" or not record.booking.paid_at:
        return owned.pay_by_card(record, links.cabinet(record.booking.booking_id))
    return views.paid_from_balance(from_balance(record))


@api.operation("GET /me/bookings/{booking}/payments", answer=views.PaymentsView, access=Access.HOLDER)
def show_my_payments(request: Request) -> views.PaymentsView:
    """How paying stands. The provider is asked about a payment that is open still."""
    return owned.payments(own_record(request))


@api.operation(
    "POST /me/bookings/{booking}/cancellation",
    form=CancelForm,
    answer=views.BookingView,
    access=Access.HOLDER,
)
def cancel_my_booking(request: Request, form: CancelForm) -> views.BookingView:
    """Cancel a booking before its time. What was paid is on the balance."""
    return views.booking(cancel(own_record(request), _asked(request, form.why), clock.now()))


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
    record = own_record(request)
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
    return owned.attach_file(request, form, own_record(request))


@api.operation("GET /me/bookings/{booking}/documents", answer=views.DocumentsView, access=Access.HOLDER)
def show_my_documents(request: Request) -> views.DocumentsView:
    """What is attached to one of the holder's bookings."""
    return owned.files(own_record(request))


@api.operation(
    "GET /me/bookings/{booking}/documents/{document}", answer=views.DocumentLink, access=Access.HOLDER
)
def show_my_document(request: Request) -> views.DocumentLink:
    """Where a document can be read for the next 5 minutes."""
    return owned.link_to_file(request, own_record(request))


@api.operation(
    "DELETE /me/bookings/{booking}/documents/{document}", answer=None, status=204, access=Access.HOLDER
)
def remove_my_document(request: Request) -> None:
    """Remove a document."""
    owned.remove_file(request, own_record(request))


@api.operation("GET /me/bookings/{booking}/calendar", answer=None, access=Access.HOLDER)
def show_my_calendar(request: Request) -> Answer:
    """The consultation as a file for the patient's calendar (iCalendar)."""
    return owned.calendar_file(own_record(request))


def _callback_offer(record: Record) -> callback_views.CallbackOfferView | None:
    """What the holder may ask the doctor for after the consultation, while they are the patient's side."""
    if not record.booking.status.final:
        return None
    now, catalogue = clock.now(), catalogue_store.load()
    offered = callback_views.offer(record.booking, catalogue.clinic.callbacks, now)
    return offered if offered and on_patients_side(record, catalogue, now) else None


def _asked(request: Request, why: str | None) -> Asked:
    return Asked(side=Side.PATIENT, by=holder_of(request), request_id=request.request_id, why=why)


def _with_own_phone(asked: Application, request: Request) -> Application:
    """A booking made from the cabinet belongs to whoever signed in, so its phone can be no other."""
    own, typed = phone_of(request), asked.holder.get("phone")
    if typed is None:
        return replace(asked, holder={**asked.holder, "phone": own})
    if collect([], contacts.mobile_phone, typed, "holder.phone") not in (None, own):
        foreign = FieldError("holder.phone", "not_own", "Укажите номер телефона, по которому выполнен вход")
        return replace(asked, faults=(*asked.faults, foreign))
    return asked
