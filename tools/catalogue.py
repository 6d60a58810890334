"""The clinic's catalogue as a file: `python -m tools.catalogue check FILE`, `load FILE`, `show`.

Without `--api` it is the local stack's, as its administrator. Exits 0: done; 1: the catalogue is refused,
every fault on a line of its own; 2: it could not be asked.
"""

import argparse
import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import urllib3

from local.progress import Trouble, paint
from tools.speaking import Parser, printable, tell, telling

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.append(str(REPOSITORY / "layers" / "common" / "python"))

from teleconsult.catalogue.text import NotJson, parse  # noqa: E402  # behind the path that it lies on

TOKEN = "TELECONSULT_TOKEN"
DONE, REFUSED, FAILED = 0, 1, 2

_TIMEOUT = urllib3.Timeout(connect=10, read=40)
_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
_RED, _GREEN = 31, 32

_JSON_FAULTS = {
    "Expecting ',' delimiter": "нужна запятая",
    "Expecting ':' delimiter": "нужно двоеточие",
    "Expecting value": "нужно значение",
    "Expecting property name enclosed in double quotes": "нужно имя поля в двойных кавычках",
    "Unterminated string starting at": "строка не закрыта кавычкой",
    "Invalid control character at": "перенос строки или другой управляющий знак внутри кавычек",
    "Extra data": "лишнее после конца документа",
}


class Refusal(Exception):
    """The catalogue will not do: `lines` say why."""

    def __init__(self, *lines: str) -> None:
        super().__init__(*lines)
        self.lines = lines


@dataclass(frozen=True, slots=True)
class Installation:
    """Whose catalogue it is. `token`: an ID token of one of its administrators."""

    api_url: str
    token: str

    def call(self, method: str, body: bytes | None = None, **headers: str) -> tuple[int, Any]:
        """Status and JSON of the catalogue's answer; no redirection is followed, which could take the token.

        Raises:
            Trouble: no answer.
        """
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **headers}
        try:
            with urllib3.PoolManager(timeout=_TIMEOUT, retries=False) as pool:
                answer = pool.request(
                    method, f"{self.api_url}/internal/catalogue", body=body, headers=sent, redirect=False
                )
        except urllib3.exceptions.HTTPError as error:
            raise Trouble(f"Нет связи с {self.api_url} ({type(error).__name__})") from None
        try:
            return answer.status, json.loads(answer.data)
        except ValueError:
            return answer.status, None


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    try:
        asked.run(asked)
    except Refusal as refusal:
        for line in refusal.lines:
            tell(line)
        tell(paint("Каталог не принят, ничего не изменено.", _RED, sys.stderr))
        return REFUSED
    except Trouble as trouble:
        tell(paint(str(trouble), _RED, sys.stderr))
        return FAILED
    except KeyboardInterrupt:
        tell("\nПрервано.")
        return FAILED
    return DONE


def check(asked: argparse.Namespace) -> None:
    """Without any installation: by the rules of this working copy."""
    text = _read(asked.file)
    from teleconsult.catalogue.document import read_document
    from teleconsult.platform.errors import Invalid

    with telling("Проверка"):
        try:
            document = read_document(text)
        except Invalid as invalid:
            raise _faults([{"path": each.path, "message": each.message} for each in invalid.fields]) from None
    counted = f"врачей: {len(document['doctors'])}, специальностей: {len(document['specialties'])}"
    print(paint("Каталог в порядке", _GREEN) + f" ({counted}).")


def load(asked: argparse.Namespace) -> None:
    text = _read(asked.file)
    installation = _installation(asked.api)
    condition = {} if asked.version is None else {"If-Match": f'"{asked.version}"'}
    with telling("Загрузка каталога"):
        answer = _answer(installation.call("PUT", text, **condition))
    print(paint("Каталог загружен", _GREEN) + f", версия {answer['version']}.")


def show(asked: argparse.Namespace) -> None:
    installation = _installation(asked.api)
    with telling("Чтение каталога"):
        answer = _answer(installation.call("GET"))
    print(json.dumps(answer["document"], ensure_ascii=False, indent=2), flush=True)
    tell(f"Версия {answer['version']}")


def _read(file: Path) -> bytes:
    """The file's bytes, which are JSON.

    Raises:
        Trouble: it cannot be read.
        Refusal: it is no JSON.
    """
    try:
        text = file.read_bytes()
    except FileNotFoundError:
        raise Trouble(f"Нет такого файла: {file}") from None
    except OSError as error:
        raise Trouble(f"Файл не читается: {file} ({error.strerror})") from None
    try:
        parse(text)
    except NotJson as error:
        raise Refusal(f"{file}: {_where_no_json(error)}") from None
    return text


def _where_no_json(error: NotJson) -> str:
    places = {"строка": error.line, "столбец": error.column}
    place = ", ".join(f"{name} {number}" for name, number in places.items() if number)
    if error.reason == "not UTF-8":
        return f"не UTF-8, {place}"
    reason = _JSON_FAULTS.get(error.reason)
    return "не JSON" + (f", {place}" if place else "") + (f": {reason}" if reason else "")


def _installation(api: str | None) -> Installation:
    """Raises `Trouble` where there is none to be asked, or nobody's name to ask in."""
    if api is None:
        return _local()
    address = urlsplit(api)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise Trouble(f"Это не адрес API: {api}. Пример: https://api.example.ru")
    if address.scheme == "http" and address.hostname not in _THIS_MACHINE:
        raise Trouble("Токен не отправляется без шифрования: нужен адрес https://")
    token = os.environ.get(TOKEN, "").strip()
    if not token:
        raise Trouble(f"Нужен ID-токен администратора в переменной окружения {TOKEN}")
    if not (token.isascii() and token.isprintable()):
        raise Trouble(f"В переменной окружения {TOKEN} не токен")
    return Installation(api.rstrip("/"), token)


def _local() -> Installation:
    from botocore.exceptions import BotoCoreError, ClientError

    from local import stack as local_stack

    with telling("Вход на стенд"):
        stack = local_stack.attached()
        if stack is None:
            raise Trouble("Стенд не запущен: make run, или укажите другую установку ключом --api")
        try:
            return Installation(stack.api_url, stack.staff_token("admin"))
        except (BotoCoreError, ClientError) as error:
            raise Trouble(f"Стенд не впустил администратора ({type(error).__name__})") from None


def _answer(answered: tuple[int, Any]) -> Mapping[str, Any]:
    """What was answered, if it was done.

    Raises:
        Refusal: the catalogue will not do.
        Trouble: it was not looked at.
    """
    status, body = answered
    if status == 200 and isinstance(body, dict):
        return body
    error = body.get("error", {}) if isinstance(body, dict) else {}
    message = error.get("message", "")
    if status == 422 and error.get("fields"):
        raise _faults(error["fields"])
    if status == 409:
        raise Refusal(message, "Возьмите её командой show, внесите правки и загрузите снова.")
    if status in (400, 413):
        raise Refusal(message)
    known = {
        401: f"Токен не принят: он неверен или устарел ({TOKEN})",
        403: "Каталог показывают и меняют только администраторы: у этого токена другие права",
        404: "По этому адресу нет каталога: проверьте --api",
    }
    raise Trouble(known.get(status) or f"Сервер ответил {status}. {message}".strip())


def _faults(fields: Sequence[Mapping[str, str]]) -> Refusal:
    lines = [f"{printable(each['path'] or 'каталог')}: {each['message']}" for each in fields]
    return Refusal(*lines, f"Ошибок: {len(lines)}")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m tools.catalogue",
        description="Каталог клиники: виды консультаций, специальности, врачи, цены и настройки.",
        epilog="Код выхода: 0 — сделано, 1 — каталог не принят, 2 — выполнить не удалось.",
    )
    commands = parser.add_subparsers(title="Команды", metavar="команда", required=True, parser_class=Parser)

    def command(name: str, run: Any, words: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=words, description=words[0].upper() + words[1:] + ".")
        added.set_defaults(run=run)
        return added

    def with_file(added: argparse.ArgumentParser) -> None:
        added.add_argument("file", metavar="ФАЙЛ", type=Path, help="каталог: документ JSON в UTF-8")

    def with_installation(added: argparse.ArgumentParser) -> None:
        added.add_argument(
            "--api",
            metavar="URL",
            help=f"адрес API установки; ID-токен её администратора — в переменной окружения {TOKEN}. "
            "Без ключа: стенд на этой машине",
        )

    with_file(command("check", check, "проверить файл, ничего не загружая"))
    loading = command("load", load, "проверить файл и заменить им действующий каталог целиком")
    with_file(loading)
    with_installation(loading)
    loading.add_argument(
        "--version",
        metavar="N",
        type=_version,
        help="загрузить, только если действует эта версия (её печатает show)",
    )
    with_installation(command("show", show, "вывести действующий каталог: его можно исправить и загрузить"))
    return parser


def _version(typed: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", typed):
        raise argparse.ArgumentTypeError(f"нужен номер версии, а не {typed}")
    return int(typed)


if __name__ == "__main__":
    sys.exit(main())
