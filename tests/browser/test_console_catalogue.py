"""The catalogue and the schedules at the console: a draft, its faults, what others do meanwhile."""

import json
from collections import defaultdict
from collections.abc import Iterator
from copy import deepcopy
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import FilePayload, Locator, Page, Route, expect

from local.demo.story import load
from local.demo.world import World
from local.stack import Stack
from tests.browser import harness
from tests.browser.at_console import DOCTOR, stands
from tests.browser.conftest import Member

NAME = "Соколова Елена Викторовна"  # of DOCTOR
OTHER = "d-kim"
VIEWS = ("catalogue", "catalogue/doctors/0", "catalogue/lists", "catalogue/clinic", "catalogue/settings")
MORE_VIEWS = ("catalogue/notices", "catalogue/file", "schedules", f"schedules/{DOCTOR}")


class Catalogue:
    """The catalogue in force, as the API has it."""

    def __init__(self, world: World, stack: Stack) -> None:
        self._world, self._stack = world, stack
        self._url = f"{world.api_url}/internal/catalogue"

    def read(self) -> dict[str, Any]:
        answer = self._world.web.call("GET", self._url, token=self._stack.staff_token("admin"))
        document: dict[str, Any] = answer.expect(200)["document"]
        return document

    def put(self, document: dict[str, Any]) -> None:
        token = self._stack.staff_token("admin")
        self._world.web.call("PUT", self._url, document, token=token).expect(200)

    def doctor(self, doctor: str = DOCTOR) -> dict[str, Any]:
        return of(self.read(), doctor)


def of(document: dict[str, Any], doctor: str = DOCTOR) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in document["doctors"] if each["id"] == doctor)
    return found


@pytest.fixture
def catalogue(world: World, stack: Stack) -> Iterator[Catalogue]:
    """As it is before the test, it is after."""
    kept = Catalogue(world, stack)
    before = kept.read()
    yield kept
    kept.put(before)


def price(page: Page) -> Locator:
    """Of the first consultation of the doctor whose page it is."""
    return page.get_by_role("group", name="Первичная онлайн-консультация").get_by_label("Цена, ₽")


def phone(page: Page) -> Locator:
    return page.get_by_label("Телефон", exact=True)


def open_doctor(page: Page, name: str = NAME) -> None:
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def check(page: Page) -> Locator:
    """What would change."""
    page.get_by_role("button", name="Проверить и сохранить").click()
    window = page.get_by_role("dialog", name="Что изменится")
    expect(window).to_be_visible()
    return window


def save(page: Page) -> None:
    check(page).get_by_role("button", name="Сохранить").click()


def saved(page: Page) -> None:
    save(page)
    expect(page.get_by_text("Каталог сохранён")).to_be_visible()


@pytest.mark.parametrize("view", VIEWS + MORE_VIEWS)
def test_every_view_is_usable_on_a_phone_and_by_a_screen_reader(member: Member, view: str) -> None:
    page = member("admin", view)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    stands(page)


def test_what_changes_is_shown_before_it_is_saved_and_in_force_after(
    member: Member, catalogue: Catalogue
) -> None:
    page = member("admin", "catalogue")
    open_doctor(page)
    price(page).fill("2 650,50")
    window = check(page)
    expect(window.get_by_role("row").nth(1)).to_contain_text("Цена, Первичная онлайн-консультация")
    expect(window).to_contain_text("2 500")
    expect(window).to_contain_text("2 650,50")
    stands(page)
    assert catalogue.doctor()["offers"]["first"]["price"] == 250_000
    window.get_by_role("button", name="Сохранить").click()
    expect(page.get_by_text("Каталог сохранён")).to_be_visible()
    assert catalogue.doctor()["offers"]["first"]["price"] == 265_050


def test_a_draft_survives_going_to_another_section_and_is_discarded_when_somebody_says_so(
    member: Member, catalogue: Catalogue
) -> None:
    page = member("admin", "catalogue/doctors/0")
    price(page).fill("3000")
    page.get_by_role("link", name="Задачи").click()
    page.get_by_role("link", name="Каталог").click()
    open_doctor(page)
    expect(price(page)).to_have_value("3000")
    page.get_by_role("button", name="Отменить правки").click()
    page.get_by_role("dialog").get_by_role("button", name="Отменить правки").click()
    expect(price(page)).to_have_value("2500")
    assert catalogue.doctor()["offers"]["first"]["price"] == 250_000


def test_all_faults_stand_at_their_fields_at_once_and_what_was_typed_stays(
    member: Member, catalogue: Catalogue
) -> None:
    page = member("admin", "catalogue/doctors/0")
    price(page).fill("дорого")
    phone(page).fill("12")
    page.get_by_label("Фамилия").fill("")
    page.get_by_role("link", name="Сроки и ограничения").click()
    page.get_by_label("Запись открыта вперёд, дней").fill("много")
    save(page)
    faults = page.get_by_role("alert")
    expect(faults.get_by_role("link")).to_have_count(4)
    expect(page.get_by_label("Запись открыта вперёд, дней")).to_have_attribute("aria-invalid", "true")
    stands(page)
    faults.get_by_role("link", name="Укажите сумму в рублях").click()
    expect(price(page)).to_have_attribute("aria-invalid", "true")
    expect(price(page)).to_have_value("дорого")
    expect(phone(page)).to_have_value("12")
    stands(page)
    page.get_by_role("alert").get_by_role("link", name="Телефон").click()
    expect(phone(page)).to_be_focused()
    assert catalogue.doctor()["contacts"]["phone"] == "+79130000101"


def test_what_somebody_else_saved_meanwhile_and_the_draft_are_both_kept(
    member: Member, catalogue: Catalogue
) -> None:
    page = member("admin", "catalogue/doctors/0")
    price(page).fill("2700")
    theirs = deepcopy(catalogue.read())
    of(theirs, OTHER)["offers"]["first"]["price"] = 333_300
    catalogue.put(theirs)
    save(page)
    expect(page.get_by_text("каталог сохранил другой сотрудник")).to_be_visible()
    expect(price(page)).to_have_value("2700")
    assert catalogue.doctor()["offers"]["first"]["price"] == 250_000
    stands(page)
    saved(page)
    assert catalogue.doctor()["offers"]["first"]["price"] == 270_000
    assert catalogue.doctor(OTHER)["offers"]["first"]["price"] == 333_300


def test_what_both_changed_is_named_with_both_values(member: Member, catalogue: Catalogue) -> None:
    page = member("admin", "catalogue/doctors/0")
    price(page).fill("2700")
    theirs = deepcopy(catalogue.read())
    of(theirs)["offers"]["first"]["price"] = 333_300
    catalogue.put(theirs)
    save(page)
    told = page.get_by_role("alert")
    expect(told).to_contain_text("Это изменили вы оба")
    expect(told).to_contain_text("3 333")
    expect(told).to_contain_text("2 700")


def test_what_is_typed_while_the_draft_is_being_saved_is_not_lost(
    member: Member, catalogue: Catalogue
) -> None:
    page = member("admin", "catalogue/doctors/0", size=harness.DESKTOP)
    price(page).fill("2700")
    held: list[Route] = []
    page.route("**/api/internal/catalogue", lambda route: route.fallback() if held else held.append(route))
    save(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    phone(page).fill("9130000177")
    held[0].continue_()
    expect(page.get_by_text("Каталог сохранён")).to_be_visible()
    expect(phone(page)).to_have_value("9130000177")
    assert catalogue.doctor()["offers"]["first"]["price"] == 270_000
    save(page)
    expect(page.get_by_role("button", name="Проверить и сохранить")).to_have_count(0)
    assert catalogue.doctor()["contacts"]["phone"] == "+79130000177"


def doctors(**prices: int) -> dict[str, Any]:
    return {"doctors": [{"id": each, "price": price} for each, price in prices.items()]}


@pytest.mark.parametrize(
    ("mine", "theirs", "together", "clashes"),
    [
        (doctors(a=2, b=1), doctors(a=1, b=3), doctors(a=2, b=3), []),
        (doctors(a=1, b=1, c=5), doctors(a=1, b=1, d=6), doctors(a=1, b=1, c=5, d=6), []),
        (doctors(b=1), doctors(a=1, b=2), doctors(b=2), []),
        (doctors(b=1), doctors(a=7, b=1), doctors(b=1), [["doctors", "a"]]),
        (doctors(a=2, b=1), doctors(a=2, b=1), doctors(a=2, b=1), []),
        (doctors(a=2, b=1), doctors(a=3, b=1), doctors(a=2, b=1), [["doctors", "a", "price"]]),
    ],
    ids=["other parts", "two new", "taken out", "taken out and changed", "the same", "otherwise"],
)
def test_two_peoples_changes_of_one_document_come_together(
    desktop: Page, stack: Stack, mine: Any, theirs: Any, together: Any, clashes: list[list[str]]
) -> None:
    desktop.goto(f"{stack.web_url}/console/")
    merge = (
        "async ([base, mine, theirs]) =>"
        " (await import('/console/catalogue_changes.js')).merged(base, mine, theirs)"
    )
    found = desktop.evaluate(merge, [doctors(a=1, b=1), mine, theirs])
    assert found["value"] == together
    assert [each["path"] for each in found["clashes"]] == clashes


def test_a_new_doctor_can_be_booked(member: Member, catalogue: Catalogue) -> None:
    page = member("admin", "catalogue")
    page.get_by_role("button", name="Добавить врача").click()
    for label, typed in (
        ("Фамилия", "Новикова"),
        ("Имя", "Ольга"),
        ("Код", "d-novikova"),
        ("Телефон", "9130000199"),
        ("Электронная почта", "o.novikova@klinika-ob.example.ru"),
    ):
        page.get_by_label(label, exact=True).fill(typed)
    page.get_by_label("Терапевт").check()
    page.get_by_role("checkbox", name="Первичная онлайн-консультация").check()
    price(page).fill("2000")
    saved(page)
    made = catalogue.doctor("d-novikova")
    assert made["offers"] == {"first": {"price": 200_000, "minutes": 30}}
    assert made["contacts"]["phone"] == "+79130000199"


def test_weekly_hours_and_days_off_show_in_the_free_time_after_saving(
    member: Member, catalogue: Catalogue, world: World
) -> None:
    page = member("admin", f"schedules/{DOCTOR}")
    off = next_weekday(world, 4)
    add(page, "Добавить часы")
    hours = page.get_by_role("group", name="Часы 3")
    hours.get_by_label("Вс").check()
    hours.get_by_label("С", exact=True).fill("8:00")
    hours.get_by_label("До", exact=True).fill("10:30")
    add(page, "Добавить выходные")
    page.get_by_label("Первый день").fill(off.isoformat())
    page.get_by_label("Последний день").fill(off.isoformat())
    window = check(page)
    expect(window).to_contain_text("Вс 08:00–10:30")
    window.get_by_role("button", name="Сохранить").click()
    expect(page.get_by_text("Каталог сохранён")).to_be_visible()
    assert {"recurrence": "FREQ=WEEKLY;BYDAY=SU", "from": "08:00", "to": "10:30"} in catalogue.doctor()[
        "schedule"
    ]
    free = page.get_by_role("region", name="Свободное время")
    if (off - world.tomorrow()).days >= 6:
        free.get_by_role("button", name="Неделей позже").click()
    expect(free.locator("div", has=page.get_by_text("воскресенье")).last).to_contain_text("08:00–10:20")
    expect(free.locator("div", has=page.get_by_text("пятница")).last).to_contain_text("нет")


def add(page: Page, what: str) -> None:
    page.get_by_role("button", name=what).click()


def next_weekday(world: World, weekday: int) -> date:
    """The next one in the week that the free time is shown for."""
    tomorrow = world.tomorrow()
    return tomorrow + timedelta(days=(weekday - tomorrow.weekday()) % 7)


def test_hours_every_second_week_say_from_which_day_they_count(member: Member, catalogue: Catalogue) -> None:
    page = member("admin", f"schedules/{DOCTOR}")
    hours = page.get_by_role("group", name="Часы 1")
    hours.get_by_label("Раз в сколько недель").fill("3")
    page.keyboard.press("Backspace")
    page.keyboard.type("2")
    save(page)
    expect(hours).to_contain_text("Недели считаются от этого дня")
    hours.get_by_label("Действует с").fill("2026-12-07")
    saved(page)
    first = catalogue.doctor()["schedule"][0]
    assert first["recurrence"] == "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR"
    assert first["valid_from"] == "2026-12-07"


def test_hours_without_a_weekday_are_said_to_need_one(member: Member, catalogue: Catalogue) -> None:
    page = member("admin", f"schedules/{DOCTOR}")
    add(page, "Добавить часы")
    save(page)
    expect(page.get_by_role("group", name="Часы 3")).to_contain_text("Отметьте дни недели")
    stands(page)
    page.get_by_role("button", name="Убрать часы 3").click()
    expect(page.get_by_role("button", name="Проверить и сохранить")).to_have_count(0)


def test_the_catalogue_is_downloaded_changed_and_loaded_again(member: Member, catalogue: Catalogue) -> None:
    page = member("admin", "catalogue/file")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Скачать JSON").click()
    document = json.loads(downloading.value.path().read_text(encoding="utf-8"))
    assert document == catalogue.read()
    of(document)["offers"]["first"]["price"] = 260_000
    load_file(page, json.dumps(document))
    window = page.get_by_role("dialog", name="Что изменится")
    expect(window).to_contain_text("2 600")
    window.get_by_role("button", name="Сохранить").click()
    expect(page.get_by_text("Каталог сохранён")).to_be_visible()
    assert catalogue.doctor()["offers"]["first"]["price"] == 260_000


def load_file(page: Page, content: str) -> None:
    file: FilePayload = {"name": "catalogue.json", "mimeType": "application/json", "buffer": content.encode()}
    page.get_by_label("Загрузить из файла").set_input_files(file)


def test_a_file_that_is_no_catalogue_changes_nothing(member: Member) -> None:
    page = member("admin", "catalogue/file")
    load_file(page, "это не JSON")
    expect(page.get_by_role("alert")).to_contain_text("файл не прочитан")
    load_file(page, '{"doctors": "нет"}')
    page.get_by_role("dialog").get_by_role("button", name="Сохранить").click()
    expect(page.get_by_role("alert").get_by_role("link", name="Нужен список")).to_be_visible()
    stands(page)
    load_file(page, '{"doctors": []}')
    asked = page.get_by_role("dialog", name="Загрузить из файла")
    expect(asked).to_contain_text("Несохранённые правки")
    asked.get_by_role("button", name="Продолжить правку").click()
    expect(check(page)).to_contain_text("нет")


def test_an_operator_sees_no_catalogue_and_no_editor_of_schedules(member: Member) -> None:
    page = member("operator", "schedules")
    expect(page.get_by_role("link", name=NAME)).to_be_visible()
    expect(page.get_by_role("link", name="Каталог")).to_have_count(0)
    page.get_by_role("link", name=NAME).click()
    expect(page.get_by_role("heading", name="Освободить день")).to_be_visible()
    expect(page.get_by_role("heading", name="Часы приёма")).to_have_count(0)
    stands(page)
    page.goto(page.url.partition("/console/")[0] + "/console/catalogue")
    expect(page.get_by_role("heading", name="Раздел не для вашей роли")).to_be_visible()


def test_a_price_is_changed_by_the_keyboard_alone(member: Member, catalogue: Catalogue) -> None:
    page = member("admin", "catalogue/doctors/0", size=harness.DESKTOP)
    price(page).focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("2222")
    tab_to(page, "Проверить и сохранить")
    page.keyboard.press("Enter")
    tab_to(page, "Сохранить")
    page.keyboard.press("Enter")
    expect(page.locator("#catalogue-saved")).to_be_focused()
    assert catalogue.doctor()["offers"]["first"]["price"] == 222_200


def tab_to(page: Page, button: str) -> None:
    wanted = page.get_by_role("button", name=button, exact=True)
    expect(wanted).to_be_visible()
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab does not come to {button}")


def clear(page: Page, day: str) -> None:
    """Cancel all bookings of the day, and say yes when it is asked."""
    page.get_by_label("День", exact=True).fill(day)
    page.get_by_label("Отменить, деньги на лицевой счёт").check()
    page.get_by_label("Почему").fill("Врач заболел")
    page.get_by_role("button", name="Освободить день").click()
    window = page.get_by_role("dialog", name="Освободить день")
    stands(page)
    window.get_by_role("button", name="Освободить день").click()


def line(page: Page, booking_id: str) -> Locator:
    """What became of one of the day's bookings, of which others may have made some too."""
    return page.get_by_role("listitem").filter(has=page.locator(f'a[href$="{booking_id}"]'))


def test_a_day_is_cleared_booking_by_booking_until_nothing_is_left(
    member: Member, catalogue: Catalogue, world: World
) -> None:
    day, made = six_booked(world)
    page = member("operator", "schedules/d-gromov")
    clear(page, day)
    expect(page.get_by_text("День закрыт, разобран")).to_be_visible(timeout=60_000)
    for each in made:
        expect(line(page, each)).to_contain_text("Отменена")
    stands(page)
    assert {world.booking(each)["status"] for each in made} == {"CANCELLED"}
    assert {"from": day, "to": day} in catalogue.doctor("d-gromov")["days_off"]


def test_clearing_that_was_broken_off_is_carried_on_from_where_it_stood(
    member: Member, catalogue: Catalogue, world: World, watch: harness.Watch
) -> None:
    watch.allow("ERR_FAILED")
    day, made = six_booked(world)
    page = member("operator", "schedules/d-gromov")
    path = "**/clearing"
    page.route(path, lambda route: route.abort() if "after" in route.request.post_data else route.fallback())
    clear(page, day)
    expect(page.get_by_text("Готово 5 из ")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("alert")).to_contain_text("Нет связи")
    stands(page)
    page.unroute(path)
    page.get_by_label("День", exact=True).fill("2027-01-04")  # another day is another clearing
    page.get_by_role("button", name="Продолжить").click()
    expect(page.get_by_text("День закрыт, разобран")).to_be_visible(timeout=60_000)
    for each in made:
        expect(line(page, each)).to_have_count(1)
    assert {"from": "2027-01-04", "to": "2027-01-04"} not in catalogue.doctor("d-gromov")["days_off"]
    assert {world.booking(each)["status"] for each in made} == {"CANCELLED"}


def six_booked(world: World) -> tuple[str, list[str]]:
    """One more than a call of clearing deals with, all of one day; the day, and their ids."""
    story = load()[0]
    found = world.free_slots(world.tomorrow() + timedelta(days=7), doctor="d-gromov", kind="repeat")
    days = defaultdict(list)
    for each in found:
        days[each["clinic_time"][:10]].append(each)
    day, slots = next((day, apart) for day, all_day in days.items() if len(apart := all_day[::2]) >= 6)
    made = []
    for slot in slots[:6]:
        holder = world.holder(story.given["form"]["holder"])
        asked = {"doctor": "d-gromov", "kind": "repeat", "specialty": "cardiologist", "holder": holder}
        answer = world.operator.book(world.form(story, slot, **asked), str(uuid4()))
        made.append(answer.expect(201)["booking_id"])
    return day, made
