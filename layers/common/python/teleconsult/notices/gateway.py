"""What the SMS providers have in common: JSON over HTTPS, each request made once; the outbox repeats."""

import json
from collections.abc import Mapping
from typing import Any, Protocol

import urllib3

from teleconsult.notices.undelivered import TryLater

TIMEOUT = urllib3.Timeout(connect=3, read=8)


class Answer(Protocol):
    """What a gateway answered: a `urllib3` response."""

    status: int

    @property
    def data(self) -> bytes: ...


class Transport(Protocol):
    """What carries the requests: a `urllib3.PoolManager`."""

    def request(
        self, method: str, url: str, *, body: bytes, headers: Mapping[str, str], **how: Any
    ) -> Answer: ...


class _AConnectionEach:
    """One that slept with the function may be dead, and one that the gateway is about to close soon is:
    nothing here is asked twice, so none is kept."""

    def request(
        self, method: str, url: str, *, body: bytes, headers: Mapping[str, str], **how: Any
    ) -> Answer:
        with urllib3.PoolManager(cert_reqs="CERT_REQUIRED") as pool:
            return pool.request(method, url, body=body, headers={**headers, "Connection": "close"}, **how)


def transport() -> Transport:
    return _AConnectionEach()


def post(
    transport: Transport, url: str, body: bytes, headers: Mapping[str, str]
) -> tuple[int, dict[str, Any]]:
    """Status and content of the answer.

    Raises:
        TryLater: there is none, or it is no JSON object. Its code is the kind of fault alone, since the
            library's own words may hold what was sent.
    """
    try:
        answer = transport.request(
            "POST",
            url,
            body=body,
            headers=headers,
            timeout=TIMEOUT,
            retries=False,
            redirect=False,
        )
    except urllib3.exceptions.HTTPError as error:
        raise TryLater(type(error).__name__) from None
    try:
        content = json.loads(answer.data or b"")
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise TryLater(f"http_{answer.status}")
    return answer.status, content
