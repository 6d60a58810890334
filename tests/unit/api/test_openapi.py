"""The published document (docs/openapi.json) is what the code says, and its examples are true."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]
from pydantic import TypeAdapter

from local import stack
from teleconsult.catalogue.document import check_document
from tools import openapi
from tools.openapi import examples

DOCUMENT = openapi.document()
OPERATIONS = [
    (path, method, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


def test_the_published_document_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert openapi.main(["--check"]) == 0
    assert capsys.readouterr().err == ""


def test_a_document_that_fell_behind_is_told(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(openapi, "DOCUMENT", tmp_path / "openapi.json")
    assert openapi.main(["--check"]) == 1
    assert "python -m tools.openapi" in capsys.readouterr().err
    assert openapi.main([]) == 0
    assert openapi.main(["--check"]) == 0


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does() -> None:
    names = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(names) == len(set(names))
    assert all(operation["summary"] for _, _, operation in OPERATIONS)


def test_personal_operations_say_how_the_caller_is_known() -> None:
    known = {
        f"{method} {path}": [*operation.get("security", [{}])[0]] for path, method, operation in OPERATIONS
    }
    for route, by in known.items():
        if " /me/" in route:
            assert by == ["holder"]
        elif " /internal/" in route:
            assert by == ["staff"]
        elif " /bookings/" in route:
            assert by == ["capability"]
        elif route in ("post /sign-in/refresh",):
            assert by == ["session"]
        elif route in ("post /staff/refresh", "post /staff/totp", "post /staff/totp/confirmation"):
            assert by == ["staff_session"]
        else:
            assert by == []


@pytest.mark.parametrize("form", examples.BODIES, ids=lambda form: form.__name__)
def test_every_example_of_a_body_is_read(form: type[Any]) -> None:
    TypeAdapter(form).validate_json(json.dumps(examples.BODIES[form]))


def test_the_example_of_a_catalogue_is_the_sample_clinics_own_and_is_taken() -> None:
    assert DOCUMENT["paths"]["/internal/catalogue"]["put"]["requestBody"]["content"]["application/json"][
        "example"
    ] == json.loads(stack.CLINIC.read_text(encoding="utf-8"))
    check_document(examples.SAMPLE)


def test_the_document_is_openapi() -> None:
    schemathesis.openapi.from_dict(DOCUMENT).validate()


def described() -> Iterator[tuple[str, Any, Any]]:
    """(place, schema, example) of all that comes in and goes out."""
    for path, method, operation in OPERATIONS:
        route = f"{method} {path}"
        for parameter in operation["parameters"]:
            yield f"{route} {parameter['name']}", parameter["schema"], parameter.get("example")
        for status, answer in [("body", operation.get("requestBody", {})), *operation["responses"].items()]:
            yield from contents(f"{route} {status}", resolved(answer))


def contents(place: str, holder: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for kind, content in holder.get("content", {}).items():
        given = [content["example"]] if "example" in content else []
        given += [each["value"] for each in content.get("examples", {}).values()]
        yield from ((f"{place} {kind}", content["schema"], each) for each in given or [None])


def resolved(answer: dict[str, Any]) -> dict[str, Any]:
    name = answer.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = DOCUMENT["components"]["responses"][name] if name else answer
    return found


def test_whatever_comes_in_or_goes_out_has_an_example_that_holds_its_schema() -> None:
    faults = []
    for place, schema, example in described():
        validator = Draft202012Validator(
            {**schema, "components": DOCUMENT["components"]}, format_checker=FormatChecker()
        )
        faults += [f"{place}: {error.message}" for error in validator.iter_errors(example)]
    assert faults == []


def test_every_parameter_says_what_it_is() -> None:
    parameters = [each for _, _, operation in OPERATIONS for each in operation["parameters"]]
    assert [each["name"] for each in parameters if not each.get("description")] == []


@pytest.mark.parametrize(
    ("path", "method", "operation"), OPERATIONS, ids=[each[2]["operationId"] for each in OPERATIONS]
)
def test_every_operation_tells_its_errors(path: str, method: str, operation: dict[str, Any]) -> None:
    expected = {"429", "500", "503"}
    if "requestBody" in operation:
        expected |= {"400", "413", "422"} if "/notifications/" not in path else {"400", "413"}
    if {"holder", "staff"} & operation.get("security", [{}])[0].keys():
        expected |= {"401", "403"}
    if "{" in path:
        expected |= {"404"}
    assert operation["responses"].keys() >= expected


@pytest.mark.parametrize(
    ("status", "ours", "gateways"),
    [
        ("400", True, False),
        ("401", False, True),
        ("403", True, False),
        ("404", True, False),
        ("413", True, True),
        ("429", True, True),
        ("500", True, True),
        ("503", True, True),
    ],
)
def test_errors_have_our_form_or_the_gateways(status: str, ours: bool, gateways: bool) -> None:
    content = DOCUMENT["components"]["responses"][status]["content"]["application/json"]
    text = json.dumps(content["schema"])
    assert ("/Refusal" in text, "/GatewayRefusal" in text) == (ours, gateways)


def test_a_taken_slot_is_shown_with_its_alternatives() -> None:
    shown = DOCUMENT["paths"]["/bookings"]["post"]["responses"]["409"]["content"]["application/json"]
    assert shown["examples"]["slot_taken"]["value"]["error"]["alternatives"]


def test_the_limit_of_an_address_is_shown_with_when_to_come_again() -> None:
    limit = DOCUMENT["paths"]["/bookings"]["post"]["responses"]["429"]
    assert limit["headers"] == {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}
    assert set(limit["content"]["application/json"]["examples"]) == {"too_many_bookings", "gateway"}
