"""The holder's requests for a doctor's call (S16)."""

from collections.abc import Sequence
from datetime import datetime

from teleconsult.api import callback_views
from teleconsult.api.forms import CallbackForm
from teleconsult.api.public.caller import check_patients_side, holder_of, own_record
from teleconsult.callbacks import asking, working
from teleconsult.callbacks import store as callbacks_store
from teleconsult.callbacks.model import Callback, CallbackResult, Words
from teleconsult.catalogue import rules as catalogue_rules
from teleconsult.catalogue import store as catalogue_store
from teleconsult.people import rules as people_rules
from teleconsult.people import store as people_store
from teleconsult.platform import clock
from teleconsult.platform.http import Access, Api, Request

api = Api()


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
    record, now, catalogue = own_record(request), clock.now(), catalogue_store.load()
    check_patients_side(record, catalogue, now)
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
    page = callbacks_store.of_holder(holder_of(request), cursor=request.query.get("cursor"))
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
    record, now = own_record(request), clock.now()
    check_patients_side(record, catalogue_store.load(), now)
    callback = working.close(
        callbacks_store.load(callbacks_store.Place(record.booking.booking_id, request.path["callback"])),
        CallbackResult.WITHDRAWN,
        None,
        by=record.booking.holder_id,
        request_id=request.request_id,
        now=now,
    )
    return callback_views.own(callback, callbacks_store.words([callback.callback_id])[callback.callback_id])


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
