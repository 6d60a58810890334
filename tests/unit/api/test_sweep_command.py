"""One sweep by command: what it finds in a table, and a code for programs; on trouble, plain words."""

import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from tools import sweep as command
from tools.sweep import DISAGREES, FAILED, IN_ORDER, Installation

QUIET = {"found": 3, "done": 3, "failed": 0, "left": 0}
DIFFERENCES = {
    "found": 2,
    "done": 1,
    "failed": 1,
    "left": 0,
    "findings": [
        {"kind": "payment_not_booked", "about": "p-1", "theirs": 250000, "ours": 0, "outcome": "repaired"},
        {"kind": "refund_at_desk", "about": "pr-2", "theirs": 1050, "ours": 0, "outcome": "unexplained"},
    ],
}
DISAGREEMENTS = {
    **QUIET,
    "failed": 3,
    "findings": [
        {"kind": "balance", "about": "balance:h-1", "stored": 123456789, "computed": -5},
        {"kind": "content_hash", "about": "pay:p-1", "stored": "a" * 64, "computed": "b" * 64},
        {"kind": "unreadable", "about": "NOTE#\x1b[2J", "stored": None, "computed": None},
    ],
}


class Lambda:
    """Answers what it is told to, and remembers what it was asked."""

    def __init__(self, answer: Any, error: str | None = None) -> None:
        self._answer = {"Payload": io.BytesIO(json.dumps(answer).encode())}
        if error:
            self._answer["FunctionError"] = error  # type: ignore[assignment]
        self.asked: list[dict[str, str]] = []

    def invoke(self, FunctionName: str, Payload: bytes) -> Any:  # noqa: N803  # boto3's own names
        assert FunctionName == "teleconsult-sweeps"
        self.asked.append(json.loads(Payload))
        return self._answer


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Lambda]:
    """Whatever is asked, this is the function's answer."""

    def answer(swept: Any, error: str | None = None) -> Lambda:
        client = Lambda(swept, error)
        monkeypatch.setattr(command, "_installation", lambda _: Installation(client, "teleconsult-sweeps"))
        return client

    return answer


def test_a_sweep_that_finds_nothing_says_so_in_one_line(
    answered: Callable[..., Lambda], capsys: pytest.CaptureFixture[str]
) -> None:
    client = answered({**QUIET, "findings": []})
    assert command.main(["audit", "--at", "2026-12-01T03:00:00Z"]) == IN_ORDER
    assert capsys.readouterr().out == (
        "Всё сходится (audit; строк: 3, в порядке: 3, расхождений: 0, не досмотрено: 0).\n"
    )
    assert client.asked == [{"sweep": "audit", "scheduled_for": "2026-12-01T03:00:00Z"}]


def test_differences_stand_in_a_table_with_roubles(
    answered: Callable[..., Lambda], capsys: pytest.CaptureFixture[str]
) -> None:
    answered(DIFFERENCES)
    assert command.main(["reconciliation"]) == DISAGREES
    assert capsys.readouterr().out.splitlines() == [
        "Не сходится (reconciliation; расхождений: 2, исправлено: 1, не объяснено: 1, не досмотрено: 0).",
        "",
        "Что не сходится                 О чём  Итог          У провайдера  В книгах",
        "платёж не проведён              p-1    исправлено      2 500,00 ₽    0,00 ₽",
        "возврат из кабинета провайдера  pr-2   не объяснено       10,50 ₽    0,00 ₽",
    ]


def test_what_was_repaired_disagrees_no_more(answered: Callable[..., Lambda]) -> None:
    answered({**DIFFERENCES, "failed": 0})
    assert command.main(["reconciliation"]) == IN_ORDER


def test_what_there_was_no_time_for_is_not_in_order(
    answered: Callable[..., Lambda], capsys: pytest.CaptureFixture[str]
) -> None:
    answered({**QUIET, "left": 1})
    assert command.main(["audit"]) == DISAGREES
    assert capsys.readouterr().out.startswith("Не хватило времени")


def test_findings_of_the_audit_are_shown_and_do_not_rule_the_terminal(
    answered: Callable[..., Lambda], capsys: pytest.CaptureFixture[str]
) -> None:
    answered(DISAGREEMENTS)
    assert command.main(["audit"]) == DISAGREES
    shown = capsys.readouterr().out
    assert "1 234 567,89 ₽" in shown
    assert "-0,05 ₽" in shown
    assert "aaaaaaaaaaaa…" in shown
    assert "NOTE#\\x1b[2J" in shown
    assert "\x1b" not in shown


def test_programs_get_the_answer_as_it_is(
    answered: Callable[..., Lambda], capsys: pytest.CaptureFixture[str]
) -> None:
    answered(DIFFERENCES)
    assert command.main(["reconciliation", "--json"]) == DISAGREES
    assert json.loads(capsys.readouterr().out) == DIFFERENCES


def test_any_days_may_be_reconciled(answered: Callable[..., Lambda]) -> None:
    client = answered(QUIET)
    assert command.main(["reconciliation", "--from", "2026-11-01", "--to", "2026-12-01"]) == IN_ORDER
    assert (client.asked[0]["from"], client.asked[0]["to"]) == ("2026-11-01", "2026-12-01")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({"errorType": "UnknownSweep", "errorMessage": "no_shows, audit"}, "Есть: no_shows, audit"),
        ({"errorType": "Unavailable", "errorMessage": "x"}, "Обход не удался: Unavailable."),
        ({}, "журнале функции teleconsult-sweeps"),
    ],
)
def test_a_sweep_that_failed_is_told_plainly(
    said: Any, shown: str, answered: Callable[..., Lambda], capsys: pytest.CaptureFixture[str]
) -> None:
    answered(said, error="Unhandled")
    assert command.main(["audit"]) == FAILED
    told = capsys.readouterr()
    assert shown in told.err
    assert told.out == ""


def test_no_connection_is_told_plainly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unreachable(_: Any) -> Installation:
        raise EndpointConnectionError(endpoint_url="https://lambda.example")

    monkeypatch.setattr(command, "_installation", unreachable)
    assert command.main(["audit"]) == FAILED
    assert "Установка не ответила (EndpointConnectionError)" in capsys.readouterr().err


def test_without_a_running_stack_it_says_how_to_start_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("local.stack.attached", lambda: None)
    assert command.main(["audit"]) == FAILED
    assert "make run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["audit", "--from", "2026-11-01", "--to", "2026-12-01"], "есть только у обхода reconciliation"),
        (["reconciliation", "--from", "2026-11-01"], "Нужны оба ключа"),
        (["reconciliation", "--from", "2026-12-01", "--to", "2026-12-01"], "--from раньше --to"),
    ],
)
def test_a_window_that_is_none_is_refused(
    arguments: list[str], said: str, answered: Callable[..., Lambda], capsys: pytest.CaptureFixture[str]
) -> None:
    client = answered(QUIET)
    assert command.main(arguments) == FAILED
    assert said in capsys.readouterr().err
    assert client.asked == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "не указано: ОБХОД"),
        (["audit", "--at", "вчера"], "--at: нужно время UTC вида 2026-12-01T03:00:00Z, а не вчера"),
        (["reconciliation", "--from", "2026-13-01"], "--from: нужен день вида 2026-12-01, а не 2026-13-01"),
        (["audit", "--now"], "лишнее: --now"),
    ],
)
def test_a_wrong_call_is_explained_in_russian(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as excinfo:
        command.main(arguments)
    assert excinfo.value.code == FAILED
    assert said in capsys.readouterr().err


def test_the_help_is_in_russian(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as excinfo:
        command.main(["--help"])
    assert excinfo.value.code == IN_ORDER
    known = {"python", "tools", "sweep", "audit", "reconciliation", "help", "from", "stack", "json"}
    words = {*re.findall(r"[a-z]{3,}", capsys.readouterr().out)}
    assert words <= known | {"boto", "loud", "ormation"}
