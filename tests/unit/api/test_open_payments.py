"""The sweep of open payments (§6): what nobody told us of is found by asking, one booking at a time."""

from datetime import timedelta

import pytest

from functions.sweeps.handler import handler
from local.sandbox.faults import Fault
from local.sandbox.order import Order
from local.sandbox.shop import Shop, Webhook
from teleconsult.booking import store as bookings
from teleconsult.payments import installation
from teleconsult.payments.yookassa import Provider
from teleconsult.platform import clock, dynamo
from tests.to_sandbox import ToSandbox
from tests.unit.api.calls import Context, call
from tests.unit.api.conftest import Clock
from tests.unit.api.sent import booked


class Unhurried(Context):
    """A sweep that has all the time it needs."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 100_000


def swept(time: Clock) -> dict[str, int]:
    moment = clock.iso(time.now + timedelta(minutes=5))
    counted: dict[str, int] = handler({"sweep": "open_payments", "scheduled_for": moment}, Unhurried())
    return counted


def begun(number: int) -> tuple[str, str]:
    """A booking with a payment at the provider: their ids."""
    made = booked(key=f"site-key-{number}")
    reply = call(
        "POST /bookings/{booking}/payments",
        made["booking_id"],
        body={"method": "card"},
        key="pay-key-1",
        x_booking_capability=made["capability"],
    )
    return str(made["booking_id"]), str(reply.json["payment_id"])


def test_a_payment_whose_notifications_were_all_lost_is_booked(shop: Shop, time: Clock) -> None:
    booking_id, payment_id = begun(1)
    shop.pay(payment_id, Webhook(times=0))
    assert swept(time) == {"found": 1, "done": 1, "failed": 0, "left": 0}
    assert bookings.load(booking_id).booking.paid_at
    assert swept(time) == {"found": 0, "done": 0, "failed": 0, "left": 0}


def test_a_payment_that_is_open_still_is_asked_about_every_time(time: Clock) -> None:
    begun(1)
    for _ in range(2):
        assert swept(time) == {"found": 1, "done": 0, "failed": 0, "left": 0}


def test_one_that_the_provider_does_not_answer_about_keeps_no_other_back(shop: Shop, time: Clock) -> None:
    silent, paid = begun(1), begun(2)
    for _, payment_id in (silent, paid):
        shop.pay(payment_id, Webhook(times=0))
    shop.faults.want(Fault(call="GET /payments/{id}", kind="500", about=silent[1], times=100))
    assert swept(time) == {"found": 2, "done": 1, "failed": 1, "left": 0}
    assert bookings.load(paid[0]).booking.paid_at
    assert bookings.load(silent[0]).booking.paid_at is None


def test_a_payment_that_is_not_as_we_have_it_is_a_failure_and_nothing_is_booked(
    shop: Shop, time: Clock
) -> None:
    booking_id, _ = begun(1)
    metadata = {"booking_id": "b-of-another-system", "attempt": "1"}
    other = shop.create(Order("2500.00", "RUB", "https://example.org", None, metadata))["id"]
    shop.pay(other, Webhook(times=0))
    path = {"attempts.1.payment_id": other}
    dynamo.write(dynamo.update("bookings", f"BOOKING#{booking_id}", "PAYMENT", set=path))
    assert swept(time) == {"found": 1, "done": 0, "failed": 1, "left": 0}
    assert bookings.load(booking_id).booking.paid_at is None


def test_the_page_that_waits_is_answered_although_the_provider_does_not_know_us(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = booked()
    opens = {"x_booking_capability": made["capability"]}
    route = "/bookings/{booking}/payments"
    call(f"POST {route}", made["booking_id"], body={"method": "card"}, key="pay-key-1", **opens)
    unknown = Provider("http://sandbox/v3", "100500", "wrong_key", transport=ToSandbox(shop))
    monkeypatch.setattr(installation, "_provider", lambda *_credentials: unknown)
    reply = call(f"GET {route}", made["booking_id"], **opens)
    assert [each["status"] for each in reply.json["payments"]] == ["pending"]
