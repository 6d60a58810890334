"""The shop's payments and the notifications it is owed: one SQLite file, which survives a restart."""

import hashlib
import json
import operator
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from local.sandbox.messages import ApiError, InvalidRequest
from local.sandbox.order import Order, Selection, kopecks

Payment = dict[str, Any]

_KEY_LIFETIME = timedelta(hours=24)
_NOTIFYING = timedelta(hours=24)
_LONGEST_PAUSE = timedelta(minutes=5)
_DOUBLINGS = 10  # from one second to beyond the longest pause
_COMPARE = {"gte": operator.ge, "gt": operator.gt, "lte": operator.le, "lt": operator.lt}

_SCHEMA = """
CREATE TABLE IF NOT EXISTS payments (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, status TEXT, amount INTEGER,
    created_at REAL, return_url TEXT, payment TEXT);
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, request TEXT, answer TEXT, at REAL);
CREATE TABLE IF NOT EXISTS notifications (
    number INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT, since REAL, due REAL, tries INTEGER DEFAULT 0);
"""


@dataclass(frozen=True)
class Webhook:
    """How the notification of a payment goes out: how many times (0: never), and how late."""

    times: int = 1
    delay: timedelta = timedelta()


@dataclass(frozen=True)
class Notification:
    number: int
    body: str


class Shop:
    """`url`: where the payment pages are. `now` tells the time. Calls may come from many threads."""

    def __init__(
        self,
        file: Path | str,
        *,
        shop_id: str,
        url: str,
        now: Callable[[], datetime],
        pending: timedelta = timedelta(hours=1),
    ) -> None:
        self.shop_id = shop_id
        self._url = url
        self._now = now
        self._pending = pending
        self._lock = threading.RLock()
        self._rows = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._rows.row_factory = sqlite3.Row
        self._rows.executescript(_SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._rows.close()

    def once(self, key: str, request: Any, act: Callable[[], Payment]) -> Payment:
        """What `act` answers; under a key that was used, the first answer again.

        Raises:
            InvalidRequest: the key was used for another request.
        """
        fingerprint = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
        with self._transaction():
            oldest = (self._now() - _KEY_LIFETIME).timestamp()
            self._rows.execute("DELETE FROM answers WHERE at < ?", (oldest,))
            used = self._rows.execute("SELECT * FROM answers WHERE key = ?", (key,)).fetchone()
            if used and used["request"] != fingerprint:
                raise InvalidRequest("Idempotence key duplicated", "Idempotence-Key")
            if used:
                return _read(used["answer"])
            answer = act()
            row = (key, fingerprint, _write(answer), self._now().timestamp())
            self._rows.execute("INSERT INTO answers VALUES (?, ?, ?, ?)", row)
            return answer

    def create(self, order: Order) -> Payment:
        payment_id = f"{secrets.token_hex(4)}-000f-5000-8000-{secrets.token_hex(6)}"
        payment = {
            "id": payment_id,
            "status": "pending",
            "amount": {"value": order.value, "currency": order.currency},
            "description": order.description,
            "recipient": {"account_id": self.shop_id, "gateway_id": "1"},
            "created_at": _iso(self._now()),
            "confirmation": {"type": "redirect", "confirmation_url": f"{self._url}/checkout/{payment_id}"},
            "test": True,
            "paid": False,
            "refundable": False,
            "metadata": dict(order.metadata),
        }
        if order.description is None:
            del payment["description"]
        with self._transaction():
            self._rows.execute(
                "INSERT INTO payments (id, status, amount, created_at, return_url, payment)"
                " VALUES (?, 'pending', ?, ?, ?, ?)",
                (
                    payment_id,
                    kopecks(order.value),
                    self._now().timestamp(),
                    order.return_url,
                    _write(payment),
                ),
            )
        return payment

    def find(self, payment_id: str) -> Payment:
        """The payment as it is now.

        Raises:
            ApiError: 404.
        """
        return _read(self._row(payment_id)["payment"])

    def return_url(self, payment_id: str) -> str:
        return str(self._row(payment_id)["return_url"])

    def select(self, selection: Selection) -> tuple[list[Payment], int | None]:
        """One page, newest first, and where the next begins."""
        with self._lock:
            rows = self._rows.execute("SELECT * FROM payments ORDER BY number DESC").fetchall()
        found = [row for row in rows if _selected(row, selection)]
        shown = found[: selection.limit]
        after = shown[-1]["number"] if len(found) > len(shown) else None
        return [_read(row["payment"]) for row in shown], after

    def pay(self, payment_id: str, webhook: Webhook) -> Payment:
        """The patient paid."""
        made = {
            "status": "succeeded",
            "paid": True,
            "refundable": True,
            "captured_at": _iso(self._now()),
            "refunded_amount": {"value": "0.00", "currency": "RUB"},
            "payment_method": {
                "type": "bank_card",
                "id": payment_id,
                "saved": False,
                "title": "Bank card *4444",
            },
        }
        return self._end(payment_id, made, webhook)

    def decline(self, payment_id: str, webhook: Webhook) -> Payment:
        """The bank, or the patient, refused."""
        details = {"party": "payment_network", "reason": "general_decline"}
        return self._end(payment_id, {"status": "canceled", "cancellation_details": details}, webhook)

    def expire_pending(self) -> None:
        """Cancel what has been pending for longer than a payment lives."""
        details = {"party": "yoo_money", "reason": "expired_on_confirmation"}
        oldest = (self._now() - self._pending).timestamp()
        with self._lock:
            rows = self._rows.execute(
                "SELECT id FROM payments WHERE status = 'pending' AND created_at < ?", (oldest,)
            ).fetchall()
            for row in rows:
                self._end(row["id"], {"status": "canceled", "cancellation_details": details}, Webhook())

    def notify(self, payment_id: str, webhook: Webhook) -> None:
        """Send the payment's notification, again if it was sent before."""
        payment = self.find(payment_id)
        if payment["status"] == "pending":
            raise InvalidRequest("A pending payment has no notification", "payment_id")
        with self._transaction():
            self._owe(payment, webhook)

    def taken(self) -> tuple[int, int]:
        """Kopecks of all succeeded payments, and how many they are."""
        with self._lock:
            row = self._rows.execute(
                "SELECT COALESCE(SUM(amount), 0), COUNT(*) FROM payments WHERE status = 'succeeded'"
            ).fetchone()
        return row[0], row[1]

    def owed(self) -> int:
        """How many notifications nobody has answered with 200 yet, those that are to be late among them."""
        with self._lock:
            row = self._rows.execute(
                "SELECT COUNT(*) FROM notifications WHERE since > ?",
                ((self._now() - _NOTIFYING).timestamp(),),
            ).fetchone()
        return int(row[0])

    def due_notifications(self) -> list[Notification]:
        """What has to be sent now. After a day the provider gives up."""
        now = self._now()
        with self._lock:
            rows = self._rows.execute(
                "SELECT number, body FROM notifications WHERE due <= ? AND since > ? ORDER BY number",
                (now.timestamp(), (now - _NOTIFYING).timestamp()),
            ).fetchall()
        return [Notification(row["number"], row["body"]) for row in rows]

    def delivered(self, notification: Notification) -> None:
        with self._transaction():
            self._rows.execute("DELETE FROM notifications WHERE number = ?", (notification.number,))

    def undelivered(self, notification: Notification) -> None:
        """Not answered with 200: sent again after a pause that doubles."""
        with self._transaction():
            (tries,) = self._rows.execute(
                "SELECT tries FROM notifications WHERE number = ?", (notification.number,)
            ).fetchone()
            pause = min(timedelta(seconds=2 ** min(tries, _DOUBLINGS)), _LONGEST_PAUSE)
            self._rows.execute(
                "UPDATE notifications SET tries = tries + 1, due = ? WHERE number = ?",
                ((self._now() + pause).timestamp(), notification.number),
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing; a change inside a larger one is part of it."""
        with self._lock:
            if self._rows.in_transaction:
                yield
                return
            self._rows.execute("BEGIN")
            with self._rows:
                yield

    def _row(self, payment_id: str) -> sqlite3.Row:
        with self._lock:
            query = self._rows.execute("SELECT * FROM payments WHERE id = ?", (payment_id,))
            row: sqlite3.Row | None = query.fetchone()
        if row is None:
            raise ApiError(404, "not_found", "Payment doesn't exist or access denied", "payment_id")
        return row

    def _end(self, payment_id: str, changes: Payment, webhook: Webhook) -> Payment:
        with self._transaction():
            payment = self.find(payment_id)
            if payment["status"] != "pending":
                raise InvalidRequest("The payment is not pending any more", "payment_id")
            payment |= changes
            del payment["confirmation"]
            self._rows.execute(
                "UPDATE payments SET status = ?, payment = ? WHERE id = ?",
                (payment["status"], _write(payment), payment_id),
            )
            self._owe(payment, webhook)
        return payment

    def _owe(self, payment: Payment, webhook: Webhook) -> None:
        body = {"type": "notification", "event": f"payment.{payment['status']}", "object": payment}
        due = (self._now() + webhook.delay).timestamp()
        self._rows.executemany(
            "INSERT INTO notifications (body, since, due) VALUES (?, ?, ?)",
            [(_write(body), due, due)] * webhook.times,
        )


def _selected(row: sqlite3.Row, selection: Selection) -> bool:
    return (
        (selection.before is None or row["number"] < selection.before)
        and selection.status in (None, row["status"])
        and all(
            _COMPARE[bound](row["created_at"], moment.timestamp())
            for bound, moment in selection.bounds.items()
        )
    )


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _write(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False)


def _read(content: str) -> Payment:
    payment: Payment = json.loads(content)
    return payment
