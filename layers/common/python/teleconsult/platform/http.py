"""The HTTP border of all entrances: requests read, forms parsed, views written, errors told, in one place.

Each function has a table of operations (`Api`): its handler runs them, and the OpenAPI document is made from
them. API Gateway's HTTP API finds the route (its routes are in the template) and says which one it was, so no
router runs a second time here. Requests and replies are of its payload format 2.0.
"""

import base64
import hmac
import json
import re
import traceback
import zlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

from teleconsult.platform import clock, settings
from teleconsult.platform.checks import settle
from teleconsult.platform.errors import (
    Conflict,
    DomainError,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from teleconsult.platform.observability import count, logger
from teleconsult.platform.shape import shape_faults

if TYPE_CHECKING:
    from pydantic import TypeAdapter

ANY_OTHER = "$default"  # the route of whatever no other route is for
LONGEST_PART = 200  # characters of a part of the path
_WORTH_COMPRESSING = 16 * 1024  # characters
LARGEST_BODY = 64 * 1024  # bytes
KEY_LENGTH = range(8, 129)

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
CALENDAR = "text/calendar; charset=utf-8"

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


class Internal(DomainError):
    """Our fault, whatever it was."""

    def __init__(self) -> None:
        super().__init__("internal", "Внутренняя ошибка. Попробуйте ещё раз позже")


STATUSES: Mapping[type[DomainError], int] = {
    Malformed: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    TooLarge: 413,
    Invalid: 422,
    TooMany: 429,
    Internal: 500,
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
    """One request. Header names are in lower case; `claims` are those of a token that the API has checked;
    `cookies` by name.

    `faults`: what is wrong with the request's form already, for an operation that judges its form.
    """

    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    claims: Mapping[str, Any]
    ip: str
    user_agent: str
    request_id: str
    body: bytes
    faults: tuple[FieldError, ...] = ()
    cookies: Mapping[str, str] = field(default_factory=dict)

    @property
    def idempotency_key(self) -> str:
        """The caller's own id of what it wants created; an operation that `creates` has it checked."""
        return self.headers.get("idempotency-key", "")

    @property
    def takes_gzip(self) -> bool:
        """Whether the caller's program unpacks gzip; one that says `q=0` does not."""
        codings = re.sub(r"\s", "", self.headers.get("accept-encoding", "").lower()).split(",")
        return any(re.fullmatch(r"gzip(;q=(?!0(\.0*)?$)[\d.]+)?", coding) for coding in codings)

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

    def read(self, shape: type[Any]) -> tuple[Any, tuple[FieldError, ...]]:
        """The body as a form, and all fields that are unknown or of a wrong type: the form is without them.

        Where it cannot be without them, it is None.

        Raises:
            Malformed: not a JSON object.
        """
        from pydantic_core import ValidationError, from_json, to_json  # not at import: most have no body

        read = _adapter(shape).validate_json  # type: ignore[arg-type]  # classes are hashable
        try:
            return read(self.body), ()
        except ValidationError as error:
            faults = error.errors(include_url=False, include_input=False)
        if not all(fault["loc"] for fault in faults):  # no JSON, or no object
            raise Malformed
        told = shape_faults({**fault, "type": _fault_type(fault["type"])} for fault in faults)
        try:
            return read(to_json(_without(from_json(self.body), [fault["loc"] for fault in faults]))), told
        except ValidationError:
            return None, told


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is more than a view: a page, a redirection; `cookies` as `Set-Cookie` has them."""

    status: int
    body: str
    content_type: str = JSON
    location: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()


class Access(StrEnum):
    """How a caller shows that an operation is theirs to call; a session by the cookie of this name."""

    OPEN = "open"
    CAPABILITY = "capability"
    HOLDER = "holder"
    STAFF = "staff"
    SESSION = "session"
    STAFF_SESSION = "staff_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One line of an API's table.

    `form`, `answer`: the types of what comes in and of what goes out. `creates`: makes something, so it needs
    an Idempotency-Key. `judges`: tells `Request.faults` together with what its own rules find, and does
    nothing where there are any; without it the request is refused before. `groups`: the staff who may.
    `query`, `headers`: what of them it reads. `fresh_seconds`: how long anybody may keep the answer; 0:
    nobody may, it is personal. `largest_body`: in bytes.
    """

    route: str
    answer: Any
    form: type[Any] | None = None
    status: int = 200
    access: Access = Access.OPEN
    groups: tuple[str, ...] = ()
    creates: bool = False
    judges: bool = False
    query: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    fresh_seconds: int = 0
    largest_body: int = LARGEST_BODY

    def __call__(self, run: Callable[..., Any], request: Request) -> Reply:
        if self.groups and not request.groups.intersection(self.groups):
            raise Forbidden
        faults = key_faults(request) if self.creates else []
        if self.form:
            form, shape = request.read(self.form)
            faults += shape
            if form is None or not self.judges:
                settle(faults)
            result = run(replace(request, faults=tuple(faults)), form)
        else:
            settle(faults)
            result = run(request)
        if not isinstance(result, Answer):
            result = Answer(self.status, "" if result is None else as_json(result))
        kept = f"public, max-age={self.fresh_seconds}" if self.fresh_seconds else "no-store"
        reply = _reply(result, kept)
        return _compressed(reply) if len(result.body) > _WORTH_COMPRESSING and request.takes_gzip else reply


class Api:
    """The operations of one function, or of one subject of its.

    `details`: what an error of some kind shows beside its code. `parts`: whose operations it has too.
    """

    def __init__(
        self,
        details: Mapping[type[DomainError], Callable[[Any], Mapping[str, Any]]] = {},
        parts: Iterable["Api"] = (),
    ) -> None:
        self.table: dict[str, tuple[Operation, Callable[..., Any]]] = {}
        for part in parts:
            self.table |= part.table
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
            if event["routeKey"] == ANY_OTHER:
                raise NotFound("Такого адреса нет")
            operation, run = self.table[event["routeKey"]]
            return operation(run, _request(event, operation.largest_body))
        except Exception as error:
            return self.refusal(error)

    def refusal(self, error: Exception) -> Reply:
        """The answer that tells an error: a domain error as it is, of any other that there was one."""
        if not isinstance(error, DomainError):
            # The text of an unforeseen error may repeat what somebody typed: its kind and place must do.
            kind, place = type(error).__qualname__, traceback.format_tb(error.__traceback__)
            logger.error("unforeseen error", error=kind, trace=place)
            error = Internal()
        status = next(status for kind, status in STATUSES.items() if isinstance(error, kind))
        details = self._details.get(type(error), lambda _: {})(error)
        answer = _error(status, error.code, error.message, fields=getattr(error, "fields", ()), **details)
        if retry_after := getattr(error, "retry_after", None):
            answer["headers"]["Retry-After"] = str(retry_after)
        return answer


def _compressed(reply: Reply) -> Reply:
    """The same in gzip: an HTTP API does not compress, and a large clinic's month of slots is 1.4 MB."""
    packer = zlib.compressobj(level=1, wbits=zlib.MAX_WBITS | 16)  # 16: gzip's header
    content = packer.compress(reply["body"].encode()) + packer.flush()
    headers = {**reply["headers"], "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return {**reply, "headers": headers, "body": base64.b64encode(content).decode(), "isBase64Encoded": True}


def _request(event: Mapping[str, Any], largest_body: int) -> Request:
    context = event["requestContext"]
    path = event.get("pathParameters") or {}
    if any(len(part) > LONGEST_PART for part in path.values()):  # no id of ours, and no key of a table
        raise NotFound
    headers = {name.lower(): value for name, value in event["headers"].items()}
    return Request(
        path=path,
        query=event.get("queryStringParameters") or {},
        headers=headers,
        claims=context.get("authorizer", {}).get("jwt", {}).get("claims", {}),
        ip=_viewer(headers) or context["http"]["sourceIp"],
        user_agent=context["http"].get("userAgent") or "",
        request_id=context["requestId"],
        body=_body(event, largest_body),
        cookies=_cookies(event),
    )


def _viewer(headers: Mapping[str, str]) -> str | None:
    """Whose request the distribution passed on: behind it, the API's own caller is one of its edges.

    Anybody may write these headers; only the distribution has the key. Where it shows another, the secret
    was changed without a deployment, and callers go by the edges' addresses: somebody has to hear.
    """
    proof, address = headers.get("x-distribution-key"), headers.get("x-viewer-address")
    if not proof or not address:
        return None
    key = settings.web_key()
    if not key:
        return None
    if hmac.compare_digest(proof.encode(), key.encode()):
        return address
    logger.warning("viewer not proven")
    count("ViewerNotProven")
    return None


def _cookies(event: Mapping[str, Any]) -> dict[str, str]:
    """By name. API Gateway lists them beside the headers; whoever stands in for it may leave them there."""
    listed = event.get("cookies") or event["headers"].get("cookie", "").split(";")
    pairs = (each.strip().partition("=") for each in listed)
    return {name: value for name, _, value in pairs if name}


def _body(event: Mapping[str, Any], largest: int) -> bytes:
    body = (event.get("body") or "").encode(errors="surrogatepass")
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body)
    if len(body) > largest:
        raise TooLarge(largest)
    return body


def key_faults(request: Request) -> list[FieldError]:
    """What is wrong with the Idempotency-Key of a request that needs one."""
    key = request.idempotency_key
    if len(key) in KEY_LENGTH and key.isascii() and key.isprintable():
        return []
    message = f"Нужен заголовок: {KEY_LENGTH[0]}–{KEY_LENGTH[-1]} печатных знаков ASCII"
    return [FieldError("Idempotency-Key", "idempotency_key", message)]


def _without(content: Any, places: Iterable[tuple[Any, ...]]) -> Any:
    """JSON without what is at these places; an empty object stands for it in a list, where others follow."""
    for *way, last in places:
        with suppress(LookupError, TypeError):  # a field that is missing, or a step that names a type
            place = content
            for step in way:
                place = place[step]
            if isinstance(place, list):
                place[last] = {}
            else:
                del place[last]
    return content


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
    return _reply(Answer(status, as_json({"error": error})), "no-store")


def _reply(answer: Answer, cache_control: str) -> Reply:
    headers = {
        "Cache-Control": cache_control,
        "Content-Type": answer.content_type,
        "X-Content-Type-Options": "nosniff",
        **answer.headers,
    }
    if answer.location:
        headers["Location"] = answer.location
    reply = {"statusCode": answer.status, "headers": headers, "body": answer.body}
    return {**reply, "cookies": list(answer.cookies)} if answer.cookies else reply


def as_json(view: Any) -> str:
    """A view as the text that is answered."""
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
