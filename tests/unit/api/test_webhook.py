"""What the payment provider says (§6): a hint, whoever says it, however often."""

from datetime import UTC, datetime
from typing import Any

import pytest

from local.sandbox.shop import Shop, Webhook
from teleconsult.booking import store as bookings
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.payments.yookassa import Provider
from tests.to_sandbox import ToSandbox
from tests.unit.api.calls import Reply, call
from tests.unit.api.conftest import WEBHOOK_PATH
from tests.unit.api.sent import booked

ROUTE = "POST /payments/notifications/{path}"


def notified(payment_id: Any, path: str = WEBHOOK_PATH) -> Reply:
    said = {"type": "notification", "event": "payment.succeeded", "object": {"id": payment_id}}
    return call(ROUTE, path, body=said)


@pytest.fixture
def begun() -> dict[str, str]:
    """A booking with a payment at the provider: its id and the payment's."""
    made = booked()
    reply = call(
        "POST /bookings/{booking}/payments",
        made["booking_id"],
        body={"method": "card"},
        key="pay-key-1",
        x_booking_capability=made["capability"],
    )
    return {"booking_id": made["booking_id"], "payment_id": reply.json["payment_id"]}


def held(begun: dict[str, str]) -> int:
    return ledger.available(ledger_rules.held(begun["booking_id"]))


def test_a_payment_is_booked_and_the_same_notification_again_changes_nothing(
    begun: dict[str, str], shop: Shop
) -> None:
    shop.pay(begun["payment_id"], Webhook(times=0))
    for _ in range(3):
        assert notified(begun["payment_id"]).status == 200
    assert held(begun) == 250000
    assert bookings.load(begun["booking_id"]).booking.paid_at


def test_a_notification_before_the_money_changes_nothing_and_is_answered(begun: dict[str, str]) -> None:
    assert notified(begun["payment_id"]).status == 200
    assert held(begun) == 0
    assert bookings.load(begun["booking_id"]).booking.paid_at is None


def test_the_body_is_not_believed(begun: dict[str, str]) -> None:
    said = {
        "event": "payment.succeeded",
        "object": {
            "id": begun["payment_id"],
            "status": "succeeded",
            "paid": True,
            "amount": {"value": "1.00"},
        },
    }
    assert call(ROUTE, WEBHOOK_PATH, body=said).status == 200
    assert held(begun) == 0


@pytest.mark.parametrize("path", ["", "guess", WEBHOOK_PATH[:-1], WEBHOOK_PATH + "0"])
def test_only_who_knows_the_path_is_heard(begun: dict[str, str], shop: Shop, path: str) -> None:
    shop.pay(begun["payment_id"], Webhook(times=0))
    assert notified(begun["payment_id"], path).status == 404
    assert held(begun) == 0


@pytest.mark.parametrize(
    ("networks", "status"),
    [
        ("", 200),
        ("192.0.2.0/24", 200),
        ("198.51.100.0/24, 192.0.2.7/32", 200),
        ("198.51.100.0/24,2a02::/32", 404),
    ],
)
def test_where_the_providers_networks_are_known_nobody_else_is_heard(
    begun: dict[str, str], shop: Shop, monkeypatch: pytest.MonkeyPatch, networks: str, status: int
) -> None:
    monkeypatch.setenv("PROVIDER_NETWORKS", networks)
    shop.pay(begun["payment_id"], Webhook(times=0))
    assert notified(begun["payment_id"]).status == status
    assert held(begun) == (250000 if status == 200 else 0)


@pytest.mark.parametrize("payment_id", ["22222222-000f-5000-8000-222222222222", "../refunds", "", "я"])
def test_a_made_up_payment_is_refused_and_nothing_changes(begun: dict[str, str], payment_id: str) -> None:
    reply = notified(payment_id)
    assert (reply.status, reply.code) == (404, "not_found")
    assert held(begun) == 0


def test_what_is_said_of_neither_payment_nor_refund_is_answered_and_changes_nothing(
    begun: dict[str, str],
) -> None:
    said = {"event": "payout.succeeded", "object": {"id": "22222222-000f-5000-8000-222222222222"}}
    assert call(ROUTE, WEBHOOK_PATH, body=said).status == 200
    assert held(begun) == 0


def test_a_payment_of_another_shop_is_refused(begun: dict[str, str]) -> None:
    another = Shop(":memory:", shop_id="200600", url="http://sandbox", now=lambda: datetime.now(UTC))
    provider = Provider("http://sandbox/v3", "200600", "test_key", transport=ToSandbox(another))
    foreign = provider.create_payment(250000, begun["booking_id"], 1, "https://example.org")
    another.pay(foreign.payment_id, Webhook(times=0))
    assert notified(foreign.payment_id).status == 404
    assert held(begun) == 0
    another.close()


def test_a_payment_of_ours_that_no_booking_of_ours_began_is_refused(
    begun: dict[str, str], shop: Shop
) -> None:
    provider = Provider("http://sandbox/v3", "100500", "test_key", transport=ToSandbox(shop))
    stray = provider.create_payment(250000, "b-of-another-system", 1, "https://example.org")
    shop.pay(stray.payment_id, Webhook(times=0))
    assert notified(stray.payment_id).status == 404


@pytest.mark.parametrize(
    "raw", ["", "{", "[]", "null", '{"object": {}}', '{"object": {"id": 5}}', '{"object": []}']
)
def test_what_names_no_payment_is_malformed(raw: str) -> None:
    reply = call(ROUTE, WEBHOOK_PATH, raw=raw)
    assert (reply.status, reply.code) == (400, "malformed")


def test_a_provider_that_does_not_answer_is_asked_again_later(
    begun: dict[str, str], shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.close()
    reply = notified(begun["payment_id"])
    assert reply.status in (500, 503)
