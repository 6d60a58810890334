"""Into the cabinet and out of it: the code, the link of the SMS, reloads, signing out."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from local.demo.world import World
from local.stack import Stack
from tests.browser import harness
from tests.browser.at_cabinet import Patient, a_patient, asks_for_code, enters, heading, sound
from tests.browser.conftest import Visitor


@pytest.fixture
def patient(world: World, stack: Stack) -> Iterator[Patient]:
    with a_patient(world, stack) as patient:
        yield patient


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_the_code_of_the_sms_opens_the_cabinet_and_a_reload_keeps_it_open(
    phone: Page, stack: Stack, patient: Patient
) -> None:
    asks_for_code(phone, stack, patient.phone)
    field = phone.get_by_label("Код", exact=True)
    assert (field.get_attribute("autocomplete"), field.get_attribute("inputmode")) == (
        "one-time-code",
        "numeric",
    )
    expect(phone.get_by_text("Код действует ещё")).to_be_visible()
    sound(phone)
    enters(phone, patient.code())
    heading(phone, "Мои записи")
    sound(phone)
    phone.reload()
    heading(phone, "Мои записи")
    kept = phone.evaluate("[localStorage.length, Object.keys(sessionStorage), document.cookie]")
    assert kept == [0, ["holder"], ""]  # whose it is, so that nobody else finds what they typed


def test_whoever_leaves_for_the_sms_finds_the_code_still_asked_for(
    phone: Page, stack: Stack, patient: Patient
) -> None:
    asks_for_code(phone, stack, patient.phone)
    phone.reload()
    expect(phone.get_by_text("Код действует ещё")).to_be_visible()
    enters(phone, patient.code())
    heading(phone, "Мои записи")
    assert phone.evaluate("Object.keys(sessionStorage)") == ["holder"]


def test_a_code_pasted_with_what_stood_around_it_counts(phone: Page, stack: Stack, patient: Patient) -> None:
    asks_for_code(phone, stack, patient.phone)
    code = patient.code()
    enters(phone, f" {code[:3]}-{code[3:]} ")
    heading(phone, "Мои записи")


def test_a_wrong_code_says_at_its_field_how_many_tries_are_left_and_the_fifth_ends_it(
    phone: Page, stack: Stack, patient: Patient
) -> None:
    asks_for_code(phone, stack, patient.phone)
    code = patient.code()
    field = phone.get_by_label("Код", exact=True)
    for left in (4, 3, 2, 1):
        enters(phone, wrong(code))
        expect(field).to_have_accessible_description(re.compile(f"Осталось попыток: {left}"))
    sound(phone)
    enters(phone, wrong(code))
    expect(field).to_have_accessible_description(re.compile("Запросите новый"))
    enters(phone, code)
    expect(field).to_have_accessible_description(re.compile("больше не действует"))
    expect(field).to_be_focused()


def test_another_code_can_be_asked_for_when_the_pause_is_over_and_until_then_it_is_counted_down(
    phone: Page, stack: Stack, patient: Patient
) -> None:
    asks_for_code(phone, stack, patient.phone)
    again = phone.get_by_role("button", name="Отправить код ещё раз")
    again.click()
    expect(phone.get_by_text("Новый код можно запросить через")).to_be_visible()
    expect(again).to_be_disabled()
    sound(phone)
    phone.get_by_role("button", name="Указать другой номер").click()
    phone.get_by_label("Мобильный телефон").fill(patient.another().phone)
    expect(phone.get_by_role("button", name="Получить код")).to_be_enabled()


def test_a_code_whose_sending_was_not_answered_can_be_typed_once_it_is_asked_for_again(
    phone: Page, watch: harness.Watch, stack: Stack, patient: Patient
) -> None:
    watch.allow("net::ERR_FAILED")
    phone.goto(f"{stack.web_url}/cabinet/")
    phone.route("**/api/sign-in/codes", lambda route: (route.fetch(), route.abort()))
    phone.get_by_label("Мобильный телефон").fill(patient.phone)
    phone.get_by_role("button", name="Получить код").click()
    expect(phone.get_by_role("alert")).to_contain_text("Нет связи")
    phone.unroute("**/api/sign-in/codes")
    phone.get_by_role("button", name="Получить код").click()
    expect(phone.get_by_text("Код уже отправлен")).to_be_visible()
    expect(phone.get_by_text("Новый код можно запросить через")).to_be_visible()
    expect(phone.get_by_label("Код", exact=True)).to_be_focused()
    sound(phone)
    enters(phone, patient.code())
    heading(phone, "Мои записи")


def test_an_expired_code_has_to_be_asked_for_anew(phone: Page, stack: Stack, patient: Patient) -> None:
    phone.clock.install()
    asks_for_code(phone, stack, patient.phone)
    phone.clock.fast_forward("10:01")
    expect(phone.get_by_text("Срок кода истёк")).to_be_visible()
    expect(phone.get_by_role("button", name="Войти")).to_be_disabled()
    expect(phone.get_by_role("button", name="Отправить код ещё раз")).to_be_enabled()
    sound(phone)


def test_a_number_that_nobody_has_booked_with_is_answered_with_the_same_words(
    visitor: Visitor, stack: Stack, patient: Patient
) -> None:
    patient.books_on_site()

    def answer(number: str) -> str:
        page = visitor()
        asks_for_code(page, stack, number)
        return re.sub(r"\d+:\d\d", "…", page.locator("main").inner_text()).replace(number, "…")

    assert answer(patient.phone) == answer(patient.another().phone)


def test_a_number_that_is_none_is_refused_at_its_field(phone: Page, stack: Stack) -> None:
    phone.goto(f"{stack.web_url}/cabinet/")
    field = phone.get_by_label("Мобильный телефон")
    field.fill("12")
    phone.get_by_role("button", name="Получить код").click()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    expect(field).to_have_value("12")
    sound(phone)


def test_the_link_of_the_sms_opens_its_booking_and_leaves_no_token_in_the_address(
    phone: Page, patient: Patient
) -> None:
    made = patient.is_booked_by_operator()
    link = patient.link(made)
    phone.goto(link)
    heading(phone, "Онлайн-консультация")
    expect(phone.get_by_text("Ждёт ваших согласий")).to_be_visible()
    assert phone.url == link.partition("#")[0]
    assert link.partition("#")[2] not in str(
        phone.evaluate("JSON.stringify([history.state, history.length])")
    )


def test_a_link_opened_where_the_cabinet_stands_signs_in_without_a_load(
    phone: Page, stack: Stack, patient: Patient
) -> None:
    made = patient.is_booked_by_operator()
    link = patient.link(made)
    phone.goto(f"{stack.web_url}/cabinet/bookings/{made.booking_id}")
    heading(phone, "Вход в личный кабинет")
    phone.evaluate("address => { location.hash = address }", link.partition("#")[2])
    heading(phone, "Онлайн-консультация")
    assert "#" not in phone.url


def test_a_link_that_could_not_be_sent_for_want_of_a_connection_is_sent_again(
    phone: Page, watch: harness.Watch, patient: Patient
) -> None:
    watch.allow("net::ERR_FAILED")
    link = patient.link(patient.is_booked_by_operator())
    phone.route("**/api/sign-in/sessions", lambda route: route.abort())
    phone.goto(link)
    expect(phone.get_by_role("alert")).to_contain_text("Нет связи")
    phone.unroute("**/api/sign-in/sessions")
    phone.get_by_role("button", name="Попробовать ещё раз").click()
    heading(phone, "Онлайн-консультация")


def test_a_link_that_opens_no_more_asks_for_the_code_and_then_shows_the_same_booking(
    phone: Page, patient: Patient
) -> None:
    made = patient.is_booked_by_operator()
    link = patient.link(made)
    phone.goto(link[:-1] + ("a" if link[-1] != "a" else "b"))
    expect(phone.get_by_text("Ссылка больше не действует")).to_be_visible()
    sound(phone)
    phone.get_by_label("Мобильный телефон").fill(patient.phone)
    phone.get_by_role("button", name="Получить код").click()
    expect(phone.get_by_label("Код", exact=True)).to_be_visible()
    enters(phone, patient.code())
    heading(phone, "Онлайн-консультация")
    assert phone.url.endswith(f"/bookings/{made.booking_id}")


@pytest.fixture
def elsewhere(visitor: Visitor, patient: Patient) -> Page:
    """Another browser of theirs, in which they have signed in by the link of an SMS."""
    page = visitor()
    page.goto(patient.link(patient.is_booked_by_operator()))
    heading(page, "Онлайн-консультация")
    return page


def test_signing_out_ends_this_browser_alone(
    phone: Page, elsewhere: Page, watch: harness.Watch, patient: Patient
) -> None:
    patient.comes(phone)
    watch.allow("status of 500")
    phone.route("**/api/sign-in/sign-out", lambda route: route.fulfill(status=500, json={}))
    phone.get_by_role("button", name="Выйти").click()
    phone.get_by_role("alert").wait_for()
    phone.get_by_role("link", name="Счёт", exact=True).click()
    heading(phone, "Лицевой счёт")
    expect(phone.get_by_role("alert")).to_have_count(0)
    phone.unroute("**/api/sign-in/sign-out")
    phone.get_by_role("button", name="Выйти").click()
    heading(phone, "Вход в личный кабинет")
    phone.reload()
    heading(phone, "Вход в личный кабинет")
    elsewhere.reload()
    heading(elsewhere, "Онлайн-консультация")


def test_signing_out_everywhere_is_confirmed_and_ends_the_other_browser_too(
    phone: Page, elsewhere: Page, patient: Patient
) -> None:
    patient.comes(phone, "people")
    heading(phone, "Мои данные")
    phone.get_by_role("button", name="Выйти на всех устройствах").click()
    sound(phone)
    phone.get_by_role("button", name="Нет, вернуться").click()
    heading(phone, "Мои данные")
    phone.get_by_role("button", name="Выйти на всех устройствах").click()
    phone.route("**/api/sign-in/sign-out", lambda route: route.fulfill(status=401, json={}))
    phone.get_by_role("button", name="Выйти везде").click()
    expect(phone.get_by_text("Прошло много времени, войдите снова")).to_be_visible()
    phone.unroute("**/api/sign-in/sign-out")
    patient.comes_back(phone)
    phone.get_by_role("button", name="Выйти везде").click()
    heading(phone, "Вход в личный кабинет")
    elsewhere.reload()
    heading(elsewhere, "Вход в личный кабинет")


def test_who_is_signed_out_already_signs_in_before_the_other_browsers_are_signed_out(
    phone: Page, patient: Patient
) -> None:
    patient.comes(phone, "people")
    heading(phone, "Мои данные")
    phone.context.clear_cookies()
    phone.get_by_role("button", name="Выйти на всех устройствах").click()
    phone.get_by_role("button", name="Выйти везде").click()
    heading(phone, "Вход в личный кабинет")
    expect(phone.get_by_text("Введённое на странице сохранено")).to_be_visible()


def test_signing_out_in_one_tab_takes_the_cabinet_off_the_other(visitor: Visitor, patient: Patient) -> None:
    one = patient.comes(visitor())
    other = one.context.new_page()
    patient.comes(other)
    heading(other, "Мои записи")
    one.get_by_role("button", name="Выйти").click()
    heading(other, "Вход в личный кабинет")
    expect(other.get_by_role("heading", name="Мои записи")).to_have_count(0)


def test_somebody_else_who_signs_in_in_another_tab_takes_the_cabinet_off_this_one(
    phone: Page, patient: Patient
) -> None:
    another = patient.another()
    link = another.link(another.is_booked_by_operator())
    patient.comes(phone, "people")
    heading(phone, "Мои данные")
    phone.evaluate("sessionStorage.setItem('draft', '{}')")
    other = phone.context.new_page()
    other.goto(link)
    heading(other, "Онлайн-консультация")
    expect(phone.get_by_text("вошли с другим номером")).to_be_visible()
    expect(phone.get_by_role("heading", name="Мои данные")).to_have_count(0)
    assert phone.evaluate("sessionStorage.length") == 0


def test_a_session_that_goes_on_as_somebody_elses_does_nothing_in_their_name(
    phone: Page, patient: Patient
) -> None:
    """As when the other tab was asleep, or of another window, and told nothing."""
    patient.comes(phone, "people")
    heading(phone, "Мои данные")
    patient.another().signs_in(phone)
    asked: list[str] = []

    def refused(route: Route) -> None:
        asked.append(route.request.headers["authorization"])
        route.fulfill(status=401, json={})

    phone.route("**/api/me/balance", refused)
    phone.get_by_role("link", name="Счёт", exact=True).click()
    expect(phone.get_by_text("вошли с другим номером")).to_be_visible()
    expect(phone.get_by_role("heading", name="Лицевой счёт")).to_have_count(0)
    assert len(asked) == 1
