"""Each function of the workflow fails: the operator is called, and it goes on when it is repaired."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from teleconsult.booking import workflow
from teleconsult.booking.model import Booking, Outcome, Stage, Status
from teleconsult.outcomes.saying import say_outcome
from teleconsult.platform import clock, dynamo, settings
from tests import bookings
from tests.bookings import PRICE
from tests.workflow import flow
from tests.workflow.flow import Shop

pytestmark = pytest.mark.usefixtures("engine")

RESTED = timedelta(minutes=3)  # longer than a booking rests after its first execution gave up


@contextmanager
def without_permissions(function: str) -> Iterator[None]:
    """The function's role may do nothing for a while."""
    iam = flow.engine_client("iam")
    configuration = flow.engine_client("lambda").get_function_configuration(
        FunctionName=f"{flow.STACK}-{function}"
    )
    role = configuration["Role"].rpartition("/")[2]
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    iam.delete_role_policy(RoleName=role, PolicyName=name)
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))


@contextmanager
def throttled(function: str) -> Iterator[None]:
    """The function may not be called for a while."""
    client = flow.engine_client("lambda")
    client.put_function_concurrency(FunctionName=f"{flow.STACK}-{function}", ReservedConcurrentExecutions=0)
    try:
        yield
    finally:
        client.delete_function_concurrency(FunctionName=f"{flow.STACK}-{function}")


def errors(booking: Booking) -> list[str]:
    events = (event.get("taskFailedEventDetails", {}) for event in flow.history(booking))
    return [event["error"] for event in events if event]


# ---- each function ----


def await_payment(shop: Shop) -> Booking:
    booking = flow.begun(flow.stored())
    flow.parked(booking, Stage.PAYMENT)
    return booking


def await_consent(shop: Shop) -> Booking:
    booking = flow.begun(flow.stored_by_operator())
    flow.parked(booking, Stage.CONSENT)
    return booking


def await_outcome(shop: Shop) -> Booking:
    booking = await_payment(shop)
    flow.pay(booking, shop)
    flow.parked(booking, Stage.OUTCOME)
    return booking


def say(outcome: Outcome) -> Callable[[Booking, Shop], object]:
    def say_it(booking: Booking, shop: Shop) -> object:
        return say_outcome(flow.loaded(booking), outcome, "d-1", booking.slot_start)

    return say_it


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the workflow: how to come before it, what calls it, and where the booking is afterwards."""

    state: str
    function: str
    before: Callable[[Shop], Booking]
    call: Callable[[Booking, Shop], object]
    after: Status
    balance: int = 0


STEPS = [
    Step(
        "IntakeValidation",
        "intake-validation",
        lambda shop: flow.stored(),
        lambda booking, shop: flow.begun(booking),
        Status.AWAITING_PAYMENT,
    ),
    Step(
        "ConsentCapture",
        "consent-capture",
        await_consent,
        lambda booking, shop: flow.give_consents(booking),
        Status.AWAITING_PAYMENT,
    ),
    Step("Scheduling", "scheduling", await_payment, flow.pay, Status.SCHEDULED),
    Step(
        "PaymentExpiry",
        "payment-expiry",
        lambda shop: flow.begun(flow.stored(hold_until=flow.soon(2))),
        lambda booking, shop: None,  # the end of the hold does
        Status.EXPIRED,
    ),
    Step(
        "PostConsultationCheck", "post-consultation-check", await_outcome, say(Outcome.HELD), Status.COMPLETED
    ),
    Step("RevenueRecognition", "revenue-recognition", await_outcome, say(Outcome.HELD), Status.COMPLETED),
    Step("BalanceCredit", "balance-credit", await_outcome, say(Outcome.UNKNOWN), Status.NOT_HELD, PRICE),
]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.state)
def test_a_failed_step_calls_the_operator_and_is_taken_up_when_repaired(step: Step, shop: Shop) -> None:
    booking = step.before(shop)
    with without_permissions(step.function):
        step.call(booking, shop)
        assert flow.ended(booking) == "FAILED"
    assert flow.path(booking)[-3:] == [step.state, "NeedsOperator", "Failed"]
    assert flow.loaded(booking).booking.task == f"workflow: {step.state}: ClientError"

    flow.sweep("lost_executions")
    assert flow.loaded(booking).booking.execution == 1  # it rests first
    flow.sweep("lost_executions", at=clock.now() + RESTED)
    assert flow.loaded(booking).booking.execution == 2
    flow.until(lambda: step.state in flow.path(booking, 2), booking)
    flow.until(lambda: flow.status(booking) is step.after, booking)
    assert flow.on_balance(booking) == step.balance
    # A row that changes again loses its mark: the operator need not look any more.
    assert (flow.loaded(booking).booking.task is None) is (step.state != "IntakeValidation")


def test_a_failed_step_that_said_so_once_is_not_restarted_in_a_hot_loop(shop: Shop) -> None:
    booking = await_payment(shop)
    with without_permissions("scheduling"):
        flow.pay(booking, shop)
        flow.ended(booking)
        flow.sweep("lost_executions", at=clock.now() + RESTED)
        flow.ended(booking, 2)
        for _ in range(3):
            flow.sweep("lost_executions", at=clock.now() + RESTED)  # the second rest is twice as long
        assert flow.loaded(booking).booking.execution == 2
    assert flow.held_money(booking) == PRICE


# ---- what passes by itself ----


def test_a_throttled_function_is_called_again(shop: Shop) -> None:
    booking = await_payment(shop)
    with throttled("scheduling"):
        flow.pay(booking, shop)
        flow.until(lambda: len(errors(booking)) >= 2, booking)
    flow.parked(booking, Stage.OUTCOME)
    assert flow.path(booking).count("Scheduling") == 1
    assert flow.loaded(booking).booking.task is None


def test_a_function_throttled_for_ever_is_given_up_after_five_retries(shop: Shop) -> None:
    booking = await_payment(shop)
    with throttled("scheduling"):
        flow.pay(booking, shop)
        assert flow.ended(booking) == "FAILED"
    assert len(errors(booking)) == 6
    assert flow.path(booking)[-2:] == ["NeedsOperator", "Failed"]


# ---- what contradicts itself ----


def test_a_booking_whose_rows_contradict_each_other_does_not_go_round_for_ever() -> None:
    booking = flow.stored()
    done = {"done_at": clock.iso(clock.now())}  # the payment's stage is done, and the row knows of no payment
    pk = f"BOOKING#{booking.booking_id}"
    dynamo.write(dynamo.update(settings.bookings_table(), pk, Stage.PAYMENT, set=done))
    flow.begun(booking)
    assert flow.ended(booking) == "FAILED"
    assert flow.loaded(booking).booking.task == "workflow: WhereAreWe: TurnsInCircles"


def test_a_broken_row_calls_the_operator() -> None:
    booking = flow.stored()
    pk = f"BOOKING#{booking.booking_id}"
    row = dynamo.update(settings.bookings_table(), pk, "BOOKING", set={"status": "LOST"})
    dynamo.write(row)
    flow.begun(booking)
    assert flow.ended(booking) == "FAILED"
    item = dynamo.get(settings.bookings_table(), pk, "BOOKING")
    assert item
    assert item["task"] == "workflow: IntakeValidation: ValueError"


def test_an_execution_without_a_booking_fails_and_makes_none() -> None:
    nobody = bookings.booking("b-nobody", clock.now())
    workflow.start(nobody.booking_id)
    assert flow.ended(nobody) == "FAILED"
    assert flow.path(nobody) == ["IntakeValidation", "NeedsOperator", "Failed"]
    assert dynamo.get(settings.bookings_table(), "BOOKING#b-nobody", "BOOKING") is None
