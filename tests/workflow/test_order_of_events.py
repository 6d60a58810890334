"""Early, late, lost and doubled: in whatever order things happen, the row decides and the money is right."""

import pytest

from teleconsult.booking import store, workflow
from teleconsult.booking.model import Booking, ContactResult, Outcome, Stage, Status
from teleconsult.outcomes import saying
from teleconsult.platform import aws, clock, dynamo, settings
from tests.bookings import PRICE
from tests.workflow import flow
from tests.workflow.flow import Shop

pytestmark = pytest.mark.usefixtures("engine")

DEAD_TOKEN = "nobody-waits-with-this"


def put_token(booking: Booking, stage: Stage, token: str) -> None:
    table, pk = settings.bookings_table(), f"BOOKING#{booking.booking_id}"
    dynamo.write(dynamo.update(table, pk, stage, set={"token": token}))


def change_row(booking: Booking, **changes: str) -> None:
    table, pk = settings.bookings_table(), f"BOOKING#{booking.booking_id}"
    dynamo.write(dynamo.update(table, pk, "BOOKING", set=changes))


def send(token: str) -> None:
    aws.client("stepfunctions").send_task_success(taskToken=token, output="{}")


# ---- payment ----


def test_whenever_the_payment_arrives_the_booking_is_scheduled(shop: Shop) -> None:
    waiting = [flow.stored() for _ in range(4)]
    payments = [flow.begin_payment(booking, shop) for booking in waiting]
    for booking in waiting:
        flow.begun(booking)
    for payment in payments:  # some before the token is there, some after
        flow.settle(payment, shop)
    for booking in waiting:
        flow.parked(booking, Stage.OUTCOME)
        assert flow.status(booking) is Status.SCHEDULED
        assert flow.loaded(booking).booking.execution == 1


def test_a_payment_before_the_token_lets_the_wait_through(shop: Shop) -> None:
    booking = flow.stored()
    pk = f"BOOKING#{booking.booking_id}"
    done = dynamo.update(
        settings.bookings_table(), pk, Stage.PAYMENT, set={"done_at": "2026-01-01T00:00:00Z"}
    )
    dynamo.write(done)  # the payment's stage alone, as between the workflow's reading and its waiting
    flow.begun(booking)
    flow.until(lambda: "LookAgain" in flow.path(booking))
    change_row(booking, paid_at=clock.iso(clock.now()))
    flow.parked(booking, Stage.OUTCOME)
    assert "PaymentExpiry" not in flow.path(booking)


def test_an_unpaid_booking_expires_and_its_slot_is_free() -> None:
    booking = flow.begun(flow.stored(hold_until=flow.soon(2)))
    assert flow.ended(booking) == "SUCCEEDED"
    assert flow.path(booking) == [
        "IntakeValidation",
        "WhereAreWe",
        "AwaitPayment",
        "PaymentExpiry",
        "Expired?",
        "Expired",
    ]
    assert flow.status(booking) is Status.EXPIRED
    assert clock.now() >= booking.hold_until
    assert not flow.slot_is_taken(booking)


def test_a_payment_after_expiry_goes_to_the_balance_and_starts_nothing(shop: Shop) -> None:
    booking = flow.stored(hold_until=flow.soon(2))
    payment = flow.begin_payment(booking, shop)
    flow.begun(booking)
    flow.ended(booking)
    flow.settle(payment, shop)
    assert flow.status(booking) is Status.EXPIRED
    assert (flow.on_balance(booking), flow.held_money(booking)) == (PRICE, 0)
    assert flow.loaded(booking).booking.execution == 1


def test_a_payment_that_wins_the_race_against_expiry_is_scheduled(shop: Shop) -> None:
    booking = flow.begun(flow.stored(hold_until=flow.soon(3)))
    flow.parked(booking, Stage.PAYMENT)
    put_token(booking, Stage.PAYMENT, DEAD_TOKEN)  # paid, and nobody is told
    flow.pay(booking, shop)
    flow.parked(booking, Stage.OUTCOME)
    assert flow.path(booking)[2:] == [
        "AwaitPayment",
        "PaymentExpiry",
        "Expired?",
        "Scheduling",
        "AwaitOutcome",
    ]
    assert flow.status(booking) is Status.SCHEDULED
    assert flow.slot_is_taken(booking)


def test_the_same_notification_many_times_changes_nothing(shop: Shop) -> None:
    booking = flow.begun(flow.stored())
    flow.parked(booking, Stage.PAYMENT)
    payment = flow.begin_payment(booking, shop)
    flow.settle(payment, shop)
    for _ in range(3):
        flow.notify(payment, shop)
    flow.parked(booking, Stage.OUTCOME)
    assert flow.held_money(booking) == PRICE
    assert flow.path(booking).count("Scheduling") == 1


def paid_with_its_wake_up_lost(shop: Shop) -> tuple[Booking, str]:
    booking = flow.begun(flow.stored())
    token = flow.parked(booking, Stage.PAYMENT)
    put_token(booking, Stage.PAYMENT, DEAD_TOKEN)
    payment = flow.begin_payment(booking, shop)
    flow.settle(payment, shop)
    put_token(booking, Stage.PAYMENT, token)
    return booking, payment


def test_a_lost_wake_up_is_said_again_by_the_next_notification(shop: Shop) -> None:
    booking, payment = paid_with_its_wake_up_lost(shop)
    flow.notify(payment, shop)
    flow.parked(booking, Stage.OUTCOME)
    assert flow.loaded(booking).booking.execution == 1


def test_a_lost_wake_up_is_found_by_the_sweep_when_the_hold_ends(shop: Shop) -> None:
    booking, _ = paid_with_its_wake_up_lost(shop)
    flow.sweep("lost_executions", at=booking.hold_until)
    flow.parked(booking, Stage.OUTCOME)
    assert flow.loaded(booking).booking.execution == 1


# ---- consents ----


def test_an_operators_booking_without_consents_expires() -> None:
    booking = flow.begun(flow.stored_by_operator(hold_until=flow.soon(2)))
    assert flow.ended(booking) == "SUCCEEDED"
    assert flow.path(booking)[2:] == ["AwaitConsent", "PaymentExpiry", "Expired?", "Expired"]
    assert flow.status(booking) is Status.EXPIRED
    assert not flow.slot_is_taken(booking)


def test_consents_given_before_the_workflow_looks_need_no_wait() -> None:
    booking = flow.stored_by_operator()
    flow.give_consents(booking)  # starts the workflow, since nobody waits
    flow.parked(booking, Stage.PAYMENT)
    execution = flow.loaded(booking).booking.execution
    assert flow.path(booking, execution)[2:] == ["ConsentCapture", "AwaitPayment"]


def test_consents_without_a_payment_expire_as_well() -> None:
    booking = flow.begun(flow.stored_by_operator(hold_until=flow.soon(4)))
    flow.parked(booking, Stage.CONSENT)
    flow.give_consents(booking)
    assert flow.ended(booking) == "SUCCEEDED"
    assert flow.path(booking)[3:] == [
        "ConsentCapture",
        "AwaitPayment",
        "PaymentExpiry",
        "Expired?",
        "Expired",
    ]


# ---- outcome ----


def paid(shop: Shop, **changes: object) -> Booking:
    booking = flow.stored(**changes)
    flow.pay(booking, shop)
    return booking


def test_a_word_before_the_wait_lets_it_through(shop: Shop) -> None:
    booking = flow.begun(flow.stored())
    flow.parked(booking, Stage.PAYMENT)
    dynamo.write(store.word_said(booking, Outcome.HELD, "d-1", clock.now()))
    flow.pay(booking, shop)
    assert flow.ended(booking) == "SUCCEEDED"
    assert flow.path(booking)[-5:] == [
        "Scheduling",
        "AwaitOutcome",
        "PostConsultationCheck",
        "Held?",
        "RevenueRecognition",
    ]


def test_at_the_deadline_an_outcome_is_unknown_and_the_price_on_the_balance(shop: Shop) -> None:
    booking = paid(shop, verdict_deadline=flow.soon(4))
    flow.until(lambda: flow.loaded(booking).booking.settled_at)
    settled = flow.loaded(booking)
    assert (settled.booking.status, settled.booking.outcome) == (Status.NOT_HELD, Outcome.UNKNOWN)
    assert settled.outcome.said_by == "deadline"
    assert flow.on_balance(booking) == PRICE


def test_the_sweep_lets_the_evidence_speak(shop: Shop) -> None:
    booking = paid(shop)
    flow.parked(booking, Stage.OUTCOME)
    for attempt in ("a-1", "a-2"):
        saying.note_contact_attempt(booking, attempt, "d-1", ContactResult.NO_ANSWER, booking.slot_start)
    flow.sweep("no_shows", at=booking.verdict_after)
    flow.until(lambda: flow.loaded(booking).booking.settled_at)
    assert flow.loaded(booking).booking.outcome is Outcome.PATIENT_ABSENT
    assert flow.on_balance(booking) == PRICE


def test_however_often_it_is_said_the_balance_is_credited_once(shop: Shop) -> None:
    booking = paid(shop)
    flow.parked(booking, Stage.OUTCOME)
    saying.say_outcome(flow.loaded(booking), Outcome.TECHNICAL, "d-1", booking.slot_start)
    flow.sweep("no_shows", at=booking.verdict_after)
    saying.say_outcome(flow.loaded(booking), Outcome.TECHNICAL, "operator", booking.slot_start)
    flow.until(lambda: flow.loaded(booking).booking.settled_at)
    flow.sweep("no_shows", at=booking.verdict_after)
    assert flow.on_balance(booking) == PRICE


# ---- not where the step takes it ----


def test_a_wake_up_for_nothing_waits_again_at_every_stage(shop: Shop) -> None:
    booking = flow.begun(flow.stored_by_operator())
    token = flow.parked(booking, Stage.CONSENT)
    send(token)
    flow.parked(booking, Stage.CONSENT, instead_of=token)
    flow.give_consents(booking)
    token = flow.parked(booking, Stage.PAYMENT)
    send(token)
    flow.parked(booking, Stage.PAYMENT, instead_of=token)
    flow.pay(booking, shop)
    token = flow.parked(booking, Stage.OUTCOME)
    send(token)
    flow.parked(booking, Stage.OUTCOME, instead_of=token)
    assert flow.path(booking).count("LookAgain") == 3
    assert flow.status(booking) is Status.SCHEDULED


@pytest.mark.parametrize("stage", [Stage.CONSENT, Stage.PAYMENT])
def test_a_booking_cancelled_while_it_waits_is_over_when_woken(stage: Stage) -> None:
    booking = flow.begun(flow.stored_by_operator() if stage is Stage.CONSENT else flow.stored())
    token = flow.parked(booking, stage)
    change_row(booking, status=Status.CANCELLED)
    send(token)
    assert flow.ended(booking) == "SUCCEEDED"
    assert flow.path(booking)[-3:] == ["LookAgain", "WhereAreWe", "Over"]


def test_a_stored_booking_against_the_rules_is_refused_and_its_slot_released() -> None:
    booking = flow.begun(flow.stored(hold_until=flow.soon(3 * 60 * 60)))  # longer than until the slot
    assert flow.ended(booking) == "SUCCEEDED"
    assert flow.path(booking) == ["IntakeValidation", "WhereAreWe", "Over"]
    assert flow.status(booking) is Status.REFUSED
    assert not flow.slot_is_taken(booking)


def test_two_restarts_at_once_are_one(shop: Shop) -> None:
    booking = flow.begun(flow.stored())
    flow.parked(booking, Stage.PAYMENT)
    flow.stop(booking)
    record = flow.loaded(booking)
    assert [workflow.restart_if_lost(record), workflow.restart_if_lost(record)] == [True, False]
    assert flow.loaded(booking).booking.execution == 2
