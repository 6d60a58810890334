"""Who may call what of the clinic's HTTP APIs, said a second time: what the code says is held against it.

The operations are those of the tables that the handlers run, so that one that has no line here is found.
"""

from collections.abc import Collection, Mapping
from importlib import import_module
from typing import Any

import pytest

from local.processes import REPOSITORY
from teleconsult.platform.http import Access, Api, Operation
from tools.openapi import examples
from tools.openapi.shapes import body_of

OPERATOR, DOCTOR, ADMIN = "operator", "doctor", "admin"
STAFF = frozenset({OPERATOR, DOCTOR, ADMIN})

Who = frozenset[str]

ANYBODY: Who = frozenset({Access.OPEN})
CAPABILITY: Who = frozenset({Access.CAPABILITY})
HOLDER: Who = frozenset({Access.HOLDER})
SESSION: Who = frozenset({Access.SESSION})
STAFF_SESSION: Who = frozenset({Access.STAFF_SESSION})
OPERATORS: Who = frozenset({OPERATOR})
DOCTORS: Who = frozenset({DOCTOR})
ADMINS: Who = frozenset({ADMIN})

KNOWN: Who = STAFF | HOLDER | CAPABILITY | SESSION | STAFF_SESSION
"""Everybody but just anybody."""

DOORS: Mapping[str, Who] = {
    "GET /catalogue": ANYBODY,
    "GET /doctors": ANYBODY,
    "GET /slots": ANYBODY,
    "GET /documents/{document}/{version}": ANYBODY,
    "POST /bookings": ANYBODY,
    "GET /join/{token}": ANYBODY,  # the token is what opens it
    "POST /payments/notifications/{path}": ANYBODY,  # so is the path
    "POST /sign-in/codes": ANYBODY,
    "POST /sign-in/sessions": ANYBODY,
    "POST /sign-in/sign-out": ANYBODY,
    "POST /sign-in/refresh": SESSION,
    "POST /staff/sign-in": ANYBODY,
    "POST /staff/sign-in/challenge": ANYBODY,
    "POST /staff/sign-out": ANYBODY,
    "POST /staff/refresh": STAFF_SESSION,
    "POST /staff/totp": STAFF_SESSION,
    "POST /staff/totp/confirmation": STAFF_SESSION,
    "GET /bookings/{booking}": CAPABILITY,
    "POST /bookings/{booking}/payments": CAPABILITY,
    "GET /bookings/{booking}/payments": CAPABILITY,
    "POST /bookings/{booking}/cancellation": CAPABILITY,
    "POST /bookings/{booking}/documents": CAPABILITY,
    "GET /bookings/{booking}/documents": CAPABILITY,
    "GET /bookings/{booking}/documents/{document}": CAPABILITY,
    "DELETE /bookings/{booking}/documents/{document}": CAPABILITY,
    "GET /bookings/{booking}/calendar": CAPABILITY,
    "GET /me/people": HOLDER,
    "GET /me/bookings": HOLDER,
    "POST /me/bookings": HOLDER,
    "GET /me/bookings/{booking}": HOLDER,
    "GET /me/bookings/{booking}/consents": HOLDER,
    "GET /me/bookings/{booking}/consents/print": HOLDER,
    "POST /me/bookings/{booking}/consents": HOLDER,
    "POST /me/bookings/{booking}/payments": HOLDER,
    "GET /me/bookings/{booking}/payments": HOLDER,
    "POST /me/bookings/{booking}/cancellation": HOLDER,
    "POST /me/bookings/{booking}/slot": HOLDER,
    "POST /me/bookings/{booking}/documents": HOLDER,
    "GET /me/bookings/{booking}/documents": HOLDER,
    "GET /me/bookings/{booking}/documents/{document}": HOLDER,
    "DELETE /me/bookings/{booking}/documents/{document}": HOLDER,
    "GET /me/bookings/{booking}/calendar": HOLDER,
    "POST /me/bookings/{booking}/callbacks": HOLDER,
    "POST /me/bookings/{booking}/callbacks/{callback}/withdrawal": HOLDER,
    "GET /me/callbacks": HOLDER,
    "GET /me/balance": HOLDER,
    "GET /me/balance/statement": HOLDER,
    "POST /me/refunds": HOLDER,
    "GET /me/refunds": HOLDER,
    "GET /internal/catalogue": ADMINS,
    "PUT /internal/catalogue": ADMINS,
    "POST /internal/bookings": OPERATORS,
    "GET /internal/bookings/{booking}": OPERATORS | DOCTORS,
    "GET /internal/bookings/{booking}/consents": OPERATORS | ADMINS,
    "GET /internal/bookings/{booking}/consents/print": OPERATORS | ADMINS,
    "POST /internal/bookings/{booking}/contact-attempts": DOCTORS,
    "POST /internal/bookings/{booking}/outcome": OPERATORS | DOCTORS,
    "POST /internal/bookings/{booking}/corrections": OPERATORS,
    "POST /internal/bookings/{booking}/cancellation": OPERATORS,
    "POST /internal/bookings/{booking}/slot": OPERATORS,
    "POST /internal/bookings/{booking}/hold": OPERATORS,
    "POST /internal/doctors/{doctor}/days/{day}/clearing": OPERATORS,
    "GET /internal/doctors/me/day": DOCTORS,
    "GET /internal/days/{day}": OPERATORS | ADMINS,
    "GET /internal/bookings/{booking}/documents": DOCTORS,
    "GET /internal/bookings/{booking}/documents/{document}": DOCTORS,
    "GET /internal/ledger/trial-balance": OPERATORS | ADMINS,
    "GET /internal/figures": OPERATORS | ADMINS,
    "GET /internal/holders/{holder}/balance": OPERATORS | ADMINS,
    "GET /internal/holders/{holder}/balance/statement": OPERATORS | ADMINS,
    "POST /internal/holders/{holder}/refunds": OPERATORS,
    "GET /internal/holders/{holder}/refunds": OPERATORS | ADMINS,
    "POST /internal/holders/{holder}/refunds/{refund}/payout": OPERATORS,
    "POST /internal/holders/{holder}/refunds/{refund}/refusal": OPERATORS,
    "POST /internal/holders/{holder}/refunds/{refund}/task/answer": OPERATORS,
    "GET /internal/holders/{holder}/trail": OPERATORS | ADMINS,
    "POST /internal/holders/search": OPERATORS,
    "POST /internal/bookings/search": OPERATORS,
    "POST /internal/bookings/{booking}/link": OPERATORS,
    "POST /internal/bookings/{booking}/desk-payments": OPERATORS,
    "POST /internal/bookings/{booking}/task/answer": OPERATORS,
    "GET /internal/bookings/{booking}/trail": OPERATORS | ADMINS,
    "GET /internal/bookings/{booking}/notices": OPERATORS,
    "POST /internal/bookings/{booking}/notices/{notice}/retries": OPERATORS,
    "GET /internal/tasks": OPERATORS | ADMINS,
    "GET /internal/callbacks": OPERATORS | DOCTORS,
    "GET /internal/bookings/{booking}/callbacks": OPERATORS | DOCTORS,
    "POST /internal/bookings/{booking}/callbacks": OPERATORS,
    "POST /internal/bookings/{booking}/callbacks/{callback}/assignee": OPERATORS | DOCTORS,
    "POST /internal/bookings/{booking}/callbacks/{callback}/attempts": OPERATORS | DOCTORS,
    "POST /internal/bookings/{booking}/callbacks/{callback}/result": OPERATORS | DOCTORS,
}

NOBODYS: Mapping[str, str] = {
    "booking": "b-" + "a" * 26,
    "document": "doc-" + "a" * 26,
    "callback": "cb-" + "a" * 26,
    "notice": "Y2FsbGJhY2sjY2ItYWFhYQ",  # callback#cb-aaaa
    "holder": "h-" + "a" * 26,
    "refund": "r-" + "a" * 26 + "-01",
}
"""By the names of the path's parameters that have an owner: an id of the form of ours that nothing has."""

OWNERLESS: Mapping[str, str] = {
    "doctor": "d-nobody",
    "day": "2026-12-01",
    "version": "1999-01-01",
    "token": "none",
    "path": "none",
}
"""Parameters of the path that name nobody's own; these name nothing that there is."""

INPUTS = frozenset(
    {
        *(
            "amount",
            "assignee",
            "channel",
            "comments",
            "consents",
            "cursor",
            "day",
            "doctor",
            "holder",
            "kind",
        ),
        *(
            "method",
            "name",
            "not_before",
            "note",
            "outcome",
            "patient",
            "question",
            "reason",
            "result",
            "size",
        ),
        *("slot", "specialty", "start", "time_zone", "type", "version", "why"),
    }
)
"""Names of queries and fields that holders and doctors send. `cursor`, `day`, `assignee` lead to what has an
owner."""


def operations() -> list[Operation]:
    """Of all functions that answer HTTP."""
    names = sorted(path.parent.name for path in (REPOSITORY / "functions").glob("*/handler.py"))
    apis = [getattr(import_module(f"functions.{name}.handler"), "api", None) for name in names]
    return [operation for api in apis if isinstance(api, Api) for operation, _ in api.table.values()]


def said_by_code(operation: Operation) -> Who:
    return frozenset(operation.groups if operation.access is Access.STAFF else {operation.access})


def may(operation: Operation) -> Who:
    """Who may call it, as said here: the test fails where nothing is."""
    if operation.route not in DOORS:
        pytest.fail(
            f"«{operation.route}» has no door: say in tests/doors.py, DOORS, who may call it,"
            " and which of its parameters has an owner (NOBODYS) or none (OWNERLESS)"
        )
    return DOORS[operation.route]


def of(*callers: str) -> list[Any]:
    """The operations that one of these may call, as parameters of a test; what has no door is among them."""
    found = [each for each in operations() if DOORS.get(each.route, KNOWN) & {*callers}]
    return [pytest.param(each, id=each.route) for each in found]


def address(operation: Operation, ids: Mapping[str, str] = NOBODYS) -> tuple[str, str]:
    """Method and path, with these ids. The test fails where nobody has said who may call it."""
    may(operation)
    method, path = operation.route.split(" ")
    return method, path.format_map(_Named({**OWNERLESS, **ids}, operation.route))


def body(operation: Operation) -> Any:
    """What a good request of it has."""
    shape = body_of(operation)
    return examples.BODIES[shape] if shape else None


def owned(operation: Operation, names: Collection[str] = NOBODYS) -> list[str]:
    """The parameters of its path that have an owner."""
    return [name for name in names if f"{{{name}}}" in operation.route]


class _Named(dict[str, str]):
    """Fails the test that asks for what it has not."""

    def __init__(self, named: Mapping[str, str], route: str) -> None:
        super().__init__(named)
        self._route = route

    def __missing__(self, name: str) -> str:
        pytest.fail(f"{{{name}}} of «{self._route}»: put it into NOBODYS or OWNERLESS of tests/doors.py")
