"""What is typed and sent at the console outlives a slip, a lost answer, a new reading, the session's end."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from local.demo.world import World
from local.stack import Stack
from tests.browser import harness
from tests.browser.at_console import (
    SECTIONS,
    Case,
    Cases,
    full_name,
    give_password,
    part_of_address,
    sign_in,
    state,
    told,
    window,
)

LOST = "a status of 500"  # an answer that nobody heard: the page cannot know whether it was done
ANSWERED = 20_000  # milliseconds within which the API answers, however busy the machine is
NAMES = ("Авдеева Анна", "Белова Белла", "Волкова Вера")


@pytest.fixture(scope="module")
def cases(world: World) -> Cases:
    return Cases(world)


@pytest.fixture(scope="module")
def paid(cases: Cases) -> Case:
    return cases.paid()


def lose_answers(page: Page, path: str) -> None:
    """What is sent there is done, and nobody hears of it."""

    def lose(route: Route) -> None:
        route.fetch()
        route.fulfill(status=500, body="")

    page.route(path, lose)


def test_a_payment_that_nobody_heard_of_is_not_taken_twice(
    desktop: Page, stack: Stack, watch: harness.Watch, cases: Cases
) -> None:
    watch.allow(LOST)
    case = cases.payable()
    sign_in(desktop, stack, "operator", case.address)
    form = window(desktop, "Принять оплату")
    expect(form).to_have_accessible_name(re.compile(full_name(case.holder)))
    form.get_by_label("Сумма, ₽").fill("1 000")
    form.get_by_label("Номер документа").fill("ПКО 17")
    form.get_by_label("Почему").fill("Заплатила в клинике")
    lose_answers(desktop, "**/desk-payments")
    form.get_by_role("button", name="Принять оплату").click()
    expect(form.get_by_role("alert")).to_be_visible(timeout=ANSWERED)
    payments = desktop.get_by_role("table", name="Платежи", include_hidden=True)
    # The page behind was read again.
    expect(payments.locator("tbody tr")).to_have_count(1, timeout=ANSWERED)
    desktop.unroute("**/desk-payments")

    desktop.keyboard.press("Escape")
    form = window(desktop, "Принять оплату")
    expect(form.get_by_label("Сумма, ₽")).to_have_value("1 000")
    form.get_by_label("Номер документа").fill("ПКО 18")
    form.get_by_role("button", name="Принять оплату").click()
    expect(form).to_have_count(0, timeout=ANSWERED)
    told(desktop, "Отправленное раньше всё-таки выполнено")
    expect(payments.locator("tbody tr")).to_have_count(1)
    expect(payments).to_contain_text("ПКО 17")
    form = window(desktop, "Принять оплату")
    expect(form.get_by_label("Сумма, ₽")).to_have_value("1500")


def test_a_slip_closes_no_window_and_what_was_typed_in_it_stays(
    desktop: Page, stack: Stack, paid: Case
) -> None:
    sign_in(desktop, stack, "operator", paid.address)
    form = window(desktop, "Отменить запись")
    why = form.get_by_label("Почему")
    why.fill("Врач заболел")
    drag_out(desktop, why)
    desktop.keyboard.press("Control+k")
    expect(form).to_be_visible()
    assert part_of_address(desktop) == paid.address

    asked: list[Route] = []
    desktop.route("**/cancellation", lambda route: asked.append(route))
    form.get_by_role("button", name="Отменить запись").click()
    expect(form.get_by_role("button", name="Подождите")).to_be_visible()
    for _ in range(2):  # the browser lets a page refuse the first alone
        desktop.keyboard.press("Escape")
        desktop.mouse.click(3, 3)
    form.get_by_role("button", name="Закрыть").first.click()
    expect(form).to_be_visible()
    asked[0].fulfill(status=409, content_type="application/json", body=refusal("Время уже прошло"))
    expect(form.get_by_role("alert")).to_have_text("Время уже прошло")

    desktop.mouse.click(3, 3)
    expect(form).to_have_count(0)
    expect(state(desktop)).to_have_text("Назначена")
    desktop.get_by_role("link", name="Задачи").click()
    desktop.go_back()
    expect(window(desktop, "Отменить запись").get_by_label("Почему")).to_have_value("Врач заболел")


def drag_out(page: Page, field: Locator) -> None:
    """As who selects the words of a field with the mouse, and lets go beside the window."""
    box = field.bounding_box()
    assert box
    page.mouse.move(box["x"] + 30, box["y"] + 15)
    page.mouse.down()
    page.mouse.move(3, 3)
    page.mouse.up()


def refusal(words: str, code: str = "refused") -> str:
    return json.dumps({"error": {"code": code, "message": words, "fields": []}})


# ---- the session's end ----


def end_session(page: Page) -> None:
    for path in ("**/api/internal/**", "**/api/staff/refresh"):
        page.route(path, lambda route: route.fulfill(status=401, content_type="application/json", body="{}"))


def test_who_signs_in_again_goes_on_and_somebody_else_sees_nothing_of_it(
    desktop: Page, stack: Stack, paid: Case
) -> None:
    accounts = {each.role: each.email for each in reversed(stack.staff)}
    sign_in(desktop, stack, "operator", paid.address)
    question = window(desktop, "Попросить звонок врача").get_by_label("О чём спросить врача")
    for whose in ("operator", "admin"):
        question.fill("Можно ли плавать?")
        end_session(desktop)
        desktop.get_by_role("dialog").get_by_role("button", name="Создать заявку").click()
        expect(desktop.get_by_text("Сеанс закончился")).to_be_visible()
        expect(question).to_have_count(0)
        desktop.unroute_all()
        give_password(desktop, accounts[whose])
        desktop.get_by_role("navigation", name=SECTIONS).wait_for()
        if whose == "operator":
            expect(question).to_have_value("Можно ли плавать?")
            expect(desktop).to_have_title("Запись – консоль клиники")
            assert desktop.evaluate("document.querySelector('dialog').matches(':modal')")
    expect(desktop.get_by_role("heading", name="Раздел не для вашей роли")).to_be_visible()
    expect(question).to_have_count(0)


# ---- lists that are read again ----


def request_for_call(number: int) -> dict[str, Any]:
    return {
        "callback": f"c-{number}",
        "booking_id": f"b-{number}",
        "name": NAMES[number],
        "patient": NAMES[number],
        "phone": "+79130000000",
        "doctor": "d-sokolova",
        "question": "Как принимать?",
        "status": "OPEN",
        "overdue": False,
        "answer_by": "2027-01-01T00:00:00Z",
        "not_before": None,
        "time_zone": "Asia/Novosibirsk",
        "assignee": None,
        "attempts": [],
        "note": None,
        "version": 1,
    }


class Queue:
    """The requests for a call as a page is told of them; `sent`: what was done with them, unheard."""

    def __init__(self, page: Page) -> None:
        self.rows = [request_for_call(number) for number in range(len(NAMES))]
        self.sent: list[Request] = []
        self.next: str | None = None
        page.route(re.compile(r"/api/internal/callbacks"), self._tell)
        page.route(re.compile(r"/api/internal/bookings/b-\d/callbacks/"), self._lose)

    def _tell(self, route: Route) -> None:
        further = "cursor" in route.request.url
        rows = [request_for_call(0)] if further else self.rows
        route.fulfill(json={"callbacks": rows, "next": None if further else self.next})

    def _lose(self, route: Route) -> None:
        self.sent.append(route.request)
        route.fulfill(status=500, body="")


@pytest.fixture
def queue(desktop: Page, stack: Stack, watch: harness.Watch) -> Queue:
    watch.allow(LOST)
    told_of = Queue(desktop)
    sign_in(desktop, stack, "operator", "/console/callbacks")
    return told_of


def test_a_note_stays_with_its_request_when_the_one_above_leaves_the_list(
    desktop: Page, queue: Queue
) -> None:
    request = desktop.get_by_role("listitem", name=NAMES[1])
    request.get_by_text("Закрыть заявку").first.click()
    note = request.get_by_label("Что сказали")
    note.press_sequentially("Принимать ")
    del queue.rows[0]
    desktop.get_by_role("button", name="Обновить").dispatch_event("click")
    expect(desktop.get_by_role("listitem", name=NAMES[0])).to_have_count(0)
    desktop.keyboard.type("утром")
    expect(note).to_have_value("Принимать утром")
    expect(note).to_be_focused()
    expect(desktop.get_by_role("listitem", name=NAMES[2]).locator("details[open]")).to_have_count(0)


def test_each_attempt_has_a_key_of_its_own_and_what_no_key_protects_has_none(
    desktop: Page, queue: Queue
) -> None:
    request = desktop.get_by_role("listitem", name=NAMES[1])
    for act in ("Не отвечает", "Занято", "Занято", "Взять себе"):
        pressed = request.get_by_role("button", name=act)
        with desktop.expect_request(re.compile(r"/api/internal/callbacks")):  # it was not heard: read again
            pressed.focus()
            desktop.keyboard.press("Enter")
        expect(request.get_by_role("alert")).to_be_focused()
    keys = [each.headers.get("idempotency-key") for each in queue.sent]
    assert len({*keys[:2]}) == 2
    assert keys[1] == keys[2]
    assert keys[3] is None


def test_more_of_a_list_moves_the_focus_to_its_first_new_row(desktop: Page, queue: Queue) -> None:
    queue.rows, queue.next = queue.rows[1:], "more"
    desktop.get_by_role("button", name="Обновить").click()
    expect(desktop.get_by_role("link", name=NAMES[0])).to_have_count(0)
    desktop.get_by_role("button", name="Показать ещё").click()
    expect(desktop.get_by_role("link", name=NAMES[0])).to_be_focused()


# ---- the frame ----


def test_a_section_reads_the_catalogue_anew_and_a_way_within_the_page_opens_nothing(
    desktop: Page, stack: Stack
) -> None:
    sign_in(desktop, stack, "operator", "/console/search")
    with desktop.expect_request("**/api/catalogue"):
        desktop.get_by_role("link", name="Задачи").click()
    expect(desktop.get_by_role("heading", name="Задачи")).to_be_focused()
    before = desktop.evaluate("history.length")
    desktop.locator(".skip").focus()
    desktop.keyboard.press("Enter")
    expect(desktop.locator("main")).to_be_focused()
    assert (desktop.url, desktop.evaluate("history.length")) == (f"{stack.web_url}/console/tasks", before)


def test_a_section_that_cannot_be_loaded_says_so_in_russian(
    desktop: Page, stack: Stack, watch: harness.Watch
) -> None:
    watch.allow("Failed to fetch|net::")
    sign_in(desktop, stack, "operator", "/console/account")
    desktop.route("**/console/tasks.js", lambda route: route.abort())
    desktop.get_by_role("link", name="Задачи").click()
    expect(desktop.get_by_role("alert")).to_contain_text("Что-то пошло не так")
