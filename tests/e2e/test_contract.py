"""Whatever is sent to whatever operation: the answer is one that docs/openapi.json promises, and no 5xx.

Schemathesis makes the requests from the document: its examples, each bound of each schema, and made-up ones,
the same in every run. CONTRACT_CASES: how many made-up ones for each operation (`make fuzz`: many).
"""

import json
import os
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
import urllib3
from hypothesis import HealthCheck, settings
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.config import SchemathesisConfig
from schemathesis.generation.meta import TestPhase

from local.accounts import STAFF_PASSWORD
from local.demo.story import e164, load
from local.demo.world import World
from local.stack import CLINIC, Stack
from teleconsult.platform import ids
from tools.openapi import DOCUMENT
from tools.openapi.examples import FORM

_USUAL_CASES = 15
_CASES = int(os.environ.get("CONTRACT_CASES", _USUAL_CASES))
_LARGE = 500  # characters of a body
_EVERY = 5
_DOCTOR = "d-petrova-lisina"

_CONFIG = SchemathesisConfig.from_dict(
    {
        "seed": 20261124,
        "generation": {
            "max-examples": _CASES,
            "deterministic": True,
            "database": "none",
            "no-shrink": True,
            "with-security-parameters": False,  # callers have real credentials
        },
        "phases": {"coverage": {"unexpected-methods": []}},  # no operation: test_other_methods
    }
)
Case = schemathesis.Case[Any]

schema = schemathesis.openapi.from_path(DOCUMENT, config=_CONFIG)


@dataclass(frozen=True, slots=True)
class Callers:
    """Who calls, and what there is: `known` has real values by the names of path parameters."""

    url: str
    tokens: Mapping[str, Callable[[], str]]  # by group; `holder`
    cookies: Mapping[str, str]  # by name: of sessions
    capabilities: Mapping[str, str]
    known: Mapping[str, list[str]]
    own: dict[str, Any]  # the holder who is signed in, as in a form
    form: Callable[[Any], Any]  # a good one, of this holder or a new one, for a slot that is free
    restore_catalogue: Callable[[], None]

    def headers(self, operation: Any, booking: str | None, dice: int) -> dict[str, str]:
        security = [name for each in operation.get("security", []) for name in each]
        if "holder" in security:
            return {"Authorization": f"Bearer {self.tokens['holder']()}"}
        if "staff" in security:
            groups = [*operation["x-groups"]] * 4 + ["admin", "doctor", "operator"]  # mostly those who may
            return {"Authorization": f"Bearer {self.tokens[groups[dice % len(groups)]]()}"}
        if session := next((self.cookies[name] for name in security if name in self.cookies), None):
            return {"Cookie": session}
        if "capability" in security:
            return {"X-Booking-Capability": self.capabilities.get(booking or "", "none")}
        return {}


@pytest.fixture(scope="module")
def callers(world: World, stack: Stack) -> Iterator[Callers]:
    free = world.free_slots(world.tomorrow(), doctor=_DOCTOR, kind="first")
    slots = ({"doctor": each["doctor"], "start": each["start"]} for each in free)
    sample, admin = json.loads(CLINIC.read_text(encoding="utf-8")), stack.staff_token("admin")
    written = {**FORM["holder"], "phone": load()[0].given["form"]["holder"]["phone"]}
    own = world.holder(written)

    def form(holder: dict[str, Any] | None = None) -> dict[str, Any]:
        return {**FORM, "holder": holder or world.holder(written), "slot": next(slots)}

    def restore_catalogue() -> None:
        """Some made-up catalogues are good ones: nobody else is to meet them."""
        url = f"{stack.api_url}/internal/catalogue"
        world.web.call("PUT", url, sample, token=admin).expect(200)

    phone = e164(own["phone"])
    made = [world.site.book(form(holder), str(uuid4())).expect(201) for holder in (own, None)]
    asked = {name: value for name, value in form(own).items() if name != "consents"}
    by_phone = world.operator.book(asked, str(uuid4())).expect(201)
    pepper = secret(stack, "App")["pepper"].encode()
    emails = {account.doctor_id or account.role: account.email for account in stack.staff}
    emails["doctor"] = emails[_DOCTOR]
    sessions = {name: world.sign_in.staff_session(email, STAFF_PASSWORD) for name, email in emails.items()}
    yield Callers(
        url=stack.api_url,
        tokens={
            "holder": lambda: world.sign_in.holder(phone),
            **{role: sessions[role].token for role in ("doctor", "operator", "admin")},
        },
        cookies={
            "session": world.sign_in.session(world.new_phone()).cookie,
            "staff_session": sessions["operator"].cookie,
        },
        capabilities={each["booking_id"]: each["capability"] for each in made},
        known={
            "booking": [each["booking_id"] for each in (*made, by_phone)],
            "holder": [ids.holder_id(pepper, phone)],
            "token": [
                ids.join_token(pepper, made[0]["booking_id"], side, _DOCTOR) for side in ("patient", "doctor")
            ],
            "path": [secret(stack, "Provider")["webhook_path"]],
        },
        own=own,
        form=form,
        restore_catalogue=restore_catalogue,
    )
    forget_tries(stack)


def forget_tries(stack: Stack) -> None:
    """All callers have one address here: what was made up of logins is not to keep the others out."""
    client, table = stack.client("dynamodb"), stack.outputs["PatientsTableName"]
    for item in client.scan(TableName=table)["Items"]:
        if item["pk"]["S"].startswith("SIGN_IN#"):
            client.delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})


def secret(stack: Stack, name: str) -> dict[str, str]:
    manager = stack.client("secretsmanager")
    text = manager.get_secret_value(SecretId=stack.outputs[f"{name}SecretArn"])["SecretString"]
    content: dict[str, str] = json.loads(text)
    return content


def our_form(_: Any, response: Any, case: Case) -> None:
    """An error is told in the one form, in Russian, with its fields where fields are wrong."""
    kind = response.headers["content-type"][0].partition(";")[0]
    if response.status_code < 400 or kind == "text/html":
        return
    told = response.json()
    if response.status_code in _GATEWAYS and "error" not in told:
        return
    error = told["error"]
    assert re.search("[а-яё]", error["message"]), error
    assert bool(error["fields"]) == (response.status_code == 422), error


_GATEWAYS = (401, 413, 429)  # answered in its own form: GatewayRefusal
_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    our_form,
]


@schema.parametrize()
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_that_is_published(case: Case, callers: Callers) -> None:
    dice = zlib.crc32(repr((case.path_parameters, case.query, case.body)).encode("utf-8", "replace"))
    if passed_over(case, dice):
        return
    for name in case.path_parameters:
        if name in callers.known and dice % 4:
            case.path_parameters[name] = callers.known[name][dice % len(callers.known[name])]
    if case.body == FORM:
        case.body = callers.form(callers.own if "/me/" in case.path else None)
    headers = callers.headers(case.operation.definition.raw, case.path_parameters.get("booking"), dice)
    response = case.call(base_url=callers.url, headers=headers, timeout=30)
    if response.status_code == 200 and (case.method == "PUT" or case.path.endswith("/clearing")):
        callers.restore_catalogue()
    case.validate_response(response, checks=_CHECKS, headers=headers)


def passed_over(case: Case, dice: int) -> bool:
    """The bounds of a large form are hundreds of cases: `make test` tries a part of them, always the same."""
    of_bounds = case.meta is not None and case.meta.phase.name is TestPhase.COVERAGE
    large = of_bounds and len(repr(case.body)) > _LARGE
    return large and _CASES <= _USUAL_CASES and dice % _EVERY != 0


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/no/such/path"),
        ("GET", "/"),
        ("DELETE", "/catalogue"),
        ("HEAD", "/catalogue"),
        ("PUT", "/bookings"),
        ("PATCH", "/me/bookings"),
        ("POST", "/internal/ledger/trial-balance"),
        ("GET", "/bookings/" + "b" * 3000),
    ],
)
def test_what_is_no_operation_is_not_found_in_the_form_of_all_errors(
    stack: Stack, method: str, path: str
) -> None:
    answer = urllib3.request(method, stack.api_url + path, headers={"X-Booking-Capability": "none"})
    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/json; charset=utf-8")
    if method != "HEAD":
        assert answer.json()["error"]["code"] == "not_found"
