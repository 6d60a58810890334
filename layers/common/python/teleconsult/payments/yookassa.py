"""The payment provider: YooKassa's API v3 over urllib3, with timeouts and bounded, safe repeats (§6).

Nothing that is sent or logged says who the patient is or what the consultation is about.
"""

import json
import random
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

import urllib3

from teleconsult.payments.rules import CURRENCY, Payment
from teleconsult.platform import errors
from teleconsult.platform.observability import logger

DESCRIPTION = "Онлайн-консультация"

_ATTEMPTS = 3
_TIMEOUT = urllib3.Timeout(connect=2, read=6)
_PAUSE_SECONDS = 0.3
_KEY_LENGTH = 64
_STATUSES = frozenset({"pending", "waiting_for_capture", "succeeded", "canceled"})
_AMOUNT = re.compile(r"(\d{1,12})\.(\d{2})")
_PAYMENT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_OK = 200
_REFUSED = 403
_NOT_FOUND = 404
_SERVER_ERRORS = 500
_ASK_AGAIN = frozenset({202, 408, 429})  # 202: "accepted, not processed yet"


class Refused(errors.Conflict):
    """The provider said no."""

    def __init__(self) -> None:
        super().__init__("payment_refused", "Платёжная система отказала в проведении платежа")


class Unavailable(errors.Unavailable):
    """The provider did not answer, or not in a way that says what happened: ask the same again later."""

    def __init__(self) -> None:
        super().__init__("payment_provider_unavailable", "Платёжная система не отвечает. Попробуйте ещё раз")


class Misused(Exception):
    """The provider did not understand us or does not know us: our fault, an alarm."""


class Transport(Protocol):
    """What carries the requests: a `urllib3.PoolManager`."""

    def request(
        self, method: str, url: str, *, body: bytes | None, headers: Mapping[str, str], **how: Any
    ) -> urllib3.BaseHTTPResponse: ...


class Provider:
    """One shop at the provider. `url` is the API's base, such as `https://api.yookassa.ru/v3`."""

    def __init__(
        self,
        url: str,
        shop_id: str,
        secret_key: str,
        *,
        transport: Transport | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.shop_id = shop_id
        self._url = url.rstrip("/")
        self._credentials = urllib3.make_headers(basic_auth=f"{shop_id}:{secret_key}")
        self._transport = transport or urllib3.PoolManager()
        self._pause = pause

    def create_payment(self, amount: int, booking_id: str, attempt: int, return_url: str) -> Payment:
        """Ask for `amount` kopecks. The same booking and attempt again is the same payment (§6).

        Raises:
            Refused, Unavailable, Misused.
        """
        body = {
            "amount": {"value": roubles(amount), "currency": CURRENCY},
            "capture": True,
            "confirmation": {"type": "redirect", "return_url": return_url},
            "description": DESCRIPTION,
            "metadata": {"booking_id": booking_id, "attempt": str(attempt)},
        }
        return _read(self._ask("POST", "/payments", body, key=idempotence_key(booking_id, attempt)))

    def get_payment(self, payment_id: str) -> Payment | None:
        """The payment as it is now; None if this shop has none with such an id, or it is no id at all.

        Raises:
            Refused, Unavailable, Misused.
        """
        # The id may come from a notification's body, which anybody can write.
        if not _PAYMENT_ID.fullmatch(payment_id):
            return None
        answer = self._ask("GET", f"/payments/{payment_id}", accepted=(_OK, _NOT_FOUND))
        return None if answer.status == _NOT_FOUND else _read(answer)

    def _ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        accepted: tuple[int, ...] = (_OK,),
    ) -> urllib3.BaseHTTPResponse:
        """The provider's answer; asked again, with the same key and body, while there is none."""
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = {**self._credentials, "Content-Type": "application/json"}
        if key:
            headers["Idempotence-Key"] = key
        for number in range(_ATTEMPTS):
            if number:
                self._pause(random.uniform(0, _PAUSE_SECONDS * 2**number))
            try:
                answer = self._transport.request(
                    method,
                    self._url + path,
                    body=content,
                    headers=headers,
                    timeout=_TIMEOUT,
                    retries=False,
                    redirect=False,
                )
            except urllib3.exceptions.HTTPError as error:
                _note(method, path, number, error=type(error).__name__)
                continue
            if answer.status in accepted:
                return answer
            if answer.status not in _ASK_AGAIN and answer.status < _SERVER_ERRORS:
                raise _fault(method, path, answer)
            _note(method, path, number, status=answer.status)
        raise Unavailable


def idempotence_key(booking_id: str, attempt: int) -> str:
    """The provider's key of one attempt to pay one booking, at most 64 characters (§6)."""
    key = f"pay:{booking_id}:{attempt}"
    if len(key) > _KEY_LENGTH:
        raise ValueError("an idempotence key has at most 64 characters")
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


def _fault(method: str, path: str, answer: urllib3.BaseHTTPResponse) -> Refused | Misused:
    try:
        said = json.loads(answer.data)
        what = {"code": said["code"], "parameter": said.get("parameter")}
    except (ValueError, TypeError, KeyError):
        what = {}
    logger.error("provider said no", extra={"method": method, "path": path, "status": answer.status, **what})
    return Refused() if answer.status == _REFUSED else Misused(f"{method} {path} answered {answer.status}")


def _note(method: str, path: str, number: int, **what: Any) -> None:
    logger.warning("provider unanswered", extra={"method": method, "path": path, "try": number + 1, **what})


def _read(answer: urllib3.BaseHTTPResponse) -> Payment:
    """The payment in an answer. One that cannot be read says nothing: as good as no answer."""
    try:
        return _payment(json.loads(answer.data))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        logger.error("provider answered something unreadable", extra={"error": type(error).__name__})
        raise Unavailable from error


def _payment(said: Any) -> Payment:
    metadata = said.get("metadata") or {}
    attempt = metadata.get("attempt", "")
    if said["status"] not in _STATUSES:
        raise ValueError("a status that is not documented")
    return Payment(
        payment_id=_text(said["id"]),
        status=said["status"],
        paid=said["paid"] is True,
        amount=kopecks(_text(said["amount"]["value"])),
        currency=_text(said["amount"]["currency"]),
        shop_id=_text(said["recipient"]["account_id"]),
        booking_id=metadata.get("booking_id"),
        attempt=int(attempt) if attempt.isdecimal() else None,
        confirmation_url=(said.get("confirmation") or {}).get("confirmation_url"),
        created_at=datetime.fromisoformat(_text(said["created_at"])).astimezone(UTC),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a text was expected")
    return value
