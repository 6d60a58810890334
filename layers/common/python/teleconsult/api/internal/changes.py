"""What operators change: a booking's time, its hold, a doctor's whole day, an outcome that is final."""

import time
from datetime import timedelta

from teleconsult.api import changes_views, views
from teleconsult.api.forms import ClearingForm, CorrectionForm, HoldForm, StaffCancelForm, StaffMoveForm
from teleconsult.api.internal.caller import OPERATOR, entry_of, log, record_of, staff_of
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Side
from teleconsult.catalogue import store as catalogue_store
from teleconsult.catalogue.model import Timing
from teleconsult.changes.cancelling import cancel
from teleconsult.changes.clearing import clear_day
from teleconsult.changes.holding import hold_longer
from teleconsult.changes.model import Asked
from teleconsult.changes.moving import move, wish
from teleconsult.outcomes.correcting import correct
from teleconsult.people import store as people_store
from teleconsult.people.rules import calendar_date
from teleconsult.platform import clock, ids
from teleconsult.platform.http import Access, Api, Request
from teleconsult.receipts import rules as receipt_rules
from teleconsult.receipts import store as receipts_store
from teleconsult.trail import store as trail

api = Api()

_CLEARING_SECONDS = 20  # of the 29 that the function has: whatever was begun is ended


@api.operation(
    "POST /internal/bookings/{booking}/cancellation",
    form=StaffCancelForm,
    answer=views.BookingView,
    access=Access.STAFF,
    groups=(OPERATOR,),
)
def cancel_booking(request: Request, form: StaffCancelForm) -> views.BookingView:
    """Cancel somebody's booking before its time. What was paid is on the holder's balance."""
    record = cancel(record_of(request), _asked(request, form.side(), form.why), clock.now())
    log(request, "cancelled", booking_id=record.booking.booking_id, side=form.by)
    return views.booking(record, side=None)


@api.operation(
    "POST /internal/bookings/{booking}/slot",
    form=StaffMoveForm,
    answer=views.BookingView,
    access=Access.STAFF,
    groups=(OPERATOR,),
    creates=True,
    judges=True,
)
def move_booking(request: Request, form: StaffMoveForm) -> views.BookingView:
    """Give somebody's booking another time before its old one: payment and price stay as they are."""
    wished = wish(form.doctor, form.start, request.idempotency_key, request.faults)
    asked = _asked(request, form.side(), form.why)
    record = move(record_of(request), wished, asked, clock.now())
    log(request, "moved", booking_id=record.booking.booking_id, moves=record.booking.moves)
    return views.booking(record, side=None)


@api.operation(
    "POST /internal/bookings/{booking}/hold",
    form=HoldForm,
    answer=views.BookingView,
    access=Access.STAFF,
    groups=(OPERATOR,),
)
def hold_booking_longer(request: Request, form: HoldForm) -> views.BookingView:
    """Hold an unpaid booking's time for longer."""
    now = clock.now()
    until, path = form.end(now)
    record = hold_longer(record_of(request), until, _asked(request, Side.CLINIC, form.why), now, path)
    log(request, "hold extended", booking_id=record.booking.booking_id)
    return views.booking(record, side=None)


@api.operation(
    "POST /internal/doctors/{doctor}/days/{day}/clearing",
    form=ClearingForm,
    answer=changes_views.ClearedView,
    access=Access.STAFF,
    groups=(OPERATOR,),
)
def clear_doctors_day(request: Request, form: ClearingForm) -> changes_views.ClearedView:
    """A doctor falls ill: one of the clinic's days is closed, its bookings are moved or cancelled.

    What there was no time for is `left`: the same again, with `after`, carries on.
    """
    started = time.monotonic()
    doctor_id, day = request.path["doctor"], request.path["day"]
    cleared = clear_day(
        doctor_id,
        calendar_date(day, "day"),
        form.clearing(),
        _asked(request, Side.CLINIC, form.why),
        clock.now(),
        has_time=lambda: time.monotonic() - started < _CLEARING_SECONDS,
        after=form.begin_after(),
        limit=form.limit,
    )
    log(request, "day cleared", doctor_id=doctor_id, dealt=len(cleared.dealt), left=cleared.left)
    return changes_views.cleared(doctor_id, day, cleared)


@api.operation(
    "POST /internal/bookings/{booking}/corrections",
    form=CorrectionForm,
    answer=views.StaffBookingView,
    status=201,
    access=Access.STAFF,
    groups=(OPERATOR,),
    creates=True,
)
def correct_outcome(request: Request, form: CorrectionForm) -> views.StaffBookingView:
    """Correct a final outcome, within the clinic's days for it: its money goes the opposite way."""
    record, word, now = bookings.load(request.path["booking"]), form.word(), clock.now()
    booking = record.booking
    receipts = receipts_store.of_booking(booking.booking_id)
    number = booking.corrections + 1
    entry = entry_of(request, booking.booking_id, "corrected", why=form.why, outcome=word, correction=number)
    record = correct(
        record,
        word,
        request_id=ids.content_hash([staff_of(request), request.idempotency_key])[:32],
        by=staff_of(request),
        now=now,
        within=timedelta(days=_timing(booking.doctor_id).correction_days),
        receipt_made=any(receipt_rules.says_held(each) for each in receipts),
        also=[trail.entered(entry)],
    )
    log(request, "outcome corrected", booking_id=booking.booking_id, outcome=word)
    return views.staff_booking(record, people_store.load(booking.booking_id), receipts, side=None)


def _asked(request: Request, side: Side, why: str) -> Asked:
    return Asked(side=side, by=staff_of(request), request_id=request.request_id, why=why)


def _timing(doctor_id: str) -> Timing:
    """The doctor's own settings of time; of one who has left the catalogue, the clinic's."""
    catalogue = catalogue_store.load()
    doctor = catalogue.doctors.get(doctor_id)
    return doctor.timing if doctor else catalogue.clinic.timing
