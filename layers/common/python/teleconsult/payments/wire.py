"""The provider's JSON: what our requests say, and what its answers mean (§6). Pure.

Nothing here says who the patient is, but for a receipt's e-mail, or what the consultation is about.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from teleconsult.payments.rules import (
    CURRENCY,
    Payment,
    ProviderRefund,
    Receipt,
    ReceiptKind,
    ReceiptRegistration,
)

DESCRIPTION = "Онлайн-консультация"

_KEY_LENGTH = 64
_PAYMENT_STATUSES = frozenset({"pending", "waiting_for_capture", "succeeded", "canceled"})
_STATUSES = frozenset({"pending", "succeeded", "canceled"})
_AMOUNT = re.compile(r"(\d{1,12})\.(\d{2})")
_UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_OBJECT_ID = re.compile(_UUID)
_RECEIPT_ID = re.compile(rf"(rt[-_])?{_UUID}")
_NAME = re.compile(r"[A-Za-z0-9_.\[\]-]{1,64}")

# kind: the receipt's type, its item's payment_mode, its settlement's type
_RECEIPT_FORMS: dict[ReceiptKind, tuple[str, str, str]] = {
    "prepayment": ("payment", "full_prepayment", "cashless"),
    "offset": ("payment", "full_payment", "prepayment"),
    "refund": ("refund", "full_prepayment", "cashless"),
}

Read = TypeVar("Read")


class Unreadable(Exception):
    """An answer that is not in the documented form: it says nothing."""


def is_object_id(value: str) -> bool:
    """Whether a text has the form of a payment's or a refund's id. It may come from anybody."""
    return _OBJECT_ID.fullmatch(value) is not None


def is_receipt_id(value: str) -> bool:
    """Whether a text has the form of a receipt's id."""
    return _RECEIPT_ID.fullmatch(value) is not None


def checked_key(key: str) -> str:
    """An idempotence key, if the provider takes it.

    Raises:
        ValueError: it is empty or longer than 64 characters.
    """
    if not 0 < len(key) <= _KEY_LENGTH:
        raise ValueError("an idempotence key has 1 to 64 characters")
    return key


def roubles(amount: int) -> str:
    """Kopecks as the provider writes them: 250000 is `2500.00`."""
    return f"{amount // 100}.{amount % 100:02d}"


def kopecks(value: str) -> int:
    """The provider's `2500.00` as kopecks.

    Raises:
        ValueError: any other form.
    """
    match = _AMOUNT.fullmatch(value)
    if not match:
        raise ValueError("not an amount in roubles")
    return int(match[1]) * 100 + int(match[2])


def moment(value: datetime) -> str:
    """A time as the provider's lists take it, in UTC to the millisecond."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def payment_request(amount: int, booking_id: str, attempt: int, return_url: str) -> dict[str, Any]:
    return {
        "amount": _money(amount),
        "capture": True,
        "confirmation": {"type": "redirect", "return_url": return_url},
        "description": DESCRIPTION,
        "metadata": {"booking_id": booking_id, "attempt": str(attempt)},
    }


def refund_request(refund_id: str, payment_id: str, amount: int) -> dict[str, Any]:
    return {"payment_id": payment_id, "amount": _money(amount), "metadata": {"refund_id": refund_id}}


def receipt_request(receipt: Receipt) -> dict[str, Any]:
    """One item, one settlement, in the scenario «Сначала платёж, потом чек».

    Source: yookassa.ru/developers/payment-acceptance/receipts/54fz/other-services/payments

    Raises:
        ValueError: a receipt of a refund without the refund.
    """
    kind, mode, settlement = _RECEIPT_FORMS[receipt.kind]
    if kind == "refund" and not receipt.provider_refund_id:
        raise ValueError("a refund's receipt names the refund")
    about = (
        {"refund_id": receipt.provider_refund_id} if kind == "refund" else {"payment_id": receipt.payment_id}
    )
    item = {
        "description": DESCRIPTION,
        "quantity": 1,
        "amount": _money(receipt.amount),
        "vat_code": receipt.vat_code,
        "payment_mode": mode,
        "payment_subject": "service",
    }
    tax = {} if receipt.tax_system_code is None else {"tax_system_code": receipt.tax_system_code}
    return {
        "type": kind,
        **about,
        "customer": {"email": receipt.email},
        "items": [item],
        "settlements": [{"type": settlement, "amount": _money(receipt.amount)}],
        "send": True,
        **tax,
    }


def read(content: bytes, as_what: Callable[[Any], Read]) -> Read:
    """What an answer's body says.

    Raises:
        Unreadable.
    """
    try:
        return as_what(json.loads(content))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # What was read is left out on purpose: nobody promises that it is not personal.
        raise Unreadable(type(error).__name__) from None


def payment(said: Any) -> Payment:
    metadata = said.get("metadata") or {}
    attempt = metadata.get("attempt", "")
    refunded = said.get("refunded_amount")
    return Payment(
        payment_id=_text(said["id"]),
        status=_status(said, _PAYMENT_STATUSES),
        paid=said["paid"] is True,
        amount=kopecks(_text(said["amount"]["value"])),
        currency=_text(said["amount"]["currency"]),
        shop_id=_text(said["recipient"]["account_id"]),
        booking_id=metadata.get("booking_id"),
        attempt=int(attempt) if attempt.isdecimal() else None,
        confirmation_url=(said.get("confirmation") or {}).get("confirmation_url"),
        created_at=_moment(said["created_at"]),
        refunded=kopecks(_text(refunded["value"])) if refunded else 0,
    )


def refund(said: Any) -> ProviderRefund:
    return ProviderRefund(
        provider_refund_id=_text(said["id"]),
        status=_status(said, _STATUSES),
        amount=kopecks(_text(said["amount"]["value"])),
        currency=_text(said["amount"]["currency"]),
        payment_id=_text(said["payment_id"]),
        refund_id=_text_or_none((said.get("metadata") or {}).get("refund_id")),
        reason=_text_or_none((said.get("cancellation_details") or {}).get("reason")),
        created_at=_moment(said["created_at"]),
    )


def receipt(said: Any) -> ReceiptRegistration:
    kind, amount = _receipt_form(said)
    return ReceiptRegistration(
        receipt_id=_text(said["id"]), status=_status(said, _STATUSES), kind=kind, amount=amount
    )


def page(as_what: Callable[[Any], Read]) -> Callable[[Any], tuple[list[Read], str | None]]:
    """One page of a list: its items, and the cursor of the next page if there is one."""

    def read_page(said: Any) -> tuple[list[Read], str | None]:
        return [as_what(item) for item in said["items"]], _text_or_none(said.get("next_cursor"))

    return read_page


def error(content: bytes) -> Mapping[str, str]:
    """An error's `code` and `parameter`, if the body is an error of the provider's; words are left out.

    An answer with neither is not the provider's own: a proxy or a firewall in between wrote it.
    """
    try:
        said = json.loads(content)
    except ValueError:
        return {}
    if not isinstance(said, dict) or not _is_name(said.get("code")):
        return {}
    return {name: said[name] for name in ("code", "parameter") if _is_name(said.get(name))}


def _receipt_form(said: Any) -> tuple[ReceiptKind | None, int | None]:
    """Which of our kinds a receipt is, and of how many kopecks; all of ours have one item, once."""
    match said.get("items"):
        case [{"payment_mode": mode, "amount": {"value": str(value)}}]:
            for kind, (receipt_type, own_mode, _) in _RECEIPT_FORMS.items():
                if (receipt_type, own_mode) == (said.get("type"), mode):
                    return kind, kopecks(value)
    return None, None


def _money(amount: int) -> dict[str, str]:
    return {"value": roubles(amount), "currency": CURRENCY}


def _status(said: Any, documented: frozenset[str]) -> str:
    if said["status"] not in documented:
        raise ValueError("a status that is not documented")
    return _text(said["status"])


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(_text(value)).astimezone(UTC)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a text was expected")
    return value


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)
