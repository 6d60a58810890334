"""How the commands of this folder speak with whoever runs them: in Russian, and not silent for long."""

import argparse
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

FAILED = 2

_PATIENCE = 2  # seconds without a word

_USAGE_FAULTS = (
    (r"the following arguments are required: (.+)", "не указано: {}"),
    (r"unrecognized arguments: (.+)", "лишнее: {}"),
    (r"argument (.+?): invalid choice: (.+?) \(.*", "{}: нет такой команды: {}"),
    (r"argument (.+?): expected one argument", "{}: не хватает значения"),
    (r"argument (.+?): (.+)", "{}: {}"),
)


def printable(text: str) -> str:
    """What others wrote: a terminal obeys some characters."""
    return "".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in text)


def tell(line: str) -> None:
    """What is no result goes to standard error."""
    print(line, file=sys.stderr, flush=True)


@contextmanager
def telling(title: str) -> Iterator[None]:
    """Says what is waited for, and how long it took, if that is more than a moment."""
    started = time.monotonic()
    timer = threading.Timer(_PATIENCE, lambda: tell(f"{title}…"))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        seconds = time.monotonic() - started
        if seconds > _PATIENCE:
            tell(f"{title}: {seconds:.1f} с")


class _Help(argparse.RawDescriptionHelpFormatter):
    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, "Использование: " if prefix is None else prefix)


class Parser(argparse.ArgumentParser):
    """argparse in Russian."""

    def __init__(self, **how: Any) -> None:
        super().__init__(formatter_class=_Help, add_help=False, allow_abbrev=False, **how)
        self._positionals.title, self._optionals.title = "Параметры", "Ключи"
        self.add_argument("-h", "--help", action="help", help="показать эту справку")

    def error(self, message: str) -> NoReturn:
        for pattern, words in _USAGE_FAULTS:
            if found := re.fullmatch(pattern, message, re.DOTALL):
                message = words.format(*found.groups())
                break
        self.print_usage(sys.stderr)
        self.exit(FAILED, f"Ошибка: {message}\n")
