"""What operators are shown at the desk. Money is kopecks, moments are UTC."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from teleconsult.api import views
from teleconsult.api.views import SlotView
from teleconsult.booking.model import Booking, Channel, Outcome, Record, Status
from teleconsult.desk import rules
from teleconsult.desk.search import Found, FoundPage
from teleconsult.desk.work import Kind, Work, WorkPage
from teleconsult.notices.outbox import Entry as NoticeEntry
from teleconsult.notices.rules import Notice
from teleconsult.people.known import KnownPeople
from teleconsult.people.model import People
from teleconsult.trail.model import TrailPage


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundBookingView:
    """A booking that was looked for. `patient`, `holder`: full names. `task`: why an operator has to look at
    it, a code."""

    booking_id: str
    holder_id: str
    status: Status
    kind: str
    specialty: str
    slot: SlotView
    price: int
    contract_number: str | None
    task: str | None
    patient: str
    holder: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundBookingsView:
    """Bookings that were looked for, newest first; `next`: the cursor of the next page."""

    bookings: list[FoundBookingView]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBookingView:
    """A booking of a clinic's day. `patient`, `holder`: full names; they and `phone`: for operators alone."""

    booking_id: str
    holder_id: str
    status: Status
    kind: str
    specialty: str
    slot: SlotView
    channel: Channel
    price: int
    hold_until: datetime
    contract_number: str | None
    outcome: Outcome | None
    task: str | None
    patient: str | None
    holder: str | None
    phone: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicDayView:
    """All doctors' bookings of a day by the clinic's clock, in time order; what was cancelled or ran out is
    not among them."""

    day: date
    clinic_zone: str
    bookings: list[DayBookingView]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerView:
    """A caller who is known: what is on their balance, and the people they have entered before."""

    holder_id: str
    available: int
    people: KnownPeople


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSent:
    """The link to the cabinet is on its way to the holder's phone."""

    booking_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPaymentsView:
    """How a booking stands once the desk took money for it. `due`: kopecks still to pay; `received`: those
    held for it; what is over is on the holder's balance."""

    booking_id: str
    status: Status
    due: int
    received: int
    paid_at: datetime | None
    payments: list[views.DeskPaymentView]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """What an operator has to look at. `reason`: a code; `words`: the same for people. `about`: the refund,
    or the key of the notice or callback."""

    kind: Kind
    reason: str
    words: str
    since: datetime
    booking_id: str | None
    holder_id: str | None
    status: Status | None
    slot: SlotView | None
    about: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksView:
    """What operators have to look at, the longest open first; `next`: the cursor of the next page."""

    tasks: list[TaskView]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """Who did what, when and why. `by`: `staff:<id>`, the holder's id, or `site`."""

    at: datetime
    by: str
    action: str
    why: str | None
    about: dict[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailView:
    """The audit trail of a booking or of a holder, newest first; `next`: the cursor of the next page."""

    entries: list[EntryView]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """A notice of a booking. `id`: what it is sent again by. `tries`: how often it was tried. `messages`: of
    each, `pending`, the moment it was sent, or why it never will be."""

    id: str
    notice: Notice
    created_at: datetime
    tries: int
    messages: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesView:
    """The notices of a booking, the oldest first. No addresses and no words."""

    notices: list[NoticeView]


def notices(entries: Iterable[NoticeEntry]) -> NoticesView:
    return NoticesView(notices=[notice(each) for each in entries])


def notice(entry: NoticeEntry) -> NoticeView:
    return NoticeView(
        id=entry.notice_id,
        notice=entry.notice,
        created_at=entry.created_at,
        tries=entry.tries,
        messages={str(delivery): state for delivery, state in entry.states.items()},
    )


def found(page: FoundPage) -> FoundBookingsView:
    return FoundBookingsView(bookings=[_found(each) for each in page.found], next=page.next)


def clinic_day(day: date, zone: str, rows: Iterable[Booking], people: Mapping[str, People]) -> ClinicDayView:
    """`people`: by booking, of those that may be named."""
    shown = [_of_day(row, people.get(row.booking_id)) for row in rows]
    return ClinicDayView(day=day, clinic_zone=zone, bookings=shown)


def desk_payments(record: Record) -> DeskPaymentsView:
    row = record.booking
    return DeskPaymentsView(
        booking_id=row.booking_id,
        status=row.status,
        due=0 if row.paid_at or row.status.final else row.price - record.payment.received,
        received=record.payment.received,
        paid_at=row.paid_at,
        payments=[views.desk_payment(each) for each in record.desk_payments],
    )


def tasks(page: WorkPage) -> TasksView:
    return TasksView(tasks=_tasks(page.work), next=page.next)


def trail(page: TrailPage) -> TrailView:
    entries = [
        EntryView(at=each.at, by=each.by, action=each.action, why=each.why, about=dict(each.about))
        for each in page.entries
    ]
    return TrailView(entries=entries, next=page.next)


def _found(each: Found) -> FoundBookingView:
    row, people = each.booking, each.people
    return FoundBookingView(
        booking_id=row.booking_id,
        holder_id=row.holder_id,
        status=row.status,
        kind=row.kind,
        specialty=row.specialty,
        slot=SlotView(doctor=row.doctor_id, start=row.slot_start, end=row.slot_end),
        price=row.price,
        contract_number=row.contract_number,
        task=row.task,
        patient=people.patient.full_name,
        holder=people.holder.full_name,
        phone=people.holder.phone,
    )


def _of_day(row: Booking, people: People | None) -> DayBookingView:
    return DayBookingView(
        booking_id=row.booking_id,
        holder_id=row.holder_id,
        status=row.status,
        kind=row.kind,
        specialty=row.specialty,
        slot=SlotView(doctor=row.doctor_id, start=row.slot_start, end=row.slot_end),
        channel=row.channel,
        price=row.price,
        hold_until=row.hold_until,
        contract_number=row.contract_number,
        outcome=row.outcome,
        task=row.task,
        patient=people.patient.full_name if people else None,
        holder=people.holder.full_name if people else None,
        phone=people.holder.phone if people else None,
    )


def _tasks(work: Iterable[Work]) -> list[TaskView]:
    return [_task(each) for each in work]


def _task(work: Work) -> TaskView:
    row = work.booking
    return TaskView(
        kind=work.kind,
        reason=work.reason,
        words=rules.words(work.reason),
        since=work.since,
        booking_id=row.booking_id if row else None,
        holder_id=row.holder_id if row else work.holder_id,
        status=row.status if row else None,
        slot=SlotView(doctor=row.doctor_id, start=row.slot_start, end=row.slot_end) if row else None,
        about=work.about,
    )
