"""The doctor's day, the catalogue, schedules and figures."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from local.demo.world import moment
from tests.browser.at_console import DOCTOR, Cases, sign_in
from tests.browser.screens import Stage, screen
from tests.e2e.test_sweeps import sweep


@screen("console-day")
def day_of_a_doctor(stage: Stage) -> None:
    begins = moment(Cases(stage.world).paid().slot["start"])
    day = begins.astimezone(ZoneInfo("Asia/Novosibirsk")).date()
    sign_in(stage.page, stage.stack, "doctor", f"/console/day/{day}", DOCTOR)
    expect(stage.page.get_by_role("article").first).to_be_visible()


@screen("console-catalogue")
def doctors_of_the_catalogue(stage: Stage) -> None:
    sign_in(stage.page, stage.stack, "admin", "/console/catalogue")
    expect(stage.page.get_by_role("table")).to_be_visible()


@screen("console-catalogue-check", full=False)
def what_a_draft_changes(stage: Stage) -> None:
    sign_in(stage.page, stage.stack, "admin", "/console/catalogue/doctors/0")
    stage.page.get_by_label("Цена, ₽").first.fill("2650")
    stage.page.get_by_role("button", name="Проверить и сохранить").click()
    expect(stage.page.get_by_role("dialog")).to_be_visible()


@screen("console-schedule")
def hours_of_a_doctor(stage: Stage) -> None:
    sign_in(stage.page, stage.stack, "admin", f"/console/schedules/{DOCTOR}")
    expect(stage.page.get_by_role("region", name="Свободное время")).to_contain_text(":")
    expect(stage.page.get_by_role("group", name="Часы 1")).to_be_visible()


@screen("console-figures")
def figures_of_the_clinic(stage: Stage) -> None:
    Cases(stage.world).paid()
    sweep(stage.stack, "figures", datetime.now(UTC))
    sign_in(stage.page, stage.stack, "admin", "/console/figures")
    expect(stage.page.get_by_role("img").first).to_be_visible()
