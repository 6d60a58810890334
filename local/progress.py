"""One line per step: «[3/7] Развёртывание… 6.8 с»; colours on a terminal only."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class Trouble(Exception):
    """What went wrong and what to do about it, in one line of Russian for whoever runs the stack."""


class Progress:
    """Tells how far a sequence of `total` steps has come."""

    def __init__(self, total: int, quiet: bool = False) -> None:
        self._total = total
        self._done = 0
        self._quiet = quiet

    @contextmanager
    def step(self, title: str) -> Iterator[list[str]]:
        """One step; what it appends to the list it is given is shown behind its time."""
        self._done += 1
        remarks: list[str] = []
        self._say(f"[{self._done}/{self._total}] {title}… ", end="")
        started = time.monotonic()
        try:
            yield remarks
        except BaseException:
            self._say(paint("не удалось", 31))
            raise
        remark = f" ({', '.join(remarks)})" if remarks else ""
        self._say(paint(f"{time.monotonic() - started:.1f} с", 32) + remark)

    def _say(self, text: str, end: str = "\n") -> None:
        if not self._quiet:
            print(text, end=end, flush=True)


def paint(text: str, colour: int, to: TextIO | None = None) -> str:
    """The text as it is coloured where it is shown; `to`: standard output, unless said."""
    return f"\033[{colour}m{text}\033[0m" if (to or sys.stdout).isatty() else text
