"""The pictures of `docs/screens/`: each page and state by its name, and how one comes there.

A module of this folder registers its own by `@screen`; `python -m tests.browser.screens` (`make screens`)
draws them.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Page

from local.demo.world import World
from local.stack import Stack
from tests.browser import harness


@dataclass(frozen=True, slots=True)
class Stage:
    """What a screen is reached with: a page of the right size, the stack, and everybody's way to it."""

    page: Page
    stack: Stack
    world: World
    browser: Browser

    def open(self, path: str) -> None:
        """A page of the site by its path, until nothing more is asked."""
        self.page.goto(self.stack.web_url + path, wait_until="networkidle")


@dataclass(frozen=True, slots=True)
class Screen:
    """`reach` drives the stage's page to what is drawn; `sizes` by name, the file is `<name>-<size>.png`."""

    name: str
    reach: Callable[[Stage], None]
    sizes: tuple[str, ...] = field(default=("phone", "desktop"))
    full: bool = True  # the whole page, not what fits on the screen


_SCREENS: dict[str, Screen] = {}


def screen(
    name: str, *, sizes: tuple[str, ...] = ("phone", "desktop"), full: bool = True
) -> Callable[[Callable[[Stage], None]], Callable[[Stage], None]]:
    """Registers a function that drives the page there.

    Raises:
        ValueError: the name is another screen's, or a size is unknown.
    """
    if name in _SCREENS:
        raise ValueError(f"there is a screen {name!r} already")
    if unknown := set(sizes) - harness.SIZES.keys():
        raise ValueError(f"no such size: {unknown}")

    def register(reach: Callable[[Stage], None]) -> Callable[[Stage], None]:
        _SCREENS[name] = Screen(name, reach, sizes, full)
        return reach

    return register


def registered() -> tuple[Screen, ...]:
    """All screens of all modules of this folder, in the order of the modules' names, then as written."""
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_"):
            importlib.import_module(f"{__name__}.{module.name}")
    return tuple(_SCREENS.values())
