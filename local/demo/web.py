"""JSON over HTTP, with the answer whatever its status is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import urllib3

_TIMEOUT = urllib3.Timeout(connect=5, read=40)
_AT_ONCE = 32  # connections kept open: twenty people come at the same moment
_SHOWN = 600


class Unexpected(Exception):
    """An answer with another status than the story needs."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`body`: what JSON said, or the text where it is none. `request`: for the message when it is off.
    `cookie`: the one that was set, as it is sent back."""

    request: str
    status: int
    body: Any
    location: str | None
    cookie: str | None = None

    def expect(self, status: int) -> Any:
        """The body of an answer with this status.

        Raises:
            Unexpected: any other status.
        """
        if self.status != status:
            shown = json.dumps(self.body, ensure_ascii=False)[:_SHOWN]
            raise Unexpected(f"{self.request}: {self.status} вместо {status}: {shown}")
        return self.body


class Web:
    """One pool of connections for all threads."""

    def __init__(self) -> None:
        self._pool = urllib3.PoolManager(num_pools=8, maxsize=_AT_ONCE, timeout=_TIMEOUT, retries=False)

    def call(
        self,
        method: str,
        url: str,
        content: Any = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        sent = {"Content-Type": "application/json", **(headers or {})}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        body = None if content is None else json.dumps(content, ensure_ascii=False).encode()
        answer = self._pool.request(method, url, body=body, headers=sent, redirect=False)
        return Answer(
            request=f"{method} {url}",
            status=answer.status,
            body=_read(answer.data),
            location=answer.headers.get("Location"),
            cookie=answer.headers.get("Set-Cookie", "").partition(";")[0] or None,
        )


def _read(data: bytes) -> Any:
    text = data.decode(errors="replace")
    try:
        return json.loads(text)
    except ValueError:
        return text
