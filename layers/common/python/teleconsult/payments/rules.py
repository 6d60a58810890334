"""Which payment is believed, and where its money goes. All amounts are kopecks."""

from dataclasses import dataclass
from datetime import datetime

from teleconsult.ledger import rules as ledger
from teleconsult.ledger.rules import Transfer

CURRENCY = "RUB"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment as the provider shows it (§6).

    `status`: pending, waiting_for_capture, succeeded or canceled. `booking_id` and `attempt` are what we
    said when it was created; None where somebody else did.
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

    @property
    def succeeded(self) -> bool:
        """Whether the money is ours."""
        return self.status == "succeeded" and self.paid


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


def pays_in_full(amount: int, due: int) -> bool:
    """Whether a payment covers what the booking still owes (Edge cases: Paid less / more than the price)."""
    return amount >= due


def split(
    payment_id: str, booking_id: str, holder_id: str, *, amount: int, due: int, live: bool
) -> tuple[Transfer, ...]:
    """Who gets the money of a succeeded payment (Edge cases: late, second, less or more than the price).

    `due`: what the booking still owes. A booking that is over or owes nothing takes nothing, and all goes to
    the holder's balance. A live one takes what it owes, and the rest goes to the balance.
    """
    if not live or due <= 0:
        return (ledger.payment_to_balance(payment_id, booking_id, holder_id, amount),)
    taken = ledger.payment_received(payment_id, booking_id, min(amount, due))
    if amount > due:
        return taken, ledger.surplus_to_balance(payment_id, booking_id, holder_id, amount - due)
    return (taken,)
