"""A sandbox with a clock of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.at_sandbox import Clock, Sandbox


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(tmp_path: Path, clock: Clock) -> Iterator[Sandbox]:
    opened = Sandbox(tmp_path / "payments.sqlite3", clock)
    yield opened
    opened.shop.close()
