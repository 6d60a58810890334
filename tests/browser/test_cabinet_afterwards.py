"""The cabinet after a consultation, and the rest of it: calls, balance, refunds, people, empty lists."""

import gzip
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from local.demo.world import World
from local.stack import Stack
from tests.browser import harness
from tests.browser.at_cabinet import CHILDRENS_DOCTOR, Held, Patient, a_patient, child, heading, sound
from tests.browser.conftest import Visitor
from tests.browser.site_form import SiteForm

LARGEST_FIRST_LOAD = 60 * 1024  # bytes, compressed
CHILD = "2019-02-03"
BEGUN = {
    "values": {"comments": "Кашель", "holder.email": "old@example.ru"},
    "names": [],
}  # on the site's form


@pytest.fixture
def patient(world: World, stack: Stack) -> Iterator[Patient]:
    with a_patient(world, stack) as patient:
        yield patient


def test_a_doctors_call_is_asked_for_after_a_consultation_that_was_held_and_withdrawn(
    phone: Page, patient: Patient
) -> None:
    made = patient.was_consulted(held=True)
    patient.comes(phone, f"bookings/{made.booking_id}")
    expect(phone.get_by_text("Состоялась", exact=True)).to_be_visible()
    question = phone.get_by_label("Что спросить у врача")
    phone.get_by_role("button", name="Попросить о звонке").click()
    expect(question).to_have_attribute("aria-invalid", "true")
    sound(phone)
    question.fill("Можно ли заниматься спортом?")
    phone.get_by_role("radio", name="Не раньше").check()
    phone.reload()
    expect(question).to_have_value("Можно ли заниматься спортом?")
    not_before = phone.get_by_label("Не раньше", exact=True)
    asked: list[str] = []
    phone.on("request", lambda each: asked.append(each.url) if each.url.endswith("/callbacks") else None)
    for year in ("0202", "20271"):  # as typing slips
        not_before.fill(f"{year}-01-01T10:00")
        phone.get_by_role("button", name="Попросить о звонке").click()
        expect(not_before).to_have_accessible_description(re.compile("Укажите день и время"))
    not_before.clear()
    not_before.press_sequentially("01012027")  # without a time: then the browser has nothing
    phone.get_by_role("button", name="Попросить о звонке").click()
    expect(not_before).to_have_accessible_description(re.compile("Укажите день и время"))
    assert asked == []
    not_before.fill("2036-01-01T10:00")
    phone.get_by_role("button", name="Попросить о звонке").click()
    expect(not_before).to_have_accessible_description(re.compile("ближайшие 14 дней"))
    expect(question).to_have_value("Можно ли заниматься спортом?")
    phone.get_by_role("radio", name="Как можно скорее").check()
    phone.get_by_role("button", name="Попросить о звонке").click()
    expect(phone.get_by_text("Врач позвонит", exact=True)).to_be_visible()
    expect(question).to_have_count(0)
    expect(phone.locator("#callback")).to_be_focused()
    assert "спортом" not in phone.evaluate("JSON.stringify(sessionStorage)")
    sound(phone)
    phone.get_by_role("link", name="Звонки").click()
    heading(phone, "Звонки врача")
    expect(phone.get_by_text("Можно ли заниматься спортом?")).to_be_visible()
    sound(phone)
    phone.get_by_role("button", name="Звонок не нужен").click()
    phone.get_by_role("dialog").get_by_role("button", name="Звонок не нужен").click()
    expect(phone.get_by_text("Отменён вами", exact=True)).to_be_visible()
    assert [each["status"] for each in patient.api.callbacks()] == ["WITHDRAWN"]


def test_a_consultation_that_was_not_held_says_why_and_where_the_money_is(
    phone: Page, patient: Patient
) -> None:
    made = patient.was_consulted(held=False)
    patient.comes(phone, f"bookings/{made.booking_id}")
    expect(phone.get_by_text("Консультация не состоялась: технические причины")).to_be_visible()
    expect(phone.get_by_role("link", name="Записаться снова")).to_have_attribute("href", "/")
    sound(phone)
    phone.get_by_role("link", name="Лицевой счёт").click()
    heading(phone, "Лицевой счёт")
    expect(phone.locator(".big")).to_have_text("2 500 ₽")
    expect(phone.get_by_text("Консультация не состоялась")).to_be_visible()


def test_part_of_the_balance_goes_back_once_that_was_confirmed(phone: Page, patient: Patient) -> None:
    price = patient.has_on_balance()
    patient.comes(phone, "balance")
    expect(phone.locator(".big")).to_have_text("2 500 ₽")
    phone.get_by_role("button", name="Вернуть деньги").click()
    phone.get_by_role("radio", name="Часть").check()
    amount = phone.get_by_label("Сумма в рублях")
    for typed, said in (("много", "Укажите сумму"), ("2500,01", "больше вернуть нельзя")):
        amount.fill(typed)
        phone.get_by_role("button", name="Далее").click()
        expect(amount).to_have_accessible_description(re.compile(said))
    sound(phone)
    amount.fill("1 000,50")
    phone.get_by_role("button", name="Далее").click()
    window = phone.get_by_role("dialog")
    expect(window).to_contain_text("1 000,50 ₽")
    sound(phone)
    window.get_by_role("button", name="Нет, вернуться").click()
    assert patient.api.balance() == price
    phone.get_by_role("button", name="Далее").click()
    asking, reading = Held(phone, "**/api/me/refunds"), Held(phone, "**/api/me/balance")
    window.get_by_role("button", name="Вернуть 1 000,50 ₽").click()
    asking.waits()
    expect(window.get_by_role("button", name="Нет, вернуться")).to_be_disabled()
    phone.keyboard.press("Escape")
    expect(window.get_by_role("button", name="Подождите")).to_be_visible()
    asking.goes_on()
    reading.waits()
    expect(window).to_have_count(0)  # nothing is there that could be pressed again
    reading.goes_on()
    expect(phone.get_by_text("Возвращено", exact=True)).to_be_visible()
    expect(phone.locator(".big")).to_have_text("1 499,50 ₽")
    sound(phone)
    assert patient.api.balance() == price - 100_050


def returns_all(page: Page) -> None:
    page.get_by_role("button", name="Вернуть деньги").click()
    page.get_by_role("button", name="Далее").click()
    page.get_by_role("dialog").get_by_role("button", name="Вернуть 2 500 ₽").click()


def test_a_refund_that_the_provider_takes_its_time_for_says_until_when(
    phone: Page, world: World, patient: Patient
) -> None:
    made = patient.has_paid()
    [attempt] = patient.api.payments(made.booking_id)
    patient.api.cancel(made.booking_id)
    world.sandbox.want_refunds(attempt["payment_id"], "pending")
    patient.comes(phone, "balance")
    returns_all(phone)
    expect(phone.get_by_text("В пути", exact=True)).to_be_visible()
    expect(phone.get_by_text(re.compile("Ответ придёт не позже"))).to_be_visible()
    sound(phone)


def test_a_refund_that_was_refused_says_why_and_that_the_money_is_back(
    phone: Page, world: World, patient: Patient
) -> None:
    made = patient.has_paid()
    [attempt] = patient.api.payments(made.booking_id)
    patient.api.cancel(made.booking_id)
    world.sandbox.want_refunds(attempt["payment_id"], "canceled")
    patient.comes(phone, "balance")
    returns_all(phone)
    expect(phone.get_by_text("Не удался", exact=True)).to_be_visible()
    expect(phone.locator(".message")).to_contain_text("Возврат не удался")
    expect(phone.get_by_text("Деньги снова на лицевом счёте")).to_be_visible()
    expect(phone.locator(".big")).to_have_text("2 500 ₽")


STATEMENT = "**/api/me/balance/statement*"


def in_two_pages(route: Route) -> None:
    """A statement of two lines, each on a page of its own."""
    line = {
        "posted_at": "2026-11-01T03:00:00Z",
        "transfer_id": "back:b-1",
        "amount": 100,
        "reason": "not_held",
        "booking_id": "b-1",
    }
    last = "cursor" in route.request.url
    route.fulfill(json={"lines": [line], "next": None if last else "next"})


def test_a_statement_of_many_lines_comes_in_pages(phone: Page, patient: Patient) -> None:
    phone.route(STATEMENT, in_two_pages)
    patient.comes(phone, "balance")
    expect(phone.locator(".line")).to_have_count(1)
    phone.get_by_role("button", name="Показать ещё").click()
    expect(phone.locator(".line")).to_have_count(2)
    expect(phone.get_by_role("button", name="Показать ещё")).to_have_count(0)


def test_what_is_loaded_late_takes_no_focus_from_whoever_goes_on(phone: Page, patient: Patient) -> None:
    patient.has_on_balance()
    patient.comes(phone)
    refunds = Held(phone, "**/api/me/refunds*")
    phone.get_by_role("link", name="Счёт", exact=True).click()
    refunds.waits()
    expect(phone.get_by_role("heading", name="Лицевой счёт")).to_be_focused()
    phone.get_by_role("button", name="Вернуть деньги").click()
    refunds.goes_on()
    expect(phone.get_by_text("Возвратов не было")).to_be_visible()
    expect(phone.get_by_role("heading", name="Вернуть деньги")).to_be_focused()


def test_a_statement_that_could_not_be_read_anew_has_each_line_once(
    phone: Page, watch: harness.Watch, patient: Patient
) -> None:
    watch.allow("status of 500")
    patient.has_on_balance()
    phone.route(STATEMENT, in_two_pages)
    patient.comes(phone, "balance")
    phone.get_by_role("button", name="Показать ещё").click()
    expect(phone.locator(".line")).to_have_count(2)
    phone.route(STATEMENT, lambda route: route.fulfill(status=500, json={}))
    returns_all(phone)
    again = phone.get_by_role("button", name="Попробовать ещё раз")
    again.wait_for()
    phone.unroute(STATEMENT)
    phone.route(STATEMENT, in_two_pages)
    again.click()
    expect(phone.get_by_role("button", name="Показать ещё")).to_be_visible()
    expect(phone.locator(".line")).to_have_count(1)


def test_the_whole_balance_is_asked_back_as_the_sum_that_was_confirmed(phone: Page, patient: Patient) -> None:
    """However much is there by then."""
    patient.has_on_balance()
    patient.comes(phone, "balance")
    with phone.expect_request(
        lambda each: each.method == "POST" and each.url.endswith("/me/refunds")
    ) as asked:
        returns_all(phone)
    assert asked.value.post_data_json == {"amount": 250_000}
    expect(phone.get_by_text("Возвращено", exact=True)).to_be_visible()


def test_whoever_has_nothing_is_told_what_to_do(phone: Page, stack: Stack, patient: Patient) -> None:
    patient.comes(phone)
    heading(phone, "Мои записи")
    expect(phone.get_by_text("Записей пока нет")).to_be_visible()
    sound(phone)
    for tab, title, words in (
        ("Счёт", "Лицевой счёт", "Движений по счёту не было"),
        ("Звонки", "Звонки врача", "Заявок на звонок нет"),
        ("Данные", "Мои данные", "Вы ещё никого не записывали"),
    ):
        phone.get_by_role("link", name=tab, exact=True).click()
        heading(phone, title)
        expect(phone.get_by_text(words)).to_be_visible()
        sound(phone)
    phone.goto(f"{stack.web_url}/cabinet/nothing/here")
    heading(phone, "Такой страницы нет")
    sound(phone)


def test_each_booking_of_many_shows_its_state_and_what_to_do_next(desktop: Page, patient: Patient) -> None:
    consents = patient.is_booked_by_operator()
    pay = patient.books_on_site()
    patient.has_paid()
    patient.has_on_balance()
    patient.comes(desktop)
    heading(desktop, "Мои записи")
    expect(desktop.get_by_role("article")).to_have_count(4)
    sound(desktop)
    assert set(desktop.locator(".state").all_inner_texts()) == {
        "Ждёт ваших согласий",
        "Ждёт оплаты",
        "Назначена",
        "Отменена",
    }
    step = desktop.get_by_role("link", name=re.compile("Оплатить до "))
    expect(step).to_have_attribute("href", f"/cabinet/bookings/{pay.booking_id}")
    desktop.get_by_role("link", name=re.compile("Подтвердить согласия до ")).click()
    heading(desktop, "Онлайн-консультация")
    assert desktop.url.endswith(consents.booking_id)
    desktop.go_back()
    heading(desktop, "Мои записи")

    def with_another_name(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(
            json={
                **answer.json(),
                "doctors": [{**each, "name": "Новая"} for each in answer.json()["doctors"]],
            }
        )

    desktop.route("**/api/catalogue", with_another_name)
    desktop.get_by_role("link", name="Записи", exact=True).click()
    expect(desktop.get_by_role("article").filter(has_text="Новая")).to_have_count(4)


def test_times_are_shown_by_the_patients_zone_with_the_clinics_beside(
    visitor: Visitor, patient: Patient
) -> None:
    patient.is_booked_by_operator(time_zone="Europe/Moscow")
    page = patient.comes(visitor(time_zone="Asia/Tokyo"))
    expect(page.get_by_text("по вашему времени (Москва, МСК)")).to_be_visible()
    expect(page.get_by_text(re.compile(r"по времени клиники \(Новосибирск, МСК\+4\)"))).to_be_visible()
    sound(page)


def test_whoever_was_entered_need_not_be_typed_again_for_another_booking(
    phone: Page, stack: Stack, patient: Patient
) -> None:
    patient.is_booked_by_operator(CHILDRENS_DOCTOR, patient=child(CHILD))
    patient.comes(phone, "people")
    expect(phone.get_by_text("вы – родитель")).to_be_visible()
    sound(phone)
    phone.evaluate("draft => sessionStorage.setItem('draft', JSON.stringify(draft))", BEGUN)
    phone.get_by_role("button", name="Записаться снова: Воронов Пётр").click()
    form = SiteForm(phone, stack.web_url, patient.phone)
    form.at("Онлайн-консультация врача")
    form.choose_kind()
    form.choose_specialty("Педиатр")
    form.choose_time()
    expect(phone.get_by_label("Моего ребёнка")).to_be_checked()
    filled = [
        phone.locator(f'[name="{path}"]').input_value() for path in ("patient.given_name", "holder.email")
    ]
    assert filled == ["Пётр", patient.holder["email"]]
    assert phone.evaluate("JSON.parse(sessionStorage.getItem('draft')).values.comments") == "Кашель"
    phone.goto(f"{stack.web_url}/cabinet/people")
    phone.locator(".out").click()
    heading(phone, "Вход в личный кабинет")
    assert phone.evaluate("sessionStorage.length") == 0


def test_a_session_that_ended_meanwhile_is_asked_for_anew_and_what_was_typed_is_still_there(
    visitor: Visitor, world: World, patient: Patient
) -> None:
    patient.has_on_balance()
    page = patient.comes(visitor(), "balance")
    page.get_by_role("button", name="Вернуть деньги").click()
    page.get_by_role("radio", name="Часть").check()
    page.get_by_label("Сумма в рублях").fill("700")
    page.route("**/api/sign-in/refresh", lambda route: route.fulfill(status=401, json={}))
    page.route("**/api/me/**", lambda route: route.fulfill(status=401, json={"message": "Unauthorized"}))
    page.get_by_role("button", name="Далее").click()
    page.get_by_role("dialog").get_by_role("button", name="Вернуть 700 ₽").click()
    heading(page, "Вход в личный кабинет")
    expect(page.get_by_text("Прошло много времени, войдите снова")).to_be_visible()
    page.unroute("**/api/sign-in/refresh")
    page.unroute("**/api/me/**")
    sound(page)
    patient.comes_back(page)
    window = page.get_by_role("dialog")
    expect(window.get_by_role("button", name="Вернуть 700 ₽")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)  # that nobody was signed in is no longer so
    window.get_by_role("button", name="Нет, вернуться").click()
    expect(page.get_by_label("Сумма в рублях")).to_have_value("700")


def test_a_list_that_could_not_be_loaded_can_be_asked_for_again(
    phone: Page, watch: harness.Watch, patient: Patient
) -> None:
    watch.allow("status of 500")
    phone.route("**/api/me/bookings", lambda route: route.fulfill(status=500, json={}))
    patient.comes(phone)
    expect(phone.get_by_role("alert")).to_contain_text("Что-то пошло не так")
    sound(phone)
    phone.unroute("**/api/me/bookings")
    phone.get_by_role("button", name="Попробовать ещё раз").click()
    expect(phone.get_by_text("Записей пока нет")).to_be_visible()


def test_on_a_slow_line_it_says_that_it_loads_and_then_shows(phone: Page, patient: Patient) -> None:
    made = patient.books_on_site()
    harness.slow(phone)
    patient.comes(phone, f"bookings/{made.booking_id}")
    expect(phone.get_by_text("Загружаем…").first).to_be_visible()
    expect(phone.get_by_role("heading", name="Онлайн-консультация")).to_be_visible(timeout=30_000)


def test_the_first_load_is_small_before_the_sign_in_and_after_it(
    browser: Browser, visitor: Visitor, stack: Stack, patient: Patient
) -> None:
    address = f"{stack.web_url}/cabinet/"
    loaded = harness.first_load(browser, address)
    assert sum(loaded.values()) <= LARGEST_FIRST_LOAD, loaded
    patient.books_on_site()
    page = visitor()
    patient.signs_in(page)
    loaded = harness.first_load(browser, address, storage_state=page.context.storage_state())
    assert "/cabinet/bookings.js" in loaded
    assert sum(loaded.values()) <= LARGEST_FIRST_LOAD, loaded


def test_one_booking_is_small_too(visitor: Visitor, patient: Patient) -> None:
    """By what is in the answers: their headers, the same in all, HTTP/2 sends but once."""
    made = patient.is_booked_by_operator()
    page = visitor()
    sizes: dict[str, int] = {}
    page.on(
        "response",
        lambda each: sizes.update({each.url: len(gzip.compress(each.body()))}) if each.ok else None,
    )
    patient.comes(page, f"bookings/{made.booking_id}")
    expect(page.get_by_role("checkbox").first).to_be_visible()
    assert sum(sizes.values()) <= LARGEST_FIRST_LOAD, sizes
