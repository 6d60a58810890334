"""Requests for a doctor's call (S16), as the staff see to them."""

from datetime import datetime

from teleconsult.api import callback_views
from teleconsult.api.forms import AssigneeForm, CallAttemptForm, CallbackResultForm, OperatorCallbackForm
from teleconsult.api.internal.caller import DOCTOR, OPERATOR, log, record_of, staff_of
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Booking
from teleconsult.callbacks import asking, queue, working
from teleconsult.callbacks import store as callbacks_store
from teleconsult.callbacks.model import Callback
from teleconsult.catalogue import store as catalogue_store
from teleconsult.platform import clock, ids
from teleconsult.platform.checks import refuse
from teleconsult.platform.errors import Forbidden, NotFound
from teleconsult.platform.http import Access, Api, Request

api = Api()


@api.operation(
    "POST /internal/bookings/{booking}/callbacks",
    form=OperatorCallbackForm,
    answer=callback_views.CallbackStateView,
    status=201,
    access=Access.STAFF,
    groups=(OPERATOR,),
    creates=True,
)
def ask_for_callback_by_phone(
    request: Request, form: OperatorCallbackForm
) -> callback_views.CallbackStateView:
    """Ask for the doctor's call in a patient's name (S16). One request of a booking is open at a time."""
    booking, now = record_of(request).booking, clock.now()
    why = form.reason(now)
    question, not_before = form.asked(now)
    callback = asking.by_operator(
        booking,
        question,
        not_before,
        why=why,
        asked_by=staff_of(request),
        clinic=catalogue_store.load().clinic,
        idempotency_key=request.idempotency_key,
        request_id=request.request_id,
        now=now,
    )
    log(request, "callback asked for", booking_id=booking.booking_id, callback=callback.callback_id)
    return callback_views.state(callback, booking, now)


@api.operation(
    "GET /internal/callbacks",
    answer=callback_views.StaffCallbacksView,
    access=Access.STAFF,
    groups=(OPERATOR, DOCTOR),
    query=("assignee", "cursor"),
)
def show_callbacks(request: Request) -> callback_views.StaffCallbacksView:
    """The requests for a doctor's call that are open, the longest due first: to a doctor those of their own
    bookings, or assigned to them."""
    mine, now = request.query.get("assignee"), clock.now()
    if mine not in (None, "me"):
        refuse("assignee", "assignee", "Можно указать только me")

    def may_see(callback: Callback, booking: Booking) -> bool:
        return _may_call(request, callback, booking) and (not mine or callback.assignee == staff_of(request))

    opened = queue.waiting(
        may_see, request.query.get("cursor"), by=staff_of(request), request_id=request.request_id, now=now
    )
    log(request, "callbacks read", callbacks=[each.callback_id for each in opened.callbacks])
    return _callbacks(opened, now)


@api.operation(
    "GET /internal/bookings/{booking}/callbacks",
    answer=callback_views.StaffCallbacksView,
    access=Access.STAFF,
    groups=(OPERATOR, DOCTOR),
)
def show_callbacks_of_booking(request: Request) -> callback_views.StaffCallbacksView:
    """All requests for a doctor's call about a booking, with what came of them, the earliest first."""
    booking, now = bookings.load(request.path["booking"]).booking, clock.now()

    def may_see(callback: Callback, booking: Booking) -> bool:
        return _may_call(request, callback, booking)

    opened = queue.of_booking(booking, may_see, by=staff_of(request), request_id=request.request_id, now=now)
    if not opened.callbacks:
        record_of(request)  # another doctor's booking does not exist
    log(request, "callbacks read", callbacks=[each.callback_id for each in opened.callbacks])
    return _callbacks(opened, now)


@api.operation(
    "POST /internal/bookings/{booking}/callbacks/{callback}/assignee",
    form=AssigneeForm,
    answer=callback_views.CallbackStateView,
    access=Access.STAFF,
    groups=(OPERATOR, DOCTOR),
)
def assign_callback(request: Request, form: AssigneeForm) -> callback_views.CallbackStateView:
    """Say who is to call. A doctor says it of themselves only."""
    callback, booking, now = *_callback(request), clock.now()
    by = staff_of(request)
    assignee = form.staff(by)
    if OPERATOR not in request.groups and (assignee not in (None, by) or callback.assignee not in (None, by)):
        raise Forbidden
    changed = working.assign(callback, assignee, form.version, by=by, request_id=request.request_id, now=now)
    log(request, "callback assigned", callback=callback.callback_id, assignee=assignee)
    return callback_views.state(changed, booking, now)


@api.operation(
    "POST /internal/bookings/{booking}/callbacks/{callback}/attempts",
    form=CallAttemptForm,
    answer=callback_views.CallbackStateView,
    status=201,
    access=Access.STAFF,
    groups=(OPERATOR, DOCTOR),
    creates=True,
)
def log_call_attempt(request: Request, form: CallAttemptForm) -> callback_views.CallbackStateView:
    """Somebody tried to call."""
    callback, booking, now = *_callback(request), clock.now()
    by = staff_of(request)
    attempt_id = "a" + ids.content_hash([by, request.idempotency_key])[:31]
    changed = working.note_attempt(
        callback, attempt_id, form.ended(), by=by, request_id=request.request_id, now=now
    )
    log(request, "call attempted", callback=callback.callback_id, result=form.result)
    return callback_views.state(changed, booking, now)


@api.operation(
    "POST /internal/bookings/{booking}/callbacks/{callback}/result",
    form=CallbackResultForm,
    answer=callback_views.CallbackStateView,
    access=Access.STAFF,
    groups=(OPERATOR, DOCTOR),
)
def close_callback(request: Request, form: CallbackResultForm) -> callback_views.CallbackStateView:
    """Say what came of a request, with a note: it leaves the queue."""
    callback, booking, now = *_callback(request), clock.now()
    result, note = form.ended()
    changed = working.close(
        callback,
        result,
        note,
        by=staff_of(request),
        request_id=request.request_id,
        now=now,
        seen=form.version,
    )
    log(request, "callback closed", callback=callback.callback_id, result=result)
    return callback_views.state(changed, booking, now)


def _callback(request: Request) -> tuple[Callback, Booking]:
    """The request of the path and its booking; to a doctor what is neither theirs nor assigned to them does
    not exist."""
    booking = bookings.load(request.path["booking"]).booking
    callback = callbacks_store.load(callbacks_store.Place(booking.booking_id, request.path["callback"]))
    if not _may_call(request, callback, booking):
        raise NotFound("Заявка не найдена")
    return callback, booking


def _may_call(request: Request, callback: Callback, booking: Booking) -> bool:
    """An operator may see to all; a doctor to those of own bookings, and to what is assigned to them."""
    own = request.claims.get("custom:doctor_id")
    return OPERATOR in request.groups or own == booking.doctor_id or callback.assignee == staff_of(request)


def _callbacks(opened: queue.Opened, now: datetime) -> callback_views.StaffCallbacksView:
    return callback_views.for_staff(
        opened.callbacks, opened.bookings, opened.people, opened.words, now, opened.next
    )
