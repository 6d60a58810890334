"""The stories of `make demo` as their people live them, each in a browser, by clicking and typing alone.

They share an evening, so that nobody waits in vain: all book before the first consultation begins, each a
minute of the doctor on duty, and then the doctor meets them one after another. What is clicked moves money,
and the last test, the ninth story, finds it in the clinic's figures.

What is not here:
- the fifth, money that comes after the operator's hold, is clicked in two parts elsewhere: from the console
  by the SMS to the payment in test_console_desk.py (`…gets_an_sms_and_pays_in_the_cabinet…`), over the end of
  the hold to the balance in test_cabinet_booking.py (`…late_money_lands_on_the_balance`);
- the sixth, twenty for one slot, and the seventh, a notification that is repeated, have no clicks: they are
  about requests. What one of the twenty sees is in test_site.py (`…taken_meanwhile_offers_the_nearest…`).
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from local.demo.checking import check_confirmations
from local.demo.story import Story, e164, load
from local.demo.world import SOON, Booked, World, moment
from local.stack import Stack
from tests.browser import harness
from tests.browser.at_cabinet import enters, gives_phone, heading
from tests.browser.at_console import (
    choose,
    choose_first_time,
    consultation,
    figures_now,
    fill_in_adult,
    link_in_sms,
    numbers,
    part_of_address,
    sign_in,
    state,
)
from tests.browser.site_form import ON_DUTY, SiteForm
from tests.e2e.test_sweeps import sweep

DOCTOR = "d-duty"
TO_PAY = timedelta(seconds=25)  # from choosing a minute to having paid for it
MINUTE = timedelta(minutes=1)  # as long as a consultation of the doctor on duty
BEGINS = 240_000  # milliseconds within which the last of the consultations begins
EXPIRES = 90_000  # milliseconds within which a hold of a minute ends
DONE = 30_000  # milliseconds within which what was clicked has gone through the whole stack
SUMS = CAME, HELD, EARNED, ON_BALANCE, RETURNED = (
    "Получено картой",
    "Держится за записями",
    "Выручка",
    "На лицевых счетах",
    "Возвращено на карту",
)


BOOKED, PAID, WAS_HELD = "Записались", "Оплатили", "Состоялась"  # the steps of the funnel
SITE, OPERATOR = DOORS = (" на сайте", " у оператора")
STEPS = tuple(step + door for step in (BOOKED, PAID, WAS_HELD) for door in DOORS)


@dataclass
class Evening:
    """The people of the stories come in browsers of their own; `clicked`: what that does to the figures."""

    stack: Stack
    world: World
    browser: Browser
    watch: harness.Watch
    leaving: ExitStack
    clicked: Counter[str] = field(default_factory=Counter)

    def comes(self, size: tuple[int, int] = harness.PHONE, **more: Any) -> Page:
        """Somebody else; `more`: as in `harness.a_person`."""
        person = harness.a_person(self.browser, size, **more)
        self.leaving.callback(harness.leave, person)
        self.watch.over(person)
        return person.new_page()

    def moved(self, kopecks: int, giving: str, taking: str) -> None:
        """From one place in the figures to another. What came in is a sum of its own and does not shrink."""
        self.clicked[giving] += kopecks if giving == CAME else -kopecks
        self.clicked[taking] += kopecks


@dataclass
class Patient:
    """Somebody of a story at the site. `made`: once they have booked."""

    story: Story
    site: SiteForm
    made: Booked = field(init=False)

    @property
    def page(self) -> Page:
        return self.site.page


@dataclass
class Unpaid:
    """An operator's booking. `time`: the value of its place among the times."""

    desk: Page
    caller: Page
    time: str


@dataclass
class Figures:
    """What an admin saw on the page, by name."""

    admin: Page
    seen: Counter[str]


@pytest.fixture(scope="module")
def evening(stack: Stack, world: World, browser: Browser) -> Iterator[Evening]:
    with ExitStack() as leaving:
        yield Evening(stack, world, browser, harness.watch_of(stack), leaving)


@pytest.fixture(autouse=True)
def _nothing_that_no_page_may_do(evening: Evening) -> Iterator[None]:
    yield
    assert evening.watch.troubles == []


@pytest.fixture(scope="module")
def before(evening: Evening) -> Figures:
    """The figures before anybody came."""
    admin = evening.comes(harness.DESKTOP)
    figures_now(evening.stack, evening.world)
    sign_in(admin, evening.stack, "admin", "/console/figures")
    return Figures(admin, read(admin))


@pytest.fixture(scope="module")
def unpaid(evening: Evening, before: Figures) -> Unpaid:
    """Booked by phone; the SMS's link is opened, and nothing more. The hold ends while others are met."""
    story = story_of(4)
    holder = evening.world.holder(story.given["form"]["holder"])
    desk = evening.comes(harness.DESKTOP)
    sign_in(desk, evening.stack, "operator", "/console/book")
    desk.route("**/api/internal/bookings", partial(holds_for, story.given["form"]["hold_minutes"]))
    desk.get_by_label("Телефон звонящего").fill(holder["phone"])
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("По этому номеру ещё не записывались")).to_be_visible()
    choose(desk, "Повторная")
    chooses_doctor(desk)
    choose_first_time(desk)
    chosen = desk.locator("input[name='slot.start']:checked").input_value()
    fill_in_adult(desk, holder)
    desk.get_by_role("button", name="Записать и отправить СМС").click()
    desk.get_by_role("link", name="Открыть запись").click()
    expect(state(desk)).to_have_text("Ждёт согласий")
    evening.clicked[BOOKED + OPERATOR] += 1
    caller = evening.comes()
    caller.goto(link_in_sms(evening.world, evening.stack, part_of_address(desk).rpartition("/")[2]))
    expect(caller.get_by_text("Ждёт ваших согласий", exact=True)).to_be_visible()
    return Unpaid(desk, caller, chosen)


def holds_for(minutes: int, route: Route) -> None:
    """Shorter than the form offers: nobody would be asked to pay within a minute."""
    form: dict[str, Any] = route.request.post_data_json or {}
    route.continue_(post_data={**form, "hold_minutes": minutes})


def chooses_doctor(desk: Page) -> None:
    choose(desk, "По имени врача")
    desk.get_by_label("Фамилия или имя врача").fill("Соколова")
    desk.get_by_role("button", name="Соколова Елена").click()


def read(admin: Page) -> Counter[str]:
    """Sums of money in kopecks by their names, and bookings by step and door."""
    sums = {name: kopecks(row[0]) for name, row in numbers(admin, "Деньги").items()}
    steps = numbers(admin, "От заявки до консультации")
    doors = {step + door: int(row[at]) for step, row in steps.items() for at, door in enumerate(DOORS)}
    return Counter(sums | doors)


def kopecks(told: str) -> int:
    """Of `2 500,50 ₽`."""
    roubles, _, rest = told.removesuffix(" ₽").replace(" ", "").partition(",")
    return int(roubles) * 100 + int(rest or 0)


@pytest.fixture(scope="module")
def patients(evening: Evening, unpaid: Unpaid) -> dict[int, Patient]:
    """By the numbers of their stories: one after another they fill in the form, book and pay."""
    patients = {number: patient(evening, number) for number in (1, 2, 8)}
    for each in patients.values():
        books_and_pays(evening, each)
    return patients


@pytest.fixture(scope="module")
def doctor(evening: Evening) -> Page:
    page = evening.comes()
    sign_in(page, evening.stack, "doctor", "/console/day", DOCTOR)
    return page


def story_of(number: int) -> Story:
    return next(each for each in load() if each.number == number)


def patient(evening: Evening, number: int) -> Patient:
    """They fill in the form, for any time yet: up to what is booked."""
    story = story_of(number)
    given = story.given["form"]
    holder, phone = given["holder"], evening.world.phones.dial(given["holder"]["phone"])
    page = evening.comes(time_zone=given["time_zone"])
    site = SiteForm(page, evening.stack.web_url, phone, holder["email"])
    site.open()
    site.choose_kind()
    if given["specialty"] == "unsure":
        site.choose_unsure("Ребёнку до 18 лет")
    else:
        site.choose_doctor("дежнев", ON_DUTY, "Терапевт")
    site.choose_time()
    if given["patient"]["who"] == "self":
        site.myself(written(holder))
    else:
        site.my_child(written(given["patient"]), parent=written(holder))
    site.comment(given["comments"])
    site.consent()
    site.at("Проверьте запись")
    return Patient(story, site)


def written(person: Mapping[str, Any]) -> dict[str, str]:
    """As they type themselves in, by the labels of the form."""
    year, month, day = person["birth_date"].split("-")
    return {
        "Фамилия": person["family_name"],
        "Имя": person["given_name"],
        "Отчество": person["patronymic"],
        "Дата рождения": f"{day}.{month}.{year}",
        "Пол": {"female": "Женский", "male": "Мужской"}[person["sex"]],
    }


def books_and_pays(evening: Evening, who: Patient) -> None:
    """The doctor's next minute that nobody has."""
    start = evening.world.slots_on_duty.take(datetime.now(UTC), TO_PAY)
    who.site.change_moment(DOCTOR, f"{start:%Y-%m-%dT%H:%M:%SZ}")
    who.site.book()
    who.site.pay()
    who.made = booked_in(who.site)
    evening.clicked.update((BOOKED + SITE, PAID + SITE))
    evening.moved(who.made.price, CAME, HELD)


def booked_in(site: SiteForm) -> Booked:
    """What this tab knows of its booking."""
    kept = site.kept("booking")
    return Booked(
        booking_id=kept["booking_id"],
        slot=kept["slot"],
        price=kept["price"],
        hold_until=moment(kept["hold_until"]),
        phone=e164(site.phone),
        email=site.email,
        capability=kept["capability"],
    )


def says(doctor: Page, made: Booked, outcome: str) -> None:
    """As soon as the consultation has begun, the doctor writes down what became of it."""
    now = consultation(doctor, made.booking_id, "Сейчас")
    expect(now).to_be_visible(timeout=BEGINS)
    now.get_by_role("button", name="Записать итог").click()
    opened = doctor.get_by_role("dialog")
    opened.get_by_label(outcome, exact=True).check()
    opened.get_by_role("button", name="Записать итог").click()
    expect(consultation(doctor, made.booking_id, "Прошли")).to_be_visible()


@pytest.fixture(scope="module")
def unreached(evening: Evening, patients: dict[int, Patient], doctor: Page) -> Patient:
    """The representative of a child whom the doctor could not reach. The sweep has decided; they look."""
    who = patients[2]
    now = consultation(doctor, who.made.booking_id, "Сейчас")
    expect(now).to_be_visible(timeout=BEGINS)
    for said in ("1 попытка связаться", "2 попытки связаться"):
        now.get_by_role("button", name="Не отвечает").click()
        expect(now.get_by_role("status")).to_contain_text(said, timeout=DONE)
    assert sweep(evening.stack, "no_shows", moment(who.made.slot["start"]) + MINUTE)["failed"] == 0
    becomes(evening, who, "NOT_HELD")
    evening.moved(who.made.price, HELD, ON_BALANCE)
    opens_cabinet(evening, who)
    return who


def becomes(evening: Evening, who: Patient, status: str) -> None:
    evening.world.reach(lambda: evening.world.booking(who.made.booking_id), status)


def opens_cabinet(evening: Evening, who: Patient) -> None:
    """From the site's last page, by the code in the SMS; the booking opens."""
    who.page.get_by_role("main").get_by_role("link", name="Личный кабинет").click()
    gives_phone(who.page, who.made.phone)
    enters(who.page, evening.world.sign_in.code(who.made.phone))
    heading(who.page, "Онлайн-консультация")


def test_1_an_adult_pays_by_card_both_are_told_and_what_the_doctor_says_stands_in_the_cabinet(
    evening: Evening, patients: dict[int, Patient], doctor: Page
) -> None:
    adult = patients[1]
    check_confirmations(evening.world, adult.made, adult.story.given["form"])
    says(doctor, adult.made, "Состоялась")
    evening.clicked[WAS_HELD + SITE] += 1
    evening.moved(adult.made.price, HELD, EARNED)
    becomes(evening, adult, "COMPLETED")
    opens_cabinet(evening, adult)
    expect(adult.page.get_by_text("Состоялась", exact=True)).to_be_visible()


def test_2_a_child_whom_the_doctor_could_not_reach_leaves_the_money_on_the_representatives_balance(
    evening: Evening, unreached: Patient
) -> None:
    page = unreached.page
    expect(page.get_by_text("Консультация не состоялась: пациент не вышел на связь")).to_be_visible()
    assert evening.world.booking(unreached.made.booking_id)["specialty"] == "pediatrician"
    page.get_by_role("link", name="Лицевой счёт").click()
    heading(page, "Лицевой счёт")
    expect(page.locator(".big")).to_have_text("2 500 ₽")
    expect(page.locator(".line")).to_have_text(re.compile("Консультация не состоялась"))
    evening.world.patience.until(
        "СМС о несостоявшейся консультации",
        lambda: evening.world.messages(unreached.made.phone, "sms", "не состоялась"),
        SOON,
    )


def test_8_what_was_not_held_for_technical_reasons_is_asked_back_in_the_cabinet_and_returned(
    evening: Evening, patients: dict[int, Patient], doctor: Page
) -> None:
    """All but 500 ₽: then no two sums of the ninth story are the same."""
    who = patients[8]
    says(doctor, who.made, "Не состоялась: технические причины")
    becomes(evening, who, "NOT_HELD")
    evening.moved(who.made.price, HELD, ON_BALANCE)
    opens_cabinet(evening, who)
    expect(who.page.get_by_text("Консультация не состоялась: технические причины")).to_be_visible()
    who.page.get_by_role("link", name="Лицевой счёт").click()
    who.page.get_by_role("button", name="Вернуть деньги").click()
    who.page.get_by_role("radio", name="Часть").check()
    who.page.get_by_label("Сумма в рублях").fill("2000")
    who.page.get_by_role("button", name="Далее").click()
    who.page.get_by_role("dialog").get_by_role("button", name="Вернуть 2 000 ₽").click()
    expect(who.page.get_by_text("Возвращено", exact=True)).to_be_visible(timeout=DONE)
    expect(who.page.locator(".big")).to_have_text("500 ₽")
    evening.moved(200_000, ON_BALANCE, RETURNED)


def test_3_the_same_representative_books_again_from_the_cabinet_and_pays_from_the_balance(
    evening: Evening, unreached: Patient
) -> None:
    page, site = unreached.page, unreached.site
    page.get_by_role("link", name="Данные", exact=True).click()
    page.get_by_role("button", name="Записаться снова: Соловьёва-Аксёнова Алёна Игоревна").click()
    site.at("Онлайн-консультация врача")
    site.choose_kind("Повторная онлайн-консультация")
    site.choose_specialty("Педиатр")
    site.choose_time()
    page.get_by_label("Видеосвязь").check()  # all else of the people is known
    site.on()
    site.to_summary()
    site.book()
    site.at_provider()
    evening.clicked[BOOKED + SITE] += 1
    page.go_back()
    site.at("Ждём подтверждения оплаты")
    page.get_by_role("link", name="Личный кабинет").click()
    page.get_by_role("link", name=re.compile("Оплатить до ")).click()
    page.get_by_role("button", name="Оплатить 1 900 ₽ со счёта").click()
    expect(page.get_by_text("Назначена", exact=True)).to_be_visible(timeout=DONE)
    page.get_by_role("link", name="Счёт", exact=True).click()
    expect(page.locator(".big")).to_have_text("600 ₽")
    evening.clicked[PAID + SITE] += 1
    evening.moved(190_000, ON_BALANCE, HELD)


def test_4_an_operators_booking_that_is_not_paid_is_over_for_both_and_its_time_is_free_again(
    unpaid: Unpaid,
) -> None:
    desk, caller = unpaid.desk, unpaid.caller
    expect(caller.get_by_text("Не оплачена в срок", exact=True)).to_be_visible(timeout=EXPIRES)
    expect(caller.get_by_text("время больше не держится за вами")).to_be_visible()
    desk.reload()
    expect(state(desk)).to_have_text("Не оплачена в срок")
    desk.get_by_role("link", name="Новая запись").click()
    choose(desk, "Повторная")
    chooses_doctor(desk)
    expect(desk.locator(f"input[name='slot.start'][value='{unpaid.time}']")).to_be_attached()


def test_9_the_figures_show_what_was_clicked_and_nothing_else(evening: Evening, before: Figures) -> None:
    figures_now(evening.stack, evening.world)
    before.admin.reload()
    now = read(before.admin)
    gained = {name: now[name] - before.seen[name] for name in (*SUMS, *STEPS)}
    assert gained == {name: evening.clicked[name] for name in (*SUMS, *STEPS)}
