"""Refunds: never more than is left of a payment that succeeded."""

import secrets
import sqlite3
from typing import TYPE_CHECKING

from local.sandbox.messages import ApiError, InvalidRequest
from local.sandbox.notifications import Notifications
from local.sandbox.order import RefundOrder, Selection, kopecks
from local.sandbox.outcomes import Outcome, Outcomes, dumped, loaded
from local.sandbox.state import State, Thing, iso, money, read, write

if TYPE_CHECKING:
    from local.sandbox.shop import Shop


class Refunds:
    """The shop's refunds."""

    def __init__(self, shop: "Shop", state: State, notifications: Notifications) -> None:
        self._shop = shop
        self._state = state
        self._notifications = notifications
        self._outcomes = Outcomes(state, "refund")

    def want(self, payment_id: str, outcome: Outcome) -> None:
        """How refunds of this payment end from now on.

        Raises:
            ApiError: 404, no such payment.
        """
        self._shop.find(payment_id)
        self._outcomes.want(payment_id, outcome)

    def create(self, order: RefundOrder) -> Thing:
        """Give money back.

        Raises:
            ApiError: 404, no such payment; 403, where that is wanted.
            InvalidRequest: it did not succeed, or not so much is left of it.
        """
        with self._state.transaction():
            payment = self._shop.find(order.payment_id)
            if payment["status"] != "succeeded":
                raise InvalidRequest("The payment is not succeeded: nothing to refund", "payment_id")
            amount = kopecks(order.value)
            if amount > self._left(payment):
                raise InvalidRequest("The amount is more than is left of the payment", "amount.value")
            outcome = self._outcomes.of(order.payment_id)
            if outcome.status == "forbidden":
                raise ApiError(403, "forbidden", "Not allowed to refund this payment")
            refund = self._written(order, outcome, amount)
            self._enter(refund, outcome)
            return refund

    def find(self, refund_id: str) -> Thing:
        """The refund as it is now.

        Raises:
            ApiError: 404.
        """
        self.end_pending()
        row = self._state.one("SELECT refund FROM refunds WHERE id = ?", refund_id)
        if row is None:
            raise ApiError(404, "not_found", "Refund doesn't exist or access denied", "refund_id")
        return read(row["refund"])

    def select(self, selection: Selection) -> tuple[list[Thing], int | None]:
        """One page, newest first, and where the next begins."""
        self.end_pending()
        return self._state.page("refunds", "refund", selection)

    def end_pending(self) -> None:
        """What was to be pending for a while, and has been."""
        now = self._state.now().timestamp()
        if not self._state.one("SELECT 1 FROM refunds WHERE ends_at <= ?", now):
            return
        with self._state.transaction():
            for row in self._state.all("SELECT refund, outcome FROM refunds WHERE ends_at <= ?", now):
                refund, outcome = read(row["refund"]), loaded(row["outcome"])
                refund |= _ending(outcome.then, outcome)
                self._state.run(
                    "UPDATE refunds SET status = ?, ends_at = NULL, refund = ? WHERE id = ?",
                    *(refund["status"], write(refund), refund["id"]),
                )
                self._enter(refund, outcome)

    def total(self) -> tuple[int, int]:
        """Kopecks of all succeeded refunds, and how many they are."""
        row: sqlite3.Row | None = self._state.one(
            "SELECT COALESCE(SUM(amount), 0) AS amount, COUNT(*) AS refunds FROM refunds"
            " WHERE status = 'succeeded'"
        )
        return (row["amount"], row["refunds"]) if row else (0, 0)

    def _left(self, payment: Thing) -> int:
        row = self._state.one(
            "SELECT COALESCE(SUM(amount), 0) AS gone FROM refunds"
            " WHERE payment_id = ? AND status <> 'canceled'",
            payment["id"],
        )
        return kopecks(payment["amount"]["value"]) - (row["gone"] if row else 0)

    def _written(self, order: RefundOrder, outcome: Outcome, amount: int) -> Thing:
        now = self._state.now()
        refund = {
            "id": f"{secrets.token_hex(4)}-0015-5000-8000-{secrets.token_hex(6)}",
            "payment_id": order.payment_id,
            **_ending(outcome.status, outcome),
            "created_at": iso(now),
            "amount": {"value": order.value, "currency": order.currency},
            **({} if order.description is None else {"description": order.description}),
            **({"metadata": dict(order.metadata)} if order.metadata else {}),
        }
        ends = outcome.status == "pending" and outcome.after is not None
        self._state.run(
            "INSERT INTO refunds (id, payment_id, status, amount, created_at, ends_at, outcome, refund)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            *(refund["id"], order.payment_id, refund["status"], amount, now.timestamp()),
            (now + outcome.after).timestamp() if ends and outcome.after is not None else None,
            *(dumped(outcome), write(refund)),
        )
        return refund

    def _enter(self, refund: Thing, outcome: Outcome) -> None:
        """A refund that succeeded changes its payment, and only that is notified of."""
        if refund["status"] != "succeeded":
            return
        payment = self._shop.find(refund["payment_id"])
        refunded = kopecks(payment["refunded_amount"]["value"]) + kopecks(refund["amount"]["value"])
        payment["refunded_amount"] = money(refunded)
        payment["refundable"] = refunded < kopecks(payment["amount"]["value"])
        self._shop.keep(payment)
        subject = payment["metadata"].get("booking_id", payment["id"])
        self._notifications.owe("refund.succeeded", refund, subject, outcome.webhook)


def _ending(status: str, outcome: Outcome) -> Thing:
    if status != "canceled":
        return {"status": status}
    details = {"party": "payment_network", "reason": outcome.reason}
    return {"status": status, "cancellation_details": details}
