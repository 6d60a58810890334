"""Bookings and their stages in the Bookings table. Changes are conditional writes for a transaction."""

from collections.abc import Callable, Iterator
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
    Door,
    Outcome,
    OutcomeStage,
    PaymentStage,
    Record,
    Side,
    Stage,
    Status,
)
from teleconsult.platform import clock, due, dynamo, settings, tasks
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
    return Record(
        booking=_booking(by_sort_key["BOOKING"]),
        consent=_consent(by_sort_key.get(Stage.CONSENT, {})),
        payment=_payment(by_sort_key.get(Stage.PAYMENT, {})),
        outcome=_outcome(by_sort_key.get(Stage.OUTCOME, {})),
        patient_joined_at=_moment(by_sort_key.get("JOIN#patient", {}), "at"),
        doctor_joined_at=_moment(by_sort_key.get("JOIN#doctor", {}), "at"),
        contact_attempts=tuple(clock.parse(i["at"]) for i in items if i["sk"].startswith("CONTACT#")),
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


def latest_of_holder(holder_id: str, limit: int) -> list[Booking]:
    """A holder's bookings, those alone with the `limit` latest slots; what was booked last comes first."""
    keys, _ = dynamo.query(
        settings.bookings_table(),
        "holder_id = :holder",
        index="by_holder",
        limit=limit,
        newest_first=True,
        holder=holder_id,
    )
    rows = dynamo.batch_get(settings.bookings_table(), [(key["pk"], "BOOKING") for key in keys])
    return sorted(map(_booking, rows), key=lambda booking: booking.created_at, reverse=True)


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
    """Consents are complete; the next thing due is the end of the hold."""
    return _change(
        booking,
        {"status": Status.AWAITING_PAYMENT, "consented_at": clock.iso(now)},
        due_at=booking.hold_until,
        remove=tasks.NOTHING,
        when="#status = :awaiting_consent",
        awaiting_consent=Status.AWAITING_CONSENT,
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
        when="#status = :awaiting_payment AND attribute_exists(paid_at)",
        awaiting_payment=Status.AWAITING_PAYMENT,
    )


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
    """The hold is over; refused where a payment was faster (`paid_at`)."""
    return _change(
        booking,
        {"status": Status.EXPIRED, "expired_at": clock.iso(now)},
        remove=(*due.NOTHING, *tasks.NOTHING),
        when="#status IN (:awaiting_consent, :awaiting_payment) AND attribute_not_exists(paid_at)"
        " AND hold_until <= :now",
        awaiting_consent=Status.AWAITING_CONSENT,
        awaiting_payment=Status.AWAITING_PAYMENT,
        now=clock.iso(now),
    )


def refused(booking: Booking, reason: str, now: datetime) -> Write:
    """Intake found the stored booking against the rules; refused where it has moved on meanwhile."""
    return _change(
        booking,
        {"status": Status.REFUSED} | tasks.asked(reason, now),
        remove=due.NOTHING,
        when="#status IN (:awaiting_consent, :awaiting_payment) AND attribute_not_exists(paid_at)",
        awaiting_consent=Status.AWAITING_CONSENT,
        awaiting_payment=Status.AWAITING_PAYMENT,
    )


def word_said(booking: Booking, word: Outcome, said_by: str, now: datetime) -> Write:
    """Somebody's word about the consultation, or the sweep's; the first one counts."""
    return _stage_done(booking.booking_id, Stage.OUTCOME, now, {"word": word, "said_by": said_by})


def settled(booking: Booking, outcome: Outcome, now: datetime) -> Write:
    """The last state of a consultation: COMPLETED where it was held, else NOT_HELD."""
    status = Status.COMPLETED if outcome is Outcome.HELD else Status.NOT_HELD
    return _change(
        booking,
        {"status": status, "outcome": outcome, "settled_at": clock.iso(now)},
        remove=(*due.NOTHING, *tasks.NOTHING),
        when="#status = :scheduled",
        scheduled=Status.SCHEDULED,
    )


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


def execution_started(booking: Booking) -> Write:
    """One more execution of the workflow: refused where somebody else has just started it."""
    return _change(
        booking, {"execution": booking.execution + 1}, when="execution = :seen", seen=booking.execution
    )


def joined(booking_id: str, side: str, now: datetime) -> Write:
    """The first click of one side on its join link: evidence, never changed."""
    item = {"pk": _pk(booking_id), "sk": f"JOIN#{side}", "at": clock.iso(now), **_kept(now)}
    return dynamo.put(settings.bookings_table(), item, "attribute_not_exists(pk)")


def contact_attempted(booking_id: str, attempt_id: str, by: str, now: datetime) -> Write:
    """The doctor tried to reach the patient: evidence, once per attempt id."""
    moment = clock.iso(now)
    item = {"pk": _pk(booking_id), "sk": f"CONTACT#{attempt_id}", "at": moment, "by": by, **_kept(now)}
    return dynamo.put(settings.bookings_table(), item, "attribute_not_exists(pk)")


def _kept(now: datetime) -> Item:
    return {"expires_at": clock.epoch(now + _PRESENCE_KEPT)}


def _due_once_scheduled(booking: Booking, now: datetime) -> Item:
    """What a sweep must look at next of a consultation that is going to be: a reminder, else the evidence."""
    reminder = rules.next_reminder(booking, now)
    return due.standing(reminder, _REMINDERS) if reminder else due.at(booking.verdict_after)


def _stage_done(booking_id: str, stage: Stage, now: datetime, changes: dict[str, Any]) -> Write:
    return dynamo.update(
        settings.bookings_table(),
        _pk(booking_id),
        stage,
        set={"done_at": clock.iso(now)} | changes,
        when="attribute_not_exists(done_at)",
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


def _outcome(item: Item) -> OutcomeStage:
    return OutcomeStage(
        token=item.get("token"),
        done_at=_moment(item, "done_at"),
        word=Outcome(item["word"]) if "word" in item else None,
        said_by=item.get("said_by"),
    )


def _moment(item: Item, name: str) -> datetime | None:
    return clock.parse(item[name]) if name in item else None
