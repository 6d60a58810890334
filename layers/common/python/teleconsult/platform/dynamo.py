"""DynamoDB with plain Python values: conditional writes, transactions, queries.

Attribute names in conditions are written `#name` (`#n1` for the map key `1`), values `:name`;
both are bound here.
Integers stay integers (money is kopecks); floats are refused.
"""

import random
import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from botocore.exceptions import ClientError

from teleconsult.platform import aws
from teleconsult.platform.errors import Unavailable

Item = dict[str, Any]
T = TypeVar("T")

_CONFLICT_ATTEMPTS = 8
_CONFLICT_BASE_SECONDS = 0.02
_READ_ATTEMPTS = 50  # more than one day of a doctor changes while one request is served
_BATCH = 100  # keys of one BatchGetItem
_BATCH_ATTEMPTS = 8  # an answer of more than 16 MB takes up to three without anybody being busy
_BATCH_BASE_SECONDS = 0.02


class ConditionFailed(Exception):
    """A single conditional write was refused."""


class TransactionRefused(Exception):
    """A transaction was refused: `failed` holds the positions whose condition did not hold."""

    def __init__(self, failed: frozenset[int]) -> None:
        super().__init__(f"conditions failed at {sorted(failed)}")
        self.failed = failed


@dataclass(frozen=True, slots=True)
class Write:
    """One action of a transaction, or a write of its own."""

    action: str  # Put, Update, Delete or ConditionCheck
    request: dict[str, Any]


def put(table: str, item: Mapping[str, Any], when: str | None = None, **values: Any) -> Write:
    return Write("Put", {"TableName": table, "Item": _marshal_map(item), **_condition(when, values)})


def update(
    table: str,
    pk: str,
    sk: str,
    *,
    set: Mapping[str, Any] | None = None,
    add: Mapping[str, int] | None = None,
    remove: Sequence[str] = (),
    when: str | None = None,
    **values: Any,
) -> Write:
    """`set` and `add` take attribute paths such as `attempts.1.status`; `remove` likewise."""
    clauses: list[str] = []
    names: dict[str, str] = {}
    bound = dict(values)
    for verb, changes, form in (("SET", set or {}, "{} = {}"), ("ADD", add or {}, "{} {}")):
        parts = []
        for number, (path, value) in enumerate(changes.items()):
            placeholder = f"{verb.lower()}_{number}"
            bound[placeholder] = value
            parts.append(form.format(_path(path, names), f":{placeholder}"))
        if parts:
            clauses.append(f"{verb} {', '.join(parts)}")
    if remove:
        clauses.append("REMOVE " + ", ".join(_path(path, names) for path in remove))
    request = {"TableName": table, "Key": _key(pk, sk), **_condition(when, bound)}
    if clauses:
        request["UpdateExpression"] = " ".join(clauses)
    if names:
        request["ExpressionAttributeNames"] = names | request.get("ExpressionAttributeNames", {})
    return Write("Update", request)


def delete(table: str, pk: str, sk: str, when: str | None = None, **values: Any) -> Write:
    return Write("Delete", {"TableName": table, "Key": _key(pk, sk), **_condition(when, values)})


def check(table: str, pk: str, sk: str, when: str, **values: Any) -> Write:
    return Write("ConditionCheck", {"TableName": table, "Key": _key(pk, sk), **_condition(when, values)})


def write(single: Write) -> None:
    """Carry out one write outside a transaction.

    Raises:
        ConditionFailed: its condition did not hold.
    """
    call = {"Put": "put_item", "Update": "update_item", "Delete": "delete_item"}[single.action]
    try:
        _past_conflicts(getattr(aws.client("dynamodb"), call), **single.request)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            raise ConditionFailed from error
        raise


def updated(single: Write) -> Item:
    """Carry out one update outside a transaction; the whole row as this very update left it.

    Raises:
        ConditionFailed: its condition did not hold.
    """
    try:
        answer = _past_conflicts(aws.client("dynamodb").update_item, **single.request, ReturnValues="ALL_NEW")
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            raise ConditionFailed from error
        raise
    return _unmarshal_map(answer["Attributes"])


def transact(writes: Sequence[Write]) -> None:
    """Carry out all writes or none. Conflicts with other transactions are repeated, with jitter.

    Raises:
        TransactionRefused: a condition did not hold.
    """
    if len(writes) == 1:  # one write is all or nothing by itself, for half the units
        try:
            write(writes[0])
        except ConditionFailed as error:
            raise TransactionRefused(frozenset({0})) from error
        return
    try:
        actions = [{each.action: each.request} for each in writes]
        _past_conflicts(aws.client("dynamodb").transact_write_items, TransactItems=actions)
    except ClientError as error:
        failed = frozenset(n for n, code in enumerate(_reasons(error)) if code == "ConditionalCheckFailed")
        if failed:
            raise TransactionRefused(failed) from error
        raise


def transact_as_read(writes: Callable[[], Sequence[Write]], final: Collection[int] = ()) -> None:
    """Carry out the writes that follow from rows which `writes` reads; anew where one of them has changed.

    Each refusal means that somebody else got through, so it is what they have done that ends this: `writes`
    sees it and raises. The bound is for the rest.

    `final`: the positions whose refusal ends it.

    Raises:
        TransactionRefused: at a final position.
        Unavailable: others were faster all the time; the same call may be repeated.
    """
    for _ in range(_READ_ATTEMPTS):
        try:
            transact(writes())
            return
        except TransactionRefused as refused:
            if refused.failed.intersection(final):
                raise
        except ClientError as error:
            if _only_conflicts(error):
                raise _busy() from error
            raise
    raise _busy()


def _busy() -> Unavailable:
    return Unavailable("busy", "Сервис сейчас перегружен. Повторите чуть позже")


def _past_conflicts(call: Callable[..., Any], **request: Any) -> Any:
    """botocore does not repeat what only lost to another transaction; this does, with a bound."""
    for attempt in range(_CONFLICT_ATTEMPTS - 1):
        try:
            return call(**request)
        except ClientError as error:
            if not _only_conflicts(error):
                raise
        time.sleep(random.uniform(0, _CONFLICT_BASE_SECONDS * 2**attempt))
    return call(**request)


def _only_conflicts(error: ClientError) -> bool:
    if error.response["Error"]["Code"] == "TransactionConflictException":
        return True
    reasons = set(_reasons(error))
    return "TransactionConflict" in reasons and reasons <= {"None", "TransactionConflict"}


def _reasons(error: ClientError) -> list[str]:
    return [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", [])]


def get(table: str, pk: str, sk: str) -> Item | None:
    """One item, read consistently."""
    answer = aws.client("dynamodb").get_item(TableName=table, Key=_key(pk, sk), ConsistentRead=True)
    return _unmarshal_map(answer["Item"]) if "Item" in answer else None


def batch_get(
    table: str,
    keys: Sequence[tuple[str, str]],
    *,
    consistent: bool = True,
    attributes: Sequence[str] = (),
) -> list[Item]:
    """The items under these `(pk, sk)` keys that exist, each once, in the order of the keys.

    `attributes`: what is read of them, `pk` and `sk` included; all, unless they are named.

    Raises:
        Unavailable: DynamoDB left keys unread, however often it was asked.
    """
    wanted = list(dict.fromkeys(keys))  # a key asked for twice is refused by DynamoDB
    how: dict[str, Any] = {"ConsistentRead": consistent}
    if attributes:
        how["ProjectionExpression"] = ", ".join(f"#{name}" for name in attributes)
        how["ExpressionAttributeNames"] = {f"#{name}": name for name in attributes}
    found: dict[tuple[str, str], Item] = {}
    for first in range(0, len(wanted), _BATCH):
        for item in _batch(table, wanted[first : first + _BATCH], how):
            found[item["pk"], item["sk"]] = item
    return [found[key] for key in wanted if key in found]


def _batch(table: str, keys: Sequence[tuple[str, str]], how: Mapping[str, Any]) -> Iterator[Item]:
    """One BatchGetItem, repeated with jitter for what it left unread (`UnprocessedKeys`)."""
    unread = [_key(pk, sk) for pk, sk in keys]
    for attempt in range(_BATCH_ATTEMPTS):
        if attempt:
            time.sleep(random.uniform(0, _BATCH_BASE_SECONDS * 2**attempt))
        answer = aws.client("dynamodb").batch_get_item(RequestItems={table: {"Keys": unread, **how}})
        yield from map(_unmarshal_map, answer["Responses"].get(table, []))
        unread = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
        if not unread:
            return
    raise _busy()


def query(
    table: str,
    keys: str,
    *,
    index: str | None = None,
    limit: int | None = None,
    newest_first: bool = False,
    start: Item | None = None,
    **values: Any,
) -> tuple[list[Item], Item | None]:
    """One page of a query: its items, and where the next page starts (None: no more)."""
    request: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": keys,
        "ScanIndexForward": not newest_first,
        "ConsistentRead": index is None,
        **_bindings(keys, values),
    }
    if index:
        request["IndexName"] = index
    if limit:
        request["Limit"] = limit
    if start:
        request["ExclusiveStartKey"] = _marshal_map(start)
    answer = aws.client("dynamodb").query(**request)
    after = answer.get("LastEvaluatedKey")
    return [_unmarshal_map(item) for item in answer["Items"]], _unmarshal_map(after) if after else None


def query_all(
    table: str, keys: str, *, index: str | None = None, page: int | None = None, **values: Any
) -> Iterator[Item]:
    """Every item of a query, page by page: of at most `page` items each, or of what an answer holds."""
    start: Item | None = None
    while True:
        items, start = query(table, keys, index=index, limit=page, start=start, **values)
        yield from items
        if start is None:
            return


def scan_all(table: str) -> Iterator[Item]:
    """Every item of a table: for the auditor's whole-ledger questions, never on a hot path."""
    yield from map(_unmarshal_map, scan_stored(table))


def scan_stored(table: str) -> Iterator[Item]:
    """Every item as it is stored, for `unmarshal`: where one that we cannot read must not hide the others."""
    request: dict[str, Any] = {"TableName": table, "ConsistentRead": True}
    while True:
        answer = aws.client("dynamodb").scan(**request)
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Of a walk through a table: what was read, the partition keys of what could not be, and where the next
    page starts (None: no more)."""

    read: tuple[T, ...]
    unreadable: tuple[str, ...]
    after: Item | None


def scan_page(
    table: str, sk: str, read: Callable[[Item], T], after: Item | None, most: int | None = None
) -> Page[T]:
    """One page of the items under this sort key, in no order, each as `read` makes it: for counts over
    everything, never on a hot path.

    Read at half the price of a consistent read: the last second may be missing. The page is 1 MB of the whole
    table, or `most` items of it, so it may hold nothing that was asked for.
    """
    request: dict[str, Any] = {"TableName": table, "FilterExpression": "sk = :sk"}
    request["ExpressionAttributeValues"] = {":sk": _marshal(sk)}
    if most:
        request["Limit"] = most
    if after:
        request["ExclusiveStartKey"] = _marshal_map(after)
    answer = aws.client("dynamodb").scan(**request)
    found: list[T] = []
    unreadable: list[str] = []
    for item in answer["Items"]:
        try:
            found.append(read(_unmarshal_map(item)))
        except (KeyError, TypeError, ValueError):
            unreadable.append(item["pk"]["S"])
    last = answer.get("LastEvaluatedKey")
    return Page(tuple(found), tuple(unreadable), _unmarshal_map(last) if last else None)


def unmarshal(image: Mapping[str, Any]) -> Item:
    """A stream record's image, or an item as it is stored, as plain values."""
    return _unmarshal_map(image)


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _condition(when: str | None, values: Mapping[str, Any]) -> dict[str, Any]:
    bindings = _bindings(when or "", values)
    return bindings | {"ConditionExpression": when} if when else bindings


def _bindings(expression: str, values: Mapping[str, Any]) -> dict[str, Any]:
    bindings: dict[str, Any] = {}
    names = {f"#{name}": _name(name) for name in re.findall(r"#(\w+)", expression)}
    if names:
        bindings["ExpressionAttributeNames"] = names
    if values:
        bindings["ExpressionAttributeValues"] = {f":{name}": _marshal(v) for name, v in values.items()}
    return bindings


def _path(path: str, names: dict[str, str]) -> str:
    """Bind each step of an attribute path to a placeholder that no reserved word can clash with."""
    steps = [f"n{step}" if step.isdigit() else step for step in path.split(".")]
    names.update({f"#{step}": _name(step) for step in steps})
    return ".".join(f"#{step}" for step in steps)


def _name(placeholder: str) -> str:
    return re.sub(r"^n(?=\d+$)", "", placeholder)


def _marshal_map(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _marshal(value) for name, value in item.items() if value is not None}


def _marshal(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case Mapping():
            return {"M": _marshal_map(value)}
        case list() | tuple():
            return {"L": [_marshal(each) for each in value]}
    raise TypeError(f"{type(value).__name__} is not stored")


def _unmarshal_map(item: Mapping[str, Any]) -> Item:
    return {name: _unmarshal(value) for name, value in item.items()}


def _unmarshal(value: Mapping[str, Any]) -> Any:
    ((kind, content),) = value.items()
    match kind:
        case "S" | "BOOL":
            return content
        case "N":
            return int(content)
        case "M":
            return _unmarshal_map(content)
        case "L":
            return [_unmarshal(each) for each in content]
    raise TypeError(f"attribute type {kind} is not read")
