"""Money back to the card (§5), with the provider willing, refusing, silent, and telling us before we know."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from local.demo.doors import Cabinet
from local.demo.story import load
from local.demo.world import SOON, Booked, World, booked
from local.stack import Stack
from tests import readme

SURPLUS = 100_000  # kopecks


class Holder:
    """Somebody who paid 1,000 roubles more than the price, which is on their balance."""

    def __init__(self, world: World) -> None:
        story = load()[0]
        slot = world.free_slot("d-sokolova", "first")
        holder = world.holder(story.given["form"]["holder"])
        form = world.form(story, slot, doctor="d-sokolova", holder=holder, consents=world.consents)
        made: Booked = booked(world.site.book(form, str(uuid4())).expect(201), slot, form)
        payment = world.site.pay_by_card(made.booking_id, made.capability or "")
        world.sandbox.pay(payment["payment_id"], made.price + SURPLUS)
        world.reach(lambda: world.booking(made.booking_id), "SCHEDULED")
        self.made = made
        self.payment_id: str = payment["payment_id"]
        self.token = world.sign_in.holder(made.phone)
        self.cabinet = Cabinet(world.web, world.api_url, self.token)
        assert self.cabinet.balance() == SURPLUS

    def ask(self, amount: int | None = None) -> dict[str, Any]:
        (refund,) = self.cabinet.ask_for_refund(str(uuid4()), amount)
        return refund

    def status(self) -> str:
        return str(self.cabinet.refunds()[0]["status"])


@pytest.fixture
def holder(world: World) -> Holder:
    return Holder(world)


def sweep(stack: Stack, at: datetime) -> dict[str, int]:
    """As the schedule does, in its own function with its own role; those of other moments run meanwhile."""
    event = {"sweep": "refunds", "scheduled_for": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
    answer = stack.client("lambda").invoke(FunctionName="teleconsult-sweeps", Payload=json.dumps(event))
    tally: dict[str, int] = json.loads(answer["Payload"].read())
    return tally


def test_a_part_goes_back_to_the_card_and_the_rest_stays(world: World, holder: Holder) -> None:
    before = world.sandbox.refunded()
    refund = holder.ask(40_000)
    assert (refund["status"], refund["payment_id"]) == ("succeeded", holder.payment_id)
    assert holder.cabinet.balance() == SURPLUS - 40_000
    assert world.sandbox.refunded() - before == 40_000
    world.patience.until(
        "письмо о возврате", lambda: world.messages(holder.made.email, "mail", "возвращены"), SOON
    )
    world.patience.until("уведомление принято", lambda: world.sandbox.owed() == 0, SOON)
    assert holder.status() == "succeeded"
    assert world.operator.trial_balance()["total"] == 0


def test_what_the_provider_refuses_is_on_the_balance_again_and_the_patient_is_told(
    world: World, holder: Holder
) -> None:
    world.sandbox.want_refunds(holder.payment_id, "canceled")
    refund = holder.ask()
    assert (refund["status"], bool(refund["reason"])) == ("refused", True)
    assert holder.cabinet.balance() == SURPLUS
    for address, kind in ((holder.made.phone, "sms"), (holder.made.email, "mail")):
        told = partial(
            world.messages, address, kind, "Деньги снова" if kind == "mail" else "Возврат не прошёл"
        )
        world.patience.until("о возврате", told, SOON)
    reasons = [line["reason"] for line in holder.cabinet.statement()]
    assert reasons == ["refund_refused", "refund_asked", "surplus"]
    assert world.operator.trial_balance()["total"] == 0


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_provider_that_is_silent_and_then_answers_makes_one_refund(
    world: World, stack: Stack, holder: Holder, moment: str
) -> None:
    before = world.sandbox.refunded()
    world.sandbox.want_silence("POST /refunds", holder.payment_id, moment)
    asked = holder.ask()
    assert (asked["status"], holder.cabinet.balance()) == ("asked", 0)
    tally = sweep(stack, datetime.now(UTC) + timedelta(minutes=10))
    assert tally["failed"] == 0
    world.patience.until("возвращено", lambda: holder.status() == "succeeded", SOON)
    assert world.sandbox.refunded() - before == SURPLUS
    trial = world.operator.trial_balance()
    assert (trial["total"], trial["disagreements"]) == (0, [])


def test_the_readmes_commands_give_money_back(world: World, holder: Holder, tmp_path: Path) -> None:
    commands = readme.commands("Get money back")
    printed = readme.run(commands, tmp_path, API=world.api_url, TOKEN=holder.token)
    assert printed.count('"status": "succeeded"') == 2
    assert '"available": 50000' in printed
