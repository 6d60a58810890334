"""The README's commands, so that they are run as they stand there."""

import re
from pathlib import Path

_README = Path(__file__).parents[1] / "README.md"


def commands(heading: str) -> str:
    """The first block of commands under a heading."""
    section = _README.read_text(encoding="utf-8").partition(f"### {heading}\n")[2].partition("\n#")[0]
    found = re.search(r"^```(?:sh|bash|shell|console)\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    assert found, heading
    return found[1]
