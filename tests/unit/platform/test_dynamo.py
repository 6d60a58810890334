"""Many items in one read."""

from collections.abc import Callable
from typing import Any

import pytest

from teleconsult.platform import aws, dynamo
from teleconsult.platform.errors import Unavailable

pytestmark = pytest.mark.usefixtures("stores")

Left = Callable[[list[dict[str, Any]]], int]
"""How many of an answer's items are left unread after all."""


def stored(count: int) -> list[tuple[str, str]]:
    keys = [(f"B#{number:03}", "ROW") for number in range(count)]
    for number, (pk, sk) in enumerate(keys):
        dynamo.write(dynamo.put("bookings", {"pk": pk, "sk": sk, "number": number}))
    return keys


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The requests that DynamoDB gets; nobody waits in between."""
    requests: list[dict[str, Any]] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        requests.append(params["RequestItems"]["bookings"])

    aws.client("dynamodb").meta.events.register("provide-client-params.dynamodb.BatchGetItem", note)
    monkeypatch.setattr("teleconsult.platform.dynamo.time.sleep", lambda seconds: None)
    return requests


def leave_unread(left: Left) -> None:
    """DynamoDB answers with less than it was asked for, as it does when it is busy or the answer is long."""

    def shorten(parsed: dict[str, Any], **_: Any) -> None:
        items = parsed["Responses"]["bookings"]
        cut = [items.pop() for _ in range(left(items))]
        if cut:
            keys = [{name: item[name] for name in ("pk", "sk")} for item in cut]
            parsed["UnprocessedKeys"] = {"bookings": {"Keys": keys}}

    aws.client("dynamodb").meta.events.register("after-call.dynamodb.BatchGetItem", shorten)


def numbers(items: list[dynamo.Item]) -> list[int]:
    return [item["number"] for item in items]


def test_items_come_in_the_order_of_their_keys() -> None:
    keys = stored(5)
    assert numbers(dynamo.batch_get("bookings", keys[::-1])) == [4, 3, 2, 1, 0]


def test_what_does_not_exist_is_left_out() -> None:
    keys = stored(2)
    assert numbers(dynamo.batch_get("bookings", [("B#none", "ROW"), *keys])) == [0, 1]


def test_a_key_asked_for_twice_is_read_once() -> None:
    (key,) = stored(1)
    assert numbers(dynamo.batch_get("bookings", [key, key])) == [0]


def test_nothing_is_asked_for_nothing(asked: list[dict[str, Any]]) -> None:
    assert dynamo.batch_get("bookings", []) == []
    assert asked == []


def test_more_than_a_hundred_keys_are_read_in_several_requests(asked: list[dict[str, Any]]) -> None:
    keys = stored(205)
    assert numbers(dynamo.batch_get("bookings", keys)) == list(range(205))
    assert [len(each["Keys"]) for each in asked] == [100, 100, 5]


@pytest.mark.parametrize("consistent", [True, False])
def test_the_read_is_as_consistent_as_it_was_asked(asked: list[dict[str, Any]], consistent: bool) -> None:
    dynamo.batch_get("bookings", stored(1), consistent=consistent)
    assert [each["ConsistentRead"] for each in asked] == [consistent]


def test_what_was_left_unread_is_asked_for_again(asked: list[dict[str, Any]]) -> None:
    keys = stored(8)
    leave_unread(lambda items: len(items) // 2)
    assert numbers(dynamo.batch_get("bookings", keys)) == list(range(8))
    assert [len(each["Keys"]) for each in asked] == [8, 4, 2, 1]


def test_a_table_that_stays_busy_is_given_up(asked: list[dict[str, Any]]) -> None:
    leave_unread(len)
    with pytest.raises(Unavailable):
        dynamo.batch_get("bookings", stored(3))
    assert len(asked) == 8
