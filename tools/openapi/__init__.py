"""Writes docs/openapi.json from the tables that the handlers run: `python -m tools.openapi`.

`--check` writes nothing, and exits 1 if the document is not what the code says.
"""

import inspect
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from functions.internal_api import handler as internal_api
from functions.payment_webhook import handler as payment_webhook
from functions.public_api import handler as public_api
from functions.sessions import handler as sessions
from teleconsult.platform.http import Access, Operation
from tools.openapi import examples, parameters, responses
from tools.openapi.shapes import Json, body_of, schemas

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"

_DESCRIPTION = (
    "Paid online consultations of a clinic. Money in kopecks, moments in UTC.\n\n"
    "Every error has the form of `Refusal`, all faults of a form at once; so has an address that does not "
    "exist, or exists for other methods (404). The exceptions are the gateway's own: see `GatewayRefusal`."
)

_SERVERS = [
    {
        "url": "https://{host}",
        "description": "On AWS",
        "variables": {
            "host": {
                "default": "api.klinika-ob.example.ru",
                "description": "The clinic's domain, or that of output ApiUrl of the stack",
            }
        },
    },
    {
        "url": "http://127.0.0.1:{port}",
        "description": "`make run`",
        "variables": {"port": {"default": "8080", "description": "TELECONSULT_PORT_API"}},
    },
]

_TAGS = {
    "public": "The site: no sign-in. A booking made here is opened by its capability",
    "me": "The cabinet: a holder who signed in by a code sent to the phone",
    "internal": "The staff: operators, doctors, administrators",
    "sign-in": "Sessions of holders: by a code in an SMS, or by the link to an unpaid booking",
    "staff": "Sessions of the staff",
    "payments": "The payment provider",
}

_COOKIE = "Set by signing in, for pages of the cabinet's own origin: HttpOnly, Secure, SameSite=Strict"

_SECURITY: dict[Access, Json] = {
    Access.CAPABILITY: {
        "type": "apiKey",
        "in": "header",
        "name": "X-Booking-Capability",
        "description": "What the booking's maker was given. Without it there is no such booking: 404",
    },
    Access.HOLDER: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT, ID token of the patients pool"},
    Access.STAFF: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT, ID token of the staff pool"},
    Access.SESSION: {"type": "apiKey", "in": "cookie", "name": "session", "description": _COOKIE},
    Access.STAFF_SESSION: {"type": "apiKey", "in": "cookie", "name": "staff_session", "description": _COOKIE},
}


def document() -> Json:
    """The whole OpenAPI 3.1 document."""
    apis = (public_api.api, internal_api.api, sessions.api, payment_webhook.api)
    table = [operation for api in apis for operation in api.table.values()]
    shapes, components = schemas([operation for operation, _ in table])
    paths: Json = {}
    for operation, run in table:
        method, path = operation.route.split(" ")
        paths.setdefault(path, {})[method.lower()] = _operation(operation, run, shapes)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Teleconsult", "version": "0.1.0", "description": _DESCRIPTION},
        "servers": _SERVERS,
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": responses.shared(),
            "headers": responses.HEADERS,
            "securitySchemes": {str(access): scheme for access, scheme in _SECURITY.items()},
        },
    }


def _operation(operation: Operation, run: Callable[..., Any], shapes: dict[str, Json]) -> Json:
    summary, _, more = (inspect.getdoc(run) or "").partition("\n")
    described: Json = {
        "operationId": run.__name__,
        "tags": [_tag(operation.route)],
        "summary": summary,
        "parameters": parameters.of(operation),
        "responses": responses.of(operation, run.__name__, shapes),
    }
    told = [more.strip()] if more else []
    if operation.groups:
        told.append("Groups: " + ", ".join(operation.groups))
        described["x-groups"] = list(operation.groups)
    if told:
        described["description"] = "\n\n".join(told)
    if body := body_of(operation):
        content: Json = {"schema": shapes[body.__name__]}
        if body in examples.BODIES:
            content["example"] = examples.BODIES[body]
        described["requestBody"] = {"required": True, "content": {"application/json": content}}
    if operation.access is not Access.OPEN:
        described["security"] = [{str(operation.access): []}]
    return described


def _tag(route: str) -> str:
    first = re.split(r"[ /]+", route)[1]
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
