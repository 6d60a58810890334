"""The sweeps: what is due or left behind is carried on with, each booking on its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.stub import Stubber

from teleconsult.booking import store, workflow
from teleconsult.booking.model import Booking, ContactResult, Outcome, Record, Run, Stage, Status
from teleconsult.outcomes import saying
from teleconsult.platform import aws, clock, due, dynamo, settings
from teleconsult.platform.observability import metrics
from teleconsult.platform.tally import Tally
from teleconsult.sweeps.sweeping import lost_executions, no_shows
from tests import bookings

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def endless() -> bool:
    return True


def stored(booking: Booking, *, started: bool = True) -> Booking:
    dynamo.write(store.create(booking))
    if started:
        workflow.start(booking.booking_id, booking.execution)
    return booking


def loaded(booking: Booking) -> Record:
    return store.load(booking.booking_id)


def stop(booking: Booking, execution: int = 1) -> None:
    aws.client("stepfunctions").stop_execution(executionArn=execution_arn(booking, execution))


def execution_arn(booking: Booking, execution: int = 1) -> str:
    machine = settings.state_machine_arn().replace(":stateMachine:", ":execution:")
    return f"{machine}:{booking.booking_id}-{execution}"


def park(booking: Booking, stage: Stage, token: str) -> None:
    """What the waiting workflow does: its token is on the stage's item."""
    dynamo.write(dynamo.update("bookings", f"BOOKING#{booking.booking_id}", stage, set={"token": token}))


@contextmanager
def woken_tokens() -> Iterator[list[str]]:
    """Tokens that Step Functions is told of: moto answers, and forgets."""
    tokens: list[str] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        tokens.append(params["taskToken"])

    events = aws.client("stepfunctions").meta.events
    events.register("provide-client-params.stepfunctions.SendTaskSuccess", note)
    yield tokens
    events.unregister("provide-client-params.stepfunctions.SendTaskSuccess", note)


# ---- no-shows ----


def test_the_evidence_speaks_when_nobody_did() -> None:
    booking = stored(bookings.scheduled("b-1", NOW))
    park(booking, Stage.OUTCOME, "token-1")
    with woken_tokens() as woken:
        assert no_shows(NOW, endless) == Tally(found=1, done=1)
    said = loaded(booking).outcome
    assert (said.word, said.said_by) == (Outcome.DOCTOR_ABSENT, "sweep")
    assert woken == ["token-1"]


def test_the_doctors_setting_says_how_many_attempts_count() -> None:
    doctor = "d-unknown"
    booking = stored(bookings.scheduled("b-1", NOW, doctor_id=doctor))
    for attempt in ("a-1", "a-2"):
        saying.note_contact_attempt(booking, attempt, "d-unknown", ContactResult.NO_ANSWER, NOW)
    no_shows(NOW, endless)
    assert loaded(booking).outcome.word is Outcome.PATIENT_ABSENT


def test_unclear_evidence_is_the_operators_until_the_deadline() -> None:
    booking = stored(bookings.scheduled("b-1", NOW))
    saying.note_join(booking, "patient", NOW)
    saying.note_join(booking, "doctor", NOW)
    assert no_shows(NOW, endless) == Tally(found=1, done=1)
    record = loaded(booking)
    assert record.outcome.word is None
    assert record.booking.task == "outcome_unclear"
    assert no_shows(booking.verdict_deadline - timedelta(seconds=1), endless) == Tally()


@pytest.mark.parametrize(
    ("joined", "alert"),
    [((), "DoctorAbsent"), (("patient", "doctor"), "OutcomeUnclear"), (("doctor",), None)],
)
def test_the_clinic_hears_of_an_absent_doctor_and_of_what_an_operator_must_decide(
    joined: tuple[str, ...], alert: str | None
) -> None:
    booking = stored(bookings.scheduled("b-1", NOW))
    for side in joined:
        saying.note_join(booking, side, NOW)
    metrics.clear_metrics()
    no_shows(NOW, endless)
    assert list(metrics.metric_set) == ([alert] if alert else [])


def test_at_the_deadline_the_outcome_is_unknown_and_the_workflow_is_woken() -> None:
    booking = stored(bookings.scheduled("b-1", NOW))
    for side in ("patient", "doctor"):
        saying.note_join(booking, side, NOW)
    park(booking, Stage.OUTCOME, "token-1")
    with woken_tokens() as woken:
        no_shows(NOW, endless)
        assert woken == []
        assert no_shows(booking.verdict_deadline, endless) == Tally(found=1, done=1)
    said = loaded(booking).outcome
    assert (said.word, said.said_by) == (Outcome.UNKNOWN, "deadline")
    assert woken == ["token-1"]


def test_a_word_before_the_deadline_stands_after_it() -> None:
    booking = stored(bookings.scheduled("b-1", NOW))
    dynamo.write(store.word_said(booking, Outcome.HELD, "d-test", NOW))
    no_shows(booking.verdict_deadline, endless)
    assert loaded(booking).outcome.word is Outcome.HELD


def test_no_evidence_speaks_before_the_grace_is_over() -> None:
    booking = stored(bookings.scheduled("b-1", NOW, verdict_after=NOW + timedelta(seconds=1)))
    assert no_shows(NOW, endless) == Tally(found=1)
    assert loaded(booking).outcome.word is None


def test_a_word_whose_wake_up_was_lost_is_told_again() -> None:
    booking = stored(bookings.scheduled("b-1", NOW))
    dynamo.write(store.word_said(booking, Outcome.HELD, "d-test", NOW))
    park(booking, Stage.OUTCOME, "token-1")
    with woken_tokens() as woken:
        assert no_shows(NOW, endless) == Tally(found=1, done=1)
    assert woken == ["token-1"]
    assert loaded(booking).outcome.said_by == "d-test"


def test_unpaid_bookings_are_no_no_shows() -> None:
    stored(bookings.booking("b-1", NOW, due_at=NOW))
    assert no_shows(NOW, endless) == Tally(found=1)


# ---- lost executions ----


def test_a_payment_whose_wake_up_was_lost_is_told_again() -> None:
    booking = stored(bookings.booking("b-1", NOW, paid_at=NOW, due_at=NOW))
    park(booking, Stage.PAYMENT, "token-1")
    with woken_tokens() as woken:
        assert lost_executions(NOW, endless) == Tally(found=1, done=1)
    assert woken == ["token-1"]


def test_a_due_booking_whose_workflow_runs_and_waits_is_left_alone() -> None:
    booking = stored(bookings.booking("b-1", NOW, due_at=NOW))
    assert lost_executions(NOW, endless) == Tally(found=1)
    assert loaded(booking).booking.execution == 1


def test_a_workflow_that_never_began_is_started_when_the_booking_is_due() -> None:
    booking = stored(bookings.booking("b-1", NOW, due_at=NOW), started=False)
    assert lost_executions(NOW, endless) == Tally(found=1, done=1)
    assert loaded(booking).booking.execution == 1
    assert workflow.latest_run(loaded(booking).booking) == Run(running=True)


def test_a_workflow_stopped_by_hand_is_started_again_long_before_the_booking_is_due() -> None:
    present = clock.now()
    booking = stored(bookings.booking("b-1", present, due_at=present + timedelta(days=3)))
    stop(booking)
    assert lost_executions(present, endless) == Tally(found=1, done=1)
    assert loaded(booking).booking.execution == 2
    assert lost_executions(present, endless) == Tally(found=1)  # it runs again


def test_a_restart_that_crashed_half_way_is_taken_up() -> None:
    present = clock.now()
    booking = stored(bookings.booking("b-1", present))
    stop(booking)
    workflow.start(booking.booking_id, 2)  # and the row was not told
    assert lost_executions(present, endless) == Tally(found=1, done=1)
    assert loaded(booking).booking.execution == 2
    assert workflow.latest_run(loaded(booking).booking) == Run(running=True)


def test_a_final_booking_needs_no_workflow() -> None:
    present = clock.now()
    booking = stored(bookings.booking("b-1", present, status=Status.EXPIRED, due_at=None))
    stop(booking)
    assert lost_executions(present, endless) == Tally(found=1)
    assert loaded(booking).booking.execution == 1


def test_an_execution_of_no_booking_is_passed_over() -> None:
    workflow.start("b-nobody")
    stop(bookings.booking("b-nobody", NOW))
    assert lost_executions(clock.now(), endless) == Tally(found=1)


def test_what_ended_longer_ago_than_the_look_back_is_not_looked_at() -> None:
    present = clock.now()
    stop(stored(bookings.booking("b-1", present, due_at=None)))
    assert lost_executions(present + timedelta(days=8), endless) == Tally()


# ---- one by one ----


@pytest.mark.parametrize("sweep", [no_shows, lost_executions])
def test_one_bad_booking_never_blocks_the_rest(sweep: Any) -> None:
    for number, status in enumerate(("SCHEDULED", "BROKEN", "SCHEDULED")):
        booking = bookings.scheduled(f"b-{number}", NOW)
        stored(booking, started=False)
        row = dynamo.update("bookings", f"BOOKING#{booking.booking_id}", "BOOKING", set={"status": status})
        dynamo.write(row)
    assert sweep(NOW, endless) == Tally(found=3, done=2, failed=1)


def test_what_there_is_no_time_for_is_counted_and_left() -> None:
    for number in range(3):
        stored(bookings.scheduled(f"b-{number}", NOW))
    times = iter([True, False, False])
    assert no_shows(NOW, lambda: next(times)) == Tally(found=3, done=1, left=2)
    assert no_shows(NOW, endless).done >= 2


def test_what_fails_every_time_comes_after_the_others_the_next_time() -> None:
    """Time is enough for two of four, and the two that fell due first fail."""
    for number in range(4):
        stored(bookings.scheduled(f"b-{number}", NOW + timedelta(seconds=number)))
    for number in range(2):
        dynamo.write(dynamo.update("bookings", f"BOOKING#b-{number}", "BOOKING", set={"status": "BROKEN"}))
    first = iter([True, True, False, False])
    assert no_shows(NOW, lambda: next(first)) == Tally(found=4, failed=2, left=2)
    second = iter([True, True, False, False])
    assert no_shows(NOW + timedelta(minutes=5), lambda: next(second)) == Tally(found=4, done=2, left=2)


def test_what_fails_stays_due_however_long_it_fails() -> None:
    stored(bookings.scheduled("b-1", NOW))
    dynamo.write(dynamo.update("bookings", "BOOKING#b-1", "BOOKING", set={"status": "BROKEN"}))
    for days in (0, 6, 12):
        assert no_shows(NOW + timedelta(days=days), endless) == Tally(found=1, failed=1)


def test_more_than_a_page_is_looked_at_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of two; one fails, and stands at the end of what the same run still reads."""
    monkeypatch.setattr(due, "_PAGE", 2)
    for number in range(5):
        stored(bookings.scheduled(f"b-{number}", NOW + timedelta(seconds=number)))
    dynamo.write(dynamo.update("bookings", "BOOKING#b-0", "BOOKING", set={"status": "BROKEN"}))
    assert no_shows(NOW, endless) == Tally(found=5, done=4, failed=1)


def test_a_table_that_takes_nothing_ends_no_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(2):
        stored(bookings.scheduled(f"b-{number}", NOW))
    broken = RuntimeError("no table")

    def fail(*_: object) -> None:
        raise broken

    monkeypatch.setattr(store, "load", fail)
    monkeypatch.setattr(due, "look_later", fail)
    assert no_shows(NOW, endless) == Tally(found=2, failed=2)


def test_a_payment_that_nobody_can_be_asked_about_keeps_its_kind() -> None:
    """Its row is looked at later under the days of its own."""
    dynamo.write(dynamo.put("bookings", {"pk": "BOOKING#b-1", "sk": "PAYMENT", **due.at(NOW, "PAYMENTS#")}))
    later = NOW + timedelta(days=1)
    due.look_later("BOOKING#b-1", "PAYMENT", later)
    assert list(store.with_open_payments(later)) == ["b-1"]
    row = dynamo.get("bookings", "BOOKING#b-1", "PAYMENT")
    assert row is not None
    assert row["due_day"] == f"PAYMENTS#{later.date()}"


def test_what_is_not_due_is_not_made_due() -> None:
    dynamo.write(dynamo.put("bookings", {"pk": "BOOKING#b-1", "sk": "PAYMENT"}))
    for sk in ("PAYMENT", "BOOKING"):
        due.look_later("BOOKING#b-1", sk, NOW)
    assert list(store.with_open_payments(NOW)) == []


# ---- what Step Functions tells, where moto cannot fail an execution by itself ----


def test_an_execution_that_gave_up_is_known_by_its_error() -> None:
    booking = bookings.booking("b-1", NOW)
    client = aws.client("stepfunctions")
    answer = {
        "executionArn": execution_arn(booking),
        "stateMachineArn": settings.state_machine_arn(),
        "status": "FAILED",
        "startDate": NOW,
        "stopDate": NOW,
        "error": "NeedsOperator",
    }
    with Stubber(client) as stubber:
        stubber.add_response("describe_execution", answer)
        assert workflow.latest_run(booking) == Run(running=False, ended_at=NOW, gave_up=True)


def test_another_refusal_of_step_functions_is_not_taken_for_a_missing_execution() -> None:
    client = aws.client("stepfunctions")
    with Stubber(client) as stubber:
        stubber.add_client_error("describe_execution", "AccessDeniedException")
        with pytest.raises(client.exceptions.ClientError):
            workflow.latest_run(bookings.booking("b-1", NOW))
