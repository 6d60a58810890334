"""What comes in and what goes out, without a server around it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4


@dataclass(frozen=True)
class Request:
    """`query` has one value a name; header names are lower case."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class ApiError(Exception):
    """An error in YooKassa's form: `parameter` names what is wrong."""

    def __init__(self, status: int, code: str, description: str, parameter: str | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.code = code
        self.description = description
        self.parameter = parameter

    def response(self) -> Response:
        body = {"type": "error", "id": str(uuid4()), "code": self.code, "description": self.description}
        return answer(body | ({"parameter": self.parameter} if self.parameter else {}), self.status)


class InvalidRequest(ApiError):
    """400: broken rules of the API."""

    def __init__(self, description: str, parameter: str | None = None) -> None:
        super().__init__(400, "invalid_request", description, parameter)


def answer(content: Any, status: int = 200) -> Response:
    body = json.dumps(content, ensure_ascii=False).encode()
    return Response(status, body, {"Content-Type": "application/json;charset=UTF-8"})


def page(html: str, status: int = 200) -> Response:
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
    }
    return Response(status, html.encode(), headers)


def redirect(url: str) -> Response:
    return Response(303, b"", {"Location": url})


def read_json(request: Request) -> dict[str, Any]:
    """The body as a JSON object; an empty body is an empty object.

    Raises:
        InvalidRequest: anything else.
    """
    try:
        content = json.loads(request.body or b"{}")
    except ValueError:
        raise InvalidRequest("The body is not JSON") from None
    if not isinstance(content, dict):
        raise InvalidRequest("The body is not a JSON object")
    return content
