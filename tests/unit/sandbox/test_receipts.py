"""Fiscal receipts at the sandbox: what is refused, what becomes of one, and what is not kept."""

from pathlib import Path
from typing import Any

import pytest

from tests.at_sandbox import Clock, Sandbox, fault, read

AMOUNT = {"value": "2500.00", "currency": "RUB"}
ITEM: dict[str, Any] = {
    "description": "Онлайн-консультация",
    "quantity": 1,
    "amount": AMOUNT,
    "vat_code": 1,
    "payment_mode": "full_prepayment",
    "payment_subject": "service",
}
RECEIPT: dict[str, Any] = {
    "type": "payment",
    "customer": {"email": "patient@clinic.example"},
    "items": [ITEM],
    "settlements": [{"type": "cashless", "amount": AMOUNT}],
    "send": True,
    "tax_system_code": 2,
}


def want(sandbox: Sandbox, payment_id: str, **outcome: Any) -> None:
    assert sandbox.ask("POST", f"/sandbox/payments/{payment_id}/receipts", outcome).status == 200


def test_a_receipt_of_a_payment_is_registered(sandbox: Sandbox) -> None:
    payment_id = sandbox.paid()
    receipt = read(sandbox.make("receipts", RECEIPT | {"payment_id": payment_id}))
    assert (receipt["type"], receipt["status"], receipt["payment_id"]) == ("payment", "succeeded", payment_id)
    assert receipt["id"].startswith("rt_")
    assert receipt["items"] == [ITEM | {"quantity": "1.000"}]
    assert receipt["tax_system_code"] == 2
    assert receipt["registered_at"] == "2026-12-01T03:00:00.000Z"
    assert receipt["fiscal_provider_id"]
    assert "refund_id" not in receipt
    assert read(sandbox.ask("GET", f"/v3/receipts/{receipt['id']}")) == receipt


def test_a_receipt_of_a_refund_names_both(sandbox: Sandbox) -> None:
    payment_id = sandbox.paid()
    refund_id = read(sandbox.refund(payment_id, "2500.00"))["id"]
    receipt = read(sandbox.make("receipts", RECEIPT | {"type": "refund", "refund_id": refund_id}))
    assert (receipt["payment_id"], receipt["refund_id"]) == (payment_id, refund_id)
    assert sandbox.listed(f"receipts?refund_id={refund_id}") == [receipt["id"]]


def test_whom_a_receipt_goes_to_is_not_kept(sandbox: Sandbox, tmp_path: Path) -> None:
    read(sandbox.make("receipts", RECEIPT | {"payment_id": sandbox.paid()}))
    assert b"patient@" not in (tmp_path / "payments.sqlite3").read_bytes()


@pytest.mark.parametrize(
    ("difference", "parameter"),
    [
        ({"type": "income"}, "type"),
        ({"payment_id": None}, "payment_id"),
        ({"type": "refund"}, "refund_id"),
        ({"customer": None}, "customer"),
        ({"customer": {"full_name": "x"}}, "customer"),
        ({"customer": {"email": "patient"}}, "customer.email"),
        ({"customer": {"phone": "+7 913"}}, "customer.phone"),
        ({"send": False}, "send"),
        ({"tax_system_code": 7}, "tax_system_code"),
        ({"items": []}, "items"),
        ({"items": ["x"]}, "items[0]"),
        ({"items": [ITEM | {"description": ""}]}, "items[0].description"),
        ({"items": [ITEM | {"quantity": 0}]}, "items[0].quantity"),
        ({"items": [ITEM | {"quantity": "x"}]}, "items[0].quantity"),
        ({"items": [ITEM | {"quantity": None}]}, "items[0].quantity"),
        ({"items": [ITEM | {"amount": {"value": "1", "currency": "RUB"}}]}, "items[0].amount.value"),
        ({"items": [ITEM | {"vat_code": 13}]}, "items[0].vat_code"),
        ({"items": [ITEM | {"payment_mode": "later"}]}, "items[0].payment_mode"),
        ({"items": [ITEM | {"payment_subject": None}]}, "items[0].payment_subject"),
        ({"settlements": None}, "settlements"),
        ({"settlements": ["x"]}, "settlements[0]"),
        ({"settlements": [{"type": "barter", "amount": AMOUNT}]}, "settlements[0].type"),
        ({"items": [ITEM | {"quantity": 2}]}, "settlements"),
    ],
)
def test_a_receipt_that_breaks_a_rule_is_refused_by_name(
    sandbox: Sandbox, difference: dict[str, Any], parameter: str
) -> None:
    order = RECEIPT | {"payment_id": sandbox.paid()} | difference
    assert fault(sandbox.make("receipts", order)) == (400, "invalid_request", parameter)


def test_items_may_be_many_and_parted(sandbox: Sandbox) -> None:
    half = {"value": "1000.00", "currency": "RUB"}
    items = [ITEM | {"amount": half, "quantity": "1.5"}, ITEM | {"amount": half, "quantity": 1.0}]
    read(sandbox.make("receipts", RECEIPT | {"payment_id": sandbox.paid(), "items": items}))


def test_a_receipt_is_about_money_that_moved(sandbox: Sandbox) -> None:
    unpaid = sandbox.make("receipts", RECEIPT | {"payment_id": sandbox.created()})
    assert fault(unpaid) == (400, "invalid_request", "payment_id")
    unknown = sandbox.make("receipts", RECEIPT | {"payment_id": "0"})
    assert fault(unknown) == (404, "not_found", "payment_id")
    payment_id = sandbox.paid()
    sandbox.ask("POST", f"/sandbox/payments/{payment_id}/refunds", {"status": "canceled"})
    refund_id = read(sandbox.refund(payment_id, "2500.00"))["id"]
    refused = sandbox.make("receipts", RECEIPT | {"type": "refund", "refund_id": refund_id})
    assert fault(refused) == (400, "invalid_request", "refund_id")
    assert fault(sandbox.ask("GET", "/v3/receipts/rt_0")) == (404, "not_found", "receipt_id")


def test_the_same_key_is_one_receipt_and_another_body_is_refused(sandbox: Sandbox) -> None:
    order = RECEIPT | {"payment_id": sandbox.paid()}
    first = read(sandbox.make("receipts", order, "k"))
    assert read(sandbox.make("receipts", order, "k")) == first
    other = sandbox.make("receipts", order | {"customer": {"email": "other@clinic.example"}}, "k")
    assert fault(other) == (400, "invalid_request", "Idempotence-Key")
    assert len(sandbox.listed("receipts")) == 1


def test_a_receipt_ends_as_wanted(sandbox: Sandbox, clock: Clock) -> None:
    payment_id = sandbox.paid()
    order = RECEIPT | {"payment_id": payment_id}
    want(sandbox, payment_id, status="canceled")
    canceled = read(sandbox.make("receipts", order))
    assert canceled["status"] == "canceled"
    assert "registered_at" not in canceled
    want(sandbox, payment_id, status="pending", seconds=30)
    pending = read(sandbox.make("receipts", order))
    assert pending["status"] == "pending"
    clock.forward(seconds=30)
    sandbox.shop.advance()
    registered = read(sandbox.ask("GET", f"/v3/receipts/{pending['id']}"))
    assert (registered["status"], registered["registered_at"]) == ("succeeded", "2026-12-01T03:00:30.000Z")
    assert sandbox.listed("receipts?status=canceled") == [canceled["id"]]
    assert sandbox.listed(f"receipts?payment_id={payment_id}") == [pending["id"], canceled["id"]]
    want(sandbox, payment_id, status="forbidden")
    assert fault(sandbox.make("receipts", order))[0] == 403


def test_receipts_are_listed_in_pages(sandbox: Sandbox) -> None:
    order = RECEIPT | {"payment_id": sandbox.paid()}
    ids = [read(sandbox.make("receipts", order))["id"] for _ in range(3)]
    first = read(sandbox.ask("GET", "/v3/receipts?limit=2"))
    assert [each["id"] for each in first["items"]] == ids[:0:-1]
    assert sandbox.listed(f"receipts?limit=2&cursor={first['next_cursor']}") == ids[:1]
