"""The payment provider: YooKassa's API v3 over urllib3, with timeouts and bounded, safe repeats (§6).

Its answers are of three kinds beside success, and what a caller does next depends on which: `Refused` (no,
and nothing happened), `Unavailable` (unknown: ask the same again), `Misused` (our fault, an alarm). Nothing
secret or personal is logged: neither credentials nor bodies, and of errors only their code and parameter.
"""

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from datetime import datetime
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

import urllib3

from teleconsult.payments import wire
from teleconsult.payments.rules import Payment, ProviderRefund, Receipt, ReceiptRegistration
from teleconsult.platform import errors
from teleconsult.platform.observability import logger

# The longest a call takes: three times 8 seconds and two pauses, under the 29 seconds of an HTTP API.
ATTEMPTS = 3
TIMEOUT = urllib3.Timeout(connect=2, read=6)
PAUSE_SECONDS = 0.3

_PAGE = 100
_MOST_PAGES = 1000

_OK = 200
_BAD_REQUEST = 400
_FORBIDDEN = 403
_NOT_FOUND = 404
_SERVER_ERRORS = 500
_ASK_AGAIN = frozenset({202, 408, 429})  # 202: "accepted, not processed yet"
# Nothing of it is our fault for sure: the payment may have been refunded at the provider's desk meanwhile.
_REFUND_REFUSALS = (_BAD_REQUEST, _FORBIDDEN, _NOT_FOUND)
# A receipt that is not in order is refused in words of the provider's own, and was not made.
_RECEIPT_REFUSALS = (_BAD_REQUEST, _FORBIDDEN)
_KEY_HEADER = "Idempotence-Key"

Read = TypeVar("Read")


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
        attempts: int = ATTEMPTS,
    ) -> None:
        self.shop_id = shop_id
        self._url = url.rstrip("/")
        self._credentials = urllib3.make_headers(basic_auth=f"{shop_id}:{secret_key}")
        self._transport = transport or urllib3.PoolManager()
        self._pause = pause
        self._attempts = attempts

    def once(self) -> "Provider":
        """The same shop, asked a single time (8 seconds at most): for whoever has others waiting behind."""
        one = copy(self)
        one._attempts = 1
        return one

    def create_payment(self, amount: int, booking_id: str, attempt: int, return_url: str) -> Payment:
        """Ask for `amount` kopecks. The same booking and attempt again is the same payment (§6).

        Raises:
            Refused, Unavailable, Misused.
        """
        body = wire.payment_request(amount, booking_id, attempt, return_url)
        answer = self._ask("POST", "/payments", body, key=idempotence_key(booking_id, attempt))
        return _read(answer, wire.payment)

    def get_payment(self, payment_id: str) -> Payment | None:
        """The payment as it is now; None if this shop has none with such an id, or it is no id at all.

        Raises:
            Refused, Unavailable, Misused.
        """
        # The id may come from a notification's body, which anybody can write.
        return self._find(f"/payments/{payment_id}", wire.payment) if wire.is_object_id(payment_id) else None

    def payments(self, created_from: datetime, created_to: datetime) -> Iterator[Payment]:
        """This shop's payments created from the one moment until before the other, newest first.

        Raises, while it is read:
            Refused, Unavailable, Misused.
        """
        return self._list("/payments", _created(created_from, created_to), wire.payment)

    def create_refund(self, refund_id: str, payment_id: str, amount: int) -> ProviderRefund:
        """Give `amount` kopecks of a payment back. The same `refund_id` again is the same refund (§5, §6).

        For 24 hours, that is: then the provider forgets the key, and `refunds_of` tells whether it was made.

        Raises:
            Refused: a definite no in the provider's own words; no money has moved.
            Unavailable: nobody knows whether it has; ask the same again.
            Misused: the key was used for another refund, or the answer was not the provider's own.
        """
        body = wire.refund_request(refund_id, payment_id, amount)
        key = wire.checked_key(f"rfq:{refund_id}")
        answer = self._ask("POST", "/refunds", body, key=key, refusals=_REFUND_REFUSALS)
        return _read(answer, wire.refund)

    def get_refund(self, provider_refund_id: str) -> ProviderRefund | None:
        """The refund as it is now; None if this shop has none with such an id, or it is no id at all.

        Raises:
            Refused, Unavailable, Misused.
        """
        known = wire.is_object_id(provider_refund_id)
        return self._find(f"/refunds/{provider_refund_id}", wire.refund) if known else None

    def refunds_of(self, payment_id: str) -> Iterator[ProviderRefund]:
        """All refunds of one payment, newest first; none if it is no payment's id.

        Raises, while it is read:
            Refused, Unavailable, Misused.
        """
        if not wire.is_object_id(payment_id):
            return iter(())
        return self._list("/refunds", {"payment_id": payment_id}, wire.refund)

    def refunds(self, created_from: datetime, created_to: datetime) -> Iterator[ProviderRefund]:
        """This shop's refunds created from the one moment until before the other, newest first.

        Raises, while it is read:
            Refused, Unavailable, Misused.
        """
        return self._list("/refunds", _created(created_from, created_to), wire.refund)

    def create_receipt(self, key: str, receipt: Receipt) -> ReceiptRegistration:
        """Have a fiscal receipt made, in a request of its own: it can never hold up the money (§5).

        `key` (1-64 characters) makes it one receipt, however often it is asked for.

        Raises:
            Refused: a definite no in the provider's own words; no receipt was made.
            Unavailable: nobody knows whether it was; ask the same again.
            Misused: the key was used for another receipt, or the answer was not the provider's own.
        """
        body = wire.receipt_request(receipt)
        key = wire.checked_key(key)
        return _read(self._ask("POST", "/receipts", body, key=key, refusals=_RECEIPT_REFUSALS), wire.receipt)

    def get_receipt(self, receipt_id: str) -> ReceiptRegistration | None:
        """What became of a receipt; None if this shop has none with such an id, or it is no id at all.

        Raises:
            Refused, Unavailable, Misused.
        """
        return self._find(f"/receipts/{receipt_id}", wire.receipt) if wire.is_receipt_id(receipt_id) else None

    def receipts_of(self, payment_id: str) -> Iterator[ReceiptRegistration]:
        """All receipts of one payment, newest first; none if it is no payment's id.

        Raises, while it is read:
            Refused, Unavailable, Misused.
        """
        if not wire.is_object_id(payment_id):
            return iter(())
        return self._list("/receipts", {"payment_id": payment_id}, wire.receipt)

    def receipts_of_refund(self, provider_refund_id: str) -> Iterator[ReceiptRegistration]:
        """All receipts of one refund, newest first; none if it is no refund's id.

        Raises, while it is read:
            Refused, Unavailable, Misused.
        """
        if not wire.is_object_id(provider_refund_id):
            return iter(())
        return self._list("/receipts", {"refund_id": provider_refund_id}, wire.receipt)

    def _find(self, path: str, as_what: Callable[[Any], Read]) -> Read | None:
        answer = self._ask("GET", path, accepted=(_OK, _NOT_FOUND))
        return None if answer.status == _NOT_FOUND else _read(answer, as_what)

    def _list(self, path: str, query: Mapping[str, str], as_what: Callable[[Any], Read]) -> Iterator[Read]:
        """All pages, one after the other. An end that never comes is an alarm, not a short list."""
        asked = {**query, "limit": str(_PAGE)}
        for _ in range(_MOST_PAGES):
            items, cursor = _read(self._ask("GET", path, query=asked), wire.page(as_what))
            yield from items
            if not cursor:
                return
            asked["cursor"] = cursor
        raise Misused(f"GET {path} has more than {_MOST_PAGES} pages")

    def _ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, str] | None = None,
        key: str | None = None,
        accepted: tuple[int, ...] = (_OK,),
        refusals: tuple[int, ...] = (_FORBIDDEN,),
    ) -> urllib3.BaseHTTPResponse:
        """The provider's answer; asked again, with the same key and body, while there is none."""
        url = self._url + path + (f"?{urlencode(query)}" if query else "")
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = {**self._credentials, "Content-Type": "application/json"}
        if key:
            headers[_KEY_HEADER] = key
        for number in range(self._attempts):
            if number:
                self._pause(random.uniform(0, PAUSE_SECONDS * 2**number))
            try:
                answer = self._transport.request(
                    method,
                    url,
                    body=content,
                    headers=headers,
                    timeout=TIMEOUT,
                    retries=False,
                    redirect=False,
                )
            except urllib3.exceptions.HTTPError as error:
                _note(method, path, number, error=type(error).__name__)
                continue
            if answer.status in accepted:
                return answer
            if answer.status not in _ASK_AGAIN and answer.status < _SERVER_ERRORS:
                raise _fault(method, path, answer, refusals)
            _note(method, path, number, status=answer.status)
        raise Unavailable


def idempotence_key(booking_id: str, attempt: int) -> str:
    """The provider's key of one attempt to pay one booking, at most 64 characters (§6)."""
    return wire.checked_key(f"pay:{booking_id}:{attempt}")


def _fault(
    method: str, path: str, answer: urllib3.BaseHTTPResponse, refusals: tuple[int, ...]
) -> Refused | Misused:
    """A no of the provider's own is believed. What a proxy says proves nothing about the try before."""
    content = answer.data or b""
    what = wire.error(content)
    logger.error("provider said no", extra={"method": method, "path": path, "status": answer.status, **what})
    about_key = b"idempotence" in content.lower()  # another request had it: that one may have moved money
    if what and answer.status in refusals and not about_key:
        return Refused()
    return Misused(f"{method} {path} answered {answer.status}")


def _note(method: str, path: str, number: int, **what: Any) -> None:
    logger.warning("provider unanswered", extra={"method": method, "path": path, "try": number + 1, **what})


def _read(answer: urllib3.BaseHTTPResponse, as_what: Callable[[Any], Read]) -> Read:
    """What an answer says. One that cannot be read says nothing: as good as no answer."""
    try:
        return wire.read(answer.data, as_what)
    except wire.Unreadable as unreadable:
        logger.error("provider answered something unreadable", extra={"error": str(unreadable)})
        raise Unavailable from unreadable


def _created(created_from: datetime, created_to: datetime) -> dict[str, str]:
    return {"created_at.gte": wire.moment(created_from), "created_at.lt": wire.moment(created_to)}
