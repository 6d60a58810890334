"""From `make run` on a prepared machine to "ready": with empty state, and again with that of the first."""

import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict

from local.ports import Ports
from local.processes import REPOSITORY

_READY = "Готово"
_COLOUR = re.compile(r"\033\[\d+m")
_ENDS_WITHIN = 60


def measure(tell: Callable[[str], None]) -> dict[str, float]:
    """Seconds; the environments are made before the clock is started."""
    subprocess.run(["make", "env"], cwd=REPOSITORY, check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory(prefix="teleconsult-bench-") as state_dir:
        env = {
            **os.environ,
            "TELECONSULT_STATE_DIR": state_dir,
            **{f"TELECONSULT_PORT_{name.upper()}": str(port) for name, port in asdict(Ports.free()).items()},
        }
        seconds = {}
        for run in ("first", "second"):
            tell(f"make run до готовности: {run}")
            seconds[run] = _run(env)
        return seconds


def _run(env: dict[str, str]) -> float:
    started = time.perf_counter()
    with subprocess.Popen(
        ["make", "run"],
        cwd=REPOSITORY,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            said = []
            for line in process.stdout or ():
                said.append(_COLOUR.sub("", line))
                if said[-1].startswith(_READY):
                    return round(time.perf_counter() - started, 1)
            raise RuntimeError("make run: " + "".join(said))
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(_ENDS_WITHIN)
