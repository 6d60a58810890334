"""Faults at the sandbox: 500, too late, cut; before or after the request took effect."""

from typing import Any

import pytest

from local.sandbox.faults import Cut, Held
from tests.at_sandbox import ORDER, Sandbox, fault, read


def want(sandbox: Sandbox, call: str, kind: str = "500", **more: Any) -> None:
    read(sandbox.ask("POST", "/sandbox/faults", {"call": call, "kind": kind} | more))


def test_a_call_answers_500_before_it_takes_effect_so_many_times(sandbox: Sandbox) -> None:
    want(sandbox, "POST /payments", times=2)
    for _ in range(2):
        assert fault(sandbox.create(key="k"))[:2] == (500, "internal_server_error")
    assert sandbox.listed("payments") == []
    read(sandbox.create(key="k"))
    assert sandbox.shop.faults.wanted() == []


def test_a_call_answers_500_after_it_took_effect(sandbox: Sandbox) -> None:
    payment_id = sandbox.paid()
    want(sandbox, "POST /refunds", about=payment_id, moment="after")
    assert sandbox.refund(payment_id, key="k").status == 500
    (refund_id,) = sandbox.listed("refunds")
    assert read(sandbox.refund(payment_id, key="k"))["id"] == refund_id


@pytest.mark.parametrize(("moment", "made"), [("before", 0), ("after", 1)])
def test_a_connection_is_cut_before_or_after(sandbox: Sandbox, moment: str, made: int) -> None:
    want(sandbox, "POST /payments", "cut", moment=moment)
    with pytest.raises(Cut):
        sandbox.create(key="k")
    assert len(sandbox.listed("payments")) == made


def test_an_answer_is_held_for_as_long_as_wanted(sandbox: Sandbox) -> None:
    payment_id = sandbox.paid()
    want(sandbox, "GET /payments/{id}", "timeout", seconds=9)
    with pytest.raises(Held) as held:
        sandbox.payment(payment_id)
    assert held.value.seconds == 9


def test_a_fault_is_about_one_booking_although_its_payment_does_not_exist_yet(sandbox: Sandbox) -> None:
    want(sandbox, "POST /payments", about="b-2", times=9)
    read(sandbox.create())
    assert sandbox.create(ORDER | {"metadata": {"booking_id": "b-2"}}).status == 500


def test_a_booking_s_fault_meets_its_payment_its_refund_and_its_receipt(sandbox: Sandbox) -> None:
    payment_id, other = sandbox.paid(), sandbox.paid(metadata={"booking_id": "b-2"})
    refund_id = read(sandbox.refund(payment_id))["id"]
    calls = ("GET /payments/{id}", "GET /refunds/{id}", "POST /refunds", "GET /refunds", "POST /receipts")
    for call in calls:
        want(sandbox, call, about="b-1")
    assert sandbox.payment(other)
    assert sandbox.ask("GET", f"/v3/payments/{payment_id}").status == 500
    assert sandbox.ask("GET", f"/v3/refunds/{refund_id}").status == 500
    assert sandbox.refund(other).status == 200
    assert sandbox.refund(payment_id).status == 500
    assert sandbox.ask("GET", f"/v3/refunds?payment_id={payment_id}").status == 500
    assert sandbox.make("receipts", {"refund_id": refund_id}).status == 500
    assert sandbox.shop.faults.wanted() == []


def test_faults_are_shown_and_forgotten_on_demand(sandbox: Sandbox) -> None:
    want(sandbox, "POST /receipts", "cut", about="b-1", moment="after", times=3)
    shown = read(sandbox.ask("GET", "/sandbox/faults"))
    wanted = {"call": "POST /receipts", "kind": "cut", "about": "b-1", "moment": "after", "times": 3}
    assert shown == {"faults": [wanted | {"seconds": 30}]}
    assert read(sandbox.ask("POST", "/sandbox/faults/clear")) == {"faults": []}


def test_a_body_that_is_no_json_meets_its_fault_all_the_same(sandbox: Sandbox) -> None:
    want(sandbox, "POST /payments")
    assert sandbox.create(b"{").status == 500


def test_controls_and_pages_have_no_faults(sandbox: Sandbox) -> None:
    payment_id = sandbox.created()
    for call in ("POST /payments", "GET /payments/{id}"):
        want(sandbox, call, times=9)
    assert sandbox.ask("POST", f"/sandbox/payments/{payment_id}/pay").status == 200
    assert sandbox.ask("GET", f"/checkout/{payment_id}").status == 200


@pytest.mark.parametrize(
    ("wanted", "parameter"),
    [
        ({"call": "DELETE /payments"}, "call"),
        ({"kind": "fire"}, "kind"),
        ({"moment": "during"}, "moment"),
        ({"times": 0}, "times"),
        ({"seconds": -1}, "seconds"),
        ({"about": 7}, "about"),
        ({"booking": "b-1"}, "booking"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(sandbox: Sandbox, wanted: Any, parameter: str) -> None:
    asked = {"call": "POST /payments", "kind": "500"} | wanted
    assert fault(sandbox.ask("POST", "/sandbox/faults", asked)) == (400, "invalid_request", parameter)
    assert sandbox.shop.faults.wanted() == []
