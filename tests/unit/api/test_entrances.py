"""What holds for every operation of every entrance, and for what is none."""

import base64
from typing import Any

import pytest

from functions.internal_api.handler import api as internal_api
from functions.payment_webhook.handler import api as payment_webhook
from functions.public_api.handler import api as public_api
from teleconsult.platform.http import LARGEST_BODY, Api, Operation
from tests.unit.api.calls import ADMIN, HOLDER, request

ENTRANCES = [
    (api, operation)
    for api in (public_api, internal_api, payment_webhook)
    for operation, _ in api.table.values()
]
NAMES = [operation.route for _, operation in ENTRANCES]


def asked(operation: Operation, raw: str, path: str = "x") -> dict[str, Any]:
    """A request of somebody who is signed in wherever that is asked for."""
    parts = [path] * operation.route.count("{")
    claims = ADMIN if "/internal/" in operation.route else HOLDER
    return request(operation.route, *parts, raw=raw, claims=claims, key="a-good-key")


@pytest.mark.parametrize(("api", "operation"), ENTRANCES, ids=NAMES)
def test_no_entrance_takes_more_than_it_needs(api: Api, operation: Operation) -> None:
    event = asked(operation, "x" * (operation.largest_body + 1))
    wrapped = base64.b64encode(str(event["body"]).encode()).decode()
    for sent in (event, {**event, "body": wrapped, "isBase64Encoded": True}):
        answer = api.resolve(sent)
        assert answer["statusCode"] == 413
        assert '"code": "too_large"' in answer["body"]


def test_only_a_catalogue_may_be_larger_than_a_form() -> None:
    larger = [operation.route for _, operation in ENTRANCES if operation.largest_body > LARGEST_BODY]
    assert larger == ["PUT /internal/catalogue"]


@pytest.mark.parametrize(
    ("api", "operation"),
    [each for each in ENTRANCES if "{" in each[1].route],
    ids=[name for name in NAMES if "{" in name],
)
def test_what_is_longer_than_any_id_is_not_found_without_a_look(api: Api, operation: Operation) -> None:
    """DynamoDB refuses a key of more than 2048 bytes: that would be our fault."""
    answer = api.resolve(asked(operation, "{}", "b" * 3000))
    assert (answer["statusCode"], '"code": "not_found"' in answer["body"]) == (404, True)


def test_an_address_that_does_not_exist_is_told_as_everything_is() -> None:
    answer = public_api.resolve(request("$default", raw="x" * 10))
    assert (answer["statusCode"], answer["headers"]["Content-Type"]) == (
        404,
        "application/json; charset=utf-8",
    )
    assert answer["body"] == (
        '{"error": {"code": "not_found", "message": "Такого адреса нет", "fields": []}}'
    )
