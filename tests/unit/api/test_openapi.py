"""The published document (docs/openapi.json) is what the code says, and its examples are true."""

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from tools import openapi

OPERATIONS = [
    (path, method, operation)
    for path, methods in openapi.document()["paths"].items()
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
        else:
            assert by == []


@pytest.mark.parametrize("form", openapi.EXAMPLES, ids=lambda form: form.__name__)
def test_every_example_is_read(form: type[Any]) -> None:
    TypeAdapter(form).validate_json(json.dumps(openapi.EXAMPLES[form]))
