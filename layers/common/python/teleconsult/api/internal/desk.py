"""The operator's desk: who calls, the money that it takes and gives back, and what has to be looked at."""

from teleconsult.api import desk_views, views
from teleconsult.api.forms import (
    BookingSearchForm,
    CallerForm,
    DeskPaymentForm,
    LinkForm,
    PayoutForm,
    WhyForm,
)
from teleconsult.api.internal.caller import ADMIN, OPERATOR, entry_of, log, staff_of
from teleconsult.booking import store as bookings
from teleconsult.catalogue import store as catalogue_store
from teleconsult.desk import links, search, work
from teleconsult.doctors.clinic_day import bookings_of
from teleconsult.intake.returning import people_of_holder
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.payments import refunding
from teleconsult.payments.paying import take_at_desk
from teleconsult.people import store as people_store
from teleconsult.people.rules import calendar_date
from teleconsult.platform import clock, ids, settings
from teleconsult.platform.http import Access, Api, Request
from teleconsult.refunds import store as refunds_store
from teleconsult.refunds.model import Refund
from teleconsult.trail import store as trail

api = Api()


@api.operation(
    "POST /internal/bookings/search",
    form=BookingSearchForm,
    answer=desk_views.FoundBookingsView,
    access=Access.STAFF,
    groups=(OPERATOR,),
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
    trail.enter(entry_of(request, staff_of(request), "bookings_searched", by=by, found=len(page.found)))
    log(request, "bookings searched", kind=by, found=len(page.found))
    return desk_views.found(page)


@api.operation(
    "GET /internal/days/{day}",
    answer=desk_views.ClinicDayView,
    access=Access.STAFF,
    groups=(OPERATOR, ADMIN),
)
def show_day_of_clinic(request: Request) -> desk_views.ClinicDayView:
    """All doctors' bookings of one of the clinic's days, with their people for operators alone."""
    day, zone = calendar_date(request.path["day"], "day"), catalogue_store.load().clinic.zone
    rows = bookings_of(day, catalogue_store.load_contacts(), zone, clock.now())
    named = people_store.of_each([each.booking_id for each in rows]) if OPERATOR in request.groups else {}
    shown = day.isoformat()
    trail.enter(entry_of(request, staff_of(request), "day_listed", day=shown, found=len(rows)))
    log(request, "day listed", day=shown, found=len(rows))
    return desk_views.clinic_day(day, zone, rows, named)


@api.operation(
    "POST /internal/holders/search",
    form=CallerForm,
    answer=desk_views.CallerView,
    access=Access.STAFF,
    groups=(OPERATOR,),
)
def find_caller(request: Request, form: CallerForm) -> desk_views.CallerView:
    """A caller who is known, by phone: their balance, and the people they need not name again."""
    holder_id = search.caller(form.phone)
    trail.enter(entry_of(request, holder_id, "people_read"))
    log(request, "caller found", holder_id=holder_id)
    available = ledger.available(ledger_rules.balance(holder_id))
    people = people_of_holder(holder_id, clock.now())
    return desk_views.CallerView(holder_id=holder_id, available=available, people=people)


@api.operation(
    "POST /internal/bookings/{booking}/link",
    form=LinkForm,
    answer=desk_views.LinkSent,
    status=201,
    access=Access.STAFF,
    groups=(OPERATOR,),
    creates=True,
)
def send_link_again(request: Request, form: LinkForm) -> desk_views.LinkSent:
    """Send the link to the cabinet again, by SMS: a few times a day at most."""
    record, now = bookings.load(request.path["booking"]), clock.now()
    booking_id = record.booking.booking_id
    link = links.link_of(booking_id, staff_of(request), request.idempotency_key)
    entry = entry_of(request, booking_id, "link_sent", why=form.why, link=link)
    links.send_again(record, link, now, trail.entered(entry))
    log(request, "link sent", booking_id=booking_id)
    return desk_views.LinkSent(booking_id=booking_id)


@api.operation(
    "POST /internal/bookings/{booking}/desk-payments",
    form=DeskPaymentForm,
    answer=desk_views.DeskPaymentsView,
    status=201,
    access=Access.STAFF,
    groups=(OPERATOR,),
    creates=True,
)
def take_desk_payment(request: Request, form: DeskPaymentForm) -> desk_views.DeskPaymentsView:
    """Book what the clinic itself took for a booking, in cash or by transfer.

    It counts as a card's payment does: less than is due is kept for the booking, more goes to the balance,
    and so does all of it where the booking is paid or over.
    """
    record, now, staff = bookings.load(request.path["booking"]), clock.now(), staff_of(request)
    booking_id = record.booking.booking_id
    payment_id = ids.desk_payment_id(settings.pepper(), booking_id, staff, request.idempotency_key)
    entry = entry_of(
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
    log(request, "desk payment taken", booking_id=booking_id, payment_id=payment_id)
    return desk_views.desk_payments(taken)


@api.operation(
    "POST /internal/holders/{holder}/refunds/{refund}/payout",
    form=PayoutForm,
    answer=views.StaffRefundsView,
    access=Access.STAFF,
    groups=(OPERATOR,),
)
def pay_refund_out(request: Request, form: PayoutForm) -> views.StaffRefundsView:
    """The desk has given the money of a refund back by hand."""
    refund, now = _refund_of_path(request), clock.now()
    entry = entry_of(
        request,
        refund.holder_id,
        "refund_paid_out",
        form.why,
        refund=refund.refund_id,
        document=form.document,
    )
    ended = refunding.pay_out(refund, form.document, now, [trail.entered(entry)])
    log(request, "refund paid out", refund_id=refund.refund_id)
    return views.staff_refunds([ended])


@api.operation(
    "POST /internal/holders/{holder}/refunds/{refund}/refusal",
    form=WhyForm,
    answer=views.StaffRefundsView,
    access=Access.STAFF,
    groups=(OPERATOR,),
)
def put_refund_back(request: Request, form: WhyForm) -> views.StaffRefundsView:
    """The desk could not give the money of a refund back: it is on the balance again."""
    refund, now = _refund_of_path(request), clock.now()
    entry = entry_of(request, refund.holder_id, "refund_put_back", why=form.why, refund=refund.refund_id)
    ended = refunding.put_back(refund, now, [trail.entered(entry)])
    log(request, "refund put back", refund_id=refund.refund_id)
    return views.staff_refunds([ended])


@api.operation(
    "POST /internal/holders/{holder}/refunds/{refund}/task/answer",
    form=WhyForm,
    answer=views.StaffRefundsView,
    access=Access.STAFF,
    groups=(OPERATOR,),
)
def answer_task_of_refund(request: Request, form: WhyForm) -> views.StaffRefundsView:
    """An operator has seen to a refund that the provider refused."""
    refund = _refund_of_path(request)
    entry = entry_of(request, refund.holder_id, "task_answered", why=form.why, refund=refund.refund_id)
    work.answer_refund(refund, trail.entered(entry))
    log(request, "task answered", refund_id=refund.refund_id)
    return views.staff_refunds([refunds_store.load(refunds_store.place(refund))])


@api.operation(
    "GET /internal/tasks",
    answer=desk_views.TasksView,
    access=Access.STAFF,
    groups=(OPERATOR, ADMIN),
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
    groups=(OPERATOR,),
)
def answer_task_of_booking(request: Request, form: WhyForm) -> None:
    """An operator has seen to what a booking asked for, where nothing else answers it; what is not over is
    carried on with at once."""
    record, now = bookings.load(request.path["booking"]), clock.now()
    booking_id, reason = record.booking.booking_id, record.booking.task or ""
    entry = entry_of(request, booking_id, "task_answered", why=form.why, task=reason)
    work.answer_booking(record, now, trail.entered(entry))
    log(request, "task answered", booking_id=booking_id)


def _refund_of_path(request: Request) -> Refund:
    """The refund of the path, if it is the holder's of the path."""
    return refunding.find(request.path["holder"], request.path["refund"])
