"""Every outside call of every handler: found in the code, made by the scenarios, failed before and after.

`python -m tests.simulation.calls` prints the table.
"""

import ast
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from teleconsult.payments.yookassa import Provider
from tests.simulation import faults
from tests.simulation.faults import Fault
from tests.simulation.invariants import Broken
from tests.simulation.scenarios import SCENARIOS
from tests.simulation.stage import Crossed, Place, Scenario, play

_ROOT = Path(__file__).parents[2]
_PACKAGE = _ROOT / "layers" / "common" / "python" / "teleconsult"
FAILURES: tuple[Fault, ...] = (faults.CRASH_BEFORE, faults.CRASH_AFTER)

# How our code reaches outside, by the name that a module calls it by. `aws.client(…).x` is found by itself.
_REACHES: Mapping[str, frozenset[str]] = {
    "dynamo": frozenset(
        {
            "write",
            "updated",
            "transact",
            "transact_as_read",
            "get",
            "batch_get",
            "query",
            "query_all",
            "scan_all",
        }
    ),
    "ledger": frozenset({"post"}),
    "workflow": frozenset({"start", "wake", "restart_if_lost", "latest_run"}),
    "provider": frozenset(name for name in vars(Provider) if not name.startswith("_")),
}
_LAZY = frozenset(
    {"query_all", "scan_all", "get_paginator", "refunds_of"}
)  # read where the result is used: anywhere in the function
_SIGNS_ONLY = ("generate_presigned_post", "generate_presigned_url")  # nothing is asked
_CARRIERS = frozenset({"platform/dynamo.py", "platform/aws.py"})  # they carry the others' calls


@dataclass(frozen=True, slots=True)
class Site:
    """A call that reaches outside: its place in the code, and the lines that belong to it."""

    file: str
    function: str
    call: str
    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.file}:{self.first} {self.function}: {self.call}"

    def holds(self, place: Place) -> bool:
        return place.file == self.file and self.first <= place.line <= self.last


def sites() -> list[Site]:
    """All such calls in our code."""
    found: list[Site] = []
    for path in sorted([*_PACKAGE.rglob("*.py"), *(_ROOT / "functions").rglob("*.py")]):
        if str(path.relative_to(_ROOT)).removeprefix("layers/common/python/teleconsult/") in _CARRIERS:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found += _sites_in(tree, str(path.relative_to(_ROOT)), "", (1, 1))
    return found


def _used() -> set[tuple[str, str]]:
    """Module and name of whatever some code of ours uses: what nothing uses no handler can reach."""
    used: set[tuple[str, str]] = set()
    for path in [*_PACKAGE.rglob("*.py"), *(_ROOT / "functions").rglob("*.py")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        modules: dict[str, str] = {}
        for node in ast.walk(tree):
            match node:
                case ast.ImportFrom(module=str(module), names=names):
                    modules |= {each.asname or each.name: f"{module}.{each.name}" for each in names}
                    used |= {(module, each.name) for each in names}
        for node in ast.walk(tree):
            match node:
                case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in modules:
                    used.add((modules[name], attribute))
                case ast.Name(id=name):
                    used.add((_module(str(path.relative_to(_ROOT))), name))
    return used


def _module(file: str) -> str:
    return file.removeprefix("layers/common/python/").removesuffix(".py").replace("/", ".")


def _sites_in(node: ast.AST, file: str, function: str, lines: tuple[int, int]) -> Iterator[Site]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            yield from _sites_in(child, file, child.name, (child.lineno, child.end_lineno or child.lineno))
            continue
        if isinstance(child, ast.Call) and (reached := _reached(child)):
            first, last = child.lineno, child.end_lineno or child.lineno
            lazy = reached.rpartition(".")[2] in _LAZY
            yield Site(file, function, reached, *(lines if lazy else (first, last)))
        yield from _sites_in(child, file, function, lines)


def _reached(call: ast.Call) -> str | None:
    """What a call reaches outside, if it does."""
    function = call.func
    if not isinstance(function, ast.Attribute):
        return None
    match function.value:
        case ast.Name(id=name) if function.attr in _REACHES.get(name, ()):
            return f"{name}.{function.attr}"
        case ast.Call(func=ast.Name(id=name)) if function.attr in _REACHES.get(name, ()):
            return f"{name}().{function.attr}"
        case ast.Call(func=ast.Attribute(value=ast.Name(id="aws"), attr="client")):
            return None if function.attr in _SIGNS_ONLY else ast.unparse(function)
    return None


@cache
def recorded() -> Mapping[str, tuple[Crossed, ...]]:
    """What each scenario makes outside, when nothing fails."""
    return {scenario.__name__: tuple(play(scenario).crossed) for scenario in SCENARIOS}


@cache
def unfailed_end(scenario: Scenario) -> object:
    return play(scenario).others["end"]


def to_fail(scenario: Scenario) -> Mapping[int, Crossed]:
    """The calls of a scenario that are its own to fail, by position: each way to each call is failed once."""
    seen: set[Crossed] = set()
    for name, crossed in recorded().items():
        mine = {}
        for position, each in enumerate(crossed):
            if each not in seen:
                seen.add(each)
                mine[position] = each
        if name == scenario.__name__:
            return mine
    raise KeyError(scenario.__name__)


def fail(scenario: Scenario, position: int, failure: Fault) -> str | None:
    """Play a scenario with one call failing; what is wrong in the end, if anything."""
    try:
        stage = play(scenario, position, failure)
    except (Broken, AssertionError) as wrong:
        return f"{type(wrong).__name__}: {wrong}"
    if not stage.failed:
        return "it did not fail"
    end = stage.others["end"]
    return None if end == unfailed_end(scenario) else f"{end} instead of {unfailed_end(scenario)}"


def unreached() -> list[str]:
    """The calls in our code that no scenario makes, of functions that anything uses."""
    places = {place for crossed in recorded().values() for each in crossed for place in each.way}
    used = _used()
    return [
        str(site)
        for site in sites()
        if not any(map(site.holds, places))
        and (site.function.startswith("_") or (_module(site.file), site.function) in used)
    ]


def table() -> tuple[list[str], list[str]]:
    """Per handler how many calls there are and how many were failed; and what went wrong."""
    calls: Counter[str] = Counter()
    failed: Counter[tuple[str, str]] = Counter()
    wrong = []
    for scenario in SCENARIOS:
        for position, each in to_fail(scenario).items():
            calls[each.handler] += 1
            for failure in FAILURES:
                fault = fail(scenario, position, failure)
                failed[each.handler, failure.name] += fault is None
                if fault:
                    wrong.append(told(scenario, position, each, failure, fault))
    lines = [f"{'handler':<26}{'calls':>7}" + "".join(f"{failure.name:>14}" for failure in FAILURES)]
    lines += [
        f"{handler:<26}{calls[handler]:>7}"
        + "".join(f"{failed[handler, failure.name]:>14}" for failure in FAILURES)
        for handler in sorted(calls)
    ]
    return lines, wrong


def told(scenario: Scenario, position: int, crossed: Crossed, failure: Fault, fault: str) -> str:
    way = " < ".join(f"{place.file.rpartition('teleconsult/')[2]}:{place.line}" for place in crossed.way)
    return (
        f"{scenario.__name__} #{position}: {failure.name} at {crossed.handler}: "
        f"{crossed.service} {crossed.operation} ({way}): {fault}"
    )


def main() -> int:
    """Exit code 1 where a failed call changes the end, or a call is never made."""
    lines, wrong = table()
    print("\n".join(lines))
    found = sites()
    missing = unreached()
    print(f"{len(found) - len(missing)} of {len(found)} places in the code were reached")
    for each in [*(f"never made: {name}" for name in missing), *wrong]:
        print(each, file=sys.stderr)
    return 1 if missing or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
