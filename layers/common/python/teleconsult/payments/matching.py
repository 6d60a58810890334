"""Theirs and ours: where the provider and our books say different things about the same money (§5). Pure.

Amounts are kopecks. A payment is created on one day and booked on another, so what a window shows on one side
only is suspected; whether it differs is judged by what both sides say of it whenever it was.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, TypeVar

from teleconsult.ledger import rules as ledger
from teleconsult.ledger.rules import Transfer
from teleconsult.payments.rules import CURRENCY, Payment, ProviderRefund

Kind = Literal[
    "payment_not_booked",
    "payment_other_amount",
    "payment_not_succeeded",
    "payment_foreign",
    "payment_not_ours",
    "refund_not_booked",
    "refund_other_amount",
    "refund_not_succeeded",
    "refund_foreign",
    "refund_at_desk",
    "refund_not_ours",
    "unanswered",
]

REPAIRABLE = frozenset({"payment_not_booked", "refund_not_booked"})
"""What the provider knows and we have not heard of: the code of its notification books it."""

NOT_OURS = frozenset({"payment_not_ours", "refund_not_ours"})
"""Money of the shop that was for no booking: taken at the provider's desk, say. Listed, and no difference."""

Key = TypeVar("Key", str, tuple[str, str])

_SUCCEEDED = "succeeded"
_REFUND = "rfs:"
_PAID = ("pay:", "late:", "over:")


@dataclass(frozen=True, slots=True)
class Window:
    """Whole UTC days, `first` until before `end`."""

    first: date
    end: date

    def __post_init__(self) -> None:
        if self.first >= self.end:
            raise ValueError("a window has at least one day")

    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.end - self.first).days)]


@dataclass(frozen=True, slots=True)
class Difference:
    """`about`: a payment's id, the id of a refund of ours or, where nobody here asked for it, the provider's.

    `theirs`, `ours`: what went to us, or back, by the provider and by our books; None where that could not be
    asked (`unanswered`).
    """

    kind: Kind
    about: str
    theirs: int | None
    ours: int | None


@dataclass(frozen=True, slots=True)
class Suspects:
    """What a window shows on one side otherwise than on the other, in a set order.

    `payments`: their ids. `refunds`: ours, with their payments. `nobodys`: those that nobody asked for here.
    """

    payments: tuple[str, ...]
    refunds: tuple[tuple[str, str], ...]
    nobodys: tuple[ProviderRefund, ...]


def suspects(
    payments: Iterable[Payment], refunds: Iterable[ProviderRefund], ours: Iterable[Transfer], shop_id: str
) -> Suspects:
    """Compare what the provider created and what we booked in one window."""
    taken: Counter[str] = Counter()
    back: Counter[tuple[str, str]] = Counter()
    foreign: set[str] = set()
    nobodys = []
    for payment in payments:
        if payment.succeeded:
            taken[payment.payment_id] += payment.amount
            if not _fits(payment, shop_id):
                foreign.add(payment.payment_id)
    for refund in refunds:
        if refund.status == _SUCCEEDED and refund.refund_id is None:
            nobodys.append(refund)
        elif refund.status == _SUCCEEDED:
            # Of another currency, no sum of ours is the same.
            amount = refund.amount if refund.currency == CURRENCY else -refund.amount
            back[str(refund.refund_id), refund.payment_id] += amount
    booked: Counter[str] = Counter()
    booked_back: Counter[tuple[str, str]] = Counter()
    for transfer in ours:
        payment_id = ledger.payment_of(transfer.source) or ""
        if transfer.transfer_id.startswith(_REFUND):
            booked_back[transfer.transfer_id.removeprefix(_REFUND), payment_id] += transfer.amount
        else:
            booked[payment_id] += transfer.amount
    return Suspects(
        tuple(sorted(foreign.union(_unlike(taken, booked)))),
        tuple(sorted(_unlike(back, booked_back))),
        tuple(sorted(nobodys, key=lambda each: each.provider_refund_id)),
    )


def paid_by(payment_id: str) -> tuple[str, ...]:
    """The transfers that may have booked a payment."""
    return tuple(f"{kind}{payment_id}" for kind in _PAID)


def refunded_by(refund_id: str) -> str:
    """The transfer that booked a refund."""
    return f"{_REFUND}{refund_id}"


def of_payment(
    payment_id: str, theirs: Payment | None, ours: Sequence[Transfer], shop_id: str
) -> Difference | None:
    """How a payment differs, by all that both sides know of it. `theirs`: None where they have none."""
    booked = sum(transfer.amount for transfer in ours)
    taken = theirs.amount if theirs and theirs.succeeded else 0
    if taken == booked == 0:
        return None
    kind: Kind | None = None
    if theirs is None or not theirs.succeeded:
        kind = "payment_not_succeeded"
    elif not booked and not (theirs.booking_id and theirs.attempt):
        kind = "payment_not_ours"
    elif not _fits(theirs, shop_id):
        kind = "payment_foreign"
    elif not booked:
        kind = "payment_not_booked"
    elif taken != booked:
        kind = "payment_other_amount"
    return Difference(kind, payment_id, taken, booked) if kind else None


def given_back(refund_id: str, refunds: Iterable[ProviderRefund]) -> list[ProviderRefund]:
    """Those of a payment's refunds that succeeded under our id."""
    return [each for each in refunds if each.refund_id == refund_id and each.status == _SUCCEEDED]


def of_refund(
    refund_id: str, payment_id: str, own: Sequence[ProviderRefund], ours: Transfer | None
) -> Difference | None:
    """How a refund of ours differs. `own`: those of theirs that succeeded under our id; `ours`: the transfer.

    Where more than one succeeded, more went back than was asked for.
    """
    back = sum(each.amount for each in own)
    same_payment = ours is not None and ledger.payment_of(ours.source) == payment_id
    booked = ours.amount if ours and same_payment else 0
    if back == booked and all(each.currency == CURRENCY for each in own):
        return None
    kind: Kind = "refund_other_amount"
    if any(each.currency != CURRENCY for each in own):
        kind = "refund_foreign"
    elif not own:
        kind = "refund_not_succeeded"
    elif ours is None:
        kind = "refund_not_booked" if len(own) == 1 else "refund_other_amount"
    return Difference(kind, refund_id, back, booked)


def of_nobodys(refund: ProviderRefund, of_ours: bool) -> Difference:
    """A refund that nobody here asked for. `of_ours`: its payment is in our books, or was for a booking."""
    kind: Kind = "refund_at_desk" if of_ours else "refund_not_ours"
    return Difference(kind, refund.provider_refund_id, refund.amount, 0)


def _unlike(theirs: Counter[Key], ours: Counter[Key]) -> set[Key]:
    return {key for key in theirs.keys() | ours.keys() if theirs[key] != ours[key]}


def _fits(payment: Payment, shop_id: str) -> bool:
    return (payment.currency, payment.shop_id) == (CURRENCY, shop_id)
