"""The figures over HTTP: what operators and admins are shown of the days they ask about."""

import pytest

from local.sandbox.shop import Shop, Webhook
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Outcome
from teleconsult.figures.counting import count
from teleconsult.outcomes.saying import say_outcome
from teleconsult.outcomes.settling import credit_balance
from teleconsult.scheduling.schedule import schedule
from tests.unit.api.calls import ADMIN, OPERATOR, Reply, call
from tests.unit.api.conftest import WEBHOOK_PATH, Clock
from tests.unit.api.sent import booked, booked_by_phone
from tests.unit.usecases.conftest import NOW

TODAY = NOW.date().isoformat()
PRICE = 250_000


def figures(first: str = TODAY, last: str = TODAY, claims: dict[str, str] = ADMIN) -> Reply:
    return call("GET /internal/figures", claims=claims, query={"from": first, "to": last})


def counted() -> None:
    assert count(NOW, lambda: True).left == 0


@pytest.fixture
def absent(shop: Shop, time: Clock) -> str:
    """A booking of today's on the site, paid by card; the patient was absent, and the money is theirs."""
    made = booked()
    booking_id: str = made["booking_id"]
    paid = call(
        "POST /bookings/{booking}/payments",
        booking_id,
        body={"method": "card"},
        key="pay-key-1",
        x_booking_capability=made["capability"],
    )
    shop.pay(paid.json["payment_id"], Webhook(times=0))
    call(
        "POST /payments/notifications/{path}", WEBHOOK_PATH, body={"object": {"id": paid.json["payment_id"]}}
    )
    record = schedule(booking_id, NOW)
    after = record.booking.verdict_after
    say_outcome(record, Outcome.PATIENT_ABSENT, "staff:s-1", after)
    credit_balance(booking_id, after)
    return booking_id


def test_before_anything_was_counted_that_is_said() -> None:
    reply = figures()
    assert (reply.status, reply.json["error"]["message"]) == (404, "Показатели ещё не посчитаны")


def test_the_staff_see_states_funnel_no_shows_and_money(absent: str) -> None:
    booked_by_phone()
    counted()
    slot = bookings.load(absent).booking
    shown = figures(TODAY, slot.slot_start.date().isoformat(), OPERATOR).json
    assert {state: number for state, number in shown["bookings"].items() if number} == {
        "AWAITING_CONSENT": 1,
        "NOT_HELD": 1,
    }
    assert shown["funnel"]["site"] == {"booked": 1, "consented": 1, "paid": 1, "scheduled": 1, "held": 0}
    assert shown["funnel"]["operator"] == dict.fromkeys(shown["funnel"]["site"], 0) | {"booked": 1}
    outcomes = dict.fromkeys(Outcome, 0) | {"patient_absent": 1, "no_show_permille": 1000}
    assert shown["by_doctor"] == {slot.doctor_id: outcomes}
    assert shown["by_channel"] == {slot.channel: outcomes}
    money = {name: amount for name, amount in shown["money"].items() if amount}
    assert money == {"came_in_by_provider": PRICE, "balances_now": PRICE}
    assert shown["counted_at"] == "2026-12-01T02:00:00Z"


def test_of_other_days_only_what_lies_where_now_is_shown(absent: str) -> None:
    counted()
    shown = figures("2026-11-01", "2026-11-30").json
    assert sum(shown["bookings"].values()) == 0
    assert (shown["by_doctor"], shown["by_channel"]) == ({}, {})
    assert {name: amount for name, amount in shown["money"].items() if amount} == {"balances_now": PRICE}


def test_days_that_are_no_days_are_refused_at_their_fields() -> None:
    assert list(call("GET /internal/figures", claims=ADMIN).faults) == ["from"]
    assert list(figures(TODAY, "вчера").faults) == ["to"]
    assert list(figures("2026-01-01", "2027-01-02").faults) == ["to"]
