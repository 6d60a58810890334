"""Who sees which sections, and that each is usable: axe, 360 pixels, the weight of the first load."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from local.demo.world import World
from local.stack import Stack
from tests.browser import harness
from tests.browser.at_console import DOCTOR, SECTIONS, Case, Cases, part_of_address, sign_in
from tests.browser.conftest import Visitor

LARGEST_FIRST_LOAD = 60 * 1024  # bytes over the line
OPERATORS = ("today", "search", "book", "tasks", "callbacks", "account")
ONLY_OPERATORS = ("today", "search", "book", "tasks", "holders/h-aaaaaaaaaaaaaaaaaaaaaaaaaa")


@pytest.fixture(scope="module")
def case(world: World) -> Case:
    return Cases(world).paid()


def menu(page: Page) -> list[str]:
    links = page.get_by_role("navigation", name=SECTIONS).get_by_role("link")
    return links.all_inner_texts()


def test_an_operator_starts_at_today(desktop: Page, stack: Stack) -> None:
    sign_in(desktop, stack, "operator")
    expect(desktop.get_by_role("heading", name="Сегодня, ")).to_be_visible()
    expect(desktop.get_by_role("link", name="Оператор")).to_contain_text("оператор")


def test_a_doctor_sees_no_operators_sections(desktop: Page, stack: Stack) -> None:
    sign_in(desktop, stack, "doctor", "/console/callbacks", DOCTOR)
    assert menu(desktop) == ["Мой день", "Звонки"]


@pytest.mark.parametrize("section", ONLY_OPERATORS)
def test_an_address_typed_by_hand_says_that_a_section_is_not_the_doctors(
    desktop: Page, stack: Stack, section: str
) -> None:
    sign_in(desktop, stack, "doctor", f"/console/{section}", DOCTOR)
    expect(desktop.get_by_role("heading", name="Раздел не для вашей роли")).to_be_visible()
    harness.axe(desktop)


def test_an_address_that_leads_nowhere_says_so(desktop: Page, stack: Stack) -> None:
    sign_in(desktop, stack, "operator", "/console/net-takogo")
    expect(desktop.get_by_role("heading", name="Такой страницы нет")).to_be_visible()


def test_another_doctors_booking_does_not_exist_for_a_doctor(desktop: Page, stack: Stack, case: Case) -> None:
    sign_in(desktop, stack, "doctor", case.address, "d-gromov")
    expect(desktop.get_by_role("alert")).to_contain_text("Запись не найдена")


def test_a_doctor_sees_their_own_booking_without_what_is_the_operators(
    desktop: Page, stack: Stack, case: Case
) -> None:
    sign_in(desktop, stack, "doctor", case.address, DOCTOR)
    expect(desktop.get_by_role("heading", name="Документы")).to_be_visible()
    for operators in ("Уведомления", "Журнал действий"):
        expect(desktop.get_by_role("heading", name=operators)).to_have_count(0)
    expect(desktop.get_by_role("button", name="Отменить запись")).to_have_count(0)


def test_a_change_of_section_moves_the_focus_and_the_title(desktop: Page, stack: Stack) -> None:
    sign_in(desktop, stack, "operator")
    desktop.get_by_role("link", name="Задачи").click()
    expect(desktop.get_by_role("heading", name="Задачи")).to_be_focused()
    expect(desktop).to_have_title("Задачи – консоль клиники")
    desktop.go_back()
    expect(desktop.get_by_role("heading", name="Сегодня, ")).to_be_focused()


def test_the_search_is_one_shortcut_away(desktop: Page, stack: Stack) -> None:
    sign_in(desktop, stack, "operator", "/console/tasks")
    desktop.keyboard.press("Control+k")
    expect(desktop.get_by_label("Телефон, фамилия или номер договора")).to_be_focused()
    assert part_of_address(desktop) == "/console/search"


@pytest.mark.parametrize("size", harness.SIZES)
def test_every_section_is_accessible_and_fits(visitor: Visitor, stack: Stack, case: Case, size: str) -> None:
    page = visitor(harness.SIZES[size])
    sign_in(page, stack, "operator")
    for path in (*OPERATORS, case.address.removeprefix("/console/")):
        page.goto(f"{stack.web_url}/console/{path}", wait_until="networkidle")
        expect(page.locator(".loading")).to_have_count(0)
        harness.axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= harness.SIZES[size][0], path


def test_the_first_load_is_light(browser: Browser, stack: Stack) -> None:
    loaded = harness.first_load(browser, f"{stack.web_url}/console/")
    assert sum(loaded.values()) <= LARGEST_FIRST_LOAD, loaded


def test_the_first_load_is_light_for_an_operator_who_is_signed_in_too(desktop: Page, stack: Stack) -> None:
    sign_in(desktop, stack, "operator")
    line = desktop.context.new_cdp_session(desktop)
    files, loaded = set[str](), list[int]()

    def asked(event: dict[str, Any]) -> None:
        if "/api/" not in event["request"]["url"]:  # how much there is to tell is another matter
            files.add(event["requestId"])

    def finished(event: dict[str, Any]) -> None:
        if event["requestId"] in files:
            loaded.append(int(event["encodedDataLength"]))

    line.on("Network.requestWillBeSent", asked)
    line.on("Network.loadingFinished", finished)
    line.send("Network.enable")
    line.send("Network.clearBrowserCache")
    desktop.reload(wait_until="networkidle")
    expect(desktop.get_by_role("heading", name="Сегодня, ")).to_be_visible()
    assert 0 < sum(loaded) <= LARGEST_FIRST_LOAD


def test_today_says_that_it_could_not_be_loaded_and_loads_again(
    desktop: Page, stack: Stack, watch: harness.Watch
) -> None:
    watch.allow("a status of 500")
    desktop.route("**/api/internal/days/*", lambda route: route.fulfill(status=500, body=""))
    sign_in(desktop, stack, "operator")
    trouble = desktop.get_by_role("region", name="Записи дня").get_by_role("alert")
    expect(trouble).to_be_visible(timeout=15_000)
    desktop.unroute("**/api/internal/days/*")
    trouble.get_by_role("button", name="Попробовать ещё раз").click()
    expect(trouble).to_have_count(0)


def test_an_answer_to_what_was_asked_before_does_not_replace_the_newer_one(
    desktop: Page, stack: Stack
) -> None:
    """A reading that was under way while something was done does not know of it."""
    desktop.goto(f"{stack.web_url}/console/")
    shown = desktop.evaluate(
        """async () => {
          const { Part } = await import("/console/part.js");
          const answers = [];
          const part = new Part({ draw() {} }, () => new Promise((done) => answers.push(done)));
          const loads = [part.load(), part.load()];
          answers[1]("newer");
          answers[0]("older");
          await Promise.all(loads);
          return part.value;
        }"""
    )
    assert shown == "newer"
