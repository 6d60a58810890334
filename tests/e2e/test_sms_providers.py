"""SMSC.ru and SMS Aero as the local gateway speaks: over sockets, and a whole stack whose SMS go that way."""

import json
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import urllib3

from local.demo.patience import Patience
from local.demo.story import e164, load
from local.demo.world import SOON, World, meet
from local.ports import HOST, Ports
from local.sms.gateway import Gateway
from local.sms.server import gateway_at
from local.stack import Stack, temporary
from teleconsult.notices import gateway as sms_gateway
from teleconsult.notices.smsaero import SmsAero
from teleconsult.notices.smsc import Smsc
from teleconsult.notices.undelivered import NeverTaken, TryLater

PHONE, TEXT = "+79130001122", "Консультация завтра в 10:00"


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    return Gateway(tmp_path / "sms.jsonl", "login", "password")


@pytest.fixture
def url(gateway: Gateway) -> Iterator[str]:
    port = Ports.free().sms
    with gateway_at(port, gateway):
        yield f"http://{HOST}:{port}"


@pytest.fixture(params=[Smsc, SmsAero])
def client(request: pytest.FixtureRequest, url: str) -> Any:
    return request.param(url, "Klinika", "login", "password")


def test_a_message_goes_out_over_a_socket(client: Any, gateway: Gateway) -> None:
    client.send(PHONE, TEXT, 77, repeat=False)
    client.send(PHONE, "Вторая", 78, repeat=True)
    assert [(each.phone, each.text) for each in gateway.taken] == [(PHONE, TEXT), (PHONE, "Вторая")]


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("down", TryLater, "http_500"),
        ("lost", TryLater, "ProtocolError"),
        ("hang", TryLater, "ReadTimeoutError"),
        ("refuse", NeverTaken, "smsc_8|smsaero_number"),
        ("no_money", TryLater, "smsc_3|smsaero_no_credits"),
    ],
)
def test_trouble_at_the_provider_is_met_in_time(
    client: Any,
    gateway: Gateway,
    fault: str,
    kind: type[Exception],
    code: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sms_gateway, "TIMEOUT", urllib3.Timeout(connect=1, read=1))
    gateway.want(fault)
    with pytest.raises(kind, match=rf"\A({code})\Z"):
        client.send(PHONE, TEXT, 77, repeat=False)


@pytest.mark.parametrize("kind", [Smsc, SmsAero])
def test_where_nobody_listens_it_is_tried_later(kind: Any) -> None:
    with pytest.raises(TryLater, match="NewConnectionError"):
        kind(f"http://{HOST}:{Ports.free().sms}", "Klinika", "login", "password").send(
            PHONE, TEXT, 77, repeat=False
        )


@pytest.fixture(scope="module")
def by_smsc() -> Iterator[Stack]:
    with temporary(quiet=True, counted=False, parameters={"SmsProvider": "smsc"}) as running:
        yield running


@pytest.fixture(scope="module")
def at_smsc(by_smsc: Stack) -> World:
    return meet(by_smsc, Patience())


def taken(stack: Stack, phone: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{stack.sms_url}/messages") as answer:
        return [each for each in json.load(answer)["messages"] if each["phone"] == phone]


def test_a_booking_paid_for_is_told_through_smsc_and_so_is_the_code_to_sign_in(
    by_smsc: Stack, at_smsc: World
) -> None:
    world, story = at_smsc, load()[0]
    slot = world.free_slot("d-sokolova", "first")
    holder = world.holder(story.given["form"]["holder"])
    phone = e164(holder["phone"])
    form = world.form(story, slot, doctor="d-sokolova", holder=holder, consents=world.consents)
    made = world.site.book(form, str(uuid4())).expect(201)
    page = world.site.pay_by_card(made["booking_id"], made["capability"])
    world.sandbox.pay_on_page(page["confirmation_url"])
    world.patience.until("СМС у SMSC", lambda: taken(by_smsc, phone), SOON)
    assert world.messages(phone, "sms", made["booking_id"])  # the inbox shows it

    assert world.sign_in.holder(phone)
    told, code = taken(by_smsc, phone)
    assert (told["sender"], code["sender"]) == ("Klinika", "Klinika")
    assert 1 <= told["message_id"] <= 2**31 - 1
    assert code["text"].startswith("Код входа")


def test_nothing_goes_by_sns_where_another_carries_the_sms(by_smsc: Stack, at_smsc: World) -> None:
    at_smsc.sign_in.holder(at_smsc.new_phone())
    with urllib.request.urlopen(
        f"{by_smsc.engine_url}/_ministack/sns/sms-messages?region={by_smsc.region}"
    ) as sent:
        assert json.load(sent)["sms_messages"] == {}


def wished(stack: Stack, path: str, what: dict[str, Any]) -> None:
    asked = urllib.request.Request(
        f"{stack.sms_url}{path}", json.dumps(what).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(asked).close()


def notice(world: World, token: str, booking_id: str) -> dict[str, Any]:
    """The notice with the link to the cabinet, as the operator sees it."""
    url = f"{world.api_url}/internal/bookings/{booking_id}/notices"
    shown = world.web.call("GET", url, token=token).expect(200)["notices"]
    return next(each for each in shown if each["notice"] == "payment_link")


def test_what_smsc_does_not_take_is_tried_again_by_the_sweep_and_arrives_once(
    by_smsc: Stack, at_smsc: World
) -> None:
    world, story, token = at_smsc, load()[0], by_smsc.staff_token("operator")
    slot = world.free_slot("d-sokolova", "first")
    holder = world.holder(story.given["form"]["holder"])
    phone = e164(holder["phone"])
    wished(by_smsc, "/faults", {"kind": "down", "times": 50})
    form = world.form(story, slot, doctor="d-sokolova", holder=holder)
    booking_id = world.operator.book(form, str(uuid4())).expect(201)["booking_id"]
    world.patience.until("первая попытка", lambda: notice(world, token, booking_id)["tries"] == 1, SOON)
    assert notice(world, token, booking_id)["messages"] == {"patient_sms": "pending"}
    wished(by_smsc, "/faults/clear", {})
    for minutes in (2, 3, 4):  # by then it is due, and afterwards nothing is
        at = (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
        event = {"sweep": "notices", "scheduled_for": at}
        by_smsc.client("lambda").invoke(
            FunctionName=by_smsc.outputs["SweepsFunctionName"], Payload=json.dumps(event)
        )
        world.patience.until("СМС у SMSC", lambda: taken(by_smsc, phone), SOON)
    world.patience.until(
        "отмечено", lambda: notice(world, token, booking_id)["messages"]["patient_sms"] != "pending", SOON
    )
    assert len(taken(by_smsc, phone)) == 1
