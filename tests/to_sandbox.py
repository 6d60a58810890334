"""The provider's client on the payment sandbox's core, in one process: no socket opens."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import urllib3

from local.sandbox.application import Application
from local.sandbox.faults import Cut, Held
from local.sandbox.messages import Request
from local.sandbox.shop import Shop


class ToSandbox:
    """Carries requests to the sandbox's core."""

    def __init__(self, shop: Shop) -> None:
        self._application = Application(shop, "test_key")
        self._pool = urllib3.HTTPConnectionPool("sandbox")

    def request(self, method: str, url: str, *, body: Any, headers: Any, **_how: Any) -> urllib3.HTTPResponse:
        given = {name.lower(): value for name, value in headers.items()}
        parts = urlsplit(url)
        asked = Request(method, parts.path, dict(parse_qsl(parts.query)), given, body or b"")
        try:
            answer = self._application.handle(asked)
        except Cut:
            raise urllib3.exceptions.ProtocolError("connection cut") from None
        except Held:
            raise urllib3.exceptions.ReadTimeoutError(self._pool, url, "no answer") from None
        return urllib3.HTTPResponse(answer.body, status=answer.status)
