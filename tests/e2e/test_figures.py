"""The figures on the stack: counted by the sweep under its own rights, shown by the API under its own."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from local.demo.story import load
from local.demo.world import SOON, World, booked, moment
from local.stack import Stack
from tests.e2e.test_sweeps import sweep

DOCTOR = "d-sokolova"


def counted(world: World, stack: Stack, first: datetime, last: datetime) -> dict[str, Any]:
    """The figures as they stand by now: a count that began before this moment is no answer."""
    begun = datetime.now(UTC).replace(microsecond=0)
    days = "&".join(f"{name}={at.date().isoformat()}" for name, at in (("from", first), ("to", last)))

    url, token = f"{world.api_url}/internal/figures?{days}", stack.staff_token("admin")

    def shown() -> dict[str, Any] | None:
        tally = sweep(stack, "figures", datetime.now(UTC))
        assert tally["failed"] == 0
        figures: dict[str, Any] = world.web.call("GET", url, token=token).expect(200)
        return figures if moment(figures["counted_at"]) >= begun else None

    return world.patience.until("показатели", shown, SOON)


def grown(before: dict[str, Any], after: dict[str, Any]) -> dict[str, int]:
    """By how much each number has grown that has."""
    return {
        name: number - before.get(name, 0) for name, number in after.items() if number != before.get(name, 0)
    }


def test_a_booking_whose_doctor_never_came_is_in_every_figure_it_belongs_to(
    stack: Stack, world: World
) -> None:
    story = load()[0]
    slot = world.free_slots(world.tomorrow() + timedelta(days=2), doctor=DOCTOR, kind="first")[0]
    span = (datetime.now(UTC) - timedelta(days=1), moment(slot["start"]) + timedelta(days=1))
    over = moment(slot["start"]) + timedelta(hours=1)
    world.patience.until("чужие записи решены", lambda: not sweep(stack, "no_shows", over)["done"], SOON)
    before = counted(world, stack, *span)

    form = world.form(
        story,
        slot,
        doctor=DOCTOR,
        holder=world.holder(story.given["form"]["holder"]),
        consents=world.consents,
    )
    made = booked(world.site.book(form, str(uuid4())).expect(201), slot, form)
    payment = world.site.pay_by_card(made.booking_id, made.capability or "")
    world.sandbox.pay_on_page(payment["confirmation_url"])
    world.reach(lambda: world.booking(made.booking_id), "SCHEDULED")
    paid = counted(world, stack, *span)
    assert grown(before["money"], paid["money"]) == {
        "came_in_by_provider": made.price,
        "held_now": made.price,
    }

    sweep(stack, "no_shows", over)
    world.reach(lambda: world.booking(made.booking_id), "NOT_HELD")
    after = counted(world, stack, *span)
    assert grown(paid["money"], after["money"]) == {"held_now": -made.price, "balances_now": made.price}
    assert grown(before["bookings"], after["bookings"])["NOT_HELD"] == 1
    steps = dict.fromkeys(("booked", "consented", "paid", "scheduled"), 1)
    assert grown(before["funnel"]["site"], after["funnel"]["site"]) == steps
    assert grown(before["by_doctor"].get(DOCTOR, {}), after["by_doctor"][DOCTOR]) == {"doctor_absent": 1}
    assert grown(before["by_channel"].get("room", {}), after["by_channel"]["room"])["doctor_absent"] == 1
