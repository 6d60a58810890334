"""The README's commands, so that they are run as they stand there."""

import os
import re
import subprocess
from pathlib import Path

_README = Path(__file__).parents[1] / "README.md"


def commands(heading: str) -> str:
    """The first block of commands under a heading."""
    section = _README.read_text(encoding="utf-8").partition(f"### {heading}\n")[2].partition("\n#")[0]
    found = re.search(r"^```(?:sh|bash|shell|console)\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    assert found, heading
    return found[1]


def run(commands: str, folder: Path, **variables: str) -> str:
    """What such commands print, run in a folder with the variables that they speak of; the first fault ends
    them, and the test."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
