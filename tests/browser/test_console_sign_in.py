"""The staff's door: password, first sign-in, second factor, and the ways out."""

import re

from playwright.sync_api import Page, expect

from local.stack import Stack
from tests.browser import harness
from tests.browser.at_console import (
    FIRST_PASSWORD,
    SECTIONS,
    give_password,
    new_operator,
    one_time_code,
    sign_in,
)
from tests.browser.conftest import Visitor


def inside(page: Page) -> None:
    expect(page.get_by_role("navigation", name=SECTIONS)).to_be_visible()


def outside(page: Page) -> None:
    expect(page.get_by_role("heading", name="Вход для сотрудников")).to_be_visible()


def test_a_wrong_password_is_told_at_its_field_and_what_was_typed_stays(desktop: Page, stack: Stack) -> None:
    email = new_operator(stack)
    desktop.goto(f"{stack.web_url}/console/")
    give_password(desktop, email, "Sovsem-ne-tot-2026")
    field = desktop.get_by_label("Пароль", exact=True)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile("Неверный адрес или пароль"))
    expect(desktop.locator("#errors")).to_be_focused()
    expect(desktop.get_by_label("Электронная почта")).to_have_value(email)
    harness.axe(desktop)


def test_who_signs_in_for_the_first_time_chooses_a_password(desktop: Page, stack: Stack) -> None:
    email = new_operator(stack, first_time=True)
    desktop.goto(f"{stack.web_url}/console/")
    give_password(desktop, email, FIRST_PASSWORD)
    new = desktop.get_by_label("Новый пароль")
    harness.axe(desktop)
    new.fill("коротко")
    desktop.get_by_role("button", name="Сохранить и войти").click()
    expect(new).to_have_attribute("aria-invalid", "true")
    new.fill("Svoj-parol-2026")
    desktop.get_by_role("button", name="Сохранить и войти").click()
    inside(desktop)
    expect(desktop.get_by_role("link", name="Новый оператор")).to_be_visible()


def test_the_second_factor_is_switched_on_and_asked_for_at_the_next_sign_in(
    desktop: Page, stack: Stack
) -> None:
    email = new_operator(stack)
    desktop.goto(f"{stack.web_url}/console/account")
    give_password(desktop, email)
    desktop.get_by_role("button", name="Подключить приложение").click()
    secret = desktop.locator("code").inner_text()
    expect(desktop.get_by_role("link", name="otpauth://")).to_be_visible()
    harness.axe(desktop)
    code = desktop.get_by_label("Код из приложения")
    code.fill("12")
    desktop.get_by_role("button", name="Подтвердить").click()
    expect(code).to_have_attribute("aria-invalid", "true")
    code.fill(one_time_code(secret))
    desktop.get_by_role("button", name="Подтвердить").click()
    expect(desktop.get_by_text("Второй фактор подключён")).to_be_visible()
    expect(desktop.get_by_role("heading", name="Второй фактор")).to_be_focused()

    desktop.get_by_role("button", name="Выйти", exact=True).click()
    outside(desktop)
    give_password(desktop, email)
    answer = desktop.get_by_label("Код из 6 цифр")
    harness.axe(desktop)
    answer.fill("000000")
    desktop.get_by_role("button", name="Войти").click()
    expect(answer).to_have_attribute("aria-invalid", "true")
    answer.fill(one_time_code(secret))
    desktop.get_by_role("button", name="Войти").click()
    inside(desktop)


def test_a_reload_keeps_the_session_and_the_address(desktop: Page, stack: Stack) -> None:
    sign_in(desktop, stack, "operator", "/console/tasks")
    desktop.reload()
    inside(desktop)
    expect(desktop.get_by_role("heading", name="Задачи")).to_be_visible()


def test_who_signs_out_is_out_after_a_reload_too(desktop: Page, stack: Stack) -> None:
    sign_in(desktop, stack, "operator")
    desktop.get_by_role("button", name="Выйти", exact=True).click()
    outside(desktop)
    desktop.reload()
    outside(desktop)


def test_signing_out_everywhere_ends_the_other_session_too(visitor: Visitor, stack: Stack) -> None:
    email, here, there = new_operator(stack), visitor(harness.DESKTOP), visitor(harness.PHONE)
    for page in (here, there):
        page.goto(f"{stack.web_url}/console/account")
        give_password(page, email)
        inside(page)
    here.get_by_role("button", name="Выйти везде").click()
    harness.axe(here)
    here.get_by_role("dialog").get_by_role("button", name="Выйти везде").click()
    outside(here)
    there.reload()
    outside(there)


def test_nothing_of_a_session_stays_where_a_script_can_read_it(desktop: Page, stack: Stack) -> None:
    sign_in(desktop, stack, "operator")
    kept = desktop.evaluate("[document.cookie, localStorage.length, sessionStorage.length]")
    assert kept == ["", 0, 0]


def test_a_colleague_who_signs_in_in_another_tab_is_whom_this_one_works_for(
    desktop: Page, stack: Stack
) -> None:
    email = new_operator(stack)
    sign_in(desktop, stack, "admin")
    name = desktop.locator("#top .who")
    expect(name).not_to_contain_text("Новый оператор")
    other = desktop.context.new_page()
    other.route("**/api/staff/refresh", lambda route: route.fulfill(status=401, json={}))
    other.goto(f"{stack.web_url}/console/search")
    give_password(other, email)
    inside(other)
    expect(name).to_contain_text("Новый оператор")
