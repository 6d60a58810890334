"""The catalogue's JSON as it was written: two values under one name are a fault, not the last one's right."""

import json
from collections.abc import Iterator
from typing import Any

from teleconsult.platform.errors import FieldError


class _Pairs(list[tuple[str, Any]]):
    """An object of JSON before anything of it is lost."""


class NotJson(Exception):
    """Not UTF-8, or not JSON. `line`, `column`: where, from 1, if it is known; `reason`: in English."""

    def __init__(self, reason: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column


def parse(text: bytes) -> tuple[Any, tuple[FieldError, ...]]:
    """What the JSON says, and what it says in a way that cannot be meant.

    Raises:
        NotJson: it says nothing.
    """
    try:
        decoded = text.decode("utf-8-sig")  # editors of Windows put the mark at the beginning
        read = json.loads(decoded, object_pairs_hook=_Pairs)
        return _plain(read), tuple(_faults(read, ()))
    except UnicodeDecodeError as error:
        raise NotJson("not UTF-8", text.count(b"\n", 0, error.start) + 1) from None
    except json.JSONDecodeError as error:
        raise NotJson(error.msg, error.lineno, error.colno) from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, brackets without end
        raise NotJson(type(error).__name__) from None


def _plain(value: Any) -> Any:
    if isinstance(value, _Pairs):
        return {_readable(name): _plain(inner) for name, inner in value}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return _readable(value) if isinstance(value, str) else value


def _faults(value: Any, path: tuple[str, ...]) -> Iterator[FieldError]:
    if isinstance(value, _Pairs):
        seen: set[str] = set()
        for name, inner in value:
            if name in seen:
                yield FieldError(".".join((*path, _readable(name))), "repeated", "Поле записано дважды")
            seen.add(name)
            yield from _faults(inner, (*path, _readable(name)))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _faults(each, (*path, str(number)))
    elif isinstance(value, str) and value != _readable(value):
        yield FieldError(".".join(path), "characters", "Знак, которого нет в Юникоде")


def _readable(text: str) -> str:
    """Half of a surrogate pair (`\\ud800`) is JSON, but no character: nothing could store or show it."""
    return text.encode(errors="replace").decode()
