"""The clinic's catalogue as a file: `python -m tools.catalogue check FILE`, `load FILE`, `show`.

Without `--api` it is the local stack's, as its administrator. Exits 0: done; 1: the catalogue is refused,
every fault on a line of its own; 2: it could not be asked.
"""

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local.progress import Trouble, paint
from tools.installation import TOKEN, Installation, elsewhere, on_this_machine
from tools.speaking import Parser, printable, tell, telling

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.append(str(REPOSITORY / "layers" / "common" / "python"))

from teleconsult.catalogue.text import NotJson, parse  # noqa: E402  # behind the path that it lies on

DONE, REFUSED, FAILED = 0, 1, 2

_PATH = "/internal/catalogue"
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
        answer = _answer(installation.call("PUT", _PATH, text, **condition))
    print(paint("Каталог загружен", _GREEN) + f", версия {answer['version']}.")


def show(asked: argparse.Namespace) -> None:
    installation = _installation(asked.api)
    with telling("Чтение каталога"):
        answer = _answer(installation.call("GET", _PATH))
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


def _installation(api_url: str | None) -> Installation:
    return on_this_machine("admin") if api_url is None else elsewhere(api_url, "admin")


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
