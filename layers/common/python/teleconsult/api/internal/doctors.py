"""The doctor's own day, and the documents of their own bookings."""

from teleconsult.api import day_views, views
from teleconsult.api.internal.caller import DOCTOR, entry_of, is_doctor_of, log
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Record
from teleconsult.catalogue import rules as catalogue_rules
from teleconsult.catalogue import store as catalogue_store
from teleconsult.doctors import rules as day_rules
from teleconsult.doctors.day import day_of
from teleconsult.doctors.model import Consultation
from teleconsult.documents import store as documents_store
from teleconsult.intake.attach import hand_out
from teleconsult.platform import clock
from teleconsult.platform.errors import Forbidden, NotFound
from teleconsult.platform.http import Access, Api, Request
from teleconsult.trail import store as trail
from teleconsult.trail.model import Entry

api = Api()


@api.operation(
    "GET /internal/doctors/me/day",
    answer=day_views.DayView,
    access=Access.STAFF,
    groups=(DOCTOR,),
    query=("day",),
)
def show_day_of_doctor(request: Request) -> day_views.DayView:
    """The doctor's own paid consultations of one of the clinic's days; today, if none is named."""
    catalogue = catalogue_store.load()
    today = catalogue_rules.consultation_day(catalogue, clock.now())
    day = day_rules.asked_day(request.query.get("day"), today)
    doctor_id = request.claims.get("custom:doctor_id")
    if not doctor_id:
        raise Forbidden
    shown = day_of(doctor_id, day, catalogue)
    trail.enter_readings(_reading(request, each) for each in shown.consultations)
    log(request, "day read", day=day.isoformat(), consultations=len(shown.consultations))
    return day_views.day(shown)


@api.operation(
    "GET /internal/bookings/{booking}/documents",
    answer=views.DocumentsView,
    access=Access.STAFF,
    groups=(DOCTOR,),
)
def show_documents_to_doctor(request: Request) -> views.DocumentsView:
    """What is attached to one of the doctor's own bookings."""
    booking_id = _record_of_doctor(request).booking.booking_id
    trail.enter(entry_of(request, booking_id, "documents_read"))
    log(request, "documents read", booking_id=booking_id)
    return views.attached(documents_store.of_booking(booking_id))


@api.operation(
    "GET /internal/bookings/{booking}/documents/{document}",
    answer=views.DocumentLink,
    access=Access.STAFF,
    groups=(DOCTOR,),
)
def show_document_to_doctor(request: Request) -> views.DocumentLink:
    """Where a document of one of the doctor's own bookings can be read for the next 5 minutes."""
    booking_id = _record_of_doctor(request).booking.booking_id
    document = documents_store.load(booking_id, request.path["document"])
    link = hand_out(document, clock.now())
    trail.enter(entry_of(request, booking_id, "document_read", document=document.document_id))
    log(request, "document read", booking_id=booking_id, document=document.document_id)
    return views.document_link(link)


def _reading(request: Request, each: Consultation) -> Entry:
    """That a consultation was read, and which earlier ones with it."""
    earlier = " ".join(before.booking.booking_id for before in each.earlier)
    about = {"earlier": earlier} if earlier else {}
    return entry_of(request, each.record.booking.booking_id, "day_read", **about)


def _record_of_doctor(request: Request) -> Record:
    """The doctor's own booking: to everybody else on the staff it does not exist."""
    record = bookings.load(request.path["booking"])
    if not is_doctor_of(request, record):
        raise NotFound("Запись не найдена")
    return record
