"""The consultation itself: both sides' links, the doctor's day, the outcome with a note, its correction."""

import http.client
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from local.demo.story import load
from local.demo.world import SOON, Booked, World, booked, moment
from local.stack import Stack

ORDINARY_DOCTOR = "d-sokolova"
_TO_PAY = timedelta(seconds=30)
_CLINIC_AHEAD = timedelta(hours=7)


def follow(world: World, join_url: str) -> tuple[int, str, str]:
    """What a browser is answered at a join link: status, where it is led, and what it reads."""
    at, path = urlsplit(world.api_url), urlsplit(join_url).path
    connection = http.client.HTTPConnection(at.hostname or "", at.port or 80, timeout=20)
    connection.request("GET", path)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, answer.headers.get("Location") or "", text


def day_of(world: World, token: str, day: str) -> list[dict[str, Any]]:
    url = f"{world.api_url}/internal/doctors/me/day?day={day}"
    shown: list[dict[str, Any]] = world.web.call("GET", url, token=token).expect(200)["consultations"]
    return shown


def clinic_day(made: Booked) -> str:
    return (moment(made.slot["start"]) + _CLINIC_AHEAD).date().isoformat()


def pay(world: World, made: Booked) -> None:
    payment = world.site.pay_by_card(made.booking_id, made.capability or "")
    world.sandbox.pay(payment["payment_id"], made.price)
    world.reach(lambda: world.booking(made.booking_id), "SCHEDULED")


@pytest.fixture(scope="module")
def tomorrows(world: World) -> Booked:
    """Somebody's paid booking with an ordinary doctor, not before tomorrow."""
    story = load()[0]
    slot = world.free_slot(ORDINARY_DOCTOR, "first")
    holder = world.holder(story.given["form"]["holder"])
    form = world.form(story, slot, doctor=ORDINARY_DOCTOR, holder=holder, consents=world.consents)
    made = booked(world.site.book(form, str(uuid4())).expect(201), slot, form)
    pay(world, made)
    return made


def test_a_link_before_its_time_says_when_and_tells_nothing_else(
    world: World, stack: Stack, tomorrows: Booked
) -> None:
    token = stack.staff_token("doctor", ORDINARY_DOCTOR)
    shown = day_of(world, token, clinic_day(tomorrows))
    (own,) = [each for each in shown if each["booking_id"] == tomorrows.booking_id]
    assert own["reach"]["phone"] == tomorrows.phone
    status, leads, text = follow(world, own["reach"]["join_url"])
    assert (status, leads) == (200, "")
    assert "Ссылка откроется за 15 минут" in text
    assert own["patient"]["name"].split()[0] not in text


def test_another_doctors_day_does_not_show_it(world: World, stack: Stack, tomorrows: Booked) -> None:
    shown = day_of(world, stack.staff_token("doctor", "d-gromov"), clinic_day(tomorrows))
    assert tomorrows.booking_id not in [each["booking_id"] for each in shown]


def test_from_both_links_to_an_outcome_and_its_correction(world: World, stack: Stack) -> None:
    story = load()[0]
    holder = world.holder(story.given["form"]["holder"])
    form = world.form(story, None, holder=holder, consents=world.consents)
    made = world.book_on_duty(story, form, world.site.book, _TO_PAY)
    pay(world, made)
    cabinet = world.cabinet(made.phone)
    for link in (
        cabinet.booking(made.booking_id)["join_url"],
        _own(world, stack, made)["reach"]["join_url"],
    ):
        status, leads, _ = follow(world, link)
        assert (status, leads.startswith("https://meet.example.ru/")) == (302, True)
    world.until_begins(made)
    doctor = stack.staff_token("doctor", made.slot["doctor"])
    url = f"{world.api_url}/internal/bookings/{made.booking_id}"
    said = {"outcome": "held", "note": "Повторить через месяц"}
    world.web.call("POST", f"{url}/outcome", said, token=doctor).expect(200)
    world.reach(lambda: world.booking(made.booking_id), "COMPLETED")
    seen = _own(world, stack, made)
    assert (seen["outcome"], seen["note"]) == ("held", "Повторить через месяц")
    assert seen["evidence"]["patient_joined_at"]
    assert seen["evidence"]["doctor_joined_at"]
    operator = stack.staff_token("operator")
    for word, balance in (
        ({"outcome": "not_held", "reason": "technical"}, made.price),
        ({"outcome": "held"}, 0),
    ):
        body = {**word, "why": "Врач ошибся строкой"}
        headers = {"Idempotency-Key": str(uuid4())}
        corrected = world.web.call("POST", f"{url}/corrections", body, token=operator, headers=headers)
        assert corrected.status == 201, corrected.body
        assert cabinet.balance() == balance
    assert corrected.body["corrections"] == 2
    status, _, text = follow(world, cabinet_link(world, made))
    assert (status, "завершена" in text) == (200, True)
    trial = world.operator.trial_balance()
    assert (trial["total"], trial["disagreements"]) == (0, [])
    world.patience.until("об исправлении", lambda: world.messages(made.email, "mail", "Исправлен итог"), SOON)


def cabinet_link(world: World, made: Booked) -> str:
    """The patient's link in the confirmation: it stays what it was."""
    (sent, *_) = world.messages(made.phone, "sms", made.booking_id)
    return next(word for word in sent.split() if "/join/" in word)


def _own(world: World, stack: Stack, made: Booked) -> dict[str, Any]:
    shown = day_of(world, stack.staff_token("doctor", made.slot["doctor"]), clinic_day(made))
    (own,) = [each for each in shown if each["booking_id"] == made.booking_id]
    return own
