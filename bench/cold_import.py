"""Cold imports: whole fresh processes, compiled modules on a warm disk, beyond what bare Python takes.

The programs take turns, so what else the machine does hits all of them alike. A process's end is counted
with it, for the floor as well.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.figures import net_medians
from local.processes import REPOSITORY, environment

RUNS = 11

_LAYER = REPOSITORY / "layers" / "common" / "python"
_FUNCTIONS = REPOSITORY / "functions"
_BARE, _FLOOR = "bare", "floor"
_CLIENT_ALONE = "from botocore.session import get_session; get_session().create_client('dynamodb')"


def functions() -> list[str]:
    """The names of all functions."""
    return sorted(handler.parent.name for handler in _FUNCTIONS.glob("*/handler.py"))


def measure(tell: Callable[[str], None]) -> tuple[float, dict[str, float]]:
    """Milliseconds: the floor, a botocore client for DynamoDB alone; and each function's handler module."""
    programs = {_BARE: ("pass", _LAYER), _FLOOR: (_CLIENT_ALONE, _LAYER)}
    programs |= {name: ("import handler", _FUNCTIONS / name) for name in functions()}
    runs: dict[str, list[float]] = {name: [] for name in programs}
    for number in range(RUNS + 1):
        tell(f"импорт с нуля, круг {number} из {RUNS}")
        for name, (program, folder) in programs.items():
            taken = _run(program, folder)
            if number:  # the first run compiles, and warms the disk
                runs[name].append(taken)
    net = net_medians(runs, _BARE)
    return net.pop(_FLOOR), {name: net[name] for name in functions()}


def _run(program: str, folder: Path) -> float:
    command = [sys.executable, "-c", program]
    env = environment(
        PYTHONPATH=f"{folder}:{_LAYER}",
        PYTHONTZPATH="",
        AWS_REGION="eu-central-1",
        AWS_DEFAULT_REGION="eu-central-1",
        AWS_LAMBDA_FUNCTION_NAME=folder.name,  # in Lambda the client is made at import, so it counts
        AWS_EC2_METADATA_DISABLED="true",
        AWS_ACCESS_KEY_ID="bench",
        AWS_SECRET_ACCESS_KEY="bench",
        POWERTOOLS_SERVICE_NAME="teleconsult",
        POWERTOOLS_METRICS_NAMESPACE="Teleconsult",
    )
    started = time.perf_counter()
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - started) * 1000
