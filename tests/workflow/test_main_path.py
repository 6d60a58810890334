"""The way of a booking that nothing stands against, and what it costs."""

import json

import pytest

from teleconsult.booking.model import Channel, Outcome, Stage, Status
from teleconsult.outcomes.saying import say_outcome
from tests.bookings import PRICE
from tests.workflow import flow
from tests.workflow.conftest import Engine
from tests.workflow.flow import Shop

pytestmark = pytest.mark.usefixtures("engine")

HELD_SITE_BOOKING = [
    "IntakeValidation",
    "WhereAreWe",
    "AwaitPayment",
    "Scheduling",
    "AwaitOutcome",
    "PostConsultationCheck",
    "Held?",
    "RevenueRecognition",
]


def test_a_held_site_booking_takes_the_shortest_path_and_ends_as_revenue(shop: Shop) -> None:
    revenue = flow.revenue()
    booking = flow.begun(flow.stored())
    flow.parked(booking, Stage.PAYMENT)
    flow.pay(booking, shop)
    flow.parked(booking, Stage.OUTCOME)
    scheduled = flow.loaded(booking).booking
    assert scheduled.status is Status.SCHEDULED
    assert scheduled.contract_number
    assert scheduled.room
    say_outcome(flow.loaded(booking), Outcome.HELD, "d-1", booking.slot_start)

    assert flow.ended(booking) == "SUCCEEDED"
    assert flow.path(booking) == HELD_SITE_BOOKING
    assert len(HELD_SITE_BOOKING) <= 9
    assert flow.lambdas(booking) == 4
    settled = flow.loaded(booking).booking
    assert (settled.status, settled.outcome) == (Status.COMPLETED, Outcome.HELD)
    assert flow.revenue() - revenue == PRICE
    assert flow.held_money(booking) == 0


def test_an_operators_booking_waits_for_consents_first(shop: Shop) -> None:
    booking = flow.begun(flow.stored_by_operator(channel=Channel.PHONE))
    flow.parked(booking, Stage.CONSENT)
    flow.give_consents(booking)
    flow.parked(booking, Stage.PAYMENT)
    assert flow.loaded(booking).booking.consented_at
    flow.pay(booking, shop)
    flow.parked(booking, Stage.OUTCOME)
    say_outcome(flow.loaded(booking), Outcome.HELD, "d-1", booking.slot_start)

    assert flow.ended(booking) == "SUCCEEDED"
    assert flow.path(booking) == [
        *HELD_SITE_BOOKING[:2],
        "AwaitConsent",
        "ConsentCapture",
        *HELD_SITE_BOOKING[2:],
    ]
    assert flow.lambdas(booking) == 5
    assert flow.status(booking) is Status.COMPLETED


@pytest.mark.parametrize("outcome", [each for each in Outcome if each is not Outcome.HELD])
def test_whatever_the_reason_the_price_of_a_consultation_not_held_is_on_the_balance(
    outcome: Outcome, shop: Shop
) -> None:
    booking = flow.stored()
    flow.pay(booking, shop)  # starts the workflow, since nobody waits
    flow.parked(booking, Stage.OUTCOME)
    say_outcome(flow.loaded(booking), outcome, "operator", booking.slot_start)

    until_settled = flow.until(lambda: flow.loaded(booking).booking.settled_at)
    assert until_settled
    assert flow.status(booking) is Status.NOT_HELD
    assert (flow.on_balance(booking), flow.held_money(booking)) == (PRICE, 0)
    execution = flow.loaded(booking).booking.execution
    assert flow.ended(booking, execution) == "SUCCEEDED"
    assert flow.path(booking, execution)[-3:] == ["PostConsultationCheck", "Held?", "BalanceCredit"]


def test_input_output_and_history_hold_no_person(shop: Shop, engine: Engine) -> None:
    booking = flow.begun(flow.stored())
    flow.parked(booking, Stage.PAYMENT)
    flow.pay(booking, shop)
    flow.parked(booking, Stage.OUTCOME)
    told = json.dumps(flow.history(booking), ensure_ascii=False, default=str)
    assert booking.booking_id in told
    for secret in (flow.FAMILY_NAME, flow.PHONE, "Жалобы", "nina@example.org", "192.0.2.7"):
        assert secret not in told
