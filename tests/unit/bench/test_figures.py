"""What is made of what was measured."""

from pathlib import Path
from typing import Any

import pytest

from bench import cold_import
from bench.__main__ import flat
from bench.capacity import Tally, Units
from bench.figures import median, net_medians, percentile
from bench.stories import count
from local.processes import REPOSITORY


def test_a_median_and_a_percentile() -> None:
    values = [float(n) for n in range(1, 21)]
    assert median(values) == 10.5
    assert percentile(values, 95) == 19.0
    assert percentile([7.0], 95) == 7.0


def test_times_are_net_of_what_nothing_takes() -> None:
    runs = {"bare": [10.0, 12.0, 90.0], "floor": [200.0, 212.0, 215.0]}
    assert net_medians(runs, "bare") == {"bare": 0.0, "floor": 200.0}


def test_figures_are_shown_by_their_whole_name() -> None:
    assert flat({"a": {"b": 1, "c": {"d": 2}}, "e": 3}) == [("a.b", 1), ("a.c.d", 2), ("e", 3)]


def test_every_function_is_measured() -> None:
    folders = {
        folder.name for folder in (REPOSITORY / "functions").iterdir() if (folder / "handler.py").exists()
    }
    assert set(cold_import.functions()) == folders


def entered(kind: str) -> dict[str, Any]:
    return {"type": f"{kind}StateEntered"}


def invoked(resource: str) -> dict[str, Any]:
    return {"type": "TaskScheduled", "taskScheduledEventDetails": {"resourceType": resource}}


def test_states_and_lambdas_are_counted_from_the_history() -> None:
    history = [
        {"type": "ExecutionStarted"},
        entered("Task"),
        invoked("lambda"),
        entered("Choice"),
        entered("Task"),
        invoked("aws-sdk:dynamodb"),
        entered("Succeed"),
        {"type": "ExecutionSucceeded"},
    ]
    assert count(history) == (4, 1)


@pytest.fixture
def tally(tmp_path: Path) -> Tally:
    file = tmp_path / "capacity.jsonl"
    file.write_text('{"index": null, "read": 1.0, "write": 0}\n')
    return Tally(file)


def test_only_what_came_since_is_counted(tally: Tally, tmp_path: Path) -> None:
    position = tally.position()
    with (tmp_path / "capacity.jsonl").open("a") as lines:
        lines.write('{"index": "due", "read": 0.5, "write": 0}\n{"index": null, "read": 0, "write": 6.0}\n')
        lines.write('{"index": null, "re')
    assert tally.since(position) == Units(read=0.5, write=6.0)
    assert tally.since(position, without_index="due") == Units(read=0, write=6.0)


def test_a_tally_that_was_not_begun_is_empty(tmp_path: Path) -> None:
    assert Tally(tmp_path / "none.jsonl").position() == 0
