"""The pages as people meet them: a browser, a whole stack behind it, and a watch over both."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from local.demo.patience import Patience
from local.demo.world import World, meet
from local.stack import Stack
from tests.browser import at_console, harness

Visitor = Callable[..., Page]
Member = Callable[..., Page]


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    with harness.a_stack() as running:
        yield running


@pytest.fixture(scope="session")
def world(stack: Stack) -> World:
    """The stack as people come to it: the staff signed in, the catalogue read."""
    return meet(stack, Patience())


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with harness.a_browser() as opened:
        yield opened


@pytest.fixture
def watch(stack: Stack) -> Iterator[harness.Watch]:
    """Fails the test on whatever no page may do; `watch.allow(…)` says what this test does on purpose."""
    watched = harness.watch_of(stack)
    yield watched
    assert watched.troubles == []


@pytest.fixture
def visitor(browser: Browser, watch: harness.Watch) -> Iterator[Visitor]:
    """`visitor(size, time_zone=…)`: a page in a browser of somebody's own; each call is another person."""
    with ExitStack() as leaving:

        def visit(size: tuple[int, int] = harness.PHONE, **more: Any) -> Page:
            person = harness.a_person(browser, size, **more)
            leaving.callback(_leaves, person)
            watch.over(person)
            return person.new_page()

        yield visit


def _leaves(person: BrowserContext) -> None:
    """What is answered by a test at this moment needs no answer any more."""
    for page in person.pages:
        page.unroute_all(behavior="ignoreErrors")
    person.close()


@pytest.fixture
def member(stack: Stack, visitor: Visitor) -> Member:
    """`member(role, section, doctor=…, size=…)`: somebody of the staff, signed in at a section."""

    def come(
        role: str, section: str, *, doctor: str = "", size: tuple[int, int] = harness.PHONE, **more: Any
    ) -> Page:
        page = visitor(size, **more)
        at_console.sign_in(page, stack, role, f"/console/{section}", doctor)
        return page

    return come


@pytest.fixture
def phone(visitor: Visitor) -> Page:
    """A page on a telephone of 360×740."""
    return visitor(harness.PHONE)


@pytest.fixture
def desktop(visitor: Visitor) -> Page:
    return visitor(harness.DESKTOP)
