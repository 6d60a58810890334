"""The page of a booking while things happen: late answers, what others do meanwhile, what breaks off."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from local.demo.world import World, moment
from local.stack import Stack
from tests.browser.at_cabinet import (
    Held,
    Patient,
    a_patient,
    chooses_another_time,
    heading,
    sound,
    told_otherwise,
)
from tests.browser.harness import Watch
from tests.browser.site_form import pdf

SOON = 15_000  # milliseconds: a file is checked, the provider is asked


@pytest.fixture
def patient(world: World, stack: Stack) -> Iterator[Patient]:
    with a_patient(world, stack) as patient:
        yield patient


def passes(page: Page, seconds: int) -> None:
    """By the page's clock."""
    page.clock.fast_forward(seconds * 1000)


def comes_into_sight(page: Page) -> None:
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_the_heading_has_the_focus_as_soon_as_it_stands_and_never_takes_it_back(
    phone: Page, patient: Patient
) -> None:
    made = patient.books_on_site()
    patient.comes(phone)
    held = Held(phone, "**/documents")
    phone.get_by_role("link", name=re.compile("Оплатить до")).click()
    expect(phone.get_by_role("heading", level=1)).to_be_focused()
    held.waits()
    cancelling = phone.get_by_role("button", name="Отменить запись")
    cancelling.focus()
    held.goes_on()
    expect(phone.get_by_label("Выбрать файлы")).to_be_attached()
    expect(cancelling).to_be_focused()
    assert made.booking_id in phone.url


def test_an_answer_that_comes_late_leads_nobody_away_from_where_they_went(
    phone: Page, patient: Patient
) -> None:
    made = patient.books_on_site()
    patient.comes(phone, f"bookings/{made.booking_id}/move")
    held = Held(phone, "**/slot")
    chooses_another_time(phone)
    phone.get_by_role("button", name="Перенести на это время").click()
    held.waits()
    phone.get_by_role("link", name="Счёт", exact=True).click()
    heading(phone, "Лицевой счёт")
    with phone.expect_response("**/slot"):
        held.goes_on()
    moves = patient.api.booking(made.booking_id)["moves"]
    heading(phone, "Лицевой счёт")
    assert (moves, phone.url.endswith("/balance")) == (1, True)


def test_a_payment_page_that_did_not_open_can_be_gone_to_again(phone: Page, patient: Patient) -> None:
    made = patient.books_on_site()
    phone.clock.install()
    patient.comes(phone, f"bookings/{made.booking_id}")
    phone.route("**/checkout/**", lambda route: route.fulfill(status=204))  # as if it was broken off
    with phone.expect_response("**/checkout/**"):
        phone.get_by_role("button", name=re.compile("Оплатить")).click()
    passes(phone, 20)
    expect(phone.get_by_role("link", name="Вернуться к оплате 2 500 ₽")).to_be_visible(timeout=SOON)
    expect(phone.get_by_text("Подождите…")).to_have_count(0)


def test_an_open_payment_of_another_sum_is_not_the_only_way_to_pay(phone: Page, patient: Patient) -> None:
    made = patient.books_on_site()
    patient.api.pay(made.booking_id, "card")

    def part_was_paid(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "due": 150_000, "received": 100_000})

    phone.route("**/payments", part_was_paid)
    held = Held(phone, "**/api/me/bookings/*/payments")
    told_otherwise(phone, made, due=150_000)
    patient.comes(phone, f"bookings/{made.booking_id}")
    held.waits()
    phone.get_by_role("button", name="Отменить запись").click()
    window = phone.get_by_role("dialog")
    expect(window).to_contain_text("1 000 ₽ вернутся на ваш лицевой счёт")
    window.get_by_role("button", name="Нет, вернуться").click()
    held.goes_on()
    expect(phone.get_by_text("Осталось оплатить 1 500 ₽")).to_be_visible()
    expect(phone.get_by_role("button", name="Оплатить 1 500 ₽ картой")).to_be_visible()
    expect(phone.get_by_role("link", name=re.compile("Вернуться к оплате"))).to_have_count(0)


def test_a_page_that_is_looked_at_again_shows_what_others_did_meanwhile(
    phone: Page, patient: Patient
) -> None:
    made = patient.books_on_site()
    start = moment(made.slot["start"]) + timedelta(days=1)
    later = {"doctor": made.slot["doctor"], "start": start.isoformat(), "end": start.isoformat()}
    patient.comes(phone)
    shown = phone.locator("time")
    expect(shown).to_have_attribute("datetime", made.slot["start"])

    def moved(route: Route) -> None:
        answer = route.fetch()
        [booking] = answer.json()["bookings"]
        route.fulfill(response=answer, json={"bookings": [{**booking, "slot": later}]})

    phone.route("**/api/me/bookings", moved)
    comes_into_sight(phone)
    expect(shown).to_have_attribute("datetime", later["start"])
    phone.get_by_role("link", name=re.compile("Оплатить до")).click()
    expect(shown).to_have_attribute("datetime", made.slot["start"])
    told_otherwise(phone, made, slot=later)
    comes_into_sight(phone)
    expect(shown).to_have_attribute("datetime", later["start"])


def test_what_the_holder_may_not_see_or_ask_any_more_is_not_there(phone: Page, patient: Patient) -> None:
    """As a child who is of age by now, long after the consultation."""
    made = patient.books_on_site()
    told_otherwise(phone, made, status="COMPLETED", paid_at=made.slot["start"], callback=None)
    error = {"code": "not_found", "message": "Запись не найдена", "fields": []}
    phone.route("**/documents", lambda route: route.fulfill(status=404, json={"error": error}))
    patient.comes(phone, f"bookings/{made.booking_id}")
    expect(phone.get_by_text("Консультация состоялась.")).to_be_visible()
    expect(phone.locator(".loading")).to_have_count(0)
    expect(phone.get_by_role("button", name="Попробовать ещё раз")).to_have_count(0)
    expect(phone.get_by_label("Что спросить у врача")).to_have_count(0)
    expect(phone.get_by_role("heading", name="Документы для врача")).to_have_count(0)
    sound(phone)


def test_a_file_that_was_stopped_while_its_place_was_taken_is_not_sent_and_leaves_nothing(
    phone: Page, stack: Stack, patient: Patient
) -> None:
    made = patient.books_on_site()
    patient.comes(phone, f"bookings/{made.booking_id}")
    held = Held(phone, "**/documents", "POST")
    sent: list[str] = []
    phone.on("request", lambda each: sent.append(each.url) if each.url.startswith(stack.engine_url) else None)
    phone.get_by_label("Выбрать файлы").set_input_files([pdf("Первая.pdf")])
    held.waits()
    phone.get_by_role("button", name="Прервать отправку файла Первая.pdf").click()
    expect(phone.get_by_text("Первая.pdf")).to_have_count(0)
    with phone.expect_response(lambda each: each.request.method == "DELETE"):
        held.goes_on()
    assert (sent, patient.api.documents(made.booking_id)) == ([], [])


def test_a_file_that_did_not_arrive_stands_once_and_is_sent_again_as_the_same_document(
    phone: Page, watch: Watch, stack: Stack, patient: Patient
) -> None:
    watch.allow("status of 403")
    made = patient.books_on_site()
    patient.comes(phone, f"bookings/{made.booking_id}")
    keys: list[str] = []
    phone.on(
        "request",
        lambda each: (
            keys.append(each.headers["idempotency-key"])
            if (each.method, each.url.endswith("/documents")) == ("POST", True)
            else None
        ),
    )
    bucket = re.compile(re.escape(stack.engine_url))
    phone.route(bucket, lambda route: route.fulfill(status=403))  # as a form that is too old
    phone.get_by_label("Выбрать файлы").set_input_files([pdf("Выписка.pdf")])
    expect(phone.get_by_text("не отправлен")).to_be_visible()
    comes_into_sight(phone)
    expect(phone.get_by_text("Выписка.pdf")).to_have_count(1)
    sound(phone)
    phone.unroute(bucket)
    phone.get_by_role("button", name="Отправить ещё раз").click()
    expect(phone.get_by_text("проверен", exact=True)).to_be_visible(timeout=SOON)
    assert len(keys) == 2
    assert keys[0] == keys[1]
    assert len(patient.api.documents(made.booking_id)) == 1


def test_what_never_arrived_is_said_to_be_not_loaded_and_asked_about_no_more(
    phone: Page, patient: Patient
) -> None:
    made = patient.books_on_site()
    row = {"document": "doc-1", "name": "Выписка.pdf", "type": "application/pdf", "size": 9, "reason": None}
    asked: list[Any] = []

    def waits(route: Route) -> None:
        asked.append(route)
        route.fulfill(json={"documents": [{**row, "status": "awaiting_upload"}]})

    phone.route("**/documents", waits)
    phone.clock.install()
    patient.comes(phone, f"bookings/{made.booking_id}")
    expect(phone.get_by_text("проверяется", exact=True)).to_be_visible()
    passes(phone, 70)
    expect(phone.get_by_text("не загружен", exact=True)).to_be_visible()
    before = len(asked)
    passes(phone, 30)
    phone.get_by_role("button", name="Удалить файл Выписка.pdf").click()
    expect(phone.get_by_role("dialog")).to_be_visible()
    assert len(asked) == before
