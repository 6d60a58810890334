"""Signing in over HTTP, with IAM enforced: codes, guesses at once, the SMS with the link, sessions."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from local.accounts import STAFF_PASSWORD
from local.demo.doors import Cabinet
from local.demo.story import e164, load
from local.demo.web import Answer
from local.demo.world import SOON, World
from local.stack import Stack

_AT_ONCE = 12


@pytest.fixture
def phone(world: World) -> str:
    """A number of this test's own, with no account."""
    return world.new_phone()


def ask(world: World, path: str, content: Any, **headers: str) -> Answer:
    return world.web.call("POST", world.api_url + path, content, headers=headers)


def by_code(world: World, phone: str, code: str) -> Answer:
    return ask(world, "/sign-in/sessions", {"phone": phone, "code": code})


def fault(answer: Answer) -> str:
    (only,) = answer.expect(422)["error"]["fields"]
    return str(only["code"])


def test_a_holder_signs_in_by_a_code_and_reads_their_own_cabinet(world: World, phone: str) -> None:
    session = world.sign_in.session(phone)
    assert Cabinet(world.web, world.api_url, session.token()).balance() == 0


def test_of_guesses_that_come_at_once_five_are_looked_at(world: World, phone: str) -> None:
    ask(world, "/sign-in/codes", {"phone": phone}).expect(202)
    code = world.sign_in.code(phone)
    guesses = [f"{(int(code) + number) % 10**6:06}" for number in range(1, _AT_ONCE + 1)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = list(pool.map(lambda guess: by_code(world, phone, guess), guesses))
    assert sorted(map(fault, answers)) == ["code_over"] * (_AT_ONCE - 5) + ["wrong_code"] * 5
    assert fault(by_code(world, phone, code)) == "code_over"


def test_of_several_who_have_the_code_at_once_one_comes_in(world: World, phone: str) -> None:
    ask(world, "/sign-in/codes", {"phone": phone}).expect(202)
    code = world.sign_in.code(phone)
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: by_code(world, phone, code), range(5)))
    assert sorted(each.status for each in answers) == [201, 422, 422, 422, 422]


def test_of_several_requests_at_once_one_sends_a_code(world: World, phone: str) -> None:
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: ask(world, "/sign-in/codes", {"phone": phone}), range(5)))
    assert sorted(each.status for each in answers) == [202, 429, 429, 429, 429]
    assert len(world.messages(phone, "sms", "Код входа")) == 1


def test_the_link_in_the_operators_sms_signs_in_until_the_booking_is_cancelled(
    world: World, stack: Stack
) -> None:
    story = load()[3]
    slot = world.free_slot("d-sokolova", "first")
    holder = world.holder(story.given["form"]["holder"])
    form = world.form(story, slot, doctor="d-sokolova", holder=holder)
    booking = world.operator.book(form, str(uuid4())).expect(201)["booking_id"]
    phone = e164(holder["phone"])
    (sms, *_) = world.patience.until("СМС", lambda: world.messages(phone, "sms", booking), SOON)
    link = sms.rpartition(" ")[2]
    assert f"/bookings/{booking}#" in link

    cabinet = Cabinet(world.web, world.api_url, world.sign_in.session_by_link(link).token())
    assert cabinet.booking(booking)["status"] == "AWAITING_CONSENT"
    cancelled = {"by": "patient", "why": "Передумали"}
    url = f"{world.api_url}/internal/bookings/{booking}/cancellation"
    world.web.call("POST", url, cancelled, token=stack.staff_token("operator")).expect(200)
    content = {"booking": booking, "link": link.partition("#")[2]}
    assert fault(ask(world, "/sign-in/sessions", content)) == "link_over"


def test_signing_out_everywhere_ends_other_sessions(world: World, stack: Stack) -> None:
    email = next(each.email for each in stack.staff if each.doctor_id == "d-gromov")
    here, there = (world.sign_in.staff_session(email, STAFF_PASSWORD) for _ in range(2))
    there.ask("refresh", {}).expect(200)
    here.ask("sign-out", {"everywhere": True}).expect(204)
    assert [each.ask("refresh", {}).status for each in (here, there)] == [401, 401]


def test_no_page_of_another_site_gets_a_code_sent(world: World, phone: str) -> None:
    ask(world, "/sign-in/codes", {"phone": phone}, Origin="https://evil.example.org").expect(403)
    assert world.messages(phone, "sms", "Код входа") == []


def test_cognito_itself_lets_nobody_in(stack: Stack, world: World, phone: str) -> None:
    cognito, client_id = stack.client("cognito-idp"), stack.outputs["PatientsClientId"]
    with pytest.raises(ClientError, match="not permitted"):
        cognito.sign_up(ClientId=client_id, Username=phone, Password="Anything-2026")
    world.sign_in.session(phone)
    asked = cognito.initiate_auth(
        ClientId=client_id, AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": phone}
    )
    with pytest.raises(ClientError, match="Incorrect"):
        cognito.respond_to_auth_challenge(
            ClientId=client_id,
            ChallengeName=asked["ChallengeName"],
            Session=asked["Session"],
            ChallengeResponses={"USERNAME": phone, "ANSWER": world.sign_in.code(phone)},
        )


def test_nothing_of_a_sign_in_is_in_the_logs(stack: Stack, world: World, phone: str) -> None:
    session = world.sign_in.session(phone)
    code = world.sign_in.code(phone)
    session.ask("refresh", {}).expect(200)
    logs = stack.client("logs")
    told = json.dumps(
        [
            logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
            for group in logs.describe_log_groups()["logGroups"]
            if group["logGroupName"].endswith(("-sessions", "-sign-in"))
        ]
    )
    assert "SignedIn" in told  # the metric: the logs are there
    for secret in (phone, phone[2:], session.cookie, session.token()):
        assert secret not in told
    assert re.search(rf"\b{code}\b", told) is None
