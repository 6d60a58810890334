"""Which money an account holds: each kopeck remembers the payment it came in with (§5, Refund asked for).
Pure.

A lot is kopecks of one source. A booking, a balance and a refund are lots that moved there together; so what
is on a balance can always be traced to the payments it may go back to, however often it was spent and
returned.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from teleconsult.ledger import rules
from teleconsult.ledger.rules import Lot, Transfer


class Short(Exception):
    """An account has less than is taken from it or, when a booking is closed, not exactly that."""

    def __init__(self, account: str) -> None:
        super().__init__(account)
        self.account = account


@dataclass(frozen=True, slots=True)
class Account:
    """A held, balance or refund account as read: `version` counts its changes, 0 for one that nobody used."""

    version: int = 0
    lots: tuple[Lot, ...] = ()

    @property
    def available(self) -> int:
        """Kopecks."""
        return total(self.lots)


@dataclass(frozen=True, slots=True)
class Traced:
    """What a posting leaves behind: the changed accounts, and by transfer id which lots each transfer
    moved."""

    accounts: Mapping[str, Account]
    moved: Mapping[str, tuple[Lot, ...]]


def trace(accounts: Mapping[str, Account], transfers: Sequence[Transfer], now: datetime) -> Traced:
    """Move lots as the transfers say, one after the other. `accounts`: all bounded accounts they touch.

    Raises:
        Short: an account does not cover what is taken from it.
    """
    lots = {account: seen.lots for account, seen in accounts.items()}
    moved: dict[str, tuple[Lot, ...]] = {}
    for transfer in transfers:
        if rules.bounded(transfer.debit):
            taken, lots[transfer.debit] = _take(transfer, lots[transfer.debit])
        else:
            taken = transfer.lots or (Lot(transfer.source, now, transfer.amount),)
        if rules.bounded(transfer.credit):
            lots[transfer.credit] = together(lots[transfer.credit], taken)
        moved[transfer.transfer_id] = taken
    changed = {
        account: Account(seen.version + 1, lots[account])
        for account, seen in accounts.items()
        if lots[account] != seen.lots
    }
    return Traced(changed, moved)


def oldest_first(lots: Iterable[Lot]) -> tuple[Lot, ...]:
    """In the order in which money is spent and refunded."""
    return tuple(sorted(lots, key=lambda lot: (lot.since, lot.source)))


def total(lots: Iterable[Lot]) -> int:
    """Kopecks."""
    return sum(lot.amount for lot in lots)


def take(lots: Iterable[Lot], amount: int) -> tuple[tuple[Lot, ...], tuple[Lot, ...]]:
    """`amount` kopecks of the oldest lots, and what is left. Takes less where there is less."""
    taken, left = [], []
    for lot in oldest_first(lots):
        part = min(lot.amount, amount)
        amount -= part
        if part:
            taken.append(replace(lot, amount=part))
        if part < lot.amount:
            left.append(replace(lot, amount=lot.amount - part))
    return tuple(taken), tuple(left)


def together(lots: Iterable[Lot], added: Iterable[Lot]) -> tuple[Lot, ...]:
    """One lot for each source, since the first of its money came in."""
    by_source: dict[str, Lot] = {}
    for lot in (*lots, *added):
        known = by_source.get(lot.source)
        since = min(lot.since, known.since) if known else lot.since
        by_source[lot.source] = Lot(lot.source, since, lot.amount + (known.amount if known else 0))
    return oldest_first(by_source.values())


def _take(transfer: Transfer, lots: tuple[Lot, ...]) -> tuple[tuple[Lot, ...], tuple[Lot, ...]]:
    """A refund goes back to its own payment; all else takes the oldest first, and an end takes everything."""
    if rules.kind(transfer.credit) == "refund":
        own = tuple(lot for lot in lots if lot.source == transfer.source)
        others = tuple(lot for lot in lots if lot.source != transfer.source)
    else:
        own, others = lots, ()
    if total(own) < transfer.amount or (rules.closes(transfer) and total(own) != transfer.amount):
        raise Short(transfer.debit)
    taken, left = take(own, transfer.amount)
    return taken, oldest_first((*left, *others))
