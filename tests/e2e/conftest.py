"""One stack for all tests of this tier: deployed from the real template, IAM enforced, state of its own."""

import os
from collections.abc import Iterator
from pathlib import Path

import playwright
import pytest

from local.demo.patience import Patience
from local.demo.world import World, meet
from local.stack import Stack, temporary

_NODE = Path(playwright.__file__).parent / "driver"  # the engine runs the distribution's functions by it


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{_NODE}")
        with temporary(quiet=True) as running:
            yield running


@pytest.fixture(scope="session")
def world(stack: Stack) -> World:
    """The stack as people come to it: the staff signed in, the catalogue read."""
    return meet(stack, Patience())
