"""What is said of a consultation: by people, by the evidence, by the deadline (§2, outcome rules)."""

from contextlib import suppress
from datetime import datetime

from teleconsult.booking import rules as booking_rules
from teleconsult.booking import store as bookings
from teleconsult.booking import workflow
from teleconsult.booking.model import Outcome, Record, Stage, Stands
from teleconsult.outcomes.rules import verdict_by_evidence
from teleconsult.platform import dynamo
from teleconsult.platform.dynamo import Write
from teleconsult.platform.errors import Conflict

SWEEP = "sweep"
DEADLINE = "deadline"


def say_outcome(record: Record, outcome: Outcome, said_by: str, now: datetime) -> Record:
    """The doctor's or an operator's word: the first one stands, the same one again changes nothing.

    Raises:
        Conflict: not scheduled, not begun yet, or another word was said before.
    """
    booking = record.booking
    if record.outcome.word is outcome:
        workflow.wake(record, Stage.OUTCOME)
        return record
    if record.outcome.word or booking.status.final:
        raise Conflict("outcome_known", "Итог этой консультации уже записан")
    if not booking_rules.outcome_may_be_said(booking, now):
        raise Conflict("outcome_too_early", "Итог можно записать после начала оплаченной консультации")
    writes = [bookings.word_said(booking, outcome, said_by, now)]
    if booking.task:
        writes.append(bookings.operator_answered(booking, now))
    return _say(record, writes)


def judge_overdue(record: Record, required_attempts: int, now: datetime) -> Outcome | None:
    """The evidence speaks for a consultation that nobody said a word about; None: a task for the operator."""
    booking = record.booking
    outcome = verdict_by_evidence(record, required_attempts)
    if outcome is None:
        with suppress(dynamo.ConditionFailed):  # settled meanwhile
            dynamo.write(bookings.operator_needed(booking, "outcome_unclear", booking.verdict_deadline, now))
    else:
        _say(record, [bookings.word_said(booking, outcome, SWEEP, now)])
    return outcome


def final_word(booking_id: str, now: datetime) -> Record:
    """After the deadline of 72 h the outcome is `unknown`, if still nobody has said anything."""
    record = bookings.load(booking_id)
    if booking_rules.stands(record) is not Stands.AWAITING_OUTCOME or now < record.booking.verdict_deadline:
        return record
    with suppress(dynamo.ConditionFailed):  # somebody spoke in the last moment, and that stands
        dynamo.write(bookings.word_said(record.booking, Outcome.UNKNOWN, DEADLINE, now))
    return bookings.load(booking_id)


def note_join(booking_id: str, side: str, now: datetime) -> None:
    """One side clicked its join link: the first click is the evidence."""
    _once(bookings.joined(booking_id, side, now))


def note_contact_attempt(booking_id: str, attempt_id: str, by: str, now: datetime) -> None:
    """The doctor tried to reach the patient (S14); the same attempt id counts once."""
    _once(bookings.contact_attempted(booking_id, attempt_id, by, now))


def _say(record: Record, writes: list[Write]) -> Record:
    booking_id = record.booking.booking_id
    try:
        dynamo.transact(writes)
    except dynamo.TransactionRefused as refused:
        said = bookings.load(booking_id)
        if said.outcome.word is None:
            raise Conflict("outcome_known", "Запись изменилась, повторите") from refused
        return said
    said = bookings.load(booking_id)
    workflow.wake(said, Stage.OUTCOME)
    return said


def _once(write: Write) -> None:
    with suppress(dynamo.ConditionFailed):  # noted before
        dynamo.write(write)
