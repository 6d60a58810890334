"""Bookings and their stages in the Bookings table. Changes are conditional writes for a transaction."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from teleconsult.booking import rules
from teleconsult.booking.model import (
    Attempt,
    Booking,
    Channel,
    ConsentStage,
    ContactAttempt,
    ContactResult,
    DeskMethod,
    DeskPayment,
    Door,
    Move,
    Outcome,
    OutcomeStage,
    PaymentStage,
    Record,
    Side,
    Stage,
    Status,
)
from teleconsult.platform import clock, cursors, due, dynamo, settings, tasks
from teleconsult.platform.dynamo import Item, Write
from teleconsult.platform.errors import NotFound

_NAMES = frozenset(each.name for each in fields(Booking))
_READERS: dict[str, Callable[[str], Any]] = {
    "door": Door,
    "status": Status,
    "channel": Channel,
    "outcome": Outcome,
    "cancelled_by": Side,
    "reminder_minutes": tuple,
} | {each.name: clock.parse for each in fields(Booking) if "datetime" in str(each.type)}

# How far back a sweep looks for what is due: longer than any outage of the sweeps themselves.
_DUE_DAYS = 7

# Open payments are due under days of their own, so neither sweep meets the other's.
_PAYMENTS = "PAYMENTS#"

_MOVE = "MOVE#"

# What was never moved does not say how often it was.
_UNMOVED = "(attribute_not_exists(moves) OR moves = :moves)"

_DESK = "DESK#"

# What is to be reminded of stands under one name, not by day: a row stays there for days where the sweep of
# reminders does not run, and the others must find it then, by one query.
_REMINDERS = "REMINDERS"

# Evidence of presence is kept as long as anybody may sue about the consultation: three years (Civil Code,
# art. 196). By then it has long been judged; DynamoDB's TTL takes it away.
_PRESENCE_KEPT = timedelta(days=1096)

SUCCEEDED = "succeeded"  # a payment attempt whose money is in the books


def load(booking_id: str) -> Record:
    """The booking with its stages and evidence, in one consistent read.

    Raises:
        NotFound: no such booking.
    """
    items = list(dynamo.query_all(settings.bookings_table(), "pk = :pk", pk=_pk(booking_id)))
    by_sort_key = {item["sk"]: item for item in items}
    if "BOOKING" not in by_sort_key:
        raise NotFound("Запись не найдена")
    booking = _booking(by_sort_key["BOOKING"])
    slot = clock.iso(booking.slot_start)
    return Record(
        booking=booking,
        consent=_consent(by_sort_key.get(Stage.CONSENT, {})),
        payment=_payment(by_sort_key.get(Stage.PAYMENT, {})),
        outcome=_outcome(by_sort_key.get(Stage.OUTCOME, {})),
        patient_joined_at=_moment(by_sort_key.get(f"JOIN#{slot}#patient", {}), "at"),
        doctor_joined_at=_moment(by_sort_key.get(f"JOIN#{slot}#doctor", {}), "at"),
        contact_attempts=tuple(
            sorted((_contact(i) for i in items if i["sk"].startswith(f"CONTACT#{slot}#")), key=_when)
        ),
        moved=tuple(_move(i) for i in items if i["sk"].startswith(_MOVE)),
        desk_payments=_desk_payments(items),
    )


def load_row(booking_id: str) -> Booking:
    """The booking alone, without its stages and evidence.

    Raises:
        NotFound: no such booking.
    """
    item = dynamo.get(settings.bookings_table(), _pk(booking_id), "BOOKING")
    if item is None:
        raise NotFound("Запись не найдена")
    return _booking(item)


def of_holder(holder_id: str) -> list[Booking]:
    """A holder's bookings, the latest slot first."""
    keys = dynamo.query_all(
        settings.bookings_table(), "holder_id = :holder", index="by_holder", holder=holder_id
    )
    rows = [dynamo.get(settings.bookings_table(), key["pk"], "BOOKING") for key in keys]
    return [_booking(row) for row in reversed(rows) if row]


def latest_of_holders(holder_ids: Sequence[str], limit: int) -> list[Booking]:
    """Of each of these holders the bookings with the `limit` latest slots; all rows in one read."""
    keys = [key for holder_id in holder_ids for key in _latest_keys(holder_id, limit)]
    return [_booking(row) for row in dynamo.batch_get(settings.bookings_table(), keys)]


def latest_of_holder(holder_id: str, limit: int) -> list[Booking]:
    """A holder's bookings, those alone with the `limit` latest slots; what was booked last comes first."""
    rows = latest_of_holders([holder_id], limit)
    return sorted(rows, key=lambda booking: booking.created_at, reverse=True)


def _latest_keys(holder_id: str, limit: int) -> list[tuple[str, str]]:
    found, _ = dynamo.query(
        settings.bookings_table(),
        "holder_id = :holder",
        index="by_holder",
        limit=limit,
        newest_first=True,
        holder=holder_id,
    )
    return [(key["pk"], "BOOKING") for key in found]


def page_of_holder(holder_id: str, limit: int, cursor: str | None) -> tuple[list[Booking], str | None]:
    """One page of a holder's bookings, the latest slot first, and the cursor of the next one.

    Raises:
        Invalid: a cursor that no page gave.
    """
    keys, after = dynamo.query(
        settings.bookings_table(),
        "holder_id = :holder",
        index="by_holder",
        limit=limit,
        newest_first=True,
        start=_read_page(cursor, holder_id) if cursor else None,
        holder=holder_id,
    )
    place = f"{after['slot_start']} {after['pk'].removeprefix(_pk(''))}" if after else None
    return many([key["pk"].removeprefix(_pk("")) for key in keys]), cursors.write(place) if place else None


def _read_page(cursor: str, holder_id: str) -> Item:
    """Where a page starts. The holder is the asker's own, whatever the cursor says."""
    start, _, booking_id = cursors.read(cursor).partition(" ")
    try:
        clock.parse(start)
    except ValueError as error:
        raise cursors.unknown() from error
    return {"pk": _pk(booking_id), "sk": "BOOKING", "holder_id": holder_id, "slot_start": start}


def many(booking_ids: Sequence[str]) -> list[Booking]:
    """The rows of these bookings, in their order."""
    keys = [(_pk(booking_id), "BOOKING") for booking_id in booking_ids]
    return [_booking(row) for row in dynamo.batch_get(settings.bookings_table(), keys)]


def of_contract(number: str) -> list[Booking]:
    """The booking whose contract has this number, if any has; the index follows the row by a moment."""
    keys, _ = dynamo.query(
        settings.bookings_table(), "contract_number = :number", index="by_contract", number=number
    )
    return many([key["pk"].removeprefix(_pk("")) for key in keys])


def rows(booking_ids: Iterable[str]) -> dict[str, Booking]:
    """The bookings' own rows by id, of those that exist, in one read."""
    keys = [(_pk(each), "BOOKING") for each in booking_ids]
    found = map(_booking, dynamo.batch_get(settings.bookings_table(), keys))
    return {booking.booking_id: booking for booking in found}


def page(after: Item | None, most: int | None = None) -> dynamo.Page[Booking]:
    """One page of a walk through all bookings' own rows: see `dynamo.scan_page`."""
    return dynamo.scan_page(settings.bookings_table(), "BOOKING", _booking, after, most)


def callback_by(booking_id: str, callback_id: str) -> datetime | None:
    """Until when a request for the doctor's call, which stands beside the booking, is to be answered (S16):
    for the notices, which know nothing else of it."""
    item = dynamo.get(settings.bookings_table(), _pk(booking_id), f"CALLBACK#{callback_id}")
    return _moment(item, "answer_by") if item else None


def all_due(now: datetime) -> Iterator[str]:
    """Ids of the bookings a sweep must look at, the longest due first; its cost grows with what is due.

    Those come last that still stand to be reminded of: their slot may be over, had nobody reminded.
    """
    keys = chain(due.until(now, days=_DUE_DAYS), due.standing_until(now, _REMINDERS))
    return (key["pk"].removeprefix("BOOKING#") for key in keys)


def with_reminders(now: datetime) -> Iterator[str]:
    """Ids of the bookings whose two sides are to be reminded by now, the longest due first."""
    return (key["pk"].removeprefix("BOOKING#") for key in due.standing_until(now, _REMINDERS))


def with_open_payments(now: datetime) -> Iterator[str]:
    """Ids of the bookings with an attempt to pay of which nobody has told the end, the longest open first."""
    keys = due.until(now, days=_DUE_DAYS, kind=_PAYMENTS)
    return (key["pk"].removeprefix("BOOKING#") for key in keys)


def create(booking: Booking) -> Write:
    """The new row; refused where the id, and with it the caller's key, has been used."""
    return dynamo.put(settings.bookings_table(), _item(booking), "attribute_not_exists(pk)")


def consents_given(booking_id: str, now: datetime) -> Write:
    """The consent stage is done; the workflow need not wait for it any more."""
    return _stage_done(booking_id, Stage.CONSENT, now, {})


def due_at_once(booking: Booking, now: datetime) -> Write:
    """A live row that a sweep must look at next, should the wake-up that follows be lost."""
    return _change(
        booking,
        {},
        due_at=now,
        when="#status IN (:awaiting_consent, :awaiting_payment, :scheduled)",
        awaiting_consent=Status.AWAITING_CONSENT,
        awaiting_payment=Status.AWAITING_PAYMENT,
        scheduled=Status.SCHEDULED,
    )


def ready_for_payment(booking: Booking, now: datetime) -> Write:
    """Consents are complete; the next thing due is the end of the hold. Refused where that has changed."""
    return _change(
        booking,
        {"status": Status.AWAITING_PAYMENT, "consented_at": clock.iso(now)},
        due_at=booking.hold_until,
        remove=tasks.NOTHING,
        when="#status = :awaiting_consent AND hold_until = :hold_until",
        awaiting_consent=Status.AWAITING_CONSENT,
        hold_until=clock.iso(booking.hold_until),
    )


def attempt_noted(booking_id: str, stage: PaymentStage, attempt: Attempt) -> Write:
    """An attempt that the provider has taken, to be asked about from now on; refused where another one was
    noted meanwhile."""
    entry = {
        "amount": attempt.amount,
        "status": attempt.status,
        "created_at": clock.iso(attempt.created_at),
        "payment_id": attempt.payment_id,
        "confirmation_url": attempt.confirmation_url,
    }
    number = str(attempt.number)
    first = not stage.attempts
    return dynamo.update(
        settings.bookings_table(),
        _pk(booking_id),
        Stage.PAYMENT,
        set=({"attempts": {number: entry}} if first else {f"attempts.{number}": entry})
        | due.at(attempt.created_at, _PAYMENTS),
        when=f"attribute_not_exists({'attempts' if first else f'attempts.#n{number}'})",
    )


def attempt_ended(booking_id: str, seen: PaymentStage, number: int, status: str) -> Write:
    """An attempt without money: what the provider says became of it. Refused where its money came in, or
    another attempt was noted since the stage was `seen`.
    """
    return dynamo.update(
        settings.bookings_table(),
        _pk(booking_id),
        Stage.PAYMENT,
        set={f"attempts.{number}.status": status},
        remove=_no_longer_due(seen, number),
        when=f"{_not_yet_succeeded(number)} AND {_no_newer_attempt(seen)}",
        succeeded=SUCCEEDED,
    )


def no_open_payments(booking_id: str, seen: PaymentStage) -> Write:
    """Nothing is to be asked about any more; refused where another attempt was noted since."""
    return dynamo.update(
        settings.bookings_table(),
        _pk(booking_id),
        Stage.PAYMENT,
        remove=due.NOTHING,
        when=_no_newer_attempt(seen),
    )


def paid(booking: Booking, now: datetime, due_at: datetime | None = None) -> Write:
    """The booking is paid; refused where it is paid already, or no longer waits for payment.

    `due_at`: when a sweep looks whether the wake-up was lost; without it, at the end of the hold.
    """
    return _change(
        booking,
        {"paid_at": clock.iso(now)},
        due_at=due_at,
        when="#status = :awaiting_payment AND attribute_not_exists(paid_at)",
        awaiting_payment=Status.AWAITING_PAYMENT,
    )


def still_waits_for_payment(booking: Booking) -> Write:
    """A check beside a part payment: the booking still waits for the rest."""
    return dynamo.check(
        settings.bookings_table(),
        _pk(booking.booking_id),
        "BOOKING",
        "#status = :awaiting_payment AND attribute_not_exists(paid_at)",
        awaiting_payment=Status.AWAITING_PAYMENT,
    )


def money_received(
    booking_id: str,
    seen: PaymentStage,
    amount: int,
    *,
    done_at: datetime | None,
    attempt: int | None = None,
    from_balance: int | None = None,
) -> Write:
    """Kopecks taken in for the booking: by the card's `attempt`, or the `from_balance`-th time from the
    balance.

    Refused where the stage is done, this attempt's money was taken in before, or anything was received since
    the stage was `seen`: what is still due would be another sum.
    """
    changes: dict[str, Any] = {"done_at": clock.iso(done_at)} if done_at else {}
    remove: tuple[str, ...] = ()
    when, values = f"attribute_not_exists(done_at) AND {_received_as(seen)}", _received_value(seen)
    if attempt:
        changes[f"attempts.{attempt}.status"] = SUCCEEDED
        remove = _no_longer_due(seen, attempt)
        when += f" AND {_not_yet_succeeded(attempt)} AND {_no_newer_attempt(seen)}"
        values |= {"succeeded": SUCCEEDED}
    if from_balance:
        changes["from_balance"] = from_balance
    return dynamo.update(
        settings.bookings_table(),
        _pk(booking_id),
        Stage.PAYMENT,
        set=changes,
        add={"received": amount},
        remove=remove,
        when=when,
        **values,
    )


def taken_at_desk(booking_id: str, payment: DeskPayment) -> Write:
    """What the desk took in, for the transaction that books it; refused where it was taken in before."""
    item = {
        "pk": _pk(booking_id),
        "sk": _DESK + payment.payment_id,
        "method": payment.method,
        "amount": payment.amount,
        "document": payment.document,
        "taken_by": payment.taken_by,
        "taken_at": clock.iso(payment.taken_at),
    }
    return dynamo.put(settings.bookings_table(), item, "attribute_not_exists(pk)")


def _received_as(seen: PaymentStage) -> str:
    return "received = :seen" if seen.received else "attribute_not_exists(received)"


def _received_value(seen: PaymentStage) -> dict[str, Any]:
    return {"seen": seen.received} if seen.received else {}


def nothing_received(booking_id: str) -> Write:
    """A check beside an expiry without money: none came in meanwhile."""
    return dynamo.check(
        settings.bookings_table(), _pk(booking_id), Stage.PAYMENT, "attribute_not_exists(received)"
    )


def attempt_succeeded_elsewhere(booking_id: str, seen: PaymentStage, number: int) -> Write:
    """An attempt's money went to the balance; refused where it was taken in before."""
    return attempt_ended(booking_id, seen, number, SUCCEEDED)


def _not_yet_succeeded(number: int) -> str:
    return f"#attempts.#n{number}.#status <> :succeeded"


def _no_longer_due(seen: PaymentStage, number: int) -> tuple[str, ...]:
    """Where this was the last attempt that is open, nobody asks about the booking's payments any more."""
    others = [each for each in seen.open_attempts if each.number != number]
    return () if others else due.NOTHING


def _no_newer_attempt(seen: PaymentStage) -> str:
    latest = max((each.number for each in seen.attempts), default=0)
    return f"attribute_not_exists(#attempts.#n{latest + 1})"


def scheduled(booking: Booking, now: datetime, contract_number: str, room: str | None) -> Write:
    """Paid for, and told to both sides; refused where it has another slot by now: what is due follows from
    it."""
    changes: dict[str, Any] = {
        "status": Status.SCHEDULED,
        "scheduled_at": clock.iso(now),
        "contract_number": contract_number,
    }
    if room:
        changes["room"] = room
    return _change(
        booking,
        changes | _due_once_scheduled(booking, now),
        remove=tasks.NOTHING,
        when=f"#status = :awaiting_payment AND attribute_exists(paid_at) AND {_UNMOVED}",
        awaiting_payment=Status.AWAITING_PAYMENT,
        moves=booking.moves,
    )


def cancelled(booking: Booking, by: Side, now: datetime) -> Write:
    """The last state of a booking that somebody gave up; refused where it is over, or has another slot by
    now."""
    return _change(
        booking,
        {"status": Status.CANCELLED, "cancelled_at": clock.iso(now), "cancelled_by": by},
        remove=(*due.NOTHING, *tasks.NOTHING),
        when=f"#status IN (:awaiting_consent, :awaiting_payment, :scheduled) AND {_UNMOVED}",
        awaiting_consent=Status.AWAITING_CONSENT,
        awaiting_payment=Status.AWAITING_PAYMENT,
        scheduled=Status.SCHEDULED,
        moves=booking.moves,
    )


def moved(seen: Booking, moved: Booking, due_at: datetime | None, now: datetime) -> Write:
    """Another doctor's time, with all that follows from it; refused where anything of that has changed since
    the booking was `seen`.

    `due_at`: when a sweep must look at one that is not scheduled yet.
    """
    changes: dict[str, Any] = {
        "doctor_id": moved.doctor_id,
        "slot_start": clock.iso(moved.slot_start),
        "slot_end": clock.iso(moved.slot_end),
        "verdict_after": clock.iso(moved.verdict_after),
        "verdict_deadline": clock.iso(moved.verdict_deadline),
        "hold_until": clock.iso(moved.hold_until),
        "moves": moved.moves,
        "reminder_minutes": moved.reminder_minutes,
    }
    if moved.status is Status.SCHEDULED:
        changes |= _due_once_scheduled(moved, now)
    return _change(seen, changes, due_at=due_at, when=_as_seen(seen), **_seen_values(seen))


def move_noted(booking_id: str, move: Move) -> Write:
    """A move, for the booking's history; never changed."""
    item: Item = {"pk": _pk(booking_id), "sk": f"{_MOVE}{move.number:04}"}
    for each in fields(Move):
        value = getattr(move, each.name)
        item[each.name] = clock.iso(value) if isinstance(value, datetime) else value
    return dynamo.put(settings.bookings_table(), item, "attribute_not_exists(pk)")


def hold_extended(seen: Booking, until: datetime, due_at: datetime) -> Write:
    """An unpaid hold lasts longer; refused where it was paid, or anything has changed since it was `seen`."""
    return _change(
        seen, {"hold_until": clock.iso(until)}, due_at=due_at, when=_as_seen(seen), **_seen_values(seen)
    )


def nobody_spoke(booking_id: str) -> Write:
    """A check beside an end: nobody has said what became of the consultation."""
    return dynamo.check(
        settings.bookings_table(), _pk(booking_id), Stage.OUTCOME, "attribute_not_exists(done_at)"
    )


def nobody_spoke_before_moving(moved: Booking) -> Write:
    """The same beside a move, and from now on a word about the slot it leaves is refused."""
    return dynamo.update(
        settings.bookings_table(),
        _pk(moved.booking_id),
        Stage.OUTCOME,
        set={"moves": moved.moves},
        when="attribute_not_exists(done_at)",
    )


def not_moved(seen: Booking) -> Write:
    """A check beside what follows from a booking's slot: it is still the one that was `seen`."""
    return dynamo.check(
        settings.bookings_table(), _pk(seen.booking_id), "BOOKING", _UNMOVED, moves=seen.moves
    )


def _as_seen(seen: Booking) -> str:
    paid = "attribute_exists(paid_at)" if seen.paid_at else "attribute_not_exists(paid_at)"
    return f"#status = :status AND hold_until = :seen_hold AND {paid} AND {_UNMOVED}"


def _seen_values(seen: Booking) -> dict[str, Any]:
    return {"status": seen.status, "seen_hold": clock.iso(seen.hold_until), "moves": seen.moves}


def reminded(booking: Booking, now: datetime) -> Write:
    """The next thing is due; refused where the booking was moved, is over, or another run was faster."""
    return _change(
        booking,
        _due_once_scheduled(booking, now),
        when="#status = :scheduled AND slot_start = :slot AND due_day = :reminders AND due_at = :seen",
        scheduled=Status.SCHEDULED,
        slot=clock.iso(booking.slot_start),
        reminders=_REMINDERS,
        seen=clock.iso(booking.due_at) if booking.due_at else "",
    )


def expired(booking: Booking, now: datetime) -> Write:
    """The hold is over; refused where a payment was faster (`paid_at`), or it has another slot by now."""
    return _change(
        booking,
        {"status": Status.EXPIRED, "expired_at": clock.iso(now)},
        remove=(*due.NOTHING, *tasks.NOTHING),
        when="#status IN (:awaiting_consent, :awaiting_payment) AND attribute_not_exists(paid_at)"
        f" AND hold_until <= :now AND {_UNMOVED}",
        awaiting_consent=Status.AWAITING_CONSENT,
        awaiting_payment=Status.AWAITING_PAYMENT,
        now=clock.iso(now),
        moves=booking.moves,
    )


def refused(booking: Booking, reason: str, now: datetime) -> Write:
    """Intake found the stored booking against the rules; refused where it has moved on meanwhile."""
    return _change(
        booking,
        {"status": Status.REFUSED} | tasks.asked(reason, now),
        remove=due.NOTHING,
        when="#status IN (:awaiting_consent, :awaiting_payment) AND attribute_not_exists(paid_at)"
        f" AND {_UNMOVED}",
        awaiting_consent=Status.AWAITING_CONSENT,
        awaiting_payment=Status.AWAITING_PAYMENT,
        moves=booking.moves,
    )


def word_said(booking: Booking, word: Outcome, said_by: str, now: datetime, *, noted: bool = False) -> Write:
    """Somebody's word about the consultation, or the sweep's; the first one counts. Refused where the booking
    has another slot by now."""
    said = {"word": word, "said_by": said_by} | ({"noted": True} if noted else {})
    return _stage_done(booking.booking_id, Stage.OUTCOME, now, said, _UNMOVED, moves=booking.moves)


def noted(booking: Booking, word: Outcome) -> Write:
    """There is a note beside this word; refused where the word is another."""
    return dynamo.update(
        settings.bookings_table(),
        _pk(booking.booking_id),
        Stage.OUTCOME,
        set={"noted": True},
        when="word = :word",
        word=word,
    )


def settled(booking: Booking, outcome: Outcome, now: datetime, task: str | None = None) -> Write:
    """The last state of a consultation: COMPLETED where it was held, else NOT_HELD.

    `task`: what an operator still has to see to.
    """
    status = Status.COMPLETED if outcome is Outcome.HELD else Status.NOT_HELD
    changes = {"status": status, "outcome": outcome, "settled_at": clock.iso(now)}
    return _change(
        booking,
        changes | (tasks.asked(task, now) if task else {}),
        remove=due.NOTHING if task else (*due.NOTHING, *tasks.NOTHING),
        when="#status = :scheduled",
        scheduled=Status.SCHEDULED,
    )


def corrected(booking: Booking, outcome: Outcome, task: str | None, answered: bool, now: datetime) -> Write:
    """Another final outcome; refused where one was corrected since the row was read.

    `task`: what an operator has to see to because of it. `answered`: it answers what the row asks for.
    """
    status = Status.COMPLETED if outcome is Outcome.HELD else Status.NOT_HELD
    changes = {"status": status, "outcome": outcome, "corrections": booking.corrections + 1}
    return _change(
        booking,
        changes | (tasks.asked(task, now) if task else {}),
        remove=tasks.NOTHING if answered and not task else (),
        when="#status = :status AND outcome = :outcome AND corrections = :seen",
        status=booking.status,
        outcome=booking.outcome,
        seen=booking.corrections,
    )


def correction_asked(booking: Booking, request_id: str, outcome: Outcome, by: str, now: datetime) -> Write:
    """The request behind a correction, and what the outcome was before; refused where it was met before."""
    item = {
        "pk": _pk(booking.booking_id),
        "sk": f"CORRECTION#{request_id}",
        "outcome": outcome,
        "was": booking.outcome,
        "number": booking.corrections + 1,
        "at": clock.iso(now),
        "by": by,
    }
    return dynamo.put(settings.bookings_table(), item, "attribute_not_exists(pk)")


def correction_of(booking_id: str, request_id: str) -> Outcome | None:
    """The outcome that this request made it, if it was met before."""
    item = dynamo.get(settings.bookings_table(), _pk(booking_id), f"CORRECTION#{request_id}")
    return Outcome(item["outcome"]) if item else None


def operator_needed(booking: Booking, reason: str, due_at: datetime | None, now: datetime) -> Write:
    """A task for the operator, looked at again at `due_at`; refused where it was settled meanwhile."""
    return _change(
        booking,
        tasks.asked(reason, now),
        due_at=due_at,
        when="#status = :scheduled",
        scheduled=Status.SCHEDULED,
    )


def operator_answered(booking: Booking, now: datetime) -> Write:
    """The operator has dealt with the task; due at once, so that a lost wake-up is found."""
    return _change(booking, {}, due_at=now, remove=tasks.NOTHING)


def task_answered(booking: Booking, now: datetime) -> Write:
    """An operator has dealt with what the row asked for; a live one is due at once, so that a sweep carries
    on. Refused where it asks for something else by now."""
    return _change(
        booking,
        {},
        due_at=None if booking.status.final else now,
        remove=tasks.NOTHING,
        when="#task = :seen AND #status = :status",
        seen=booking.task,
        status=booking.status,
    )


def execution_started(booking: Booking) -> Write:
    """One more execution of the workflow: refused where somebody else has just started it."""
    return _change(
        booking, {"execution": booking.execution + 1}, when="execution = :seen", seen=booking.execution
    )


def joined(booking: Booking, side: str, now: datetime) -> Write:
    """The first click of one side on its join link, for the present slot: evidence, never changed."""
    sk = f"JOIN#{clock.iso(booking.slot_start)}#{side}"
    item = {"pk": _pk(booking.booking_id), "sk": sk, "at": clock.iso(now), **_kept(now)}
    return dynamo.put(settings.bookings_table(), item, "attribute_not_exists(pk)")


def contact_attempted(
    booking: Booking, attempt_id: str, by: str, result: ContactResult, now: datetime
) -> Write:
    """The doctor tried to reach the patient for the present slot: evidence, once per attempt id."""
    item = {
        "pk": _pk(booking.booking_id),
        "sk": f"CONTACT#{clock.iso(booking.slot_start)}#{attempt_id}",
        "at": clock.iso(now),
        "by": by,
        "result": result,
        **_kept(now),
    }
    return dynamo.put(settings.bookings_table(), item, "attribute_not_exists(pk)")


def _kept(now: datetime) -> Item:
    return {"expires_at": clock.epoch(now + _PRESENCE_KEPT)}


def _due_once_scheduled(booking: Booking, now: datetime) -> Item:
    """What a sweep must look at next of a consultation that is going to be: a reminder, else the evidence."""
    reminder = rules.next_reminder(booking, now)
    return due.standing(reminder, _REMINDERS) if reminder else due.at(booking.verdict_after)


def _stage_done(
    booking_id: str, stage: Stage, now: datetime, changes: dict[str, Any], *also: str, **values: Any
) -> Write:
    return dynamo.update(
        settings.bookings_table(),
        _pk(booking_id),
        stage,
        set={"done_at": clock.iso(now)} | changes,
        when=" AND ".join(("attribute_not_exists(done_at)", *also)),
        **values,
    )


def _change(
    booking: Booking,
    changes: dict[str, Any],
    *,
    due_at: datetime | None = None,
    remove: tuple[str, ...] = (),
    when: str = "attribute_exists(pk)",
    **values: Any,
) -> Write:
    if due_at:
        changes = changes | due.at(due_at)
    return dynamo.update(
        settings.bookings_table(),
        _pk(booking.booking_id),
        "BOOKING",
        set=changes,
        remove=remove,
        when=when,
        **values,
    )


def _pk(booking_id: str) -> str:
    return f"BOOKING#{booking_id}"


def _item(booking: Booking) -> Item:
    item: Item = {"pk": _pk(booking.booking_id), "sk": "BOOKING"}
    for each in fields(Booking):
        value = getattr(booking, each.name)
        if value is not None:
            item[each.name] = clock.iso(value) if isinstance(value, datetime) else value
    return item | (due.at(booking.due_at) if booking.due_at else {})


def _booking(item: Item) -> Booking:
    values: dict[str, Any] = {
        name: _READERS[name](item[name]) if name in _READERS else item[name] for name in _NAMES & item.keys()
    }
    return Booking(**values)


def _consent(item: Item) -> ConsentStage:
    return ConsentStage(token=item.get("token"), done_at=_moment(item, "done_at"))


def _payment(item: Item) -> PaymentStage:
    attempts = tuple(
        Attempt(
            number=int(number),
            amount=entry["amount"],
            status=entry["status"],
            created_at=clock.parse(entry["created_at"]),
            payment_id=entry["payment_id"],
            confirmation_url=entry.get("confirmation_url"),
        )
        for number, entry in sorted(item.get("attempts", {}).items(), key=lambda pair: int(pair[0]))
    )
    return PaymentStage(
        token=item.get("token"),
        done_at=_moment(item, "done_at"),
        received=item.get("received", 0),
        from_balance=item.get("from_balance", 0),
        attempts=attempts,
    )


def _desk_payments(items: list[Item]) -> tuple[DeskPayment, ...]:
    """In the order in which they were taken in."""
    taken = [
        DeskPayment(
            payment_id=item["sk"].removeprefix(_DESK),
            method=DeskMethod(item["method"]),
            amount=item["amount"],
            document=item["document"],
            taken_by=item["taken_by"],
            taken_at=clock.parse(item["taken_at"]),
        )
        for item in items
        if item["sk"].startswith(_DESK)
    ]
    return tuple(sorted(taken, key=lambda each: (each.taken_at, each.payment_id)))


def _outcome(item: Item) -> OutcomeStage:
    return OutcomeStage(
        token=item.get("token"),
        done_at=_moment(item, "done_at"),
        word=Outcome(item["word"]) if "word" in item else None,
        said_by=item.get("said_by"),
        noted=item.get("noted", False),
    )


def _move(item: Item) -> Move:
    values: dict[str, Any] = {each.name: item[each.name] for each in fields(Move)}
    values |= {name: clock.parse(item[name]) for name in ("from_start", "to_start", "moved_at")}
    return Move(**values)


def _contact(item: Item) -> ContactAttempt:
    return ContactAttempt(clock.parse(item["at"]), ContactResult(item["result"]), item["by"])


def _when(attempt: ContactAttempt) -> datetime:
    return attempt.at


def _moment(item: Item, name: str) -> datetime | None:
    return clock.parse(item[name]) if name in item else None
