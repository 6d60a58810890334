"""A doctor's day is cleared: `python -m tools.clear_day DOCTOR DAY --move --why …` (or `--cancel`).

The day is closed for booking, and its bookings are moved to the nearest free times or cancelled, one line for
each. Without `--api` it is the local stack's. Exits 0: none is left; 1: some were left, or failed; 2: it
could not be asked. Run again, it carries on with what is left.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from local.progress import Trouble, paint
from tools.installation import TOKEN, Installation, elsewhere, given_token, on_this_machine
from tools.speaking import Parser, printable, tell, telling

CLEARED, SOME_LEFT, FAILED = 0, 1, 2

_AT_A_TIME = 3  # bookings of one call: so that each line comes soon
_TRIES = 3  # of a call that was not answered: what it did is off the day, so it may be repeated
_RED, _GREEN, _YELLOW = 31, 32, 33

_BECAME = {"moved": "перенесена", "cancelled": "отменена", "left": "оставлена", "failed": "не удалось"}
_COLOURS = {"moved": _GREEN, "cancelled": _GREEN, "left": _YELLOW, "failed": _RED}


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    try:
        return _clear(asked, _installation(asked.api))
    except Trouble as trouble:
        tell(paint(str(trouble), _RED, sys.stderr))
    except KeyboardInterrupt:
        tell("\nПрервано. День закрыт для записи; повторите команду, чтобы разобрать оставшиеся.")
    return FAILED


def _clear(asked: argparse.Namespace, installation: Installation) -> int:
    counts: Counter[str] = Counter()
    for result, number, known in _results(asked, installation):
        counts[result["became"]] += 1
        print(f"[{number}/{known}] {_line(result)}", flush=True)
    told = ", ".join(f"{word}: {counts[key]}" for key, word in _BECAME.items() if counts[key])
    remaining = counts["left"] + counts["failed"]
    colour, verdict = (_YELLOW, "Разобраны не все записи") if remaining else (_GREEN, "День освобождён")
    print(paint(verdict, colour) + f" ({told or 'записей нет'}).")
    return SOME_LEFT if remaining else CLEARED


def _results(
    asked: argparse.Namespace, installation: Installation
) -> Iterator[tuple[Mapping[str, Any], int, int]]:
    """What became of each booking, its number, and how many are known of so far."""
    body = {
        "action": "cancel" if asked.cancel else "move",
        "otherwise": asked.otherwise,
        "doctors": asked.doctors,
        "why": asked.why,
        "limit": _AT_A_TIME,
    }
    path, number = f"/internal/doctors/{asked.doctor}/days/{asked.day}/clearing", 0
    while True:
        with telling("Перенос и отмена записей"):
            answer = _answer(installation, path, body)
        known = number + len(answer["results"]) + answer["left"]
        for result in answer["results"]:
            number += 1
            yield result, number, known
        if not answer["left"]:
            return
        if answer["next"]:
            body = {**body, "after": answer["next"]}


def _answer(installation: Installation, path: str, body: Mapping[str, Any]) -> Any:
    """
    Raises:
        Trouble: refused, or not answered however often it was asked.
    """
    for tried in range(_TRIES):
        status, said = installation.call("POST", path, json.dumps(body).encode())
        if status == 200:
            return said
        if status < 500 or tried == _TRIES - 1:
            break
    raise Trouble(_refusal(status, said))


def _refusal(status: int, said: Any) -> str:
    if status in (401, 403):
        return f"Нужен ID-токен оператора в переменной {TOKEN} (ответ {status})"
    error = said.get("error") if isinstance(said, dict) else None
    if not isinstance(error, dict):
        return f"Непонятный ответ {status}"
    faults = [f"{each['path']}: {each['message']}" for each in error.get("fields") or ()]
    return printable("; ".join(faults) or str(error.get("message")))


def _line(result: Mapping[str, Any]) -> str:
    became = result["became"]
    slot, message = result.get("slot"), result.get("message")
    rest = f" → {slot['start']}, {slot['doctor']}" if slot else f": {message}" if message else ""
    word = paint(_BECAME.get(became, became), _COLOURS.get(became, _YELLOW))
    return f"{result['start']} {result['booking_id']} {word}{printable(rest)}"


def _installation(api_url: str | None) -> Installation:
    return on_this_machine("operator", given_token()) if api_url is None else elsewhere(api_url, "operator")


def _id(typed: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,39}", typed):
        raise argparse.ArgumentTypeError(f"нужен код врача из каталога, а не {typed}")
    return typed


def _day(typed: str) -> str:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", typed):
        raise argparse.ArgumentTypeError(f"нужен день вида 2026-12-01, а не {typed}")
    return typed


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m tools.clear_day",
        description="Врач заболел: закрыть его день для записи, а записи этого дня перенести на ближайшее "
        "свободное время или отменить. Каждому пациенту уходит сообщение.",
        epilog="Код выхода: 0 — разобраны все, 1 — часть оставлена или не удалась, 2 — выполнить не удалось. "
        "Повторный запуск продолжает с оставшихся.",
    )
    parser.add_argument("doctor", metavar="ВРАЧ", type=_id, help="код врача, например d-sokolova")
    parser.add_argument("day", metavar="ДЕНЬ", type=_day, help="день клиники, например 2026-12-01")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--move", action="store_true", help="перенести на ближайшее свободное время")
    what.add_argument("--cancel", action="store_true", help="отменить, оплаченное вернуть на лицевой счёт")
    parser.add_argument(
        "--otherwise",
        choices=("leave", "cancel"),
        default="leave",
        help="если свободного времени нет: оставить (leave, как без ключа) или отменить (cancel)",
    )
    parser.add_argument(
        "--doctors",
        choices=("any", "same"),
        default="any",
        help="к любому врачу той же специальности (any, как без ключа) или только к тому же (same)",
    )
    parser.add_argument("--why", metavar="ПРИЧИНА", required=True, help="для журнала действий, 3-500 знаков")
    parser.add_argument(
        "--api", metavar="URL", help=f"другая установка; токен в {TOKEN}. Без ключа: стенд на этой машине"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
