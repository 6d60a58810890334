"""A fiscal receipt that a transfer asks for, and how far it has come."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from teleconsult.payments.rules import ReceiptKind


class ReceiptStatus(StrEnum):
    """`due`: still to be made, as far as we know. `pending`: the provider has it, the tax service has not.

    `canceled`: it is not made, and nobody tries any more.
    """

    DUE = "due"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


class Failure(StrEnum):
    """Why a receipt ended without success. `gave_up`: it was tried for as long as it is tried at all."""

    REFUSED = "refused"
    CANCELED = "canceled_by_provider"
    GAVE_UP = "gave_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A receipt that follows from the books. `amount`: kopecks. `refund_id`: ours, of a refund's receipt."""

    receipt_id: str
    booking_id: str
    kind: ReceiptKind
    payment_id: str
    amount: int
    refund_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FiscalReceipt:
    """A receipt as its row stands. Whom it goes to is not in it.

    `vat_code`, `tax_system_code`: as they were set when it became due, so that it is always asked for in the
    same words. `tries`: how often the provider was spoken to, `asked_at`: for the first time.
    """

    owed: Owed
    status: ReceiptStatus
    created_at: datetime
    vat_code: int
    tax_system_code: int | None
    tries: int = 0
    asked_at: datetime | None = None
    provider_receipt_id: str | None = None
    failure: Failure | None = None
    ended_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether it is still carried on with."""
        return self.status in (ReceiptStatus.DUE, ReceiptStatus.PENDING) and self.failure is None
