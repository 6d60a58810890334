"""Booking without signing in, and the booking that its capability opens; join links."""

from teleconsult.api import joining, views
from teleconsult.api.forms import BookingForm, CardForm, DocumentForm
from teleconsult.api.public import owned
from teleconsult.api.public.caller import record_by_capability
from teleconsult.booking.model import Door, Side
from teleconsult.changes.cancelling import let_go
from teleconsult.changes.model import Asked
from teleconsult.payments.installation import provider
from teleconsult.payments.paying import look_at_open
from teleconsult.platform import clock, links
from teleconsult.platform.http import Access, Answer, Api, Request

api = Api()


@api.operation(
    "POST /bookings", form=BookingForm, answer=views.BookingMade, status=201, creates=True, judges=True
)
def book_on_site(request: Request, form: BookingForm) -> views.BookingMade:
    """Book without signing in: the slot is held until `hold_until`, the capability opens this booking."""
    return views.made(
        owned.book_online(request, form.application(request.faults), Door.SITE), with_capability=True
    )


@api.operation("GET /bookings/{booking}", answer=views.BookingView, access=Access.CAPABILITY)
def show_booking(request: Request) -> views.BookingView:
    """The booking that a capability opens."""
    return views.booking(record_by_capability(request))


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
    record = record_by_capability(request)
    return owned.pay_by_card(record, links.paid(record.booking.booking_id))


@api.operation("GET /bookings/{booking}/payments", answer=views.PaymentsView, access=Access.CAPABILITY)
def show_payments(request: Request) -> views.PaymentsView:
    """How paying stands. The provider is asked about a payment that is open still."""
    return owned.payments(record_by_capability(request))


@api.operation("POST /bookings/{booking}/cancellation", answer=views.BookingView, access=Access.CAPABILITY)
def let_booking_go(request: Request) -> views.BookingView:
    """Give up a hold that nobody has paid or is paying for, so that its time is free at once. The provider is
    asked about a payment that is open still."""
    now = clock.now()
    record = look_at_open(record_by_capability(request), provider().once(), now)
    asked = Asked(side=Side.PATIENT, by=Door.SITE, request_id=request.request_id, why=None)
    return views.booking(let_go(record, asked, now))


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
    return owned.attach_file(request, form, record_by_capability(request))


@api.operation("GET /bookings/{booking}/documents", answer=views.DocumentsView, access=Access.CAPABILITY)
def show_documents(request: Request) -> views.DocumentsView:
    """What is attached to the booking."""
    return owned.files(record_by_capability(request))


@api.operation(
    "GET /bookings/{booking}/documents/{document}", answer=views.DocumentLink, access=Access.CAPABILITY
)
def show_one_document(request: Request) -> views.DocumentLink:
    """Where a document can be read for the next 5 minutes."""
    return owned.link_to_file(request, record_by_capability(request))


@api.operation(
    "DELETE /bookings/{booking}/documents/{document}", answer=None, status=204, access=Access.CAPABILITY
)
def remove_document(request: Request) -> None:
    """Remove a document."""
    owned.remove_file(request, record_by_capability(request))


@api.operation("GET /bookings/{booking}/calendar", answer=None, access=Access.CAPABILITY)
def show_calendar(request: Request) -> Answer:
    """The consultation as a file for the patient's calendar (iCalendar)."""
    return owned.calendar_file(record_by_capability(request))


@api.operation("GET /join/{token}", answer=None, status=302)
def join(request: Request) -> Answer:
    """Go to the consultation: to its video room, or to a page that says who calls whom.

    From 15 minutes before the slot until its grace is over; else a page says when, or why not.
    """
    return joining.follow(request.path["token"], clock.now())
