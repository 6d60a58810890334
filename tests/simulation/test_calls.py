"""Every outside call of every handler fails once before and once after: nothing is lost, nothing is stuck."""

from pathlib import Path

import pytest

from tests.simulation import calls
from tests.simulation.scenarios import SCENARIOS
from tests.simulation.stage import Scenario
from tests.simulation.world import HANDLERS

_FUNCTIONS = Path(__file__).parents[2] / "functions"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_whatever_call_fails_the_end_is_the_same(scenario: Scenario) -> None:
    wrong = [
        calls.told(scenario, position, crossed, failure, fault)
        for position, crossed in calls.to_fail(scenario).items()
        for failure in calls.FAILURES
        if (fault := calls.fail(scenario, position, failure))
    ]
    assert not wrong, "\n".join(wrong)


def test_no_call_in_the_code_is_left_out() -> None:
    assert calls.unreached() == []


def test_every_handler_is_among_them() -> None:
    reached = {each.handler for crossed in calls.recorded().values() for each in crossed}
    assert reached == set(HANDLERS) == {path.parent.name for path in _FUNCTIONS.glob("*/handler.py")}
