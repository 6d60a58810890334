"""Draws the workflow into README.md from the state machine: `python -m tools.flow_picture [--check]`."""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
DEFINITION = ROOT / "statemachines" / "consultation.asl.json"
README = ROOT / "README.md"

_PLACE = re.compile(r"(?<=<!-- flow -->\n).*?(?=<!-- /flow -->)", re.DOTALL)
# Reached from every task; drawn once, in words, so that the flow stays readable.
_LAST_RESORT = frozenset({"NeedsOperator", "Failed"})


def main() -> int:
    parser = argparse.ArgumentParser(description="Draw the workflow into README.md")
    parser.add_argument("--check", action="store_true", help="only tell whether the picture is current")
    check = parser.parse_args().check
    readme = README.read_text()
    current = _PLACE.sub(lambda _: picture(json.loads(DEFINITION.read_text())), readme)
    if current == readme:
        return 0
    if check:
        print("README.md shows another workflow: run python -m tools.flow_picture", file=sys.stderr)
        return 1
    README.write_text(current)
    return 0


def picture(machine: Mapping[str, Any]) -> str:
    """The machine as a Mermaid diagram: waits as hexagons, functions as boxes, choices as diamonds."""
    states = {name: state for name, state in machine["States"].items() if name not in _LAST_RESORT}
    lines = [f"  start([booking]) --> {_id(machine['StartAt'])}"]
    for name, state in states.items():
        lines.append(f"  {_id(name)}{_shape(name, state)}")
        lines += [
            f"  {_id(name)} -->{label} {_id(target)}" for target, label in _next(state) if target in states
        ]
    return "```mermaid\nflowchart TD\n" + "\n".join(lines) + "\n```\n"


def _next(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "Next" in state:
        yield state["Next"], ""
    for choice in state.get("Choices", []):
        said = re.search(r"stands = '(\w+)'", choice["Condition"])
        yield choice["Next"], f"|{said[1].replace('_', ' ')}|" if said else ""
    if "Default" in state:
        yield state["Default"], "|else|"
    for catch in state.get("Catch", []):
        for error in catch["ErrorEquals"]:
            if catch["Next"] != state.get("Next"):
                yield catch["Next"], f"|{error.removeprefix('States.').lower()}|"


def _shape(name: str, state: Mapping[str, Any]) -> str:
    if state["Type"] == "Choice":
        return f'{{"{name}"}}'
    if state["Type"] in ("Succeed", "Fail"):
        return f'(["{name}"])'
    return f'{{{{"{name} ⏸"}}}}' if state["Resource"].endswith("waitForTaskToken") else f'["{name} λ"]'


def _id(name: str) -> str:
    return name.replace("?", "Choice")


if __name__ == "__main__":
    sys.exit(main())
