"""Whose door is whose: without a token, with a bad one, with that of somebody else's kind it stays closed."""

import base64
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from local.accounts import STAFF_PASSWORD
from local.demo.web import Answer
from local.demo.world import SOON, World
from local.stack import Stack
from teleconsult.platform.http import ANY_OTHER, Access, Operation
from tests import doors
from tests.doors import HOLDER, OPERATOR, SESSION, STAFF, STAFF_SESSION

SIGNED_IN = {*STAFF, *HOLDER}
SESSIONS = SESSION | STAFF_SESSION

Call = Callable[..., Answer]


@dataclass(frozen=True, slots=True)
class Tokens:
    """`good`: by role, `holder` too. `bad`: what a holder and an operator might show, by its fault."""

    good: Mapping[str, str]
    bad: Mapping[str, Mapping[str, str | None]]


@pytest.fixture(scope="module")
def tokens(world: World, stack: Stack) -> Tokens:
    phone, another = world.new_phone(), world.new_phone()
    with _short_lived(stack):
        expired = {Access.HOLDER: world.sign_in.holder(another), OPERATOR: stack.staff_token(OPERATOR)}
    good = {role: stack.staff_token(role) for role in STAFF} | {Access.HOLDER: world.sign_in.holder(phone)}
    ends = max(_claims(token)["exp"] for token in expired.values())
    world.patience.until("срок прошёл", lambda: time.time() > ends, SOON)
    return Tokens(
        good,
        {
            who: {"none": None, "no token at all": "nobody", "expired": expired[who], **_made_up(good[who])}
            for who in (Access.HOLDER, OPERATOR)
        },
    )


@contextmanager
def _short_lived(stack: Stack) -> Iterator[None]:
    """Tokens of both pools live for a second, until the block ends."""
    cognito = stack.client("cognito-idp")
    clients = [
        {"UserPoolId": stack.outputs[f"{name}PoolId"], "ClientId": stack.outputs[f"{name}ClientId"]}
        for name in ("Staff", "Patients")
    ]
    described = [cognito.describe_user_pool_client(**each)["UserPoolClient"] for each in clients]
    kept = ("IdTokenValidity", "TokenValidityUnits")
    for each in clients:
        cognito.update_user_pool_client(**each, IdTokenValidity=1, TokenValidityUnits={"IdToken": "seconds"})
    yield
    for each, before in zip(clients, described, strict=True):
        cognito.update_user_pool_client(**each, **{name: before[name] for name in kept})


def _made_up(token: str) -> dict[str, str]:
    """The same claims, signed by somebody else or by nobody."""
    signed, _, signature = token.rpartition(".")
    claims, kid = _claims(token), {"kid": jwt.get_unverified_header(token)["kid"]}
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    later = base64.urlsafe_b64encode(json.dumps({**claims, "exp": claims["exp"] + 9999}).encode())
    return {
        "another signature": f"{signed}.{signature[::-1]}",
        "another key": jwt.encode(claims, key, algorithm="RS256", headers=kid),
        "the key's id as a secret": jwt.encode(claims, kid["kid"].ljust(32), algorithm="HS256", headers=kid),
        "no signature": jwt.encode(claims, "", algorithm="none", headers=kid),
        "other claims": ".".join([token.split(".")[0], later.decode().rstrip("="), signature]),
    }


def _claims(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


@pytest.fixture(scope="module")
def call(world: World) -> Call:
    """Ask for an operation as a good call does, of what is nobody's."""

    def call(operation: Operation, token: str | None) -> Answer:
        method, path = doors.address(operation)
        headers = {"Idempotency-Key": str(uuid4())}
        return world.web.call(
            method, world.api_url + path, doors.body(operation), token=token, headers=headers
        )

    return call


@pytest.fixture(scope="module")
def cookies(world: World, stack: Stack) -> dict[str, str]:
    """What a holder's and an operator's session are gone on with."""
    operator = next(account.email for account in stack.staff if account.role == OPERATOR)
    begun = {
        Access.SESSION: world.sign_in.session(world.new_phone()),
        Access.STAFF_SESSION: world.sign_in.staff_session(operator, STAFF_PASSWORD),
    }
    return {name: session.cookie.partition("=")[2] for name, session in begun.items()}


def test_who_may_call_each_operation_is_as_it_is_said_here() -> None:
    found = doors.operations()
    for operation in found:
        doors.address(operation)
    assert {operation.route: doors.said_by_code(operation) for operation in found} == doors.DOORS


def test_whoever_may_call_an_operation_shows_it_in_a_way_that_is_tried_here() -> None:
    tried = {*Access}
    others = {each.route: each.access for each in doors.operations() if each.access not in tried}
    assert others == {}, "test it here: without it, with a bad one, with another's; then add it to `tried`"


def test_the_gateway_has_a_route_for_each_door_and_no_other(stack: Stack) -> None:
    gateway = stack.client("apigatewayv2")
    (api,) = gateway.get_apis()["Items"]
    pages = gateway.get_paginator("get_routes").paginate(ApiId=api["ApiId"])
    routes = {route["RouteKey"] for page in pages for route in page["Items"]}
    assert routes == {*doors.DOORS, ANY_OTHER}


def test_only_what_is_the_same_for_everybody_may_be_kept() -> None:
    kept = {operation.route for operation in doors.operations() if operation.fresh_seconds}
    assert {doors.DOORS[route] for route in kept} == {doors.ANYBODY}


@pytest.mark.parametrize("operation", doors.of(*SIGNED_IN))
def test_without_a_good_token_every_door_is_closed(call: Call, tokens: Tokens, operation: Operation) -> None:
    who = Access.HOLDER if doors.may(operation) == HOLDER else OPERATOR
    told = {what: call(operation, token).status for what, token in tokens.bad[who].items()}
    assert told == dict.fromkeys(told, 401)


@pytest.mark.parametrize("operation", doors.of(*STAFF))
def test_a_holder_does_not_enter_by_the_staffs_door(call: Call, tokens: Tokens, operation: Operation) -> None:
    assert call(operation, tokens.good[Access.HOLDER]).status == 401


@pytest.mark.parametrize("operation", doors.of(*HOLDER))
def test_the_staff_do_not_enter_by_the_holders_door(call: Call, tokens: Tokens, operation: Operation) -> None:
    told = {role: call(operation, tokens.good[role]).status for role in STAFF}
    assert told == dict.fromkeys(STAFF, 401)


@pytest.mark.parametrize("operation", doors.of(*STAFF))
def test_each_of_the_staff_has_their_own_work(call: Call, tokens: Tokens, operation: Operation) -> None:
    told = {role: call(operation, tokens.good[role]).status for role in STAFF - doors.may(operation)}
    assert told == dict.fromkeys(told, 403)


@pytest.mark.parametrize("operation", doors.of(*SIGNED_IN))
def test_whoever_may_is_not_refused_at_the_door(call: Call, tokens: Tokens, operation: Operation) -> None:
    """Else every other refusal here would say nothing."""
    told = {role: call(operation, tokens.good[role]).status for role in doors.may(operation)}
    assert [role for role, status in told.items() if status in (401, 403) or status >= 500] == []


@pytest.mark.parametrize("operation", doors.of(*SESSIONS))
def test_without_a_session_or_with_a_forged_or_anothers_one_nothing_goes_on(
    world: World, cookies: Mapping[str, str], operation: Operation
) -> None:
    (own,) = doors.may(operation)
    (another,) = SESSIONS - {own}
    method, path = doors.address(operation)
    shown = ("", f"{own}={cookies[own][::-1]}", f"{own}={cookies[another]}")
    told = [
        world.web.call(method, world.api_url + path, doors.body(operation), headers={"Cookie": cookie}).status
        for cookie in shown
    ]
    assert told == [401, 401, 401]


@pytest.mark.parametrize("operation", doors.of(OPERATOR))
def test_what_nobody_knows_does_not_exist_for_an_operator_either(
    call: Call, tokens: Tokens, operation: Operation
) -> None:
    if doors.owned(operation):
        answer = call(operation, tokens.good[OPERATOR])
        assert (answer.status, answer.body["error"]["code"]) == (404, "not_found")
