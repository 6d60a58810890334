"""One stack for all tests of this tier: deployed from the real template, IAM enforced, state of its own."""

from collections.abc import Iterator

import pytest

from local.demo.patience import Patience
from local.demo.world import World, meet
from local.stack import Stack, temporary


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    with temporary(quiet=True) as running:
        yield running


@pytest.fixture(scope="session")
def world(stack: Stack) -> World:
    """The stack as people come to it: the staff signed in, the catalogue read."""
    return meet(stack, Patience())
