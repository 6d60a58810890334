"""What a consultation costs: states, Lambdas, capacity units. Each story is told alone on a quiet stack.

The units are those of the whole story, from the form to the last notice sent: entrances, workflow, webhook,
notices, and the sweep's where it decides. Only the sweeps' question what is due is nobody's: it is asked
every minute anyway, of an index of its own. The engine does not count refused conditional writes; AWS does.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from bench.capacity import Tally, Units
from local.demo.story import load
from local.demo.world import World, moment
from local.stack import Stack

_TO_PAY = timedelta(seconds=15)
_ASKED_BY_SWEEPS = "due"
_IDLE_SECONDS = 60  # the sweeps of the local stack run every minute
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Cost:
    """What one story took."""

    states_entered: int
    workflow_lambdas: int
    write_units: float
    read_units: float


class Teller:
    """Tells stories of the doctor on duty. It polls nothing that reads a table."""

    def __init__(self, stack: Stack, world: World, tell: Callable[[str], None]) -> None:
        self._workflow = stack.client("stepfunctions")
        self._machine = stack.outputs["StateMachineArn"]
        self._tally = Tally(Path(stack.tally or ""))
        self._world = world
        self._tell = tell
        world.on_duty.sign_in()  # what a day's sign-in takes is no consultation's

    def idle(self) -> Units:
        """What the sweeps consume in a minute in which nobody does anything."""
        self._tell("стенд в покое, одна минута")
        self._tally.settle()
        position = self._tally.position()
        time.sleep(_IDLE_SECONDS)
        return self._tally.since(position)

    def held(self) -> Cost:
        """Site, card, the doctor says that it was held."""
        return self._cost("состоялась", self._world.on_duty.say_held)

    def not_held(self) -> Cost:
        """Site, card, the doctor says that it was not held."""
        return self._cost("не состоялась", partial(self._world.on_duty.say_not_held, reason="technical"))

    def not_held_by_sweep(self) -> Cost:
        """Site, card, two contact attempts of the doctor's; nobody says a word, and the sweep decides."""
        return self._cost("не состоялась, решает обход", self._call_twice)

    def _cost(self, title: str, consult: Callable[[str], None]) -> Cost:
        self._tell(f"консультация {title}: запись и оплата")
        position = self._tally.position()
        booking_id, slot_start = self._book_and_pay()
        self._tell(f"консультация {title}: начнётся в {slot_start.astimezone():%H:%M:%S}")
        self._world.patience.until_moment(slot_start)
        consult(booking_id)
        execution = self._machine.replace(":stateMachine:", ":execution:") + f":{booking_id}-1"
        self._world.patience.until(f"конец {booking_id}", lambda: self._ended(execution), _LONGEST)
        self._tally.settle()
        units = self._tally.since(position, without_index=_ASKED_BY_SWEEPS)
        entered, lambdas = count(self._history(execution))
        return Cost(entered, lambdas, units.write, units.read)

    def _book_and_pay(self) -> tuple[str, datetime]:
        world, story = self._world, load()[0]
        start = world.slots_on_duty.take(datetime.now(UTC), _TO_PAY)
        slot = {"doctor": story.given["doctor_on_duty"], "start": f"{start:%Y-%m-%dT%H:%M:%SZ}"}
        holder = world.holder(story.given["form"]["holder"])
        form = world.form(story, slot, holder=holder, consents=world.consents)
        made = world.site.book(form, str(uuid4())).expect(201)
        payment = world.site.pay_by_card(made["booking_id"], made["capability"])
        world.sandbox.pay_on_page(payment["confirmation_url"])
        return made["booking_id"], moment(slot["start"])

    def _call_twice(self, booking_id: str) -> None:
        for _ in range(2):
            self._world.on_duty.note_contact_attempt(booking_id)

    def _ended(self, execution: str) -> bool:
        return bool(self._workflow.describe_execution(executionArn=execution)["status"] != "RUNNING")

    def _history(self, execution: str) -> list[dict[str, Any]]:
        pages = self._workflow.get_paginator("get_execution_history").paginate(executionArn=execution)
        return [event for page in pages for event in page["events"]]


def count(history: list[dict[str, Any]]) -> tuple[int, int]:
    """States entered, and Lambda functions invoked, retries included."""
    entered = sum(event["type"].endswith("StateEntered") for event in history)
    lambdas = sum(
        event.get("taskScheduledEventDetails", {}).get("resourceType") == "lambda"
        or event["type"] == "LambdaFunctionScheduled"
        for event in history
    )
    return entered, lambdas
