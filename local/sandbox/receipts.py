"""Fiscal receipts, each made in a request of its own."""

import secrets
from typing import TYPE_CHECKING

from local.sandbox.messages import ApiError, InvalidRequest
from local.sandbox.order import Selection
from local.sandbox.outcomes import Outcome, Outcomes, dumped, loaded
from local.sandbox.receipt_order import ReceiptOrder
from local.sandbox.state import State, Thing, iso, read, write

if TYPE_CHECKING:
    from local.sandbox.shop import Shop

_PAID = ("waiting_for_capture", "succeeded")


class Receipts:
    """The shop's receipts. Whom they go to is not kept."""

    def __init__(self, shop: "Shop", state: State) -> None:
        self._shop = shop
        self._state = state
        self._outcomes = Outcomes(state, "receipt")

    def want(self, payment_id: str, outcome: Outcome) -> None:
        """What becomes of receipts about this payment and its refunds from now on.

        Raises:
            ApiError: 404, no such payment.
        """
        self._shop.find(payment_id)
        self._outcomes.want(payment_id, outcome)

    def create(self, order: ReceiptOrder) -> Thing:
        """Have a receipt made.

        Raises:
            ApiError: 404, no such payment or refund; 403, where that is wanted.
            InvalidRequest: the payment did not succeed, or the refund was canceled.
        """
        with self._state.transaction():
            payment_id = self._payment_of(order)
            outcome = self._outcomes.of(payment_id)
            if outcome.status == "forbidden":
                raise ApiError(403, "forbidden", "Not allowed to make this receipt")
            return self._written(order, payment_id, outcome)

    def find(self, receipt_id: str) -> Thing:
        """The receipt as it is now.

        Raises:
            ApiError: 404.
        """
        self.end_pending()
        row = self._state.one("SELECT receipt FROM receipts WHERE id = ?", receipt_id)
        if row is None:
            raise ApiError(404, "not_found", "Receipt doesn't exist or access denied", "receipt_id")
        return read(row["receipt"])

    def select(self, selection: Selection) -> tuple[list[Thing], int | None]:
        """One page, newest first, and where the next begins."""
        self.end_pending()
        return self._state.page("receipts", "receipt", selection)

    def end_pending(self) -> None:
        """What was to be pending for a while, and has been."""
        now = self._state.now().timestamp()
        if not self._state.one("SELECT 1 FROM receipts WHERE ends_at <= ?", now):
            return
        with self._state.transaction():
            for row in self._state.all("SELECT receipt, outcome FROM receipts WHERE ends_at <= ?", now):
                receipt = read(row["receipt"])
                receipt |= self._ending(loaded(row["outcome"]).then)
                self._state.run(
                    "UPDATE receipts SET status = ?, ends_at = NULL, receipt = ? WHERE id = ?",
                    *(receipt["status"], write(receipt), receipt["id"]),
                )

    def _payment_of(self, order: ReceiptOrder) -> str:
        if order.refund_id is None:
            payment = self._shop.find(order.payment_id or "")
            if payment["status"] not in _PAID:
                raise InvalidRequest("The payment is not succeeded", "payment_id")
            return str(payment["id"])
        refund = self._shop.refunds.find(order.refund_id)
        if refund["status"] == "canceled":
            raise InvalidRequest("The refund is canceled", "refund_id")
        return str(refund["payment_id"])

    def _written(self, order: ReceiptOrder, payment_id: str, outcome: Outcome) -> Thing:
        now = self._state.now()
        receipt = {
            "id": f"rt_{secrets.token_hex(4)}-0984-50e8-a7f3-{secrets.token_hex(6)}",
            "type": order.type,
            "payment_id": payment_id,
            **({"refund_id": order.refund_id} if order.refund_id else {}),
            **self._ending(outcome.status),
            **({"tax_system_code": order.tax_system_code} if order.tax_system_code else {}),
            "items": order.items,
            "settlements": order.settlements,
        }
        ends = (now + outcome.after).timestamp() if outcome.after is not None else None
        self._state.run(
            "INSERT INTO receipts (id, payment_id, refund_id, status, created_at, ends_at, outcome, receipt)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            *(receipt["id"], payment_id, order.refund_id, receipt["status"], now.timestamp()),
            *(ends if outcome.status == "pending" else None, dumped(outcome), write(receipt)),
        )
        return receipt

    def _ending(self, status: str) -> Thing:
        if status != "succeeded":
            return {"status": status}
        return {
            "status": status,
            "fiscal_document_number": str(secrets.randbelow(9_000) + 1_000),
            "fiscal_storage_number": "9288000100115785",
            "fiscal_attribute": str(secrets.randbelow(10**10)),
            "registered_at": iso(self._state.now()),
            "fiscal_provider_id": secrets.token_hex(16),
        }
