"""The auditor: replays all transfers and compares every balance and every lot with what is stored (§5).
Pure: rows come in as they stand, since a row that somebody has tampered with makes no `Transfer`.

Sums need no order, so one walk through the table in any order is enough, and what has come to nothing is not
remembered: memory grows with the money that lies on accounts, not with the transfers.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from teleconsult.ledger import rules
from teleconsult.platform import ids

_CHECK_TIME_EVERY = 1000  # rows
_KINDS = frozenset({"held", "balance", "refund", "provider", "desk", "revenue"})
BOOKS = "books"
"""What a finding is about that concerns no single row."""


@dataclass(frozen=True, slots=True)
class StoredTransfer:
    """A transfer's row: the fields of its content, its hash, and the kopecks it moved by their source."""

    key: str
    content: Mapping[str, str | int]
    content_hash: str
    lots: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """An account's row, kopecks: what it calls available, and its lots by source."""

    account: str
    available: int
    lots: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that is neither."""

    key: str


Row = StoredTransfer | StoredAccount | Unreadable


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the books that does not fit. `about`: a transfer's id, an account, or an account and a
    source; `stored` and `computed` in kopecks, or hashes.

    `kind`: `unreadable` (a row is none of ours); `sides` (a transfer without two sides, or of nothing);
    `content_hash` (a transfer is not what was posted); `transfer_lots` (it moves other lots than its amount);
    `balance` (an account is not the sum of its transfers); `lots` (of one source an account has another sum
    than transfers moved there); `below_zero`; `total` (all balances are not nothing together).
    """

    kind: str
    about: str
    stored: int | str | None
    computed: int | str | None


@dataclass(frozen=True, slots=True)
class Audit:
    """`rows`: read in one walk. `complete`: whether time was enough to be sure of all `findings`."""

    rows: int
    findings: tuple[Finding, ...]
    complete: bool


class _OutOfTime(Exception):
    pass


def audit(read: Callable[[], Iterable[Row]], has_time: Callable[[], bool]) -> Audit:
    """Walk through the books; where something does not fit, once more.

    The table cannot be read in one moment, so a posting meanwhile is seen by half. A finding counts only if
    the second walk makes the very same.
    """
    rows = 0
    try:
        first = _walk(read(), has_time)
        rows = first.rows
        suspected = first.findings()
        if not suspected:
            return Audit(rows, (), complete=True)
        again = frozenset(_walk(read(), has_time).findings())
    except _OutOfTime:
        return Audit(rows, (), complete=False)
    confirmed = tuple(each for each in suspected if each in again)
    return Audit(rows, (*confirmed, *_total(confirmed)), complete=True)


def _total(confirmed: Iterable[Finding]) -> Iterable[Finding]:
    """Computed sums are nothing together, since a transfer has two sides: what is stored is off by the rest.

    It is not compared between two walks: two postings of one price, each seen by half, would look like it.
    """
    total = sum(
        int(each.stored or 0) - int(each.computed or 0) for each in confirmed if each.kind == "balance"
    )
    if total:
        yield Finding("total", BOOKS, total, 0)


def _walk(rows: Iterable[Row], has_time: Callable[[], bool]) -> "Replay":
    replay = Replay()
    for row in rows:
        replay.add(row)
        if replay.rows % _CHECK_TIME_EVERY == 0 and not has_time():
            raise _OutOfTime
    return replay


@dataclass(slots=True)
class Replay:
    """The books, added up row by row, in any order."""

    rows: int = 0
    _found: list[Finding] = field(default_factory=list)
    # Kopecks by account, or by account and source. Zeros are not kept.
    _stored: dict[str, int] = field(default_factory=dict)
    _computed: dict[str, int] = field(default_factory=dict)
    _stored_lots: dict[str, int] = field(default_factory=dict)
    _computed_lots: dict[str, int] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        self.rows += 1
        match row:
            case StoredTransfer():
                self._add_transfer(row)
            case StoredAccount():
                self._add_account(row)
            case Unreadable():
                self._found.append(Finding("unreadable", row.key, None, None))

    def findings(self) -> tuple[Finding, ...]:
        """All that does not fit, once all rows were added; by kind and by what it is about."""
        compared = [
            *_differences("balance", self._stored, self._computed),
            *_differences("lots", self._stored_lots, self._computed_lots),
            *self._below_zero(),
        ]
        return tuple(sorted((*self._found, *compared), key=lambda each: (each.kind, each.about)))

    def _add_transfer(self, row: StoredTransfer) -> None:
        content, about = row.content, str(row.content["transfer_id"])
        debit, credit, amount = str(content["debit"]), str(content["credit"]), int(content["amount"])
        kinds = {rules.kind(debit), rules.kind(credit)}
        if row.key != about or debit == credit or amount <= 0 or not kinds <= _KINDS:
            self._found.append(Finding("sides", row.key, amount, None))
        computed_hash = ids.content_hash(content)
        if row.content_hash != computed_hash:
            self._found.append(Finding("content_hash", about, row.content_hash, computed_hash))
        moved = sum(part for _, part in row.lots)
        if moved != amount or any(part <= 0 for _, part in row.lots):
            self._found.append(Finding("transfer_lots", about, moved, amount))
        for account, sign in ((debit, -1), (credit, 1)):
            _add(self._computed, account, sign * amount)
            if rules.bounded(account):
                for source, part in row.lots:
                    _add(self._computed_lots, _of_source(account, source), sign * part)

    def _add_account(self, row: StoredAccount) -> None:
        _add(self._stored, row.account, row.available)
        for source, part in row.lots:
            _add(self._stored_lots, _of_source(row.account, source), part)

    def _below_zero(self) -> Iterable[Finding]:
        both = ((self._stored, self._computed), (self._stored_lots, self._computed_lots))
        for stored, computed in both:
            for about in sorted(stored.keys() | computed.keys()):
                kept, summed = stored.get(about, 0), computed.get(about, 0)
                if min(kept, summed) < 0 and rules.bounded(about):
                    yield Finding("below_zero", about, kept, summed)


def _differences(kind: str, stored: Mapping[str, int], computed: Mapping[str, int]) -> Iterable[Finding]:
    """Where two sums are not the same. An account that is not bounded has no row: it is its sum."""
    for about in stored.keys() | computed.keys():
        kept, summed = stored.get(about, 0), computed.get(about, 0)
        if kept != summed and (rules.bounded(about) or about in stored):
            yield Finding(kind, about, kept, summed)


def _of_source(account: str, source: str) -> str:
    return f"{account} {source}"


def _add(sums: dict[str, int], what: str, amount: int) -> None:
    total = sums.get(what, 0) + amount
    if total:
        sums[what] = total
    else:
        sums.pop(what, None)
