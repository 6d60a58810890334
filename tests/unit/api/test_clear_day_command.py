"""A day is cleared by command: a line for each booking, a code for programs; on trouble, plain words."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tools import clear_day as command
from tools.clear_day import CLEARED, FAILED, SOME_LEFT
from tools.installation import TOKEN, Installation

ASKED = ("d-sokolova", "2026-12-03", "--move", "--why", "Врач заболел", "--api", "https://api.example.ru")
START = "2026-12-03T03:00:00Z"
MOVED = {
    "booking_id": "b-1",
    "start": START,
    "became": "moved",
    "slot": {"doctor": "d-rakhimov", "start": "2026-12-03T04:00:00Z", "end": "2026-12-03T04:40:00Z"},
    "reason": None,
    "message": None,
}
LEFT = {**MOVED, "booking_id": "b-2", "became": "left", "slot": None, "message": "Нет времени\x1b[2J"}


def answer(*results: dict[str, Any], left: int = 0, after: str | None = None) -> tuple[int, Any]:
    return 200, {"results": list(results), "left": left, "next": after}


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[dict[str, Any]]]:
    """The installation's answers, one after another; what it was asked."""
    monkeypatch.setenv(TOKEN, "token")

    def answers(*said: tuple[int, Any]) -> list[dict[str, Any]]:
        rest, asked = iter(said), []

        def call(_: Installation, method: str, path: str, body: bytes) -> tuple[int, Any]:
            assert (method, path) == ("POST", "/internal/doctors/d-sokolova/days/2026-12-03/clearing")
            asked.append(json.loads(body))
            return next(rest)

        monkeypatch.setattr(Installation, "call", call)
        return asked

    return answers


def test_each_booking_has_its_line_and_the_next_call_goes_on_after_it(
    answered: Callable[..., list[dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    asked = answered(answer(MOVED, left=1, after=START), answer({**MOVED, "booking_id": "b-3"}))
    assert command.main(ASKED) == CLEARED
    assert capsys.readouterr().out.splitlines() == [
        f"[1/2] {START} b-1 перенесена → 2026-12-03T04:00:00Z, d-rakhimov",
        f"[2/2] {START} b-3 перенесена → 2026-12-03T04:00:00Z, d-rakhimov",
        "День освобождён (перенесена: 2).",
    ]
    assert [each.get("after") for each in asked] == [None, START]
    assert {(each["action"], each["otherwise"], each["why"]) for each in asked} == {
        ("move", "leave", "Врач заболел")
    }


def test_what_was_left_is_told_and_has_its_code(
    answered: Callable[..., list[dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    answered(answer(MOVED, LEFT))
    assert command.main(ASKED) == SOME_LEFT
    out = capsys.readouterr().out
    assert f"[2/2] {START} b-2 оставлена: Нет времени\\x1b[2J" in out
    assert "Разобраны не все записи (перенесена: 1, оставлена: 1)." in out


def test_a_call_that_was_not_answered_is_made_again(
    answered: Callable[..., list[dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    answered((503, None), answer(MOVED))
    assert command.main(ASKED) == CLEARED
    assert "перенесена" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ((401, {"message": "Unauthorized"}), "Нужен ID-токен оператора"),
        (
            (422, {"error": {"fields": [{"path": "day", "message": "Этот день уже прошёл"}]}}),
            "day: Этот день уже прошёл",
        ),
        ((404, {"error": {"message": "Такого врача нет", "fields": []}}), "Такого врача нет"),
        ((302, None), "Непонятный ответ 302"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(
    answered: Callable[..., list[dict[str, Any]]],
    capsys: pytest.CaptureFixture[str],
    said: tuple[int, Any],
    words: str,
) -> None:
    answered(said)
    assert command.main(ASKED) == FAILED
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong",
    [
        ("d-sokolova", "2026-12-03", "--why", "так надо"),
        ("d-sokolova", "2026-12-03", "--move", "--cancel", "--why", "так надо"),
        ("d-sokolova", "завтра", "--move", "--why", "так надо"),
        ("../d", "2026-12-03", "--move", "--why", "так надо"),
        ("d-sokolova", "2026-12-03", "--move"),
    ],
)
def test_a_command_that_is_not_complete_is_refused(wrong: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(wrong)
    assert ended.value.code == FAILED


def test_a_token_goes_out_by_https_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(TOKEN, "token")
    assert command.main((*ASKED[:-1], "http://api.example.ru")) == FAILED
    assert "https" in capsys.readouterr().err
