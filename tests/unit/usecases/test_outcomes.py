"""From the paid booking to the settled one (S13–S15, §2): scheduling, the word, the evidence, the money."""

from dataclasses import replace
from datetime import timedelta

import pytest

from teleconsult.booking import store as bookings
from teleconsult.booking.model import ContactResult, Outcome, Record, Side, Status
from teleconsult.booking.rules import stands
from teleconsult.changes.model import Asked
from teleconsult.changes.moving import Wish, move
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.outcomes import notes
from teleconsult.outcomes.correcting import correct
from teleconsult.outcomes.notes import Note
from teleconsult.outcomes.saying import (
    final_word,
    judge_overdue,
    note_contact_attempt,
    note_join,
    say_outcome,
)
from teleconsult.outcomes.settling import credit_balance, recognise_revenue
from teleconsult.payments.paying import pay_from_balance
from teleconsult.platform import dynamo
from teleconsult.platform.errors import Conflict
from teleconsult.scheduling.schedule import schedule
from tests.unit.usecases.conftest import NOW
from tests.unit.usecases.forms import booked, form, free_slots, stored


def paid(channel: str = "room") -> Record:
    contact = {"type": channel, "login": "anna.solovyova"} if channel == "skype" else {"type": channel}
    record = booked(form(free_slots("therapist", NOW)[0], channel=contact), NOW)
    booking = record.booking
    ledger.post(
        ledger_rules.payment_to_balance("p-1", booking.booking_id, booking.holder_id, booking.price), now=NOW
    )
    return pay_from_balance(record, NOW)


@pytest.fixture
def record() -> Record:
    return schedule(paid().booking.booking_id, NOW)


def present(record: Record) -> Record:
    return bookings.load(record.booking.booking_id)


def outbox(record: Record) -> set[str]:
    items = dynamo.query_all("bookings", "pk = :pk", pk=f"BOOKING#{record.booking.booking_id}")
    return {item["notice"] for item in items if item["sk"].startswith("OUTBOX#")}


def balance(record: Record) -> int:
    return ledger.available(ledger_rules.balance(record.booking.holder_id))


def test_a_paid_booking_gets_its_contract_its_room_and_its_confirmation(record: Record) -> None:
    booking = record.booking
    assert booking.status is Status.SCHEDULED
    assert booking.contract_number == f"ОК-20261201-{booking.booking_id[2:12].upper()}"
    assert booking.room
    assert booking.room.startswith("https://")
    assert len(booking.room.rsplit("/", 1)[1]) == 26
    assert booking.due_at == booking.slot_start - timedelta(hours=24)  # both sides are reminded then
    assert "scheduled" in outbox(record)


@pytest.mark.parametrize("channel", ["skype", "phone"])
def test_only_the_video_channel_has_a_room(channel: str) -> None:
    assert schedule(paid(channel).booking.booking_id, NOW).booking.room is None


def test_scheduling_twice_changes_nothing_more(record: Record) -> None:
    assert schedule(record.booking.booking_id, NOW + timedelta(minutes=1)) == record


def test_an_unpaid_booking_is_not_scheduled() -> None:
    unpaid = booked(form(free_slots("therapist", NOW)[0]), NOW)
    assert schedule(unpaid.booking.booking_id, NOW).booking.status is Status.AWAITING_PAYMENT


def test_a_held_consultation_is_revenue_once(record: Record) -> None:
    said = say_outcome(record, Outcome.HELD, "d-1", record.booking.slot_start)
    assert stands(said) == "outcome_known"
    for _ in range(2):
        settled = recognise_revenue(record.booking.booking_id, record.booking.slot_end)
    assert settled.booking.status is Status.COMPLETED
    assert settled.booking.outcome is Outcome.HELD
    assert ledger.trial_balance().kinds["revenue"].balance == 250000
    assert ledger.available(ledger_rules.held(record.booking.booking_id)) == 0


@pytest.mark.parametrize(
    "reason", [Outcome.PATIENT_ABSENT, Outcome.DOCTOR_ABSENT, Outcome.TECHNICAL, Outcome.UNKNOWN]
)
def test_a_consultation_not_held_is_credited_once_whatever_the_reason(
    record: Record, reason: Outcome
) -> None:
    say_outcome(record, reason, "op-1", record.booking.slot_start)
    for _ in range(2):
        settled = credit_balance(record.booking.booking_id, record.booking.slot_end)
    assert settled.booking.status is Status.NOT_HELD
    assert settled.booking.outcome is reason
    assert balance(record) == 250000
    assert "not_held" in outbox(record)


def test_settling_against_the_word_is_refused(record: Record) -> None:
    say_outcome(record, Outcome.HELD, "d-1", record.booking.slot_start)
    with pytest.raises(ValueError, match="verdict"):
        credit_balance(record.booking.booking_id, record.booking.slot_end)
    assert balance(record) == 0


def test_nothing_is_settled_without_a_word(record: Record) -> None:
    with pytest.raises(ValueError, match="no word"):
        recognise_revenue(record.booking.booking_id, record.booking.slot_end)


def test_the_first_word_stands_and_may_be_repeated(record: Record) -> None:
    said = say_outcome(record, Outcome.HELD, "d-1", record.booking.slot_start)
    assert say_outcome(said, Outcome.HELD, "op-1", record.booking.slot_end).outcome.said_by == "d-1"
    with pytest.raises(Conflict) as refused:
        say_outcome(said, Outcome.UNKNOWN, "op-1", record.booking.slot_end)
    assert refused.value.code == "outcome_known"


def test_of_two_words_at_once_the_first_stands_and_the_other_is_refused(record: Record) -> None:
    say_outcome(record, Outcome.HELD, "d-1", record.booking.slot_start)
    with pytest.raises(Conflict) as refused:
        say_outcome(record, Outcome.UNKNOWN, "op-1", record.booking.slot_start)
    assert refused.value.code == "outcome_known"
    assert present(record).outcome.word is Outcome.HELD


def test_of_one_word_said_twice_at_once_the_doctors_note_is_kept(record: Record) -> None:
    booking = record.booking
    note = Note("Назначены анализы", booking.doctor_id, "d-1", booking.slot_start)
    say_outcome(record, Outcome.HELD, "op-1", booking.slot_start)
    said = say_outcome(record, Outcome.HELD, "d-1", booking.slot_start, note=note)
    assert said.outcome.said_by == "op-1"
    assert notes.load_many([booking.booking_id], booking.doctor_id) == {booking.booking_id: note}


def test_no_word_before_the_slot_begins(record: Record) -> None:
    with pytest.raises(Conflict) as refused:
        say_outcome(record, Outcome.HELD, "d-1", record.booking.slot_start - timedelta(seconds=1))
    assert refused.value.code == "outcome_too_early"


def test_a_settled_booking_takes_no_other_word(record: Record) -> None:
    say_outcome(record, Outcome.HELD, "d-1", record.booking.slot_start)
    settled = recognise_revenue(record.booking.booking_id, record.booking.slot_end)
    with pytest.raises(Conflict):
        say_outcome(settled, Outcome.TECHNICAL, "op-1", record.booking.slot_end)


def test_two_attempts_and_no_patient_are_judged_as_an_absent_patient(record: Record) -> None:
    for attempt in ("a-1", "a-2", "a-2"):
        note_contact_attempt(
            record.booking, attempt, "d-1", ContactResult.NO_ANSWER, record.booking.slot_start
        )
    assert len(present(record).contact_attempts) == 2
    verdict = judge_overdue(present(record), 2, record.booking.verdict_after)
    assert verdict is present(record).outcome.word is Outcome.PATIENT_ABSENT


def test_a_doctor_who_neither_joined_nor_tried_was_absent(record: Record) -> None:
    assert judge_overdue(record, 2, record.booking.verdict_after) is Outcome.DOCTOR_ABSENT


def test_an_absent_doctor_is_a_task_for_the_operator_until_it_is_answered(record: Record) -> None:
    judge_overdue(record, 2, record.booking.verdict_after)
    settled = credit_balance(record.booking.booking_id, record.booking.verdict_after)
    assert settled.booking.task == "doctor_absent"
    dynamo.write(bookings.task_answered(settled.booking, record.booking.verdict_after))
    assert present(record).booking.task is None


def test_an_absent_doctor_of_whom_the_clinic_itself_says_so_is_no_task(record: Record) -> None:
    say_outcome(record, Outcome.DOCTOR_ABSENT, "op-1", record.booking.slot_start)
    settled = credit_balance(record.booking.booking_id, record.booking.slot_end)
    assert settled.booking.task is None


def test_a_word_about_a_slot_that_the_booking_has_left_is_refused(record: Record) -> None:
    other = free_slots("therapist", NOW)[-1]
    asked = Asked(side=Side.CLINIC, by="op-1", request_id="r-1", why="Врач занят")
    move(record, Wish(other.doctor_id, other.start, "key"), asked, NOW)
    with pytest.raises(Conflict):
        say_outcome(record, Outcome.HELD, "d-1", record.booking.slot_start)
    assert present(record).outcome.word is None


def test_a_booking_that_was_moved_takes_the_word_about_its_new_slot(record: Record) -> None:
    other = free_slots("therapist", NOW)[-1]
    asked = Asked(side=Side.CLINIC, by="op-1", request_id="r-1", why="Врач занят")
    moved = move(record, Wish(other.doctor_id, other.start, "key"), asked, NOW)
    assert say_outcome(moved, Outcome.HELD, "d-1", other.start).outcome.word is Outcome.HELD


def test_unclear_evidence_is_a_task_for_the_operator_until_the_deadline(record: Record) -> None:
    for side in ("patient", "doctor", "doctor"):
        note_join(record.booking, side, record.booking.slot_start)
    assert judge_overdue(present(record), 2, record.booking.verdict_after) is None
    unclear = present(record).booking
    assert unclear.task == "outcome_unclear"
    assert unclear.due_at == unclear.verdict_deadline


def test_the_operators_answer_to_the_task_clears_it(record: Record) -> None:
    note_join(record.booking, "patient", record.booking.slot_start)
    note_join(record.booking, "doctor", record.booking.slot_start)
    after = record.booking.verdict_after
    judge_overdue(present(record), 2, after)
    answered = say_outcome(present(record), Outcome.HELD, "op-1", after)
    assert answered.booking.task is None
    assert answered.booking.due_at == after


def test_the_first_click_on_a_join_link_is_the_evidence(record: Record) -> None:
    start = record.booking.slot_start
    note_join(record.booking, "patient", start)
    note_join(record.booking, "patient", start + timedelta(minutes=5))
    assert present(record).patient_joined_at == start


def test_a_booking_that_was_moved_starts_afresh_with_its_evidence(record: Record) -> None:
    booking = record.booking
    note_join(booking, "patient", booking.slot_start)
    note_contact_attempt(booking, "a-1", "d-1", ContactResult.BUSY, booking.slot_start)
    assert present(record).patient_joined_at
    assert [each.result for each in present(record).contact_attempts] == [ContactResult.BUSY]
    moved = replace(booking, slot_start=booking.slot_start + timedelta(days=1), moves=1)
    stored(moved)
    assert present(record).patient_joined_at is None
    assert present(record).contact_attempts == ()


def test_after_the_deadline_without_a_word_the_outcome_is_unknown(record: Record) -> None:
    booking_id, deadline = record.booking.booking_id, record.booking.verdict_deadline
    assert final_word(booking_id, deadline - timedelta(seconds=1)).outcome.word is None
    assert final_word(booking_id, deadline).outcome.word is Outcome.UNKNOWN
    assert final_word(booking_id, deadline).outcome.said_by == "deadline"


def test_correcting_what_the_evidence_said_answers_the_task(record: Record) -> None:
    booking_id, now = record.booking.booking_id, record.booking.verdict_after
    judge_overdue(record, 2, now)
    settled = credit_balance(booking_id, now)
    corrected = correct(
        settled, Outcome.TECHNICAL, request_id="c-1", by="op-1", now=now, within=timedelta(days=5)
    )
    assert (corrected.booking.outcome, corrected.booking.task) == (Outcome.TECHNICAL, None)
