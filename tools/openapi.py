"""Writes docs/openapi.json from the tables that the handlers run: `python -m tools.openapi`.

`--check` writes nothing, and exits 1 if the document is not what the code says.
"""

import inspect
import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from functions.internal_api import handler as internal_api
from functions.payment_webhook import handler as payment_webhook
from functions.public_api import handler as public_api
from teleconsult.api import forms
from teleconsult.api.views import SlotView
from teleconsult.catalogue.document import CatalogueDocument
from teleconsult.platform.errors import FieldError
from teleconsult.platform.http import KEY_LENGTH, Access, Operation

DOCUMENT = Path(__file__).parent.parent / "docs" / "openapi.json"

Json = dict[str, Any]


@dataclass
class Error:
    """`code` for programs, `message` in Russian for people. `fields`: all faults of a form at once.

    `alternatives`: the nearest free slots, where the chosen one is taken.
    """

    code: str
    message: str
    fields: list[FieldError]
    alternatives: list[SlotView] = field(default_factory=list)


@dataclass
class Refusal:
    """The answer of every request that did not do what was asked."""

    error: Error


@dataclass
class Notification:
    """What the provider says. Nothing of it is believed but which payment to ask about: `object.id`."""

    object: dict[str, Any]


_BODIES: dict[str, type[Any]] = {
    "PUT /internal/catalogue": CatalogueDocument,
    "POST /payments/notifications/{path}": Notification,
}

_HEADERS = {"PUT /internal/catalogue": ("If-Match",)}

# What a browser is shown instead of JSON.
_PAGES = {
    "GET /join/{token}": {302: "To the video room", 200: "Who calls whom", 404: "No such link"},
    "GET /me/bookings/{booking}/consents/print": {200: "A page to print on A4"},
    "GET /internal/bookings/{booking}/consents/print": {200: "A page to print on A4"},
}

_TAGS = {
    "public": "The site: no sign-in. A booking made here is opened by its capability",
    "me": "The cabinet: a holder who signed in by a code sent to the phone",
    "internal": "The staff: operators, doctors, administrators",
    "payments": "The payment provider",
}

_SECURITY: dict[Access, Json] = {
    Access.CAPABILITY: {"type": "apiKey", "in": "header", "name": "X-Booking-Capability"},
    Access.HOLDER: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT, ID token of the patients pool"},
    Access.STAFF: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT, ID token of the staff pool"},
}

_REFUSALS = {
    400: "The body is not a JSON object",
    403: "Signed in, but not allowed",
    404: "Nothing here, or nothing of the caller's",
    409: "The state of things does not allow it: the code says why",
    413: "The body is too large",
    422: "Fields are wrong: all of them are listed",
    500: "Our fault",
    503: "Try the same again later",
}

# The README's own form.
_FORM = json.loads(
    (DOCUMENT.parent / "examples" / "booking.json")
    .read_text(encoding="utf-8")
    .replace("SLOT_START", "2026-12-01T03:00:00Z")
)
_ASKED = {name: value for name, value in _FORM.items() if name != "consents"}
EXAMPLES: dict[type[Any], Json] = {
    forms.BookingForm: _FORM,
    forms.OperatorBookingForm: {**_ASKED, "hold_minutes": 120},
    forms.ConsentsForm: {
        "consents": [
            {**tick, "signed_by": "patient"} if tick["document"] == "medical_consent" else tick
            for tick in _FORM["consents"]
        ]
    },
    forms.CardForm: {"method": "card"},
    forms.PaymentForm: {"method": "balance"},
    forms.OutcomeForm: {"outcome": "not_held", "reason": "patient_absent"},
}


def document() -> Json:
    """The whole OpenAPI 3.1 document."""
    apis = (public_api.api, internal_api.api, payment_webhook.api)
    table = [operation for api in apis for operation in api.table.values()]
    schemas, components = _schemas([operation for operation, _ in table])
    paths: Json = {}
    for operation, run in table:
        method, path = operation.route.split(" ")
        paths.setdefault(path, {})[method.lower()] = _operation(operation, run, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Teleconsult",
            "version": "0.1.0",
            "description": "Paid online consultations of a clinic. Money in kopecks, moments in UTC.",
        },
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {str(status): _refusal(text) for status, text in _REFUSALS.items()},
            "securitySchemes": {str(access): scheme for access, scheme in _SECURITY.items()},
        },
    }


def _operation(operation: Operation, run: Callable[..., Any], schemas: dict[str, Json]) -> Json:
    body = _body(operation)
    described: Json = {
        "operationId": run.__name__,
        "tags": [_tag(operation.route)],
        "summary": inspect.getdoc(run),
        "parameters": _parameters(operation),
        "responses": {
            str(operation.status): _answer(operation, schemas),
            **{str(each): {"$ref": f"#/components/responses/{each}"} for each in _refusals(operation)},
            **{str(status): _page(text) for status, text in _PAGES.get(operation.route, {}).items()},
        },
    }
    if body:
        content: Json = {"schema": schemas[body.__name__]}
        if body in EXAMPLES:
            content["example"] = EXAMPLES[body]
        described["requestBody"] = {"required": True, "content": {"application/json": content}}
    if operation.access is not Access.OPEN:
        described["security"] = [{str(operation.access): []}]
    if operation.groups:
        described["description"] = "Groups: " + ", ".join(operation.groups)
    return described


def _parameters(operation: Operation) -> list[Json]:
    text = {"type": "string"}
    parameters: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": text}
        for name in re.findall(r"{(\w+)}", operation.route)
    ]
    parameters += [{"name": name, "in": "query", "schema": text} for name in operation.query]
    parameters += [
        {"name": name, "in": "header", "schema": text} for name in _HEADERS.get(operation.route, ())
    ]
    if operation.creates:
        key = {**text, "minLength": KEY_LENGTH[0], "maxLength": KEY_LENGTH[-1]}
        parameters.append({"name": "Idempotency-Key", "in": "header", "required": True, "schema": key})
    return parameters


def _answer(operation: Operation, schemas: dict[str, Json]) -> Json:
    if operation.answer is None:
        return {"description": "Done"}
    if operation.answer is str:
        return {"description": "Text", "content": {"text/plain": {"schema": {"type": "string"}}}}
    return {
        "description": "Done",
        "content": {"application/json": {"schema": schemas[operation.answer.__name__]}},
    }


def _page(text: str) -> Json:
    return {"description": text, "content": {"text/html": {"schema": {"type": "string"}}}}


def _refusals(operation: Operation) -> list[int]:
    applies = {
        400: _body(operation),
        403: operation.access in (Access.HOLDER, Access.STAFF),
        404: "{" in operation.route,
        409: not operation.route.startswith("GET"),
        413: _body(operation),
        422: _body(operation) or operation.query or operation.creates,
        500: True,
        503: True,
    }
    return [status for status, does in applies.items() if does]


def _refusal(text: str) -> Json:
    schema = {"$ref": "#/components/schemas/Refusal"}
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def _schemas(operations: list[Operation]) -> tuple[dict[str, Json], Json]:
    """The schema of every form and view by its name, and what they share."""
    bodies = {body for each in operations if (body := _body(each))}
    views = {each.answer for each in operations if each.answer not in (None, str)} | {Refusal}
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


def _body(operation: Operation) -> type[Any] | None:
    return operation.form or _BODIES.get(operation.route)


def _tag(route: str) -> str:
    first = route.split("/")[1]
    return first if first in _TAGS else "public"


def main(arguments: list[str]) -> int:
    text = json.dumps(document(), ensure_ascii=False, indent=2) + "\n"
    if "--check" not in arguments:
        DOCUMENT.write_text(text, encoding="utf-8")
        return 0
    if DOCUMENT.exists() and DOCUMENT.read_text(encoding="utf-8") == text:
        return 0
    print(f"{DOCUMENT.name} is not what the code says: run `python -m tools.openapi`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
