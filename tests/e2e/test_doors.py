"""Whose door is whose: tokens, capabilities, other people's bookings. Foreign, forged, missing: closed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from local.accounts import STAFF_PASSWORD
from local.demo.doors import Cabinet
from local.demo.story import load
from local.demo.web import Answer
from local.demo.world import Booked, World, booked
from local.stack import Stack

ORDINARY_DOCTOR = "d-sokolova"
NOBODY = "h-" + "a" * 26


@dataclass(frozen=True, slots=True)
class Tokens:
    """Of whoever may sign in; `holder` made the booking, `stranger` did not."""

    holder: str
    stranger: str
    operator: str
    own_doctor: str
    other_doctor: str
    admin: str


@pytest.fixture(scope="module")
def made(world: World) -> Booked:
    """Somebody's booking with an ordinary doctor, not paid."""
    story = load()[0]
    slot = world.free_slot(ORDINARY_DOCTOR, "first")
    holder = world.holder(story.given["form"]["holder"])
    form = world.form(story, slot, doctor=ORDINARY_DOCTOR, holder=holder, consents=world.consents)
    return booked(world.site.book(form, str(uuid4())).expect(201), slot, form)


@pytest.fixture(scope="module")
def tokens(world: World, stack: Stack, made: Booked) -> Tokens:
    return Tokens(
        holder=world.sign_in.holder(made.phone),
        stranger=world.sign_in.holder("+79135550177"),
        operator=stack.staff_token("operator"),
        own_doctor=stack.staff_token("doctor", ORDINARY_DOCTOR),
        other_doctor=stack.staff_token("doctor", "d-gromov"),
        admin=stack.staff_token("admin"),
    )


@pytest.fixture(scope="module")
def holders_session(world: World) -> str:
    """Its cookie."""
    return world.sign_in.session("+79135550178").cookie


@pytest.fixture(scope="module")
def call(world: World, made: Booked) -> Callable[..., Answer]:
    """Ask for `{booking}`'s address with somebody's token; every call has what a good one needs."""

    def call(method: str, path: str, token: str | None, content: Any = None, **headers: str) -> Answer:
        given = {"Idempotency-Key": str(uuid4())} | {k.replace("_", "-"): v for k, v in headers.items()}
        url = world.api_url + path.format(booking=made.booking_id, holder=NOBODY)
        return world.web.call(method, url, content, token=token, headers=given)

    return call


Call = tuple[str, str, Any]

HOLDERS: list[Call] = [
    ("GET", "/me/bookings/{booking}", None),
    ("POST", "/me/bookings/{booking}/payments", {"method": "card"}),
    ("GET", "/me/bookings/{booking}/payments", None),
    ("POST", "/me/bookings/{booking}/consents", {"consents": []}),
    ("GET", "/me/bookings/{booking}/consents", None),
    ("GET", "/me/bookings/{booking}/consents/print", None),
    ("POST", "/me/bookings/{booking}/cancellation", {}),
    ("POST", "/me/bookings/{booking}/slot", {"doctor": "d-sokolova", "start": "2026-12-01T03:00:00Z"}),
    ("POST", "/me/bookings/{booking}/callbacks", {"question": "Можно ли заниматься спортом?"}),
    ("POST", "/me/bookings/{booking}/callbacks/cb-aaaaaaaaaaaaaaaaaaaaaaaaaa/withdrawal", None),
    ("GET", "/me/bookings/{booking}/calendar", None),
]
HOLDERS_MONEY: list[Call] = [
    ("POST", "/me/refunds", {}),
    ("GET", "/me/refunds", None),
]
_MOVE = {"doctor": "d-sokolova", "start": "2026-12-01T03:00:00Z", "by": "clinic", "why": "так надо"}
_CALLBACK = "/internal/bookings/{booking}/callbacks/cb-aaaaaaaaaaaaaaaaaaaaaaaaaa"
STAFF: list[Call] = [
    ("GET", "/internal/bookings/{booking}", None),
    ("POST", "/internal/bookings/{booking}/outcome", {"outcome": "held"}),
    ("POST", "/internal/bookings/{booking}/contact-attempts", {}),
    ("POST", "/internal/bookings/{booking}/corrections", {"outcome": "held", "why": "Ошибка"}),
    ("GET", "/internal/doctors/me/day", None),
    ("GET", "/internal/ledger/trial-balance", None),
    ("GET", "/internal/figures", None),
    ("PUT", "/internal/catalogue", {}),
    ("GET", "/internal/catalogue", None),
    ("GET", "/internal/bookings/{booking}/consents", None),
    ("GET", "/internal/bookings/{booking}/consents/print", None),
    ("POST", "/internal/holders/{holder}/refunds", {"reason": "other"}),
    ("GET", "/internal/holders/{holder}/refunds", None),
    ("GET", "/internal/holders/{holder}/balance", None),
    ("POST", "/internal/bookings/{booking}/cancellation", {"by": "clinic", "why": "так надо"}),
    ("POST", "/internal/bookings/{booking}/slot", _MOVE),
    ("POST", "/internal/bookings/{booking}/hold", {"minutes": 60, "why": "так надо"}),
    ("POST", "/internal/doctors/d-gromov/days/2026-12-01/clearing", {"action": "move", "why": "так надо"}),
    ("POST", "/internal/bookings/search", {"name": "кто"}),
    ("POST", "/internal/holders/search", {"phone": "1"}),
    ("GET", "/internal/bookings/{booking}/notices", None),
    ("POST", "/internal/bookings/{booking}/notices/c2NoZWR1bGVk/retries", {"why": "так надо"}),
    ("POST", "/internal/bookings/{booking}/link", {}),
    ("POST", "/internal/bookings/{booking}/desk-payments", {}),
    ("POST", "/internal/holders/{holder}/refunds/r-1/payout", {"document": "РКО 1", "why": "так надо"}),
    ("POST", "/internal/holders/{holder}/refunds/r-1/refusal", {"why": "так надо"}),
    ("POST", "/internal/holders/{holder}/refunds/r-1/task/answer", {"why": "так надо"}),
    ("GET", "/internal/days/2026-12-01", None),
    ("GET", "/internal/tasks", None),
    ("POST", "/internal/bookings/{booking}/task/answer", {"why": "сделано"}),
    ("GET", "/internal/bookings/{booking}/trail", None),
    ("GET", "/internal/holders/{holder}/trail", None),
    ("GET", "/internal/callbacks", None),
    ("GET", "/internal/bookings/{booking}/callbacks", None),
    ("POST", "/internal/bookings/{booking}/callbacks", {"question": "Можно ли?", "why": "По телефону"}),
    ("POST", _CALLBACK + "/assignee", {"assignee": "me", "version": 1}),
    ("POST", _CALLBACK + "/attempts", {"result": "busy"}),
    ("POST", _CALLBACK + "/result", {"result": "answered", "note": "Ответили", "version": 1}),
]


SESSIONS: list[Call] = [
    ("POST", "/sign-in/refresh", {}),
    ("POST", "/staff/refresh", {}),
    ("POST", "/staff/totp", {}),
    ("POST", "/staff/totp/confirmation", {"code": "123456"}),
]


def forged(token: str) -> str:
    """The same claims under another signature."""
    signed, _, signature = token.rpartition(".")
    return f"{signed}.{signature[::-1]}"


@pytest.mark.parametrize(("method", "path", "content"), HOLDERS + HOLDERS_MONEY + STAFF)
def test_without_a_token_or_with_a_forged_one_every_door_is_closed(
    call: Callable[..., Answer], tokens: Tokens, method: str, path: str, content: Any
) -> None:
    genuine = tokens.holder if path.startswith("/me") else tokens.operator
    assert call(method, path, None, content).status == 401
    assert call(method, path, forged(genuine), content).status == 401


@pytest.mark.parametrize(("method", "path", "content"), SESSIONS)
def test_without_a_session_or_with_a_forged_or_anothers_one_nothing_goes_on(
    world: World,
    stack: Stack,
    call: Callable[..., Answer],
    holders_session: str,
    method: str,
    path: str,
    content: Any,
) -> None:
    operator = next(account.email for account in stack.staff if account.role == "operator")
    staff = world.sign_in.staff_session(operator, STAFF_PASSWORD).cookie.partition("=")[2]
    holder = holders_session.partition("=")[2]
    name, own, foreign = (
        ("session", holder, staff) if path.startswith("/sign-in") else ("staff_session", staff, holder)
    )
    for cookie in ("", f"{name}={forged(own)}", f"{name}={foreign}"):
        assert call(method, path, None, content, Cookie=cookie).status == 401


@pytest.mark.parametrize(("method", "path", "content"), STAFF)
def test_a_holder_does_not_enter_by_the_staffs_door(
    call: Callable[..., Answer], tokens: Tokens, method: str, path: str, content: Any
) -> None:
    assert call(method, path, tokens.holder, content).status == 401


@pytest.mark.parametrize(("method", "path", "content"), HOLDERS + HOLDERS_MONEY)
def test_the_staff_do_not_enter_by_the_holders_door(
    call: Callable[..., Answer], tokens: Tokens, method: str, path: str, content: Any
) -> None:
    assert call(method, path, tokens.operator, content).status == 401


@pytest.mark.parametrize(("method", "path", "content"), HOLDERS)
def test_anothers_booking_does_not_exist(
    call: Callable[..., Answer], tokens: Tokens, method: str, path: str, content: Any
) -> None:
    foreign = call(method, path, tokens.stranger, content)
    nobodys = call(method, path.replace("{booking}", "b-" + "a" * 26), tokens.stranger, content)
    assert (foreign.status, foreign.body) == (404, nobodys.body)


def test_a_holder_sees_only_their_own(world: World, tokens: Tokens, made: Booked) -> None:
    own = Cabinet(world.web, world.api_url, tokens.holder)
    assert own.booking(made.booking_id)["booking_id"] == made.booking_id
    listed = world.web.call("GET", f"{world.api_url}/me/bookings", token=tokens.stranger).expect(200)
    assert listed == {"bookings": []}


def test_a_holder_does_not_book_under_anothers_number(world: World, tokens: Tokens, made: Booked) -> None:
    story = load()[0]
    slot = world.free_slot(ORDINARY_DOCTOR, "first")
    holder = {**story.given["form"]["holder"], "phone": made.phone}
    form = world.form(story, slot, doctor=ORDINARY_DOCTOR, holder=holder, consents=world.consents)
    answer = Cabinet(world.web, world.api_url, tokens.stranger).book(form, str(uuid4()))
    assert [field["path"] for field in answer.expect(422)["error"]["fields"]] == ["holder.phone"]


@pytest.mark.parametrize(
    ("method", "path", "content", "who"),
    [
        ("PUT", "/internal/catalogue", {}, "operator"),
        ("PUT", "/internal/catalogue", {}, "own_doctor"),
        ("GET", "/internal/catalogue", None, "operator"),
        ("GET", "/internal/catalogue", None, "own_doctor"),
        ("GET", "/internal/bookings/{booking}", None, "admin"),
        ("POST", "/internal/bookings/{booking}/contact-attempts", {}, "operator"),
        ("POST", "/internal/bookings/{booking}/corrections", {}, "own_doctor"),
        ("GET", "/internal/doctors/me/day", None, "operator"),
        ("GET", "/internal/ledger/trial-balance", None, "own_doctor"),
        ("GET", "/internal/figures", None, "own_doctor"),
        ("POST", "/internal/bookings", {}, "own_doctor"),
        ("GET", "/internal/bookings/{booking}/consents", None, "own_doctor"),
        ("POST", "/internal/holders/{holder}/refunds", {"reason": "other"}, "admin"),
        ("POST", "/internal/holders/{holder}/refunds", {"reason": "other"}, "own_doctor"),
        ("GET", "/internal/holders/{holder}/refunds", None, "own_doctor"),
        ("POST", "/internal/bookings/search", {"name": "кто"}, "own_doctor"),
        ("POST", "/internal/bookings/search", {"name": "кто"}, "admin"),
        ("POST", "/internal/holders/search", {"phone": "1"}, "admin"),
        ("GET", "/internal/bookings/{booking}/notices", None, "own_doctor"),
        ("POST", "/internal/bookings/{booking}/link", {}, "own_doctor"),
        ("POST", "/internal/bookings/{booking}/desk-payments", {}, "admin"),
        ("POST", "/internal/holders/{holder}/refunds/r-1/payout", {}, "admin"),
        ("GET", "/internal/days/2026-12-01", None, "own_doctor"),
        ("GET", "/internal/tasks", None, "own_doctor"),
        ("POST", "/internal/bookings/{booking}/task/answer", {}, "own_doctor"),
        ("GET", "/internal/bookings/{booking}/trail", None, "own_doctor"),
    ],
)
def test_each_of_the_staff_has_their_own_work(
    call: Callable[..., Answer], tokens: Tokens, method: str, path: str, content: Any, who: str
) -> None:
    assert call(method, path, getattr(tokens, who), content).status == 403


@pytest.mark.parametrize(("method", "path", "content"), STAFF[:3])
def test_another_doctors_booking_does_not_exist_for_a_doctor(
    call: Callable[..., Answer], tokens: Tokens, method: str, path: str, content: Any
) -> None:
    assert call(method, path, tokens.other_doctor, content).status == 404


def test_nobody_speaks_of_a_consultation_that_is_not_paid(
    call: Callable[..., Answer], tokens: Tokens
) -> None:
    said = call("POST", "/internal/bookings/{booking}/outcome", tokens.own_doctor, {"outcome": "held"})
    assert (said.status, said.body["error"]["code"]) == (409, "outcome_too_early")


def test_a_capability_opens_its_own_booking_and_no_other(call: Callable[..., Answer], made: Booked) -> None:
    capability = made.capability or ""
    assert call("GET", "/bookings/{booking}", None, X_Booking_Capability=capability).status == 200
    wrong = capability[:-1] + ("A" if capability[-1] != "A" else "B")
    assert call("GET", "/bookings/{booking}", None, X_Booking_Capability=wrong).status == 404
    assert call("GET", "/bookings/{booking}", None).status == 404
    other = call("GET", "/bookings/b-" + "a" * 26, None, X_Booking_Capability=capability)
    assert other.status == 404


def test_what_the_public_sees_of_a_booking_names_nobody(world: World, made: Booked) -> None:
    shown = str(world.site.booking(made.booking_id, made.capability or ""))
    holder = load()[0].given["form"]["holder"]
    assert [part for part in (holder["family_name"], holder["email"], made.phone) if part in shown] == []


@pytest.mark.parametrize(("method", "path", "content"), [each for each in STAFF if "{holder}" in each[1]])
def test_a_holder_whom_nobody_knows_does_not_exist(
    call: Callable[..., Answer], tokens: Tokens, method: str, path: str, content: Any
) -> None:
    answer = call(method, path, tokens.operator, content)
    assert (answer.status, answer.body["error"]["code"]) == (404, "not_found")


def test_nobody_refunds_anothers_money_to_themselves(call: Callable[..., Answer], tokens: Tokens) -> None:
    assert call("POST", "/me/refunds", tokens.stranger, {}).status == 409
    assert call("GET", "/me/refunds", tokens.stranger).body == {"refunds": [], "next": None}
