"""The doctor's day at the console: whom to meet now and next, how, and what became of it."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import urllib3
from playwright.sync_api import Page, expect

from local.demo.story import load
from local.demo.world import SOON, Booked, World, booked
from local.stack import Stack
from tests import files
from tests.browser.at_console import DOCTOR, consultation, stands, told, window
from tests.browser.conftest import Member

ON_DUTY = "d-duty"
LEAD = timedelta(seconds=75)  # to pay, to attach, to sign in
BEGINS = 180_000  # milliseconds within which the consultation begins
COMMENTS = "Вторую неделю болит голова"
SKYPE = "live:petrov_75"


@dataclass(frozen=True)
class Meeting:
    """A consultation of the doctor on duty that begins within minutes."""

    made: Booked
    name: str


def meeting(world: World) -> Meeting:
    """By Skype, paid, with comments and a document; the patient's clock is Moscow's."""
    story = load()[0]
    holder = world.holder(story.given["form"]["holder"])
    ways = {"channel": {"type": "skype", "login": SKYPE}, "time_zone": "Europe/Moscow"}
    form = world.form(story, None, holder=holder, consents=world.consents, comments=COMMENTS, **ways)
    made = world.book_on_duty(story, form, world.site.book, LEAD)
    attach(world, made)
    pay(world, made)
    return Meeting(made, " ".join(holder[each] for each in ("family_name", "given_name", "patronymic")))


def pay(world: World, made: Booked) -> None:
    payment = world.site.pay_by_card(made.booking_id, made.capability or "")
    world.sandbox.pay_on_page(payment["confirmation_url"])
    world.reach(lambda: world.booking(made.booking_id), "SCHEDULED")


def attach(world: World, made: Booked) -> None:
    """A document, looked at and ready."""
    url = f"{world.api_url}/bookings/{made.booking_id}/documents"
    shown = {"X-Booking-Capability": made.capability or ""}
    file = {"name": "Выписка.pdf", "type": "application/pdf", "size": len(files.pdf())}
    asked = world.web.call("POST", url, file, headers={"Idempotency-Key": str(uuid4()), **shown}).expect(201)
    fields: list[Any] = [
        *asked["upload"]["fields"].items(),
        ("file", ("v.pdf", files.pdf(), "application/pdf")),
    ]
    assert urllib3.request("POST", asked["upload"]["url"], fields=fields).status == 204

    def ready() -> bool:
        documents = world.web.call("GET", url, headers=shown).expect(200)["documents"]
        return all(each["status"] == "ready" for each in documents)

    world.patience.until("документ готов", ready, SOON)


@pytest.fixture(scope="module")
def paid(world: World) -> Booked:
    """A consultation of DOCTOR's by video, later than today and tomorrow by anybody's clock."""
    story = load()[0]
    slot = world.free_slots(world.tomorrow() + timedelta(days=2), doctor=DOCTOR, kind="first")[0]
    holder = world.holder(story.given["form"]["holder"])
    form = world.form(story, slot, doctor=DOCTOR, holder=holder, consents=world.consents)
    made = booked(world.site.book(form, str(uuid4())).expect(201), slot, form)
    pay(world, made)
    return made


def day_of(made: Booked) -> str:
    """By the clinic's clock."""
    return made.slot["clinic_time"][:10]


def test_a_consultation_is_met_tried_and_said_to_be_held(member: Member, stack: Stack, world: World) -> None:
    met = meeting(world)
    page = member("doctor", "day", doctor=ON_DUTY)
    coming = consultation(page, met.made.booking_id, "Следующая")
    for shown in (COMMENTS, "Новосибирск, МСК+4", "Москва, МСК", "Выписка.pdf"):
        expect(coming).to_contain_text(shown)
    expect(coming.get_by_role("link", name="Skype")).to_have_attribute("href", f"skype:{SKYPE}?call")
    expect(coming.get_by_role("link", name="Позвонить")).to_have_attribute("href", f"tel:{met.made.phone}")
    expect(coming.get_by_role("button", name="Не отвечает")).to_have_count(0)
    stands(page)
    with page.expect_download() as reading:
        coming.get_by_role("button", name="Выписка.pdf").click()
    assert reading.value.path().read_bytes() == files.pdf()

    now = consultation(page, met.made.booking_id, "Сейчас")
    expect(now).to_be_visible(timeout=BEGINS)
    now.get_by_role("button", name="Не отвечает").click()
    expect(now.get_by_role("status")).to_contain_text("1 попытка связаться")
    now.get_by_role("button", name="Занято").click()
    expect(now.get_by_role("status")).to_contain_text("2 попытки связаться")
    expect(now.get_by_role("status")).to_contain_text("занято")
    stands(page)

    opened = window(page, "Записать итог")
    expect(opened).to_have_accessible_name(re.compile(met.name))
    opened.get_by_label("Состоялась", exact=True).check()
    opened.get_by_label("Заметка").fill("Назначены анализы")
    stands(page)
    opened.get_by_role("button", name="Записать итог").click()
    told(page, "Итог записан")
    over = consultation(page, met.made.booking_id, "Прошли")
    expect(over).to_contain_text("состоялась")
    over.get_by_text("Подробности").click()
    expect(over).to_contain_text("Назначены анализы")
    world.reach(lambda: world.booking(met.made.booking_id), "COMPLETED")
    called_back(page, stack, world, met)


def called_back(page: Page, stack: Stack, world: World, met: Meeting) -> None:
    """The patient asks for a call afterwards: it stands on the same page, with attempts and a result."""
    url = f"{world.api_url}/internal/bookings/{met.made.booking_id}/callbacks"
    asked = {"question": "Как принимать лекарство?", "why": "Позвонила пациентка"}
    operator = stack.staff_token("operator")
    world.web.call("POST", url, asked, token=operator, headers={"Idempotency-Key": str(uuid4())}).expect(201)
    page.reload()
    request = page.get_by_role("listitem", name=met.name)
    expect(request).to_contain_text("Как принимать лекарство?")
    request.get_by_role("button", name="Не отвечает").click()
    expect(request).to_contain_text(re.compile("Попытки.*Не отвечает", re.DOTALL))
    request.get_by_text("Закрыть заявку").first.click()
    request.get_by_label("Ответили").check()
    request.get_by_label("Что сказали").fill("Объяснили по телефону")
    stands(page)
    request.get_by_role("button", name="Закрыть заявку").click()
    told(page, "Заявка закрыта")


def test_what_is_to_come_on_another_day_is_found_by_its_date(member: Member, paid: Booked) -> None:
    page = member("doctor", "day", doctor=DOCTOR)
    page.get_by_label("Выбрать день").fill(day_of(paid))
    assert page.url.endswith("/day")  # each key may make another date: whoever types says when it is whole
    page.get_by_label("Выбрать день").press("Enter")
    coming = consultation(page, paid.booking_id, "Назначены")
    expect(coming.get_by_role("link", name="Позвонить")).to_have_attribute("href", f"tel:{paid.phone}")
    expect(coming.get_by_role("link", name="Войти в видеосвязь")).to_have_attribute("target", "_blank")
    expect(coming.get_by_role("link", name="Войти в видеосвязь")).to_have_attribute(
        "href", re.compile("/join/")
    )
    stands(page)
    page.get_by_role("link", name="Сегодня", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Сегодня")


def test_a_day_without_consultations_says_so(member: Member) -> None:
    page = member("doctor", "day/2027-01-02", doctor=DOCTOR)
    expect(page.get_by_text("На этот день оплаченных консультаций нет.")).to_be_visible()
    stands(page)


def test_another_doctors_consultation_is_neither_on_the_day_nor_at_its_address(
    member: Member, stack: Stack, paid: Booked
) -> None:
    page = member("doctor", f"day/{day_of(paid)}", doctor="d-kim")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("main .loading")).to_have_count(0)
    expect(page.locator(f'a[href="tel:{paid.phone}"]')).to_have_count(0)
    page.goto(f"{stack.web_url}/console/bookings/{paid.booking_id}")
    expect(page.get_by_role("alert")).to_contain_text("Запись не найдена")
    stands(page)


def test_the_day_is_a_doctors_alone(member: Member) -> None:
    page = member("operator", "day")
    expect(page.get_by_role("heading", name="Раздел не для вашей роли")).to_be_visible()


def test_a_day_is_turned_by_the_keyboard_alone(member: Member) -> None:
    page = member("doctor", "day", doctor=DOCTOR)
    page.get_by_role("link", name="Следующий день").focus()
    page.keyboard.press("Enter")
    heading = page.get_by_role("heading", level=1)
    expect(heading).not_to_contain_text("Сегодня")
    expect(heading).to_be_focused()


def test_a_refused_reading_of_the_day_can_be_tried_again(member: Member, watch: Any) -> None:
    watch.allow("ERR_FAILED|Failed to fetch|net::")
    page = member("doctor", "account", doctor=DOCTOR)
    page.route("**/api/internal/doctors/me/day*", lambda route: route.abort())
    page.get_by_role("link", name="Мой день").click()
    expect(page.get_by_role("alert")).to_contain_text("Нет связи", timeout=20_000)
    stands(page)
    page.unroute("**/api/internal/doctors/me/day*")
    page.get_by_role("button", name="Попробовать ещё раз").click()
    expect(page.get_by_role("alert")).to_have_count(0)
