"""§5 under crashes, conflicts and lost, late and repeated messages: 2,000 seeds, or SIMULATION_SEEDS."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.simulation import cases, planted, seeds
from tests.simulation.__main__ import told

SEEDS = int(os.environ.get("SIMULATION_SEEDS", "2000"))
_BATCH = 250
_UNTIL_FOUND = 400  # seeds
_ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("first", range(0, SEEDS, _BATCH))
def test_every_invariant_holds_after_every_write_and_no_rare_case_is_missed(first: int) -> None:
    batch = range(first, min(first + _BATCH, SEEDS))
    counted: Counter[str] = Counter()
    for seed in batch:
        ended = seeds.run(seed)
        assert ended.broken is None, told(ended)
        counted += ended.cases
    assert not cases.missing(counted, len(batch))


@pytest.mark.parametrize("bug", planted.PLANTS)
def test_a_planted_bug_is_found(bug: str) -> None:
    with planted.PLANTS[bug]():
        found = next((ended for ended in map(seeds.run, range(_UNTIL_FOUND)) if ended.broken), None)
    assert found, f"{bug} was not found in {_UNTIL_FOUND} seeds"
    assert found.broken
    assert planted.BREAKS[bug] in found.broken, told(found)
    assert seeds.run(found.seed).broken is None  # the bug it was, and nothing else


def test_a_seed_is_the_same_play_in_every_process() -> None:
    """Not even the order of sets, which another process hashes otherwise, decides anything."""

    def played(hash_seed: str) -> str:
        command = [sys.executable, "-m", "tests.simulation", "--seed", "42"]
        path = os.pathsep.join(sys.path)
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": path}
        ran = subprocess.run(command, cwd=_ROOT, env=environment, capture_output=True, text=True, check=True)
        return ran.stdout

    assert played("1") == played("2")
