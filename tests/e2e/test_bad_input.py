"""Bad input gets a clear error in Russian, and loses nothing."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import urllib3

from local.demo.story import load
from local.demo.world import Form, World
from local.stack import Stack

http = urllib3.PoolManager(retries=False)

Change = Callable[[Form], Form]


@pytest.fixture(scope="module")
def good(world: World) -> Form:
    """An adult's form for an ordinary doctor, with nothing wrong in it."""
    story = load()[0]
    slot = world.free_slot("d-rakhimov", "first")
    return world.form(
        story,
        slot,
        doctor="d-rakhimov",
        holder=world.holder(story.given["form"]["holder"]),
        consents=world.consents,
    )


def post(url: str, body: bytes, **headers: str) -> tuple[int, Any]:
    given = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4()), **headers}
    answer = http.request("POST", url, body=body, headers=given)
    return answer.status, json.loads(answer.data)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"kind": "first",', 400, "malformed"),
        (b"[]", 400, "malformed"),
        (b"", 400, "malformed"),
        (b'{"comments": "' + b"a" * 70_000 + b'"}', 413, "too_large"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(world: World, body: bytes, status: int, code: str) -> None:
    refused = post(f"{world.api_url}/bookings", body)
    assert (refused[0], refused[1]["error"]["code"]) == (status, code)


def without(path: str) -> Change:
    return lambda form: {name: value for name, value in form.items() if name != path}


def with_(**changes: Any) -> Change:
    return lambda form: {**form, **changes}


def in_holder(**changes: Any) -> Change:
    return lambda form: {**form, "holder": {**form["holder"], **changes}}


def in_slot(**changes: Any) -> Change:
    return lambda form: {**form, "slot": {**form["slot"], **changes}}


CHILD = {
    "who": "child",
    "relation": "parent",
    "family_name": "Воронов",
    "given_name": "Пётр",
    "birth_date": "2019-02-03",
    "sex": "male",
}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (with_(nickname="Аня"), "nickname"),
        (with_(comments=5), "comments"),
        (in_holder(phone=9135550101), "holder.phone"),
        (in_holder(phone="8 (383) 207-55-40"), "holder.phone"),
        (in_holder(birth_date="2088-04-12"), "holder.birth_date"),
        (in_slot(start="2020-12-01T03:00:00Z"), "slot.start"),
        (in_slot(start="завтра"), "slot.start"),
        (in_slot(doctor="d-nobody"), "slot.doctor"),
        (with_(patient=CHILD), "slot.doctor"),
        (with_(channel={"type": "skype", "login": "5"}), "channel.login"),
        (with_(consents=[]), "consents.contract"),
        (without("kind"), "kind"),
    ],
)
def test_a_fault_is_named_with_its_field(world: World, good: Form, change: Change, path: str) -> None:
    status, body = post(f"{world.api_url}/bookings", json.dumps(change(good)).encode())
    assert status == 422, body
    paths = [field["path"] for field in body["error"]["fields"]]
    assert path in paths
    assert all(field["message"] for field in body["error"]["fields"])


def test_all_faults_are_told_at_once(world: World) -> None:
    status, body = post(f"{world.api_url}/bookings", b"{}")
    assert status == 422
    paths = {field["path"] for field in body["error"]["fields"]}
    assert paths >= {"kind", "slot.start", "holder.family_name", "holder.phone", "channel.type", "time_zone"}


def test_the_same_key_with_another_form_is_a_conflict_and_the_first_booking_stands(
    world: World, good: Form
) -> None:
    key = str(uuid4())
    made = world.site.book(good, key).expect(201)
    other = world.site.book({**good, "comments": "Другое"}, key)
    assert (other.status, other.body["error"]["code"]) == (409, "idempotency_conflict")
    assert world.site.book(good, key).expect(201) == made


@pytest.fixture(scope="module")
def webhook(stack: Stack) -> str:
    """Where the provider's notifications go: the path is a secret."""
    secret = stack.client("secretsmanager").get_secret_value(SecretId=stack.outputs["ProviderSecretArn"])
    path = json.loads(secret["SecretString"])["webhook_path"]
    return f"{stack.api_url}/payments/notifications/{path}"


def notification(payment_id: str) -> bytes:
    content = {"type": "notification", "event": "payment.succeeded", "object": {"id": payment_id}}
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    "payment_id", ["2d4b7a10-000f-5000-8000-1f2e3d4c5b6a", "../../v3/payments", "", "x" * 500]
)
def test_a_made_up_payment_changes_nothing(world: World, webhook: str, payment_id: str) -> None:
    before = world.operator.trial_balance()
    status, _ = post(webhook, notification(payment_id))
    assert status == 404
    assert world.operator.trial_balance() == before


def test_a_notification_to_a_guessed_path_is_not_heard(world: World, webhook: str) -> None:
    guessed = webhook[:-4] + "0000"
    assert post(guessed, notification("2d4b7a10-000f-5000-8000-1f2e3d4c5b6a"))[0] == 404


def test_a_notification_that_is_no_notification_is_refused(webhook: str) -> None:
    assert post(webhook, b"paid, honestly")[0] == 400
    assert post(webhook, b'{"object": {"id": 7}}')[0] == 400
