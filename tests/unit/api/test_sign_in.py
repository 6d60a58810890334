"""A holder signs in: by the code in the SMS, by the link of an operator's booking; goes on, and out."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.consent_capture.handler import handler as consent_capture
from functions.sign_in.handler import handler as triggers
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Status
from teleconsult.platform import aws, clock, dynamo, ids, settings
from teleconsult.sessions import rules
from tests.cognito import Cognito
from tests.unit.api.calls import HOLDER, OPERATOR, Context, Reply, call, request, send
from tests.unit.api.conftest import Clock
from tests.unit.api.sent import booked_by_phone, consented, free_slot
from tests.unit.api.signing_in import (
    ANOTHER,
    OUR_PAGE,
    PHONE,
    ask_for_code,
    by_code,
    claims,
    code_for,
    cookie,
    fault,
    pools,
    post,
    received,
    signed_in,
    wrong,
)
from tests.unit.usecases import forms
from tests.unit.usecases.conftest import NOW

__all__ = ["pools"]

OVER = (422, "code", "code_over")
WRONG = (422, "code", "wrong_code")
LINK_OVER = (422, "link", "link_over")


# ---- the code ----


def test_the_code_from_the_sms_signs_in() -> None:
    code = code_for()
    (text,) = received()
    assert (len(code), len(text) <= 70) == (6, True)
    reply = by_code(code)
    assert (reply.status, reply.json["expires_in"]) == (201, 300)
    assert (claims(reply)["phone_number"], claims(reply)["phone_number_verified"]) == (PHONE, True)


@pytest.mark.parametrize("phone", ["8 913 000-11-22", "+7 (913) 000-11-22", "9130001122"])
def test_a_number_is_the_same_however_it_is_written(phone: str) -> None:
    assert by_code(code_for(), phone).status == 201


def test_a_code_is_taken_as_people_type_it() -> None:
    code = code_for()
    assert by_code(f" {code[:3]} {code[3:]}").status == 201


def test_the_account_of_a_phone_is_made_once(time: Clock) -> None:
    first = claims(signed_in())["sub"]
    time.pass_by(minutes=2)
    assert claims(signed_in())["sub"] == first


def test_whether_a_number_is_known_makes_no_difference() -> None:
    signed_in()
    assert ask_for_code(ANOTHER).status == 202  # nobody's yet
    unknown, known = "+79135550001", "+79135550002"
    assert by_code(code_for(known), known).status == 201
    asked = [ask_for_code(each) for each in (unknown, "+79135550003")]
    assert {(each.status, each.text) for each in asked} == {(202, '{"expires_in": 600, "digits": 6}')}


def test_a_wrong_code_is_answered_alike_for_known_and_unknown_numbers(time: Clock) -> None:
    signed_in()
    time.pass_by(minutes=2)
    known, unknown = by_code(wrong(code_for())), by_code(wrong(code_for(ANOTHER)), ANOTHER)
    assert (known.status, known.text) == (unknown.status, unknown.text)


def test_a_code_is_answered_alike_whether_none_was_sent_or_it_is_used_up() -> None:
    code = code_for()
    assert by_code(code).status == 201
    used, never = by_code(code), by_code(code, ANOTHER)
    assert (used.status, used.text) == (never.status, never.text)


@pytest.mark.parametrize("phone", ["+7 383 330-00-00", "123", "", "anna"])
def test_no_code_goes_to_what_takes_no_sms(phone: str) -> None:
    reply = ask_for_code(phone)
    assert (reply.status, list(reply.faults)) == (422, ["phone"])


def test_a_wrong_code_tells_how_many_tries_are_left() -> None:
    code = code_for()
    told = [by_code(wrong(code)).faults["code"] for _ in range(5)]
    assert told == [
        *(f"Неверный код. Осталось попыток: {left}" for left in (4, 3, 2, 1)),
        "Неверный код. Запросите новый",
    ]


def test_after_four_wrong_tries_the_right_code_still_counts() -> None:
    code = code_for()
    assert [fault(by_code(wrong(code))) for _ in range(4)] == [WRONG] * 4
    assert by_code(code).status == 201


def test_the_sixth_try_is_refused_even_with_the_right_code() -> None:
    code = code_for()
    assert [fault(by_code(wrong(code))) for _ in range(5)] == [WRONG] * 5
    assert fault(by_code(code)) == OVER


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "ключ", "١٢٣٤٥٦", "0" * 99])
def test_what_is_no_code_costs_no_try(typed: str) -> None:
    code = code_for()
    assert [fault(by_code(typed)) for _ in range(6)] == [(422, "code", "code")] * 6
    assert by_code(code).status == 201


def test_all_faults_are_told_at_once() -> None:
    assert list(by_code("12", "123").faults) == ["phone", "code"]


def test_a_code_counts_for_ten_minutes(time: Clock) -> None:
    code = code_for()
    time.pass_by(minutes=9, seconds=59)
    assert fault(by_code(wrong(code))) == WRONG
    time.pass_by(seconds=1)
    assert fault(by_code(code)) == OVER


def test_a_new_code_takes_the_place_of_the_old_one_with_all_tries(time: Clock) -> None:
    old = code_for()
    for _ in range(5):
        by_code(wrong(old))
    time.pass_by(minutes=1)
    new = code_for()
    if new != old:  # once in a million
        assert by_code(old).faults["code"] == "Неверный код. Осталось попыток: 4"
    assert by_code(new).status == 201


def test_a_code_is_good_for_one_sign_in() -> None:
    code = code_for()
    assert by_code(code).status == 201
    assert fault(by_code(code)) == OVER


def test_anothers_code_does_not_sign_in() -> None:
    code = code_for()
    if code_for(ANOTHER) != code:
        assert fault(by_code(code, ANOTHER)) == WRONG


@pytest.mark.parametrize("operation", ["admin_get_user", "admin_initiate_auth"])
def test_the_right_code_counts_on_where_letting_in_has_failed(
    pools: Cognito, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    def throttled(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "TooManyRequestsException", "Message": ""}}, operation)

    code = code_for()
    with monkeypatch.context() as patch:
        patch.setattr(pools, operation, throttled, raising=False)
        assert [by_code(code).status for _ in range(6)] == [429] * 6
    assert by_code(code).status == 201
    assert fault(by_code(code)) == OVER


def test_the_right_code_signs_in_though_its_use_is_written_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """As botocore does after an answer that was lost."""
    code, client = code_for(), aws.client("dynamodb")
    update = client.update_item

    def twice(**asked: Any) -> Any:
        if "used_" in str(asked.get("ExpressionAttributeNames")):
            update(**asked)
        return update(**asked)

    monkeypatch.setattr(client, "update_item", twice)
    assert by_code(code).status == 201


def test_an_address_on_the_net_may_guess_so_often_at_whatever_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rules, "TRIES_OF_ADDRESS", 2)
    code = code_for()
    assert [by_code("000000", f"+7913555000{number}").status for number in range(3)] == [422, 422, 429]
    refused = by_code(code)
    assert (refused.status, refused.code) == (429, "too_many_tries")


def test_right_codes_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "TRIES_OF_ADDRESS", 1)
    for phone in (PHONE, ANOTHER):
        assert by_code(code_for(phone), phone).status == 201


# ---- how many codes ----


def test_one_code_a_minute(time: Clock) -> None:
    ask_for_code()
    time.pass_by(seconds=17)
    refused = ask_for_code()
    assert (refused.status, refused.code, refused.headers["Retry-After"]) == (429, "too_many_codes", "43")
    time.pass_by(seconds=42)
    assert ask_for_code().status == 429
    assert len(received()) == 1
    time.pass_by(seconds=1)
    assert ask_for_code().status == 202
    assert len(received()) == 2


def test_three_codes_in_ten_minutes(time: Clock) -> None:
    for _ in range(3):
        assert ask_for_code().status == 202
        time.pass_by(minutes=2)
    refused = ask_for_code()
    assert (refused.status, refused.headers["Retry-After"]) == (429, "240")
    time.pass_by(minutes=4)
    assert ask_for_code().status == 202


def ask_from(address: str, phone: str = PHONE) -> Reply:
    event = request("POST /sign-in/codes", body={"phone": phone})
    event["requestContext"]["http"]["sourceIp"] = address
    return send("POST /sign-in/codes", event)


def test_ten_codes_a_day_from_one_address_shut_out_nobody_elsewhere(time: Clock) -> None:
    for _ in range(10):
        assert ask_for_code().status == 202
        time.pass_by(minutes=30)
    refused = ask_for_code()
    assert (refused.status, refused.code) == (429, "codes_used_up")
    assert refused.headers["Retry-After"] == str(19 * 3600)
    assert len(received()) == 10
    assert ask_from("192.0.2.8").status == 202
    time.pass_by(hours=19)
    assert ask_for_code().status == 202


def test_thirty_codes_a_day_go_to_a_number_whoever_asks(time: Clock) -> None:
    for number in range(30):
        assert ask_from(f"192.0.2.{number}").status == 202
        time.pass_by(minutes=30)
    refused = ask_from("192.0.2.99")
    assert (refused.status, refused.code) == (429, "codes_used_up")
    assert refused.headers["Retry-After"] == str(9 * 3600)


def test_a_refused_request_leaves_the_code_that_was_sent(time: Clock) -> None:
    code = code_for()
    assert ask_for_code().status == 429
    assert by_code(code).status == 201


def test_an_address_on_the_net_gets_so_many_codes_for_whomever(
    time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "CODES_OF_ADDRESS", 2)
    phones = [f"+7913555000{number}" for number in range(3)]
    time.pass_by(minutes=3)
    replies = [ask_for_code(phone) for phone in phones]
    assert [each.status for each in replies] == [202, 202, 429]
    assert (replies[2].code, replies[2].headers["Retry-After"]) == ("codes_of_address_used_up", "420")
    assert [len(received(phone)) for phone in phones] == [1, 1, 0]
    assert ask_from("192.0.2.8", phones[2]).status == 202


@contextmanager
def no_sms_go_out(code: str) -> Iterator[None]:
    """SNS answers with an error of this code, whose words repeat the number."""

    def publish(**_: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": PHONE}}, "Publish")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aws.client("sns"), "publish", publish)
        yield


LATER, NEVER = "Throttling", "OptedOut"


def test_a_code_that_does_not_go_out_is_told_without_a_word_of_it(caplog: pytest.LogCaptureFixture) -> None:
    with no_sms_go_out(LATER):
        reply = ask_for_code()
    assert (reply.status, reply.code) == (503, "code_not_sent")
    assert PHONE not in str([vars(record) for record in caplog.records])


@pytest.mark.parametrize("why", [LATER, NEVER])
def test_what_did_not_go_out_keeps_nobody_waiting(time: Clock, why: str) -> None:
    code_for()
    with no_sms_go_out(why):
        for _ in range(12):
            time.pass_by(minutes=1)
            assert ask_for_code().status == 503
    assert by_code(code_for()).status == 201


def test_the_code_that_a_number_has_counts_on_where_another_was_never_taken(time: Clock) -> None:
    code = code_for()
    by_code(wrong(code))
    time.pass_by(minutes=1)
    with no_sms_go_out(NEVER):
        assert ask_for_code().status == 503
    assert by_code(wrong(code)).faults["code"] == "Неверный код. Осталось попыток: 3"
    assert by_code(code).status == 201
    time.pass_by(minutes=1)
    with no_sms_go_out(NEVER):
        assert ask_for_code().status == 503
    assert fault(by_code(code)) == OVER


def test_where_no_sms_go_out_nobody_guesses_more_codes_than_on_any_other_day(time: Clock) -> None:
    with no_sms_go_out(LATER):
        asked = [ask_for_code().status for _ in range(31)]
    assert asked == [503] * 30 + [429]


# ---- the link ----


def link_of(booking_id: str) -> str:
    return ids.link_token(settings.pepper(), booking_id)


def by_link(booking_id: str, link: str | None = None) -> Reply:
    body = {"booking": booking_id, "link": link_of(booking_id) if link is None else link}
    return call("POST /sign-in/sessions", body=body)


def open_for_payment(booking_id: str) -> None:
    consented(booking_id)
    consent_capture({"booking_id": booking_id}, Context())
    assert bookings.load(booking_id).booking.status is Status.AWAITING_PAYMENT


def test_the_link_of_an_operators_booking_signs_its_holder_in() -> None:
    reply = by_link(booked_by_phone())
    assert (reply.status, claims(reply)["phone_number"]) == (201, PHONE)


def test_the_link_counts_while_payment_is_awaited() -> None:
    booking_id = booked_by_phone()
    open_for_payment(booking_id)
    assert by_link(booking_id).status == 201


def test_the_link_ends_with_the_hold(time: Clock) -> None:
    booking_id = booked_by_phone()
    hold_until = bookings.load(booking_id).booking.hold_until
    time.now = hold_until - timedelta(seconds=1)
    assert by_link(booking_id).status == 201
    time.now = hold_until
    assert fault(by_link(booking_id)) == LINK_OVER


def test_the_link_ends_with_the_payment() -> None:
    booking_id = booked_by_phone()
    open_for_payment(booking_id)
    paid = {"method": "cash", "amount": 250_000, "document": "ПКО 118", "why": "Оплата в кассе"}
    route = "POST /internal/bookings/{booking}/desk-payments"
    assert call(route, booking_id, body=paid, key="desk-key-1", claims=OPERATOR).status == 201
    assert bookings.load(booking_id).booking.paid_at
    assert fault(by_link(booking_id)) == LINK_OVER


def test_the_link_ends_with_a_cancellation() -> None:
    booking_id = booked_by_phone()
    call("POST /me/bookings/{booking}/cancellation", booking_id, body={}, claims=HOLDER)
    assert fault(by_link(booking_id)) == LINK_OVER


def test_a_link_is_of_its_own_booking_alone_and_does_not_say_why_it_leads_nowhere() -> None:
    mine = booked_by_phone()
    anothers = booked_by_phone("phone-key-2", slot=free_slot(1), holder=forms.holder(phone=ANOTHER))
    nobodys = "b-" + "a" * 26
    refused = [
        by_link(mine, link_of(anothers)),
        by_link(mine, link_of(mine)[:-1]),
        by_link(mine, ""),
        by_link(mine, "ключ"),
        by_link(nobodys, link_of(mine)),
        by_link(nobodys),
        call("POST /sign-in/sessions", body={"link": link_of(mine)}),
        call("POST /sign-in/sessions", body={"booking": mine}),
    ]
    assert {(each.status, each.text) for each in refused} == {(422, refused[0].text)}
    assert fault(refused[0]) == LINK_OVER


# ---- the session ----


def test_the_refresh_token_is_in_a_cookie_that_no_script_and_no_other_site_gets() -> None:
    reply = signed_in()
    (only,) = reply.cookies
    named, *attributes = only.split("; ")
    assert named.startswith("session=ey")
    assert attributes == ["Path=/api/sign-in", "Max-Age=2592000", "HttpOnly", "Secure", "SameSite=Strict"]
    assert named.removeprefix("session=") not in reply.text


def test_the_cookie_brings_the_next_token() -> None:
    session = signed_in()
    reply = post("POST /sign-in/refresh", session)
    assert (reply.status, reply.json["expires_in"], reply.cookies) == (200, 300, ())
    assert claims(reply)["sub"] == claims(session)["sub"]


def test_cookies_are_read_where_api_gateway_puts_them() -> None:
    event = request("POST /sign-in/refresh", body={}) | {"cookies": ["other=1", cookie(signed_in())]}
    assert send("POST /sign-in/refresh", event).status == 200


@pytest.mark.parametrize("session", [None, "session=", "session=made-up", "other=1", "session"])
def test_without_a_session_there_is_no_token(session: str | None) -> None:
    reply = post("POST /sign-in/refresh", session)
    assert (reply.status, reply.code) == (401, "signed_out")


def test_signing_out_ends_this_session_alone(time: Clock) -> None:
    here = signed_in()
    time.pass_by(minutes=2)
    there = signed_in()
    reply = post("POST /sign-in/sign-out", here)
    assert (reply.status, reply.text) == (204, "")
    assert reply.cookies == ("session=; Path=/api/sign-in; Max-Age=0; HttpOnly; Secure; SameSite=Strict",)
    assert post("POST /sign-in/refresh", here).status == 401
    assert post("POST /sign-in/refresh", there).status == 200


def test_signing_out_everywhere_ends_all_sessions_of_the_holder_and_no_others(time: Clock) -> None:
    here, anothers = signed_in(), signed_in(ANOTHER)
    time.pass_by(minutes=2)
    there = signed_in()
    assert post("POST /sign-in/sign-out", here, everywhere=True).status == 204
    assert [post("POST /sign-in/refresh", each).status for each in (here, there, anothers)] == [401, 401, 200]


def test_whoever_is_signed_out_may_sign_out_again() -> None:
    session = signed_in()
    for _ in range(2):
        assert post("POST /sign-in/sign-out", session).status == 204
        assert post("POST /sign-in/sign-out").status == 204


def test_signing_out_everywhere_is_not_said_to_be_done_where_nobody_is_signed_in(time: Clock) -> None:
    here = signed_in()
    time.pass_by(minutes=2)
    there = signed_in()
    post("POST /sign-in/sign-out", here)
    for session in (here, None):
        refused = post("POST /sign-in/sign-out", session, everywhere=True)
        assert (refused.status, refused.code) == (401, "signed_out")
    assert post("POST /sign-in/refresh", there).status == 200


@pytest.mark.parametrize("ended_by", ["global_sign_out", "revoke_token"])
def test_a_session_that_ends_meanwhile_is_none(
    pools: Cognito, monkeypatch: pytest.MonkeyPatch, ended_by: str
) -> None:
    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "NotAuthorizedException", "Message": ""}}, ended_by)

    session = signed_in()
    monkeypatch.setattr(pools, ended_by, refuse, raising=False)
    status = {"global_sign_out": 401, "revoke_token": 204}[ended_by]
    assert post("POST /sign-in/sign-out", session, everywhere=True).status == status


def test_an_account_that_is_disabled_does_not_come_in(pools: Cognito, time: Clock) -> None:
    signed_in()
    pools.admin_disable_user(UserPoolId=pools.patients[0], Username=PHONE)
    time.pass_by(minutes=2)
    reply = by_code(code_for())
    assert (reply.status, reply.code) == (403, "forbidden")


def test_an_answer_that_cognito_has_heard_before_closes_nobodys_account(
    pools: Cognito, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says of a session that is used up what it says of an account that is disabled."""
    respond = pools.admin_respond_to_auth_challenge
    code = code_for()
    with monkeypatch.context() as patch:
        patch.setattr(
            pools,
            "admin_respond_to_auth_challenge",
            lambda **asked: (respond(**asked), respond(**asked))[1],
            raising=False,
        )
        reply = by_code(code)
    assert (reply.status, reply.code) == (503, "not_let_in")
    assert by_code(code).status == 201


# ---- other sites, other ways ----

OPEN = [
    ("POST /sign-in/codes", {"phone": PHONE}),
    ("POST /sign-in/sessions", {"phone": PHONE, "code": "000000"}),
    ("POST /sign-in/refresh", {}),
    ("POST /sign-in/sign-out", {}),
    ("POST /staff/sign-in", {"email": "a@example.org", "password": "x"}),
    ("POST /staff/refresh", {}),
    ("POST /staff/sign-out", {}),
    ("POST /staff/totp", {}),
]


@pytest.mark.parametrize(("route", "body"), OPEN)
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example.org"},
        {"origin": "http://cabinet.example.org"},
        {"origin": "https://cabinet.example.org.evil.example"},
        {"origin": "null"},
        {"content_type": "text/plain"},
        {"content_type": "application/x-www-form-urlencoded"},
    ],
)
def test_a_page_of_another_site_gets_nothing_done(route: str, body: Any, headers: dict[str, str]) -> None:
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    reply = call(route, body=body, **headers)
    assert (reply.status, reply.code) == (403, "forbidden")
    assert received() == []


def test_a_page_of_our_own_does() -> None:
    assert ask_for_code(origin=OUR_PAGE).status == 202


def trigger(name: str, **asked: Any) -> dict[str, Any]:
    event = {
        "triggerSource": f"{name}_Authentication",
        "userName": "u-1",
        "request": {"session": [], **asked},
        "response": {},
    }
    answer: dict[str, Any] = triggers(event, Context())["response"]
    return answer


def ticket(username: str = "u-1", **lasts: float) -> str:
    until = clock.iso(clock.now() + timedelta(**lasts or {"seconds": 60}))
    return ids.ticket(settings.ticket_key(), username, until)


def test_a_ticket_lets_its_account_in_while_it_lasts() -> None:
    def opens(shown: str) -> bool:
        return bool(trigger("VerifyAuthChallengeResponse", challengeAnswer=shown)["answerCorrect"])

    assert opens(ticket())
    assert not opens(ticket("u-2"))
    assert not opens(ids.ticket(settings.pepper(), "u-1", ticket().partition(" ")[0]))
    assert not opens(ticket(seconds=0))
    assert not opens(ticket().replace("2026", "2027"))
    assert not any(map(opens, ["", " ", "000000", clock.iso(clock.now() + timedelta(seconds=60))]))


@pytest.mark.parametrize(
    ("session", "decided"),
    [
        ([], {"challengeName": "CUSTOM_CHALLENGE", "issueTokens": False, "failAuthentication": False}),
        ([("CUSTOM_CHALLENGE", True)], {"issueTokens": True, "failAuthentication": False}),
        ([("CUSTOM_CHALLENGE", False)], {"issueTokens": False, "failAuthentication": True}),
        ([("PASSWORD_VERIFIER", True)], {"issueTokens": False, "failAuthentication": True}),
        (
            [("CUSTOM_CHALLENGE", False), ("CUSTOM_CHALLENGE", True)],
            {"issueTokens": False, "failAuthentication": True},
        ),
    ],
)
def test_cognito_is_told_to_ask_for_the_ticket_once_and_for_nothing_else(
    session: list[tuple[str, bool]], decided: dict[str, Any]
) -> None:
    rounds = [
        {"challengeName": name, "challengeResult": result, "challengeMetadata": None}
        for name, result in session
    ]
    assert trigger("DefineAuthChallenge", session=rounds) == decided


def test_who_speaks_with_cognito_directly_does_not_come_in(pools: Cognito) -> None:
    signed_in()
    _, client_id = pools.patients
    with pytest.raises(ClientError, match="not permitted"):
        pools.sign_up(ClientId=client_id, Username=ANOTHER, Password="Anything-2026")
    asked = pools.initiate_auth(
        ClientId=client_id, AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": PHONE}
    )
    with pytest.raises(ClientError, match="Incorrect"):
        pools.respond_to_auth_challenge(
            ClientId=client_id,
            ChallengeName=asked["ChallengeName"],
            Session=asked["Session"],
            ChallengeResponses={"USERNAME": PHONE, "ANSWER": code_for(ANOTHER)},
        )
    with pytest.raises(ClientError):
        pools.initiate_auth(
            ClientId=client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": PHONE, "PASSWORD": "x"},
        )


# ---- what is kept and told ----


def test_what_is_kept_of_a_sign_in_tells_no_number_and_no_code_and_has_an_end() -> None:
    code = code_for()
    rows = [item for item in dynamo.scan_all("patients") if item["pk"].startswith("SIGN_IN#")]
    assert sorted(item["sk"].partition("#")[0] for item in rows) == ["CODE", "CODES"]
    for secret in (PHONE, PHONE[2:], code, "192.0.2.7"):
        assert secret not in str(rows)
    assert all(item["expires_at"] > clock.epoch(NOW) for item in rows)


def test_no_log_tells_a_number_a_code_a_link_or_a_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    code = code_for()
    by_code(wrong(code))
    session = by_code(code)
    booking_id = booked_by_phone()
    by_link(booking_id)
    post("POST /sign-in/refresh", session)
    post("POST /sign-in/sign-out", session, everywhere=True)
    told = str([vars(record) for record in caplog.records])
    for secret in (PHONE, PHONE[2:], code, link_of(booking_id), session.json["token"], cookie(session)):
        assert secret not in told
