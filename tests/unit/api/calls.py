"""Requests as API Gateway hands them over, and answers held against the published OpenAPI document."""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from functions.internal_api.handler import handler as internal_api
from functions.payment_webhook.handler import handler as payment_webhook
from functions.public_api.handler import handler as public_api
from functions.sessions.handler import handler as sessions
from teleconsult.platform import clock
from tools import openapi

HOLDER = {"sub": "u-1", "phone_number": "+79130001122", "phone_number_verified": "true"}
STRANGER = {"sub": "u-2", "phone_number": "+79139998877", "phone_number_verified": "true"}
OPERATOR = {"sub": "s-1", "cognito:groups": "[operator]"}
ADMIN = {"sub": "s-2", "cognito:groups": "[admin operator]"}


def doctor(doctor_id: str) -> dict[str, str]:
    return {"sub": "s-3", "cognito:groups": "[doctor]", "custom:doctor_id": doctor_id}


class Context(LambdaContext):
    """What the Lambda runtime tells of an invocation."""

    _function_name = "unit"
    _memory_limit_in_mb = 512
    _invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:unit"
    _aws_request_id = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    text: str
    cookies: tuple[str, ...] = ()

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])

    @property
    def faults(self) -> dict[str, str]:
        """Message by path."""
        return {fault["path"]: fault["message"] for fault in self.json["error"]["fields"]}


def call(route: str, *parameters: str, **asked: Any) -> Reply:
    """Ask for one route of the template; see `request`."""
    return send(route, request(route, *parameters, **asked))


def send(route: str, event: dict[str, Any]) -> Reply:
    answer = _handler(route)(event, Context())
    cookies = tuple(answer.get("cookies", ()))
    reply = Reply(answer["statusCode"], answer["headers"], answer["body"], cookies)
    _holds_what_is_published(route, reply)
    return reply


def request(
    route: str,
    *parameters: str,
    body: Any = None,
    raw: str | None = None,
    claims: Mapping[str, Any] | None = None,
    key: str | None = None,
    query: Mapping[str, str] | None = None,
    **headers: str,
) -> dict[str, Any]:
    """An event of the HTTP API, payload format 2.0. `parameters` fill the path; `raw`: a body of any text."""
    method, path = route.split(" ") if " " in route else ("PATCH", "/no/such/path")
    named = dict(zip(re.findall(r"{(\w+)}", path), parameters, strict=True))
    path = path.format(**named)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if key:
        sent["idempotency-key"] = key
    text = raw if raw is not None else json.dumps(body, ensure_ascii=False) if body is not None else None
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "pathParameters": named,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", **sent},
        "requestContext": {
            "http": {
                "method": method,
                "path": path.format(**named),
                "sourceIp": "192.0.2.7",
                "userAgent": "unit",
            },
            "requestId": "r-1",
            "stage": "$default",
            "time": clock.iso(clock.now()),
        },
        "isBase64Encoded": False,
    }
    if text is not None:
        event["body"] = text
    if query:
        event["queryStringParameters"] = dict(query)
    if claims:
        event["requestContext"]["authorizer"] = {"jwt": {"claims": dict(claims), "scopes": None}}
    return event


def in_base64(event: dict[str, Any]) -> dict[str, Any]:
    """The same event as API Gateway writes it where the content type does not promise text."""
    body = base64.b64encode(event["body"].encode()).decode()
    return {**event, "body": body, "isBase64Encoded": True}


def _handler(route: str) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    if "/sign-in/" in route or "/staff/" in route:
        return sessions
    if "/internal/" in route:
        return internal_api
    return payment_webhook if "/payments/notifications/" in route else public_api


@cache
def _published() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(openapi.DOCUMENT.read_text(encoding="utf-8"))
    return document


def _holds_what_is_published(route: str, reply: Reply) -> None:
    method, path = route.split(" ")
    answers = _published()["paths"][path][method.lower()]["responses"]
    answer = answers[str(reply.status)]
    if "$ref" in answer:
        answer = _published()["components"]["responses"][str(reply.status)]
    kind = reply.headers["Content-Type"].partition(";")[0]
    assert not reply.text or kind in answer["content"], kind
    if kind == "application/json" and reply.text:
        schema = answer["content"][kind]["schema"]
        whole = {**schema, "components": _published()["components"]}
        Draft202012Validator(whole).validate(reply.json)
