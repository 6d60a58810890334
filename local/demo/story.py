"""A story's input, its people with telephones that nobody has had before, and how it ended."""

import json
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.demo.patience import Stopped

STORIES = Path(__file__).parent.parent / "stories"
_DIGITS = 7


class Off(Exception):
    """Something on the way is not as the story has it."""


@dataclass(frozen=True, slots=True)
class Story:
    """`expected`: how it ends, in the words that its telling answers with. `given`: the rest of its file."""

    number: int
    title: str
    expected: str
    given: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ending:
    """How a story really ended; `tells` what went wrong where it did."""

    story: Story
    ended: str
    seconds: float

    @property
    def as_expected(self) -> bool:
        return self.ended == self.story.expected


def load() -> list[Story]:
    """The stories of `local/stories/`, in their order."""
    stories = []
    for file in sorted(STORIES.glob("*.json")):
        given = json.loads(file.read_text(encoding="utf-8"))
        number = int(file.name.partition("-")[0])
        stories.append(Story(number, given.pop("title"), given.pop("expected"), given))
    return stories


def tell(story: Story, tale: Callable[[Story], str]) -> Ending:
    """The end of a tale, whatever it is; only being stopped is none."""
    started = time.monotonic()
    try:
        ended = tale(story)
    except Stopped:
        raise
    except Exception as error:
        ended = f"{type(error).__name__}: {error}"
    return Ending(story, ended, time.monotonic() - started)


def agree(what: str, actual: object, expected: object) -> None:
    """
    Raises:
        Off: `what` is not as expected.
    """
    if actual != expected:
        raise Off(f"{what}: ожидалось {expected}, на деле {actual}")


def money(kopecks: int) -> str:
    """`2 500,00 ₽`."""
    roubles, rest = divmod(abs(kopecks), 100)
    sign = "−" if kopecks < 0 else ""
    return f"{sign}{roubles:,}".replace(",", " ") + f",{rest:02} ₽"


class Phones:
    """Fresh telephone numbers, so that a run finds nobody known. Calls may come from many threads."""

    def __init__(self, first: int | None = None) -> None:
        self._lock = threading.Lock()
        self._numbers = _onward(first or random.randrange(2_000_000, 9_000_000))

    def dial(self, written: str) -> str:
        """`8 (913) ###-##-##` with the digits filled in, as somebody would write it down."""
        with self._lock:
            digits = iter(f"{next(self._numbers):0{_DIGITS}}")
        return re.sub("#", lambda _: next(digits), written)


def e164(written: str) -> str:
    """The Russian number behind any of its spellings, as the inbox and the sign-in know it."""
    return "+7" + re.sub(r"\D", "", written)[-10:]


def _onward(number: int) -> Iterator[int]:
    while True:
        yield number
        number += 1
