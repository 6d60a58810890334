"""The form of a booking by phone: whose it is, what becomes of it on a bad line or beside another section."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from local.demo.world import World
from tests.browser import harness
from tests.browser.at_console import Cases, choose, choose_time, fill_in_adult
from tests.browser.conftest import Member

BOOKINGS = "**/api/internal/bookings"
CLINIC_AHEAD = 5  # hours that Novosibirsk's clock is ahead of Kaliningrad's


@pytest.fixture(scope="module")
def cases(world: World) -> Cases:
    return Cases(world)


@pytest.fixture
def desk(member: Member) -> Page:
    """The form, before anybody has called."""
    return member("operator", "book", size=harness.DESKTOP)


def find(page: Page, phone: str) -> None:
    page.get_by_label("Телефон звонящего").fill(phone)
    page.keyboard.press("Enter")


def fill_in(page: Page, holder: Mapping[str, Any]) -> None:
    """All of it, for a caller whom nobody knows."""
    find(page, holder["phone"])
    expect(page.get_by_label("Мобильный телефон")).to_have_value(holder["phone"])
    choose_time(page)
    fill_in_adult(page, holder)


def send(page: Page) -> None:
    page.get_by_role("button", name="Записать и отправить СМС").click()


def email(page: Page) -> Locator:
    return page.get_by_label("Электронная почта")


def look_elsewhere_and_return(page: Page, section: str) -> None:
    page.get_by_role("link", name="Расписания").click()
    expect(page.get_by_role("heading", level=1, name="Расписания")).to_be_visible()
    page.get_by_role("link", name=section).click()


def test_a_caller_of_another_zone_is_told_the_chosen_time_by_their_own_clock(
    desk: Page, cases: Cases
) -> None:
    known = cases.by_phone(time_zone="Europe/Kaliningrad")
    choose_time(desk)
    find(desk, known.phone)
    told = desk.get_by_role("complementary")
    expect(told).to_contain_text("Калининград")
    hours = re.search(r"(\d\d):\d\d \(Калининград.*?(\d\d):\d\d \(Новосибирск", told.inner_text())
    assert hours
    assert (int(hours[2]) - int(hours[1])) % 24 == CLINIC_AHEAD


def test_the_next_caller_does_not_get_what_was_typed_for_the_one_before(desk: Page, cases: Cases) -> None:
    known, other = cases.by_phone(), cases.new_holder()
    find(desk, known.phone)
    expect(email(desk)).to_have_value(known.holder["email"])
    desk.get_by_label("Комментарии").fill("Болит голова")
    find(desk, other["phone"])
    asked = desk.get_by_role("dialog", name="Начать заново")
    expect(asked).to_be_visible()
    harness.axe(desk)
    asked.get_by_role("button", name="Начать заново").click()
    expect(desk.get_by_text("По этому номеру ещё не записывались")).to_be_visible()
    expect(desk.locator("[name=kind]").first).to_be_focused()
    expect(desk.get_by_label("Мобильный телефон")).to_have_value(other["phone"])
    expect(email(desk)).to_have_value("")
    expect(desk.get_by_label("Комментарии")).to_have_value("")
    find(desk, known.phone)  # nothing was typed, so nothing is asked
    expect(email(desk)).to_have_value(known.holder["email"])


def test_a_booking_made_unheard_is_found_though_the_form_was_changed(
    desk: Page, cases: Cases, watch: harness.Watch
) -> None:
    watch.allow("status of 500")
    fill_in(desk, cases.new_holder())
    desk.route(BOOKINGS, unheard, times=1)
    send(desk)
    expect(desk.get_by_role("alert")).to_contain_text("Попробуйте ещё раз")
    desk.get_by_label("Отчество").fill("Сергеевна")
    send(desk)
    expect(desk.get_by_role("heading", name="Запись создана")).to_be_visible()
    expect(desk.get_by_text("с теми данными, которые были отправлены сначала")).to_be_visible()


def unheard(route: Route) -> None:
    """It is done, and nobody hears of it."""
    route.fetch()
    route.fulfill(status=500, body="")


def test_a_booking_that_is_made_during_a_look_at_another_section_is_shown_on_return(
    desk: Page, cases: Cases
) -> None:
    fill_in(desk, cases.new_holder())
    held: list[Route] = []
    desk.route(BOOKINGS, lambda route: held.append(route))
    send(desk)
    expect(desk.get_by_role("button", name="Подождите")).to_be_visible()
    look_elsewhere_and_return(desk, "Новая запись")
    expect(desk.get_by_role("button", name="Подождите")).to_be_visible()
    held[0].continue_()
    expect(desk.get_by_role("heading", name="Запись создана")).to_be_visible()


def test_a_search_that_is_answered_during_a_look_at_another_section_is_shown_on_return(
    member: Member, cases: Cases
) -> None:
    page, known = member("operator", "search"), cases.by_phone()
    held: list[Route] = []
    page.route(f"{BOOKINGS}/search", lambda route: held.append(route))
    page.get_by_label("Телефон, фамилия или номер договора").fill(known.phone)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Подождите")).to_be_visible()
    look_elsewhere_and_return(page, "Поиск")
    held[0].continue_()
    expect(page.get_by_role("region", name="Найденные записи")).to_contain_text(known.phone)
    expect(page.get_by_role("button", name="Найти")).to_be_visible()


def test_a_doctor_is_asked_for_where_one_is_chosen_and_the_patient_once(desk: Page) -> None:
    choose(desk, "Не знаю")
    choose(desk, "Взрослому")
    expect(desk.get_by_label("Взрослому")).to_be_checked()
    expect(desk.locator("[name='patient.who']")).to_have_count(2)  # two answers to one question
    choose(desk, "По имени врача")
    send(desk)
    desk.locator("#errors").get_by_role("link", name="Найдите врача").click()
    expect(desk.get_by_label("Фамилия или имя врача")).to_be_focused()
