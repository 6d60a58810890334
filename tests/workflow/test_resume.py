"""Resume: an execution that was stopped or lost, or went down with the engine, is followed by another."""

import pytest

from teleconsult.booking.model import Booking, Outcome, Stage, Status
from teleconsult.ledger import store as ledger
from teleconsult.outcomes.saying import say_outcome
from tests.workflow import flow
from tests.workflow.conftest import Engine
from tests.workflow.flow import Shop

WAITS = (Stage.CONSENT, Stage.PAYMENT, Stage.OUTCOME)


def waiting(stage: Stage, shop: Shop) -> tuple[Booking, str]:
    """A booking whose workflow waits at the stage, and the token it waits with."""
    booking = flow.begun(flow.stored_by_operator() if stage is Stage.CONSENT else flow.stored())
    if stage is Stage.OUTCOME:
        flow.parked(booking, Stage.PAYMENT)
        flow.pay(booking, shop)
    return booking, flow.parked(booking, stage)


def bring_to_its_end(booking: Booking, stage: Stage, shop: Shop) -> None:
    if stage is Stage.CONSENT:
        flow.give_consents(booking)
        flow.parked(booking, Stage.PAYMENT)
    if stage is not Stage.OUTCOME:
        flow.pay(booking, shop)
        flow.parked(booking, Stage.OUTCOME)
    say_outcome(flow.loaded(booking), Outcome.HELD, "d-1", booking.slot_start)
    flow.until(lambda: flow.status(booking) is Status.COMPLETED, booking)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("stage", WAITS)
def test_an_execution_stopped_by_hand_is_followed_by_the_next_sweep(stage: Stage, shop: Shop) -> None:
    booking, token = waiting(stage, shop)
    flow.stop(booking)
    flow.sweep("lost_executions")
    flow.parked(booking, stage, instead_of=token)
    assert flow.path(booking, 2) == ["IntakeValidation", "WhereAreWe", f"Await{stage.capitalize()}"]
    bring_to_its_end(booking, stage, shop)


@pytest.mark.usefixtures("engine")
def test_a_payment_that_meets_no_execution_starts_one_itself(shop: Shop) -> None:
    booking = flow.stored()  # stored, and the process died before it began the workflow
    flow.pay(booking, shop)
    flow.parked(booking, Stage.OUTCOME)
    assert flow.status(booking) is Status.SCHEDULED


@pytest.mark.usefixtures("engine")
def test_a_workflow_that_never_began_is_begun_when_the_hold_ends() -> None:
    booking = flow.stored(hold_until=flow.soon(1))
    flow.sweep("lost_executions", at=booking.hold_until)
    flow.until(lambda: flow.status(booking) is Status.EXPIRED, booking)
    assert not flow.slot_is_taken(booking)


def test_after_a_restart_of_the_engine_all_go_on_from_where_they_stood(engine: Engine, shop: Shop) -> None:
    before = {stage: waiting(stage, shop) for stage in WAITS}
    engine.stop()
    engine.start()
    flow.sweep("lost_executions")
    for stage, (booking, token) in before.items():
        flow.parked(booking, stage, instead_of=token)
    for stage, (booking, _) in before.items():
        bring_to_its_end(booking, stage, shop)
    books = ledger.trial_balance()
    assert (books.total, books.disagreements) == (0, ())
