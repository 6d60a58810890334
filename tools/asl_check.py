"""Checks the state machines: `python -m tools.asl_check` prints what is wrong and exits 1.

Every task is bounded in time, repeats what is transient and catches the rest; every transition leads
somewhere, every state is reached and comes to an end; every substitution is given by the template.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
TEMPLATE = ROOT / "infra" / "template.yaml"

_ENDS = frozenset({"Succeed", "Fail"})
_KNOWN = _ENDS | {"Task", "Choice"}
_JSONPATH_FIELDS = frozenset({"InputPath", "OutputPath", "Parameters", "ResultPath", "ResultSelector"})
_RETRY_FIELDS = frozenset(
    {"ErrorEquals", "IntervalSeconds", "BackoffRate", "MaxAttempts", "MaxDelaySeconds", "JitterStrategy"}
)
_MOST_ATTEMPTS = 10
_LONGEST_TIMEOUT = 99_999_999  # seconds: the most that Step Functions takes
_EXPRESSION = re.compile(r"^\{%.*%\}$", re.DOTALL)
_SUBSTITUTION = re.compile(r"\$\{(\w+)\}")

State = Mapping[str, Any]


def main() -> int:
    template = _load_template(TEMPLATE)
    findings = [
        f"{file.name}: {finding}"
        for file, substitutions in _state_machines(template, TEMPLATE.parent)
        for finding in findings_of(file.read_text(), substitutions)
    ]
    for finding in findings:
        print(finding)
    return 1 if findings else 0


def findings_of(text: str, substitutions: frozenset[str]) -> list[str]:
    """Everything that is wrong with a definition whose template gives these substitutions."""
    machine = json.loads(text)
    states: dict[str, State] = machine["States"]
    findings = [*_substitution_findings(text, substitutions)]
    if machine.get("QueryLanguage") != "JSONata":
        findings.append("QueryLanguage is not JSONata")
    for name, state in states.items():
        findings += [f"{name}: {finding}" for finding in _state_findings(state)]
    return findings + list(_flow_findings(machine["StartAt"], states))


def _substitution_findings(text: str, given: frozenset[str]) -> Iterator[str]:
    used = frozenset(_SUBSTITUTION.findall(text))
    yield from (f"the template does not give ${{{name}}}" for name in sorted(used - given))
    yield from (f"${{{name}}} is given by the template and never used" for name in sorted(given - used))


def _state_findings(state: State) -> Iterator[str]:
    if state["Type"] not in _KNOWN:
        yield f"the check does not know the type {state['Type']}"
    for field in sorted(_JSONPATH_FIELDS & state.keys()):
        yield f"{field} belongs to JSONPath"
    if state["Type"] == "Task":
        yield from _task_findings(state)
    if state["Type"] == "Choice" and "Default" not in state:
        yield "no Default"


def _task_findings(task: State) -> Iterator[str]:
    resource = task.get("Resource", "")
    if not resource.startswith("arn:${Partition}:"):
        yield "Resource names a partition of its own"
    if not _bounded(task.get("TimeoutSeconds")):
        yield "no TimeoutSeconds that is a number, or an expression in {% %}, from 1 to 99999999"
    yield from _retry_findings(task.get("Retry", []), waits=resource.endswith(".waitForTaskToken"))
    yield from _catch_findings(task.get("Catch", []))


def _bounded(timeout: Any) -> bool:
    if isinstance(timeout, str):
        # A substitution is text, which Step Functions refuses here; a deadline in the past must give 1.
        return bool(_EXPRESSION.match(timeout)) and "$max([1," in timeout
    return isinstance(timeout, int) and 1 <= timeout <= _LONGEST_TIMEOUT


def _retry_findings(retriers: list[State], *, waits: bool) -> Iterator[str]:
    if not retriers:
        yield "no Retry"
    for retrier in retriers:
        missing = _RETRY_FIELDS - retrier.keys()
        if missing:
            yield f"a Retry without {', '.join(sorted(missing))}"
            continue
        if not 0 < retrier["MaxAttempts"] <= _MOST_ATTEMPTS:
            yield f"a Retry with MaxAttempts {retrier['MaxAttempts']}"
        if retrier["JitterStrategy"] != "FULL":
            yield "a Retry without full jitter"
        if waits and not {"States.Timeout", "States.ALL"}.isdisjoint(retrier["ErrorEquals"]):
            yield "a Retry that waits anew after its timeout"


def _catch_findings(catchers: list[State]) -> Iterator[str]:
    if not catchers or catchers[-1]["ErrorEquals"] != ["States.ALL"]:
        yield "no Catch of States.ALL at the end"


def _flow_findings(start: str, states: Mapping[str, State]) -> Iterator[str]:
    for name, state in states.items():
        for target in _targets(state):
            if target not in states:
                yield f"{name}: leads to {target}, which is not there"
        if state["Type"] not in _ENDS and not state.get("End") and not any(_targets(state)):
            yield f"{name}: leads nowhere"
    if start not in states:
        yield f"StartAt is {start}, which is not there"
    reached = _closure({start}, {name: set(_targets(state)) for name, state in states.items()})
    yield from (f"{name}: never reached" for name in states if name not in reached)
    yield from (f"{name}: never comes to an end" for name in states if name not in _ending(states))


def _targets(state: State) -> Iterator[str]:
    places = [state, *state.get("Catch", []), *state.get("Choices", [])]
    yield from (place["Next"] for place in places if "Next" in place)
    if "Default" in state:
        yield state["Default"]


def _ending(states: Mapping[str, State]) -> set[str]:
    """The states from which an end can be reached."""
    backwards: dict[str, set[str]] = {}
    for name, state in states.items():
        for target in _targets(state):
            backwards.setdefault(target, set()).add(name)
    ends = {name for name, state in states.items() if state["Type"] in _ENDS or state.get("End")}
    return _closure(ends, backwards)


def _closure(start: set[str], edges: Mapping[str, set[str]]) -> set[str]:
    reached, fresh = set(start), set(start)
    while fresh:
        fresh = {target for name in fresh for target in edges.get(name, set())} - reached
        reached |= fresh
    return reached


def _state_machines(template: Mapping[str, Any], folder: Path) -> Iterator[tuple[Path, frozenset[str]]]:
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::StateMachine":
            properties = resource["Properties"]
            substitutions = frozenset(properties.get("DefinitionSubstitutions", {}))
            yield (folder / properties["DefinitionUri"]).resolve(), substitutions


class _TemplateLoader(yaml.SafeLoader):
    """YAML with CloudFormation's tags, whose meaning plays no part here."""


_TemplateLoader.add_multi_constructor("!", lambda loader, tag, node: tag)


def _load_template(file: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(file.read_text(), Loader=_TemplateLoader)
    return loaded


if __name__ == "__main__":
    sys.exit(main())
