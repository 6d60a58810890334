"""The site's form clicked through: chosen, booked, paid, and what goes otherwise (S1-S18)."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, Route, expect

from local.demo.story import e164
from local.demo.world import World
from local.stack import Stack
from tests.browser import harness
from tests.browser.conftest import Visitor
from tests.browser.site_form import (
    ADULT,
    CHILD,
    CONSENTS,
    ON_DUTY,
    Requests,
    SiteForm,
    errors_at,
    pdf,
)

PHONE = "8 (913) ###-##-##"
HALF_WAY = (
    "() => [...document.querySelectorAll('.files progress')].some(({ value }) => value > 0 && value < 1)"
)


@pytest.fixture
def form(phone: Page, stack: Stack, world: World) -> SiteForm:
    return SiteForm(phone, stack.web_url, world.phones.dial(PHONE))


def booking_of(world: World, form: SiteForm) -> dict[str, Any]:
    """As the operator sees the booking of this tab."""
    return world.operator.booking(form.kept("booking")["booking_id"])


def test_an_adult_books_and_pays(form: SiteForm, world: World) -> None:
    form.open()
    form.choose_kind()
    form.choose_doctor("дежнев", ON_DUTY, "Терапевт")
    form.choose_time()
    form.myself()
    form.to_summary()
    expect(form.page.get_by_role("main").get_by_text("не оплачиваются страховыми")).to_be_visible()
    form.book()
    form.pay()
    expect(form.fact("Номер договора")).to_have_text(re.compile(r"ОК-\d{8}-\w{10}"), timeout=30_000)
    expect(form.page.get_by_text("необходимо быть на связи")).to_be_visible()
    expect(form.page.get_by_text("деньги остаются на лицевом счёте")).to_be_visible()
    with form.page.expect_download() as saved:
        form.page.get_by_role("button", name="Добавить в календарь").click()
    assert "BEGIN:VEVENT" in saved.value.path().read_text(encoding="utf-8")
    seen = booking_of(world, form)
    assert (seen["booking"]["status"], seen["people"]["holder"]["family_name"]) == ("SCHEDULED", "Воронова")
    assert form.kept("draft") is None  # what was typed is needed no more


def test_a_parent_who_does_not_know_whom_to_ask_is_led_to_a_pediatrician(
    form: SiteForm, world: World
) -> None:
    form.open()
    form.choose_kind()
    form.choose_unsure("Ребёнку до 18 лет")
    expect(form.times.first).to_be_visible()
    form.choose_time()
    form.my_child()
    form.to_summary()
    expect(form.fact("Специальность")).to_have_text("Педиатр")
    form.book()
    form.pay()
    seen = booking_of(world, form)
    assert seen["booking"]["specialty"] == "pediatrician"
    assert seen["people"]["patient"]["relation"] == "parent"


def test_from_fifteen_on_the_patient_gives_the_medical_consent(form: SiteForm, world: World) -> None:
    today = datetime.now(UTC)
    born = today.replace(year=today.year - 16, day=1)
    form.open()
    form.choose_kind()
    form.choose_unsure("Ребёнку до 18 лет")
    form.choose_time()
    form.my_child({**CHILD, "Дата рождения": f"{born:%d.%m.%Y}"})
    form.comment()
    expect(form.page.get_by_text("с 15 лет это согласие даёт он сам")).to_have_count(1)
    form.consent()
    form.book()
    form.pay()
    token = world.sign_in.holder(e164(form.phone))
    booking_id = form.kept("booking")["booking_id"]
    path = f"/me/bookings/{booking_id}/consents"
    kept = world.web.call("GET", world.api_url + path, token=token).expect(200)
    signers = {each["document"]: each["signed_by"] for each in kept["signatures"]}
    assert signers["medical_consent"] == "patient"
    assert signers["contract"] == "representative"


def test_each_consent_is_read_and_ticked_by_itself(form: SiteForm) -> None:
    form.open()
    form.choose_kind()
    form.choose_specialty("Терапевт")
    form.choose_time()
    form.myself()
    form.comment()
    form.at("Уведомление и согласия")
    ticks = form.page.get_by_role("checkbox")
    assert [ticks.nth(number).is_checked() for number in range(ticks.count())] == [False] * 5
    form.page.get_by_role("button", name="Прочитать: Договор").click()
    document = form.page.get_by_role("dialog", name="Договор об оказании")
    expect(document.get_by_text("Предмет договора")).to_be_visible()
    form.page.keyboard.press("Escape")
    expect(document).to_be_hidden()
    form.consent(CONSENTS[:3])
    expect(form.page.get_by_role("alert")).to_contain_text("персональных данных")
    form.at("Уведомление и согласия")


def test_all_that_is_missing_is_said_at_once_each_at_its_field(form: SiteForm) -> None:
    form.open()
    form.choose_kind()
    form.choose_specialty("Терапевт")
    form.choose_time()
    form.page.get_by_label("Моего ребёнка").check()
    form.on()
    person = ("family_name", "given_name", "birth_date", "sex")
    people = [f"f-{side}-{each}" for side in ("patient", "holder") for each in person]
    contacts = ["f-holder-phone", "f-holder-email", "f-channel-type", "f-patient-relation"]
    assert errors_at(form.page) == dict.fromkeys([*people, *contacts], "Заполните это поле")
    expect(form.page.locator("#errors")).to_be_focused()
    form.page.get_by_role("link", name="Представитель – Имя").click()
    expect(form.page.locator("#f-holder-given_name")).to_be_focused()


def test_what_the_api_finds_stands_at_its_fields_and_nothing_typed_is_lost(form: SiteForm) -> None:
    form.open()
    form.choose_kind()
    form.choose_specialty("Терапевт")
    form.choose_time()
    form.myself({**ADULT, "Фамилия": "Bоронова"})  # a Latin B
    form.page.get_by_role("button", name="Назад").click()
    form.page.get_by_label("Мобильный телефон").fill("+7 383 207-55-40")
    form.on()
    form.to_summary()
    form.book()
    form.at("Пациент и контакты")
    assert errors_at(form.page) == {
        "f-holder-family_name": "В одном слове смешаны русские и латинские буквы",
        "f-holder-phone": "Нужен номер мобильного телефона: на него придёт СМС",
    }
    expect(form.page.get_by_label("Имя", exact=True)).to_have_value("Анна")
    form.page.get_by_label("Фамилия", exact=True).fill("Воронова")
    form.page.get_by_label("Мобильный телефон").fill(form.phone)
    form.on()
    form.at("Проверьте запись")  # nothing else has to be gone through again
    expect(form.fact("Комментарии")).to_have_text("Кашель вторую неделю")


def test_a_slot_taken_meanwhile_offers_the_nearest_and_keeps_everything(form: SiteForm, world: World) -> None:
    form.adult_to_summary()
    slot = form.kept("draft")["values"]["slot"]
    holder = {"family_name": "Быстрова", "given_name": "Ольга", "birth_date": "1990-01-01", "sex": "female"}
    faster = {
        "kind": "first",
        "specialty": "therapist",
        "slot": {"doctor": slot["doctor"], "start": slot["start"]},
        "holder": {**holder, "phone": world.phones.dial(PHONE), "email": "o.bystrova@example.ru"},
        "patient": {"who": "self"},
        "channel": {"type": "phone"},
        "time_zone": "Europe/Moscow",
        "consents": world.consents,
    }
    world.site.book(faster, str(uuid4())).expect(201)
    form.book()
    form.at("День и время")
    offered = form.page.locator("#taken")
    expect(offered).to_contain_text("Это время только что заняли")
    nearest = offered.get_by_role("button").first
    told = re.findall(r"\d\d:\d\d", nearest.inner_text())
    nearest.click()
    expect(form.page.locator("#f-slot-start")).to_be_focused()  # the button that was pressed is gone
    form.on()
    form.at("Проверьте запись")
    expect(form.fact("Пациент")).to_have_text("Воронова Анна Михайловна")
    expect(form.fact("Когда")).to_contain_text(told[0])
    form.book()
    form.pay()
    chosen = form.kept("booking")["slot"]
    assert (chosen["doctor"], chosen["start"]) != (slot["doctor"], slot["start"])


def test_a_refused_payment_is_made_again(form: SiteForm, world: World) -> None:
    form.adult_to_summary()
    form.book()
    form.be_refused()
    expect(form.page.get_by_text("деньги не списаны")).to_be_visible()
    form.page.get_by_role("button", name="Оплатить ещё раз").click()
    form.pay()
    assert [each["status"] for each in booking_of(world, form)["payments"]] == ["canceled", "succeeded"]


def test_whoever_comes_back_unpaid_may_return_to_the_open_payment(form: SiteForm) -> None:
    form.adult_to_summary()
    form.book()
    form.at_provider()
    payment = form.page.url
    form.page.goto(f"{form.url}/")
    form.at("Ждём подтверждения оплаты")
    form.page.get_by_role("link", name="Вернуться к оплате").click()
    form.at_provider()
    assert form.page.url == payment


def test_a_reload_in_the_middle_of_the_form_loses_nothing(form: SiteForm) -> None:
    form.open()
    form.choose_kind()
    form.choose_specialty("Терапевт")
    form.choose_time()
    form.myself()
    form.comment(files=[pdf()])
    form.at("Уведомление и согласия")
    form.page.get_by_label(CONSENTS[1]).check()
    form.page.reload()
    form.at("Уведомление и согласия")
    expect(form.page.get_by_label(CONSENTS[1])).to_be_checked()
    form.page.get_by_role("button", name="Назад").click()
    expect(form.page.get_by_label("Комментарии")).to_have_value("Кашель вторую неделю")
    expect(form.page.get_by_text("файлы нужно выбрать ещё раз: Выписка.pdf")).to_be_visible()
    form.page.get_by_role("button", name="Назад").click()
    expect(form.page.get_by_label("Дата рождения")).to_have_value("12.04.1988")
    form.page.go_back()
    form.at("Комментарии и документы")  # the browser's own «back» goes by steps


def test_a_reload_before_paying_comes_to_the_payment_with_its_countdown(form: SiteForm) -> None:
    form.adult_to_summary()
    form.cannot_pay()
    form.book()
    form.at("Время закреплено за вами")
    form.page.unroute_all(behavior="ignoreErrors")
    form.page.goto(f"{form.url}/")
    form.at("Время закреплено за вами")
    expect(form.page.locator(".countdown")).to_have_text(re.compile(r"2\d:\d\d"))
    form.page.get_by_role("button", name="Оплатить").click()
    form.pay()


def test_a_hold_that_ran_out_lets_choose_a_time_again_with_everything_kept(
    form: SiteForm, world: World
) -> None:
    form.open()
    form.choose_kind()
    form.choose_doctor("дежнёв", ON_DUTY, "Терапевт")
    form.choose_time()
    form.myself()
    form.to_summary()
    start = world.slots_on_duty.take(datetime.now(UTC), timedelta(seconds=20))  # held until it begins
    form.page.get_by_role("button", name="Изменить: День и время").click()
    form.page.locator('input[name="day"]').first.check()
    form.times.and_(form.page.locator(f'[value="d-duty {start:%Y-%m-%dT%H:%M:%SZ}"]')).check()
    form.on()
    form.cannot_pay()
    form.book()
    form.at("Время закреплено за вами")
    form.at("Время на оплату вышло", seconds=90)
    form.page.unroute_all(behavior="ignoreErrors")
    form.page.get_by_role("button", name="Выбрать время снова").click()
    form.at("День и время")
    form.times.last.check()
    form.on()
    expect(form.page.get_by_label("Фамилия", exact=True)).to_have_value("Воронова")


def test_documents_are_sent_with_progress_before_paying(form: SiteForm, world: World) -> None:
    form.adult_to_summary(files=[pdf(size=1024 * 1024), pdf("Анализы.pdf")])
    harness.slow(form.page, kilobits=4000, latency_ms=20)
    form.book()
    progress = form.page.get_by_role("progressbar", name="Отправка файла Выписка.pdf")
    expect(progress).to_be_visible(timeout=15_000)
    form.page.wait_for_function(HALF_WAY)
    form.pay()
    expect(form.fact("Документы")).to_contain_text("Выписка.pdf – принят")
    expect(form.fact("Документы")).to_contain_text("Анализы.pdf – принят")


def test_a_file_that_is_not_what_it_says_is_told_before_paying(form: SiteForm) -> None:
    form.adult_to_summary(files=[{"name": "Снимок.png", "mimeType": "image/png", "buffer": b"not a picture"}])
    form.book()
    expect(form.page.get_by_text("Содержимое файла не соответствует его типу")).to_be_visible(timeout=30_000)
    form.page.get_by_role("button", name="Убрать файл Снимок.png").click()
    form.page.get_by_role("button", name="Оплатить").click()
    form.pay()


def test_a_file_of_a_wrong_type_or_size_is_refused_where_it_is_chosen(form: SiteForm, tmp_path: Path) -> None:
    sizes = {"program.exe": 2, "Пусто.pdf": 0, "Большой.pdf": 20 * 1024 * 1024 + 1, "Годится.pdf": 100}
    for name, size in sizes.items():
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)
    form.open()
    form.choose_kind()
    form.choose_specialty("Терапевт")
    form.choose_time()
    form.myself()
    form.at("Комментарии и документы")
    form.page.get_by_label("Выбрать файлы").set_input_files([tmp_path / name for name in sizes])
    expect(form.page.get_by_text("«program.exe»: такой файл приложить нельзя")).to_be_visible()
    expect(form.page.get_by_text("«Пусто.pdf»: файл пуст")).to_be_visible()
    expect(form.page.get_by_text("«Большой.pdf»: файл больше 20 МБ")).to_be_visible()
    expect(form.page.locator(".files li")).to_have_count(1)


def test_an_answer_that_was_lost_is_asked_for_again_by_the_same_key(
    form: SiteForm, watch: harness.Watch
) -> None:
    watch.allow("net::ERR_FAILED")
    form.adult_to_summary()
    with Requests(form.page, "/api/bookings", lose=1) as asked:
        form.book()
        form.at_provider()
    assert len(asked.keys) == 2
    assert len(set(asked.keys)) == 1


def test_a_booking_made_by_a_request_without_an_answer_is_found_though_the_form_was_changed(
    form: SiteForm, world: World, watch: harness.Watch
) -> None:
    watch.allow("net::ERR_FAILED")
    form.adult_to_summary()
    with Requests(form.page, "/api/bookings", lose=4) as asked:  # as often as the page tries by itself
        form.book()
        expect(form.page.get_by_text("Нет связи")).to_be_visible(timeout=20_000)
    form.page.get_by_role("button", name="Изменить: Комментарии и документы").click()
    form.page.get_by_label("Комментарии").fill("Уже лучше")
    form.on()
    form.book()
    expect(form.page.get_by_text("с теми данными, которые вы указали сначала")).to_be_visible()
    form.page.get_by_role("button", name="Оплатить").click()
    form.pay()
    assert len(set(asked.keys)) == 1
    assert booking_of(world, form)["people"]["comments"] == "Кашель вторую неделю"


def test_another_tab_that_the_provider_leads_to_says_so_and_leads_to_the_cabinet(
    phone: Page, stack: Stack
) -> None:
    booking_id = "b-" + "a" * 26
    phone.goto(f"{stack.web_url}/?paid={booking_id}")
    expect(phone.get_by_text("В этой вкладке нет данных о записи")).to_be_visible()
    link = phone.get_by_role("main").get_by_role("link", name="Личный кабинет")
    expect(link).to_have_attribute("href", f"/cabinet/bookings/{booking_id}")


def test_times_are_the_patients_with_the_clinics_beside_them_where_they_differ(
    visitor: Visitor, stack: Stack, world: World
) -> None:
    page = visitor(harness.PHONE, time_zone="Asia/Vladivostok")
    form = SiteForm(page, stack.web_url, world.phones.dial(PHONE))
    form.open()
    form.choose_kind()
    form.choose_specialty("Кардиолог")
    expect(page.get_by_label("Ваш часовой пояс")).to_have_value("Asia/Vladivostok")
    form.page.locator('input[name="day"]').last.check()
    value = form.times.first.get_attribute("value") or ""
    start = datetime.fromisoformat(value.split(" ")[1].replace("Z", "+00:00"))
    chip = page.locator("label.chip", has=page.locator(f'[value="{value}"]'))
    expect(chip).to_contain_text(f"{start + timedelta(hours=10):%H:%M}")  # Vladivostok is UTC+10
    expect(chip).to_contain_text(f"{start + timedelta(hours=7):%H:%M} в клинике")  # Novosibirsk is UTC+7
    page.get_by_label("Ваш часовой пояс").select_option("Asia/Novosibirsk")
    expect(page.get_by_text("Время: Новосибирск, МСК+4.")).to_be_visible()
    expect(form.times.first).to_be_visible()
    expect(page.locator("label.chip", has_text="в клинике")).to_have_count(0)


def test_a_skype_login_is_asked_for_skype_alone(form: SiteForm) -> None:
    form.open()
    form.choose_kind()
    form.choose_specialty("Терапевт")
    form.choose_time()
    form.page.get_by_label("Моя", exact=False).first.check()
    login = form.page.get_by_label("Ваш логин в Skype")
    expect(login).to_have_count(0)
    form.page.get_by_label("Skype").check()
    expect(login).to_be_visible()
    form.on()
    assert errors_at(form.page)["f-channel-login"] == "Заполните это поле"


def test_whoever_does_not_know_whom_to_ask_is_asked_for_whom(form: SiteForm) -> None:
    form.open()
    form.choose_kind()
    form.page.get_by_label("Не знаю").check()
    form.on()
    expect(form.page.locator("#errors")).to_be_focused()
    form.page.get_by_role("link", name="Укажите, чья это консультация").click()
    form.page.evaluate("location.hash = 'people'")
    form.at("К какому врачу")  # no step is left out
    form.page.get_by_label("Взрослому").check()
    form.on()
    form.at("День и время")
    form.page.get_by_role("button", name="Показать следующие дни").click()
    expect(form.page.locator("fieldset.days")).to_be_focused()
    form.page.get_by_role("button", name="Назад").click()
    form.choose_specialty("Кардиолог")
    expect(form.times.first).to_be_visible()
    expect(form.page.get_by_role("button", name="К ближайшим дням")).to_have_count(0)


def test_another_kind_after_a_search_by_name_searches_anew(form: SiteForm) -> None:
    form.open()
    form.choose_kind()
    form.page.get_by_role("button", name="По фамилии врача").click()
    form.page.get_by_label("Фамилия или имя врача").fill("сокол")
    form.page.locator(".found button").first.click()
    expect(form.page.locator("#f-doctor")).to_be_focused()  # the button that was pressed is gone
    form.page.get_by_role("button", name="Выбрать другого врача").click()
    expect(form.page.get_by_label("Фамилия или имя врача")).to_be_focused()
    form.page.get_by_role("button", name="Назад").click()
    form.choose_kind("Альтернативное")
    expect(form.page.get_by_label("Фамилия или имя врача")).to_have_value("сокол")
    expect(form.page.get_by_text("Такого врача с этим видом консультации нет")).to_be_visible()


def test_a_page_that_cannot_be_drawn_says_so_and_leads_back(form: SiteForm, watch: harness.Watch) -> None:
    watch.allow("not to be drawn")
    form.open()
    form.page.evaluate(BROKEN_VIEW)
    expect(form.page.get_by_role("alert")).to_contain_text("Что-то пошло не так")
    form.page.get_by_role("button", name="Попробовать ещё раз").click()
    expect(form.page.locator("body")).to_contain_text("drawn: 1")


BROKEN_VIEW = """async () => {
    const { Page } = await import('/shared/page.js');
    const place = document.body.appendChild(document.createElement('div'));
    const page = new Page(place, { part: 1 }, ({ part }) => {
        if (part === 2) throw new Error('not to be drawn');
        return `drawn: ${part}`;
    });
    await Promise.resolve();
    page.change({ part: 2 });
}"""


def test_errors_of_several_steps_are_mended_one_after_the_other(form: SiteForm) -> None:
    faults = [
        {"path": "holder.email", "code": "wrong", "message": "Такого адреса нет"},
        {"path": "comments", "code": "too_long", "message": "Слишком длинно"},
        {"path": "somewhere", "code": "wrong", "message": "И ещё что-то"},
    ]
    answer(form, 422, {"error": {"code": "invalid", "message": "Проверьте", "fields": faults}})
    form.come_to_summary()
    form.book()
    form.at("Пациент и контакты")
    expect(form.page.get_by_text("И ещё что-то")).to_be_visible()
    form.page.get_by_label("Электронная почта").fill("b@example.ru")
    form.on()
    form.at("Комментарии и документы")
    expect(form.page.get_by_text("Слишком длинно").first).to_be_visible()
    form.page.get_by_label("Комментарии").fill("Короче")
    form.on()
    form.at("Проверьте запись")


def test_another_price_than_was_shown_is_said_before_paying(form: SiteForm, watch: harness.Watch) -> None:
    watch.allow("net::ERR_FAILED")
    hold = f"{datetime.now(UTC) + timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ}"
    made = {"booking_id": "b-" + "a" * 26, "capability": "c", "price": 310_000, "hold_until": hold}
    answer(form, 201, {**made, "status": "AWAITING_PAYMENT"})
    form.come_to_summary()
    form.page.get_by_role("button", name="Назад").click()
    form.on()
    form.page.route("**/site/payment.js", lambda route: route.abort())  # it is there before a time is taken
    form.book()
    form.at("Время закреплено за вами")
    expect(form.page.get_by_role("status").filter(has_text="3 100 ₽")).to_contain_text("2 500 ₽")
    form.page.go_back()
    form.page.wait_for_url("**/#payment")
    form.at("Время закреплено за вами")


def test_the_key_of_an_unanswered_request_outlives_a_slow_reload(form: SiteForm) -> None:
    form.come_to_summary(key="kept-key-0123456789", sent=[])
    held: list[Route] = []
    form.page.route("**/site/later.js", lambda route: held.append(route))
    with form.page.expect_request("**/site/later.js"):
        form.page.reload(wait_until="commit")
    expect(form.page.get_by_role("status").filter(has_text="Загружаем")).to_be_visible()
    expect(form.page.get_by_role("main").get_by_role("button")).to_have_count(0)
    held[0].continue_()
    form.at("Проверьте запись")
    with Requests(form.page, "/api/bookings", lose=1) as asked:
        form.book()
    assert asked.keys == ["kept-key-0123456789"]


def answer(form: SiteForm, status: int, body: dict[str, Any]) -> None:
    """The API answers a request to book so."""
    form.page.route(re.compile("/api/bookings$"), lambda route: route.fulfill(status=status, json=body))


def test_the_time_of_a_booking_that_is_changed_is_free_at_once(form: SiteForm) -> None:
    form.adult_to_summary()
    form.cannot_pay()
    form.book()
    form.at("Время закреплено за вами")
    form.page.get_by_role("button", name="Изменить запись").click()
    form.at("Онлайн-консультация врача")
    form.page.goto(f"{form.url}/#summary")
    form.page.unroute_all(behavior="ignoreErrors")
    form.at("Проверьте запись")
    form.book()
    form.at_provider()


def test_a_file_that_does_not_move_is_given_up(form: SiteForm) -> None:
    form.page.clock.install()
    form.open()
    form.page.route("**/stalled", lambda route: None)
    with form.page.expect_request("**/stalled"):
        form.page.evaluate(STALLED_UPLOAD)
    form.page.clock.fast_forward("00:31")
    form.page.wait_for_function("() => window.refused === 'unreachable'", timeout=5000)


STALLED_UPLOAD = """async () => {
    const { upload } = await import('/shared/api.js');
    const sent = upload({ url: '/stalled', fields: {} }, new Blob(['1']), () => {});
    sent.catch(({ code }) => { window.refused = code; });
}"""
