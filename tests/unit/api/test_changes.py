"""Cancelling, moving, holding longer and clearing a day over HTTP: whose it is, and what is wrong."""

from typing import Any

import pytest

from local.sandbox.shop import Shop, Webhook
from teleconsult.catalogue import rules as catalogue_rules
from teleconsult.catalogue import store as catalogue_store
from teleconsult.platform import clock, dynamo
from teleconsult.slots.model import Slot
from teleconsult.trail import store as trail
from tests.unit.api.calls import ADMIN, HOLDER, OPERATOR, STRANGER, Reply, call, doctor
from tests.unit.api.conftest import Clock
from tests.unit.api.sent import booked, booked_by_phone, free_slot

MINE = "POST /me/bookings/{booking}/"
STAFFS = "POST /internal/bookings/{booking}/"
CLEARING = "POST /internal/doctors/{doctor}/days/{day}/clearing"
BY_CLINIC = {"by": "clinic", "why": "Врач заболел"}


@pytest.fixture
def booking_id() -> str:
    return str(booked()["booking_id"])


def to(slot: Slot) -> dict[str, str]:
    return {"doctor": slot.doctor_id, "start": clock.iso(slot.start)}


def move(booking_id: str, body: Any, claims: dict[str, str] = HOLDER, key: str = "move-key-1") -> Reply:
    route = MINE if claims in (HOLDER, STRANGER) else STAFFS
    return call(f"{route}slot", booking_id, body=body, claims=claims, key=key)


def cancel(booking_id: str, body: Any, claims: dict[str, str] = HOLDER) -> Reply:
    route = MINE if claims in (HOLDER, STRANGER) else STAFFS
    return call(f"{route}cancellation", booking_id, body=body, claims=claims)


def hold(booking_id: str, **body: Any) -> Reply:
    return call(f"{STAFFS}hold", booking_id, body={"why": "Оплатит вечером", **body}, claims=OPERATOR)


def clear(slot: Slot, claims: dict[str, str] = OPERATOR, day: str | None = None, **body: Any) -> Reply:
    clinics = catalogue_rules.clinic_day(catalogue_store.load().clinic.zone, slot.start).isoformat()
    asked = {"action": "move", "why": "Врач заболел", **body}
    return call(CLEARING, slot.doctor_id, day or clinics, body=asked, claims=claims)


def test_a_holder_moves_and_cancels_their_own_booking(booking_id: str) -> None:
    wanted = free_slot(-1)
    shown = move(booking_id, to(wanted)).json
    assert (shown["slot"]["start"], shown["moves"]) == (clock.iso(wanted.start), 1)
    shown = cancel(booking_id, {"why": "Выздоровели"}).json
    assert (shown["status"], shown["cancelled_by"]) == ("CANCELLED", "patient")
    assert {entry.why for entry in trail.of(booking_id).entries} == {None, "Выздоровели"}


def test_another_holders_booking_does_not_exist(booking_id: str) -> None:
    assert move(booking_id, to(free_slot(-1)), STRANGER).status == 404
    assert cancel(booking_id, {}, STRANGER).status == 404


@pytest.mark.parametrize("claims", [ADMIN | {"cognito:groups": "[admin]"}, doctor("d-sokolova")])
def test_only_operators_change_what_is_others(booking_id: str, claims: dict[str, str]) -> None:
    assert move(booking_id, to(free_slot(-1)) | BY_CLINIC, claims).status == 403
    assert cancel(booking_id, BY_CLINIC, claims).status == 403
    assert clear(free_slot(), claims).status == 403


def test_an_operator_says_whose_wish_it_is_and_why(booking_id: str) -> None:
    refused = move(booking_id, to(free_slot(-1)), OPERATOR)
    assert refused.status == 422
    assert set(refused.faults) == {"by", "why"}
    assert set(cancel(booking_id, {}, OPERATOR).faults) == {"by", "why"}
    moved = move(booking_id, to(free_slot(-1)) | BY_CLINIC, OPERATOR)
    assert moved.status == 200
    (entry,) = trail.of(booking_id).entries
    assert (entry.by, entry.why, entry.about["side"]) == ("staff:s-1", "Врач заболел", "clinic")


def test_all_that_is_wrong_with_a_move_comes_at_once(booking_id: str) -> None:
    refused = move(booking_id, {"start": "завтра", "room": 4})
    assert refused.status == 422
    assert set(refused.faults) == {"doctor", "start", "room"}
    assert "Idempotency-Key" in move(booking_id, to(free_slot(-1)), key="x").faults


def test_a_time_that_is_taken_comes_with_others(booking_id: str) -> None:
    wanted = free_slot(-1)
    booked(wanted, key="site-key-2")
    refused = move(booking_id, to(wanted))
    assert (refused.status, refused.code) == (409, "slot_taken")
    assert refused.json["error"]["alternatives"]


def test_the_operator_holds_a_booking_longer_by_minutes_or_until_then(time: Clock) -> None:
    booking_id = booked_by_phone()
    assert set(hold(booking_id).faults) == {"minutes"}
    assert set(hold(booking_id, minutes=5, until="2026-12-02T05:00:00Z").faults) == {"minutes"}
    assert set(hold(booking_id, minutes=5).faults) == {"minutes"}
    assert set(hold(booking_id, until="скоро").faults) == {"until"}
    shown = hold(booking_id, until=clock.iso(time.now.replace(day=2, hour=12)))
    assert shown.json["hold_until"] == "2026-12-02T12:00:00Z"


def test_a_day_is_cleared_with_a_result_for_each_booking(booking_id: str) -> None:
    slot = free_slot(1)
    first = clear(slot)
    (result,) = first.json["results"]
    assert (result["booking_id"], result["became"], first.json["left"]) == (booking_id, "moved", 0)
    assert clear(slot).json["results"] == []
    assert [entry.action for entry in trail.of("staff:s-1").entries].count("day_cleared") >= 1


def test_a_day_that_cannot_be_cleared_says_why() -> None:
    assert set(clear(free_slot(), day="вчера").faults) == {"day"}
    assert set(clear(free_slot(), day="2026-11-01").faults) == {"day"}
    assert set(clear(free_slot(), day="2999-01-01").faults) == {"day"}
    assert set(clear(free_slot(), after="потом").faults) == {"after"}
    assert clear(Slot(free_slot().start, free_slot().end, "d-nobody")).status == 404


def let_go(made: dict[str, Any], **headers: str) -> Reply:
    opened = {"x_booking_capability": made["capability"], **headers}
    return call("POST /bookings/{booking}/cancellation", made["booking_id"], **opened)


def test_a_hold_is_let_go_on_its_own_page_and_nobody_is_told() -> None:
    made = booked()
    for _ in range(2):  # the answer may have been lost
        assert let_go(made).json["status"] == "CANCELLED"
    assert booked(key="another-key")["booking_id"] != made["booking_id"]  # the same time
    (entry,) = trail.of(made["booking_id"]).entries
    assert (entry.by, entry.action) == ("site", "cancelled")
    rows = dynamo.query_all("bookings", "pk = :pk", pk=f"BOOKING#{made['booking_id']}")
    assert not [row for row in rows if row["sk"].startswith("OUTBOX#")]
    assert let_go(made, x_booking_capability="another").status == 404


def test_a_hold_that_is_being_paid_is_not_let_go(shop: Shop) -> None:
    made = booked()
    opened = {"x_booking_capability": made["capability"]}
    route = "POST /bookings/{booking}/payments"
    begun = call(route, made["booking_id"], body={"method": "card"}, key="pay-key-1", **opened).json
    assert let_go(made).code == "payment_under_way"
    shop.pay(begun["payment_id"], Webhook(times=0))
    assert let_go(made).code == "paid_already"


def test_a_hold_whose_payment_was_refused_is_let_go(shop: Shop) -> None:
    made = booked()
    opened = {"x_booking_capability": made["capability"]}
    route = "POST /bookings/{booking}/payments"
    begun = call(route, made["booking_id"], body={"method": "card"}, key="pay-key-1", **opened).json
    shop.decline(begun["payment_id"], Webhook(times=0))
    assert let_go(made).json["status"] == "CANCELLED"
