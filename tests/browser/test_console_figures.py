"""The clinic's figures at the console: the same numbers as the API's, drawn and as tables."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from local.demo.world import World, moment
from local.stack import Stack
from tests.browser import harness
from tests.browser.at_console import Cases, card, figures_now, numbers, stands
from tests.browser.conftest import Member


@pytest.fixture(scope="module")
def counted(stack: Stack, world: World) -> dict[str, Any]:
    """The figures of the last 30 days, after a booking was paid and another waits for consents."""
    cases = Cases(world)
    cases.paid()
    cases.by_phone()
    return figures_now(stack, world)


def money(kopecks: int) -> str:
    roubles, rest = divmod(kopecks, 100)
    whole = f"{roubles:,}".replace(",", " ")
    return f"{whole},{rest:02} ₽" if rest else f"{whole} ₽"


def test_bookings_stand_by_their_state(member: Member, counted: dict[str, Any]) -> None:
    page = member("admin", "figures")
    shown = numbers(page, "Записи по состоянию")
    assert int(shown["Назначена"][0]) == counted["bookings"]["SCHEDULED"] >= 1
    assert int(shown["Ждёт согласий"][0]) == counted["bookings"]["AWAITING_CONSENT"] >= 1
    assert sum(int(each[0]) for each in shown.values()) == sum(counted["bookings"].values())
    expect(card(page, "Записи по состоянию").get_by_role("img")).to_contain_text("Назначена")


def test_the_funnel_counts_both_doors_at_each_step(member: Member, counted: dict[str, Any]) -> None:
    page = member("admin", "figures")
    shown = numbers(page, "От заявки до консультации")
    steps = {"Записались": "booked", "Дали согласия": "consented", "Оплатили": "paid", "Состоялась": "held"}
    for name, step in steps.items():
        site, operator, both, _ = shown[name]
        funnel = counted["funnel"]
        assert [int(site), int(operator)] == [funnel["site"][step], funnel["operator"][step]]
        assert int(both) == int(site) + int(operator)
    assert shown["Записались"][3] == "100 %"


def test_money_is_told_in_roubles(member: Member, counted: dict[str, Any]) -> None:
    page = member("admin", "figures")
    shown = numbers(page, "Деньги")
    names = {
        "Получено картой": "came_in_by_provider",
        "Получено в клинике": "came_in_at_desk",
        "Выручка": "revenue",
        "Держится за записями": "held_now",
        "На лицевых счетах": "balances_now",
    }
    assert {name: shown[name][0] for name in names} == {
        name: money(counted["money"][each]) for name, each in names.items()
    }
    assert counted["money"]["came_in_by_provider"] > 0


def test_shares_of_absent_patients_stand_by_doctor_and_channel(
    member: Member, counted: dict[str, Any]
) -> None:
    page = member("admin", "figures")
    for name, by in (
        ("Неявки пациентов по врачам", "by_doctor"),
        ("Неявки пациентов по способу связи", "by_channel"),
    ):
        if not counted[by]:
            expect(card(page, name)).to_contain_text("За эти дни ничего нет.")
            continue
        shown = numbers(page, name)
        told = sorted(int(row[1]) for row in shown.values())
        wholes = [sum(v for k, v in each.items() if k != "no_show_permille") for each in counted[by].values()]
        assert told == sorted(wholes)


def test_the_page_says_when_it_was_counted_and_of_which_days(member: Member, counted: dict[str, Any]) -> None:
    page = member("admin", "figures")
    at = moment(counted["counted_at"]) + timedelta(hours=7)
    expect(page.get_by_text(re.compile(f"Посчитано {at:%d.%m.%Y}, {at:%H:%M}"))).to_be_visible()


@pytest.mark.parametrize("size", [harness.PHONE, harness.DESKTOP], ids=["phone", "desktop"])
@pytest.mark.usefixtures("counted")
def test_charts_and_tables_are_usable(member: Member, size: tuple[int, int]) -> None:
    page = member("admin", "figures", size=size)
    expect(card(page, "Деньги")).to_be_visible()
    stands(page)
    for each in page.get_by_text("Числами").all():
        each.click()
    stands(page)


@pytest.mark.usefixtures("counted")
def test_days_without_anything_say_so(member: Member) -> None:
    page = member("admin", "figures")
    page.get_by_label("Первый день").fill("2025-01-01")
    page.get_by_label("Последний день").fill("2025-01-31")
    page.get_by_role("button", name="Показать").click()
    expect(page.get_by_text("С 1 января 2025 по 31 января 2025")).to_be_visible()
    for name in ("Записи по состоянию", "От заявки до консультации", "Неявки пациентов по врачам"):
        expect(card(page, name)).to_contain_text("За эти дни ничего нет.")
    stands(page)


@pytest.mark.usefixtures("counted")
def test_days_in_the_wrong_order_are_told_at_their_field(member: Member) -> None:
    page = member("admin", "figures")
    page.get_by_label("Первый день").fill("2026-11-20")
    page.get_by_label("Последний день").fill("2026-11-10")
    page.get_by_role("button", name="Показать").click()
    expect(page.get_by_label("Последний день")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#errors")).to_be_focused()
    stands(page)


@pytest.mark.usefixtures("counted")
def test_a_period_is_chosen_by_the_keyboard(member: Member) -> None:
    page = member("admin", "figures")
    week = page.get_by_role("button", name="7 дней")
    week.focus()
    page.keyboard.press("Enter")
    expect(week).to_have_attribute("aria-pressed", "true")
    expect(week).to_be_focused()
    last = datetime.now(UTC) + timedelta(hours=7)
    expect(page.get_by_label("Первый день")).to_have_value((last - timedelta(days=6)).date().isoformat())
