"""Which fiscal receipts follow from which transfers, and how long one is tried (§5). Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from teleconsult.ledger import rules as ledger
from teleconsult.ledger.rules import Transfer
from teleconsult.payments.rules import ProviderRefund, ReceiptRegistration
from teleconsult.platform import ids
from teleconsult.receipts.model import FiscalReceipt, Owed, ReceiptStatus

FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=6)
_DOUBLINGS = 7  # 5 minutes doubled so often is more than the longest pause

TRIED_FOR = timedelta(days=3)
"""How long after it was first asked for a receipt is given up: then somebody has to make it by hand."""

SAFE_REPEAT = timedelta(hours=20)
"""How long the same key is surely the same receipt: the provider keeps keys for 24 hours (§6)."""

_TAKEN_IN = ("pay:", "over:", "late:")
_EARNED = "rev:"
_REFUNDED = "rfs:"
_KEY_LENGTH = 64


def of_one_payment(transfer_id: str) -> tuple[str, ...]:
    """The ids under which the money of the same payment may stand in the books; none for other transfers.

    One payment is posted in one transaction, so where one of them is, all of them are.
    """
    for prefix in _TAKEN_IN:
        if transfer_id.startswith(prefix):
            return tuple(each + transfer_id.removeprefix(prefix) for each in _TAKEN_IN)
    return ()


def follow(transfer: Transfer, payment: Sequence[Transfer] = ()) -> tuple[Owed, ...]:
    """The receipts that follow from a transfer: none from money that stays with us and is not earned.

    `payment`: all transfers by which its payment came in (`of_one_payment`). Whichever of them is looked at,
    the answer is the same: to the customer they are one payment.
    """
    if of_one_payment(transfer.transfer_id):
        return _prepayment(transfer, payment)
    if transfer.transfer_id.startswith(_EARNED):
        return _offsets(transfer)
    if transfer.transfer_id.startswith(_REFUNDED):
        return _refund(transfer)
    return ()


def _prepayment(transfer: Transfer, payment: Sequence[Transfer]) -> tuple[Owed, ...]:
    payment_id = ledger.payment_of(transfer.source)
    if payment_id is None:
        return ()
    return (
        Owed(
            receipt_id=f"prepayment:{payment_id}",
            booking_id=transfer.booking_id,
            kind="prepayment",
            payment_id=payment_id,
            amount=sum(each.amount for each in payment),
        ),
    )


def _offsets(earned: Transfer) -> tuple[Owed, ...]:
    """One for each payment that paid for the consultation, of what it paid."""
    return tuple(
        Owed(
            receipt_id=f"offset:{earned.booking_id}:{payment_id}",
            booking_id=earned.booking_id,
            kind="offset",
            payment_id=payment_id,
            amount=lot.amount,
        )
        for lot in earned.lots
        if (payment_id := ledger.payment_of(lot.source))
    )


def _refund(refunded: Transfer) -> tuple[Owed, ...]:
    refund_id = refunded.transfer_id.removeprefix(_REFUNDED)
    payment_id = ledger.payment_of(refunded.source)
    if payment_id is None:
        return ()
    return (
        Owed(
            receipt_id=f"refund:{refund_id}",
            booking_id=refunded.booking_id,
            kind="refund",
            payment_id=payment_id,
            amount=refunded.amount,
            refund_id=refund_id,
        ),
    )


def idempotence_key(receipt_id: str) -> str:
    """The provider's key of a receipt: its id, or a hash where that is longer than 64 characters (§6)."""
    return receipt_id if len(receipt_id) <= _KEY_LENGTH else ids.content_hash(receipt_id)


def pause_after(tries: int) -> timedelta:
    """How long a receipt rests after so many tries: 5 minutes, doubled each time, up to 6 hours."""
    doublings: int = 2 ** min(tries - 1, _DOUBLINGS)
    return min(FIRST_PAUSE * doublings, LONGEST_PAUSE)


def must_look_first(receipt: FiscalReceipt, now: datetime) -> bool:
    """Whether the provider may have made it and forgotten its key: then its receipts are looked through."""
    return receipt.asked_at is not None and now - receipt.asked_at >= SAFE_REPEAT


def gives_up(receipt: FiscalReceipt, now: datetime) -> bool:
    """Whether a try that has just failed was the last one."""
    return receipt.asked_at is not None and now - receipt.asked_at >= TRIED_FOR


def may_be(found: ReceiptRegistration, owed: Owed) -> bool:
    """Whether a receipt that the provider has of the same payment or refund is the one that is owed."""
    return found.status != "canceled" and (found.kind, found.amount) == (owed.kind, owed.amount)


def says_held(receipt: FiscalReceipt) -> bool:
    """Whether it tells the tax service that a consultation was held, or soon will."""
    return receipt.owed.kind == "offset" and (receipt.open or receipt.status is ReceiptStatus.SUCCEEDED)


def refund_of(owed: Owed, refunds: Sequence[ProviderRefund]) -> str | None:
    """The provider's id of the refund that a receipt is about; by its amount if it does not name ours."""
    succeeded = [each for each in refunds if each.status == "succeeded"]
    own = [each for each in succeeded if each.refund_id == owed.refund_id]
    unnamed = [each for each in succeeded if each.refund_id is None and each.amount == owed.amount]
    return next((each.provider_refund_id for each in own + unnamed), None)
