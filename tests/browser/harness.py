"""A person's browser: the system's Chromium, driven by Playwright, and a watch over what it must never do."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from local import stack as local_stack
from local.progress import Trouble
from local.stack import Stack
from tools import chromium

PHONE = (360, 740)  # CSS pixels: the narrowest that the pages are made for
DESKTOP = (1280, 800)
SIZES = {"phone": PHONE, "desktop": DESKTOP}

AXE = Path(__file__).parent / "axe" / "axe.min.js"
_GRAVE = ("serious", "critical")

# Root in a sandbox of its own may not open Chromium's; nothing but the pages goes over the network.
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
)
# Chromium says so of every answer of 4xx. The API's are words to the user, which the pages show.
_API_REFUSED = re.compile(r"Failed to load resource: .* a status of 4\d\d .* at \S+/api/")


@contextmanager
def a_stack() -> Iterator[Stack]:
    """A stack of one's own; with `TELECONSULT_TEST_STACK=running` the one that runs already, which is faster.

    Raises:
        Trouble: none runs.
    """
    if os.environ.get("TELECONSULT_TEST_STACK") != "running":
        with local_stack.temporary(quiet=True) as own:
            yield own
        return
    running = local_stack.attached()
    if running is None:
        raise Trouble("Стенд не запущен: make run, или уберите TELECONSULT_TEST_STACK")
    yield running


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Chromium without a window.

    Raises:
        Trouble: there is none on this machine.
    """
    path = chromium.find()
    if path is None:
        raise Trouble("Нет Chromium: python -m tools.chromium поставит его, где это можно")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        yield browser
        browser.close()


def a_person(
    browser: Browser, size: tuple[int, int], time_zone: str = "Europe/Moscow", **more: Any
) -> BrowserContext:
    """A browser of somebody's own: nothing kept, in Russian, in this zone. A narrow one is a telephone's.

    `more`: options of Playwright's `new_context`.
    """
    width, height = size
    narrow = width < 600
    return browser.new_context(
        locale="ru-RU",
        timezone_id=time_zone,
        viewport={"width": width, "height": height},
        has_touch=narrow,
        is_mobile=narrow,
        reduced_motion="reduce",
        **more,
    )


def leave(person: BrowserContext) -> None:
    """Close somebody's browser. What answers a request of a page just then is not to fail the next test."""
    for page in person.pages:
        page.unroute_all(behavior="ignoreErrors")
    person.close()


@dataclass
class Watch:
    """What no page may do, wherever it happens: write an error to the console, fail, break the policy, ask
    another host. `origins`: where requests may go.
    """

    origins: frozenset[str]
    _noted: list[str] = field(default_factory=list)
    _allowed: list[str] = field(default_factory=list)

    def over(self, person: BrowserContext) -> None:
        """Watch all pages of this browser."""
        person.on("console", self._console)
        person.on("weberror", lambda error: self._noted.append(f"page error: {error.error}"))
        person.on("request", self._request)

    def allow(self, pattern: str) -> None:
        """This test means it: a regular expression, found in the trouble's text."""
        self._allowed.append(pattern)

    @property
    def troubles(self) -> list[str]:
        """What was noted and not allowed, in order."""
        return [each for each in self._noted if not any(re.search(one, each) for one in self._allowed)]

    def _console(self, message: ConsoleMessage) -> None:
        text = f"console: {message.text} at {message.location.get('url', '')}"
        if message.type == "error" and not _API_REFUSED.search(text):
            self._noted.append(text)

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and f"{parts.scheme}://{parts.netloc}" not in self.origins:
            self._noted.append(f"request to another host: {parts.scheme}://{parts.netloc}")


def watch_of(stack: Stack) -> Watch:
    """The pages' own origin, that of the documents' bucket (the engine's here), the payment sandbox."""
    return Watch(frozenset({stack.web_url, stack.engine_url, stack.sandbox_url}))


def axe(page: Page, *, within: str | None = None) -> list[dict[str, Any]]:
    """Every finding of axe-core on the page as it is now, or within one element of it (a CSS selector).

    Raises:
        AssertionError: some are serious or critical; says which, and where.
    """
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate("place => axe.run(place || document)", within)["violations"]
    grave = [each for each in found if each["impact"] in _GRAVE]
    assert not grave, "\n".join(map(_finding, grave))
    return found


def _finding(violation: dict[str, Any]) -> str:
    places = "; ".join(" ".join(map(str, node["target"])) for node in violation["nodes"])
    return f"{violation['impact']}: {violation['id']}: {violation['help']} ({places})"


def first_load(browser: Browser, url: str, size: tuple[int, int] = PHONE, **more: Any) -> dict[str, int]:
    """What a first visit to this address costs: bytes over the line, headers included, for each path asked
    from the pages' origin, until nothing more is asked. `more`: as in `a_person`.
    """
    person = a_person(browser, size, **more)
    try:
        page = person.new_page()
        line = person.new_cdp_session(page)
        line.send("Network.enable")
        asked: dict[str, str] = {}
        loaded: dict[str, int] = {}

        def finished(event: dict[str, Any]) -> None:
            path = asked[event["requestId"]]
            loaded[path] = loaded.get(path, 0) + int(event["encodedDataLength"])

        line.on("Network.requestWillBeSent", lambda e: asked.update({e["requestId"]: e["request"]["url"]}))
        line.on("Network.loadingFinished", finished)
        page.goto(url, wait_until="networkidle")
        return {urlsplit(each).path: size for each, size in loaded.items() if not each.startswith("data:")}
    finally:
        person.close()


def slow(page: Page, *, kilobits: int = 400, latency_ms: int = 400) -> None:
    """The line becomes a slow one, as of a telephone far from its mast; both ways alike."""
    rate = kilobits * 1000 / 8
    conditions = {
        "offline": False,
        "latency": latency_ms,
        "downloadThroughput": rate,
        "uploadThroughput": rate,
    }
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", conditions)
