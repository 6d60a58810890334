"""The README says only what is true: its commands, run as they stand there."""

import os
import re
import subprocess
from pathlib import Path

from local.stack import Stack

ROOT = Path(__file__).parents[2]


def test_the_readmes_commands_book_pay_and_show_the_message(stack: Stack) -> None:
    (commands,) = re.findall(
        r"^```sh\n(.*?)^```$", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE
    )
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=ROOT,
        env={**os.environ, "API": stack.api_url, "INBOX": stack.inbox_url},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert '"status": "SCHEDULED"' in done.stdout
    assert "Консультация" in done.stdout
