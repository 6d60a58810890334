"""A question after a consultation: asked, overdue, assigned, called about, answered (S16)."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from local.demo.story import load
from local.demo.world import SOON, Booked, World
from local.stack import Stack
from teleconsult.platform import clock
from tests import readme

_TO_PAY = timedelta(seconds=15)


@pytest.fixture
def made(world: World) -> Booked:
    """A consultation that was paid for and held just now."""
    story = load()[0]
    holder = world.holder(story.given["form"]["holder"])
    form = world.form(story, None, holder=holder, consents=world.consents)
    made = world.book_on_duty(story, form, world.site.book, _TO_PAY)
    payment = world.site.pay_by_card(made.booking_id, made.capability or "")
    world.sandbox.pay(payment["payment_id"], made.price)
    world.reach(lambda: world.booking(made.booking_id), "SCHEDULED")
    world.until_begins(made)
    world.operator.say_held(made.booking_id)
    world.reach(lambda: world.booking(made.booking_id), "COMPLETED")
    return made


def test_a_question_is_asked_goes_overdue_and_is_answered(
    world: World, stack: Stack, made: Booked, tmp_path: Path
) -> None:
    token, operator = world.sign_in.holder(made.phone), stack.staff_token("operator")
    shown = _as_the_readme_says(world, made, token, tmp_path)
    callback = shown["callback"]
    at = f"{world.api_url}/internal/bookings/{made.booking_id}/callbacks/{callback}"

    def act(what: str, **body: Any) -> Any:
        key = {"Idempotency-Key": str(uuid4())}
        answer = world.web.call("POST", f"{at}/{what}", body, token=operator, headers=key)
        return answer.expect(201 if what == "attempts" else 200)

    def waiting() -> dict[str, Any]:
        queue = world.web.call("GET", f"{world.api_url}/internal/callbacks", token=operator).expect(200)
        return next(each for each in queue["callbacks"] if each["callback"] == callback)

    world.patience.until("СМС о звонке", lambda: world.messages(made.phone, "sms", "Врач позвонит"), SOON)
    assert (waiting()["phone"], waiting()["overdue"]) == (made.phone, False)
    late = clock.parse(shown["answer_by"]) + timedelta(seconds=1)
    assert _sweep(stack, clock.iso(late))["done"] >= 1
    taken = act("assignee", assignee="me", version=1)
    act("attempts", result="no_answer")
    tried = act("attempts", result="reached")
    assert (taken["version"], len(tried["attempts"])) == (2, 2)
    act("result", result="answered", note="На вопрос ответили", version=tried["version"])
    mine = world.web.call("GET", f"{world.api_url}/me/callbacks", token=token).expect(200)
    assert [each["status"] for each in mine["callbacks"]] == ["DONE"]
    assert _sweep(stack, clock.iso(late))["done"] == 0


def _sweep(stack: Stack, at: str) -> dict[str, int]:
    event = {"sweep": "callbacks", "scheduled_for": at}
    answer = stack.client("lambda").invoke(FunctionName="teleconsult-sweeps", Payload=json.dumps(event))
    tally: dict[str, int] = json.loads(answer["Payload"].read())
    return tally


def _as_the_readme_says(world: World, made: Booked, token: str, where: Path) -> dict[str, Any]:
    commands = readme.commands("Ask for the doctor's call")
    printed = readme.run(commands, where, API=world.api_url, ID=made.booking_id, TOKEN=token)
    listed = printed[printed.index('{"callbacks"') :]  # after what the first command shows
    (shown,) = json.loads(listed)["callbacks"]
    return dict(shown)
