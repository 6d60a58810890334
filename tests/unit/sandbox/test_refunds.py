"""Refunds at the sandbox: what is left of a payment, how a refund ends, and who is told."""

from typing import Any

import pytest

from tests.at_sandbox import Clock, Sandbox, fault, read


def want(sandbox: Sandbox, payment_id: str, **outcome: Any) -> None:
    assert sandbox.ask("POST", f"/sandbox/payments/{payment_id}/refunds", outcome).status == 200


def test_a_refund_is_as_documented_and_the_payment_knows_of_it(sandbox: Sandbox) -> None:
    payment_id = sandbox.paid()
    refund = read(sandbox.refund(payment_id, "1000.00"))
    assert refund == {
        "id": refund["id"],
        "payment_id": payment_id,
        "status": "succeeded",
        "created_at": "2026-12-01T03:00:00.000Z",
        "amount": {"value": "1000.00", "currency": "RUB"},
        "metadata": {"refund_id": "r-1"},
    }
    assert len(refund["id"]) == 36
    assert read(sandbox.ask("GET", f"/v3/refunds/{refund['id']}")) == refund
    payment = sandbox.payment(payment_id)
    assert payment["refunded_amount"] == {"value": "1000.00", "currency": "RUB"}
    assert (payment["status"], payment["refundable"]) == ("succeeded", True)


def test_what_is_left_of_a_payment_can_be_refunded_and_no_more(sandbox: Sandbox) -> None:
    payment_id = sandbox.paid()
    read(sandbox.refund(payment_id, "2499.99"))
    assert fault(sandbox.refund(payment_id, "0.02")) == (400, "invalid_request", "amount.value")
    read(sandbox.refund(payment_id, "0.01"))
    assert sandbox.payment(payment_id)["refundable"] is False
    assert fault(sandbox.refund(payment_id, "0.01"))[0] == 400
    refunded = read(sandbox.ask("GET", "/sandbox/refunded", authorization=""))
    assert refunded == {"refunded": 250_000, "refunds": 2, "currency": "RUB"}
    assert sandbox.shop.taken() == (250_000, 1)


def test_what_is_on_its_way_back_is_not_left(sandbox: Sandbox) -> None:
    payment_id = sandbox.paid()
    want(sandbox, payment_id, status="pending")
    assert read(sandbox.refund(payment_id, "2500.00"))["status"] == "pending"
    assert fault(sandbox.refund(payment_id, "0.01"))[2] == "amount.value"
    assert sandbox.payment(payment_id)["refunded_amount"]["value"] == "0.00"
    assert sandbox.shop.refunded() == (0, 0)


def test_what_came_back_by_a_refund_that_was_refused_is_left(sandbox: Sandbox) -> None:
    payment_id = sandbox.paid()
    want(sandbox, payment_id, status="canceled", reason="insufficient_funds")
    refused = read(sandbox.refund(payment_id, "2500.00"))
    assert refused["status"] == "canceled"
    assert refused["cancellation_details"] == {"party": "payment_network", "reason": "insufficient_funds"}
    assert sandbox.bodies() == []  # the provider has no notification of a canceled refund
    want(sandbox, payment_id, status="succeeded")
    assert read(sandbox.refund(payment_id, "2500.00"))["status"] == "succeeded"


def test_a_payment_that_did_not_succeed_has_nothing_to_refund(sandbox: Sandbox) -> None:
    assert fault(sandbox.refund(sandbox.created())) == (400, "invalid_request", "payment_id")
    missing = "00000000-000f-5000-8000-000000000000"
    assert fault(sandbox.refund(missing)) == (404, "not_found", "payment_id")
    assert fault(sandbox.ask("GET", f"/v3/refunds/{missing}")) == (404, "not_found", "refund_id")


@pytest.mark.parametrize(
    ("difference", "parameter"),
    [
        ({"payment_id": None}, "payment_id"),
        ({"amount": None}, "amount"),
        ({"amount": {"value": "0.00", "currency": "RUB"}}, "amount.value"),
        ({"amount": {"value": "-1.00", "currency": "RUB"}}, "amount.value"),
        ({"amount": {"value": "1.00", "currency": "USD"}}, "amount.currency"),
        ({"description": "о" * 251}, "description"),
        ({"metadata": {"refund_id": 1}}, "metadata.refund_id"),
    ],
)
def test_a_refund_that_breaks_a_rule_is_refused_by_name(
    sandbox: Sandbox, difference: dict[str, Any], parameter: str
) -> None:
    order = {"payment_id": sandbox.paid(), "amount": {"value": "1.00", "currency": "RUB"}} | difference
    assert fault(sandbox.make("refunds", order)) == (400, "invalid_request", parameter)


def test_a_refund_can_be_forbidden(sandbox: Sandbox) -> None:
    payment_id = sandbox.paid()
    want(sandbox, payment_id, status="forbidden")
    assert fault(sandbox.refund(payment_id, key="k"))[:2] == (403, "forbidden")
    want(sandbox, payment_id)
    assert read(sandbox.refund(payment_id, key="k"))["status"] == "succeeded"


def test_the_same_key_is_one_refund_and_another_body_or_call_under_it_is_refused(sandbox: Sandbox) -> None:
    payment_id = sandbox.paid()
    first = read(sandbox.refund(payment_id, key="k"))
    assert read(sandbox.refund(payment_id, key="k")) == first
    order = {"payment_id": payment_id, "amount": first["amount"], "metadata": first["metadata"]}
    for other in (sandbox.refund(payment_id, "1.00", key="k"), sandbox.make("receipts", order, "k")):
        assert fault(other) == (400, "invalid_request", "Idempotence-Key")
    assert sandbox.shop.refunded() == (100_000, 1)


def test_a_refund_is_notified_of_when_it_succeeds(sandbox: Sandbox, clock: Clock) -> None:
    payment_id = sandbox.paid()
    want(sandbox, payment_id, status="pending", seconds=30, webhook={"times": 2})
    refund_id = read(sandbox.refund(payment_id))["id"]
    clock.forward(seconds=29)
    sandbox.shop.advance()
    assert sandbox.bodies() == []
    clock.forward(seconds=1)
    sandbox.shop.advance()
    sandbox.shop.advance()
    refund = read(sandbox.ask("GET", f"/v3/refunds/{refund_id}"))
    assert refund["status"] == "succeeded"
    assert sandbox.bodies() == [{"type": "notification", "event": "refund.succeeded", "object": refund}] * 2
    assert sandbox.payment(payment_id)["refunded_amount"]["value"] == "1000.00"


def test_whoever_asks_for_a_refund_in_time_need_not_wait_for_the_clockwork(
    sandbox: Sandbox, clock: Clock
) -> None:
    payment_id = sandbox.paid()
    want(sandbox, payment_id, status="pending", seconds=30, then="canceled", reason="rejected_by_payee")
    refund_id = read(sandbox.refund(payment_id))["id"]
    clock.forward(seconds=30)
    assert sandbox.listed("refunds?status=canceled") == [refund_id]
    refund = read(sandbox.ask("GET", f"/v3/refunds/{refund_id}"))
    assert refund["cancellation_details"]["reason"] == "rejected_by_payee"
    assert sandbox.shop.refunded() == (0, 0)


def test_refunds_are_listed_by_payment_status_and_creation_in_pages(sandbox: Sandbox, clock: Clock) -> None:
    payment_id, other = sandbox.paid(), sandbox.paid()
    ids = [read(sandbox.refund(payment_id, "1.00"))["id"] for _ in range(3)]
    clock.forward(minutes=1)
    late = read(sandbox.refund(other, "1.00"))["id"]
    assert sandbox.listed(f"refunds?payment_id={payment_id}") == ids[::-1]
    first = read(sandbox.ask("GET", f"/v3/refunds?payment_id={payment_id}&limit=2"))
    rest = f"refunds?payment_id={payment_id}&limit=2&cursor={first['next_cursor']}"
    assert sandbox.listed(rest) == ids[:1]
    assert sandbox.listed("refunds?created_at.gt=2026-12-01T03:00:00.000Z&status=succeeded") == [late]
    assert sandbox.listed("refunds?status=pending") == []
    assert fault(sandbox.ask("GET", "/v3/refunds?refund_id=1"))[2] == "refund_id"


@pytest.mark.parametrize(
    ("wanted", "parameter"),
    [
        ({"status": "lost"}, "status"),
        ({"status": "canceled", "reason": "mood"}, "reason"),
        ({"status": "pending", "seconds": -1}, "seconds"),
        ({"status": "pending", "then": "pending"}, "then"),
        ({"outcome": "succeeded"}, "outcome"),
    ],
)
def test_an_end_that_no_refund_has_is_refused(sandbox: Sandbox, wanted: Any, parameter: str) -> None:
    path = f"/sandbox/payments/{sandbox.paid()}/refunds"
    assert fault(sandbox.ask("POST", path, wanted)) == (400, "invalid_request", parameter)


def test_only_a_payment_that_exists_has_refunds_to_come(sandbox: Sandbox) -> None:
    assert sandbox.ask("POST", "/sandbox/payments/00000000/refunds", {}).status == 404
    assert sandbox.ask("POST", "/sandbox/payments/00000000/receipts", {}).status == 404


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ("refunds=succeeded&seconds=30", "succeeded"),
        ("refunds=pending&seconds=30", "pending"),
        ("refunds=canceled&seconds=", "canceled"),
    ],
)
def test_how_refunds_end_is_chosen_on_the_page_of_a_paid_payment(
    sandbox: Sandbox, form: str, status: str
) -> None:
    payment_id = sandbox.paid()
    assert "чем кончится возврат" in sandbox.ask("GET", f"/checkout/{payment_id}").body.decode()
    assert sandbox.submit(f"/checkout/{payment_id}/refunds", form).status == 303
    assert read(sandbox.refund(payment_id))["status"] == status


@pytest.mark.parametrize("form", ["", "refunds=lost", "refunds=pending&seconds=x"])
def test_an_end_the_page_does_not_offer_is_refused(sandbox: Sandbox, form: str) -> None:
    assert sandbox.submit(f"/checkout/{sandbox.paid()}/refunds", form).status == 400


def test_the_page_says_what_was_refunded(sandbox: Sandbox) -> None:
    payment_id = sandbox.paid()
    assert "Возвращено" not in sandbox.ask("GET", f"/checkout/{payment_id}").body.decode()
    read(sandbox.refund(payment_id, "1000.00"))
    assert "Возвращено: 1\u00a0000,00\u00a0₽" in sandbox.ask("GET", f"/checkout/{payment_id}").body.decode()
