"""The provider's client on the payment sandbox's core, in one process: no socket opens."""

from typing import Any
from urllib.parse import urlsplit

import urllib3

from local.sandbox.application import Application
from local.sandbox.messages import Request
from local.sandbox.shop import Shop


class ToSandbox:
    """Carries requests to the sandbox's core."""

    def __init__(self, shop: Shop) -> None:
        self._application = Application(shop, "test_key")

    def request(self, method: str, url: str, *, body: Any, headers: Any, **_how: Any) -> urllib3.HTTPResponse:
        given = {name.lower(): value for name, value in headers.items()}
        answer = self._application.handle(Request(method, urlsplit(url).path, {}, given, body or b""))
        return urllib3.HTTPResponse(answer.body, status=answer.status)
