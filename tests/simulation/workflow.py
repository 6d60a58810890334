"""Step Functions in virtual time: the real state machine, interpreted over the real handlers.

What the interpreter does not know it refuses when the definition is read, not when a seed gets there.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Protocol

import jsonata  # type: ignore[import-untyped]
from botocore.exceptions import ClientError

from tests.simulation.faults import Border, Crash
from tests.simulation.store import Store, client_error

_DEFINITION = Path(__file__).parents[2] / "statemachines" / "consultation.asl.json"
_LAMBDA = "lambda:invoke"
_UPDATE = "aws-sdk:dynamodb:updateItem"
_KNOWN = {
    "Task": {
        *("Type", "Comment", "Resource", "Arguments", "TimeoutSeconds", "Retry", "Catch"),
        *("Assign", "Output", "Next", "End"),
    },
    "Choice": {"Type", "Comment", "Choices", "Assign", "Default"},
    "Succeed": {"Type", "Comment"},
    "Fail": {"Type", "Comment", "Error", "Cause"},
}

ARN = "arn:aws:states:eu-central-1:123456789012:stateMachine:consultation"

State = dict[str, Any]


class World(Protocol):
    """What the workflow runs in."""

    now: datetime
    random: Random
    border: Border
    store: Store

    def after(self, seconds: float, what: str, act: Callable[[], None]) -> None: ...

    def lag(self) -> float: ...

    def run(self, handler: str, event: Mapping[str, Any]) -> Any:
        """What the handler answers.

        Raises:
            Crash: it died.
            Exception: whatever it raised.
        """


class Failed(Exception):
    """A task failed with an error that has a name."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass(slots=True)
class Execution:
    name: str
    input: dict[str, Any]
    status: str = "RUNNING"
    error: str | None = None
    stopped_at: datetime | None = None
    state: str = ""
    state_input: Any = None
    variables: dict[str, Any] = field(default_factory=dict)
    token: str | None = None
    entered: int = 0  # how many times a state was entered: what was planned for an earlier one is void
    retries: dict[int, int] = field(default_factory=dict)

    @property
    def running(self) -> bool:
        return self.status == "RUNNING"


class Machine:
    """The state machine's executions. Events of theirs come in through the world's clock."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._states = definition()
        self._tokens = 0
        self.executions: dict[str, Execution] = {}

    # ---- what others ask of it ----

    def start(self, name: str, text: str) -> None:
        """Raises ClientError: another execution had this name."""
        known = self.executions.get(name)
        if known:
            if known.running and known.input == json.loads(text):
                return
            raise client_error("stepfunctions", "StartExecution", "ExecutionAlreadyExists")
        execution = self.executions[name] = Execution(name, json.loads(text))
        execution.state_input = execution.input
        self._enter(execution, definition()["StartAt"], execution.input)

    def succeed(self, token: str) -> None:
        """Raises ClientError: nobody waits under this token."""
        for execution in self.executions.values():
            if execution.running and execution.token == token:
                execution.token = None
                self._after_result(execution, {})
                return
        code = self._world.random.choice(("TaskTimedOut", "InvalidToken"))
        raise client_error("stepfunctions", "SendTaskSuccess", code)

    def abort(self, name: str) -> None:
        """An operator, or an outage, stops it."""
        execution = self.executions[name]
        if execution.running:
            self._end(execution, "ABORTED")

    def waits(self, booking_id: str, state: str) -> bool:
        """Whether an execution of the booking waits for a token in this state."""
        return any(
            each.token and each.state == state and each.name.startswith(f"{booking_id}-")
            for each in self.executions.values()
        )

    def describe(self, name: str) -> dict[str, Any]:
        execution = self.executions.get(name)
        if execution is None:
            raise client_error("stepfunctions", "DescribeExecution", "ExecutionDoesNotExist")
        return self._shown(execution)

    def listed(self, status: str) -> list[dict[str, Any]]:
        found = [each for each in self.executions.values() if each.status == status]
        return [self._shown(each) for each in reversed(found)]

    @staticmethod
    def _shown(execution: Execution) -> dict[str, Any]:
        shown = {
            "name": execution.name,
            "status": execution.status,
            "stopDate": execution.stopped_at,
            "error": execution.error,
        }
        return {name: value for name, value in shown.items() if value is not None}

    # ---- its own steps ----

    def _enter(self, execution: Execution, state: str, given: Any) -> None:
        execution.state, execution.state_input = state, given
        execution.entered += 1
        execution.retries = {}
        self._plan(execution, self._world.lag())

    def _plan(self, execution: Execution, seconds: float) -> None:
        entered = execution.entered

        def step() -> None:
            if execution.running and execution.entered == entered:
                self._step(execution)

        self._world.after(seconds, f"{execution.name} {execution.state}", step)

    def _step(self, execution: Execution) -> None:
        state = self._states["States"][execution.state]
        match state["Type"]:
            case "Task":
                self._task(execution, state)
            case "Choice":
                self._choose(execution, state)
            case "Succeed":
                self._end(execution, "SUCCEEDED")
            case "Fail":
                self._end(execution, "FAILED", state["Error"])

    def _task(self, execution: Execution, state: State) -> None:
        entered = execution.entered
        try:
            if state["Resource"].endswith(_LAMBDA):
                result = self._invoke(execution, state)
            elif state["Resource"].endswith(_UPDATE):
                result = self._update(execution, state)
            else:
                self._park(execution, state)
                return
        except Failed as failed:
            if execution.running and execution.entered == entered:
                self._fail(execution, state, failed.error)
            return
        if execution.running and execution.entered == entered:  # it may have been stopped meanwhile
            self._after_result(execution, result)

    def _invoke(self, execution: Execution, state: State) -> Any:
        arguments = self._evaluate(execution, state["Arguments"])
        try:
            return {"Payload": self._world.run(arguments["FunctionName"], arguments["Payload"])}
        except Crash:
            raise Failed(self._world.random.choice(("Lambda.Unknown", "Sandbox.Timedout"))) from None
        except Exception as error:
            raise Failed(type(error).__name__) from error

    def _update(self, execution: Execution, state: State, **context: Any) -> Any:
        """Step Functions' own call: it does not crash, and may be refused."""
        request = self._evaluate(execution, state["Arguments"], **context)
        if self._world.border.plan and self._world.random.random() < 0.01:
            raise Failed("DynamoDb.ThrottlingException")
        try:
            return self._world.store.perform("update_item", request)
        except ClientError as error:
            raise Failed(f"DynamoDb.{error.response['Error']['Code']}") from error

    def _park(self, execution: Execution, state: State) -> None:
        self._tokens += 1
        token = f"token-{self._tokens:04d}"
        execution.token = token  # in force before it is handed out
        try:
            self._update(execution, state, Task={"Token": token})
        except Failed:
            execution.token = None
            raise
        seconds = self._evaluate(execution, state["TimeoutSeconds"])

        def time_out() -> None:
            if execution.running and execution.token == token:
                execution.token = None
                self._fail(execution, state, "States.Timeout")

        if execution.token == token:
            self._world.after(
                seconds + self._world.lag(), f"{execution.name} {execution.state} ends", time_out
            )

    def _choose(self, execution: Execution, state: State) -> None:
        for rule in [*state["Choices"], {"Next": state["Default"], "Assign": state.get("Assign", {})}]:
            if "Condition" not in rule or self._evaluate(execution, rule["Condition"]):
                self._assign(execution, rule.get("Assign", {}))
                self._enter(execution, rule["Next"], execution.state_input)
                return

    def _after_result(self, execution: Execution, result: Any) -> None:
        state = self._states["States"][execution.state]
        output = self._evaluate(execution, state.get("Output", "{% $states.result %}"), result=result)
        self._assign(execution, state.get("Assign", {}), result=result)
        if state.get("End"):
            self._end(execution, "SUCCEEDED")
        else:
            self._enter(execution, state["Next"], output)

    def _fail(self, execution: Execution, state: State, error: str) -> None:
        for number, retry in enumerate(state.get("Retry", ())):
            done = execution.retries.get(number, 0)
            if _matches(retry, error) and done < retry["MaxAttempts"]:
                execution.retries[number] = done + 1
                pause = min(retry["IntervalSeconds"] * retry["BackoffRate"] ** done, retry["MaxDelaySeconds"])
                self._plan(execution, self._world.random.uniform(0, pause))
                return
        for catch in state.get("Catch", ()):
            if _matches(catch, error):
                self._assign(execution, catch.get("Assign", {}), errorOutput={"Error": error})
                self._enter(execution, catch["Next"], catch["Output"])
                return
        self._end(execution, "FAILED", error)

    def _assign(self, execution: Execution, values: State, **states: Any) -> None:
        execution.variables |= self._evaluate(execution, values, **states)

    def _end(self, execution: Execution, status: str, error: str | None = None) -> None:
        execution.status, execution.error, execution.token = status, error, None
        execution.stopped_at = self._world.now

    def _evaluate(self, execution: Execution, template: Any, **states: Any) -> Any:
        """A template with its JSONata replaced by values; `states` are members of `$states`."""
        context = {
            "Execution": {"Input": execution.input},
            "State": {"Name": execution.state},
            "Task": states.pop("Task", None),
        }
        known = {"input": execution.state_input, "context": context, **states}
        millis = int(self._world.now.timestamp() * 1000)
        bindings = {
            **execution.variables,
            "states": known,
            "millis": jsonata.Jsonata.JLambda(lambda: millis),
        }
        return _filled(template, bindings)


@cache
def definition() -> State:
    """The state machine as the template deploys it, checked for anything that is not known here."""
    read: State = json.loads(_DEFINITION.read_text(encoding="utf-8"))
    if read["QueryLanguage"] != "JSONata":
        raise NotImplementedError(read["QueryLanguage"])
    for name, state in read["States"].items():
        if strange := state.keys() - _KNOWN[state["Type"]]:
            raise NotImplementedError(f"{name}: {sorted(strange)}")
        if state["Type"] == "Task":
            _check_task(name, state)
    return read


def _check_task(name: str, state: State) -> None:
    kind = state["Resource"].partition(":states:::")[2]
    if kind not in (_LAMBDA, _UPDATE, f"{_UPDATE}.waitForTaskToken"):
        raise NotImplementedError(f"{name}: {kind}")
    if kind == _LAMBDA and "TimeoutSeconds" not in state:
        raise NotImplementedError(f"{name}: a wait without an end")


def _matches(rule: State, error: str) -> bool:
    errors = rule["ErrorEquals"]
    return error in errors or "States.ALL" in errors


def _filled(template: Any, bindings: Mapping[str, Any]) -> Any:
    if isinstance(template, dict):
        return {name: _filled(each, bindings) for name, each in template.items()}
    if isinstance(template, list):
        return [_filled(each, bindings) for each in template]
    if not isinstance(template, str):
        return template
    if template.startswith("{%"):
        return _expression(template[2:-2].strip()).evaluate(None, bindings)
    if template.startswith("${"):
        return _substituted(template[2:-1])
    return template


@cache
def _substituted(name: str) -> str:
    """The template's substitutions: a function by its handler's package, a table by its name in tests."""
    if name == "BookingsTable":
        return "bookings"
    words = name.removesuffix("Arn")
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in words).lstrip("_")


@cache
def _expression(text: str) -> Any:
    return jsonata.Jsonata(text)


def pages(listed: list[dict[str, Any]], size: int = 100) -> Iterator[dict[str, Any]]:
    for first in range(0, max(len(listed), 1), size):
        yield {"executions": listed[first : first + size]}
