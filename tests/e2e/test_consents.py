"""A patient of 16, booked by the operator: who signs what, from the SMS to the paper that shows it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from local.demo.doors import Cabinet
from local.demo.story import e164, load
from local.demo.web import Answer
from local.demo.world import SOON, World
from local.stack import Stack

PEDIATRICIAN = "d-petrova-lisina"
PATIENT_SIGNS = "medical_consent"


@pytest.fixture(scope="module")
def booking(world: World) -> tuple[str, Mapping[str, Any]]:
    """The operator's booking, once its SMS has come; its id and its form."""
    story = load()[1]
    slot = world.free_slot(PEDIATRICIAN, "first")
    patient = {**story.given["form"]["patient"], "birth_date": f"{datetime.now(UTC).year - 16}-01-01"}
    holder = world.holder(story.given["form"]["holder"])
    form = world.form(story, slot, doctor=PEDIATRICIAN, holder=holder, patient=patient)
    made = world.operator.book(form, str(uuid4())).expect(201)
    phone, booking_id = e164(holder["phone"]), str(made["booking_id"])
    world.patience.until("СМС со ссылкой", lambda: world.messages(phone, "sms", booking_id), SOON)
    return booking_id, form


@pytest.fixture(scope="module")
def token(world: World, booking: tuple[str, Mapping[str, Any]]) -> str:
    """The representative's, who signed in by the code."""
    _, form = booking
    return world.sign_in.holder(e164(form["holder"]["phone"]))


@pytest.fixture(scope="module")
def signed(world: World, booking: tuple[str, Mapping[str, Any]], token: str) -> str:
    """The booking, once everybody has signed what is theirs and it waits for the payment; its id."""
    booking_id, _ = booking
    cabinet = Cabinet(world.web, world.api_url, token)
    cabinet.give_consents(booking_id, signed_by_patient(world))
    world.reach(lambda: cabinet.booking(booking_id), "AWAITING_PAYMENT")
    return booking_id


def signed_by_patient(world: World) -> list[dict[str, str]]:
    return [
        each | ({"signed_by": "patient"} if each["document"] == PATIENT_SIGNS else {})
        for each in world.consents
    ]


def test_the_representative_does_not_sign_for_a_patient_of_16(
    world: World, booking: tuple[str, Mapping[str, Any]], token: str
) -> None:
    booking_id, _ = booking
    url = f"{world.api_url}/me/bookings/{booking_id}/consents"
    refused = world.web.call("POST", url, {"consents": world.consents}, token=token).expect(422)
    (fault,) = refused["error"]["fields"]
    assert (fault["path"], fault["code"]) == ("consents.medical_consent", "signed_by")


@pytest.mark.parametrize("door", ["me", "internal"])
def test_the_export_says_who_signed_what(
    world: World, stack: Stack, booking: tuple[str, Mapping[str, Any]], token: str, signed: str, door: str
) -> None:
    _, form = booking
    shown = _get(world, stack, token, door, f"/bookings/{signed}/consents").expect(200)
    patient, holder = form["patient"]["given_name"], form["holder"]["given_name"]
    for each in shown["signatures"]:
        assert (patient if each["document"] == PATIENT_SIGNS else holder) in each["signer"]
        assert each["ticked_by"].startswith("h-")
        assert each["signed_at"]["clinic"].endswith("+07:00")
        assert each["ip"]
    assert {each["document"] for each in shown["signatures"]} == {each["document"] for each in world.consents}


@pytest.mark.parametrize("door", ["me", "internal"])
def test_the_paper_stands_alone(world: World, stack: Stack, token: str, signed: str, door: str) -> None:
    page = _get(world, stack, token, door, f"/bookings/{signed}/consents/print").expect(200)
    assert page.startswith("<!doctype html>")
    for each in world.consents:
        url = f"{world.api_url}/documents/{each['document']}/{each['version']}"
        assert world.web.call("GET", url).expect(200).splitlines()[-1] in page


def test_a_returning_representative_need_not_type_the_people_again(
    world: World, booking: tuple[str, Mapping[str, Any]], token: str
) -> None:
    _, form = booking
    people = world.web.call("GET", f"{world.api_url}/me/people", token=token).expect(200)
    assert people["holder"]["email"] == form["holder"]["email"]
    (patient,) = people["patients"]
    assert patient["birth_date"] == form["patient"]["birth_date"]
    assert patient["relation"] == form["patient"]["relation"]


def _get(world: World, stack: Stack, token: str, door: str, path: str) -> Answer:
    whose = token if door == "me" else stack.staff_token("operator")
    return world.web.call("GET", f"{world.api_url}/{door}{path}", token=whose)
