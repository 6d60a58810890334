"""The schemas of all that comes in and goes out, from the types that the handlers use."""

import re
from dataclasses import dataclass, field
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from teleconsult.api.session_views import ChallengeView
from teleconsult.api.views import SlotView
from teleconsult.catalogue.document import CatalogueDocument
from teleconsult.platform.errors import FieldError
from teleconsult.platform.http import Operation

Json = dict[str, Any]

EXACTLY = ConfigDict(extra="forbid")  # so that one form of error can be told from the other


@dataclass
class Error:
    """`code` for programs, `message` in Russian for people. `fields`: all faults of a form at once.

    `alternatives`: the nearest free slots, where the chosen one is taken. `callback`: the request for a call
    that is open already, where one is.
    """

    __pydantic_config__ = EXACTLY

    code: str
    message: str
    fields: list[FieldError]
    alternatives: list[SlotView] = field(default_factory=list)
    callback: str = ""


@dataclass
class Refusal:
    """The answer of every request that did not do what was asked."""

    __pydantic_config__ = EXACTLY

    error: Error


@dataclass
class GatewayRefusal:
    """What API Gateway answers by itself: no valid token, too many requests, too large a one, or when it gets
    no answer from us. An HTTP API cannot be told to say it otherwise."""

    __pydantic_config__ = EXACTLY

    message: str


@dataclass
class Notification:
    """What the provider says. Nothing of it is believed but which payment to ask about: `object.id`."""

    object: dict[str, Any]


BODIES: dict[str, type[Any]] = {
    "PUT /internal/catalogue": CatalogueDocument,
    "POST /payments/notifications/{path}": Notification,
}
"""What an operation reads by itself instead of having it read into a form."""


def body_of(operation: Operation) -> type[Any] | None:
    return operation.form or BODIES.get(operation.route)


def named_in(route: str) -> list[str]:
    """The parameters of a route's path."""
    return re.findall(r"{(\w+)}", route)


def schemas(operations: list[Operation]) -> tuple[dict[str, Json], Json]:
    """The schema of every form and view by its name, and what they share."""
    bodies = {body for each in operations if (body := body_of(each))}
    views = {each.answer for each in operations if each.answer not in (None, str)}
    views |= {ChallengeView, Refusal, GatewayRefusal}
    shapes = [*((shape, False) for shape in bodies), *((shape, True) for shape in views)]
    found, shared = TypeAdapter.json_schemas(
        [
            (shape.__name__, "serialization" if shown else "validation", TypeAdapter(shape))
            for shape, shown in sorted(shapes, key=lambda each: str(each[0].__name__))
        ],
        ref_template="#/components/schemas/{model}",
        union_format="primitive_type_array",
    )
    components = _without_titles(dict(sorted(shared["$defs"].items())))
    return {name: schema for (name, _), schema in found.items()}, components


def _without_titles(schema: Any) -> Any:
    """Pydantic repeats every name as a title."""
    if isinstance(schema, list):
        return [_without_titles(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _without_titles(value)
        for name, value in schema.items()
        if name != "title" or not isinstance(value, str)
    }
