"""What the sandbox remembers: one SQLite file, which survives a restart. Calls may come from many threads."""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from local.sandbox.messages import InvalidRequest
from local.sandbox.order import Selection

Thing = dict[str, Any]

_KEY_LIFETIME = timedelta(hours=24)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS payments (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, status TEXT, amount INTEGER,
    created_at REAL, return_url TEXT, payment TEXT);
CREATE TABLE IF NOT EXISTS refunds (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, payment_id TEXT, status TEXT, amount INTEGER,
    created_at REAL, ends_at REAL, outcome TEXT, refund TEXT);
CREATE TABLE IF NOT EXISTS receipts (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, payment_id TEXT, refund_id TEXT, status TEXT,
    created_at REAL, ends_at REAL, outcome TEXT, receipt TEXT);
CREATE TABLE IF NOT EXISTS outcomes (
    payment_id TEXT, thing TEXT, outcome TEXT, PRIMARY KEY (payment_id, thing));
CREATE TABLE IF NOT EXISTS faults (
    number INTEGER PRIMARY KEY AUTOINCREMENT, call TEXT, about TEXT, kind TEXT, moment TEXT, times INTEGER,
    seconds INTEGER);
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, request TEXT, answer TEXT, at REAL);
CREATE TABLE IF NOT EXISTS notifications (
    number INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT, since REAL, due REAL, tries INTEGER DEFAULT 0);
CREATE INDEX IF NOT EXISTS pending_payments ON payments (created_at) WHERE status = 'pending';
CREATE INDEX IF NOT EXISTS refunds_of_payments ON refunds (payment_id);
CREATE INDEX IF NOT EXISTS refunds_to_end ON refunds (ends_at) WHERE ends_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS receipts_of_payments ON receipts (payment_id);
CREATE INDEX IF NOT EXISTS receipts_to_end ON receipts (ends_at) WHERE ends_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS answers_by_age ON answers (at);
CREATE INDEX IF NOT EXISTS notifications_by_due ON notifications (due);
"""

# Columns a file of an older version does not have yet.
_ADDED = (
    ("answers", "call", "TEXT DEFAULT 'POST /payments'"),
    ("notifications", "subject", "TEXT"),
    ("notifications", "held_back", "INTEGER DEFAULT 0"),
)

_COMPARISONS = {"gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}


class State:
    """The rows. `now` tells the time."""

    def __init__(self, file: Path | str, now: Callable[[], datetime]) -> None:
        self.now = now
        self._lock = threading.RLock()
        self._rows = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._rows.row_factory = sqlite3.Row
        self._rows.executescript(f"BEGIN;{_SCHEMA}COMMIT;")
        for table, column, kind in _ADDED:
            if column not in {row["name"] for row in self._rows.execute(f"PRAGMA table_info({table})")}:
                self._rows.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")

    def close(self) -> None:
        with self._lock:
            self._rows.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; a change inside a larger one is part of it."""
        with self._lock:
            if self._rows.in_transaction:
                yield
                return
            self._rows.execute("BEGIN")
            with self._rows:
                yield

    def all(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock:
            return self._rows.execute(sql, values).fetchall()

    def one(self, sql: str, *values: Any) -> sqlite3.Row | None:
        with self._lock:
            row: sqlite3.Row | None = self._rows.execute(sql, values).fetchone()
            return row

    def run(self, sql: str, *values: Any) -> None:
        with self._lock:
            self._rows.execute(sql, values)

    def once(self, call: str, key: str, request: Any, act: Callable[[], Thing]) -> Thing:
        """What `act` answers; under a key that was used, the first answer again, for 24 hours.

        A key belongs to the shop: used for another call it is used for another request.

        Raises:
            InvalidRequest: the key was used for another request.
        """
        fingerprint = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
        with self.transaction():
            self.run("DELETE FROM answers WHERE at < ?", (self.now() - _KEY_LIFETIME).timestamp())
            used = self.one("SELECT call, request, answer FROM answers WHERE key = ?", key)
            if used and (used["call"], used["request"]) != (call, fingerprint):
                raise InvalidRequest("Idempotence key duplicated", "Idempotence-Key")
            if used:
                return read(used["answer"])
            answer = act()
            self.run(
                "INSERT INTO answers (key, call, request, answer, at) VALUES (?, ?, ?, ?, ?)",
                *(key, call, fingerprint, write(answer), self.now().timestamp()),
            )
            return answer

    def page(self, table: str, column: str, selection: Selection) -> tuple[list[Thing], int | None]:
        """One page of a table's things, kept in `column`, newest first, and where the next begins."""
        wanted: list[tuple[str, Any]] = [(f"{name} = ?", value) for name, value in selection.equal.items()]
        wanted += [
            (f"created_at {_COMPARISONS[bound]} ?", moment.timestamp())
            for bound, moment in selection.bounds.items()
        ]
        if selection.before is not None:
            wanted.append(("number < ?", selection.before))
        where = " AND ".join(condition for condition, _ in wanted) or "1"
        rows = self.all(
            f"SELECT number, {column} FROM {table} WHERE {where} ORDER BY number DESC LIMIT ?",
            *(value for _, value in wanted),
            selection.limit + 1,
        )
        shown = rows[: selection.limit]
        after = shown[-1]["number"] if len(rows) > len(shown) else None
        return [read(row[column]) for row in shown], after


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def money(amount: int) -> dict[str, str]:
    """Kopecks as the API writes them."""
    return {"value": f"{amount // 100}.{amount % 100:02d}", "currency": "RUB"}


def write(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False)


def read(content: str) -> Thing:
    thing: Thing = json.loads(content)
    return thing
