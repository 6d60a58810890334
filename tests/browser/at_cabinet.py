"""Patients who come to the cabinet: what they have booked, and their browser's way in."""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from playwright.sync_api import Locator, Page, Route, expect

from local.demo.doors import Cabinet
from local.demo.outside import Session
from local.demo.story import Story, e164, load
from local.demo.world import SOON, Booked, World, booked
from local.stack import Stack
from tests.browser import harness

DOCTOR, CHILDRENS_DOCTOR = "d-sokolova", "d-petrova-lisina"
_SPECIALTIES = {DOCTOR: "therapist", CHILDRENS_DOCTOR: "pediatrician"}
_WEEKS = 4
_LIVE = ("AWAITING_CONSENT", "AWAITING_PAYMENT", "SCHEDULED")
_TO_PAY = timedelta(seconds=20)
_UNDER_WAY = 10  # seconds until a page has sent what a button is for
_LINK = re.compile(r"https?://\S+/bookings/\S+#\S+")


@dataclass
class Patient:
    """An account holder of this test's own, whom nobody knew before."""

    world: World
    stack: Stack
    story: Story = field(default_factory=lambda: load()[0])
    _made: list[Booked] = field(default_factory=list)
    _others: list["Patient"] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.holder = self.world.holder(self.story.given["form"]["holder"])
        self.phone = e164(self.holder["phone"])

    def books_on_site(self, kind: str = "first", start: str | None = None) -> Booked:
        """The first free time of the doctor, or this one."""
        slot = {"doctor": DOCTOR, "start": start} if start else self.world.free_slot(DOCTOR, kind)
        form = self._form(slot, DOCTOR, kind=kind, consents=self.world.consents)
        return self._keeps(booked(self.world.site.book(form, str(uuid4())).expect(201), slot, form))

    def is_booked_by_operator(self, doctor: str = DOCTOR, **changes: Any) -> Booked:
        """`changes` of the form, such as `hold_minutes`, or a child as `patient`."""
        slot = self.world.free_slot(doctor, "first")
        form = self._form(slot, doctor, **changes)
        return self._keeps(booked(self.world.operator.book(form, str(uuid4())).expect(201), slot, form))

    def has_paid(self, made: Booked | None = None) -> Booked:
        """A booking of theirs that is paid for by card, and scheduled."""
        made = made or self.books_on_site()
        payment = self.world.site.pay_by_card(made.booking_id, made.capability or "")
        self.world.sandbox.pay(payment["payment_id"], made.price)
        self.reaches(made, "SCHEDULED")
        return made

    def has_on_balance(self, made: Booked | None = None) -> int:
        """The price of a booking that was paid for and cancelled; kopecks."""
        made = self.has_paid(made)
        self.api.cancel(made.booking_id)
        return made.price

    def was_consulted(self, *, held: bool) -> Booked:
        """A minute of the doctor on duty that is over, one way or the other."""
        form = self.world.form(self.story, None, holder=self.holder, consents=self.world.consents)
        made = self.world.book_on_duty(self.story, form, self.world.site.book, _TO_PAY)
        self.has_paid(made)
        self.world.until_begins(made)
        if held:
            self.world.operator.say_held(made.booking_id)
        else:
            self.world.operator.say_not_held(made.booking_id, "technical")
        self.reaches(made, "COMPLETED" if held else "NOT_HELD")
        return made

    def reaches(self, made: Booked, status: str, seconds: float = SOON) -> None:
        self.world.reach(lambda: self.world.booking(made.booking_id), status, seconds)

    @cached_property
    def session(self) -> Session:
        """By one code, for the API and for the browser: a phone gets but one a minute."""
        return self.world.sign_in.session(self.phone)

    @property
    def api(self) -> "Api":
        return Api(self.world.web, self.world.api_url, self.session.token())

    def code(self) -> str:
        """The one in the SMS that came last."""
        return self.world.sign_in.code(self.phone)

    def link(self, made: Booked) -> str:
        """The link in the SMS about an operator's booking."""
        sms = self.world.patience.until(
            "СМС со ссылкой", lambda: self.world.messages(self.phone, "sms", made.booking_id), SOON
        )
        found = _LINK.search(sms[0])
        assert found, sms[0]
        return found[0]

    def comes(self, page: Page, path: str = "") -> Page:
        """Open the cabinet in a browser in which they have signed in before."""
        self.signs_in(page)
        page.goto(f"{self.stack.web_url}/cabinet/{path}")
        return page

    def signs_in(self, page: Page) -> None:
        """The page's browser has the cookie that goes on with their session."""
        name, _, value = self.session.cookie.partition("=")
        page.context.add_cookies(
            [
                {
                    "name": name,
                    "value": value,
                    "domain": urlsplit(self.stack.web_url).hostname or "",
                    "path": "/api/sign-in",
                    "httpOnly": True,
                    "secure": True,
                    "sameSite": "Strict",
                }
            ]
        )

    def comes_back(self, page: Page) -> None:
        """By the door that stands where a session has ended; without a code: a phone gets one a minute."""
        begun = {"token": self.session.token(), "expires_in": 300}
        sent = {"expires_in": 600, "digits": 6}
        page.route("**/api/sign-in/codes", lambda route: route.fulfill(status=202, json=sent))
        page.route("**/api/sign-in/sessions", lambda route: route.fulfill(status=201, json=begun))
        gives_phone(page, self.phone)
        enters(page, "123456")

    def another(self) -> "Patient":
        """Somebody else, who leaves with this one."""
        self._others.append(Patient(self.world, self.stack))
        return self._others[-1]

    def leaves(self) -> None:
        """What is still to come is given up: the doctor's time is for the next test."""
        for each in self._others:
            each.leaves()
        for made in self._made:
            if self.world.booking(made.booking_id)["status"] in _LIVE:
                self.world.operator.cancel(made.booking_id, "Время нужно другим")

    def _keeps(self, made: Booked) -> Booked:
        self._made.append(made)
        return made

    def _form(self, slot: Mapping[str, str], doctor: str, **changes: Any) -> dict[str, Any]:
        known = {"doctor": doctor, "specialty": _SPECIALTIES[doctor], "holder": self.holder}
        return self.world.form(self.story, slot, **{**known, **changes})


@contextmanager
def a_patient(world: World, stack: Stack) -> Iterator[Patient]:
    """A holder for as long as a test lasts."""
    patient = Patient(world, stack)
    try:
        yield patient
    finally:
        patient.leaves()


class Api(Cabinet):
    """What a test does for the patient, so that the page need not."""

    def cancel(self, booking_id: str) -> None:
        self._post(f"/bookings/{booking_id}/cancellation", {}).expect(200)

    def payments(self, booking_id: str) -> list[dict[str, Any]]:
        begun: list[dict[str, Any]] = self._get(f"/bookings/{booking_id}/payments")["payments"]
        return begun

    def documents(self, booking_id: str) -> list[dict[str, Any]]:
        attached: list[dict[str, Any]] = self._get(f"/bookings/{booking_id}/documents")["documents"]
        return attached

    def callbacks(self) -> list[dict[str, Any]]:
        asked: list[dict[str, Any]] = self._get("/callbacks")["callbacks"]
        return asked


class Held:
    """Requests of a page that reach nobody until they may go on; `method`: those alone."""

    def __init__(self, page: Page, url: str, method: str | None = None) -> None:
        self._page, self._url, self._method = page, url, method
        self._routes: list[Route] = []
        page.route(url, self._hold)

    def waits(self) -> None:
        """One is under way, and unanswered."""
        over = time.monotonic() + _UNDER_WAY
        while not self._routes:
            assert time.monotonic() < over, f"nothing asks for {self._url}"
            self._page.wait_for_timeout(20)

    def goes_on(self) -> None:
        self._page.unroute(self._url)
        for route in self._routes:
            route.fallback()

    def _hold(self, route: Route) -> None:
        if self._method in (None, route.request.method):
            self._routes.append(route)
        else:
            route.fallback()


def told_otherwise(page: Page, made: Booked, **changes: Any) -> None:
    """The page hears this of the booking; the rest as it is."""

    def told(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), **changes})

    page.route(f"**/api/me/bookings/{made.booking_id}", told)


def page_time(page: Page) -> datetime:
    """The moment by the page's clock."""
    return datetime.fromtimestamp(page.evaluate("Date.now()") / 1000, UTC)


def child(born: str) -> dict[str, str]:
    """Whose parent the holder is; `born`: YYYY-MM-DD."""
    return {
        "who": "child",
        "relation": "parent",
        "family_name": "Воронов",
        "given_name": "Пётр",
        "birth_date": born,
        "sex": "male",
    }


def asks_for_code(page: Page, stack: Stack, phone: str, path: str = "") -> None:
    """At the cabinet's door, which stands at every address of it while nobody is signed in."""
    page.goto(f"{stack.web_url}/cabinet/{path}")
    gives_phone(page, phone)


def gives_phone(page: Page, phone: str) -> None:
    page.get_by_label("Мобильный телефон").fill(phone)
    page.get_by_role("button", name="Получить код").click()
    expect(page.get_by_label("Код", exact=True)).to_be_focused()


def enters(page: Page, code: str) -> None:
    page.get_by_label("Код", exact=True).fill(code)
    page.get_by_role("button", name="Войти").click()


def heading(page: Page, words: str) -> None:
    """The view with this heading is there."""
    expect(page.get_by_role("heading", name=words, exact=True, level=1)).to_be_visible()


def chooses_another_time(page: Page) -> Locator:
    """The first time of their doctor, on the first day of these weeks that has one."""
    heading(page, "Перенос записи")
    days, times = page.locator("[name=day]"), page.get_by_role("radio", name=re.compile("Соколова"))
    for _ in range(_WEEKS):
        days.first.wait_for(state="attached")
        for day in days.all():
            day.check()
            if times.count():
                times.first.check()
                return times.first
        page.get_by_role("button", name="Показать следующие дни").click()
        expect(page.get_by_text("Ищем свободное время")).to_have_count(0)
    raise AssertionError("no day has a time")


def sound(page: Page) -> None:
    """Nothing serious for axe-core, and nothing beside the screen's edge."""
    harness.axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
