"""The HTTP border (`platform.http`): what no single operation shows."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from teleconsult.platform.errors import Conflict, Forbidden, NotFound, Unavailable
from teleconsult.platform.http import Api, Request, form
from tests.unit.api.calls import request


@form("word")
class Words:
    word: str | None = None


class Busy(Conflict):
    """Shows more than its code."""

    until = datetime(2026, 12, 1, tzinfo=UTC)


@dataclass(frozen=True)
class View:
    day: date
    at: datetime
    inner: tuple[Words, ...]


def asked(run: Callable[..., Any], api: Api | None = None, **how: Any) -> dict[str, Any]:
    """The answer of an operation that does what `run` does."""
    api = api or Api()
    api.operation("POST /things/{thing}", answer=None, **how)(run)
    return api.resolve(request("POST /things/{thing}", "t-1", body={"word": "Соловьёва"}))


def error(answer: dict[str, Any]) -> Any:
    return json.loads(answer["body"])["error"]


def test_a_view_is_shown_as_json_with_moments_in_utc_and_letters_as_they_are() -> None:
    view = View(date(2026, 12, 1), datetime(2026, 12, 1, 3, tzinfo=UTC), (Words(word="ёж"),))
    answer = asked(lambda _: view)
    assert answer["body"] == '{"day": "2026-12-01", "at": "2026-12-01T03:00:00Z", "inner": [{"word": "ёж"}]}'
    assert answer["headers"]["Content-Type"] == "application/json; charset=utf-8"
    assert answer["headers"]["X-Content-Type-Options"] == "nosniff"


def test_what_cannot_be_shown_is_our_fault() -> None:
    assert asked(lambda _: {1j})["statusCode"] == 500


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (Forbidden(), 403, "forbidden"),
        (NotFound(), 404, "not_found"),
        (Conflict("too_late", "Поздно"), 409, "too_late"),
        (Unavailable("busy", "Занято"), 503, "busy"),
    ],
)
def test_each_domain_error_has_its_status(raised: Exception, status: int, code: str) -> None:
    def run(_: Request) -> None:
        raise raised

    answer = asked(run)
    assert (answer["statusCode"], error(answer)["code"]) == (status, code)


def test_an_error_may_show_details() -> None:
    def run(_: Request) -> None:
        raise Busy("busy", "Занято")

    answer = asked(run, Api({Busy: lambda busy: {"until": busy.until}}))
    assert error(answer) == {
        "code": "busy",
        "message": "Занято",
        "fields": [],
        "until": "2026-12-01T00:00:00Z",
    }


def test_an_unforeseen_error_tells_nothing_and_logs_nothing_that_was_typed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def run(_: Request, words: Words) -> None:
        raise RuntimeError(words.word)

    answer = asked(run, form=Words)
    assert answer["statusCode"] == 500
    assert error(answer) == {
        "code": "internal",
        "message": "Внутренняя ошибка. Попробуйте ещё раз позже",
        "fields": [],
    }
    logged = str([vars(record) for record in caplog.records])
    assert "RuntimeError" in logged
    assert "test_http.py" in logged
    assert "Соловьёва" not in logged


def test_the_path_and_the_caller_reach_the_operation() -> None:
    seen: list[Request] = []
    asked(lambda request: seen.append(request))
    assert seen[0].path == {"thing": "t-1"}
    assert (seen[0].ip, seen[0].user_agent) == ("192.0.2.7", "unit")


def test_an_operation_may_take_more_than_others() -> None:
    route = "PUT /things"
    api = Api()
    api.operation(route, answer=None, largest_body=100_000)(lambda request: {"bytes": len(request.body)})
    for length, status in ((90_000, 200), (100_001, 413)):
        answer = api.resolve(request(route, raw="x" * length))
        assert answer["statusCode"] == status
