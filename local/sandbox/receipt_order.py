"""What `POST /receipts` may ask for, as YooKassa documents it.

Source: yookassa.ru/developers/payment-acceptance/receipts/54fz/other-services/payments,
and its neighbour …/parameters-values.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from local.sandbox.messages import InvalidRequest
from local.sandbox.order import kopecks, read_amount

_MOST_ITEMS = 100
_DESCRIPTION_LENGTH = 128
_TAX_SYSTEMS = range(1, 7)
_VAT_CODES = range(1, 13)
_SETTLEMENTS = ("cashless", "prepayment", "postpayment", "consideration")
_MODES = (
    "full_prepayment",
    "partial_prepayment",
    "advance",
    "full_payment",
    "partial_payment",
    "credit",
    "credit_payment",
)
_SUBJECTS = (
    "commodity",
    "excise",
    "job",
    "service",
    "gambling_bet",
    "gambling_prize",
    "lottery",
    "lottery_prize",
    "intellectual_activity",
    "payment",
    "agent_commission",
    "property_right",
    "non_operating_gain",
    "insurance_premium",
    "sales_tax",
    "resort_fee",
    "composite",
    "another",
)


@dataclass(frozen=True)
class ReceiptOrder:
    """A receipt somebody wants made: of a payment, or of a refund, then with its `refund_id`."""

    type: str
    payment_id: str | None
    refund_id: str | None
    tax_system_code: int | None
    items: list[dict[str, Any]]
    settlements: list[dict[str, Any]]


def read_receipt_order(body: Mapping[str, Any]) -> ReceiptOrder:
    kind = _one_of(body, "type", ("payment", "refund"), "type")
    about = _about(body, "payment_id" if kind == "payment" else "refund_id")
    _check_customer(body)
    if body.get("send") is not True:
        raise InvalidRequest("The only value of send is true", "send")
    tax_system_code = body.get("tax_system_code")
    if tax_system_code is not None and not _is_number_in(tax_system_code, _TAX_SYSTEMS):
        raise InvalidRequest("A tax system is a number from 1 to 6", "tax_system_code")
    items = [_item(item, f"items[{n}]") for n, item in enumerate(_filled_list(body, "items"))]
    settlements = [_settlement(each, f"settlements[{n}]") for n, each in _numbered(body, "settlements")]
    settled = sum(kopecks(each["amount"]["value"]) for each in settlements)
    if sum(kopecks(item["amount"]["value"]) * Decimal(item["quantity"]) for item in items) != settled:
        raise InvalidRequest("The settlements do not make up the sum of the items", "settlements")
    return ReceiptOrder(
        kind,
        about if kind == "payment" else None,
        about if kind == "refund" else None,
        tax_system_code,
        items,
        settlements,
    )


def _about(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidRequest(f"Missing {name}", name)
    return value


def _check_customer(body: Mapping[str, Any]) -> None:
    customer = body.get("customer")
    if not isinstance(customer, dict):
        raise InvalidRequest("Missing customer", "customer")
    email, phone = customer.get("email"), customer.get("phone")
    if email is None and phone is None:
        raise InvalidRequest("A customer has an e-mail or a phone", "customer")
    if email is not None and (not isinstance(email, str) or not all(email.partition("@"))):
        raise InvalidRequest("Incorrect e-mail", "customer.email")
    if phone is not None and not (isinstance(phone, str) and phone.isdecimal()):
        raise InvalidRequest("Incorrect phone", "customer.phone")


def _numbered(body: Mapping[str, Any], name: str) -> list[tuple[int, Any]]:
    return list(enumerate(_filled_list(body, name)))


def _filled_list(body: Mapping[str, Any], name: str) -> list[Any]:
    content = body.get(name)
    if not isinstance(content, list) or not 1 <= len(content) <= _MOST_ITEMS:
        raise InvalidRequest(f"A receipt has 1 to {_MOST_ITEMS} {name}", name)
    return content


def _item(item: Any, where: str) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise InvalidRequest("An item is an object", where)
    description = item.get("description")
    if not isinstance(description, str) or not 1 <= len(description) <= _DESCRIPTION_LENGTH:
        raise InvalidRequest("A description has 1 to 128 characters", f"{where}.description")
    if not _is_number_in(item.get("vat_code"), _VAT_CODES):
        raise InvalidRequest("A VAT code is a number from 1 to 12", f"{where}.vat_code")
    return {
        "description": description,
        "quantity": _quantity(item.get("quantity"), f"{where}.quantity"),
        "amount": read_amount(item, f"{where}."),
        "vat_code": item["vat_code"],
        "payment_mode": _one_of(item, "payment_mode", _MODES, f"{where}.payment_mode"),
        "payment_subject": _one_of(item, "payment_subject", _SUBJECTS, f"{where}.payment_subject"),
    }


def _settlement(settlement: Any, where: str) -> dict[str, Any]:
    if not isinstance(settlement, dict):
        raise InvalidRequest("A settlement is an object", where)
    kind = _one_of(settlement, "type", _SETTLEMENTS, f"{where}.type")
    return {"type": kind, "amount": read_amount(settlement, f"{where}.")}


def _quantity(value: Any, where: str) -> str:
    """A number or a text in the request; `1.000` in the answer."""
    wrong = InvalidRequest("A quantity is a number above 0", where)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise wrong
    try:
        quantity = Decimal(str(value))
    except InvalidOperation:
        raise wrong from None
    if not quantity.is_finite() or quantity <= 0:
        raise wrong
    return f"{quantity:.3f}"


def _one_of(body: Mapping[str, Any], name: str, allowed: tuple[str, ...], where: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or value not in allowed:
        raise InvalidRequest(f"One of: {', '.join(allowed)}", where)
    return value


def _is_number_in(value: Any, numbers: range) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value in numbers
