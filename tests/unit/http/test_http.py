"""The HTTP border (`platform.http`): what no single operation shows."""

import base64
import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from moto import mock_aws

from teleconsult.platform import aws, http
from teleconsult.platform.errors import Conflict, Forbidden, NotFound, TooMany, Unavailable
from teleconsult.platform.http import TEXT, Answer, Api, Request, form
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


class TestWhoseRequestItIs:
    """§4: the evidence of a consent names the address it was given from, which an edge must not hide."""

    @pytest.fixture(autouse=True)
    def key(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        with mock_aws():
            aws.client.cache_clear()
            secret = aws.client("secretsmanager").create_secret(Name="web", SecretString='{"key": "k-1"}')
            monkeypatch.setenv("WEB_SECRET_ARN", secret["ARN"])
            yield
        aws.client.cache_clear()

    def ip(self, headers: dict[str, str]) -> str:
        api, seen = Api(), list[str]()
        api.operation("POST /things/{thing}", answer=None)(lambda asked: seen.append(asked.ip))
        event = request("POST /things/{thing}", "t-1", body={})
        api.resolve({**event, "headers": headers})
        return seen[0]

    def test_is_said_by_the_distribution(self) -> None:
        assert self.ip({"X-Distribution-Key": "k-1", "X-Viewer-Address": "203.0.113.7"}) == "203.0.113.7"

    def test_is_the_callers_own_word_for_nobody_else(self, monkeypatch: pytest.MonkeyPatch) -> None:
        counted: list[str] = []
        monkeypatch.setattr(http, "count", counted.append)
        assert self.ip({"X-Distribution-Key": "k-2", "X-Viewer-Address": "203.0.113.7"}) == "192.0.2.7"
        assert self.ip({"X-Distribution-Key": "ключ", "X-Viewer-Address": "203.0.113.7"}) == "192.0.2.7"
        assert counted == ["ViewerNotProven"] * 2  # the distribution's key may be one of before
        assert self.ip({"X-Viewer-Address": "203.0.113.7"}) == "192.0.2.7"
        assert len(counted) == 2

    def test_is_nobodys_word_where_no_distribution_is(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("WEB_SECRET_ARN")
        assert self.ip({"X-Distribution-Key": "k-1", "X-Viewer-Address": "203.0.113.7"}) == "192.0.2.7"


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


@form("size", "word")
class Measured:
    """Cannot be without its size."""

    size: int
    word: str | None = None


def posted(raw: str, form: type[Any], key: str | None = "a-good-key", **how: Any) -> tuple[Any, list[Any]]:
    """The error (None: there was none), and the forms that reached the operation."""
    seen: list[Any] = []
    api = Api()
    api.operation("POST /things", answer=None, form=form, creates=True, **how)(
        lambda _, read: seen.append(read)
    )
    answer = api.resolve(request("POST /things", raw=raw, key=key))
    return (error(answer) if answer["statusCode"] != 200 else None), seen


def paths(refused: Any) -> list[str]:
    return [fault["path"] for fault in refused["fields"]]


def test_an_operation_that_does_not_judge_its_form_never_sees_one_with_faults() -> None:
    refused, seen = posted('{"word": "ёж", "nick": 1}', Words)
    assert (paths(refused), seen) == (["nick"], [])


def test_an_operation_that_judges_its_form_sees_it_without_its_faults() -> None:
    _, seen = posted('{"word": 5, "nick": {"a": [1]}}', Words, judges=True)
    assert seen == [Words()]


def test_a_form_that_cannot_be_without_a_field_is_refused_before_it_is_judged() -> None:
    refused, seen = posted('{"size": "large", "nick": 1}', Measured, key=None, judges=True)
    assert (paths(refused), seen) == (["Idempotency-Key", "size", "nick"], [])
    assert paths(posted("{}", Measured, judges=True)[0]) == ["size"]


def test_a_number_of_any_length_is_a_fault_of_the_caller() -> None:
    _, seen = posted('{"word": ' + "9" * 4000 + "}", Words, judges=True)
    assert seen == [Words()]
    assert posted('{"word": ' + "9" * 5000 + "}", Words, judges=True)[0]["code"] == "malformed"


def test_what_no_route_is_for_is_not_found_in_the_form_of_all_errors() -> None:
    answer = Api().resolve(request("$default", raw="{"))
    assert (answer["statusCode"], error(answer)["code"]) == (404, "not_found")


def test_a_limit_says_when_to_come_again_where_that_is_known() -> None:
    def run(_: Request) -> None:
        raise TooMany("too_many", "Слишком много", retry_after=90)

    assert asked(run)["headers"]["Retry-After"] == "90"


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


def large(accepts: str | None, length: int = 20_000) -> dict[str, Any]:
    """The answer to a caller whose program says that it unpacks this."""
    api = Api()
    api.operation("GET /things", answer=str)(lambda _: Answer(200, "ё" * length, TEXT))
    asked = request("GET /things")
    if accepts is not None:
        asked["headers"]["Accept-Encoding"] = accepts
    return api.resolve(asked)


@pytest.mark.parametrize("accepts", ["gzip", "gzip, deflate, br", "br;q=1.0, gzip;q=0.8, *;q=0.1", "GZIP"])
def test_a_large_answer_is_packed_for_who_unpacks_it(accepts: str) -> None:
    answer = large(accepts)
    assert gzip.decompress(base64.b64decode(answer["body"])).decode() == "ё" * 20_000
    assert answer["isBase64Encoded"] is True
    assert answer["headers"]["Content-Encoding"] == "gzip"
    assert answer["headers"]["Vary"] == "Accept-Encoding"
    assert answer["headers"]["Content-Type"] == TEXT


@pytest.mark.parametrize("accepts", [None, "", "br", "identity", "gzip;q=0", "gzip;q=0.000, br", "xgzip"])
def test_a_large_answer_is_plain_for_everybody_else(accepts: str | None) -> None:
    answer = large(accepts)
    assert answer["body"] == "ё" * 20_000
    assert "Content-Encoding" not in answer["headers"]


def test_a_small_answer_is_not_worth_packing() -> None:
    assert large("gzip", length=100)["body"] == "ё" * 100
