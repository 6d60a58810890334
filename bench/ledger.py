"""What the ledger costs as it grows: posting, a balance, pages of a statement, a provider's day, the audit.

On the local engine's DynamoDB in this very process, so that no network and no other work is measured; the
floors are what plain requests take there. Units are DynamoDB's. The engine looks at all items of an index for
each query, which DynamoDB does not: times of queries are its own, and grow.
"""

import gc
import io
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import urllib3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from ministack.services.dynamodb import _item_size_bytes

from bench.figures import median, percentile
from bench.metering import listening, read_units
from teleconsult.ledger import lots, rules, store
from teleconsult.ledger.audit import Audit, Replay, audit
from teleconsult.ledger.lots import Account
from teleconsult.ledger.rules import Transfer
from teleconsult.platform import aws, dynamo
from tests import engine, tables

SIZES = (10, 1_000, 100_000)  # transfers

_TABLE = "ledger"
_HOLDERS = 5_000
_BUSY = "h-busy"  # pays every consultation from the balance, and each is cancelled: two lines a time
_PRICE = 250_000
_FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_DAYS = 300
_PAGE = 20
_CALLS = 40
_WARM_UP = 2
_LONGEST_SECONDS = 3.0
_BATCH = 25  # items of one BatchWriteItem

_PAGE_BYTES = 1024 * 1024  # of a Scan


def measure(tell: Callable[[str], None]) -> dict[str, Any]:
    """By the number of transfers in the table: units of a call, and milliseconds (median, 95 %)."""
    figures: dict[str, Any] = {"page_lines": _PAGE}
    for size in SIZES:
        tell(f"книги из {size} переводов")
        with _table():
            books = _fill(size, tell)
            tell(f"  заполнено, лицевых счетов: {books.holders}, строк самого длинного: {books.busy_lines}")
            figures[str(size)] = _ask(books, tell)
    return figures


# ---- the books ----


@dataclass(slots=True)
class Books:
    """What was written: `items`, as DynamoDB has them. `middle`: a cursor into the longest statement."""

    transfers: int = 0
    holders: int = 0
    busy_lines: int = 0
    middle: str = ""
    day: datetime = _FIRST_DAY
    accounts: dict[str, Account] = field(default_factory=dict)
    items: list[dynamo.Item] = field(default_factory=list)


@contextmanager
def _table() -> Iterator[None]:
    """An empty ledger of the template's shape, and the stores on it."""
    before = {name: os.environ.get(name) for name in ("LEDGER_TABLE", "AWS_DEFAULT_REGION")}
    keys = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}
    before |= {name: os.environ.get(name) for name in keys}
    os.environ.update({"LEDGER_TABLE": _TABLE, "AWS_DEFAULT_REGION": "eu-central-1", **keys})
    aws.client.cache_clear()
    client = aws.client("dynamodb")
    engine.answer(client)
    tables.create(client, _TABLE)
    try:
        yield
    finally:
        client.delete_table(TableName=_TABLE)
        aws.client.cache_clear()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _fill(size: int, tell: Callable[[str], None]) -> Books:
    """So many transfers and the accounts that they leave behind, by the ledger's own tracing of lots."""
    books = Books()
    books.holders = max(min(_HOLDERS, size // 20), 1) + 1
    step = timedelta(days=_DAYS) / size
    busy: list[dynamo.Item] = []
    rows: list[dict[str, Any]] = []
    for number, transfer in zip(range(size), _history(books.holders), strict=False):
        at = (_FIRST_DAY + step * number).replace(microsecond=0)
        touched = {side for side in (transfer.debit, transfer.credit) if rules.bounded(side)}
        seen = {account: books.accounts.get(account, Account()) for account in touched}
        traced = lots.trace(seen, [transfer], at)
        books.accounts.update(traced.accounts)
        item = store._writes([transfer], seen, traced, at)[0].request["Item"]
        rows.append(item)
        if rules.statement(transfer) == rules.balance(_BUSY):
            busy.append(dynamo.unmarshal(item))
        if rules.with_provider(transfer):
            books.day = at
        books.transfers += 1
    rows += [
        store._account_change(name, Account(), account).request["Item"]
        for name, account in books.accounts.items()
    ]
    _write(rows, tell)
    books.items = rows
    books.busy_lines = len(busy)
    books.middle = store._cursor(busy[len(busy) // 2])
    return books


def _history(holders: int) -> Iterator[Transfer]:
    """Of ten consultations eight were held, one gave its price back to a holder, one the busy holder's."""
    yield rules.payment_to_balance(_payment(0), _booking(0), _BUSY, _PRICE)
    number = 0
    while True:
        number += 1
        booking = _booking(number)
        if number % 10 == 1:
            yield rules.paid_from_balance(booking, _BUSY, 1, _PRICE)
            yield rules.returned_to_balance(booking, _BUSY, _PRICE, "cancelled")
            continue
        yield rules.payment_received(_payment(number), booking, _PRICE)
        if number % 10 == 2:
            holder = f"h-{number // 10 % (holders - 1):026d}"
            yield rules.returned_to_balance(booking, holder, _PRICE, "not_held")
        else:
            yield rules.revenue_recognised(booking, _PRICE)


def _payment(number: int) -> str:
    """An id as long as the provider's."""
    return f"{number:08x}-000f-5000-a000-145f6df21d6f"


def _booking(number: int) -> str:
    return f"b-{number:026d}"


def _write(rows: list[dict[str, Any]], tell: Callable[[str], None]) -> None:
    client = aws.client("dynamodb")
    for first in range(0, len(rows), _BATCH):
        if first and first % (_BATCH * 800) == 0:
            tell(f"  записано строк: {first} из {len(rows)}")
        wanted = [{"PutRequest": {"Item": row}} for row in rows[first : first + _BATCH]]
        left = client.batch_write_item(RequestItems={_TABLE: wanted}).get("UnprocessedItems")
        assert not left


# ---- the questions ----


def _ask(books: Books, tell: Callable[[str], None]) -> dict[str, Any]:
    tell("  аудит")
    figures: dict[str, Any] = {
        "accounts": len(books.accounts),
        "longest_statement_lines": books.busy_lines,
        "transfers_of_the_day": sum(1 for _ in store.at_provider(books.day.date())),
        "audit": _audited(books),
    }
    busy = rules.balance(_BUSY)
    for name, act in {
        "floor_get": lambda: dynamo.get(_TABLE, f"ACCOUNT#{busy}", "ACCOUNT"),
        "balance": lambda: store.available(busy),
        "floor_query": _query_in_vain,
        "statement_first_page": lambda: store.statement(_BUSY, _PAGE),
        "statement_middle_page": lambda: store.statement(_BUSY, _PAGE, books.middle),
        "provider_day": lambda: list(store.at_provider(books.day.date())),
        "floor_transaction": _plain_transactions(books.accounts[busy]),
        "post_with_a_row": _postings(books.day),
    }.items():
        tell(f"  {name}")
        figures[name] = _measured(act)
    return figures


def _query_in_vain() -> None:
    """Of an index, for a holder who has no line."""
    aws.client("dynamodb").query(
        TableName=_TABLE,
        IndexName="statement",
        KeyConditionExpression="statement = :nobody",
        ExpressionAttributeValues={":nobody": {"S": rules.balance("h-nobody")}},
    )


def _plain_transactions(account: Account) -> Callable[[], None]:
    """Each of as many items as a posting has, of about the same size and in no index, under no condition."""
    like = store._account_change(rules.balance(_BUSY), Account(), account).request["Item"]
    numbers = count()

    def write() -> None:
        number = next(numbers)
        keys = [{**like, "pk": {"S": f"PLAIN#{number}#{each}"}} for each in range(3)]
        writes = [{"Put": {"TableName": _TABLE, "Item": item}} for item in keys]
        aws.client("dynamodb").transact_write_items(TransactItems=writes)

    return write


def _postings(day: datetime) -> Callable[[], None]:
    """Each of another payment, with a row beside it."""
    numbers = count()

    def post() -> None:
        number = next(numbers)
        row = dynamo.put(_TABLE, {"pk": f"ROW#{number}", "sk": "ROW"}, when="attribute_not_exists(pk)")
        payment = rules.payment_received(f"n-{_payment(number)}", f"n-{_booking(number)}", _PRICE)
        store.post(payment, also=[row], now=day)

    return post


def _measured(act: Callable[[], Any]) -> dict[str, float]:
    """Units of one call; milliseconds of some more, of fewer where each takes long."""
    with _metered() as units:
        act()
    taken: list[float] = []
    began = time.perf_counter()
    while len(taken) < _WARM_UP + 1 or (
        len(taken) < _CALLS and time.perf_counter() - began < _LONGEST_SECONDS
    ):
        started = time.perf_counter()
        act()
        taken.append((time.perf_counter() - started) * 1000)
    warm = taken[_WARM_UP:]
    measured = {name: each for name, each in units.items() if each}
    return {**measured, "median_ms": median(warm), "p95_ms": percentile(warm, 95)}


def _audited(books: Books) -> dict[str, Any]:
    """The audit's one walk, and of it the replay alone: processor time of one transfer and its accounts."""
    rows = [store._row(item) for item in books.items]
    started = time.process_time()
    replay = Replay()
    for row in rows:
        replay.add(row)
    findings = replay.findings()
    replayed = time.process_time() - started
    assert findings == (), findings[:5]
    with _pages_of_a_scan(books.items), _metered() as units:
        for _ in store.rows():
            pass
    gc.collect()
    gc.freeze()  # a function that has just begun has no such heap of books for the collector to walk through
    with _pages_of_a_scan(books.items):
        started = time.process_time()
        report = audit(store.rows, lambda: True)
        walked = time.process_time() - started
    gc.unfreeze()
    assert report == Audit(len(rows), (), complete=True)
    return {
        "rows": report.rows,
        "read_units": units["read_units"],
        "cpu_seconds": round(walked, 2),
        "us_a_transfer": round(walked / books.transfers * 1e6, 1),
        "replay_us_a_transfer": round(replayed / books.transfers * 1e6, 1),
    }


@contextmanager
def _pages_of_a_scan(items: list[dynamo.Item]) -> Iterator[None]:
    """Answers of 1 MB, as DynamoDB gives them: the engine sorts the whole table anew for each of them."""
    pages: list[list[dynamo.Item]] = [[]]
    size = 0
    for item in items:
        size += _item_size_bytes(item)
        if size > _PAGE_BYTES:
            pages.append([])
            size = _item_size_bytes(item)
        pages[-1].append(item)
    bodies = []
    for page in pages:
        said: dict[str, Any] = {"Items": page, "Count": len(page)}
        if page is not pages[-1]:
            said["LastEvaluatedKey"] = {name: page[-1][name] for name in ("pk", "sk")}
        bodies.append(json.dumps(said).encode())
    left = iter(bodies)

    def answer(request: Any, **_: Any) -> AWSResponse:
        raw = urllib3.HTTPResponse(io.BytesIO(next(left)), preload_content=False)
        return AWSResponse(request.url, 200, HTTPHeaders(), raw)

    events = aws.client("dynamodb").meta.events
    events.register_first("before-send.dynamodb.Scan", answer)
    try:
        yield
    finally:
        events.unregister("before-send.dynamodb.Scan", answer)


@contextmanager
def _metered() -> Iterator[dict[str, float]]:
    """Units of all that is asked inside: DynamoDB says them to whoever wants to know."""
    units = {"read_units": 0.0, "write_units": 0.0}

    def note(operation: str, answer: Mapping[str, Any], consistent: bool) -> None:
        if operation in ("Query", "Scan"):  # of which the engine does not say what AWS would: by their size
            units["read_units"] += read_units(answer["Items"], consistent)
            return
        consumed = answer.get("ConsumedCapacity") or []
        kind = "read_units" if operation == "GetItem" else "write_units"
        for each in consumed if isinstance(consumed, list) else [consumed]:
            units[kind] += each["CapacityUnits"]

    with listening(note):
        yield units
