"""The appointment in calendars: what the mail carries, and what the site and the cabinet hand out."""

from typing import Any
from uuid import uuid4

import pytest
from icalendar import Calendar

from local.demo.story import load
from local.demo.web import Answer
from local.demo.world import SOON, Booked, World, booked, moment

DOCTOR = "d-sokolova"


def book(world: World) -> Booked:
    story = load()[0]
    slot = world.free_slot(DOCTOR, "first")
    holder = {**world.holder(story.given["form"]["holder"]), "email": f"{uuid4().hex}@example.org"}
    form = world.form(story, slot, doctor=DOCTOR, holder=holder, consents=world.consents)
    return booked(world.site.book(form, str(uuid4())).expect(201), slot, form)


@pytest.fixture(scope="module")
def paid(world: World) -> Booked:
    made = book(world)
    payment = world.site.pay_by_card(made.booking_id, made.capability or "")
    world.sandbox.pay(payment["payment_id"], made.price)
    world.reach(lambda: world.booking(made.booking_id), "SCHEDULED")
    return made


def ask(world: World, made: Booked) -> Answer:
    url = f"{world.api_url}/bookings/{made.booking_id}/calendar"
    return world.web.call("GET", url, headers={"X-Booking-Capability": made.capability or ""})


def event(text: str) -> Any:
    (found,) = Calendar.from_ical(text).walk("VEVENT")
    return found


def test_the_mail_of_an_appointment_carries_its_calendar_and_the_site_hands_out_the_same_event(
    world: World, paid: Booked
) -> None:
    def mails() -> list[dict[str, Any]]:
        return [each for each in world.inbox.to(paid.email) if each["attachments"]]

    (mail,) = world.patience.until("письмо с календарём", mails, SOON)
    assert mail["subject"] == "Онлайн-консультация оплачена и назначена"
    assert "Мы получили оплату" in mail["text"]
    (file,) = mail["attachments"]
    assert file["name"] == "consultation.ics"
    invited, published = event(file["text"]), event(ask(world, paid).expect(200))
    assert invited["DTSTART"].dt == published["DTSTART"].dt == moment(paid.slot["start"])
    assert invited["UID"] == published["UID"]


def test_what_is_not_paid_is_in_no_calendar(world: World) -> None:
    assert ask(world, book(world)).expect(409)["error"]["code"] == "no_appointment"
