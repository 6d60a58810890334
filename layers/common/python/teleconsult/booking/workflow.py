"""Starting, waking and restarting a booking's workflow. The row decides; all this only makes it look."""

import json

from botocore.exceptions import ClientError

from teleconsult.booking import rules, store
from teleconsult.booking.model import Booking, Record, Run, Stage, Stands
from teleconsult.platform import aws, clock, dynamo, settings

# AWS answers TaskTimedOut or InvalidToken, an emulator TaskDoesNotExist: nobody waits under this token.
_NOBODY_WAITS = frozenset({"TaskTimedOut", "InvalidToken", "TaskDoesNotExist"})

_GAVE_UP = "NeedsOperator"  # the error that the state machine's last state fails with


class Elsewhere(Exception):
    """A step of the workflow finds the booking elsewhere than it takes it: the workflow looks again."""


def start(booking_id: str, execution: int = 1) -> None:
    """Start one execution, `<booking>-<n>`; starting it again changes nothing. Ids only go in (§1)."""
    try:
        aws.client("stepfunctions").start_execution(
            stateMachineArn=settings.state_machine_arn(),
            name=f"{booking_id}-{execution}",
            input=json.dumps({"booking_id": booking_id}),
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
            raise


def report(record: Record, stands: Stands | None = None) -> dict[str, str]:
    """What every function of the workflow answers: ids and times only."""
    return {
        "stands": stands or rules.stands(record),
        "hold_until": clock.iso(record.booking.hold_until),
        "verdict_deadline": clock.iso(record.booking.verdict_deadline),
    }


def report_step(record: Record, *expected: Stands) -> dict[str, str]:
    """The answer of a step that leaves a booking in one of the `expected` places.

    Raises:
        Elsewhere: it is somewhere else; the state machine knows the error by this name.
    """
    if rules.stands(record) not in expected:
        raise Elsewhere(rules.stands(record))
    return report(record)


def wake(record: Record, stage: Stage) -> None:
    """Tell the workflow to look at the row: by the stage's token, or by a new execution if none is left."""
    token = record.token(stage)
    if not (token and _send_success(token)):
        restart_if_lost(record)


def restart_if_lost(record: Record) -> bool:
    """Start the workflow again where no execution carries the booking; True if it did.

    Started before it is noted: a crash in between leaves a number behind that the next restart meets
    as started already, not a booking whose noted execution never ran.
    """
    booking = record.booking
    if booking.status.final:
        return False
    run = latest_run(booking)
    if run is None:  # it never began, or begins at this moment: the same name can only be one execution
        start(booking.booking_id, booking.execution)
        return True
    if run.running:
        return False
    start(booking.booking_id, booking.execution + 1)
    try:
        dynamo.write(store.execution_started(booking))
    except dynamo.ConditionFailed:
        return False  # another restart was faster, and carries it now
    return True


def latest_run(booking: Booking) -> Run | None:
    """The execution that carries the booking, or did last; None if it never began."""
    arn = settings.state_machine_arn().replace(":stateMachine:", ":execution:")
    try:
        answer = aws.client("stepfunctions").describe_execution(
            executionArn=f"{arn}:{booking.booking_id}-{booking.execution}"
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ExecutionDoesNotExist":
            return None
        raise
    return Run(
        running=answer["status"] == "RUNNING",
        ended_at=answer.get("stopDate"),
        gave_up=answer.get("error") == _GAVE_UP,
    )


def _send_success(token: str) -> bool:
    try:
        aws.client("stepfunctions").send_task_success(taskToken=token, output="{}")
    except ClientError as error:
        if error.response["Error"]["Code"] in _NOBODY_WAITS:
            return False
        raise
    return True
