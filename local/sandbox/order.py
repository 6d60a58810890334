"""What a shop may ask for: the rules of payments, refunds and lists, as YooKassa documents them."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.sandbox.messages import InvalidRequest

_AMOUNT = re.compile(r"\d{1,12}\.\d{2}")
_DESCRIPTION_LENGTH = 128
_METADATA_KEYS, _METADATA_KEY_LENGTH, _METADATA_VALUE_LENGTH = 16, 32, 512
_RETURN_URL_LENGTH = 2048
_LIMIT, _MOST = 10, 100
_REFUND_DESCRIPTION_LENGTH = 250
_STATUSES = ("pending", "waiting_for_capture", "succeeded", "canceled")
_BOUNDS = ("gte", "gt", "lte", "lt")


@dataclass(frozen=True)
class Order:
    """A payment somebody wants made. `value` as `2500.00`."""

    value: str
    currency: str
    return_url: str
    description: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class RefundOrder:
    """A refund somebody wants made. `value` as `2500.00`."""

    payment_id: str
    value: str
    currency: str
    description: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class Selection:
    """What a list shows: `bounds` by `gte`, `gt`, `lte`, `lt` of the creation, `equal` by name."""

    bounds: Mapping[str, datetime]
    equal: Mapping[str, str]
    limit: int
    before: int | None


def read_order(body: Mapping[str, Any]) -> Order:
    amount, confirmation = read_amount(body), _object(body, "confirmation")
    return_url = confirmation.get("return_url")
    if body.get("capture") is not True:
        raise InvalidRequest("The sandbox captures at once: capture must be true", "capture")
    if confirmation.get("type") != "redirect":
        raise InvalidRequest("The sandbox confirms by redirect", "confirmation.type")
    if not isinstance(return_url, str) or not _is_web_address(return_url):
        raise InvalidRequest("Incorrect return_url", "confirmation.return_url")
    description = _description(body, _DESCRIPTION_LENGTH)
    return Order(amount["value"], "RUB", return_url, description, _metadata(body))


def read_refund_order(body: Mapping[str, Any]) -> RefundOrder:
    payment_id, amount = body.get("payment_id"), read_amount(body)
    if not isinstance(payment_id, str) or not payment_id:
        raise InvalidRequest("Missing payment_id", "payment_id")
    description = _description(body, _REFUND_DESCRIPTION_LENGTH)
    return RefundOrder(payment_id, amount["value"], "RUB", description, _metadata(body))


def read_amount(body: Mapping[str, Any], where: str = "") -> dict[str, str]:
    """The `amount` of an object; `where` the object is, for the error's parameter."""
    amount = body.get("amount")
    if not isinstance(amount, dict):
        raise InvalidRequest("Missing amount", f"{where}amount")
    value = amount.get("value")
    if not isinstance(value, str) or not _AMOUNT.fullmatch(value) or not value.strip("0."):
        raise InvalidRequest("Incorrect amount value", f"{where}amount.value")
    if amount.get("currency") != "RUB":
        raise InvalidRequest("This shop takes RUB", f"{where}amount.currency")
    return {"value": value, "currency": "RUB"}


def read_selection(query: Mapping[str, str], *, by: Collection[str] = ()) -> Selection:
    """`by`: what things are listed by beside status and creation."""
    known = {"limit", "cursor", "status", *by, *(f"created_at.{bound}" for bound in _BOUNDS)}
    for name in query:
        if name not in known:
            raise InvalidRequest(f"Unknown parameter {name}", name)
    status = query.get("status")
    if status is not None and status not in _STATUSES:
        raise InvalidRequest("Incorrect status", "status")
    limit = query.get("limit", str(_LIMIT))
    if not limit.isdecimal() or not 1 <= int(limit) <= _MOST:
        raise InvalidRequest(f"The limit is a number from 1 to {_MOST}", "limit")
    cursor = query.get("cursor")
    if cursor is not None and not cursor.isdecimal():
        raise InvalidRequest("Incorrect cursor", "cursor")
    equal = {name: query[name] for name in ("status", *by) if name in query}
    return Selection(_bounds(query), equal, int(limit), int(cursor) if cursor else None)


def kopecks(value: str) -> int:
    """`2500.00` as kopecks."""
    return int(value.replace(".", ""))


def _object(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    content = body.get(name)
    if not isinstance(content, dict):
        raise InvalidRequest(f"Missing {name}", name)
    return content


def _description(body: Mapping[str, Any], most: int) -> str | None:
    description = body.get("description")
    if description is None:
        return None
    if not isinstance(description, str) or len(description) > most:
        raise InvalidRequest(f"A description has at most {most} characters", "description")
    return description


def _metadata(body: Mapping[str, Any]) -> Mapping[str, str]:
    metadata = body.get("metadata") or {}
    if not isinstance(metadata, dict) or len(metadata) > _METADATA_KEYS:
        raise InvalidRequest(f"Metadata is an object of at most {_METADATA_KEYS} keys", "metadata")
    for key, value in metadata.items():
        if len(key) > _METADATA_KEY_LENGTH:
            raise InvalidRequest("A metadata key is too long", "metadata")
        if not isinstance(value, str) or len(value) > _METADATA_VALUE_LENGTH:
            raise InvalidRequest("A metadata value is not a text, or too long", f"metadata.{key}")
    return metadata


def _bounds(query: Mapping[str, str]) -> dict[str, datetime]:
    bounds = {}
    for bound in _BOUNDS:
        name = f"created_at.{bound}"
        if name in query:
            try:
                bounds[bound] = datetime.fromisoformat(query[name])
            except ValueError:
                raise InvalidRequest("Incorrect time", name) from None
            if bounds[bound].tzinfo is None:
                raise InvalidRequest("A time names its zone", name)
    return bounds


def _is_web_address(url: str) -> bool:
    return url.startswith(("http://", "https://")) and len(url) <= _RETURN_URL_LENGTH
