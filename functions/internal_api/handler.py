"""What the clinic's staff call. Who did what is logged, with ids only."""

import re
from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsult.api import callback_views, consents_page, views
from teleconsult.api.forms import (
    AssigneeForm,
    CallAttemptForm,
    CallbackResultForm,
    OperatorBookingForm,
    OperatorCallbackForm,
    OperatorRefundForm,
    OutcomeForm,
)
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Booking, Door, Record
from teleconsult.callbacks import asking, queue, working
from teleconsult.callbacks import store as callbacks_store
from teleconsult.callbacks.asking import CallbackOpen
from teleconsult.callbacks.model import Callback
from teleconsult.catalogue import store as catalogue_store
from teleconsult.catalogue.text import NotJson
from teleconsult.consents.export import Consents, export
from teleconsult.consents.giving import Origin
from teleconsult.documents import store as documents_store
from teleconsult.intake.application import SlotTaken
from teleconsult.intake.attach import hand_out
from teleconsult.intake.book import book
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.outcomes.presence import at_appointed_time
from teleconsult.outcomes.saying import note_contact_attempt, say_outcome
from teleconsult.payments import refunding
from teleconsult.payments.installation import provider
from teleconsult.people import store as people_store
from teleconsult.platform import clock, ids
from teleconsult.platform.checks import refuse
from teleconsult.platform.errors import Conflict, Forbidden, NotFound
from teleconsult.platform.http import Access, Answer, Api, Malformed, Request
from teleconsult.platform.observability import logger
from teleconsult.receipts import store as receipts_store
from teleconsult.refunds import store as refunds_store

api = Api({SlotTaken: views.slot_taken, CallbackOpen: callback_views.callback_open})

_OPERATOR = "operator"
_DOCTOR = "doctor"
_ADMIN = "admin"

_LARGEST_CATALOGUE = 512 * 1024  # bytes


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event)


@api.operation(
    "PUT /internal/catalogue",
    answer=views.CatalogueVersion,
    access=Access.STAFF,
    groups=(_ADMIN,),
    headers=("If-Match",),
    largest_body=_LARGEST_CATALOGUE,
)
def load_catalogue(request: Request) -> views.CatalogueVersion:
    """Check a whole catalogue, and put it in the place of the one in force.

    With `If-Match: "<version>"`, only if that version is still the one in force.
    """
    from teleconsult.catalogue.document import (
        read_document,  # brings pydantic along, which no other call needs
    )

    seen = _version_seen(request)
    try:
        document = read_document(request.body)
    except NotJson:
        raise Malformed from None
    version = catalogue_store.replace(document, clock.now(), seen)
    _log(request, "catalogue loaded", version=version)
    return views.CatalogueVersion(version=version)


@api.operation(
    "GET /internal/catalogue", answer=views.CatalogueInForce, access=Access.STAFF, groups=(_ADMIN,)
)
def show_whole_catalogue(request: Request) -> views.CatalogueInForce:
    """The catalogue in force as it was loaded, and its version."""
    document, version = catalogue_store.load_document()
    _log(request, "catalogue read", version=version)
    return views.CatalogueInForce(version=version, document=document)


@api.operation(
    "POST /internal/bookings",
    form=OperatorBookingForm,
    answer=views.BookingMade,
    status=201,
    access=Access.STAFF,
    groups=(_OPERATOR,),
    creates=True,
    judges=True,
)
def book_by_phone(request: Request, form: OperatorBookingForm) -> views.BookingMade:
    """Book for somebody on the telephone: an SMS leads them to the cabinet, to consent and to pay."""
    record = book(
        form.application(request.faults),
        door=Door.OPERATOR,
        created_by=_staff(request),
        idempotency_key=request.idempotency_key,
        origin=Origin(ip=request.ip, user_agent=request.user_agent),
        now=clock.now(),
    )
    _log(request, "booked", booking_id=record.booking.booking_id)
    return views.made(record, with_capability=False)


@api.operation(
    "GET /internal/bookings/{booking}",
    answer=views.StaffBookingView,
    access=Access.STAFF,
    groups=(_OPERATOR, _DOCTOR),
)
def show_booking_to_staff(request: Request) -> views.StaffBookingView:
    """A booking with its people, evidence, payments and receipts; a doctor sees their own only."""
    record = _record(request)
    booking_id = record.booking.booking_id
    _log(request, "booking read", booking_id=booking_id)
    side = "doctor" if _is_doctor_of(request, record) else None
    people, receipts = people_store.load(booking_id), receipts_store.of_booking(booking_id)
    return views.staff_booking(record, people, receipts, side)


@api.operation(
    "GET /internal/bookings/{booking}/consents",
    answer=Consents,
    access=Access.STAFF,
    groups=(_OPERATOR, _ADMIN),
)
def show_consents(request: Request) -> Consents:
    """What was signed for a booking: documents, versions and hashes, by whom, when, from where."""
    return _consents(request)


@api.operation(
    "GET /internal/bookings/{booking}/consents/print",
    answer=None,
    access=Access.STAFF,
    groups=(_OPERATOR, _ADMIN),
)
def print_consents(request: Request) -> Answer:
    """The same as a page to print, with the texts that were signed."""
    return consents_page.page(_consents(request))


@api.operation(
    "POST /internal/bookings/{booking}/contact-attempts",
    answer=views.EvidenceView,
    status=201,
    access=Access.STAFF,
    groups=(_DOCTOR,),
    creates=True,
)
def log_contact_attempt(request: Request) -> views.EvidenceView:
    """The doctor tried to reach the patient at the appointed time, in vain."""
    booking, now = _record(request).booking, clock.now()
    if not at_appointed_time(booking, now):
        raise Conflict("not_at_appointed_time", "Попытки связи отмечаются в назначенное время консультации")
    attempt_id = ids.content_hash(request.idempotency_key)[:32]
    note_contact_attempt(booking.booking_id, attempt_id, _staff(request), now)
    _log(request, "contact attempt", booking_id=booking.booking_id)
    return views.evidence(bookings.load(booking.booking_id))


@api.operation(
    "POST /internal/bookings/{booking}/outcome",
    form=OutcomeForm,
    answer=views.EvidenceView,
    access=Access.STAFF,
    groups=(_OPERATOR, _DOCTOR),
)
def say_what_became(request: Request, form: OutcomeForm) -> views.EvidenceView:
    """The word of the doctor or an operator: held, or not and why. The first one stands."""
    record = say_outcome(_record(request), form.word(), _staff(request), clock.now())
    _log(request, "outcome said", booking_id=record.booking.booking_id, outcome=form.word())
    return views.evidence(record)


@api.operation(
    "GET /internal/bookings/{booking}/documents",
    answer=views.DocumentsView,
    access=Access.STAFF,
    groups=(_DOCTOR,),
)
def show_documents_to_doctor(request: Request) -> views.DocumentsView:
    """What is attached to one of the doctor's own bookings."""
    booking_id = _record_of_doctor(request).booking.booking_id
    _log(request, "documents read", booking_id=booking_id)
    return views.attached(documents_store.of_booking(booking_id))


@api.operation(
    "GET /internal/bookings/{booking}/documents/{document}",
    answer=views.DocumentLink,
    access=Access.STAFF,
    groups=(_DOCTOR,),
)
def show_document_to_doctor(request: Request) -> views.DocumentLink:
    """Where a document of one of the doctor's own bookings can be read for the next 5 minutes."""
    booking_id = _record_of_doctor(request).booking.booking_id
    document = documents_store.load(booking_id, request.path["document"])
    link = hand_out(document, clock.now())
    _log(request, "document read", booking_id=booking_id, document=document.document_id)
    return views.document_link(link)


@api.operation(
    "GET /internal/ledger/trial-balance",
    answer=ledger.TrialBalance,
    access=Access.STAFF,
    groups=(_OPERATOR, _ADMIN),
)
def show_trial_balance(request: Request) -> ledger.TrialBalance:
    """The sums of all accounts by kind; `total` is 0 when the books are right."""
    return ledger.trial_balance()


@api.operation(
    "GET /internal/holders/{holder}/balance",
    answer=views.BalanceView,
    access=Access.STAFF,
    groups=(_OPERATOR, _ADMIN),
)
def show_balance_of_holder(request: Request) -> views.BalanceView:
    """What is on a holder's balance, in kopecks."""
    holder_id = _known_holder(request)
    _log(request, "balance read", holder_id=holder_id)
    return views.balance(holder_id, ledger.available(ledger_rules.balance(holder_id)))


@api.operation(
    "POST /internal/holders/{holder}/refunds",
    form=OperatorRefundForm,
    answer=views.StaffRefundsView,
    status=201,
    access=Access.STAFF,
    groups=(_OPERATOR,),
    creates=True,
)
def refund_to_holder(request: Request, form: OperatorRefundForm) -> views.StaffRefundsView:
    """Have money of a holder's balance go back, by the way it was paid: one refund for each payment it came
    from.

    The provider is asked at once. What has no answer yet is `asked` or `pending`, and is gone on with.
    """
    holder_id, now = _known_holder(request), clock.now()
    asked = refunding.ask(
        holder_id,
        form.amount,
        asked_by=_staff(request),
        asked_for=form.asked_for(),
        idempotency_key=request.idempotency_key,
        now=now,
    )
    _log(request, "refund asked for", holder_id=holder_id, refunds=[each.refund_id for each in asked])
    return views.staff_refunds(refunding.carry_out_at_once(asked, provider(), now))


@api.operation(
    "GET /internal/holders/{holder}/refunds",
    answer=views.StaffRefundsView,
    access=Access.STAFF,
    groups=(_OPERATOR, _ADMIN),
    query=("cursor",),
)
def show_refunds_of_holder(request: Request) -> views.StaffRefundsView:
    """A holder's refunds, newest first; `next` is the cursor of the next page."""
    holder_id = _known_holder(request)
    page = refunds_store.of_holder(holder_id, cursor=request.query.get("cursor"))
    _log(request, "refunds read", holder_id=holder_id)
    return views.staff_refunds(page.refunds, page.next)


@api.operation(
    "POST /internal/bookings/{booking}/callbacks",
    form=OperatorCallbackForm,
    answer=callback_views.CallbackStateView,
    status=201,
    access=Access.STAFF,
    groups=(_OPERATOR,),
    creates=True,
)
def ask_for_callback_by_phone(
    request: Request, form: OperatorCallbackForm
) -> callback_views.CallbackStateView:
    """Ask for the doctor's call in a patient's name (S16). One request of a booking is open at a time."""
    booking, now = _record(request).booking, clock.now()
    why = form.reason(now)
    question, not_before = form.asked(now)
    callback = asking.by_operator(
        booking,
        question,
        not_before,
        why=why,
        asked_by=_staff(request),
        clinic=catalogue_store.load().clinic,
        idempotency_key=request.idempotency_key,
        request_id=request.request_id,
        now=now,
    )
    _log(request, "callback asked for", booking_id=booking.booking_id, callback=callback.callback_id)
    return callback_views.state(callback, booking, now)


@api.operation(
    "GET /internal/callbacks",
    answer=callback_views.StaffCallbacksView,
    access=Access.STAFF,
    groups=(_OPERATOR, _DOCTOR),
    query=("assignee", "cursor"),
)
def show_callbacks(request: Request) -> callback_views.StaffCallbacksView:
    """The requests for a doctor's call that are open, the longest due first: to a doctor those of their own
    bookings, or assigned to them."""
    mine, now = request.query.get("assignee"), clock.now()
    if mine not in (None, "me"):
        refuse("assignee", "assignee", "Можно указать только me")

    def may_see(callback: Callback, booking: Booking) -> bool:
        return _may_call(request, callback, booking) and (not mine or callback.assignee == _staff(request))

    opened = queue.waiting(
        may_see, request.query.get("cursor"), by=_staff(request), request_id=request.request_id, now=now
    )
    _log(request, "callbacks read", callbacks=[each.callback_id for each in opened.callbacks])
    return _callbacks(opened, now)


@api.operation(
    "GET /internal/bookings/{booking}/callbacks",
    answer=callback_views.StaffCallbacksView,
    access=Access.STAFF,
    groups=(_OPERATOR, _DOCTOR),
)
def show_callbacks_of_booking(request: Request) -> callback_views.StaffCallbacksView:
    """All requests for a doctor's call about a booking, with what came of them, the earliest first."""
    booking, now = bookings.load(request.path["booking"]).booking, clock.now()

    def may_see(callback: Callback, booking: Booking) -> bool:
        return _may_call(request, callback, booking)

    opened = queue.of_booking(booking, may_see, by=_staff(request), request_id=request.request_id, now=now)
    if not opened.callbacks:
        _record(request)  # another doctor's booking does not exist
    _log(request, "callbacks read", callbacks=[each.callback_id for each in opened.callbacks])
    return _callbacks(opened, now)


@api.operation(
    "POST /internal/bookings/{booking}/callbacks/{callback}/assignee",
    form=AssigneeForm,
    answer=callback_views.CallbackStateView,
    access=Access.STAFF,
    groups=(_OPERATOR, _DOCTOR),
)
def assign_callback(request: Request, form: AssigneeForm) -> callback_views.CallbackStateView:
    """Say who is to call. A doctor says it of themselves only."""
    callback, booking, now = *_callback(request), clock.now()
    by = _staff(request)
    assignee = form.staff(by)
    if _OPERATOR not in request.groups and (
        assignee not in (None, by) or callback.assignee not in (None, by)
    ):
        raise Forbidden
    changed = working.assign(callback, assignee, form.version, by=by, request_id=request.request_id, now=now)
    _log(request, "callback assigned", callback=callback.callback_id, assignee=assignee)
    return callback_views.state(changed, booking, now)


@api.operation(
    "POST /internal/bookings/{booking}/callbacks/{callback}/attempts",
    form=CallAttemptForm,
    answer=callback_views.CallbackStateView,
    status=201,
    access=Access.STAFF,
    groups=(_OPERATOR, _DOCTOR),
    creates=True,
)
def log_call_attempt(request: Request, form: CallAttemptForm) -> callback_views.CallbackStateView:
    """Somebody tried to call."""
    callback, booking, now = *_callback(request), clock.now()
    by = _staff(request)
    attempt_id = "a" + ids.content_hash([by, request.idempotency_key])[:31]
    changed = working.note_attempt(
        callback, attempt_id, form.ended(), by=by, request_id=request.request_id, now=now
    )
    _log(request, "call attempted", callback=callback.callback_id, result=form.result)
    return callback_views.state(changed, booking, now)


@api.operation(
    "POST /internal/bookings/{booking}/callbacks/{callback}/result",
    form=CallbackResultForm,
    answer=callback_views.CallbackStateView,
    access=Access.STAFF,
    groups=(_OPERATOR, _DOCTOR),
)
def close_callback(request: Request, form: CallbackResultForm) -> callback_views.CallbackStateView:
    """Say what came of a request, with a note: it leaves the queue."""
    callback, booking, now = *_callback(request), clock.now()
    result, note = form.ended()
    changed = working.close(
        callback,
        result,
        note,
        by=_staff(request),
        request_id=request.request_id,
        now=now,
        seen=form.version,
    )
    _log(request, "callback closed", callback=callback.callback_id, result=result)
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
    return _OPERATOR in request.groups or own == booking.doctor_id or callback.assignee == _staff(request)


def _callbacks(opened: queue.Opened, now: datetime) -> callback_views.StaffCallbacksView:
    return callback_views.for_staff(
        opened.callbacks, opened.bookings, opened.people, opened.words, now, opened.next
    )


def _version_seen(request: Request) -> int | None:
    """The version of the catalogue that the caller has changed; None: whatever is in force."""
    condition = request.headers.get("if-match")
    if condition is None:
        return None
    version = re.fullmatch(r'"([0-9]{1,9})"', condition.strip())
    return int(version[1]) if version else refuse("If-Match", "version", 'Нужна версия в кавычках: "5"')


def _known_holder(request: Request) -> str:
    """The holder of the path: whoever has a balance that was ever used, or a booking."""
    holder_id = request.path["holder"]
    used = ledger.load(ledger_rules.balance(holder_id)).version
    if not used and not bookings.latest_of_holder(holder_id, limit=1):
        raise NotFound("Такого лицевого счёта нет")
    return holder_id


def _consents(request: Request) -> Consents:
    booking = bookings.load(request.path["booking"]).booking
    _log(request, "consents read", booking_id=booking.booking_id)
    return export(booking, clock.now())


def _record(request: Request) -> Record:
    """The booking of the path; to a doctor another doctor's booking does not exist."""
    record = bookings.load(request.path["booking"])
    if _OPERATOR in request.groups or _is_doctor_of(request, record):
        return record
    raise NotFound("Запись не найдена")


def _record_of_doctor(request: Request) -> Record:
    """The doctor's own booking: to everybody else on the staff it does not exist."""
    record = bookings.load(request.path["booking"])
    if not _is_doctor_of(request, record):
        raise NotFound("Запись не найдена")
    return record


def _is_doctor_of(request: Request, record: Record) -> bool:
    own = request.claims.get("custom:doctor_id")
    return _DOCTOR in request.groups and own == record.booking.doctor_id


def _staff(request: Request) -> str:
    return f"staff:{request.claims['sub']}"


def _log(request: Request, action: str, **ids_only: Any) -> None:
    logger.info(action, by=_staff(request), **ids_only)
