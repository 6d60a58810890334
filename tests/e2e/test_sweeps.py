"""The sweeps on the stack, time moved by their own "now": reminders, no-shows, the 72-hour end (§2)."""

import json
from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest

from local.demo.doors import Cabinet
from local.demo.story import load
from local.demo.world import SOON, Booked, World, booked, moment
from local.stack import Stack

LENGTH = timedelta(minutes=30)


@pytest.fixture
def paid(world: World) -> Booked:
    """Booked on the site two days ahead at least, and paid."""
    story = load()[0]
    slot = world.free_slots(world.tomorrow() + timedelta(days=2), doctor="d-sokolova", kind="first")[0]
    holder = world.holder(story.given["form"]["holder"])
    form = world.form(story, slot, doctor="d-sokolova", holder=holder, consents=world.consents)
    made = booked(world.site.book(form, str(uuid4())).expect(201), slot, form)
    payment = world.site.pay_by_card(made.booking_id, made.capability or "")
    world.sandbox.pay_on_page(payment["confirmation_url"])
    world.reach(lambda: world.booking(made.booking_id), "SCHEDULED")
    return made


def sweep(stack: Stack, name: str, at: datetime) -> dict[str, int]:
    """As the schedule does; those of the present moment run meanwhile."""
    event = {"sweep": name, "scheduled_for": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
    answer = stack.client("lambda").invoke(FunctionName="teleconsult-sweeps", Payload=json.dumps(event))
    tally: dict[str, int] = json.loads(answer["Payload"].read())
    return tally


def rows(stack: Stack, booking_id: str) -> dict[str, dict[str, object]]:
    answer = stack.client("dynamodb").query(
        TableName=stack.outputs["BookingsTableName"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"BOOKING#{booking_id}"}},
    )
    return {item["sk"]["S"]: item for item in answer["Items"]}


def received_more(world: World, paid: Booked, sent: int) -> bool:
    return len(world.inbox.to(paid.phone)) > sent


def test_a_booking_days_ahead_gets_its_three_reminders_once_each(
    stack: Stack, world: World, paid: Booked
) -> None:
    start = moment(paid.slot["start"])
    for minutes, notice in ((1440, "reminder_day"), (60, "reminder_hour"), (10, "reminder_soon")):
        sent = len(world.inbox.to(paid.phone))
        for _ in range(2):
            assert sweep(stack, "reminders", start - timedelta(minutes=minutes))["failed"] == 0
        world.patience.until(notice, partial(received_more, world, paid, sent), SOON)
    given = Counter(sk.split("#")[1] for sk in rows(stack, paid.booking_id) if "reminder" in sk)
    assert given == {"reminder_day": 1, "reminder_hour": 1, "reminder_soon": 1}


def test_nobody_is_reminded_of_what_is_over(stack: Stack, world: World, paid: Booked) -> None:
    start = moment(paid.slot["start"])
    sweep(stack, "no_shows", start + LENGTH + timedelta(minutes=15))
    world.reach(lambda: world.booking(paid.booking_id), "NOT_HELD")
    for minutes in (1440, 60, 10):
        sweep(stack, "reminders", start - timedelta(minutes=minutes))
    assert not [sk for sk in rows(stack, paid.booking_id) if "reminder" in sk]
    assert Cabinet(world.web, world.api_url, world.sign_in.holder(paid.phone)).balance() == paid.price


def test_unclear_evidence_is_an_operators_task_and_after_72_hours_the_money_is_on_the_balance_once(
    stack: Stack, world: World, paid: Booked
) -> None:
    end = moment(paid.slot["start"]) + LENGTH
    for side in ("patient", "doctor"):  # both were there; by hand, since nobody can click before the time
        stack.client("dynamodb").put_item(
            TableName=stack.outputs["BookingsTableName"],
            Item={
                "pk": {"S": f"BOOKING#{paid.booking_id}"},
                "sk": {"S": f"JOIN#{paid.slot['start']}#{side}"},
                "at": {"S": paid.slot["start"]},
            },
        )
    for _ in range(2):
        sweep(stack, "no_shows", end + timedelta(minutes=15))
    view = world.operator.booking(paid.booking_id)
    assert (view["booking"]["status"], view["task"]) == ("SCHEDULED", "outcome_unclear")
    sweep(stack, "no_shows", end + timedelta(hours=72, seconds=-1))
    assert world.booking(paid.booking_id)["status"] == "SCHEDULED"
    for _ in range(2):
        sweep(stack, "no_shows", end + timedelta(hours=72))
    world.reach(lambda: world.booking(paid.booking_id), "NOT_HELD")
    assert world.booking(paid.booking_id)["outcome"] == "unknown"
    assert Cabinet(world.web, world.api_url, world.sign_in.holder(paid.phone)).balance() == paid.price
