"""What is done with a booking alike, whether its capability opened it or its holder is signed in."""

from teleconsult.api import views
from teleconsult.api.forms import DocumentForm
from teleconsult.api.public.caller import check_patients_side, origin_of
from teleconsult.booking.model import Door, Record
from teleconsult.catalogue import store as catalogue_store
from teleconsult.documents import store as documents_store
from teleconsult.intake import attach
from teleconsult.intake.application import Application
from teleconsult.intake.book import book
from teleconsult.notices import calendar, download
from teleconsult.payments.installation import provider
from teleconsult.payments.paying import begin_card_payment, look_at_open
from teleconsult.platform import clock
from teleconsult.platform.http import CALENDAR, Answer, Request


def book_online(request: Request, asked: Application, created_by: str) -> Record:
    """Book what was asked for. Whoever is not signed in is limited by address."""
    return book(
        asked,
        door=Door.SITE,
        created_by=created_by,
        idempotency_key=request.idempotency_key,
        origin=origin_of(request),
        now=clock.now(),
        limited=created_by == Door.SITE,
    )


def pay_by_card(record: Record, back: str) -> views.PaymentView:
    """Begin to pay by card what is still due, or show the payment that is open already.

    `back`: where the provider returns whoever has paid.
    """
    return views.payment(begin_card_payment(record, provider(), back, clock.now()))


def payments(record: Record) -> views.PaymentsView:
    """How paying stands; the provider is asked once about a payment that is open still."""
    return views.payments(look_at_open(record, provider().once(), clock.now()))


def attach_file(request: Request, form: DocumentForm, record: Record) -> views.DocumentMade:
    """Where a file that is to be attached is sent to (S9)."""
    now, catalogue = clock.now(), catalogue_store.load()
    check_patients_side(record, catalogue, now)
    key, limits = request.idempotency_key, catalogue.clinic.limits
    return views.document_made(attach.attach(record.booking, form.upload(), key, limits, now))


def files(record: Record) -> views.DocumentsView:
    """What is attached (S9)."""
    check_patients_side(record, catalogue_store.load(), clock.now())
    return views.attached(documents_store.of_booking(record.booking.booking_id))


def link_to_file(request: Request, record: Record) -> views.DocumentLink:
    """Where the document of the path can be read for a few minutes."""
    now = clock.now()
    check_patients_side(record, catalogue_store.load(), now)
    document = documents_store.load(record.booking.booking_id, request.path["document"])
    return views.document_link(attach.hand_out(document, now))


def remove_file(request: Request, record: Record) -> None:
    """Remove the document of the path."""
    check_patients_side(record, catalogue_store.load(), clock.now())
    attach.detach(record.booking.booking_id, request.path["document"])


def calendar_file(record: Record) -> Answer:
    """The consultation as a file for the patient's calendar (iCalendar)."""
    now, catalogue = clock.now(), catalogue_store.load()
    check_patients_side(record, catalogue, now)
    name = {"Content-Disposition": f'attachment; filename="{calendar.FILE_NAME}"'}
    return Answer(200, download.for_patient(record, catalogue, now), CALENDAR, headers=name)
