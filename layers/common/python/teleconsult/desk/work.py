"""What an operator has to look at, each with what is needed to see to it; and that it was seen to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from teleconsult.booking import store as bookings
from teleconsult.booking.model import Booking, Record
from teleconsult.desk import rules
from teleconsult.platform import dynamo, tasks
from teleconsult.platform.dynamo import Write
from teleconsult.platform.errors import Conflict
from teleconsult.platform.tasks import Task
from teleconsult.refunds import rules as refund_rules
from teleconsult.refunds import store as refunds_store
from teleconsult.refunds.model import Refund

Kind = Literal["booking", "notice", "callback", "refund"]

_BOOKING = "BOOKING#"
_NOTICE = "OUTBOX#"
_CALLBACK = "CALLBACK#"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A row that asks for an operator. `about`: the refund's id, or the row's own key within its booking."""

    kind: Kind
    reason: str
    since: datetime
    about: str | None = None
    booking: Booking | None = None
    holder_id: str | None = None


@dataclass(frozen=True, slots=True)
class WorkPage:
    """Work, the longest open first, and the cursor of the next page (None: that was all)."""

    work: tuple[Work, ...]
    next: str | None


def open_work(now: datetime, cursor: str | None = None) -> WorkPage:
    """What rows ask for; on the first page, before it, the refunds that are overdue and ask for nobody.

    Raises:
        Invalid: a cursor that no page gave.
    """
    page = tasks.open_tasks(cursor=cursor)
    overdue = [] if cursor else _overdue(now)
    places = {(each.pk, each.sk): refunds_store.place_behind(each.pk, each.sk) for each in page.tasks}
    asking = refunds_store.many([at for at in places.values() if at])
    refunds = {each.refund_id: each for each in (*asking, *overdue)}
    booking_ids = {each.pk.removeprefix(_BOOKING) for each in page.tasks if each.pk.startswith(_BOOKING)}
    rows = _rows(booking_ids | {each.booking_id for each in refunds.values()})
    late = [_of_refund(each, rules.OVERDUE, refund_rules.answer_by(each.asked_at), rows) for each in overdue]
    work = []
    for task in page.tasks:
        at = places[task.pk, task.sk]
        if at is None:
            work.append(_of_booking(task, rows))
        elif refund := refunds.get(at.refund_id):
            work.append(_of_refund(refund, task.reason, task.since, rows))
    return WorkPage((*late, *work), page.next)


def answer_booking(record: Record, now: datetime, entry: Write) -> None:
    """An operator has seen to what a booking's own row asked for; `entry`: of the audit trail.

    Raises:
        Conflict: it asks for nothing, for something else by now, or for the outcome itself.
    """
    booking = record.booking
    if booking.task is None:
        raise _nothing_asked()
    if booking.task == rules.SAID_BY_OUTCOME:
        raise Conflict("outcome_needed", "На этот вопрос отвечает итог консультации: запишите его")
    _answer(bookings.task_answered(booking, now), entry)


def answer_refund(refund: Refund, entry: Write) -> None:
    """The same of a refund that the provider refused; what the desk has to pay out ends by itself.

    Raises:
        Conflict: it asks for nothing, or to be paid out.
    """
    if refund.task == refund_rules.TASK_PAY_OUT:
        raise Conflict("payout_needed", "Этот возврат нужно выдать или вернуть на лицевой счёт")
    _answer(refunds_store.task_answered(refund), entry)


def _answer(answered: Write, entry: Write) -> None:
    try:
        dynamo.transact([answered, entry])
    except dynamo.TransactionRefused:
        raise _nothing_asked() from None


def _nothing_asked() -> Conflict:
    return Conflict("no_task", "Здесь ничего не ждёт оператора")


def _overdue(now: datetime) -> list[Refund]:
    late = [each.place for each in refunds_store.waiting() if refund_rules.overdue(each.place.asked_at, now)]
    return [refund for refund in refunds_store.many(late) if refund.task is None]


def _rows(booking_ids: Iterable[str]) -> dict[str, Booking]:
    return {row.booking_id: row for row in bookings.many(sorted(booking_ids))}


def _of_booking(task: Task, rows: dict[str, Booking]) -> Work:
    kind: Kind = "booking"
    if task.sk.startswith(_NOTICE):
        kind = "notice"
    elif _CALLBACK in (task.pk + task.sk):
        kind = "callback"
    return Work(
        kind=kind,
        reason=task.reason,
        since=task.since,
        about=None if kind == "booking" else task.sk,
        booking=rows.get(task.pk.removeprefix(_BOOKING)),
    )


def _of_refund(refund: Refund, reason: str, since: datetime, rows: dict[str, Booking]) -> Work:
    return Work(
        kind="refund",
        reason=reason,
        since=since,
        about=refund.refund_id,
        booking=rows.get(refund.booking_id),
        holder_id=refund.holder_id,
    )
