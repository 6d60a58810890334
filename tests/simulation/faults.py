"""The border between the handlers and everything outside, and what can go wrong at it.

Every outside call of every handler passes `Border.cross`: a call is carried out, or a fault happens to it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

import urllib3
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from tests.simulation.store import client_error

Perform = Callable[[], Any]


class Crash(BaseException):
    """The process is dead. Not an `Exception`: no handler can bear it."""


@dataclass(slots=True)
class Invocation:
    """One run of a handler. `dead`: it crashed, and nothing of it, no `finally` either, gets outside."""

    handler: str
    number: int
    dead: bool = False
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """The `number`-th outside call of one invocation, from 1."""

    invocation: Invocation
    service: str
    operation: str
    number: int

    @property
    def writes(self) -> bool:
        """Whether it changes anything outside."""
        return not self.operation.startswith(("get", "query", "scan", "batch_get", "describe", "list", "GET"))

    def __str__(self) -> str:
        return f"{self.invocation.handler}: {self.service} {self.operation} #{self.number}"


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to a call instead of its being carried out."""

    name: str
    happen: Callable[[Call, Perform], Any]


class Plan(Protocol):
    """Says what goes wrong, and when others come in between."""

    def fault(self, call: Call) -> Fault | None: ...

    def pause(self, call: Call) -> None:
        """Called before the call is carried out: whatever is done here happens in between."""

    def happened(self, call: Call, fault: Fault | None, error: BaseException | None) -> None:
        """Called once the call is over."""


class Border:
    def __init__(self) -> None:
        self.plan: Plan | None = None
        self._running: list[Invocation] = []

    @property
    def depth(self) -> int:
        """How many invocations run within each other."""
        return len(self._running)

    def enter(self, invocation: Invocation) -> None:
        self._running.append(invocation)

    def leave(self) -> None:
        self._running.pop()

    def cross(self, service: str, operation: str, perform: Perform) -> Any:
        """Carry out an outside call of the invocation that runs, unless something happens to it.

        Outside of all invocations it is the simulation itself that asks, and nothing happens to it.
        """
        if not self._running or self.plan is None:
            return perform()
        invocation = self._running[-1]
        if invocation.dead:
            raise Crash
        invocation.calls += 1
        call = Call(invocation, service, operation, invocation.calls)
        self.plan.pause(call)
        fault = self.plan.fault(call)
        error: BaseException | None = None
        try:
            return fault.happen(call, perform) if fault else perform()
        except BaseException as caught:
            error = caught
            invocation.dead = isinstance(caught, Crash)
            raise
        finally:
            self.plan.happened(call, fault, error)


# ---- crashes ----


def _crash_before(_call: Call, _perform: Perform) -> Any:
    raise Crash


def _crash_after(_call: Call, perform: Perform) -> Any:
    try:
        perform()
    except Exception as refused:
        raise Crash from refused
    raise Crash


CRASH_BEFORE = Fault("crash before", _crash_before)
CRASH_AFTER = Fault("crash after", _crash_after)


# ---- AWS ----


def _sms_is_down(call: Call, _perform: Perform) -> Any:
    raise client_error("sns", call.operation, "InternalErrorException")


SMS_IS_DOWN = Fault("SMS is down", _sms_is_down)


def _conflict(call: Call, _perform: Perform) -> Any:
    """Lost to another transaction: `platform.dynamo` repeats it, botocore does not."""
    if call.operation != "transact_write_items":
        raise client_error("dynamodb", call.operation, "TransactionConflictException")
    answer = {"CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}]}
    raise client_error("dynamodb", call.operation, "TransactionCanceledException", answer)


def _throttled(call: Call, _perform: Perform) -> Any:
    """After all of botocore's own repeats."""
    code = "ProvisionedThroughputExceededException" if call.service == "dynamodb" else "ThrottlingException"
    raise client_error(call.service, call.operation, code)


def _answer_lost(_call: Call, perform: Perform) -> Any:
    """Carried out, and botocore asks once more, with the same token where the operation has one.

    A write under a condition may then be refused by its own effect.
    """
    perform()
    return perform()


def _unreached(_call: Call, _perform: Perform) -> Any:
    raise ConnectTimeoutError(endpoint_url="https://aws.example.org")


def _unanswered(_call: Call, perform: Perform) -> Any:
    """Carried out, and no answer came to any of botocore's repeats."""
    try:
        perform()
    except Exception as refused:
        raise ReadTimeoutError(endpoint_url="https://aws.example.org") from refused
    raise ReadTimeoutError(endpoint_url="https://aws.example.org")


def _stale(call: Call, perform: Perform) -> Any:
    """`DescribeExecution` is eventually consistent: it may show what was before the start, or the end."""
    if perform()["status"] == "RUNNING":
        raise client_error("stepfunctions", call.operation, "ExecutionDoesNotExist")
    return {"status": "RUNNING"}


CONFLICT = Fault("conflict", _conflict)
STALE = Fault("stale", _stale)
THROTTLED = Fault("throttled", _throttled)
ANSWER_LOST = Fault("answer lost", _answer_lost)
UNREACHED = Fault("unreached", _unreached)
UNANSWERED = Fault("unanswered", _unanswered)


# ---- the provider ----


def _times_out(_call: Call, _perform: Perform) -> Any:
    raise urllib3.exceptions.ConnectTimeoutError


def _times_out_after(_call: Call, perform: Perform) -> Any:
    perform()
    raise urllib3.exceptions.HTTPError("read timeout")


def _breaks(_call: Call, _perform: Perform) -> Any:
    return urllib3.HTTPResponse(b"{}", status=500)


def _breaks_after(_call: Call, perform: Perform) -> Any:
    perform()
    return urllib3.HTTPResponse(b"{}", status=500)


PROVIDER_SILENT = Fault("provider silent", _times_out)
PROVIDER_SILENT_AFTER = Fault("provider silent after", _times_out_after)
PROVIDER_BREAKS = Fault("provider breaks", _breaks)
PROVIDER_BREAKS_AFTER = Fault("provider breaks after", _breaks_after)


_AWS = (CRASH_BEFORE, CRASH_AFTER, THROTTLED, UNREACHED)
_OF_PROVIDER = (
    *(CRASH_BEFORE, CRASH_AFTER),
    *(PROVIDER_SILENT, PROVIDER_SILENT_AFTER, PROVIDER_BREAKS, PROVIDER_BREAKS_AFTER),
)


def possible(call: Call) -> Sequence[Fault]:
    """What can happen to a call of its kind."""
    if call.service == "provider":
        return _OF_PROVIDER
    if call.operation == "describe_execution":
        return (*_AWS, STALE, STALE)
    if not call.writes:
        return _AWS
    effects = (*_AWS, CRASH_AFTER, ANSWER_LOST, UNANSWERED)
    return (*effects, CONFLICT, CONFLICT) if call.service == "dynamodb" else effects


def chosen(random: Random, call: Call) -> Fault:
    return random.choice(possible(call))
