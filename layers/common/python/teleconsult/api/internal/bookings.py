"""Somebody's booking: made on the telephone, looked at, its consents exported."""

from teleconsult.api import consents_page, views
from teleconsult.api.forms import OperatorBookingForm
from teleconsult.api.internal.caller import (
    ADMIN,
    DOCTOR,
    OPERATOR,
    entry_of,
    is_doctor_of,
    log,
    record_of,
    staff_of,
)
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Door
from teleconsult.consents.export import Consents, export
from teleconsult.consents.giving import Origin
from teleconsult.intake.book import book
from teleconsult.outcomes import notes
from teleconsult.people import store as people_store
from teleconsult.platform import clock
from teleconsult.platform.http import Access, Answer, Api, Request
from teleconsult.receipts import store as receipts_store
from teleconsult.trail import store as trail

api = Api()


@api.operation(
    "POST /internal/bookings",
    form=OperatorBookingForm,
    answer=views.BookingMade,
    status=201,
    access=Access.STAFF,
    groups=(OPERATOR,),
    creates=True,
    judges=True,
)
def book_by_phone(request: Request, form: OperatorBookingForm) -> views.BookingMade:
    """Book for somebody on the telephone: an SMS leads them to the cabinet, to consent and to pay."""
    record = book(
        form.application(request.faults),
        door=Door.OPERATOR,
        created_by=staff_of(request),
        idempotency_key=request.idempotency_key,
        origin=Origin(ip=request.ip, user_agent=request.user_agent),
        now=clock.now(),
        entry_id=request.request_id,
    )
    log(request, "booked", booking_id=record.booking.booking_id)
    return views.made(record, with_capability=False)


@api.operation(
    "GET /internal/bookings/{booking}",
    answer=views.StaffBookingView,
    access=Access.STAFF,
    groups=(OPERATOR, DOCTOR),
)
def show_booking_to_staff(request: Request) -> views.StaffBookingView:
    """A booking with its people, evidence, payments and receipts; a doctor sees their own only."""
    record = record_of(request)
    booking_id = record.booking.booking_id
    trail.enter(entry_of(request, booking_id, "booking_read"))
    log(request, "booking read", booking_id=booking_id)
    people, receipts = people_store.load(booking_id), receipts_store.of_booking(booking_id)
    if not is_doctor_of(request, record):
        return views.staff_booking(record, people, receipts, side=None)
    own = notes.load_many([booking_id], record.booking.doctor_id).get(booking_id)
    return views.staff_booking(record, people, receipts, "doctor", own.text if own else None)


@api.operation(
    "GET /internal/bookings/{booking}/consents",
    answer=Consents,
    access=Access.STAFF,
    groups=(OPERATOR, ADMIN),
)
def show_consents(request: Request) -> Consents:
    """What was signed for a booking: documents, versions and hashes, by whom, when, from where."""
    return _consents(request, "consents_read")


@api.operation(
    "GET /internal/bookings/{booking}/consents/print",
    answer=None,
    access=Access.STAFF,
    groups=(OPERATOR, ADMIN),
)
def print_consents(request: Request) -> Answer:
    """The same as a page to print, with the texts that were signed."""
    return consents_page.page(_consents(request, "consents_printed"))


def _consents(request: Request, action: str) -> Consents:
    booking = bookings.load(request.path["booking"]).booking
    trail.enter(entry_of(request, booking.booking_id, action))
    log(request, "consents read", booking_id=booking.booking_id)
    return export(booking, clock.now())
