"""Money whose notification never came: found, booked and shown by the command, and the books stay equal."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from local.demo.story import load
from local.demo.world import World
from local.processes import REPOSITORY
from local.stack import Stack

IN_ORDER, DISAGREES, FAILED = 0, 1, 2


def sweep(stack: Stack, *arguments: str) -> tuple[int, str]:
    """The command, as an operator runs it beside `make run`."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.sweep", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "TELECONSULT_STATE_DIR": stack.state_dir},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode != FAILED, done.stderr
    return done.returncode, done.stdout


def reconcile(stack: Stack) -> dict[str, Any]:
    """What became of each difference of today, by what it is about."""
    today = datetime.now(UTC).date()
    days = ("--from", str(today - timedelta(days=1)), "--to", str(today + timedelta(days=1)))
    _, said = sweep(stack, "reconciliation", *days, "--json")
    return {each["about"]: each["outcome"] for each in json.loads(said)["findings"]}


@pytest.fixture
def unheard(world: World, stack: Stack) -> dict[str, Any]:
    """A booking that was paid at the provider, of which nobody told us; `payment_id` beside."""
    story = load()[0]
    holder = world.holder(story.given["form"]["holder"])
    slot = world.free_slot("d-sokolova", "first")
    form = world.form(story, slot, doctor="d-sokolova", holder=holder, consents=world.consents)
    made: dict[str, Any] = world.site.book(form, str(uuid4())).expect(201)
    payment = world.web.call(
        "POST",
        f"{world.api_url}/bookings/{made['booking_id']}/payments",
        {"method": "card"},
        headers={"X-Booking-Capability": made["capability"], "Idempotency-Key": str(uuid4())},
    ).expect(201)
    pay = f"{stack.sandbox_url}/sandbox/payments/{payment['payment_id']}/pay"
    world.web.call("POST", pay, {"webhook": {"times": 0}}).expect(200)
    return {**made, "payment_id": payment["payment_id"]}


def test_a_payment_that_nobody_told_us_of_is_booked_by_the_command_and_the_books_are_equal(
    world: World, stack: Stack, unheard: dict[str, Any]
) -> None:
    assert world.booking(unheard["booking_id"])["paid_at"] is None
    assert reconcile(stack)[unheard["payment_id"]] == "repaired"
    assert world.booking(unheard["booking_id"])["paid_at"]
    assert unheard["payment_id"] not in reconcile(stack)
    code, said = sweep(stack, "audit")
    assert (code, said.partition(" (")[0]) == (IN_ORDER, "Всё сходится")


def test_the_schedules_own_windows_are_asked_without_days(stack: Stack) -> None:
    code, said = sweep(stack, "reconciliation")
    assert (code, said.partition(" (")[0]) == (IN_ORDER, "Всё сходится")
