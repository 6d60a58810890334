"""`python -m tests.browser.screens [NAME…]` (`make screens`): draws `docs/screens/`, of one name or of all.

Against a stack of its own, or, with TELECONSULT_TEST_STACK=running, the running one. Exits 0: all were drawn;
1: some could not be reached; 2: nothing could be done.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, Error

from local.demo.patience import Patience
from local.demo.world import World, meet
from local.processes import REPOSITORY
from local.progress import Progress, Trouble, paint
from local.stack import Stack
from tests.browser import harness
from tests.browser.screens import Screen, Stage, registered
from tools.speaking import FAILED, Parser, tell, telling

FOLDER = REPOSITORY / "docs" / "screens"


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    try:
        wanted = list(_wanted(asked.names))
        with ExitStack() as opened:
            browser = opened.enter_context(harness.a_browser())
            with telling("Запуск стенда"):
                stack = opened.enter_context(harness.a_stack())
            return _draw_all(browser, stack, wanted, asked.folder)
    except Trouble as trouble:
        tell(paint(str(trouble), 31, sys.stderr))
    except KeyboardInterrupt:
        tell("\nПрервано")
    return FAILED


def _wanted(names: Sequence[str]) -> Iterator[Screen]:
    known = {each.name: each for each in registered()}
    for name in names or known:
        if name not in known:
            raise Trouble(f"Нет снимка {name}. Есть: {', '.join(known)}")
        yield known[name]


def _draw_all(browser: Browser, stack: Stack, wanted: Sequence[Screen], folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    world, progress, failed = meet(stack, Patience()), Progress(len(wanted)), []
    for screen in wanted:
        try:
            with progress.step(screen.name):
                for size in screen.sizes:
                    _draw(browser, stack, world, screen, size, folder)
        except (Error, AssertionError) as error:  # one page that is not reached leaves the others as they are
            failed.append(screen.name)
            tell(str(error))
    if failed:
        tell(paint(f"Не сняты: {', '.join(failed)}", 31, sys.stderr))
    return 1 if failed else 0


def _draw(browser: Browser, stack: Stack, world: World, screen: Screen, size: str, folder: Path) -> None:
    person = harness.a_person(browser, harness.SIZES[size])
    try:
        stage = Stage(person.new_page(), stack, world, browser)
        screen.reach(stage)
        stage.page.evaluate("document.fonts.ready")
        stage.page.screenshot(
            path=folder / f"{screen.name}-{size}.png", full_page=screen.full, animations="disabled"
        )
    finally:
        person.close()


def _parser() -> Parser:
    parser = Parser(
        prog="python -m tests.browser.screens",
        description="Снять страницы и их состояния в docs/screens/: на стенде, который команда запустит "
        "сама, или, с TELECONSULT_TEST_STACK=running, на запущенном.",
        epilog="Код выхода: 0 — сняты все, 1 — не все, 2 — снять не удалось.",
    )
    parser.add_argument("names", metavar="ИМЯ", nargs="*", help="только эти снимки")
    parser.add_argument(
        "--folder", metavar="ПАПКА", type=Path, default=FOLDER, help="куда, вместо docs/screens/"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
