"""The consultation as a file for a calendar: the patient's side of a scheduled booking, and nobody else."""

from dataclasses import replace
from typing import Any

import pytest
from icalendar import Calendar

from teleconsult.booking import store as bookings
from teleconsult.booking.model import Status
from tests.unit.api.calls import HOLDER, STRANGER, Reply, call
from tests.unit.api.conftest import Clock
from tests.unit.api.sent import booked, booked_by_phone, free_slot
from tests.unit.usecases import forms
from tests.unit.usecases.conftest import NOW

HOLDERS, CAPABILITYS = "GET /me/bookings/{booking}/calendar", "GET /bookings/{booking}/calendar"


@pytest.fixture(autouse=True)
def sender(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_FROM", "zapis@klinika-ob.example.ru")


@pytest.fixture
def made() -> dict[str, Any]:
    """A booking made on the site, and scheduled since."""
    answer = booked()
    scheduled(answer["booking_id"])
    return answer


def scheduled(booking_id: str, **changes: Any) -> None:
    booking = bookings.load(booking_id).booking
    forms.stored(replace(booking, status=Status.SCHEDULED, paid_at=NOW, scheduled_at=NOW, **changes))


def asked(made: dict[str, Any], route: str) -> Reply:
    if route == HOLDERS:
        return call(route, made["booking_id"], claims=HOLDER)
    return call(route, made["booking_id"], x_booking_capability=made["capability"])


@pytest.mark.parametrize("route", [HOLDERS, CAPABILITYS])
def test_the_patients_side_has_a_file_for_its_calendar(made: dict[str, Any], route: str) -> None:
    reply = asked(made, route)
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert reply.headers["Content-Disposition"] == 'attachment; filename="consultation.ics"'
    assert reply.headers["Cache-Control"] == "no-store"
    read: Any = Calendar.from_ical(reply.text)
    (event,) = read.walk("VEVENT")
    assert read["METHOD"] == "PUBLISH"
    assert event["DTSTART"].dt == bookings.load(made["booking_id"]).booking.slot_start
    assert event["UID"] == f"{made['booking_id']}@klinika-ob.example.ru"


@pytest.mark.parametrize("route", [HOLDERS, CAPABILITYS])
def test_what_is_not_scheduled_is_in_no_calendar(route: str) -> None:
    reply = asked(booked(), route)
    assert (reply.status, reply.code) == (409, "no_appointment")


def test_what_is_over_is_in_no_calendar(made: dict[str, Any]) -> None:
    booking = bookings.load(made["booking_id"]).booking
    forms.stored(replace(booking, status=Status.CANCELLED))
    assert asked(made, HOLDERS).code == "no_appointment"


def test_anothers_consultation_does_not_exist(made: dict[str, Any]) -> None:
    assert call(HOLDERS, made["booking_id"], claims=STRANGER).status == 404
    assert call(CAPABILITYS, made["booking_id"], x_booking_capability="guess").status == 404


def test_at_18_it_stops_existing_for_who_represented_the_patient(time: Clock) -> None:
    child = forms.TEENAGER | {"birth_date": "2008-12-10"}
    booking_id = booked_by_phone(
        specialty="pediatrician", slot=free_slot(specialty="pediatrician"), patient=child
    )
    scheduled(booking_id)
    time.pass_by(days=8)
    assert call(HOLDERS, booking_id, claims=HOLDER).status == 200
    time.pass_by(days=1)
    assert call(HOLDERS, booking_id, claims=HOLDER).status == 404
