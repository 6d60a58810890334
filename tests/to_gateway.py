"""The SMS clients on the local gateway, in one process: no socket opens."""

from typing import Any
from urllib.parse import urlsplit

import urllib3

from local.sandbox.faults import Cut, Held
from local.sandbox.messages import Request, Response
from local.sms.gateway import Gateway


class ToGateway:
    """Carries requests to the gateway, and notes which and how."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._pool = urllib3.HTTPConnectionPool("gateway")
        self.asked: list[str] = []
        self.how: dict[str, Any] = {}

    def request(self, method: str, url: str, *, body: Any, headers: Any, **how: Any) -> urllib3.HTTPResponse:
        self.asked.append(url)
        self.how = how
        given = {name.lower(): value for name, value in headers.items()}
        try:
            answer = self.answer(Request(method, urlsplit(url).path, {}, given, body))
        except Cut:
            raise urllib3.exceptions.ProtocolError(f"connection cut after {body}") from None
        except Held:
            raise urllib3.exceptions.ReadTimeoutError(self._pool, url, f"no answer to {body}") from None
        return urllib3.HTTPResponse(answer.body, status=answer.status)

    def answer(self, request: Request) -> Response:
        return self._gateway.handle(request)
