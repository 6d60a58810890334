"""A notice that cannot be sent: tried for a day, then a task, retried by hand, and sent once."""

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from local.demo.patience import Patience
from local.demo.story import load
from local.demo.world import SOON, Booked, World, booked, meet
from local.stack import Stack, temporary

NOTICE = "OUTBOX#scheduled"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """Its SMS go by a provider that can be made to fail."""
    with temporary(quiet=True, counted=False, parameters={"SmsProvider": "smsc"}) as running:
        yield running


@pytest.fixture(scope="module")
def world(stack: Stack) -> World:
    return meet(stack, Patience())


@dataclass(frozen=True)
class Told:
    """What was told of one booking, as the operator sees it and as it arrived."""

    stack: Stack
    world: World
    booking: Booked
    token: str

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        return self.world.web.call(method, f"{self.world.api_url}/internal{path}", body, token=self.token)

    @property
    def notices(self) -> str:
        return f"/bookings/{self.booking.booking_id}/notices"

    def notice(self) -> dict[str, Any]:
        """The one of the appointment."""
        shown = self.ask("GET", self.notices).expect(200)["notices"]
        return next(each for each in shown if each["notice"] == "scheduled")

    def tasks(self) -> list[tuple[str, str]]:
        shown = self.ask("GET", "/tasks").expect(200)["tasks"]
        return [(t["reason"], t["about"]) for t in shown if t["booking_id"] == self.booking.booking_id]

    def sweep(self, at: datetime) -> int:
        """How many notices the sweep of this moment hands over again."""
        event = {"sweep": "notices", "scheduled_for": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
        name = self.stack.outputs["SweepsFunctionName"]
        answer = self.stack.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
        return int(json.loads(answer["Payload"].read())["done"])

    def tried(self, times: int) -> None:
        """Wait until the last of so many tries has ended."""

        def ended() -> bool:
            key = {"pk": {"S": f"BOOKING#{self.booking.booking_id}"}, "sk": {"S": NOTICE}}
            table = self.stack.outputs["BookingsTableName"]
            row = self.stack.client("dynamodb").get_item(TableName=table, Key=key).get("Item", {})
            return row.get("tries") == {"N": str(times)} and "claimed_until" not in row

        self.world.patience.until(f"попытка {times}", ended, SOON)

    def arrived(self, phone: str) -> int:
        """SMS that the provider took for a number."""
        with urllib.request.urlopen(f"{self.stack.sms_url}/messages") as answer:
            return sum(each["phone"] == phone for each in json.load(answer)["messages"])


def provider(stack: Stack, path: str, **what: Any) -> None:
    asked = urllib.request.Request(
        f"{stack.sms_url}{path}", json.dumps(what).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(asked).close()


@pytest.fixture
def told(stack: Stack, world: World) -> Told:
    """Booked four days ahead and paid for while the provider of SMS is down; its first try has failed."""
    provider(stack, "/faults", kind="down", times=1000)
    story = load()[0]
    slot = world.free_slots(world.tomorrow() + timedelta(days=3), doctor="d-sokolova", kind="first")[0]
    holder = world.holder(story.given["form"]["holder"])
    form = world.form(story, slot, doctor="d-sokolova", holder=holder, consents=world.consents)
    made = booked(world.site.book(form, str(uuid4())).expect(201), slot, form)
    payment = world.site.pay_by_card(made.booking_id, made.capability or "")
    world.sandbox.pay_on_page(payment["confirmation_url"])
    found = Told(stack, world, made, stack.staff_token("operator"))
    found.tried(1)
    return found


def test_what_nobody_takes_for_a_day_is_a_task_and_retried_by_hand_it_arrives_once(told: Told) -> None:
    begun = datetime.now(UTC)
    for tries, hours in enumerate((1, 23), start=2):
        assert told.sweep(begun + timedelta(hours=hours)) == 1
        told.tried(tries)
        assert told.notice()["messages"]["patient_sms"] == "pending"
        assert told.tasks() == []
    told.sweep(begun + timedelta(hours=25))
    told.tried(4)
    failed = told.notice()
    by_mail = {name: state for name, state in failed["messages"].items() if name.endswith("_mail")}
    assert failed["messages"] == {**by_mail, "patient_sms": "failed", "doctor_sms": "failed"}
    assert told.tasks() == [("notice_failed", NOTICE)]
    assert told.sweep(begun + timedelta(hours=26)) == 0  # nobody tries it any more

    provider(told.stack, "/faults/clear")
    retries = f"{told.notices}/{failed['id']}/retries"
    told.ask("POST", retries, {"why": "СМС снова уходят"}).expect(201)
    told.tried(5)
    assert told.tasks() == []
    sent = told.notice()["messages"]
    assert {name: sent[name] for name in by_mail} == by_mail  # those had arrived, and are not sent again
    assert all(sent[name].startswith("20") for name in ("patient_sms", "doctor_sms"))
    assert told.ask("POST", retries, {"why": "Ещё раз"}).status == 409
    assert told.sweep(begun + timedelta(hours=30)) == 0
    assert told.arrived(told.booking.phone) == 1
