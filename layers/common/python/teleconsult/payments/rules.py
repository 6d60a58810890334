"""Which payment is believed, and where its money goes. All amounts are kopecks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from teleconsult.ledger import rules as ledger
from teleconsult.ledger.rules import AT_PROVIDER, Border, Transfer
from teleconsult.refunds.model import Refund

CURRENCY = "RUB"

ReceiptKind = Literal["prepayment", "offset", "refund"]

# Between our clock and the provider's. Too much, and a refund made by hand just before passes for ours; too
# little, and ours does not.
_CLOCKS_APART = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment as the provider shows it (§6).

    `status`: pending, waiting_for_capture, succeeded or canceled. `booking_id` and `attempt` are what we
    said when it was created; None where somebody else did. `refunded`: kopecks of its succeeded refunds.
    """

    payment_id: str
    status: str
    paid: bool
    amount: int
    currency: str
    shop_id: str
    booking_id: str | None
    attempt: int | None
    confirmation_url: str | None
    created_at: datetime
    refunded: int = 0

    @property
    def succeeded(self) -> bool:
        """Whether the money is ours."""
        return self.status == "succeeded" and self.paid


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRefund:
    """A refund as the provider shows it (§6).

    `status`: pending, succeeded or canceled, then with a `reason`. `amount`: kopecks. `refund_id` is ours,
    said when it was created; None where somebody else did, at the provider's desk say.
    """

    provider_refund_id: str
    status: str
    amount: int
    currency: str
    payment_id: str
    refund_id: str | None
    reason: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A fiscal receipt that is to be made (§5, 54-FZ).

    `prepayment`: money came in for a payment. `offset`: the consultation that was paid in advance was held.
    `refund`: money went back, by `provider_refund_id`. `amount`: kopecks. `vat_code` (1-12) and
    `tax_system_code` (1-6) are the provider's. The `email` is personal: no repr of a receipt shows it.
    """

    kind: ReceiptKind
    payment_id: str
    provider_refund_id: str | None
    amount: int
    email: str = field(repr=False)
    vat_code: int
    tax_system_code: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRegistration:
    """What became of a receipt on its way to the tax service: pending, succeeded or canceled.

    `kind` and `amount` (kopecks) are what it is of; None where it has not the form of ours: made by somebody
    else, at the provider's desk say.
    """

    receipt_id: str
    status: str
    kind: ReceiptKind | None = None
    amount: int | None = None


def mismatches(
    payment: Payment, *, shop_id: str, booking_id: str, attempt: int, payment_id: str | None
) -> tuple[str, ...]:
    """What of a re-read payment is not as our books have it; believed only if nothing (§6).

    `payment_id`: the one stored with the attempt, None if its creation was never answered.
    """
    checks = {
        "payment_id": payment.payment_id == payment_id,
        "shop": payment.shop_id == shop_id,
        "currency": payment.currency == CURRENCY,
        "booking": payment.booking_id == booking_id,
        "attempt": payment.attempt == attempt,
    }
    return tuple(name for name, holds in checks.items() if not holds)


def comes_from(address: str, networks: Sequence[str]) -> bool:
    """Whether an address is of the provider's networks (CIDR), where it is said which these are (§6)."""
    if not networks:
        return True
    from ipaddress import ip_address, ip_network  # 5 ms of a cold start, for whoever wants them

    return any(ip_address(address) in ip_network(each) for each in networks)


def pays_in_full(amount: int, due: int) -> bool:
    """Whether a payment covers what the booking still owes (Edge cases: Paid less / more than the price)."""
    return amount >= due


def split(
    payment_id: str,
    booking_id: str,
    holder_id: str,
    *,
    amount: int,
    due: int,
    live: bool,
    border: Border = AT_PROVIDER,
) -> tuple[Transfer, ...]:
    """Who gets the money of a payment (Edge cases: late, second, less or more than the price), whether the
    provider took it or the desk.

    `due`: what the booking still owes. A booking that is over or owes nothing takes nothing, and all goes to
    the holder's balance. A live one takes what it owes, and the rest goes to the balance.
    """
    if not live or due <= 0:
        return (ledger.payment_to_balance(payment_id, booking_id, holder_id, amount, border),)
    taken = ledger.payment_received(payment_id, booking_id, min(amount, due), border)
    if amount > due:
        return taken, ledger.surplus_to_balance(payment_id, booking_id, holder_id, amount - due, border)
    return (taken,)


def refund_mismatches(found: ProviderRefund, refund: Refund) -> tuple[str, ...]:
    """What of a refund at the provider is not as our books have it; believed only if nothing (§6)."""
    checks = {
        "refund_id": found.refund_id in (None, refund.refund_id),
        "provider_refund_id": refund.provider_refund_id in (None, found.provider_refund_id),
        "payment_id": found.payment_id == refund.payment_id,
        "amount": found.amount == refund.amount,
        "currency": found.currency == CURRENCY,
    }
    return tuple(name for name, holds in checks.items() if not holds)


def may_be_behind(found: ProviderRefund, refund: Refund) -> bool:
    """Whether a refund of the payment at the provider may be this one of ours: it says so; or it says
    nothing, is as large, and was made since this one was asked for."""
    if found.refund_id is not None:
        return found.refund_id == refund.refund_id
    return found.amount == refund.amount and found.created_at >= refund.asked_at - _CLOCKS_APART
