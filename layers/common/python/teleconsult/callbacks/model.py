"""A request for a doctor's call as its row holds it, without personal data: its `Words` are kept apart."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class CallbackStatus(StrEnum):
    """Where a request is: in the queue, or how it left it."""

    OPEN = "OPEN"
    DONE = "DONE"
    NOT_REACHED = "NOT_REACHED"
    WITHDRAWN = "WITHDRAWN"


class CallbackResult(StrEnum):
    """What became of a request."""

    ANSWERED = "answered"
    NOT_REACHED = "not_reached"
    WITHDRAWN = "withdrawn"

    @property
    def status(self) -> CallbackStatus:
        return {
            CallbackResult.ANSWERED: CallbackStatus.DONE,
            CallbackResult.NOT_REACHED: CallbackStatus.NOT_REACHED,
            CallbackResult.WITHDRAWN: CallbackStatus.WITHDRAWN,
        }[self]


class CallResult(StrEnum):
    """How one attempt to call ended."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REACHED = "reached"


@dataclass(frozen=True, slots=True)
class CallAttempt:
    """One attempt to call the patient's side; `by`: `staff:<id>`."""

    at: datetime
    by: str
    result: CallResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """Times are UTC. `asked_by`: the holder's id, or `staff:<id>`. `answer_by`: when it is due. `not_before`:
    the patient's wish. `version`: grows with every change that somebody makes. `attempts`: by id, the
    earliest first. `raised_at`: when an operator was called because it is overdue.
    """

    callback_id: str
    booking_id: str
    holder_id: str
    status: CallbackStatus
    asked_at: datetime
    asked_by: str
    answer_by: datetime
    not_before: datetime | None = None
    version: int = 1
    assignee: str | None = None
    assigned_at: datetime | None = None
    attempts: Mapping[str, CallAttempt] = field(default_factory=dict)
    closed_at: datetime | None = None
    closed_by: str | None = None
    raised_at: datetime | None = None

    @property
    def open(self) -> bool:
        return self.status is CallbackStatus.OPEN


@dataclass(frozen=True, slots=True)
class Words:
    """What is about somebody's health: the question, and what was noted when it left the queue."""

    question: str
    note: str | None = None
