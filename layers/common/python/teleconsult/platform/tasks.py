"""What an operator has to look at: a sparse index over the rows that ask for it, whatever they are.

A row asks by three attributes, and by one reason at a time: the latest asked for.
"""

from dataclasses import dataclass
from datetime import datetime

from teleconsult.platform import clock, cursors, dynamo, settings
from teleconsult.platform.dynamo import Item

NOTHING = ("task", "task_list", "task_since")
"""The attributes of a row that are removed when nothing is asked for any more."""

_OPEN = "OPEN"
_INDEX = "tasks"
_KEY = ("pk", "sk", "task_list", "task_since")


@dataclass(frozen=True, slots=True)
class Task:
    """A row that asks for an operator. `reason`: a code; never personal data."""

    pk: str
    sk: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class TasksPage:
    """Tasks, the longest open first, and the cursor of the next page (None: that was all)."""

    tasks: tuple[Task, ...]
    next: str | None


def asked(reason: str, now: datetime) -> Item:
    """The attributes of a row that asks for an operator."""
    return {"task": reason, "task_list": _OPEN, "task_since": clock.iso(now)}


def open_tasks(limit: int = 50, cursor: str | None = None) -> TasksPage:
    """What is open, read from the index: its cost grows with what is open, not with what is stored.

    Raises:
        Invalid: a cursor that no page gave.
    """
    items, after = dynamo.query(
        settings.bookings_table(),
        "task_list = :open",
        index=_INDEX,
        limit=limit,
        start=_start(cursor) if cursor else None,
        open=_OPEN,
    )
    found = tuple(Task(i["pk"], i["sk"], i["task"], clock.parse(i["task_since"])) for i in items)
    return TasksPage(found, cursors.write(" ".join(after[name] for name in _KEY)) if after else None)


def _start(cursor: str) -> Item:
    parts = cursors.read(cursor).split(" ")
    if len(parts) != len(_KEY) or parts[2] != _OPEN:
        raise cursors.unknown()
    return dict(zip(_KEY, parts, strict=True))
