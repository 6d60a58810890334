"""The HTTP border of all entrances: requests read, forms parsed, views written, errors told, in one place.

Each function has a table of operations (`Api`): its handler runs them, and the OpenAPI document is made from
them. API Gateway's HTTP API finds the route (its routes are in the template) and says which one it was, so no
router runs a second time here. Requests and replies are of its payload format 2.0.
"""

import base64
import json
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

from teleconsult.platform import clock
from teleconsult.platform.checks import refuse
from teleconsult.platform.errors import (
    Conflict,
    DomainError,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    TooMany,
    Unavailable,
)
from teleconsult.platform.observability import logger
from teleconsult.platform.shape import shape_faults

if TYPE_CHECKING:
    from pydantic import TypeAdapter

LARGEST_BODY = 64 * 1024  # bytes
KEY_LENGTH = range(8, 129)

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"

Reply = dict[str, Any]
"""What the API is answered, payload format 2.0."""

T = TypeVar("T")
Run = TypeVar("Run", bound=Callable[..., Any])


class Malformed(DomainError):
    """The request cannot be read at all."""

    def __init__(self) -> None:
        super().__init__("malformed", "Тело запроса должно быть объектом JSON")


class TooLarge(DomainError):
    """More than any form needs."""

    def __init__(self, largest: int) -> None:
        super().__init__("too_large", f"Запрос больше {largest // 1024} КБ")


STATUSES: Mapping[type[DomainError], int] = {
    Malformed: 400,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    TooLarge: 413,
    Invalid: 422,
    TooMany: 429,
    Unavailable: 503,
}


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def form(*required: str) -> Callable[[type[T]], type[T]]:
    """Make a dataclass that a body is read into; unknown fields and wrong types are refused.

    `required`: what callers are told to send. The fields themselves have defaults wherever the rules refuse
    what is left out, so that it comes in one answer with all other faults.
    """

    def make(cls: type[T]) -> type[T]:
        shape = {"extra": "forbid", "strict": True, "json_schema_extra": {"required": list(required)}}
        cls.__pydantic_config__ = shape  # type: ignore[attr-defined]
        return dataclass(frozen=True, kw_only=True)(cls)

    return make


@dataclass(frozen=True, slots=True)
class Request:
    """One request. Header names are in lower case; `claims` are those of a token that the API has checked."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    claims: Mapping[str, Any]
    ip: str
    user_agent: str
    body: bytes

    @property
    def idempotency_key(self) -> str:
        """The caller's own id of what it wants created.

        Raises:
            Invalid: missing, or not 8–128 printable ASCII characters.
        """
        key = self.headers.get("idempotency-key", "")
        if len(key) not in KEY_LENGTH or not (key.isascii() and key.isprintable()):
            message = f"Нужен заголовок: {KEY_LENGTH[0]}–{KEY_LENGTH[-1]} печатных знаков ASCII"
            refuse("Idempotency-Key", "idempotency_key", message)
        return key

    @property
    def groups(self) -> frozenset[str]:
        """The caller's groups: a list, which API Gateway writes as `[a b]`."""
        claim = self.claims.get("cognito:groups", "")
        return frozenset(claim if isinstance(claim, list) else claim.strip("[]").split())

    def json(self) -> Any:
        """The body as whatever JSON value it is.

        Raises:
            Malformed: not JSON.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise Malformed from None

    def read(self, shape: type[Any]) -> Any:
        """The body as a form.

        Raises:
            Malformed: not a JSON object.
            Invalid: all fields that are unknown or of a wrong type.
        """
        from pydantic import ValidationError  # not at import: most requests have no body

        try:
            return _adapter(shape).validate_json(self.body)  # type: ignore[arg-type]  # classes are hashable
        except ValidationError as error:
            faults = error.errors(include_url=False, include_input=False)
        if not all(fault["loc"] for fault in faults):  # no JSON, or no object
            raise Malformed
        raise Invalid(shape_faults({**fault, "type": _fault_type(fault["type"])} for fault in faults))


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is not a view: a page, a text, a redirection."""

    status: int
    body: str
    content_type: str = JSON
    location: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Access(StrEnum):
    """How a caller shows that an operation is theirs to call."""

    OPEN = "open"
    CAPABILITY = "capability"
    HOLDER = "holder"
    STAFF = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One line of an API's table.

    `form`, `answer`: the types of what comes in and of what goes out. `creates`: makes something, so it needs
    an Idempotency-Key. `groups`: the staff who may. `fresh_seconds`: how long anybody may keep the answer;
    0: nobody may, it is personal. `largest_body`: in bytes.
    """

    route: str
    answer: Any
    form: type[Any] | None = None
    status: int = 200
    access: Access = Access.OPEN
    groups: tuple[str, ...] = ()
    creates: bool = False
    query: tuple[str, ...] = ()
    fresh_seconds: int = 0
    largest_body: int = LARGEST_BODY

    def __call__(self, run: Callable[..., Any], request: Request) -> Reply:
        if self.groups and not request.groups.intersection(self.groups):
            raise Forbidden
        if self.creates:
            _ = request.idempotency_key
        result = run(request, request.read(self.form)) if self.form else run(request)
        if not isinstance(result, Answer):
            result = Answer(self.status, "" if result is None else _json(result))
        kept = f"public, max-age={self.fresh_seconds}" if self.fresh_seconds else "no-store"
        return _reply(result, kept)


class Api:
    """The operations of one function. `details`: what an error of some kind shows beside its code."""

    def __init__(self, details: Mapping[type[DomainError], Callable[[Any], Mapping[str, Any]]] = {}) -> None:
        self.table: dict[str, tuple[Operation, Callable[..., Any]]] = {}
        self._details = details

    def operation(self, route: str, **how: Any) -> Callable[[Run], Run]:
        """Add an operation (`how`: see `Operation`); the function gets the request, and the form if any."""

        def add(run: Run) -> Run:
            self.table[route] = Operation(route=route, **how), run
            return run

        return add

    def resolve(self, event: Mapping[str, Any]) -> Reply:
        """The answer of the operation whose route API Gateway found, or the error that it ran into."""
        try:
            operation, run = self.table[event["routeKey"]]
            return operation(run, _request(event, operation.largest_body))
        except DomainError as error:
            status = next(status for kind, status in STATUSES.items() if isinstance(error, kind))
            details = self._details.get(type(error), lambda _: {})(error)
            return _error(status, error.code, error.message, fields=getattr(error, "fields", ()), **details)
        except Exception as error:
            # The text of an unforeseen error may repeat what somebody typed: its kind and place must do.
            kind, place = type(error).__qualname__, traceback.format_tb(error.__traceback__)
            logger.error("unforeseen error", error=kind, trace=place)
            return _error(500, "internal", "Внутренняя ошибка. Попробуйте ещё раз позже")


def _request(event: Mapping[str, Any], largest_body: int) -> Request:
    context = event["requestContext"]
    return Request(
        path=event.get("pathParameters") or {},
        query=event.get("queryStringParameters") or {},
        headers={name.lower(): value for name, value in event["headers"].items()},
        claims=context.get("authorizer", {}).get("jwt", {}).get("claims", {}),
        ip=context["http"]["sourceIp"],
        user_agent=context["http"].get("userAgent") or "",
        body=_body(event, largest_body),
    )


def _body(event: Mapping[str, Any], largest: int) -> bytes:
    body = (event.get("body") or "").encode(errors="surrogatepass")
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body)
    if len(body) > largest:
        raise TooLarge(largest)
    return body


def _fault_type(name: str) -> str:
    """Pydantic's name of a fault, as it is for a model: a dataclass has names of its own for some."""
    return {"unexpected_keyword_argument": "extra_forbidden", "dataclass_type": "model_type"}.get(name, name)


@cache
def _adapter(shape: type[Any]) -> "TypeAdapter[Any]":
    from pydantic import TypeAdapter

    return TypeAdapter(shape)


def _error(
    status: int, code: str, message: str, *, fields: tuple[FieldError, ...] = (), **details: Any
) -> Reply:
    error = {"code": code, "message": message, "fields": fields, **details}
    return _reply(Answer(status, _json({"error": error})), "no-store")


def _reply(answer: Answer, cache_control: str) -> Reply:
    headers = {
        "Cache-Control": cache_control,
        "Content-Type": answer.content_type,
        "X-Content-Type-Options": "nosniff",
        **answer.headers,
    }
    if answer.location:
        headers["Location"] = answer.location
    return {"statusCode": answer.status, "headers": headers, "body": answer.body}


def _json(view: Any) -> str:
    return json.dumps(view, ensure_ascii=False, default=_plain)


@cache
def _field_names(view: type[Any]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(view))


def _plain(value: Any) -> Any:
    """What JSON has no form for: views, and moments as clock text."""
    if isinstance(value, datetime):
        return clock.iso(value)
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {name: getattr(value, name) for name in _field_names(type(value))}
    raise TypeError(f"{type(value).__name__} is not shown")
