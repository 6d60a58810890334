"""What each sweep reads where 20 things are due, beside ever more bookings that are not.

On the local engine's DynamoDB in this very process: requests, read units and items, of tables and indexes.
Step Functions, the provider and the bucket are not asked, and answer as if all were well. The floor is what
reading the 20 rows by their keys takes.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

from bench.metering import listening, read_units
from local.stack import CLINIC
from teleconsult.booking import store as bookings
from teleconsult.booking import workflow
from teleconsult.booking.model import Attempt, PaymentStage, Run, Status
from teleconsult.callbacks import store as callbacks_store
from teleconsult.callbacks.model import Callback, CallbackStatus
from teleconsult.catalogue import store as catalogue_store
from teleconsult.catalogue.document import check_document
from teleconsult.documents import store as documents_store
from teleconsult.notices import outbox
from teleconsult.notices.rules import Notice
from teleconsult.platform import aws, due, dynamo
from teleconsult.platform.dynamo import Item
from teleconsult.platform.tally import Tally
from teleconsult.refunds import store as refunds_store
from teleconsult.refunds.model import Refund, RefundStatus
from teleconsult.sweeps import executions, sweeping
from tests import bookings as samples
from tests import engine, tables

SIZES = (100, 10_000, 100_000)  # bookings stored
DUE = 20

_NOW = datetime(2026, 12, 7, 9, tzinfo=UTC)
_TABLES = ("bookings", "patients", "ledger")
_BATCH = 25  # items of one BatchWriteItem
_READS = ("GetItem", "BatchGetItem", "Query", "Scan")


def measure(tell: Callable[[str], None]) -> dict[str, Any]:
    """By the number of bookings stored, for each sweep: what it found, requests, read units, items read."""
    figures: dict[str, Any] = {"due": DUE}
    for size in SIZES:
        tell(f"обходы: {size} записей, {DUE} из них ждут")
        with _clinic():
            _write(_stored(size))
            figures[str(size)] = {"floor": _floor(), **{name: _swept(name) for name in SWEEPS}}
    return figures


# ---- what is stored, and not due ----


def _stored(size: int) -> Iterator[Item]:
    """Of four bookings two are over, one is to be, one is not paid yet; each third has documents."""
    for number in range(size):
        name, later = f"b-{number:026d}", _NOW + timedelta(minutes=10 + number % 40_000)
        slot = {"slot_start": later + timedelta(days=1), "slot_end": later + timedelta(days=1, minutes=30)}
        if number % 4 < 2:
            over = samples.scheduled(name, _NOW, status=Status.COMPLETED, settled_at=_NOW, due_at=None)
            yield _row(bookings.create(over))
        elif number % 4 == 2:
            to_be = samples.scheduled(name, _NOW, **slot, due_at=None)
            yield _row(bookings.create(to_be)) | bookings._due_once_scheduled(to_be, _NOW)
        else:
            yield _row(bookings.create(samples.booking(name, _NOW, **slot, hold_until=later)))
        if number % 3 == 0:
            kept = due.at(later + timedelta(days=400), documents_store._DUE)
            yield {"pk": f"BOOKING#{name}", "sk": "DOCUMENTS", "taken": 1, "begun": 1, **kept}


# ---- what is due, by sweep ----


def _names() -> list[str]:
    return [f"b-due-{number:020d}" for number in range(DUE)]


def _judged() -> Iterator[Item]:
    return (_row(bookings.create(samples.scheduled(name, _NOW))) for name in _names())


def _reminded() -> Iterator[Item]:
    for name in _names():
        soon = samples.booking(name, _NOW, status=Status.SCHEDULED, slot_start=_NOW + timedelta(hours=1))
        before = _NOW - timedelta(minutes=1)
        yield _row(bookings.create(soon)) | bookings._due_once_scheduled(soon, before)


def _open() -> Iterator[Item]:
    attempt = Attempt(number=1, amount=samples.PRICE, status="pending", created_at=_NOW, payment_id="p-1")
    for name in _names():
        yield _row(bookings.create(samples.booking(name, _NOW)))
        dynamo.write(bookings.attempt_noted(name, PaymentStage(), attempt))


def _attached() -> Iterator[Item]:
    for name in _names():
        long_ago = _NOW - timedelta(days=1096)
        yield _row(bookings.create(samples.scheduled(name, long_ago, status=Status.COMPLETED, due_at=None)))
        places = {"taken": 1, "begun": 1, **due.at(_NOW, documents_store._DUE)}
        yield {"pk": f"BOOKING#{name}", "sk": "DOCUMENTS", **places}


def _asked_back() -> Iterator[Item]:
    for name in _names():
        refund = Refund(
            refund_id=f"r-{name}",
            holder_id=f"h-{name}",
            payment_id="p-1",
            booking_id=name,
            amount=samples.PRICE,
            status=RefundStatus.ASKED,
            asked_at=_NOW - timedelta(hours=1),
            asked_by=f"h-{name}",
            request_hash="0" * 32,
            due_at=_NOW,
        )
        yield _row(refunds_store.asked(refund))


def _to_be_called() -> Iterator[Item]:
    for name in _names():
        callback = Callback(
            callback_id=f"cb-{name}",
            booking_id=name,
            holder_id=f"h-{name}",
            status=CallbackStatus.OPEN,
            asked_at=_NOW - timedelta(days=1),
            asked_by=f"h-{name}",
            answer_by=_NOW - timedelta(minutes=1),
        )
        yield callbacks_store._item(callback)


def _untold() -> Iterator[Item]:
    for name in _names():
        yield _row(outbox.put(name, Notice.SCHEDULED, _NOW)) | due.at(_NOW, outbox._DUE)


Sweep = Callable[[datetime, Callable[[], bool]], Tally]

SWEEPS: Mapping[str, tuple[Sweep, Callable[[], Iterable[Item]]]] = {
    "no_shows": (sweeping.no_shows, _judged),
    "reminders": (sweeping.reminders, _reminded),
    "lost_executions": (sweeping.lost_executions, _judged),
    "open_payments": (sweeping.open_payments, _open),
    "documents": (sweeping.documents, _attached),
    "refunds": (sweeping.refunds, _asked_back),
    "callbacks": (sweeping.callbacks, _to_be_called),
    "notices": (sweeping.notices, _untold),
}
"""A sweep that is new: its function, and the rows of 20 things that are due in it at `_NOW`."""


# ---- asking ----


def _swept(name: str) -> dict[str, float]:
    sweep, rows = SWEEPS[name]
    _write(rows())
    with _metered() as units:
        tally = sweep(_NOW, lambda: True)
    assert (tally.found, tally.failed) == (DUE, 0), (name, tally)
    _forget_what_was_due()
    return {"found": tally.found, **units.figures()}


def _floor() -> dict[str, float]:
    _write(_judged())
    with _metered() as units:
        for name in _names():
            dynamo.get("bookings", f"BOOKING#{name}", "BOOKING")
    _forget_what_was_due()
    return units.figures()


def _forget_what_was_due() -> None:
    for pk in [f"{kind}-due-{number:020d}" for kind in ("BOOKING#b", "HOLDER#h-b") for number in range(DUE)]:
        for item in list(dynamo.query_all("bookings", "pk = :pk", pk=pk)):
            dynamo.write(dynamo.delete("bookings", item["pk"], item["sk"]))


@dataclass(slots=True)
class _Units:
    requests: int = 0
    read_units: float = 0.0
    items: int = 0

    def note(self, operation: str, answer: Mapping[str, Any], consistent: bool) -> None:
        if operation not in _READS:
            return
        found = answer.get("Items", [answer["Item"]] if "Item" in answer else [])
        self.requests += 1
        self.items += len(found)
        self.read_units += read_units(found, consistent)

    def figures(self) -> dict[str, float]:
        return {"requests": self.requests, "read_units": self.read_units, "items": self.items}


@contextmanager
def _metered() -> Iterator[_Units]:
    units = _Units()
    with listening(units.note):
        yield units


# ---- the tables ----


def _row(write: dynamo.Write) -> Item:
    return dynamo.unmarshal(write.request["Item"])


def _write(items: Iterable[Item], table: str = "bookings") -> None:
    client = aws.client("dynamodb")
    wanted: list[dict[str, Any]] = []

    def flush() -> None:
        if wanted:
            left = client.batch_write_item(RequestItems={table: wanted}).get("UnprocessedItems")
            assert not left
            wanted.clear()

    for item in items:
        wanted.append({"PutRequest": {"Item": dynamo.put(table, item).request["Item"]}})
        if len(wanted) == _BATCH:
            flush()
    flush()


@contextmanager
def _clinic() -> Iterator[None]:
    """Empty tables of the template's shape, the sample clinic, and a world outside that answers well."""
    environment = {f"{name.upper()}_TABLE": name for name in _TABLES} | {
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "POWERTOOLS_METRICS_DISABLED": "true",
    }
    with ExitStack() as kept:
        kept.enter_context(mock.patch.dict(os.environ, environment))
        aws.client.cache_clear()
        kept.callback(aws.client.cache_clear)
        client = aws.client("dynamodb")
        engine.answer(client)
        tables.create(client, *_TABLES)
        for name in _TABLES:
            kept.callback(client.delete_table, TableName=name)
        for place, what, answer in (
            (workflow, "wake", lambda *_: None),
            (workflow, "latest_run", lambda _: Run(running=True)),
            (executions, "ended_badly_since", lambda _: iter(())),
            (sweeping, "provider", mock.Mock()),
            (sweeping, "ask_about_open", lambda record, *_: record),
            (sweeping, "carry_out", lambda refund, *_: refund),
            (sweeping, "detach_all", lambda _: True),
        ):
            kept.enter_context(mock.patch.object(place, what, answer))
        catalogue_store.replace(check_document(json.loads(CLINIC.read_text(encoding="utf-8"))), _NOW)
        yield
