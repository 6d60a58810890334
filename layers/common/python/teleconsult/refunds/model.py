"""A refund as its row holds it: of one payment, asked for by a holder or an operator. No personal data."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RefundStatus(StrEnum):
    """Where a refund is: asked for, taken by the provider, or ended."""

    ASKED = "asked"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    REFUSED = "refused"

    @property
    def ended(self) -> bool:
        return self in (RefundStatus.SUCCEEDED, RefundStatus.REFUSED)


class RefundWay(StrEnum):
    """The way that money goes back, which is the one that it came: the provider's, or the clinic's desk."""

    PROVIDER = "provider"
    DESK = "desk"


class AskedFor(StrEnum):
    """Why an operator asks for a refund; a holder need not say it."""

    PATIENT_REQUEST = "patient_request"
    NOT_HELD = "not_held"
    PAID_TWICE = "paid_twice"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """`amount`: kopecks. `booking_id`: the one that the payment was made for. Times are UTC.

    `payment_id`: at the provider, or one that the desk took in. `asked_by`: the holder, or `staff:<id>`.
    `request_hash`: tells a repeated request from another one under its key. `due_at`: when the sweep looks at
    it again; None once it has ended. `refusal`: the code of why the money did not go back. `document`: the
    number of what the desk paid out by. `task`: why an operator has to look at it, a code.
    """

    refund_id: str
    holder_id: str
    payment_id: str
    booking_id: str
    amount: int
    status: RefundStatus
    asked_at: datetime
    asked_by: str
    request_hash: str
    asked_for: AskedFor | None = None
    due_at: datetime | None = None
    provider_refund_id: str | None = None
    ended_at: datetime | None = None
    refusal: str | None = None
    way: RefundWay = RefundWay.PROVIDER
    document: str | None = None
    task: str | None = None
