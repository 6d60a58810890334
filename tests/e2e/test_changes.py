"""Moving, cancelling, holding longer, a doctor who falls ill (§2), as people meet it over HTTP."""

import os
import re
import subprocess
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from local.demo.doors import Cabinet
from local.demo.story import load
from local.demo.web import Answer
from local.demo.world import SOON, Booked, World, booked, moment
from local.stack import Stack

ROOT = Path(__file__).parents[2]
DOCTOR = "d-rakhimov"
COMMAND = (sys.executable, "-m", "tools.clear_day")
WHY = {"by": "clinic", "why": "Врач заболел"}


def free(world: World, number: int) -> list[dict[str, str]]:
    """The doctor's free times of the `number`-th day on which there are enough."""
    days: dict[str, list[dict[str, str]]] = {}
    later = world.tomorrow() + timedelta(days=1)  # far enough for an hour to be held longer at night, too
    for each in world.free_slots(later, doctor=DOCTOR, kind="first"):
        days.setdefault(each["clinic_time"][:10], []).append(each)
    return [times for times in days.values() if len(times) > 4][number]


def book(world: World, slot: dict[str, str], *, paid: bool = True) -> Booked:
    story = load()[0]
    holder = world.holder(story.given["form"]["holder"])
    form = world.form(story, slot, doctor=DOCTOR, holder=holder, consents=world.consents)
    made = booked(world.site.book(form, str(uuid4())).expect(201), slot, form)
    if paid:
        payment = world.site.pay_by_card(made.booking_id, made.capability or "")
        world.sandbox.pay(payment["payment_id"], made.price)
        world.reach(lambda: world.booking(made.booking_id), "SCHEDULED")
    return made


class Asking:
    """Whoever asks for changes: with a token, at the cabinet's door or the staff's."""

    def __init__(self, world: World, token: str, door: str) -> None:
        self._world = world
        self._token = token
        self._door = f"{world.api_url}{door}"

    def change(self, made: Booked, what: str, body: Any, key: str | None = None) -> Answer:
        url = f"{self._door}/bookings/{made.booking_id}/{what}"
        headers = {"Idempotency-Key": key or str(uuid4())}
        return self._world.web.call("POST", url, body, token=self._token, headers=headers)

    def clear(self, day: str, **body: Any) -> Answer:
        url = f"{self._door}/doctors/{DOCTOR}/days/{day}/clearing"
        return self._world.web.call("POST", url, {"why": "Врач заболел", **body}, token=self._token)


@pytest.fixture
def operator(world: World, stack: Stack) -> Asking:
    return Asking(world, stack.staff_token("operator"), "/internal")


def to(slot: dict[str, str]) -> dict[str, str]:
    return {"doctor": slot["doctor"], "start": slot["start"]}


def told(world: World, made: Booked, words: str) -> None:
    world.patience.until("сообщение", partial(world.messages, made.email, "mail", words), SOON)


def test_a_patient_moves_and_then_cancels_in_the_cabinet(world: World) -> None:
    first, *_, last = free(world, 0)
    made = book(world, first)
    token = world.sign_in.holder(made.phone)
    mine, cabinet, key = Asking(world, token, "/me"), Cabinet(world.web, world.api_url, token), str(uuid4())
    for _ in range(2):
        shown = mine.change(made, "slot", to(last), key).expect(200)
        assert (shown["status"], shown["slot"]["start"], shown["moves"]) == ("SCHEDULED", last["start"], 1)
    assert mine.change(made, "slot", to(first), key).expect(409)["error"]["code"] == "idempotency_conflict"
    shown = mine.change(made, "cancellation", {}).expect(200)
    assert (shown["status"], shown["cancelled_by"]) == ("CANCELLED", "patient")
    assert mine.change(made, "cancellation", {}).expect(200) == shown
    assert cabinet.balance() == made.price
    assert [line["reason"] for line in cabinet.statement()] == ["cancelled"]
    assert mine.change(made, "slot", to(first)).expect(409)["error"]["code"] == "already_over"
    assert world.operator.trial_balance()["total"] == 0


def test_an_operator_holds_longer_moves_and_cancels(world: World, operator: Asking) -> None:
    first, second, *_, last = free(world, 0)
    made = book(world, first, paid=False)
    before = moment(world.booking(made.booking_id)["hold_until"])
    held = operator.change(made, "hold", {"minutes": 180, "why": "Оплатит вечером"}).expect(200)
    assert moment(held["hold_until"]) > before + timedelta(hours=2)
    other = book(world, second, paid=False)
    taken = operator.change(made, "slot", to(second) | WHY).expect(409)["error"]
    assert (taken["code"], bool(taken["alternatives"])) == ("slot_taken", True)
    assert operator.change(made, "slot", to(last) | WHY).expect(200)["slot"]["start"] == last["start"]
    for each in (made, other):
        assert operator.change(each, "cancellation", WHY).expect(200)["cancelled_by"] == "clinic"
    assert first in free(world, 0)


def test_what_is_wrong_is_told_by_its_field(world: World, operator: Asking) -> None:
    made = book(world, free(world, 0)[0], paid=False)
    faults = {
        "slot": {"doctor": "d-nobody", "start": "завтра", "by": "clinic", "why": "так надо"},
        "cancellation": {"by": "weather"},
        "hold": {"why": "так надо"},
    }
    expected = {"slot": {"start"}, "cancellation": {"by", "why"}, "hold": {"minutes"}}
    for what, body in faults.items():
        answer = operator.change(made, what, body).expect(422)
        assert {each["path"] for each in answer["error"]["fields"]} == expected[what]
    operator.change(made, "cancellation", WHY).expect(200)


def test_a_doctor_falls_ill_and_each_patient_is_told(world: World, operator: Asking) -> None:
    times = free(world, 1)
    day = times[0]["clinic_time"][:10]
    made = [book(world, slot, paid=number < 2) for number, slot in enumerate(times[:3])]
    begun = operator.clear(day, action="move", limit=2).expect(200)
    rest = operator.clear(day, action="move", after=begun["next"]).expect(200)
    results = {each["booking_id"]: each for each in (*begun["results"], *rest["results"])}
    assert (begun["left"], rest["left"]) == (1, 0)
    for each in made:
        assert results[each.booking_id]["became"] == "moved"
        shown = world.booking(each.booking_id)
        assert shown["slot"] == results[each.booking_id]["slot"]
        told(world, each, "Ваша онлайн-консультация перенесена")
    offered = world.free_slots(world.tomorrow(), doctor=DOCTOR, kind="first")
    assert day not in {each["clinic_time"][:10] for each in offered}
    assert operator.clear(day, action="move").expect(200)["results"] == []


def test_the_command_clears_a_day_with_a_line_for_each_booking(
    world: World, stack: Stack, operator: Asking
) -> None:
    times = free(world, 1)
    day = times[0]["clinic_time"][:10]
    made = [book(world, slot) for slot in times[:2]]
    done = subprocess.run(
        [*COMMAND, DOCTOR, day, "--cancel", "--why", "Врач заболел", "--api", world.api_url],
        cwd=ROOT,
        env={**os.environ, "TELECONSULT_TOKEN": stack.staff_token("operator")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert re.findall(r"^\[(\d/\d)\] \S+ (\S+) отменена$", done.stdout, re.MULTILINE) == [
        (f"{number}/2", each.booking_id) for number, each in enumerate(made, 1)
    ]
    assert "День освобождён (отменена: 2)." in done.stdout
    for each in made:
        assert world.booking(each.booking_id)["status"] == "CANCELLED"
        told(world, each, "отменена")
