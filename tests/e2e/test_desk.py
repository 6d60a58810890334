"""The operator's desk over HTTP, under the deployed function's own role (S3, S12)."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from local.demo.doors import Cabinet
from local.demo.story import load
from local.demo.world import SOON, World, booked
from local.stack import Stack
from tests import readme

OVER = 10_000  # kopecks


class Desk:
    """An operator, and somebody whom they have booked by phone and who has consented."""

    def __init__(self, world: World, token: str) -> None:
        self.world, self.token = world, token
        story = load()[0]
        slot = world.free_slot("d-sokolova", "first")
        self.holder = world.holder(story.given["form"]["holder"])
        form = world.form(story, slot, doctor="d-sokolova", holder=self.holder, consents=world.consents)
        ticks = form.pop("consents")
        self.made = self.call("POST", "/internal/bookings", form).expect(201)
        self.booking = f"/internal/bookings/{self.made['booking_id']}"
        self.phone = booked(self.made, slot, form).phone
        self.cabinet = Cabinet(world.web, world.api_url, world.sign_in.holder(self.phone))
        self.cabinet.give_consents(self.made["booking_id"], ticks)
        self.reach("AWAITING_PAYMENT")

    def call(self, method: str, path: str, body: Any = None) -> Any:
        url, headers = self.world.api_url + path, {"Idempotency-Key": str(uuid4())}
        return self.world.web.call(method, url, body, token=self.token, headers=headers)

    def reach(self, status: str) -> None:
        self.world.reach(lambda: self.call("GET", self.booking).expect(200)["booking"], status)

    def take(self, amount: int) -> dict[str, Any]:
        body = {"method": "cash", "amount": amount, "document": "ПКО 1", "why": "Оплата в кассе"}
        taken: dict[str, Any] = self.call("POST", f"{self.booking}/desk-payments", body).expect(201)
        return taken

    def found(self, **sought: str) -> set[str]:
        listed = self.call("POST", "/internal/bookings/search", sought).expect(200)["bookings"]
        return {each["booking_id"] for each in listed}


@pytest.fixture
def desk(world: World, stack: Stack) -> Desk:
    return Desk(world, stack.staff_token("operator"))


def test_a_booking_is_paid_at_the_desk_found_three_ways_and_its_surplus_paid_out(
    world: World, desk: Desk
) -> None:
    own, price = desk.made["booking_id"], desk.made["price"]
    desk.call("POST", f"{desk.booking}/link", {}).expect(201)
    assert desk.take(1_000)["due"] == price - 1_000
    assert desk.take(price - 1_000 + OVER)["due"] == 0
    desk.reach("SCHEDULED")
    contract = desk.call("GET", desk.booking).expect(200)["booking"]["contract_number"]
    name = desk.holder["family_name"]
    for sought in ({"phone": desk.phone}, {"contract": contract}, {"name": name}):
        assert own in desk.found(**sought), next(iter(sought))
    known = desk.call("POST", "/internal/holders/search", {"phone": desk.phone}).expect(200)
    assert (known["available"], len(known["people"]["patients"])) == (OVER, 1)

    (refund,) = desk.cabinet.ask_for_refund(str(uuid4()))
    assert (refund["status"], refund["way"]) == ("asked", "desk")
    asked = {each["about"] for each in desk.call("GET", "/internal/tasks").expect(200)["tasks"]}
    assert refund["refund"] in asked
    path = f"/internal/holders/{known['holder_id']}/refunds/{refund['refund']}/payout"
    (ended,) = desk.call("POST", path, {"document": "РКО 1", "why": "Выдано"}).expect(200)["refunds"]
    assert ended["status"] == "succeeded"
    told = desk.call("GET", f"{desk.booking}/trail").expect(200)["entries"]
    # Within one second they stand in no order. How often it was looked at is another matter.
    actions = sorted(each["action"] for each in told if each["action"] != "booking_read")
    assert actions == ["booked", "desk_payment_taken", "desk_payment_taken", "link_sent"]
    trial = world.operator.trial_balance()
    assert (trial["total"], trial["disagreements"]) == (0, [])
    world.patience.until(
        "письмо", lambda: world.messages(desk.holder["email"], "mail", "Документ: РКО 1"), SOON
    )


def test_what_cannot_be_searched_or_taken_is_refused_with_a_reason(desk: Desk) -> None:
    for sought in ({}, {"name": "с"}, {"phone": "12"}, {"contract": "1"}, {"name": "abc", "phone": "12"}):
        desk.call("POST", "/internal/bookings/search", sought).expect(422)
    desk.call("POST", f"{desk.booking}/desk-payments", {"method": "card"}).expect(422)
    desk.call("POST", f"{desk.booking}/task/answer", {"why": "Ничего не ждёт"}).expect(409)


def test_the_readmes_commands_at_the_desk_work(desk: Desk, tmp_path: Path) -> None:
    commands = readme.commands("At the operator's desk")
    phone = desk.phone
    commands = commands.replace("8 913 000-11-22", phone)
    known = {"API": desk.world.api_url, "OPERATOR": desk.token, "ID": desk.made["booking_id"]}
    printed = readme.run(commands, tmp_path, **known)
    assert desk.made["booking_id"] in printed
