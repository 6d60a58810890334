"""What tests and pictures of the console share: the staff at their door, bookings to work on."""

import base64
import hmac
import re
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from playwright.sync_api import Locator, Page, expect

from local.accounts import STAFF_PASSWORD
from local.demo.doors import Cabinet
from local.demo.story import load
from local.demo.world import SOON, Booked, World, booked, moment
from local.stack import Stack
from tests.browser import harness
from tests.e2e.test_sweeps import sweep

SECTIONS = "Разделы"
DOCTOR = "d-sokolova"
FIRST_PASSWORD = "Vremennyj-2026"
_STEP = 30  # seconds that a one-time code is shown for


def sign_in(page: Page, stack: Stack, role: str, path: str = "/console/", doctor: str = "") -> None:
    """The first of the staff with this role (a doctor: of this id, if given) signs in at this address."""
    account = next(each for each in stack.staff if each.role == role and doctor in ("", each.doctor_id))
    page.goto(stack.web_url + path)
    give_password(page, account.email)
    page.get_by_role("navigation", name=SECTIONS).wait_for()


def stands(page: Page) -> None:
    """What is shown now has no serious finding of axe-core, and is no wider than the screen."""
    expect(page.locator("main .loading")).to_have_count(0)
    harness.axe(page)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def give_password(page: Page, email: str, password: str = STAFF_PASSWORD) -> None:
    page.get_by_label("Электронная почта").fill(email)
    page.get_by_label("Пароль", exact=True).fill(password)
    page.get_by_role("button", name="Войти").click()


def new_operator(stack: Stack, *, first_time: bool = False) -> str:
    """The address of an operator of this test's own. `first_time`: their password is to be replaced."""
    cognito, email = stack.client("cognito-idp"), f"operator-{uuid4().hex[:12]}@example.ru"
    pool = {"UserPoolId": stack.outputs["StaffPoolId"], "Username": email}
    attributes = {"email": email, "email_verified": "true", "name": "Новый оператор"}
    told = [{"Name": name, "Value": value} for name, value in attributes.items()]
    cognito.admin_create_user(
        **pool, MessageAction="SUPPRESS", TemporaryPassword=FIRST_PASSWORD, UserAttributes=told
    )
    if not first_time:
        cognito.admin_set_user_password(**pool, Password=STAFF_PASSWORD, Permanent=True)
    cognito.admin_add_user_to_group(**pool, GroupName="operator")
    return email


def one_time_code(secret: str) -> str:
    """What an authenticator shows now for a secret in base32 (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // _STEP), "sha1")
    (number,) = struct.unpack_from(">I", digest, digest[-1] & 15)
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"


@dataclass(frozen=True, slots=True)
class Case:
    """A booking, and who made it. `contract`: once it is paid."""

    booking_id: str
    phone: str
    holder: Mapping[str, Any]
    slot: Mapping[str, str]
    contract: str = ""

    @property
    def address(self) -> str:
        return f"/console/bookings/{self.booking_id}"


class Cases:
    """Bookings as the API makes them, each of a holder of its own."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._story = load()[0]

    def by_phone(self, **changes: Any) -> Case:
        """An operator's, which waits for consents. `changes`: of the form."""
        form = {**self._form(), **changes}
        form.pop("consents")
        answer = self._world.operator.book(form, str(uuid4())).expect(201)
        return self._case(booked(answer, form["slot"], form), form)

    def payable(self) -> Case:
        """The same, with its consents given."""
        case = self.by_phone()
        cabinet = Cabinet(self._world.web, self._world.api_url, self._world.sign_in.holder(case.phone))
        cabinet.give_consents(case.booking_id, self._world.consents)
        self._reach(case.booking_id, "AWAITING_PAYMENT")
        return case

    def paid(self) -> Case:
        """The site's, paid by card."""
        form = self._form()
        made = booked(self._world.site.book(form, str(uuid4())).expect(201), form["slot"], form)
        return self._paid(made, form)

    def nobody_came(self) -> Case:
        """Paid, then neither side joined; takes two minutes."""
        world = self._world
        form = world.form(self._story, None, holder=self.new_holder(), consents=world.consents)
        made = world.book_on_duty(self._story, form, world.site.book, timedelta(seconds=15))
        case = self._paid(made, form)
        self._reach(case.booking_id, "NOT_HELD", seconds=180)
        return case

    def paid_in_cash(self) -> Case:
        """An operator's, paid at the desk."""
        case = self.payable()
        self._world.operator.take_cash(case.booking_id, self._world.booking(case.booking_id)["due"])
        self._reach(case.booking_id, "SCHEDULED")
        return case

    def new_holder(self) -> dict[str, Any]:
        """Somebody who has never booked."""
        return self._world.holder(self._story.given["form"]["holder"])

    def task(self, case: Case) -> str | None:
        """Why an operator has to look at it, a code."""
        task: str | None = self._world.operator.booking(case.booking_id)["task"]
        return task

    def _form(self) -> dict[str, Any]:
        world, story = self._world, self._story
        slot = world.free_slot(DOCTOR, "first")
        return world.form(story, slot, doctor=DOCTOR, holder=self.new_holder(), consents=world.consents)

    def _paid(self, made: Booked, form: Mapping[str, Any]) -> Case:
        world = self._world
        payment = world.site.pay_by_card(made.booking_id, made.capability or "")
        world.sandbox.pay_on_page(payment["confirmation_url"])
        self._reach(made.booking_id, "SCHEDULED")
        return self._case(made, form, world.booking(made.booking_id)["contract_number"])

    def _reach(self, booking_id: str, status: str, seconds: float = 30) -> None:
        self._world.reach(lambda: self._world.booking(booking_id), status, seconds)

    @staticmethod
    def _case(made: Booked, form: Mapping[str, Any], contract: str = "") -> Case:
        return Case(made.booking_id, made.phone, form["holder"], made.slot, contract)


def full_name(person: Mapping[str, Any]) -> str:
    parts = (person["family_name"], person["given_name"], person.get("patronymic"))
    return " ".join(filter(None, parts))


def state(page: Page) -> Locator:
    """The state of the booking that is open."""
    return page.locator("main .bar .state").first


def window(page: Page, opened_by: str) -> Locator:
    """Press a button of the booking; the window that it opens."""
    page.get_by_role("button", name=opened_by, exact=True).click()
    opened = page.get_by_role("dialog")
    opened.wait_for()
    return opened


def consultation(page: Page, booking_id: str, stage: str) -> Locator:
    """One of the day, in the part where it stands by now."""
    return page.get_by_role("region", name=stage).locator(f"#c-{booking_id}")


def choose(within: Page | Locator, words: str) -> None:
    """One of several choices, by how its words begin."""
    beginning = re.compile(rf"^\s*{re.escape(words)}")
    within.locator("label.choice").filter(has_text=beginning).first.click()


def choose_first_time(within: Page | Locator) -> None:
    """The first free time that is shown; where all of a week are taken, of a later one."""
    times = within.locator("label:has(input[name='slot.start'])")
    none = within.get_by_text("В эти дни свободного времени нет")
    times.or_(none).first.wait_for()
    while none.is_visible():
        within.get_by_role("button", name="Показать следующие дни").click()
        expect(within.locator(".loading")).to_have_count(0)
        times.or_(none).first.wait_for()
    times.first.click()


def choose_time(page: Page) -> None:
    """Of a booking by phone: the first free one of DOCTOR, who is looked for by name."""
    choose(page, "По имени врача")
    page.get_by_label("Фамилия или имя врача").fill("Соколова")
    page.get_by_role("button", name="Соколова Елена").click()
    choose_first_time(page)


def fill_in_adult(page: Page, holder: Mapping[str, Any]) -> None:
    """Of a booking by phone: the caller, who is the patient too."""
    choose(page, "Звонящего")
    for label, name in (("Фамилия", "family_name"), ("Имя", "given_name"), ("Отчество", "patronymic")):
        page.get_by_label(label).fill(holder[name] or "")
    year, month, day = holder["birth_date"].split("-")
    page.get_by_label("Дата рождения").fill(f"{day}.{month}.{year}")
    choose(page, {"female": "Женский", "male": "Мужской"}[holder["sex"]])
    page.get_by_label("Электронная почта").fill(holder["email"])


def link_in_sms(world: World, stack: Stack, booking_id: str) -> str:
    """The way into the cabinet that an operator's booking was announced with."""
    link = f"{stack.web_url}/cabinet/bookings/{booking_id}#"
    number = world.operator.booking(booking_id)["people"]["holder"]["phone"]
    world.patience.until("СМС со ссылкой", lambda: world.messages(number, "sms", link), SOON)
    (text,) = world.messages(number, "sms", link)
    return next(word for word in text.split() if word.startswith(link))


def told(page: Page, words: str) -> None:
    """What was done is said."""
    expect(page.locator(".message.done").filter(has_text=words)).to_be_visible()


def part_of_address(page: Page) -> str:
    return urlsplit(page.url).path


def figures_now(stack: Stack, world: World) -> dict[str, Any]:
    """The figures of the last 30 days, counted anew."""
    begun = datetime.now(UTC).replace(microsecond=0)
    today = begun + timedelta(hours=7)  # the clinic's day

    def shown() -> dict[str, Any] | None:
        assert sweep(stack, "figures", datetime.now(UTC))["failed"] == 0
        days = f"from={(today - timedelta(days=29)).date()}&to={today.date()}"
        url = f"{world.api_url}/internal/figures?{days}"
        figures: dict[str, Any] = world.web.call("GET", url, token=stack.staff_token("admin")).expect(200)
        return figures if moment(figures["counted_at"]) >= begun else None

    return world.patience.until("показатели", shown, SOON)


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def numbers(page: Page, name: str) -> dict[str, list[str]]:
    """The table of a chart, by the names of its rows; of days that have nothing, nothing."""
    shown, table = card(page, name), card(page, name).get_by_text("Числами")
    expect(table.or_(shown.locator(".empty"))).to_be_visible()
    if not table.is_visible():
        return {}
    table.click()
    rows = shown.get_by_role("row").filter(has=page.get_by_role("rowheader"))
    found = [
        [each.replace("\xa0", " ").strip() for each in row.get_by_role("cell").all_inner_texts()]
        for row in rows.all()
    ]
    return dict(zip(rows.get_by_role("rowheader").all_inner_texts(), found, strict=True))
