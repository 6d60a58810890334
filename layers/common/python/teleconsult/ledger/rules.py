"""Accounts and transfers, as the table of §5 has them. All amounts are kopecks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from teleconsult.platform import ids

PROVIDER = "provider"
"""Money at the payment provider. Goes below zero by its nature: money enters the books there."""

DESK = "desk"
"""Money that the clinic takes and pays out itself: its cash desk and its bank account. Goes below zero as
`provider` does, and for the same reason."""

REVENUE = "revenue"
"""Money the clinic has earned."""

ReturnReason = Literal["not_held", "cancelled", "expired"]

_BOUNDED_KINDS = frozenset({"held", "balance", "refund"})
_SETTLING = ("rev:", "back:")
_CLOSING = (*_SETTLING, "rfs:", "rfx:")
_CORRECTION = "rev-of:"
_PAYMENT = "payment:"


@dataclass(frozen=True, slots=True)
class Border:
    """An account where money enters the books and leaves them: how what enters there is named.

    `source`: the beginning of a lot's source. `pay`, `late`, `over`: of the ids of transfers (§5).
    """

    account: str
    source: str
    pay: str
    late: str
    over: str

    def source_of(self, payment_id: str) -> str:
        """The source of a payment's money."""
        return self.source + payment_id

    def ids_of(self, payment_id: str) -> tuple[str, str, str]:
        """The transfers by which a payment's money may stand in the books."""
        return self.pay + payment_id, self.late + payment_id, self.over + payment_id


AT_PROVIDER = Border(PROVIDER, _PAYMENT, "pay:", "late:", "over:")
AT_DESK = Border(DESK, "desk:", "dsk:", "dsk-late:", "dsk-over:")
_BORDERS = (AT_PROVIDER, AT_DESK)


@dataclass(frozen=True, slots=True)
class Lot:
    """Kopecks of one source (`payment:<id>`, `desk:<id>`), with us since that moment (UTC)."""

    source: str
    since: datetime
    amount: int


@dataclass(frozen=True, slots=True)
class Transfer:
    """Money going once from `debit` to `credit`: what the first account loses, the second gains (§5).

    `source` names what it is about: `payment:<id>`, `desk:<id>`, `booking:<id>` or, of a correction,
    `transfer:<id>`.
    `lots`: what it consists of, where the debited account does not keep that (a correction of earned money).
    """

    transfer_id: str
    debit: str
    credit: str
    amount: int
    reason: str
    booking_id: str
    source: str
    lots: tuple[Lot, ...] = ()

    def __post_init__(self) -> None:
        if self.amount <= 0:
            raise ValueError("a transfer moves more than nothing")
        if self.debit == self.credit:
            raise ValueError("a transfer has two sides")
        if kind(self.debit) == kind(self.credit) == "balance":
            raise ValueError("money does not go from one holder to another")
        if self.lots and sum(lot.amount for lot in self.lots) != self.amount:
            raise ValueError("a transfer moves what it consists of")

    @property
    def content_hash(self) -> str:
        """Tells a repeat from other content under the same id (§5). The lots follow from the accounts."""
        return ids.content_hash({name: getattr(self, name) for name in CONTENT})


CONTENT = ("transfer_id", "debit", "credit", "amount", "reason", "booking_id", "source")
"""The fields that make a transfer what it is."""


def held(booking_id: str) -> str:
    """The account of what has been paid for one booking and is not yet earned or given back."""
    return f"held:{booking_id}"


def balance(holder_id: str) -> str:
    """The holder's «лицевой счёт» (S15)."""
    return f"balance:{holder_id}"


def refund(refund_id: str) -> str:
    """The account of one refund on its way."""
    return f"refund:{refund_id}"


def kind(account: str) -> str:
    """`held`, `balance`, `refund`, `provider`, `desk` or `revenue`."""
    return account.partition(":")[0]


def bounded(account: str) -> bool:
    """Whether the account may not go below zero (§5). The others are hot: summed, never locked."""
    return kind(account) in _BOUNDED_KINDS


def statement(transfer: Transfer) -> str | None:
    """The balance whose statement shows this transfer, if any."""
    return next((side for side in (transfer.debit, transfer.credit) if kind(side) == "balance"), None)


def with_provider(transfer: Transfer) -> bool:
    """Whether it says what the provider took from somebody, or gave back."""
    return PROVIDER in (transfer.debit, transfer.credit)


def payment_of(source: str) -> str | None:
    """The payment at the provider that a lot or a transfer came from; None for any other source."""
    return source.removeprefix(_PAYMENT) if source.startswith(_PAYMENT) else None


def entered_by(source: str) -> tuple[Border, str] | None:
    """Where the money of a lot or a transfer entered the books, and the payment's id there; None for any
    other source."""
    for border in _BORDERS:
        if source.startswith(border.source):
            return border, source.removeprefix(border.source)
    return None


def change(transfer: Transfer, account: str) -> int:
    """What the account gains by the transfer; negative for what it loses."""
    return transfer.amount * ((account == transfer.credit) - (account == transfer.debit))


def closes(transfer: Transfer) -> bool:
    """Whether it ends a booking or a refund, which then holds nothing (§5): it must take all that is
    there. A correction that settles a booking anew does so too."""
    if transfer.transfer_id.startswith(_CORRECTION):
        return kind(transfer.debit) == "held"
    return transfer.transfer_id.startswith(_CLOSING)


def payment_received(payment_id: str, booking_id: str, amount: int, border: Border = AT_PROVIDER) -> Transfer:
    """Payment for a live booking (§5)."""
    return Transfer(
        transfer_id=border.pay + payment_id,
        debit=border.account,
        credit=held(booking_id),
        amount=amount,
        reason="payment",
        booking_id=booking_id,
        source=border.source_of(payment_id),
    )


def payment_to_balance(
    payment_id: str, booking_id: str, holder_id: str, amount: int, border: Border = AT_PROVIDER
) -> Transfer:
    """A payment after expiry, or a second one (Edge cases: Payment reaches us after expiry)."""
    return Transfer(
        transfer_id=border.late + payment_id,
        debit=border.account,
        credit=balance(holder_id),
        amount=amount,
        reason="late_payment",
        booking_id=booking_id,
        source=border.source_of(payment_id),
    )


def surplus_to_balance(
    payment_id: str, booking_id: str, holder_id: str, amount: int, border: Border = AT_PROVIDER
) -> Transfer:
    """What a payment brought above the price (Edge cases: Paid less / more than the price)."""
    return Transfer(
        transfer_id=border.over + payment_id,
        debit=border.account,
        credit=balance(holder_id),
        amount=amount,
        reason="surplus",
        booking_id=booking_id,
        source=border.source_of(payment_id),
    )


def paid_from_balance(booking_id: str, holder_id: str, number: int, amount: int) -> Transfer:
    """The booking's `number`-th payment from the holder's balance (§5)."""
    return Transfer(
        transfer_id=f"bal:{booking_id}:{number}",
        debit=balance(holder_id),
        credit=held(booking_id),
        amount=amount,
        reason="paid_from_balance",
        booking_id=booking_id,
        source=f"booking:{booking_id}",
    )


def revenue_recognised(booking_id: str, amount: int) -> Transfer:
    """The consultation was held: what was held for it is earned (§5)."""
    return Transfer(
        transfer_id=f"rev:{booking_id}",
        debit=held(booking_id),
        credit=REVENUE,
        amount=amount,
        reason="held",
        booking_id=booking_id,
        source=f"booking:{booking_id}",
    )


def returned_to_balance(booking_id: str, holder_id: str, amount: int, reason: ReturnReason) -> Transfer:
    """Not held, cancelled, or expired with money: all of it stays with the holder (S15)."""
    return Transfer(
        transfer_id=f"back:{booking_id}",
        debit=held(booking_id),
        credit=balance(holder_id),
        amount=amount,
        reason=reason,
        booking_id=booking_id,
        source=f"booking:{booking_id}",
    )


def refund_asked(
    refund_id: str,
    payment_id: str,
    booking_id: str,
    holder_id: str,
    amount: int,
    border: Border = AT_PROVIDER,
) -> Transfer:
    """The holder asks for money of one payment back: it leaves the balance at once (§5)."""
    return Transfer(
        transfer_id=f"rfq:{refund_id}",
        debit=balance(holder_id),
        credit=refund(refund_id),
        amount=amount,
        reason="refund_asked",
        booking_id=booking_id,
        source=border.source_of(payment_id),
    )


def refund_succeeded(
    refund_id: str, payment_id: str, booking_id: str, amount: int, border: Border = AT_PROVIDER
) -> Transfer:
    """The provider gave the money back, or the desk paid it out (§5)."""
    return Transfer(
        transfer_id=f"rfs:{refund_id}",
        debit=refund(refund_id),
        credit=border.account,
        amount=amount,
        reason="refund_succeeded",
        booking_id=booking_id,
        source=border.source_of(payment_id),
    )


def refund_refused(
    refund_id: str,
    payment_id: str,
    booking_id: str,
    holder_id: str,
    amount: int,
    border: Border = AT_PROVIDER,
) -> Transfer:
    """It did not go back: the money is on the balance again (Edge cases: Refund asked for)."""
    return Transfer(
        transfer_id=f"rfx:{refund_id}",
        debit=refund(refund_id),
        credit=balance(holder_id),
        amount=amount,
        reason="refund_refused",
        booking_id=booking_id,
        source=border.source_of(payment_id),
    )


def correction(corrected: Transfer) -> Transfer:
    """The opposite of a transfer that settled a booking, or of such a correction (§5: never an edit).

    What the provider took or gave back is a fact, and what a holder spent is theirs to undo: neither is
    corrected.

    Raises:
        ValueError: such a transfer, or one whose lots are not known.
    """
    if not corrected.transfer_id.split(_CORRECTION)[-1].startswith(_SETTLING):
        raise ValueError(f"{corrected.transfer_id} is not corrected")
    if not corrected.lots:
        raise ValueError("what is corrected is read from the books")
    return Transfer(
        transfer_id=_CORRECTION + corrected.transfer_id,
        debit=corrected.credit,
        credit=corrected.debit,
        amount=corrected.amount,
        reason="correction",
        booking_id=corrected.booking_id,
        source=f"transfer:{corrected.transfer_id}",
        lots=corrected.lots if corrected.credit == REVENUE else (),
    )
