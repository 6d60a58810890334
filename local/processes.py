"""Programs that the stack starts, each in a session of its own: Ctrl-C does not end them out of order."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from local.progress import Trouble

REPOSITORY = Path(__file__).resolve().parent.parent
_START_SECONDS = 30
_STOP_SECONDS = 30


def environment(**more: str) -> dict[str, str]:
    """What a child sees: nothing of the developer's own AWS account, whatever is set up there."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    return kept | {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull} | more


@contextmanager
def running(
    module: str, arguments: Sequence[str], *, log: Path, health: str, env: Mapping[str, str] | None = None
) -> Iterator[None]:
    """`python -m module`, from the moment `health` answers until the block ends; its words go to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "local.child", module, *arguments],
            cwd=REPOSITORY,
            env=dict(env or environment()),
            stdin=subprocess.PIPE,  # held open: it ends with us
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _await_health(process, module, health, log)
        yield
    finally:
        _stop(process)


def _await_health(process: subprocess.Popen[bytes], module: str, health: str, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(health, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise Trouble(f"{module} не запускается, подробности в {log}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    with suppress(ProcessLookupError):  # the processes that it started, which lead no session of their own
        os.killpg(process.pid, signal.SIGKILL)
