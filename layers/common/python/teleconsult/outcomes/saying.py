"""What is said of a consultation: by people, by the evidence, by the deadline (§2, outcome rules)."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from teleconsult.booking import rules as booking_rules
from teleconsult.booking import store as bookings
from teleconsult.booking import workflow
from teleconsult.booking.model import Booking, ContactResult, Outcome, Record, Stage, Stands
from teleconsult.outcomes import notes
from teleconsult.outcomes.notes import Note
from teleconsult.outcomes.rules import SWEEP, verdict_by_evidence
from teleconsult.platform import dynamo
from teleconsult.platform.dynamo import Write
from teleconsult.platform.errors import Conflict

DEADLINE = "deadline"


def say_outcome(
    record: Record,
    outcome: Outcome,
    said_by: str,
    now: datetime,
    *,
    note: Note | None = None,
    also: Sequence[Write] = (),
) -> Record:
    """The doctor's or an operator's word: the first one stands, the same one again changes nothing but that a
    note may be added to it, however closely the two follow one another.

    `also`: what is written with it, such as an entry of the audit trail.

    Raises:
        Conflict: not scheduled, not begun yet, another word was said before, or another note written.
    """
    booking = record.booking
    if record.outcome.word is outcome:
        if note:
            _add_note(record, outcome, note, also)
        workflow.wake(record, Stage.OUTCOME)
        return bookings.load(booking.booking_id) if note else record
    if record.outcome.word or booking.status.final:
        raise Conflict("outcome_known", "Итог этой консультации уже записан")
    if not booking_rules.outcome_may_be_said(booking, now):
        raise Conflict("outcome_too_early", "Итог можно записать после начала оплаченной консультации")
    writes = [bookings.word_said(booking, outcome, said_by, now, noted=note is not None), *also]
    if note:
        writes.append(notes.put(booking.booking_id, note))
    if booking.task:
        writes.append(bookings.operator_answered(booking, now))
    try:
        return _say(booking.booking_id, writes)
    except dynamo.TransactionRefused as refused:
        stands = _said_meanwhile(booking.booking_id, refused)
        return say_outcome(stands, outcome, said_by, now, note=note, also=also)


def judge_overdue(record: Record, required_attempts: int, now: datetime) -> Outcome | None:
    """The evidence speaks for a consultation that nobody said a word about; None: a task for the operator."""
    booking = record.booking
    outcome = verdict_by_evidence(record, required_attempts)
    if outcome is None:
        with suppress(dynamo.ConditionFailed):  # settled meanwhile
            dynamo.write(bookings.operator_needed(booking, "outcome_unclear", booking.verdict_deadline, now))
        return None
    try:
        _say(booking.booking_id, [bookings.word_said(booking, outcome, SWEEP, now)])
    except dynamo.TransactionRefused as refused:
        _said_meanwhile(booking.booking_id, refused)
    return outcome


def final_word(booking_id: str, now: datetime) -> Record:
    """As `say_unknown_after_deadline`, of the booking as it stands."""
    return say_unknown_after_deadline(bookings.load(booking_id), now)


def say_unknown_after_deadline(record: Record, now: datetime) -> Record:
    """After the deadline of 72 h the outcome is `unknown`, if still nobody has said anything.

    Nobody is woken: the workflow says so itself, and a sweep carries on with what it finds.
    """
    if booking_rules.stands(record) is not Stands.AWAITING_OUTCOME or now < record.booking.verdict_deadline:
        return record
    with suppress(dynamo.ConditionFailed):  # somebody spoke in the last moment, and that stands
        dynamo.write(bookings.word_said(record.booking, Outcome.UNKNOWN, DEADLINE, now))
    return bookings.load(record.booking.booking_id)


def note_join(booking: Booking, side: str, now: datetime) -> None:
    """One side clicked its join link: the first click for this slot is the evidence."""
    _once(bookings.joined(booking, side, now))


def note_contact_attempt(
    booking: Booking,
    attempt_id: str,
    by: str,
    result: ContactResult,
    now: datetime,
) -> None:
    """The doctor tried to reach the patient (S14); the same attempt id counts once."""
    _once(bookings.contact_attempted(booking, attempt_id, by, result, now))


def _add_note(record: Record, word: Outcome, note: Note, also: Sequence[Write]) -> None:
    """A note that comes after the word it belongs to.

    Raises:
        Conflict: this doctor has written another one.
    """
    booking = record.booking
    known = notes.load_many([booking.booking_id], note.doctor_id).get(booking.booking_id)
    if known is None:
        writes = [notes.put(booking.booking_id, note), bookings.noted(booking, word), *also]
        with suppress(dynamo.TransactionRefused):  # the same was sent twice at once
            dynamo.transact(writes)
        known = notes.load_many([booking.booking_id], note.doctor_id).get(booking.booking_id)
    if known is None or known.text != note.text:
        raise Conflict("note_stands", "Заметка уже записана и не меняется")


def _say(booking_id: str, writes: Sequence[Write]) -> Record:
    """
    Raises:
        TransactionRefused: another word stands, or the booking has changed.
    """
    dynamo.transact(writes)
    said = bookings.load(booking_id)
    workflow.wake(said, Stage.OUTCOME)
    return said


def _said_meanwhile(booking_id: str, refused: dynamo.TransactionRefused) -> Record:
    """The booking, where a word was refused because another stands.

    Raises:
        Conflict: none does, the booking itself has changed.
    """
    stands = bookings.load(booking_id)
    if stands.outcome.word is None:
        raise Conflict("outcome_known", "Запись изменилась, повторите") from refused
    return stands


def _once(write: Write) -> None:
    with suppress(dynamo.ConditionFailed):  # noted before
        dynamo.write(write)
