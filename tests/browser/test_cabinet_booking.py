"""One booking in the cabinet: consents, payment, another time, cancellation, documents, what was signed."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, Route, expect

from local.demo.world import World, moment
from local.stack import Stack
from tests.browser.at_cabinet import (
    CHILDRENS_DOCTOR,
    Patient,
    a_patient,
    child,
    chooses_another_time,
    heading,
    page_time,
    sound,
    told_otherwise,
)
from tests.browser.conftest import Visitor
from tests.browser.harness import Watch

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
PAID = 15_000  # milliseconds: money comes by a notification, and the appointment is made
EXPIRED = 90  # seconds


@pytest.fixture
def patient(world: World, stack: Stack) -> Iterator[Patient]:
    with a_patient(world, stack) as patient:
        yield patient


def ticks_all(page: Page) -> None:
    page.get_by_role("checkbox").first.wait_for()
    for tick in page.get_by_role("checkbox").all():
        if tick.get_attribute("aria-required") == "true":
            tick.check()


def pays_on_the_providers_page(page: Page) -> None:
    page.get_by_role("button", name="Оплатить", exact=True).click()


def is_scheduled(page: Page) -> None:
    expect(page.get_by_text("Назначена", exact=True)).to_be_visible(timeout=PAID)


def test_an_operators_booking_is_consented_to_and_paid_by_card(phone: Page, patient: Patient) -> None:
    made = patient.is_booked_by_operator()
    patient.comes(phone, f"bookings/{made.booking_id}")
    ticks = phone.get_by_role("checkbox")
    expect(ticks).to_have_count(5)
    assert not any(tick.is_checked() for tick in ticks.all())
    sound(phone)
    phone.get_by_role("button", name="Подтвердить и перейти к оплате").click()
    expect(phone.get_by_role("alert")).to_contain_text("Проверьте, что указано")
    expect(phone.locator("#errors")).to_be_focused()
    sound(phone)
    ticks_all(phone)
    phone.get_by_role("button", name="Подтвердить и перейти к оплате").click()
    expect(phone.get_by_role("heading", name="Оплата")).to_be_visible()
    sound(phone)
    phone.get_by_role("button", name="Оплатить 2 500 ₽ картой").click()
    pays_on_the_providers_page(phone)
    phone.wait_for_url(f"**/cabinet/bookings/{made.booking_id}")
    is_scheduled(phone)
    expect(phone.get_by_text(re.compile("Договор ОК-"))).to_be_visible()
    sound(phone)


def test_a_booking_that_hears_of_its_consents_a_moment_later_goes_on_to_the_payment_by_itself(
    phone: Page, patient: Patient
) -> None:
    made = patient.is_booked_by_operator()
    patient.comes(phone, f"bookings/{made.booking_id}")
    ticks_all(phone)
    behind = iter(range(3))

    def told_late(route: Route) -> None:
        answer = route.fetch()
        late = {"status": "AWAITING_CONSENT"} if next(behind, None) is not None else {}
        route.fulfill(response=answer, json={**answer.json(), **late})

    phone.route(f"**/api/me/bookings/{made.booking_id}", told_late)
    phone.route(f"**/api/me/bookings/{made.booking_id}/payments", told_late)
    phone.get_by_role("button", name="Подтвердить и перейти к оплате").click()
    expect(phone.get_by_text("Готовим оплату")).to_be_visible()
    expect(phone.get_by_role("checkbox")).to_have_count(0)
    sound(phone)
    expect(phone.get_by_role("heading", name="Оплата")).to_be_visible(timeout=PAID)


def test_each_document_is_read_in_a_window_that_gives_the_focus_back(phone: Page, patient: Patient) -> None:
    made = patient.is_booked_by_operator()
    patient.comes(phone, f"bookings/{made.booking_id}")
    read = phone.get_by_role("button", name=re.compile("Прочитать: Договор"))
    read.press("Enter")
    window = phone.get_by_role("dialog")
    expect(window).to_contain_text("Редакция")
    expect(window).to_contain_text("323-ФЗ")
    sound(phone)
    phone.keyboard.press("Escape")
    expect(window).to_have_count(0)
    expect(read).to_be_focused()


def test_from_fifteen_on_the_patient_signs_the_medical_consent_and_the_parent_the_rest(
    phone: Page, patient: Patient
) -> None:
    made = patient.is_booked_by_operator(CHILDRENS_DOCTOR, patient=child("2011-02-03"))
    patient.comes(phone, f"bookings/{made.booking_id}")
    own = phone.get_by_role("group", name="Подтверждает пациент: Воронов Пётр")
    expect(own.get_by_role("checkbox")).to_have_count(1)
    parents = phone.get_by_role("group", name=re.compile("Подтверждает законный представитель: Воронова"))
    expect(parents.get_by_role("checkbox")).to_have_count(4)
    sound(phone)
    ticks_all(phone)
    phone.get_by_role("button", name="Подтвердить и перейти к оплате").click()
    expect(phone.get_by_role("heading", name="Оплата")).to_be_visible()
    phone.get_by_role("link", name="Подписанные документы").click()
    heading(phone, "Подписанные документы")
    expect(phone.get_by_text("Воронов Пётр (пациент)")).to_have_count(1)
    expect(phone.get_by_text(re.compile(r"Воронова .* \(законный представитель\)"))).to_have_count(3)
    sound(phone)


def test_a_refused_payment_is_said_and_the_next_one_pays(phone: Page, patient: Patient) -> None:
    made = patient.books_on_site()
    patient.comes(phone, f"bookings/{made.booking_id}")
    phone.get_by_role("button", name=re.compile("Оплатить")).click()
    phone.get_by_role("button", name="Отказаться").click()
    expect(phone.get_by_text("Платёж не прошёл")).to_be_visible(timeout=PAID)
    sound(phone)
    phone.get_by_role("button", name=re.compile("Оплатить")).click()
    pays_on_the_providers_page(phone)
    is_scheduled(phone)


def test_whoever_comes_back_before_the_money_is_told_that_it_is_awaited_and_then_that_it_came(
    phone: Page, world: World, patient: Patient
) -> None:
    made = patient.books_on_site()
    patient.comes(phone, f"bookings/{made.booking_id}")
    phone.get_by_role("button", name=re.compile("Оплатить")).click()
    expect(phone.get_by_role("button", name="Отказаться")).to_be_visible()
    phone.go_back()
    expect(phone.get_by_text("Узнаём, прошла ли оплата")).to_be_visible()
    expect(phone.get_by_role("link", name="Вернуться к оплате 2 500 ₽")).to_be_visible()
    sound(phone)
    [attempt] = patient.api.payments(made.booking_id)
    world.sandbox.pay(attempt["payment_id"], made.price)
    is_scheduled(phone)


def test_money_that_comes_while_the_page_opens_is_not_asked_for_again(
    phone: Page, world: World, patient: Patient
) -> None:
    made = patient.books_on_site()
    payment = patient.api.pay(made.booking_id, "card")

    def comes_first(route: Route) -> None:
        world.sandbox.pay(payment["payment_id"], made.price)
        patient.reaches(made, "SCHEDULED")
        route.continue_()

    phone.route("**/payments", comes_first, times=1)
    patient.comes(phone, f"bookings/{made.booking_id}")
    is_scheduled(phone)


def test_the_balance_pays_the_whole_of_it(phone: Page, watch: Watch, patient: Patient) -> None:
    patient.has_on_balance()
    made = patient.books_on_site()
    patient.comes(phone, f"bookings/{made.booking_id}")
    expect(phone.get_by_role("radio", name=re.compile("С лицевого счёта"))).to_be_checked()
    phone.get_by_role("radio", name=re.compile("Банковской картой")).check()
    expect(phone.get_by_role("button", name="Оплатить 2 500 ₽ картой")).to_be_visible()
    phone.get_by_role("radio", name=re.compile("С лицевого счёта")).check()
    # Nothing answers about the booking once it is paid: that it is paid is known all the same.
    watch.allow("status of 500")
    base = f"**/api/me/bookings/{made.booking_id}"
    phone.route(base, lambda route: route.fulfill(status=500, json={}), times=1)
    phone.get_by_role("button", name="Оплатить 2 500 ₽ со счёта").click()
    expect(phone.get_by_text("Оплата получена.", exact=True)).to_be_visible()
    expect(phone.get_by_role("heading", name="Оплата", exact=True)).to_have_count(0)
    is_scheduled(phone)
    assert patient.api.balance() == 0


def test_what_the_balance_has_and_the_rest_by_card_are_shown_before_and_pay_together(
    phone: Page, patient: Patient
) -> None:
    patient.has_on_balance(patient.books_on_site(kind="repeat"))
    made = patient.books_on_site()
    patient.comes(phone, f"bookings/{made.booking_id}")
    expect(phone.get_by_text("Со счёта 1 900 ₽, картой 600 ₽")).to_be_visible()
    phone.get_by_role("button", name="Списать 1 900 ₽ и оплатить 600 ₽ картой").click()
    pays_on_the_providers_page(phone)
    is_scheduled(phone)
    assert patient.api.balance() == 0


def test_a_hold_that_ran_out_is_said_and_late_money_lands_on_the_balance(
    phone: Page, world: World, patient: Patient
) -> None:
    made = patient.is_booked_by_operator(hold_minutes=1)
    patient.comes(phone, f"bookings/{made.booking_id}")
    expect(phone.locator(".countdown")).to_have_text(re.compile(r"^0?:?\d\d?:?\d*$"))
    ticks_all(phone)
    phone.get_by_role("button", name="Подтвердить и перейти к оплате").click()
    phone.get_by_role("button", name=re.compile("Оплатить")).click()
    expect(phone.get_by_role("button", name="Отказаться")).to_be_visible()
    [attempt] = patient.api.payments(made.booking_id)
    phone.go_back()
    expect(phone.get_by_text("Не оплачена в срок", exact=True)).to_be_visible(timeout=EXPIRED * 1000)
    expect(phone.get_by_text("время больше не держится за вами")).to_be_visible()
    sound(phone)
    world.sandbox.pay(attempt["payment_id"], made.price)
    expect(phone.get_by_text("Деньги, пришедшие за эту запись, вернулись на ваш лицевой счёт")).to_be_visible(
        timeout=60_000
    )
    phone.get_by_role("link", name="Лицевой счёт").click()
    heading(phone, "Лицевой счёт")
    expect(phone.get_by_text("Оплата пришла после срока")).to_be_visible()


def test_a_booking_is_moved_and_its_payment_stays(phone: Page, patient: Patient) -> None:
    made = patient.has_paid()
    patient.comes(phone, f"bookings/{made.booking_id}")
    phone.get_by_role("link", name="Перенести").click()
    heading(phone, "Перенос записи")
    phone.get_by_role("button", name="Перенести на это время").click()
    expect(phone.get_by_text("Выберите время", exact=True)).to_be_visible()
    chooses_another_time(phone)
    expect(phone.get_by_text("Новое время", exact=True)).to_be_visible()
    sound(phone)
    phone.get_by_role("button", name="Перенести на это время").click()
    heading(phone, "Онлайн-консультация")
    is_scheduled(phone)
    moved = patient.api.booking(made.booking_id)
    assert (moved["moves"], moved["slot"]["start"] != made.slot["start"]) == (1, True)


def test_a_time_that_was_taken_meanwhile_offers_the_nearest(
    phone: Page, world: World, stack: Stack, patient: Patient
) -> None:
    made = patient.has_paid()
    patient.comes(phone, f"bookings/{made.booking_id}/move")
    wanted = chooses_another_time(phone)
    patient.another().books_on_site(start=wanted.input_value().split()[1])
    phone.get_by_role("button", name="Перенести на это время").click()
    taken = phone.locator("#taken")
    expect(taken).to_be_focused()
    sound(phone)
    taken.get_by_role("button").first.click()
    phone.get_by_role("button", name="Перенести на это время").click()
    heading(phone, "Онлайн-консультация")
    is_scheduled(phone)


def test_a_cancellation_is_confirmed_and_says_where_the_money_goes(phone: Page, patient: Patient) -> None:
    made = patient.has_paid()
    patient.comes(phone, f"bookings/{made.booking_id}")
    phone.get_by_role("button", name="Отменить запись").click()
    window = phone.get_by_role("dialog")
    expect(window).to_contain_text("2 500 ₽ вернутся на ваш лицевой счёт")
    sound(phone)
    window.get_by_role("button", name="Нет, вернуться").click()
    expect(phone.get_by_role("button", name="Отменить запись")).to_be_focused()
    phone.get_by_role("button", name="Отменить запись").click()
    window.get_by_label("Почему отменяете").fill("Уезжаю")
    window.get_by_role("button", name="Отменить запись").click()
    expect(phone.get_by_text("Отменена", exact=True)).to_be_visible()
    expect(phone.get_by_text("2 500 ₽ – на вашем лицевом счёте")).to_be_visible()
    expect(phone.locator("#next")).to_be_focused()
    sound(phone)
    assert patient.api.balance() == made.price


def test_a_document_is_sent_checked_read_and_removed(phone: Page, patient: Patient) -> None:
    made = patient.has_paid()
    patient.comes(phone, f"bookings/{made.booking_id}")
    chooser = phone.get_by_label("Выбрать файлы")
    expect(chooser).to_be_attached()
    behind = iter(range(2))

    def checked_later(route: Route) -> None:
        answer = route.fetch()
        late = {"status": "awaiting_upload"} if next(behind, None) is not None else {}
        route.fulfill(
            response=answer,
            json={"documents": [{**each, **late} for each in answer.json()["documents"]]},
        )

    phone.route(
        "**/documents",
        lambda route: checked_later(route) if route.request.method == "GET" else route.fallback(),
    )
    chooser.set_input_files({"name": "Выписка.pdf", "mimeType": "application/pdf", "buffer": PDF})
    expect(phone.get_by_text("проверяется", exact=True)).to_be_visible()
    expect(phone.get_by_text("проверен", exact=True)).to_be_visible(timeout=PAID)
    sound(phone)
    with phone.expect_download() as loaded:
        phone.get_by_role("button", name="Открыть файл Выписка.pdf").click()
    assert loaded.value.suggested_filename == "Выписка.pdf"
    assert loaded.value.path().read_bytes() == PDF
    heading(phone, "Онлайн-консультация")
    phone.get_by_role("button", name="Удалить файл Выписка.pdf").click()
    phone.get_by_role("dialog").get_by_role("button", name="Удалить").click()
    expect(phone.get_by_text("Выписка.pdf")).to_have_count(0)


def test_a_file_that_is_not_what_it_says_is_refused_with_the_reason(phone: Page, patient: Patient) -> None:
    made = patient.has_paid()
    patient.comes(phone, f"bookings/{made.booking_id}")
    chooser = phone.get_by_label("Выбрать файлы")
    chooser.set_input_files({"name": "Снимок.png", "mimeType": "image/png", "buffer": b"no picture"})
    expect(phone.get_by_text("не принят", exact=True)).to_be_visible(timeout=PAID)
    expect(phone.locator(".stored .error")).to_be_visible()
    chooser.set_input_files({"name": "Запись.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"})
    expect(phone.get_by_text("Такой файл приложить нельзя")).to_be_visible()
    sound(phone)


def test_the_calendars_file_and_what_was_signed_are_saved(phone: Page, patient: Patient) -> None:
    made = patient.has_paid()
    patient.comes(phone, f"bookings/{made.booking_id}")
    with phone.expect_download() as loaded:
        phone.get_by_role("button", name="Добавить в календарь").click()
    assert "BEGIN:VCALENDAR" in loaded.value.path().read_text(encoding="utf-8")
    phone.get_by_role("link", name="Подписанные документы").click()
    heading(phone, "Подписанные документы")
    with phone.expect_download() as loaded:
        phone.get_by_role("button", name="Сохранить файл для печати").click()
    assert "Подписи" in loaded.value.path().read_text(encoding="utf-8")
    phone.evaluate("window.print = () => { window.printed = true }")
    phone.get_by_role("button", name="Распечатать с текстами").click()
    phone.wait_for_function("window.printed")
    phone.emulate_media(media="print")
    expect(phone.locator(".paper section")).to_have_count(4)
    expect(phone.locator(".paper section").first).to_be_visible()


def test_the_way_in_is_counted_down_and_opens_when_the_api_says(phone: Page, patient: Patient) -> None:
    made = patient.has_paid()
    start = moment(patient.api.booking(made.booking_id)["slot"]["start"])
    opens = start - timedelta(minutes=2)
    told_otherwise(phone, made, opens_at=opens.isoformat())
    phone.clock.install()
    patient.comes(phone, f"bookings/{made.booking_id}")
    expect(phone.get_by_text("Вход откроется за 2 минуты до начала")).to_be_visible()
    expect(phone.get_by_role("link", name="Подключиться")).to_have_count(0)
    left = opens - page_time(phone)
    phone.clock.fast_forward(int(left.total_seconds() * 1000) + 2000)
    join = phone.get_by_role("link", name="Подключиться")
    expect(join).to_have_attribute("href", re.compile(r"/join/"))
    sound(phone)


def test_anothers_booking_is_not_found(
    visitor: Visitor, world: World, stack: Stack, patient: Patient
) -> None:
    anothers = patient.another().books_on_site()
    page = patient.comes(visitor(), f"bookings/{anothers.booking_id}")
    heading(page, "Запись не найдена")
    sound(page)
    page.goto(f"{stack.web_url}/cabinet/bookings/{anothers.booking_id}/signed")
    expect(page.get_by_role("alert")).to_be_visible()
    page.goto(f"{stack.web_url}/cabinet/bookings/{anothers.booking_id}/move")
    expect(page.get_by_role("alert")).to_be_visible()


def test_a_booking_is_paid_for_by_keyboard_alone(desktop: Page, patient: Patient) -> None:
    made = patient.is_booked_by_operator()
    patient.comes(desktop)
    heading(desktop, "Мои записи")

    def to(role: str, name: str) -> None:
        wanted = desktop.get_by_role(role, name=re.compile(name)).first  # type: ignore[arg-type]
        for _ in range(60):
            if wanted.evaluate("element => element === document.activeElement"):
                return
            desktop.keyboard.press("Tab")
        raise AssertionError(f"Tab never comes to {role} {name}")

    to("link", "Подтвердить согласия")
    desktop.keyboard.press("Enter")
    heading(desktop, "Онлайн-консультация")
    for document in ("договора", "добровольное", "персональных", "уведомлением"):
        to("checkbox", document)
        desktop.keyboard.press("Space")
    to("button", "Подтвердить и перейти к оплате")
    desktop.keyboard.press("Enter")
    to("button", "Оплатить 2 500 ₽ картой")
    desktop.keyboard.press("Enter")
    pays_on_the_providers_page(desktop)
    desktop.wait_for_url(f"**/cabinet/bookings/{made.booking_id}")
    is_scheduled(desktop)
