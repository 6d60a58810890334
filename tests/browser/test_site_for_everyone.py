"""The site's form for everyone: at 360 px, by keyboard, with a screen reader, on a slow line."""

import re

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from local.demo.world import World
from local.stack import Stack
from tests.browser import harness
from tests.browser.site_form import ADULT, CONSENTS, FIRST, SiteForm, no_wider_than_the_screen, pdf

PHONE = "8 (913) ###-##-##"
LARGEST_LOAD = 60 * 1024  # bytes over the line


@pytest.fixture
def form(phone: Page, stack: Stack, world: World) -> SiteForm:
    return SiteForm(phone, stack.web_url, world.phones.dial(PHONE))


def looked_at(page: Page) -> None:
    """No serious finding of axe-core, nothing cut off."""
    expect(page.get_by_text("Загружаем")).to_have_count(0)
    harness.axe(page)
    no_wider_than_the_screen(page)


def test_every_step_and_its_errors_are_accessible_and_fit_a_telephone(form: SiteForm) -> None:
    page = form.page
    form.open()
    form.on()
    looked_at(page)  # nothing is chosen
    form.choose_kind()
    form.on()
    looked_at(page)
    page.get_by_role("button", name="По фамилии врача").click()
    page.get_by_label("Фамилия или имя врача").fill("ким")
    expect(page.get_by_role("button", name="Ким Светлана")).to_be_visible()
    looked_at(page)
    page.get_by_role("button", name="По специальности").click()
    page.get_by_label("Не знаю").check()
    form.on()
    looked_at(page)
    page.get_by_label("Ребёнку до 18 лет").check()
    form.on()
    expect(form.times.first).to_be_visible()
    form.on()
    looked_at(page)
    form.choose_time()
    form.on()
    looked_at(page)
    form.my_child()
    looked_at(page)
    form.comment(files=[pdf()])
    form.on()
    looked_at(page)
    page.get_by_role("button", name="Прочитать: Согласие на обработку").click()
    expect(page.get_by_role("dialog").get_by_text("Редакция от").first).to_be_visible()
    looked_at(page)
    page.keyboard.press("Escape")
    form.consent()
    form.at("Проверьте запись")
    looked_at(page)


def test_every_state_of_the_payment_is_accessible_and_fits_a_telephone(form: SiteForm) -> None:
    page = form.page
    form.adult_to_summary()
    form.cannot_pay()
    form.book()
    form.at("Время закреплено за вами")
    looked_at(page)
    page.unroute_all(behavior="ignoreErrors")
    page.get_by_role("button", name="Оплатить").click()
    form.be_refused()
    looked_at(page)
    page.get_by_role("button", name="Оплатить ещё раз").click()
    form.at_provider()
    page.go_back()
    form.at("Ждём подтверждения оплаты")
    looked_at(page)
    page.get_by_role("link", name="Вернуться к оплате").click()
    form.pay()
    expect(form.fact("Номер договора")).to_have_text(re.compile("ОК-"), timeout=30_000)
    looked_at(page)


def test_the_form_is_filled_in_by_keyboard_alone(desktop: Page, stack: Stack, world: World) -> None:
    form = SiteForm(desktop, stack.web_url, world.phones.dial(PHONE))
    keys = desktop.keyboard
    form.open()

    def to(name: str, value: str | None = None) -> None:
        """Tab on until the focus is on what is called so (and, of several, has this value)."""
        for _ in range(60):
            keys.press("Tab")
            called, has = desktop.evaluate(NAME_OF_FOCUS)
            if called.startswith(name) and value in (None, has):
                return
        raise AssertionError(f"the focus never comes to {name!r}")

    def type_at(name: str, text: str) -> None:
        to(name)
        keys.type(text)

    keys.press("Tab")
    expect(desktop.get_by_role("link", name="Перейти к содержанию")).to_be_focused()
    to(FIRST)
    keys.press("Space")
    keys.press("Enter")
    form.at("К какому врачу")
    expect(desktop.get_by_role("heading", level=1)).to_be_focused()
    to("Терапевт")
    keys.press("Space")
    keys.press("Enter")
    form.at("День и время")
    expect(form.times.first).to_be_visible()
    to("", "on")  # the days: arrows choose among them
    keys.press("ArrowRight")
    desktop.wait_for_function("document.activeElement.name === 'day'")
    keys.press("Tab")
    keys.press("Space")
    expect(desktop.get_by_text("Вы выбрали:")).to_be_visible()
    keys.press("Enter")
    form.at("Пациент и контакты")
    to("Моя")
    keys.press("Space")
    for label in ("Фамилия", "Имя", "Отчество", "Дата рождения"):
        type_at(label, ADULT[label])
    to("Женский")
    keys.press("Space")
    type_at("Мобильный телефон", form.phone)
    type_at("Электронная почта", "a.voronova@example.ru")
    to("Видеосвязь")
    keys.press("Space")
    keys.press("Enter")
    form.at("Комментарии и документы")
    type_at("Комментарии", "Кашель")
    to("Далее")
    keys.press("Enter")
    form.at("Уведомление и согласия")
    to(CONSENTS[0])
    keys.press("Space")
    for each in CONSENTS[1:]:
        to(each)
        keys.press("Space")
    to("Далее")
    keys.press("Enter")
    form.at("Проверьте запись")
    to("Записаться и оплатить")
    keys.press("Enter")
    form.at_provider()


NAME_OF_FOCUS = """() => {
    const has = document.activeElement;
    const label = has.getAttribute('aria-label') ?? has.labels?.[0]?.textContent ?? has.textContent;
    return [label.trim().replaceAll(/\\s+/g, ' '), has.value ?? ''];
}"""


def test_on_a_slow_line_each_wait_is_said_and_nothing_is_sent_twice(form: SiteForm) -> None:
    page = form.page
    held: list[Route] = []
    page.route("**/api/catalogue", lambda route: held.append(route))
    with page.expect_request("**/api/catalogue"):
        page.goto(f"{form.url}/", wait_until="commit")
    expect(page.get_by_role("status").filter(has_text="Загружаем")).to_be_visible()
    let_go(page, held)
    form.at("Онлайн-консультация врача")
    page.route("**/api/slots?*", lambda route: held.append(route))
    form.choose_kind()
    form.choose_specialty("Терапевт")
    expect(page.get_by_role("status").filter(has_text="Ищем свободное время")).to_be_visible()
    let_go(page, held)
    form.choose_time()
    form.myself()
    form.to_summary()
    page.route(re.compile("/api/bookings$"), lambda route: held.append(route))
    form.book()
    page.get_by_role("button", name="Подождите").click(force=True)
    assert len(held) == 1
    let_go(page, held)
    form.at_provider()


def let_go(page: Page, held: list[Route]) -> None:
    for route in held:
        route.continue_()
    held.clear()
    page.unroute_all(behavior="ignoreErrors")


def test_what_could_not_be_loaded_is_tried_again_when_asked(form: SiteForm, watch: harness.Watch) -> None:
    watch.allow("net::ERR_FAILED")
    form.page.route("**/api/catalogue", lambda route: route.abort())
    form.page.goto(f"{form.url}/")
    again = form.page.get_by_role("button", name="Попробовать ещё раз")
    expect(again).to_be_visible(timeout=20_000)
    form.page.unroute_all(behavior="ignoreErrors")
    again.click()
    form.at("Онлайн-консультация врача")


@pytest.mark.parametrize("part", ["site/app.js", "texts/ru/site.js", "site/payment.js"])
def test_a_part_of_the_page_that_does_not_come_is_said(
    form: SiteForm, watch: harness.Watch, part: str
) -> None:
    watch.allow("net::ERR_FAILED|Failed to fetch dynamically imported module")
    form.page.route(f"**/{part}", lambda route: route.abort())
    form.page.goto(f"{form.url}/?paid=b-{'a' * 26}")
    said = form.page.get_by_role("alert")
    expect(said).to_contain_text("Нет связи" if "payment" in part else "Страница не загрузилась")
    form.page.unroute_all(behavior="ignoreErrors")
    said.get_by_text("Попробовать ещё раз").click()
    form.at("Оплата консультации")


def test_the_first_load_is_no_more_than_60_kilobytes(browser: Browser, stack: Stack) -> None:
    loaded = harness.first_load(browser, f"{stack.web_url}/")
    assert sum(loaded.values()) <= LARGEST_LOAD, loaded
