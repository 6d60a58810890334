"""What a refusal leaves behind: nothing, so that the corrected request gets what the first one asked for."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import urllib3

from local.demo.story import load
from local.demo.world import Form, World, moment
from local.stack import Stack

DOCTOR = "d-sokolova"

http = urllib3.PoolManager(retries=False)


@pytest.fixture
def form(world: World) -> Form:
    """An adult's form for a time that is free."""
    story = load()[0]
    holder = world.holder(story.given["form"]["holder"])
    slot = world.free_slot(DOCTOR, "first")
    return world.form(story, slot, doctor=DOCTOR, holder=holder, consents=world.consents)


def ask(method: str, url: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    given = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4()), **headers}
    answer = http.request(
        method, url, body=None if body is None else json.dumps(body).encode(), headers=given
    )
    return answer.status, json.loads(answer.data or "null")


def test_the_corrected_form_takes_the_slot_with_the_key_of_the_refused_one(world: World, form: Form) -> None:
    url, key = f"{world.api_url}/bookings", {"Idempotency-Key": str(uuid4())}
    refused, _ = ask("POST", url, {**form, "holder": {**form["holder"], "phone": "123"}}, **key)
    assert refused == 422
    made, answer = ask("POST", url, form, **key)
    assert made == 201
    assert ask("POST", url, form, **key) == (201, answer)


def test_a_slot_between_two_others_does_not_exist(world: World, form: Form) -> None:
    between = moment(form["slot"]["start"]) + timedelta(minutes=7)
    form = {**form, "slot": {**form["slot"], "start": between.isoformat()}}
    status, answer = ask("POST", f"{world.api_url}/bookings", form)
    assert status == 422
    assert [fault["code"] for fault in answer["error"]["fields"]] == ["no_slot"]


def test_a_body_that_does_not_call_itself_json_is_read_all_the_same(world: World, form: Form) -> None:
    unnamed = {"Content-Type": "application/octet-stream"}
    assert ask("POST", f"{world.api_url}/bookings", form, **unnamed)[0] == 201


def test_a_booking_is_not_paid_by_saying_so_to_the_webhook(world: World, stack: Stack, form: Form) -> None:
    _, made = ask("POST", f"{world.api_url}/bookings", form)
    booking = f"{world.api_url}/bookings/{made['booking_id']}"
    opened = {"X-Booking-Capability": made["capability"]}
    begun, payment = ask("POST", f"{booking}/payments", {"method": "card"}, **opened)
    assert begun == 201
    secret = stack.client("secretsmanager").get_secret_value(SecretId=stack.outputs["ProviderSecretArn"])
    path = json.loads(secret["SecretString"])["webhook_path"]
    said = {"object": {"id": payment["payment_id"], "status": "succeeded", "paid": True}}

    assert ask("POST", f"{world.api_url}/payments/notifications/{path}", said)[0] == 200

    _, shown = ask("GET", booking, **opened)
    assert (shown["paid_at"], shown["due"]) == (None, made["price"])
    assert ask("POST", f"{booking}/payments", {"method": "card"}, **opened) == (201, payment)
