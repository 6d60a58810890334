"""What the clinic's staff call. Who did what is logged, with ids only."""

import re
import time
from datetime import datetime, timedelta
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsult.api import (
    callback_views,
    changes_views,
    consents_page,
    day_views,
    desk_views,
    figures_views,
    views,
)
from teleconsult.api.forms import (
    AssigneeForm,
    BookingSearchForm,
    CallAttemptForm,
    CallbackResultForm,
    CallerForm,
    ClearingForm,
    ContactAttemptForm,
    CorrectionForm,
    DeskPaymentForm,
    HoldForm,
    LinkForm,
    OperatorBookingForm,
    OperatorCallbackForm,
    OperatorRefundForm,
    OutcomeForm,
    PayoutForm,
    StaffCancelForm,
    StaffMoveForm,
    WhyForm,
)
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Booking, Door, Record, Side
from teleconsult.callbacks import asking, queue, working
from teleconsult.callbacks import store as callbacks_store
from teleconsult.callbacks.asking import CallbackOpen
from teleconsult.callbacks.model import Callback
from teleconsult.catalogue import rules as catalogue_rules
from teleconsult.catalogue import store as catalogue_store
from teleconsult.catalogue.model import Timing
from teleconsult.catalogue.text import NotJson
from teleconsult.changes.cancelling import cancel
from teleconsult.changes.clearing import clear_day
from teleconsult.changes.holding import hold_longer
from teleconsult.changes.model import Asked
from teleconsult.changes.moving import move, wish
from teleconsult.consents.export import Consents, export
from teleconsult.consents.giving import Origin
from teleconsult.desk import history, links, search, work
from teleconsult.doctors import rules as day_rules
from teleconsult.doctors.day import day_of
from teleconsult.documents import store as documents_store
from teleconsult.figures import rules as figures_rules
from teleconsult.figures import store as figures_store
from teleconsult.intake.application import SlotTaken
from teleconsult.intake.attach import hand_out
from teleconsult.intake.book import book
from teleconsult.intake.returning import people_of_holder
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.notices import outbox
from teleconsult.notices.retrying import send_again
from teleconsult.outcomes import notes
from teleconsult.outcomes.correcting import correct
from teleconsult.outcomes.presence import at_appointed_time
from teleconsult.outcomes.saying import note_contact_attempt, say_outcome
from teleconsult.payments import refunding
from teleconsult.payments.installation import provider
from teleconsult.payments.paying import take_at_desk
from teleconsult.people import store as people_store
from teleconsult.people.rules import calendar_date
from teleconsult.platform import clock, ids, settings
from teleconsult.platform.checks import refuse
from teleconsult.platform.dynamo import Write
from teleconsult.platform.errors import Conflict, Forbidden, NotFound
from teleconsult.platform.http import Access, Answer, Api, Malformed, Request
from teleconsult.platform.observability import logger
from teleconsult.receipts import rules as receipt_rules
from teleconsult.receipts import store as receipts_store
from teleconsult.refunds import store as refunds_store
from teleconsult.refunds.model import Refund
from teleconsult.trail import store as trail
from teleconsult.trail.model import Entry

api = Api({SlotTaken: views.slot_taken, CallbackOpen: callback_views.callback_open})

_OPERATOR = "operator"
_DOCTOR = "doctor"
_ADMIN = "admin"

_LARGEST_CATALOGUE = 512 * 1024  # bytes
_CLEARING_SECONDS = 20  # of the 29 that the function has: whatever was begun is ended


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
    now = clock.now()

    def entered(version: int) -> list[Write]:
        return [trail.entered(_entry(request, "catalogue", "catalogue_loaded", version=version))]

    version = catalogue_store.replace(document, now, seen, entered)
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
        entry_id=request.request_id,
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
    trail.enter(_entry(request, booking_id, "booking_read"))
    _log(request, "booking read", booking_id=booking_id)
    people, receipts = people_store.load(booking_id), receipts_store.of_booking(booking_id)
    if not _is_doctor_of(request, record):
        return views.staff_booking(record, people, receipts, side=None)
    own = notes.load_many([booking_id], record.booking.doctor_id).get(booking_id)
    return views.staff_booking(record, people, receipts, "doctor", own.text if own else None)


@api.operation(
    "GET /internal/bookings/{booking}/consents",
    answer=Consents,
    access=Access.STAFF,
    groups=(_OPERATOR, _ADMIN),
)
def show_consents(request: Request) -> Consents:
    """What was signed for a booking: documents, versions and hashes, by whom, when, from where."""
    return _consents(request, "consents_read")


@api.operation(
    "GET /internal/bookings/{booking}/consents/print",
    answer=None,
    access=Access.STAFF,
    groups=(_OPERATOR, _ADMIN),
)
def print_consents(request: Request) -> Answer:
    """The same as a page to print, with the texts that were signed."""
    return consents_page.page(_consents(request, "consents_printed"))


@api.operation(
    "POST /internal/bookings/{booking}/contact-attempts",
    form=ContactAttemptForm,
    answer=views.EvidenceView,
    status=201,
    access=Access.STAFF,
    groups=(_DOCTOR,),
    creates=True,
)
def log_contact_attempt(request: Request, form: ContactAttemptForm) -> views.EvidenceView:
    """The doctor tried to reach the patient at the appointed time, in vain: «не отвечает»."""
    booking, now = _record(request).booking, clock.now()
    if not at_appointed_time(booking, now):
        raise Conflict("not_at_appointed_time", "Попытки связи отмечаются в назначенное время консультации")
    attempt_id = ids.content_hash(request.idempotency_key)[:32]
    note_contact_attempt(booking, attempt_id, _staff(request), form.ended(), now)
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
    """The word of the doctor or an operator: held, or not and why. The first one stands.

    The doctor's note is written once, and shown to that doctor alone.
    """
    record, word, now = _record(request), form.word(), clock.now()
    note = _note(request, record, form, now)
    also = []
    if form.why or note:  # the word itself says who and when, see `desk.history`
        action = "note_written" if note else "outcome_explained"
        also.append(trail.entered(_entry(request, record.booking.booking_id, action, why=form.why)))
    record = say_outcome(record, word, _staff(request), now, note=note, also=also)
    _log(request, "outcome said", booking_id=record.booking.booking_id, outcome=form.word())
    return views.evidence(record)


@api.operation(
    "POST /internal/bookings/{booking}/cancellation",
    form=StaffCancelForm,
    answer=views.BookingView,
    access=Access.STAFF,
    groups=(_OPERATOR,),
)
def cancel_booking(request: Request, form: StaffCancelForm) -> views.BookingView:
    """Cancel somebody's booking before its time. What was paid is on the holder's balance."""
    record = cancel(_record(request), _asked(request, form.side(), form.why), clock.now())
    _log(request, "cancelled", booking_id=record.booking.booking_id, side=form.by)
    return views.booking(record, side=None)


@api.operation(
    "POST /internal/bookings/{booking}/slot",
    form=StaffMoveForm,
    answer=views.BookingView,
    access=Access.STAFF,
    groups=(_OPERATOR,),
    creates=True,
    judges=True,
)
def move_booking(request: Request, form: StaffMoveForm) -> views.BookingView:
    """Give somebody's booking another time before its old one: payment and price stay as they are."""
    wished = wish(form.doctor, form.start, request.idempotency_key, request.faults)
    asked = _asked(request, form.side(), form.why)
    record = move(_record(request), wished, asked, clock.now())
    _log(request, "moved", booking_id=record.booking.booking_id, moves=record.booking.moves)
    return views.booking(record, side=None)


@api.operation(
    "POST /internal/bookings/{booking}/hold",
    form=HoldForm,
    answer=views.BookingView,
    access=Access.STAFF,
    groups=(_OPERATOR,),
)
def hold_booking_longer(request: Request, form: HoldForm) -> views.BookingView:
    """Hold an unpaid booking's time for longer."""
    now = clock.now()
    until, path = form.end(now)
    record = hold_longer(_record(request), until, _asked(request, Side.CLINIC, form.why), now, path)
    _log(request, "hold extended", booking_id=record.booking.booking_id)
    return views.booking(record, side=None)


@api.operation(
    "POST /internal/doctors/{doctor}/days/{day}/clearing",
    form=ClearingForm,
    answer=changes_views.ClearedView,
    access=Access.STAFF,
    groups=(_OPERATOR,),
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
    _log(request, "day cleared", doctor_id=doctor_id, dealt=len(cleared.dealt), left=cleared.left)
    return changes_views.cleared(doctor_id, day, cleared)


@api.operation(
    "POST /internal/bookings/{booking}/corrections",
    form=CorrectionForm,
    answer=views.StaffBookingView,
    status=201,
    access=Access.STAFF,
    groups=(_OPERATOR,),
    creates=True,
)
def correct_outcome(request: Request, form: CorrectionForm) -> views.StaffBookingView:
    """Correct a final outcome, within the clinic's days for it: its money goes the opposite way."""
    record, word, now = bookings.load(request.path["booking"]), form.word(), clock.now()
    booking = record.booking
    receipts = receipts_store.of_booking(booking.booking_id)
    number = booking.corrections + 1
    entry = _entry(request, booking.booking_id, "corrected", why=form.why, outcome=word, correction=number)
    record = correct(
        record,
        word,
        request_id=ids.content_hash([_staff(request), request.idempotency_key])[:32],
        by=_staff(request),
        now=now,
        within=timedelta(days=_timing(booking.doctor_id).correction_days),
        receipt_made=any(receipt_rules.says_held(each) for each in receipts),
        also=[trail.entered(entry)],
    )
    _log(request, "outcome corrected", booking_id=booking.booking_id, outcome=word)
    return views.staff_booking(record, people_store.load(booking.booking_id), receipts, side=None)


@api.operation(
    "GET /internal/doctors/me/day",
    answer=day_views.DayView,
    access=Access.STAFF,
    groups=(_DOCTOR,),
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
    for each in shown.consultations:
        earlier = " ".join(before.booking.booking_id for before in each.earlier)
        about = {"earlier": earlier} if earlier else {}
        trail.enter(_entry(request, each.record.booking.booking_id, "day_read", **about))
    _log(request, "day read", day=day.isoformat(), consultations=len(shown.consultations))
    return day_views.day(shown)


@api.operation(
    "GET /internal/bookings/{booking}/documents",
    answer=views.DocumentsView,
    access=Access.STAFF,
    groups=(_DOCTOR,),
)
def show_documents_to_doctor(request: Request) -> views.DocumentsView:
    """What is attached to one of the doctor's own bookings."""
    booking_id = _record_of_doctor(request).booking.booking_id
    trail.enter(_entry(request, booking_id, "documents_read"))
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
    trail.enter(_entry(request, booking_id, "document_read", document=document.document_id))
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
    "GET /internal/figures",
    answer=figures_views.FiguresView,
    access=Access.STAFF,
    groups=(_OPERATOR, _ADMIN),
    query=("from", "to"),
)
def show_figures(request: Request) -> figures_views.FiguresView:
    """Bookings by state, the funnel, no-shows and money of at most 366 days, as they were last counted."""
    first, last = figures_rules.asked_days(request.query.get("from"), request.query.get("to"))
    _log(request, "figures read", first=first.isoformat(), last=last.isoformat())
    return figures_views.figures(first, last, figures_store.between(first, last))


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
    request_id = ids.refund_request_id(settings.pepper(), holder_id, _staff(request), request.idempotency_key)
    entry = _entry(request, holder_id, "refund_asked", why=form.reason, refund=request_id)
    asked = refunding.ask(
        holder_id,
        form.amount,
        asked_by=_staff(request),
        asked_for=form.asked_for(),
        idempotency_key=request.idempotency_key,
        now=now,
        also=[trail.entered(entry)],
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
    "POST /internal/bookings/search",
    form=BookingSearchForm,
    answer=desk_views.FoundBookingsView,
    access=Access.STAFF,
    groups=(_OPERATOR,),
)
def find_bookings(request: Request, form: BookingSearchForm) -> desk_views.FoundBookingsView:
    """Bookings by the holder's phone, by the beginning of the patient's or holder's name, or by contract.

    What is searched for is in the body, since an address is kept in histories and logs.
    """
    match form.sought():
        case "phone", phone:
            page = search.by_phone(phone, form.cursor)
        case "name", name:
            page = search.by_name(name, form.cursor)
        case _, contract:
            page = search.by_contract(contract)
    by = form.sought()[0]
    trail.enter(_entry(request, _staff(request), "bookings_searched", by=by, found=len(page.found)))
    _log(request, "bookings searched", kind=by, found=len(page.found))
    return desk_views.found(page)


@api.operation(
    "POST /internal/holders/search",
    form=CallerForm,
    answer=desk_views.CallerView,
    access=Access.STAFF,
    groups=(_OPERATOR,),
)
def find_caller(request: Request, form: CallerForm) -> desk_views.CallerView:
    """A caller who is known, by phone: their balance, and the people they need not name again."""
    holder_id = search.caller(form.phone)
    trail.enter(_entry(request, holder_id, "people_read"))
    _log(request, "caller found", holder_id=holder_id)
    available = ledger.available(ledger_rules.balance(holder_id))
    people = people_of_holder(holder_id, clock.now())
    return desk_views.CallerView(holder_id=holder_id, available=available, people=people)


@api.operation(
    "POST /internal/bookings/{booking}/link",
    form=LinkForm,
    answer=desk_views.LinkSent,
    status=201,
    access=Access.STAFF,
    groups=(_OPERATOR,),
    creates=True,
)
def send_link_again(request: Request, form: LinkForm) -> desk_views.LinkSent:
    """Send the link to the cabinet again, by SMS: a few times a day at most."""
    record, now = bookings.load(request.path["booking"]), clock.now()
    booking_id = record.booking.booking_id
    link = links.link_of(booking_id, _staff(request), request.idempotency_key)
    entry = _entry(request, booking_id, "link_sent", why=form.why, link=link)
    links.send_again(record, link, now, trail.entered(entry))
    _log(request, "link sent", booking_id=booking_id)
    return desk_views.LinkSent(booking_id=booking_id)


@api.operation(
    "POST /internal/bookings/{booking}/desk-payments",
    form=DeskPaymentForm,
    answer=desk_views.DeskPaymentsView,
    status=201,
    access=Access.STAFF,
    groups=(_OPERATOR,),
    creates=True,
)
def take_desk_payment(request: Request, form: DeskPaymentForm) -> desk_views.DeskPaymentsView:
    """Book what the clinic itself took for a booking, in cash or by transfer.

    It counts as a card's payment does: less than is due is kept for the booking, more goes to the balance,
    and so does all of it where the booking is paid or over.
    """
    record, now, staff = bookings.load(request.path["booking"]), clock.now(), _staff(request)
    booking_id = record.booking.booking_id
    payment_id = ids.desk_payment_id(settings.pepper(), booking_id, staff, request.idempotency_key)
    entry = _entry(
        request,
        booking_id,
        "desk_payment_taken",
        form.why,
        payment=payment_id,
        method=form.method,
        amount=form.amount,
        document=form.document,
    )
    payment = form.payment(payment_id, staff, now)
    taken = take_at_desk(record, payment, now, [trail.entered(entry)])
    _log(request, "desk payment taken", booking_id=booking_id, payment_id=payment_id)
    return desk_views.desk_payments(taken)


@api.operation(
    "POST /internal/holders/{holder}/refunds/{refund}/payout",
    form=PayoutForm,
    answer=views.StaffRefundsView,
    access=Access.STAFF,
    groups=(_OPERATOR,),
)
def pay_refund_out(request: Request, form: PayoutForm) -> views.StaffRefundsView:
    """The desk has given the money of a refund back by hand."""
    refund, now = _refund_of_path(request), clock.now()
    entry = _entry(
        request,
        refund.holder_id,
        "refund_paid_out",
        form.why,
        refund=refund.refund_id,
        document=form.document,
    )
    ended = refunding.pay_out(refund, form.document, now, [trail.entered(entry)])
    _log(request, "refund paid out", refund_id=refund.refund_id)
    return views.staff_refunds([ended])


@api.operation(
    "POST /internal/holders/{holder}/refunds/{refund}/refusal",
    form=WhyForm,
    answer=views.StaffRefundsView,
    access=Access.STAFF,
    groups=(_OPERATOR,),
)
def put_refund_back(request: Request, form: WhyForm) -> views.StaffRefundsView:
    """The desk could not give the money of a refund back: it is on the balance again."""
    refund, now = _refund_of_path(request), clock.now()
    entry = _entry(request, refund.holder_id, "refund_put_back", why=form.why, refund=refund.refund_id)
    ended = refunding.put_back(refund, now, [trail.entered(entry)])
    _log(request, "refund put back", refund_id=refund.refund_id)
    return views.staff_refunds([ended])


@api.operation(
    "POST /internal/holders/{holder}/refunds/{refund}/task/answer",
    form=WhyForm,
    answer=views.StaffRefundsView,
    access=Access.STAFF,
    groups=(_OPERATOR,),
)
def answer_task_of_refund(request: Request, form: WhyForm) -> views.StaffRefundsView:
    """An operator has seen to a refund that the provider refused."""
    refund = _refund_of_path(request)
    entry = _entry(request, refund.holder_id, "task_answered", why=form.why, refund=refund.refund_id)
    work.answer_refund(refund, trail.entered(entry))
    _log(request, "task answered", refund_id=refund.refund_id)
    return views.staff_refunds([refunds_store.load(refunds_store.place(refund))])


@api.operation(
    "GET /internal/tasks",
    answer=desk_views.TasksView,
    access=Access.STAFF,
    groups=(_OPERATOR, _ADMIN),
    query=("cursor",),
)
def show_tasks(request: Request) -> desk_views.TasksView:
    """What operators have to look at, the longest open first; `next` is the cursor of the next page.

    On the first page, before it, refunds that should have ended long ago.
    """
    return desk_views.tasks(work.open_work(clock.now(), request.query.get("cursor")))


@api.operation(
    "POST /internal/bookings/{booking}/task/answer",
    form=WhyForm,
    answer=None,
    status=204,
    access=Access.STAFF,
    groups=(_OPERATOR,),
)
def answer_task_of_booking(request: Request, form: WhyForm) -> None:
    """An operator has seen to what a booking asked for, where nothing else answers it; what is not over is
    carried on with at once."""
    record, now = bookings.load(request.path["booking"]), clock.now()
    booking_id, reason = record.booking.booking_id, record.booking.task or ""
    entry = _entry(request, booking_id, "task_answered", why=form.why, task=reason)
    work.answer_booking(record, now, trail.entered(entry))
    _log(request, "task answered", booking_id=booking_id)


@api.operation(
    "GET /internal/bookings/{booking}/trail",
    answer=desk_views.TrailView,
    access=Access.STAFF,
    groups=(_OPERATOR, _ADMIN),
    query=("cursor",),
)
def show_trail_of_booking(request: Request) -> desk_views.TrailView:
    """Who did what with a booking, when and why, newest first; `next` is the cursor of the next page."""
    record = bookings.load(request.path["booking"])
    _log(request, "trail read", booking_id=record.booking.booking_id)
    return desk_views.trail(history.of_booking(record, request.query.get("cursor")))


@api.operation(
    "GET /internal/holders/{holder}/trail",
    answer=desk_views.TrailView,
    access=Access.STAFF,
    groups=(_OPERATOR, _ADMIN),
    query=("cursor",),
)
def show_trail_of_holder(request: Request) -> desk_views.TrailView:
    """Who did what with a holder's money, or read of their people; newest first."""
    holder_id = _known_holder(request)
    _log(request, "trail read", holder_id=holder_id)
    return desk_views.trail(trail.of(holder_id, cursor=request.query.get("cursor")))


@api.operation(
    "GET /internal/bookings/{booking}/notices",
    answer=desk_views.NoticesView,
    access=Access.STAFF,
    groups=(_OPERATOR,),
)
def show_notices(request: Request) -> desk_views.NoticesView:
    """What was told of a booking, the oldest first, and how each message ended."""
    booking_id = bookings.load(request.path["booking"]).booking.booking_id
    return desk_views.notices(outbox.of_booking(booking_id))


@api.operation(
    "POST /internal/bookings/{booking}/notices/{notice}/retries",
    form=WhyForm,
    answer=desk_views.NoticeView,
    status=201,
    access=Access.STAFF,
    groups=(_OPERATOR,),
)
def send_notice_again(request: Request, form: WhyForm) -> desk_views.NoticeView:
    """Have what failed of a notice sent again, for another day."""
    booking_id, notice_id = request.path["booking"], request.path["notice"]
    entry = _entry(request, booking_id, "notice_sent_again", why=form.why, notice=notice_id)
    sent = send_again(booking_id, notice_id, trail.entered(entry), clock.now())
    _log(request, "notice sent again", booking_id=booking_id, notice=sent.key)
    return desk_views.notice(sent)


def _refund_of_path(request: Request) -> Refund:
    """The refund of the path, if it is the holder's of the path."""
    return refunding.find(request.path["holder"], request.path["refund"])


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
    if not search.known(holder_id):
        raise NotFound("Такого лицевого счёта нет")
    return holder_id


def _consents(request: Request, action: str) -> Consents:
    booking = bookings.load(request.path["booking"]).booking
    trail.enter(_entry(request, booking.booking_id, action))
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


def _note(request: Request, record: Record, form: OutcomeForm, now: datetime) -> notes.Note | None:
    """
    Raises:
        Invalid: too long, or written by somebody who is not the doctor of the booking.
    """
    text = form.noted()
    if text is None:
        return None
    if not _is_doctor_of(request, record):
        refuse("note", "not_expected", "Заметку к итогу пишет врач этой консультации")
    return notes.Note(text, record.booking.doctor_id, _staff(request), now)


def _timing(doctor_id: str) -> Timing:
    """The doctor's own settings of time; of one who has left the catalogue, the clinic's."""
    catalogue = catalogue_store.load()
    doctor = catalogue.doctors.get(doctor_id)
    return doctor.timing if doctor else catalogue.clinic.timing


def _entry(request: Request, subject: str, action: str, why: str | None = None, **about: str | int) -> Entry:
    """What the audit trail keeps of this request."""
    return Entry(
        subject=subject,
        entry_id=request.request_id,
        at=clock.now(),
        by=_staff(request),
        action=action,
        why=why,
        about=about,
    )


def _staff(request: Request) -> str:
    return f"staff:{request.claims['sub']}"


def _asked(request: Request, side: Side, why: str) -> Asked:
    return Asked(side=side, by=_staff(request), request_id=request.request_id, why=why)


def _log(request: Request, action: str, **ids_only: Any) -> None:
    logger.info(action, by=_staff(request), **ids_only)
