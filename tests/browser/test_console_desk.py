"""What operators do: book for a caller, search, money, time, tasks, callbacks."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from local.demo.world import World
from local.stack import Stack
from tests.browser import harness
from tests.browser.at_console import (
    DOCTOR,
    Case,
    Cases,
    choose,
    choose_first_time,
    choose_time,
    fill_in_adult,
    full_name,
    link_in_sms,
    part_of_address,
    sign_in,
    state,
    told,
    window,
)
from tests.browser.conftest import Visitor


@pytest.fixture(scope="session")
def cases(world: World) -> Cases:
    return Cases(world)


@pytest.fixture(scope="session")
def nobody_came(cases: Cases) -> Case:
    """A consultation that neither side came to: its price is on the balance, and an operator is asked for."""
    return cases.nobody_came()


@pytest.fixture
def operator(desktop: Page, stack: Stack) -> Page:
    sign_in(desktop, stack, "operator", "/console/account")
    return desktop


def show(page: Page, stack: Stack, address: str) -> None:
    page.goto(stack.web_url + address)
    page.get_by_role("navigation", name="Разделы").wait_for()


def search(page: Page, typed: str) -> Locator:
    """The rows that were found."""
    field = page.get_by_label("Телефон, фамилия или номер договора")
    field.fill(typed)
    field.press("Enter")
    return page.get_by_role("region", name="Найденные записи").locator("tbody tr")


# ---- booking by phone ----


def test_a_caller_is_booked_gets_an_sms_and_pays_in_the_cabinet_that_it_leads_to(
    operator: Page, phone: Page, stack: Stack, world: World, cases: Cases
) -> None:
    holder = cases.new_holder()
    show(operator, stack, "/console/book")
    operator.get_by_label("Телефон звонящего").fill(holder["phone"])
    operator.keyboard.press("Enter")
    expect(operator.get_by_text("По этому номеру ещё не записывались")).to_be_visible()
    expect(operator.get_by_label("Мобильный телефон")).to_have_value(holder["phone"])
    for said in ("СМС со ссылкой", "323-ФЗ", "страховыми", "быть на связи", "лицевом счёте"):
        expect(operator.get_by_role("complementary")).to_contain_text(said)
    choose_time(operator)
    fill_in_adult(operator, holder)
    operator.get_by_role("button", name="Записать и отправить СМС").click()
    expect(operator.get_by_role("heading", name="Запись создана")).to_be_focused()
    told(operator, "СМС со ссылкой отправлена")
    harness.axe(operator)
    operator.get_by_role("link", name="Открыть запись").click()
    expect(state(operator)).to_have_text("Ждёт согласий")

    consents_and_pays(phone, link_in_sms(world, stack, part_of_address(operator).rpartition("/")[2]))
    operator.reload()
    expect(state(operator)).to_have_text("Назначена")
    expect(operator.get_by_role("table", name="Платежи")).to_contain_text("прошёл")


def consents_and_pays(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("checkbox").first.wait_for()
    for tick in page.locator("input[type=checkbox][aria-required=true]").all():
        tick.check()
    page.get_by_role("button", name="Подтвердить и перейти к оплате").click()
    page.get_by_role("button", name="Оплатить 2 500 ₽ картой").click()
    page.get_by_role("button", name="Оплатить", exact=True).click()  # on the provider's page
    expect(page.get_by_text("Назначена", exact=True)).to_be_visible(timeout=15_000)


def test_a_caller_who_is_known_need_not_say_it_all_again(operator: Page, stack: Stack, cases: Cases) -> None:
    known = cases.by_phone()
    show(operator, stack, "/console/book")
    operator.get_by_label("Телефон звонящего").fill(known.phone)
    operator.keyboard.press("Enter")
    operator.get_by_role("button", name=full_name(known.holder)).click()
    expect(operator.get_by_label("Фамилия")).to_have_value(known.holder["family_name"])
    expect(operator.get_by_label("Электронная почта")).to_have_value(known.holder["email"])
    expect(operator.get_by_role("radio", name="Звонящего").first).to_be_checked()


def test_what_is_missing_in_a_booking_is_told_at_once_and_nothing_typed_is_lost(
    operator: Page, stack: Stack
) -> None:
    show(operator, stack, "/console/book")
    operator.get_by_label("Фамилия").fill("Петрова")
    operator.get_by_role("button", name="Записать и отправить СМС").click()
    summary = operator.locator("#errors")
    expect(summary).to_be_focused()
    for missing in ("Имя", "Дата рождения", "Мобильный телефон", "Выберите день и время"):
        expect(summary).to_contain_text(missing)
    harness.axe(operator)
    operator.get_by_role("link", name="Задачи").click()
    operator.get_by_role("link", name="Новая запись").click()
    expect(operator.get_by_label("Фамилия")).to_have_value("Петрова")


# ---- search ----


@pytest.mark.parametrize("way", ["phone", "name", "contract"])
def test_a_booking_is_found_three_ways_and_no_way_stands_in_the_address(
    operator: Page, stack: Stack, found_by: dict[str, str], paid: Case, way: str
) -> None:
    show(operator, stack, "/console/search")
    row = search(operator, found_by[way]).filter(has_text=paid.phone)
    expect(row).to_have_count(1)
    assert operator.url == f"{stack.web_url}/console/search"
    row.get_by_role("link").first.click()
    expect(operator.get_by_role("heading", level=1)).to_have_text(full_name(paid.holder))
    assert full_name(paid.holder) not in operator.title()
    operator.go_back()
    expect(row).to_have_count(1)


@pytest.fixture(scope="module")
def paid(cases: Cases) -> Case:
    return cases.paid()


@pytest.fixture
def found_by(paid: Case) -> dict[str, str]:
    area, rest = paid.phone[2:5], paid.phone[5:]
    return {
        "phone": f"8 ({area}) {rest}",
        "name": full_name(paid.holder),
        "contract": paid.contract,
    }


def test_a_search_that_means_nothing_is_told_at_its_field(operator: Page, stack: Stack) -> None:
    show(operator, stack, "/console/search")
    search(operator, "а")
    field = operator.get_by_label("Телефон, фамилия или номер договора")
    expect(field).to_have_accessible_description(re.compile("Введите хотя бы две первые буквы фамилии"))
    harness.axe(operator)


# ---- money and time ----


def test_cash_makes_a_booking_paid_and_who_took_it_stands_in_the_trail(
    operator: Page, stack: Stack, cases: Cases
) -> None:
    case = cases.payable()
    show(operator, stack, case.address)
    form = window(operator, "Принять оплату")
    expect(form.get_by_label("Сумма, ₽")).to_have_value("2500")
    harness.axe(operator)
    form.get_by_label("Сумма, ₽").fill("две тысячи")
    form.get_by_role("button", name="Принять оплату").click()
    expect(form.get_by_label("Сумма, ₽")).to_have_attribute("aria-invalid", "true")
    form.get_by_label("Сумма, ₽").fill("2 500")
    form.get_by_label("Номер документа").fill("ПКО 17")
    form.get_by_label("Почему").fill("Заплатила в клинике")
    form.get_by_role("button", name="Принять оплату").click()
    told(operator, "Оплата принята")
    expect(operator.get_by_role("table", name="Платежи")).to_contain_text("ПКО 17")
    operator.get_by_text("Журнал действий").click()
    entry = operator.get_by_role("listitem").filter(has_text="Оплата в клинике")
    expect(entry).to_contain_text("Заплатила в клинике")
    expect(entry).to_contain_text("вы")


def test_a_booking_is_moved_with_a_reason(operator: Page, stack: Stack, cases: Cases) -> None:
    case = cases.paid()
    show(operator, stack, case.address)
    expect(operator.get_by_role("button", name="Принять оплату")).to_have_count(0)
    form = window(operator, "Перенести")
    choose_first_time(form)
    harness.axe(operator)
    form.get_by_role("button", name="Перенести").click()
    expect(form.get_by_label("Почему")).to_have_attribute("aria-invalid", "true")
    form.get_by_label("Почему").fill("Заболел ребёнок")
    form.get_by_role("button", name="Перенести").click()
    told(operator, "Запись перенесена")
    expect(operator.get_by_text("Переносов")).to_be_visible()
    expect(state(operator)).to_have_text("Назначена")


def test_a_time_of_another_doctor_that_is_offered_for_a_lost_one_says_whose_it_is(
    operator: Page, stack: Stack, world: World, paid: Case
) -> None:
    others = [world.free_slot("d-duty", "first"), {**world.free_slot(DOCTOR, "first"), "doctor": "d-gone"}]
    refusal = {"error": {"code": "slot_taken", "message": "Время заняли", "alternatives": others}}
    operator.route("**/slot", lambda route: route.fulfill(status=409, json=refusal))
    show(operator, stack, paid.address)
    form = window(operator, "Перенести")
    expect(form.get_by_label("К тому же врачу")).to_be_checked()
    choose_first_time(form)
    form.get_by_label("Почему").fill("Попросил")
    form.get_by_role("button", name="Перенести").click()
    offered = form.locator("#taken").get_by_role("button")
    expect(offered).to_have_count(1)  # a doctor whom this page's catalogue has not is nobody's choice
    expect(offered).to_contain_text("Дежнёв")
    offered.click()
    expect(form.get_by_role("status").filter(has_text="Дежнёв")).to_be_visible()
    expect(form.get_by_label("К любому врачу специальности")).to_be_checked()


def test_a_cancelled_bookings_money_is_given_back_by_the_desk_that_took_it(
    operator: Page, stack: Stack, world: World, cases: Cases
) -> None:
    case = cases.paid_in_cash()
    show(operator, stack, case.address)
    form = window(operator, "Отменить запись")
    choose(form, "Клиники")
    form.get_by_label("Почему").fill("Врач заболел")
    form.get_by_role("button", name="Отменить запись").click()
    told(operator, "Запись отменена")
    expect(state(operator)).to_have_text("Отменена")
    account = operator.get_by_role("region", name="Деньги").get_by_role("link")
    expect(account).to_have_text("2 500 ₽")
    account.click()
    expect(operator.get_by_role("heading", level=1)).to_have_text("Лицевой счёт")
    expect(operator.get_by_role("region", name="Записи").get_by_text(full_name(case.holder))).to_be_visible()
    harness.axe(operator)

    form = window(operator, "Вернуть деньги")
    amount = form.get_by_label("Сумма, ₽")
    amount.fill("2 500,01")
    form.get_by_role("button", name="Вернуть деньги").click()
    expect(amount).to_have_accessible_description(re.compile(r"Не больше 2\s500.*Не больше"))
    amount.fill("2 500")
    form.get_by_role("button", name="Вернуть деньги").click()
    told(operator, "Возврат запрошен")
    show(operator, stack, "/console/tasks")
    task = operator.get_by_role("row").filter(has_text="выдать в клинике")
    task.locator(f"a[href*='{case.booking_id}']").click()
    form = window(operator, "Деньги выданы")
    form.get_by_label("Номер документа").fill("РКО 5")
    form.get_by_label("Почему").fill("Выдано в кассе")
    form.get_by_role("button", name="Деньги выданы").click()
    told(operator, "Выдача отмечена")
    row = operator.get_by_role("table", name="Возвраты").get_by_role("row").last
    expect(row).to_contain_text("Вернули")
    expect(row).to_contain_text("РКО 5")
    lines = operator.get_by_role("table", name="Движение денег").locator("tbody tr")
    expect(lines).to_contain_text(["Возврат денег", "Запись отменена"])
    expect(lines).to_contain_text(["-2 500 ₽", "+2 500 ₽"])


def test_the_link_is_sent_again_and_the_time_is_held_for_longer(
    operator: Page, stack: Stack, cases: Cases
) -> None:
    case = cases.by_phone(hold_minutes=120)
    show(operator, stack, case.address)
    window(operator, "Отправить ссылку снова").get_by_role("button", name="Отправить СМС").click()
    told(operator, "СМС со ссылкой отправлена")
    form = window(operator, "Держать дольше")
    form.get_by_label("Сколько ещё").select_option("3 часа")
    form.get_by_label("Почему").fill("Попросила подождать")
    form.get_by_role("button", name="Держать", exact=True).click()
    told(operator, "Время держится дольше")


def test_a_window_closes_by_escape_and_the_booking_stays(operator: Page, stack: Stack, paid: Case) -> None:
    show(operator, stack, paid.address)
    window(operator, "Отменить запись")
    operator.keyboard.press("Escape")
    expect(operator.get_by_role("dialog")).to_have_count(0)
    expect(state(operator)).to_have_text("Назначена")


# ---- callbacks ----


def test_a_year_that_nobody_lives_in_is_told_at_its_field(operator: Page, stack: Stack, paid: Case) -> None:
    show(operator, stack, paid.address)
    form = window(operator, "Попросить звонок врача")
    form.get_by_label("О чём спросить врача").fill("Можно ли плавать?")
    form.get_by_label("Звонить не раньше").fill("12026-11-25T10:00")
    form.get_by_role("button", name="Создать заявку").click()
    expect(form.get_by_label("Звонить не раньше")).to_have_accessible_description(re.compile("четырьмя"))


def ask_for_call(page: Page, stack: Stack, case: Case, question: str) -> None:
    show(page, stack, case.address)
    form = window(page, "Попросить звонок врача")
    form.get_by_label("О чём спросить врача").fill(question)
    form.get_by_label("Почему").fill("Позвонила пациентка")
    form.get_by_role("button", name="Создать заявку").click()
    told(page, "Заявка создана")


def request_of(page: Page, question: str) -> Locator:
    return page.locator(".callbacks > li").filter(has_text=question)


def test_a_callback_is_worked_through(operator: Page, stack: Stack, cases: Cases) -> None:
    question = f"Можно ли заменить лекарство? ({uuid4().hex[:6]})"
    ask_for_call(operator, stack, cases.paid(), question)
    operator.get_by_role("link", name="Звонки").click()
    request = request_of(operator, question)
    expect(request).to_contain_text("никто не назначен")
    harness.axe(operator)
    request.get_by_role("button", name="Взять себе").click()
    expect(request.get_by_role("button", name="Отказаться")).to_be_visible()
    request.get_by_role("button", name="Занято").click()
    expect(request.get_by_role("listitem").filter(has_text="Занято")).to_be_visible()
    request.get_by_text("Закрыть заявку").first.click()
    request.get_by_role("button", name="Закрыть заявку").click()
    expect(request.locator(".summary")).to_be_visible()
    choose(request, "Ответили")
    request.get_by_label("Что сказали").fill("Объяснила, что заменить можно")
    request.get_by_role("button", name="Закрыть заявку").click()
    told(operator, "Заявка закрыта")


def test_whoever_works_on_a_callback_that_was_changed_meanwhile_is_told_so(
    operator: Page, visitor: Visitor, stack: Stack, cases: Cases
) -> None:
    question = f"Когда прийти на осмотр? ({uuid4().hex[:6]})"
    ask_for_call(operator, stack, cases.paid(), question)
    operator.get_by_role("link", name="Звонки").click()
    request = request_of(operator, question)
    request.get_by_text("Закрыть заявку").first.click()
    request.get_by_label("Что сказали").fill("Записала на осмотр")

    other = visitor(harness.DESKTOP)
    sign_in(other, stack, "operator", "/console/callbacks")
    request_of(other, question).get_by_role("button", name="Взять себе").click()
    expect(request_of(other, question).get_by_role("button", name="Отказаться")).to_be_visible()

    choose(request, "Ответили")
    request.get_by_role("button", name="Закрыть заявку").click()
    expect(request.get_by_role("alert")).to_be_visible()
    expect(request.get_by_role("button", name="Отказаться")).to_be_visible()
    expect(request.get_by_label("Что сказали")).to_have_value("Записала на осмотр")


# ---- what nobody came to ----


def test_an_absent_doctor_is_a_task_until_an_operator_has_seen_to_it(
    operator: Page, stack: Stack, cases: Cases, nobody_came: Case
) -> None:
    show(operator, stack, "/console/tasks")
    harness.axe(operator)
    link = operator.locator(f"a[href$='/bookings/{nobody_came.booking_id}']")
    expect(link).to_contain_text("Врач не вышел на связь")
    link.click()
    form = window(operator, "Решить задачу")
    form.get_by_role("button", name="Задача решена").click()
    expect(form.get_by_label("Почему")).to_have_attribute("aria-invalid", "true")
    form.get_by_label("Почему").fill("Позвонили, предложили другое время")
    form.get_by_role("button", name="Задача решена").click()
    told(operator, "Задача решена")
    assert cases.task(nobody_came) is None
    operator.get_by_role("link", name="Задачи").click()
    expect(operator.get_by_text("Первыми стоят те")).to_be_visible()
    expect(link).to_have_count(0)


def test_an_outcome_is_corrected_and_the_money_follows(
    operator: Page, stack: Stack, nobody_came: Case
) -> None:
    show(operator, stack, nobody_came.address)
    account = operator.get_by_role("region", name="Деньги").get_by_role("link")
    expect(account).to_have_text("2 500 ₽")
    form = window(operator, "Исправить итог")
    form.get_by_role("button", name="Исправить итог").click()
    expect(form.get_by_text("Выберите итог").first).to_be_visible()
    choose(form, "Состоялась")
    form.get_by_label("Почему").fill("Поговорили по телефону")
    form.get_by_role("button", name="Исправить итог").click()
    told(operator, "Итог исправлен")
    expect(state(operator)).to_have_text("Состоялась")
    expect(account).to_have_text("0 ₽")
