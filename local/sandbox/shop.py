"""The shop: its payments, and with them its refunds, receipts, notifications, and what is to go wrong."""

import secrets
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from local.sandbox.faults import Faults
from local.sandbox.messages import ApiError, InvalidRequest
from local.sandbox.notifications import Notification, Notifications, Webhook
from local.sandbox.order import Order, Selection, kopecks
from local.sandbox.outcomes import Outcome
from local.sandbox.receipts import Receipts
from local.sandbox.refunds import Refunds
from local.sandbox.state import State, Thing, iso, money, read, write

__all__ = ["Notification", "Outcome", "Shop", "Webhook"]

_ONCE = Webhook()


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
        self._state = State(file, now)
        self._notifications = Notifications(self._state)
        self.refunds = Refunds(self, self._state, self._notifications)
        self.receipts = Receipts(self, self._state)
        self.faults = Faults(self._state)

    def close(self) -> None:
        self._state.close()

    def once(self, call: str, key: str, request: Any, act: Callable[[], Thing]) -> Thing:
        """What `act` answers; under a key that was used, the first answer again.

        Raises:
            InvalidRequest: the key was used for another request.
        """
        return self._state.once(call, key, request, act)

    def create(self, order: Order) -> Thing:
        payment_id = f"{secrets.token_hex(4)}-000f-5000-8000-{secrets.token_hex(6)}"
        payment = {
            "id": payment_id,
            "status": "pending",
            "amount": {"value": order.value, "currency": order.currency},
            "description": order.description,
            "recipient": {"account_id": self.shop_id, "gateway_id": "1"},
            "created_at": iso(self._now()),
            "confirmation": {"type": "redirect", "confirmation_url": f"{self._url}/checkout/{payment_id}"},
            "test": True,
            "paid": False,
            "refundable": False,
            "metadata": dict(order.metadata),
        }
        if order.description is None:
            del payment["description"]
        self._state.run(
            "INSERT INTO payments (id, status, amount, created_at, return_url, payment)"
            " VALUES (?, 'pending', ?, ?, ?, ?)",
            *(payment_id, kopecks(order.value), self._now().timestamp(), order.return_url, write(payment)),
        )
        return payment

    def find(self, payment_id: str) -> Thing:
        """The payment as it is now.

        Raises:
            ApiError: 404.
        """
        return read(self._row(payment_id)["payment"])

    def keep(self, payment: Thing) -> None:
        """The payment as it is from now on."""
        self._state.run(
            "UPDATE payments SET status = ?, amount = ?, payment = ? WHERE id = ?",
            *(payment["status"], kopecks(payment["amount"]["value"]), write(payment), payment["id"]),
        )

    def about(self, thing_id: str) -> Iterator[str]:
        """The payment and the booking behind an id of a payment, a refund or a receipt, if there are any."""
        row = self._state.one(
            "SELECT id, payment FROM payments WHERE id IN"
            " (SELECT ? UNION SELECT payment_id FROM refunds WHERE id = ?"
            " UNION SELECT payment_id FROM receipts WHERE id = ?)",
            *(thing_id, thing_id, thing_id),
        )
        if row:
            yield row["id"]
            booking_id = read(row["payment"])["metadata"].get("booking_id")
            if booking_id:
                yield booking_id

    def return_url(self, payment_id: str) -> str:
        return str(self._row(payment_id)["return_url"])

    def select(self, selection: Selection) -> tuple[list[Thing], int | None]:
        """One page, newest first, and where the next begins."""
        return self._state.page("payments", "payment", selection)

    def pay(self, payment_id: str, webhook: Webhook = _ONCE, amount: int | None = None) -> Thing:
        """The patient paid: what was asked for, or another `amount` of kopecks."""
        made = {
            "status": "succeeded",
            "paid": True,
            "refundable": True,
            "captured_at": iso(self._now()),
            "refunded_amount": money(0),
            "payment_method": {
                "type": "bank_card",
                "id": payment_id,
                "saved": False,
                "title": "Bank card *4444",
            },
        }
        if amount is not None:
            made["amount"] = money(amount)
        return self._end(payment_id, made, webhook)

    def decline(self, payment_id: str, webhook: Webhook = _ONCE) -> Thing:
        """The bank, or the patient, refused."""
        details = {"party": "payment_network", "reason": "general_decline"}
        return self._end(payment_id, {"status": "canceled", "cancellation_details": details}, webhook)

    def advance(self) -> None:
        """What time has brought: payments nobody made, refunds and receipts that were pending for a while."""
        self.expire_pending()
        self.refunds.end_pending()
        self.receipts.end_pending()

    def expire_pending(self) -> None:
        """Cancel what has been pending for longer than a payment lives."""
        details = {"party": "yoo_money", "reason": "expired_on_confirmation"}
        oldest = (self._now() - self._pending).timestamp()
        sql = "SELECT id FROM payments WHERE status = 'pending' AND created_at < ?"
        if not self._state.one(sql, oldest):
            return
        with self._state.transaction():
            for row in self._state.all(sql, oldest):
                self._end(row["id"], {"status": "canceled", "cancellation_details": details}, Webhook())

    def notify(self, payment_id: str, webhook: Webhook = _ONCE) -> None:
        """Send the payment's notification, again if it was sent before."""
        payment = self.find(payment_id)
        if payment["status"] == "pending":
            raise InvalidRequest("A pending payment has no notification", "payment_id")
        with self._state.transaction():
            self._owe(payment, webhook)

    def taken(self) -> tuple[int, int]:
        """Kopecks of all succeeded payments, whatever was refunded of them, and how many they are."""
        row = self._state.one(
            "SELECT COALESCE(SUM(amount), 0) AS amount, COUNT(*) AS payments FROM payments"
            " WHERE status = 'succeeded'"
        )
        return (row["amount"], row["payments"]) if row else (0, 0)

    def refunded(self) -> tuple[int, int]:
        """Kopecks of all succeeded refunds, and how many they are."""
        return self.refunds.total()

    def owed(self) -> int:
        """How many notifications nobody has answered with 200 yet, those that are to be late among them."""
        return self._notifications.owed()

    def due_notifications(self) -> list[Notification]:
        """What has to be sent now. After a day the provider gives up."""
        return self._notifications.due()

    def delivered(self, notification: Notification) -> None:
        self._notifications.delivered(notification)

    def undelivered(self, notification: Notification) -> None:
        """Not answered with 200: sent again after a pause that doubles."""
        self._notifications.undelivered(notification)

    def _row(self, payment_id: str) -> sqlite3.Row:
        row = self._state.one("SELECT return_url, payment FROM payments WHERE id = ?", payment_id)
        if row is None:
            raise ApiError(404, "not_found", "Payment doesn't exist or access denied", "payment_id")
        return row

    def _end(self, payment_id: str, changes: Thing, webhook: Webhook) -> Thing:
        with self._state.transaction():
            payment = self.find(payment_id)
            if payment["status"] != "pending":
                raise InvalidRequest("The payment is not pending any more", "payment_id")
            payment |= changes
            del payment["confirmation"]
            self.keep(payment)
            self._owe(payment, webhook)
        return payment

    def _owe(self, payment: Thing, webhook: Webhook) -> None:
        subject = payment["metadata"].get("booking_id", payment["id"])
        self._notifications.owe(f"payment.{payment['status']}", payment, subject, webhook)
