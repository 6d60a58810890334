"""Fiscal receipts on a stack of their own that has them switched on: real streams, roles and workflow."""

import json
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from local.stack import Stack, temporary
from teleconsult.booking.model import Booking, Outcome, Stage, Status
from teleconsult.outcomes.saying import say_outcome
from teleconsult.payments.yookassa import Provider
from teleconsult.platform import clock
from teleconsult.receipts import store
from teleconsult.receipts.model import FiscalReceipt, ReceiptStatus
from tests.bookings import PRICE
from tests.workflow import flow
from tests.workflow.conftest import NEVER, _forget_clients, _lead_to
from tests.workflow.flow import Shop

EMAIL = "nina@example.org"
FUNCTION = f"{flow.STACK}-receipts"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """The process's own settings lead to it; the sweeps run when a test says so."""
    switched_on = {"ReceiptsVatCode": "1", "SweepSchedule": NEVER, "ReminderSchedule": NEVER}
    with (
        temporary(quiet=True, counted=False, parameters=switched_on) as running,
        pytest.MonkeyPatch.context() as env,
    ):
        _lead_to(running.engine_url, running.outputs, env)
        yield running
    _forget_clients()


@pytest.fixture(scope="module")
def own_shop(stack: Stack) -> Shop:
    secret = stack.client("secretsmanager").get_secret_value(SecretId=stack.outputs["ProviderSecretArn"])
    key = json.loads(secret["SecretString"])["secret_key"]
    return Shop(Provider(f"{stack.sandbox_url}/v3", stack.shop_id, key), stack.sandbox_url)


@pytest.fixture
def paid(own_shop: Shop) -> tuple[Booking, str]:
    """A scheduled booking, and its payment."""
    booking = flow.begun(flow.stored())
    flow.parked(booking, Stage.PAYMENT)
    payment_id = flow.begin_payment(booking, own_shop)
    flow.settle(payment_id, own_shop)
    flow.parked(booking, Stage.OUTCOME)
    return booking, payment_id


def held(booking: Booking) -> None:
    say_outcome(flow.loaded(booking), Outcome.HELD, "d-1", booking.slot_start)
    flow.until(lambda: flow.status(booking) is Status.COMPLETED, booking)


def written(booking: Booking, kind: str) -> list[FiscalReceipt]:
    return [each for each in store.of_booking(booking.booking_id) if each.owed.kind == kind]


def tried(booking: Booking, kind: str) -> FiscalReceipt:
    """The booking's one receipt of a kind, once it was tried and what became of it is noted."""

    def ended() -> FiscalReceipt | None:
        return next((each for each in written(booking, kind) if each.ended_at), None)

    return flow.until(ended, booking)


def at_provider(shop: Shop, payment_id: str) -> list[tuple[Any, ...]]:
    return sorted((each.kind, each.amount, each.status) for each in shop.provider.receipts_of(payment_id))


def fail_receipts(shop: Shop, about: str) -> None:
    """The provider answers 500 to whoever has receipts of this payment made, until told otherwise."""
    fault = {"call": "POST /receipts", "kind": "500", "about": about, "times": 1000}
    _control(shop, "faults", fault)


def _control(shop: Shop, path: str, body: dict[str, Any]) -> None:
    request = urllib.request.Request(
        f"{shop.url}/sandbox/{path}",
        method="POST",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request).close()


def sweep(after: timedelta) -> dict[str, int]:
    event = {"sweep": "receipts", "scheduled_for": clock.iso(clock.now() + after)}
    answer = flow.engine_client("lambda").invoke(FunctionName=FUNCTION, Payload=json.dumps(event))
    tally: dict[str, int] = json.load(answer["Payload"])
    assert "FunctionError" not in answer, tally
    return tally


def test_a_paid_and_held_consultation_has_its_prepayment_and_its_offset(
    paid: tuple[Booking, str], own_shop: Shop
) -> None:
    booking, payment_id = paid
    assert tried(booking, "prepayment").status is ReceiptStatus.SUCCEEDED
    held(booking)
    offset = tried(booking, "offset")
    assert (offset.status, offset.owed.amount) == (ReceiptStatus.SUCCEEDED, PRICE)
    assert at_provider(own_shop, payment_id) == [
        ("offset", PRICE, "succeeded"),
        ("prepayment", PRICE, "succeeded"),
    ]


def test_while_the_provider_makes_no_receipts_the_booking_goes_on_and_they_follow_later(
    own_shop: Shop, stack: Stack
) -> None:
    booking = flow.begun(flow.stored())
    flow.parked(booking, Stage.PAYMENT)
    payment_id = flow.begin_payment(booking, own_shop)
    fail_receipts(own_shop, payment_id)
    flow.settle(payment_id, own_shop)
    flow.parked(booking, Stage.OUTCOME)
    held(booking)
    flow.until(lambda: [each for each in written(booking, "offset") if each.tries == 1])
    assert (flow.held_money(booking), at_provider(own_shop, payment_id)) == (0, [])
    _control(own_shop, "faults/clear", {})
    flow.until(lambda: sweep(timedelta(minutes=6)) and at_provider(own_shop, payment_id))
    assert tried(booking, "prepayment").status is tried(booking, "offset").status is ReceiptStatus.SUCCEEDED
    assert len(at_provider(own_shop, payment_id)) == 2
    assert EMAIL not in logged(stack)


def test_a_consultation_not_held_has_no_offset(paid: tuple[Booking, str], own_shop: Shop) -> None:
    booking, payment_id = paid
    tried(booking, "prepayment")
    say_outcome(flow.loaded(booking), Outcome.PATIENT_ABSENT, "operator", booking.slot_start)
    flow.until(lambda: flow.status(booking) is Status.NOT_HELD, booking)
    assert sweep(timedelta(hours=1))["found"] == 0
    assert at_provider(own_shop, payment_id) == [("prepayment", PRICE, "succeeded")]


def logged(stack: Stack) -> str:
    """All that the function has logged; there is something."""
    group = f"/aws/lambda/{FUNCTION}"
    pages = stack.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    text = "\n".join(event["message"] for page in pages for event in page["events"])
    assert "receipt not made" in text
    return text
