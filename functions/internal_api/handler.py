"""What the clinic's staff call. Who did what is logged, with ids only."""

import re
from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsult.api import consents_page, desk_views, views
from teleconsult.api.forms import (
    DeskPaymentForm,
    LinkForm,
    OperatorBookingForm,
    OperatorRefundForm,
    OutcomeForm,
    PayoutForm,
    WhyForm,
)
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Door, Record
from teleconsult.catalogue import store as catalogue_store
from teleconsult.catalogue.text import NotJson
from teleconsult.consents.export import Consents, export
from teleconsult.consents.giving import Origin
from teleconsult.desk import links, search, work
from teleconsult.documents import store as documents_store
from teleconsult.intake.application import SlotTaken
from teleconsult.intake.attach import hand_out
from teleconsult.intake.book import book
from teleconsult.intake.returning import people_of_holder
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.outcomes.presence import at_appointed_time
from teleconsult.outcomes.saying import note_contact_attempt, say_outcome
from teleconsult.payments import refunding
from teleconsult.payments.installation import provider
from teleconsult.payments.paying import take_at_desk
from teleconsult.people import store as people_store
from teleconsult.platform import clock, ids, settings
from teleconsult.platform.checks import refuse
from teleconsult.platform.dynamo import Write
from teleconsult.platform.errors import Conflict, NotFound
from teleconsult.platform.http import Access, Answer, Api, Malformed, Request
from teleconsult.platform.observability import logger
from teleconsult.receipts import store as receipts_store
from teleconsult.refunds import store as refunds_store
from teleconsult.refunds.model import Refund
from teleconsult.trail import store as trail
from teleconsult.trail.model import Entry

api = Api({SlotTaken: views.slot_taken})

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
    now = clock.now()

    def entered(version: int) -> list[Write]:
        return [trail.entered(_entry(request, "catalogue", "catalogue_loaded", now, version=version))]

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
    request_id = ids.refund_request_id(settings.pepper(), holder_id, _staff(request), request.idempotency_key)
    entry = _entry(request, holder_id, "refund_asked", now, form.reason, request=request_id)
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
    "GET /internal/bookings",
    answer=desk_views.FoundBookingsView,
    access=Access.STAFF,
    groups=(_OPERATOR,),
    query=("phone", "name", "contract", "cursor"),
)
def find_bookings(request: Request) -> desk_views.FoundBookingsView:
    """Bookings by the holder's phone, by the beginning of the patient's or holder's name, or by contract.

    Exactly one of the three. A name begins with the family name: «петров ал».
    """
    given = [name for name in ("phone", "name", "contract") if request.query.get(name)]
    if len(given) != 1:
        refuse("phone", "one_of", "Укажите что-то одно: телефон, имя или номер договора")
    (by,), cursor = given, request.query.get("cursor")
    match by:
        case "phone":
            page = search.by_phone(request.query[by], cursor)
        case "name":
            page = search.by_name(request.query[by], cursor)
        case _:
            page = search.by_contract(request.query[by])
    now = clock.now()
    trail.enter(_entry(request, _staff(request), "bookings_searched", now, by=by, found=len(page.found)))
    _log(request, "bookings searched", kind=by, found=len(page.found))
    return desk_views.found(page)


@api.operation(
    "GET /internal/holders",
    answer=desk_views.CallerView,
    access=Access.STAFF,
    groups=(_OPERATOR,),
    query=("phone",),
)
def find_caller(request: Request) -> desk_views.CallerView:
    """A caller who is known, by phone: their balance, and the people they need not name again."""
    holder_id, now = search.caller(request.query.get("phone", "")), clock.now()
    trail.enter(_entry(request, holder_id, "people_read", now))
    _log(request, "caller found", holder_id=holder_id)
    available = ledger.available(ledger_rules.balance(holder_id))
    people = people_of_holder(holder_id, now)
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
    entry = _entry(request, booking_id, "link_sent", now, form.why, link=link)
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
        now,
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
        now,
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
    entry = _entry(request, refund.holder_id, "refund_put_back", now, form.why, refund=refund.refund_id)
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
    refund, now = _refund_of_path(request), clock.now()
    entry = _entry(request, refund.holder_id, "task_answered", now, form.why, refund=refund.refund_id)
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
    entry = _entry(request, booking_id, "task_answered", now, form.why, task=reason)
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
    booking_id = bookings.load(request.path["booking"]).booking.booking_id
    _log(request, "trail read", booking_id=booking_id)
    return desk_views.trail(trail.of(booking_id, cursor=request.query.get("cursor")))


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


def _refund_of_path(request: Request) -> Refund:
    """The refund of the path, if it is the holder's of the path."""
    return refunding.find(request.path["holder"], request.path["refund"])


def _entry(
    request: Request, subject: str, action: str, now: datetime, why: str | None = None, /, **about: str | int
) -> Entry:
    """What the audit trail keeps of this request."""
    return Entry(
        subject=subject,
        entry_id=request.request_id,
        at=now,
        by=_staff(request),
        action=action,
        why=why,
        about=about,
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
    trail.enter(_entry(request, booking.booking_id, action, clock.now()))
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
