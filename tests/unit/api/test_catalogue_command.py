"""The catalogue from a file: checked, loaded and shown; on trouble, plain words and nothing changed."""

import json
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import urllib3

from teleconsult.catalogue import store
from tests.unit.api.calls import ADMIN, call
from tests.unit.api.test_catalogue import clinic
from tools import catalogue as command
from tools import speaking
from tools.catalogue import DONE, FAILED, REFUSED
from tools.installation import TOKEN, Installation

ELSEWHERE = ("--api", "https://api.example.ru")

Write = Callable[[Any], str]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    """A file with this document, or with these bytes."""

    def write(content: Any) -> str:
        file = tmp_path / "catalogue.json"
        text = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
        file.write_bytes(text)
        return str(file)

    return write


@pytest.fixture
def no_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.stack.attached", lambda: None)


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Whatever is asked, this is the installation's answer."""
    monkeypatch.setenv(TOKEN, "token")

    def answer(status: int, body: Any = None) -> None:
        monkeypatch.setattr(Installation, "call", lambda *_, **__: (status, body))

    return answer


@pytest.fixture
def installation(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample clinic behind its own handlers."""
    monkeypatch.setenv(TOKEN, "token")

    def reach(
        _: Installation, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, Any]:
        sent = {name.lower().replace("-", "_"): value for name, value in headers.items()}
        raw = body.decode() if body else None
        reply = call(f"{method} {path}", raw=raw, claims=ADMIN, **sent)
        return reply.status, reply.json

    monkeypatch.setattr(Installation, "call", reach)


def faulty() -> Any:
    document = clinic()
    document["doctors"][3]["offers"]["first"]["price"] = "дорого"
    document["doctors"][0]["specialties"] = ["surgeon"]
    return document


def test_a_good_file_is_in_order(written: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["check", written(clinic())]) == DONE
    assert "врачей: 6" in capsys.readouterr().out


def test_every_fault_has_a_line_with_its_path(written: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["check", written(faulty())]) == REFUSED
    assert capsys.readouterr().err.splitlines()[:3] == [
        "doctors.0.specialties.0: Такой специальности нет: surgeon",
        "doctors.3.offers.first.price: Нужно целое число",
        "Ошибок: 2",
    ]


def test_what_a_file_says_does_not_rule_the_terminal(
    written: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["check", written({**clinic(), "\x1b[2J": 1})]) == REFUSED
    assert "\\x1b[2J: Такого поля нет" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"clinic": {},\n "kinds": [}', "не JSON, строка 2, столбец 12: нужно значение"),
        (b'{"clinic": {} "kinds": []}', "не JSON, строка 1, столбец 15: нужна запятая"),
        ("каталог".encode("cp1251"), "не UTF-8, строка 1"),
        (b"", "не JSON, строка 1, столбец 1: нужно значение"),
        (b"[" * 100_000, "не JSON"),
    ],
)
@pytest.mark.parametrize("name", ["check", "load"])
def test_where_a_file_is_no_json_is_said(
    written: Write, content: bytes, said: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(content)
    assert command.main([name, file]) == REFUSED
    assert capsys.readouterr().err.splitlines()[0] == f"{file}: {said}"


@pytest.mark.parametrize("name", ["check", "load"])
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main([name, str(tmp_path / "none.json")]) == FAILED
    assert capsys.readouterr().err == f"Нет такого файла: {tmp_path / 'none.json'}\n"
    assert command.main([name, str(tmp_path)]) == FAILED
    assert capsys.readouterr().err.startswith(f"Файл не читается: {tmp_path}")


@pytest.mark.usefixtures("no_stack")
def test_without_a_running_stack_it_says_how_to_start_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["show"]) == FAILED
    assert "make run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("api", "token", "said"),
    [
        ("https://api.example.ru", None, TOKEN),
        ("https://api.example.ru", " ", TOKEN),
        ("https://api.example.ru", "токен", TOKEN),
        ("http://api.example.ru", "token", "https://"),
        ("api.example.ru", "token", "не адрес"),
        ("https://", "token", "не адрес"),
    ],
)
def test_a_token_is_needed_and_goes_nowhere_in_the_clear(
    api: str,
    token: str | None,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv(TOKEN, raising=False)
    if token is not None:
        monkeypatch.setenv(TOKEN, token)
    assert command.main(["show", "--api", api]) == FAILED
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("status", "body", "code", "said"),
    [
        (401, {"message": "Unauthorized"}, FAILED, "Токен не принят"),
        (403, {"error": {"code": "forbidden", "message": "Недостаточно прав"}}, FAILED, "администраторы"),
        (404, {"message": "Not Found"}, FAILED, "--api"),
        (409, {"error": {"code": "catalogue_changed", "message": "Уже версия 7"}}, REFUSED, "Уже версия 7"),
        (413, {"error": {"code": "too_large", "message": "Запрос больше 512 КБ"}}, REFUSED, "512 КБ"),
        (503, {"error": {"code": "x", "message": "Позже"}}, FAILED, "Сервер ответил 503. Позже"),
        (502, None, FAILED, "Сервер ответил 502."),
        (302, None, FAILED, "Сервер ответил 302."),
        (200, [], FAILED, "Сервер ответил 200."),
    ],
)
def test_what_the_installation_refuses_is_said_plainly(
    status: int,
    body: Any,
    code: int,
    said: str,
    answered: Callable[..., None],
    written: Write,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answered(status, body)
    assert command.main(["load", written(clinic()), *ELSEWHERE]) == code
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.out == ""


def test_no_connection_is_said_plainly(
    written: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unreachable(*_: Any, **__: Any) -> None:
        raise urllib3.exceptions.NewConnectionError(None, "refused")  # type: ignore[arg-type]

    monkeypatch.setattr(urllib3.PoolManager, "request", unreachable)
    monkeypatch.setenv(TOKEN, "token")
    assert command.main(["load", written(clinic()), *ELSEWHERE]) == FAILED
    assert "Нет связи с https://api.example.ru" in capsys.readouterr().err


@pytest.mark.usefixtures("installation")
def test_what_is_shown_can_be_loaded_again_unchanged(
    written: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["show", *ELSEWHERE]) == DONE
    shown = capsys.readouterr()
    assert shown.err == "Версия 1\n"
    before = store.load_document()[0]
    assert command.main(["load", written(shown.out.encode()), "--version", "1", *ELSEWHERE]) == DONE
    assert "версия 2" in capsys.readouterr().out
    assert store.load_document() == (before, 2)


@pytest.mark.usefixtures("installation")
def test_a_version_that_is_not_in_force_any_more_is_not_overwritten(
    written: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(clinic())
    assert command.main(["load", file, "--version", "1", *ELSEWHERE]) == DONE
    assert command.main(["load", file, "--version", "1", *ELSEWHERE]) == REFUSED
    assert "действует версия 2, а не 1" in capsys.readouterr().err
    assert store.load().version == 2


@pytest.mark.usefixtures("installation")
def test_nothing_changes_on_any_fault(written: Write, capsys: pytest.CaptureFixture[str]) -> None:
    before = store.load_document()
    file = written(faulty())
    assert command.main(["load", file, *ELSEWHERE]) == REFUSED
    told = capsys.readouterr().err
    assert command.main(["check", file]) == REFUSED
    assert capsys.readouterr().err == told
    assert store.load_document() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "не указано: команда"),
        (["check"], "не указано: ФАЙЛ"),
        (["delete"], "нет такой команды"),
        (["show", "--api"], "--api: не хватает значения"),
        (["load", "a.json", "--version", "пять"], "--version: нужен номер версии, а не пять"),
        (["check", "a.json", "--now"], "лишнее: --now"),
    ],
)
def test_a_wrong_call_is_explained_in_russian(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as excinfo:
        command.main(arguments)
    assert excinfo.value.code == FAILED
    told = capsys.readouterr().err
    assert said in told
    assert told.count("Использование:") == 1


@pytest.mark.parametrize("arguments", [["--help"], ["check", "-h"], ["load", "-h"], ["show", "-h"]])
def test_the_help_is_in_russian(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as excinfo:
        command.main(arguments)
    assert excinfo.value.code == DONE
    known = {"python", "tools", "catalogue", "check", "load", "show", "help", "api", "version", "json", "run"}
    words = re.findall(r"[a-z]{3,}", capsys.readouterr().out)
    assert set(words) <= known


def test_what_takes_longer_than_a_moment_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    heard = threading.Event()

    def tell(line: str) -> None:
        told.append(line)
        heard.set()

    monkeypatch.setattr(speaking, "_PATIENCE", 0.01)
    monkeypatch.setattr(speaking, "tell", tell)
    with speaking.telling("Загрузка каталога"):
        assert heard.wait(10)
    assert told[0] == "Загрузка каталога…"
    assert re.fullmatch(r"Загрузка каталога: \d+\.\d с", told[1])


def test_colours_are_for_terminals(
    written: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(clinic())
    command.main(["check", file])
    assert "\033" not in capsys.readouterr().out
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    command.main(["check", file])
    assert "\033[32m" in capsys.readouterr().out
