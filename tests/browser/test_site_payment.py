"""What the site says of a booking that was made: how paying stands, whatever happens meanwhile."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from local.stack import Stack
from tests.browser import harness
from tests.browser.site_form import SiteForm

ID = "b-" + "a" * 26
PRICE = 250_000  # kopecks
OPEN = {"payment_id": "p-1", "status": "pending", "amount": PRICE, "confirmation_url": "/checkout/1"}


def at(**ahead: float) -> str:
    return f"{datetime.now(UTC) + timedelta(**ahead):%Y-%m-%dT%H:%M:%SZ}"


def paying(status: str = "AWAITING_PAYMENT", **changes: Any) -> dict[str, Any]:
    """As GET /bookings/{booking}/payments tells it."""
    known = {"status": status, "due": PRICE, "received": 0, "paid_at": None, "payments": [OPEN]}
    return {**known, "hold_until": at(minutes=20), **changes}


def paid(status: str = "SCHEDULED") -> dict[str, Any]:
    return paying(status, due=0, received=PRICE, paid_at=at(), payments=[{**OPEN, "confirmation_url": None}])


@pytest.fixture
def form(phone: Page, stack: Stack) -> SiteForm:
    return SiteForm(phone, stack.web_url, "")


@pytest.fixture
def booked(form: SiteForm) -> Callable[..., None]:
    """`booked(answers, view)`: the tab has a booking, and each question how paying stands gets the next
    answer, or status, the last one again and again. `view`: the booking itself, where anybody asks.
    `returns`: from the provider's page.
    """

    def come(
        answers: Sequence[dict[str, Any] | int], view: Any = None, *, returns: bool = False, **kept: Any
    ) -> None:
        left = list(answers)

        def answer(route: Route) -> None:
            what = route.request.url.rpartition(ID)[2]
            said: Any = {"/documents": {"documents": []}, "": view or 404}.get(what, 404)
            if what == "/payments":
                said = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(said, int):
                error = {"code": "no_answer", "message": "Ответа нет", "fields": []}
                route.fulfill(status=said, json={"error": error})
            else:
                route.fulfill(json=said)

        form.page.route(re.compile(f"/api/bookings/{ID}"), answer)
        slot = {"doctor": "d-duty", "start": at(days=2)}
        booking = {
            "booking_id": ID,
            "capability": "c",
            "kind": "first",
            "price": PRICE,
            "slot": slot,
            "paid": False,
        }
        form.keep(
            "booking",
            {
                **booking,
                "hold_until": at(minutes=20),
                "time_zone": "Europe/Moscow",
                "channel": "phone",
                **kept,
            },
        )
        form.page.goto(f"{form.url}/" + (f"?paid={ID}" if returns else ""))

    return come


def test_money_that_comes_as_the_hold_ends_is_waited_for(form: SiteForm, booked: Callable[..., None]) -> None:
    soon = at(seconds=4)
    booked([paying(hold_until=soon), paying(hold_until=soon), 404, 404, paid()], hold_until=soon)
    form.at("Ждём подтверждения оплаты")
    form.at("Консультация оплачена", seconds=20)


def test_whoever_returns_to_a_booking_that_is_open_no_more_waits_for_their_money(
    form: SiteForm, booked: Callable[..., None], watch: harness.Watch
) -> None:
    watch.allow("status of 404")
    booked([404, paid()], returns=True)
    form.at("Ждём подтверждения оплаты")
    form.at("Консультация оплачена", seconds=10)


def test_a_question_without_an_answer_does_not_end_the_waiting(
    form: SiteForm, booked: Callable[..., None], watch: harness.Watch
) -> None:
    watch.allow("status of 500")
    booked([paying(), 500, paid()])
    form.at("Ждём подтверждения оплаты")
    form.at("Консультация оплачена", seconds=10)


def test_a_cancelled_booking_is_not_shown_as_paid_and_leads_to_a_new_one(
    form: SiteForm, booked: Callable[..., None]
) -> None:
    booked([paid("CANCELLED")])
    form.at("Запись не ждёт оплаты")
    form.page.get_by_text("Новая запись").click()
    form.at("Онлайн-консультация врача")


def test_a_booking_that_was_moved_is_shown_at_its_new_time(
    form: SiteForm, booked: Callable[..., None]
) -> None:
    view = {
        "contract_number": "ОК-1",
        "channel": "skype",
        "slot": {"doctor": "d-duty", "start": "2027-03-05T09:15:00Z"},
    }
    booked([paid()], view)
    form.at("Консультация оплачена")
    expect(form.fact("Когда")).to_contain_text("5 марта, 12:15")
    expect(form.fact("Способ связи")).to_have_text("Skype")
