"""What the staff see at their door, and what operators work with."""

from zoneinfo import ZoneInfo

from playwright.sync_api import Page

from local.demo.world import moment
from tests.browser.at_console import Cases, sign_in
from tests.browser.screens import Stage, screen


def _open(stage: Stage, path: str) -> Page:
    sign_in(stage.page, stage.stack, "operator", path)
    stage.page.wait_for_load_state("networkidle")
    return stage.page


@screen("console-sign-in")
def door(stage: Stage) -> None:
    stage.open("/console/")


@screen("console-today")
def today(stage: Stage) -> None:
    case = Cases(stage.world).paid()
    zone = ZoneInfo(stage.world.site.catalogue()["time_zone"])
    _open(stage, f"/console/today/{moment(case.slot['start']).astimezone(zone):%Y-%m-%d}")


@screen("console-search")
def search(stage: Stage) -> None:
    case = Cases(stage.world).paid()
    page = _open(stage, "/console/search")
    page.get_by_label("Телефон, фамилия или номер договора").fill(case.phone)
    page.keyboard.press("Enter")
    page.get_by_role("link", name=case.phone).wait_for()


@screen("console-book")
def book(stage: Stage) -> None:
    _open(stage, "/console/book")
    stage.page.get_by_role("radio", name="Терапевт от").check(force=True)
    stage.page.locator("[name='slot.start']").first.wait_for(state="attached")


@screen("console-booking")
def booking(stage: Stage) -> None:
    _open(stage, Cases(stage.world).paid().address)


@screen("console-move", full=False)
def move(stage: Stage) -> None:
    page = _open(stage, Cases(stage.world).paid().address)
    page.get_by_role("button", name="Перенести").click()
    page.locator("[name='slot.start']").first.wait_for(state="attached")


@screen("console-tasks")
def tasks(stage: Stage) -> None:
    _open(stage, "/console/tasks")


@screen("console-callbacks")
def callbacks(stage: Stage) -> None:
    page = _open(stage, Cases(stage.world).paid().address)
    page.get_by_role("button", name="Попросить звонок врача").click()
    page.get_by_label("О чём спросить врача").fill("Можно ли заменить лекарство?")
    page.get_by_label("Почему").fill("Позвонила пациентка")
    page.get_by_role("button", name="Создать заявку").click()
    page.locator(".callbacks").wait_for()
    page.goto(f"{stage.stack.web_url}/console/callbacks", wait_until="networkidle")


@screen("console-account")
def account(stage: Stage) -> None:
    _open(stage, "/console/account")
