"""One of the staff signs in: by a password, a first one to be replaced, one-time codes; goes on, and out."""

import logging
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ClientError
from ministack.services import cognito as engine

from teleconsult.platform import clock, dynamo, settings
from teleconsult.sessions import rules, store
from tests.cognito import Cognito
from tests.unit.api.calls import Reply, call
from tests.unit.api.conftest import Clock
from tests.unit.api.signing_in import claims, cookie, fault, pools, post, signed_in, wrong

__all__ = ["pools"]

EMAIL, ANOTHER, NOBODY = "m.orlova@example.org", "i.belov@example.org", "nobody@example.org"
PASSWORD, NEW_PASSWORD = "Pervyi-Parol-2026", "Vtoroi-Parol-2026"
WRONG = (422, "password", "wrong_password")
OVER = (422, "session", "session_over")


@pytest.fixture(autouse=True)
def staff(pools: Cognito) -> None:
    pool_id, _ = pools.staff
    pools.create_group(UserPoolId=pool_id, GroupName="operator")
    for email in (EMAIL, ANOTHER):
        register(pools, email)
        pools.admin_set_user_password(UserPoolId=pool_id, Username=email, Password=PASSWORD, Permanent=True)
    pools.admin_add_user_to_group(UserPoolId=pool_id, Username=EMAIL, GroupName="operator")


def register(pools: Cognito, email: str) -> None:
    """As an administrator does, with a password for the first time only."""
    pools.admin_create_user(
        UserPoolId=pools.staff[0],
        Username=email,
        TemporaryPassword=PASSWORD,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": email}, {"Name": "name", "Value": "Мария Орлова"}],
    )


def sign_in(email: str = EMAIL, password: str = PASSWORD) -> Reply:
    return call("POST /staff/sign-in", body={"email": email, "password": password})


def answer(asked: Reply, given: str, email: str = EMAIL) -> Reply:
    body = {"email": email, "answer": given, **asked.json}
    return call("POST /staff/sign-in/challenge", body=body)


# ---- the password ----


def test_a_password_signs_in_and_tells_who_came() -> None:
    reply = sign_in()
    assert (reply.status, reply.json["expires_in"]) == (201, 900)
    assert (reply.json["name"], reply.json["groups"]) == ("Мария Орлова", ["operator"])
    assert claims(reply)["email"] == EMAIL


def test_who_is_in_no_group_may_sign_in_and_has_none() -> None:
    assert sign_in(ANOTHER).json["groups"] == []


def test_a_wrong_password_and_an_unknown_address_are_told_in_the_same_words() -> None:
    refused = [sign_in(password="Ne-tot-parol-1"), sign_in(NOBODY), sign_in("no address"), sign_in("")]
    assert {(each.status, each.text) for each in refused} == {(422, refused[0].text)}
    assert fault(refused[0]) == WRONG


def test_who_has_let_the_first_password_run_out_is_told_whom_to_ask() -> None:
    told = sign_in(password="Ne-tot-parol-1").faults["password"]
    assert told.startswith("Неверный адрес или пароль. Первый пароль действует 3 дня")


def test_an_account_that_is_disabled_is_told_nothing_else(pools: Cognito) -> None:
    pools.admin_disable_user(UserPoolId=pools.staff[0], Username=EMAIL)
    assert fault(sign_in()) == WRONG


def test_after_ten_wrong_passwords_the_right_one_is_refused_for_a_while(time: Clock) -> None:
    time.pass_by(minutes=4)
    assert [fault(sign_in(password="Ne-tot-1")) for _ in range(10)] == [WRONG] * 10
    refused = sign_in()
    assert (refused.status, refused.code, refused.headers["Retry-After"]) == (429, "too_many_tries", "360")
    assert sign_in(EMAIL.upper()).status == 429
    assert sign_in(ANOTHER).status == 201
    time.pass_by(minutes=6)
    assert sign_in().status == 201


def test_right_passwords_are_not_counted() -> None:
    assert [sign_in().status for _ in range(11)] == [201] * 11


def test_an_address_on_the_net_has_so_many_tries_at_whatever_login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "TRIES_OF_ADDRESS", 2)
    assert [sign_in(email, "Ne-tot-1").status for email in (EMAIL, NOBODY, ANOTHER)] == [422, 422, 429]


def test_who_speaks_with_cognito_directly_does_not_come_in(pools: Cognito) -> None:
    with pytest.raises(ClientError, match="not enabled"):
        pools.initiate_auth(
            ClientId=pools.staff[1],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": EMAIL, "PASSWORD": PASSWORD},
        )


# ---- the first password ----


@pytest.fixture
def newcomer(pools: Cognito) -> str:
    register(pools, NOBODY)
    return NOBODY


def test_the_first_password_has_to_be_replaced(newcomer: str) -> None:
    asked = sign_in(newcomer)
    assert (asked.status, asked.json["challenge"], asked.cookies) == (200, "new_password", ())
    reply = answer(asked, NEW_PASSWORD, newcomer)
    assert (reply.status, claims(reply)["email"]) == (201, newcomer)
    assert sign_in(newcomer, NEW_PASSWORD).status == 201
    assert fault(sign_in(newcomer)) == WRONG


@pytest.mark.parametrize("weak", ["Korotkiy-1", "bez-zaglavnyh-1", "BEZ-STROCHNYH-1", "Bez-tsifr-sovsem"])
def test_a_weak_password_is_refused_and_another_may_be_tried(newcomer: str, weak: str) -> None:
    asked = sign_in(newcomer)
    assert fault(answer(asked, weak, newcomer)) == (422, "answer", "weak_password")
    assert answer(asked, NEW_PASSWORD, newcomer).status == 201


@pytest.mark.parametrize("session", ["made-up", ""])
def test_nobody_replaces_a_password_who_has_not_proved_the_first_one(newcomer: str, session: str) -> None:
    body = {"email": newcomer, "answer": NEW_PASSWORD, "challenge": "new_password", "session": session}
    assert fault(call("POST /staff/sign-in/challenge", body=body)) == OVER
    assert sign_in(newcomer).status == 200


def test_nobody_replaces_anothers_password_with_a_session_of_their_own(newcomer: str) -> None:
    asked = sign_in(newcomer)
    assert fault(answer(asked, NEW_PASSWORD, EMAIL)) == OVER
    assert sign_in().status == 201


# ---- one-time codes ----


def with_totp(email: str = EMAIL) -> tuple[Reply, str]:
    """The session of one of the staff who has switched one-time codes on, and their secret."""
    session = sign_in(email)
    secret: str = post("POST /staff/totp", session).json["secret"]
    reply = post("POST /staff/totp/confirmation", session, code=engine._totp_code(secret))
    assert (reply.status, reply.text) == (204, "")
    return session, secret


def test_a_secret_is_told_as_an_authenticator_reads_it() -> None:
    told = post("POST /staff/totp", sign_in()).json
    uri = urlsplit(told["uri"])
    assert (uri.scheme, uri.netloc, uri.path) == (
        "otpauth",
        "totp",
        "/cabinet.example.org%3Am.orlova%40example.org",
    )
    assert parse_qs(uri.query) == {"secret": [told["secret"]], "issuer": ["cabinet.example.org"]}


def test_a_secret_counts_only_once_its_first_code_was_told() -> None:
    session = sign_in()
    secret = post("POST /staff/totp", session).json["secret"]
    refused = post("POST /staff/totp/confirmation", session, code=wrong(engine._totp_code(secret)))
    assert fault(refused) == (422, "code", "wrong_code")
    assert sign_in().status == 201


@pytest.mark.parametrize("code", ["", "12345", "ключ!!", "1" * 100])
def test_what_is_no_one_time_code_is_a_wrong_one(code: str) -> None:
    session = sign_in()
    post("POST /staff/totp", session)
    assert fault(post("POST /staff/totp/confirmation", session, code=code)) == (422, "code", "wrong_code")


def test_afterwards_every_sign_in_asks_for_a_one_time_code() -> None:
    _, secret = with_totp()
    asked = sign_in()
    assert (asked.status, asked.json["challenge"], asked.cookies) == (200, "totp", ())
    code = engine._totp_code(secret)
    assert fault(answer(asked, wrong(code))) == (422, "answer", "wrong_code")
    assert answer(asked, f"{code[:3]} {code[3:]}").status == 201
    assert sign_in(ANOTHER).status == 201


def test_a_one_time_code_alone_does_not_sign_in() -> None:
    _, secret = with_totp()
    body = {"email": EMAIL, "answer": engine._totp_code(secret), "challenge": "totp", "session": "made-up"}
    assert fault(call("POST /staff/sign-in/challenge", body=body)) == OVER


def test_wrong_one_time_codes_are_limited_like_passwords() -> None:
    _, secret = with_totp()
    asked, code = sign_in(), engine._totp_code(secret)
    assert [answer(asked, wrong(code)).status for _ in range(11)] == [422] * 10 + [429]


@pytest.mark.parametrize(
    ("route", "body"), [("POST /staff/totp", {}), ("POST /staff/totp/confirmation", {"code": "123456"})]
)
def test_one_time_codes_are_switched_on_by_whoever_is_signed_in(route: str, body: Any) -> None:
    assert post(route, None, **body).status == 401
    assert post(route, "staff_session=made-up", **body).status == 401


def test_a_session_that_ends_meanwhile_begins_no_one_time_codes(
    pools: Cognito, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "NotAuthorizedException", "Message": ""}}, "associate")

    session = sign_in()
    monkeypatch.setattr(pools, "associate_software_token", refuse, raising=False)
    assert post("POST /staff/totp", session).status == 401


# ---- the session ----


def test_the_refresh_token_is_in_a_cookie_of_the_staffs_part_alone() -> None:
    (only,) = sign_in().cookies
    named, *attributes = only.split("; ")
    assert named.startswith("staff_session=ey")
    assert attributes == ["Path=/api/staff", "Max-Age=43200", "HttpOnly", "Secure", "SameSite=Strict"]


def test_the_cookie_brings_the_next_token() -> None:
    reply = post("POST /staff/refresh", sign_in())
    assert (reply.status, reply.json["expires_in"]) == (200, 900)
    assert (reply.json["name"], reply.json["groups"]) == ("Мария Орлова", ["operator"])


def test_a_holders_session_is_none_of_the_staffs_and_the_other_way_round() -> None:
    holder, one = cookie(signed_in()), cookie(sign_in())
    assert post("POST /staff/refresh", holder).status == 401
    assert post("POST /staff/refresh", f"staff_{holder}").status == 401
    assert post("POST /sign-in/refresh", one.removeprefix("staff_")).status == 401


def test_signing_out_ends_this_session_or_all() -> None:
    first, second, third = sign_in(), sign_in(), sign_in()
    reply = post("POST /staff/sign-out", first)
    assert reply.cookies == ("staff_session=; Path=/api/staff; Max-Age=0; HttpOnly; Secure; SameSite=Strict",)
    assert [post("POST /staff/refresh", each).status for each in (first, second)] == [401, 200]
    assert post("POST /staff/sign-out", second, everywhere=True).status == 204
    assert [post("POST /staff/refresh", each).status for each in (second, third)] == [401, 401]


def test_neither_rows_nor_logs_tell_an_address_a_password_or_a_secret(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    sign_in(password="Ne-tot-parol-1")
    session, secret = with_totp()
    answer(sign_in(), engine._totp_code(secret))
    rows = [item for item in dynamo.scan_all("patients") if item["pk"].startswith("SIGN_IN#")]
    assert rows
    told = str([vars(record) for record in caplog.records]) + str(rows)
    for private in (EMAIL, "orlova", PASSWORD, "Ne-tot-parol-1", secret, cookie(session)):
        assert private not in told


def test_a_try_that_is_taken_back_after_its_window_was_cleaned_away_gives_no_further_one(
    clinic: None,
) -> None:
    store.take_try_back(EMAIL, "203.0.113.7", clock.now())
    assert [row for row in dynamo.scan_all(settings.patients_table()) if "made" in row] == []
