"""One sweep, now: `python -m tools.sweep NAME`, by the deployed function that the schedule calls.

Without `--stack` it is the local stack's. Exits 0: nothing disagrees; 1: something does, or was not looked
at; 2: it could not be asked.
"""

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from local.progress import Trouble, paint
from tools.speaking import Parser, printable, tell, telling

IN_ORDER, DISAGREES, FAILED = 0, 1, 2

_OUTPUT = "SweepsFunctionName"
_LONGEST_SECONDS = 920  # the function ends after 900
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_RED, _GREEN, _YELLOW = 31, 32, 33
_LONGEST_CELL = 48  # characters
_OVER_DAYS = "reconciliation"

_COUNTS = {"found": "найдено", "done": "сделано", "failed": "не удалось", "left": "осталось"}
_COUNTS_OF = {
    "figures": {"found": "строк", "done": "посчитано", "failed": "не читается", "left": "не досмотрено"},
    "audit": {"found": "строк", "done": "в порядке", "failed": "расхождений", "left": "не досмотрено"},
    "reconciliation": {
        "found": "расхождений",
        "done": "исправлено",
        "failed": "не объяснено",
        "left": "не досмотрено",
    },
}
_HEADINGS = {
    "kind": "Что не сходится",
    "about": "О чём",
    "outcome": "Итог",
    "theirs": "У провайдера",
    "ours": "В книгах",
    "stored": "Записано",
    "computed": "По переводам",
}
_KINDS = {
    "unreadable": "строка не читается",
    "sides": "перевод без двух сторон",
    "content_hash": "перевод изменён",
    "transfer_lots": "состав перевода не равен сумме",
    "balance": "остаток не равен переводам",
    "lots": "состав остатка не равен переводам",
    "below_zero": "меньше нуля",
    "total": "книги в сумме не ноль",
    "payment_not_booked": "платёж не проведён",
    "payment_other_amount": "другая сумма платежа",
    "payment_not_succeeded": "платёж проведён, но не прошёл",
    "payment_foreign": "другая валюта или магазин",
    "payment_not_ours": "платёж не за запись",
    "refund_not_booked": "возврат не проведён",
    "refund_other_amount": "другая сумма возврата",
    "refund_not_succeeded": "возврат проведён, но не прошёл",
    "refund_foreign": "возврат в другой валюте",
    "refund_at_desk": "возврат из кабинета провайдера",
    "refund_not_ours": "возврат не за запись",
    "unanswered": "не удалось спросить",
}
_OUTCOMES = {"repaired": "исправлено", "unexplained": "не объяснено", "not_ours": "не наше"}
_AMOUNTS = ("theirs", "ours", "stored", "computed")


@dataclass(frozen=True, slots=True)
class Installation:
    """Whose sweeps they are: a boto3 client of its Lambda, and the function's name."""

    client: Any
    function: str

    def ask(self, event: Mapping[str, str]) -> dict[str, Any]:
        """What the sweep answers.

        Raises:
            Trouble: it failed, or there is no such sweep.
        """
        answer = self.client.invoke(FunctionName=self.function, Payload=json.dumps(event).encode())
        said = json.load(answer["Payload"])
        if "FunctionError" not in answer:
            swept: dict[str, Any] = said
            return swept
        kind, message = (str(said.get(name) or "") for name in ("errorType", "errorMessage"))
        if kind == "UnknownSweep":
            raise Trouble(f"Нет такого обхода: {event['sweep']}. Есть: {printable(message)}")
        raise Trouble(f"Обход не удался: {printable(kind)}. Подробности в журнале функции {self.function}")


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    try:
        return _run(asked)
    except Trouble as trouble:
        tell(paint(str(trouble), _RED, sys.stderr))
    except KeyboardInterrupt:
        tell("\nПрервано: начатое обход доведёт до конца сам.")
    return FAILED


def _run(asked: argparse.Namespace) -> int:
    from botocore.exceptions import BotoCoreError, ClientError

    event = _event(asked)
    try:
        installation = _installation(asked.stack)
        with telling(f"Обход {asked.name}"):
            swept = installation.ask(event)
    except (BotoCoreError, ClientError) as error:
        raise Trouble(f"Установка не ответила ({type(error).__name__}): {printable(str(error))}") from None
    if asked.json:
        print(json.dumps(swept, ensure_ascii=False, indent=2))
    else:
        _show(asked.name, swept)
    return DISAGREES if swept.get("failed") or swept.get("left") else IN_ORDER


def _event(asked: argparse.Namespace) -> dict[str, str]:
    event = {"sweep": asked.name, "scheduled_for": asked.at.strftime(_MOMENT)}
    if asked.first is None and asked.end is None:
        return event
    if asked.name != _OVER_DAYS:
        raise Trouble(f"Ключи --from и --to есть только у обхода {_OVER_DAYS}")
    if asked.first is None or asked.end is None or asked.first >= asked.end:
        raise Trouble("Нужны оба ключа, --from раньше --to: дни UTC, последний не входит")
    return {**event, "from": asked.first.isoformat(), "to": asked.end.isoformat()}


def _installation(stack_name: str | None) -> Installation:
    """Raises `Trouble` where there is none to be asked."""
    import boto3
    from botocore.config import Config

    # Asked once, and waited for: a repeated invocation would be a second sweep beside the first.
    patient = Config(read_timeout=_LONGEST_SECONDS, retries={"total_max_attempts": 1})
    if stack_name is None:
        from local import stack as local_stack

        stack = local_stack.attached()
        if stack is None:
            raise Trouble("Стенд не запущен: make run, или укажите другую установку ключом --stack")
        return Installation(stack.client("lambda", patient), stack.outputs[_OUTPUT])
    (described,) = boto3.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])}
    if _OUTPUT not in outputs:
        raise Trouble(f"У стека {stack_name} нет выхода {_OUTPUT}: это другой стек или старая версия")
    return Installation(boto3.client("lambda", config=patient), outputs[_OUTPUT])


def _show(name: str, swept: Mapping[str, Any]) -> None:
    counted = ", ".join(f"{word}: {swept.get(key, 0)}" for key, word in _COUNTS_OF.get(name, _COUNTS).items())
    colour, verdict = _GREEN, "Всё сходится"
    if swept.get("failed"):
        colour, verdict = _RED, "Не сходится"
    elif swept.get("left"):
        colour, verdict = _YELLOW, "Не хватило времени"
    print(f"{paint(verdict, colour)} ({name}; {counted}).")
    findings = swept.get("findings") or []
    if findings:
        print()
        _table(findings)


def _table(findings: Sequence[Mapping[str, Any]]) -> None:
    names = [name for name in _HEADINGS if name in findings[0]]
    lines = [[_HEADINGS[name] for name in names]]
    lines += [[_cell(name, each) for name in names] for each in findings]
    widths = [max(len(line[column]) for line in lines) for column in range(len(names))]
    for line in lines:
        cells = (
            cell.rjust(width) if name in _AMOUNTS else cell.ljust(width)
            for name, cell, width in zip(names, line, widths, strict=True)
        )
        print("  ".join(cells).rstrip())


def _cell(name: str, finding: Mapping[str, Any]) -> str:
    value = finding.get(name)
    if value is None:
        return "—"
    if name in _AMOUNTS and isinstance(value, int):
        return _roubles(value)
    words = {"kind": _KINDS, "outcome": _OUTCOMES}.get(name, {})
    text = printable(words.get(str(value), str(value)))
    return text if name == "about" or len(text) <= _LONGEST_CELL else f"{text[:12]}…"


def _roubles(kopecks: int) -> str:
    whole, rest = divmod(abs(kopecks), 100)
    return f"{'-' if kopecks < 0 else ''}{whole:,}".replace(",", " ") + f",{rest:02d} ₽"


def _moment(typed: str) -> datetime:
    try:
        return datetime.strptime(typed, _MOMENT).replace(tzinfo=UTC)
    except ValueError:
        raise argparse.ArgumentTypeError(f"нужно время UTC вида 2026-12-01T03:00:00Z, а не {typed}") from None


def _day(typed: str) -> date:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", typed):
            return date.fromisoformat(typed)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"нужен день вида 2026-12-01, а не {typed}")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m tools.sweep",
        description="Выполнить один обход сейчас, той же функцией, что и по расписанию: "
        "audit сверяет книги с переводами, reconciliation сверяет книги с платёжным провайдером, "
        "есть и остальные обходы.",
        epilog="Код выхода: 0 — всё сходится, 1 — что-то не сходится или не досмотрено, "
        "2 — выполнить не удалось.",
    )
    parser.add_argument("name", metavar="ОБХОД", help="имя обхода, например audit или reconciliation")
    parser.add_argument(
        "--at",
        metavar="ВРЕМЯ",
        type=_moment,
        default=datetime.now(UTC),
        help="за какой момент UTC, например 2026-12-01T03:00:00Z. Без ключа: сейчас",
    )
    parser.add_argument("--from", dest="first", metavar="ДЕНЬ", type=_day, help="сверить с этого дня UTC")
    parser.add_argument(
        "--to", dest="end", metavar="ДЕНЬ", type=_day, help="до этого дня UTC, без него самого"
    )
    parser.add_argument(
        "--stack",
        metavar="ИМЯ",
        help="стек CloudFormation установки; доступ к AWS, как у boto3. Без ключа: стенд на этой машине",
    )
    parser.add_argument("--json", action="store_true", help="вывести ответ обхода как JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
