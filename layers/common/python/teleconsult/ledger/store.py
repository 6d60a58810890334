"""The Ledger table: posts transfers with what changes beside them, and reads balances and statements."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from teleconsult.ledger import lots, rules
from teleconsult.ledger.audit import Row, StoredAccount, StoredTransfer, Unreadable
from teleconsult.ledger.lots import Account, Traced
from teleconsult.ledger.rules import Lot, Transfer
from teleconsult.platform import clock, cursors, dynamo, errors, settings
from teleconsult.platform.observability import count, logger

_TRANSFER = "TRANSFER"
_ACCOUNT = "ACCOUNT"
_STATEMENT_INDEX = "statement"
_PROVIDER_INDEX = "at_provider"
_LINE_KEY = re.compile(r"[0-9]{12}-[0-9]{2}")
_POSTINGS = 20  # each that is made anew means that somebody else's got through


class TransferConflict(Exception):
    """The transfer's id is taken by other content: an alarm, never a business case (§5)."""

    def __init__(self, transfer_id: str) -> None:
        super().__init__(f"{transfer_id} is posted with other content")
        self.transfer_id = transfer_id


class AlsoRefused(Exception):
    """A row that was to change with the transfers did not allow it: `failed` are positions in `also`."""

    def __init__(self, failed: frozenset[int]) -> None:
        super().__init__(f"conditions failed at {sorted(failed)}")
        self.failed = failed


class InsufficientFunds(errors.Conflict):
    """The account has less than is taken, or, when a booking is closed, not exactly what is taken."""

    def __init__(self, account: str) -> None:
        super().__init__("insufficient_funds", "На лицевом счёте недостаточно средств")
        self.account = account


@dataclass(frozen=True, slots=True)
class Posted:
    """`repeated`: the same transfers were there already, and nothing was done."""

    repeated: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a holder's statement: `amount` in kopecks, negative when the balance fell."""

    posted_at: datetime
    transfer_id: str
    amount: int
    reason: str
    booking_id: str


@dataclass(frozen=True, slots=True)
class StatementPage:
    """Lines, newest first, and the cursor of the next page (None: that was all)."""

    lines: tuple[Line, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A transfer as it stands in the books; its lots are always told."""

    transfer: Transfer
    content_hash: str
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class Sums:
    """Of one kind of account, kopecks: what all transfers took and brought, and what it holds."""

    debit: int
    credit: int
    balance: int


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An account whose stored balance is not the sum of its transfers (§5: never)."""

    account: str
    stored: int
    summed: int


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """The books by kind of account. In order: `total` is 0 and nothing disagrees."""

    kinds: Mapping[str, Sums]
    total: int
    disagreements: tuple[Disagreement, ...]


def post(*transfers: Transfer, also: Sequence[dynamo.Write] = (), now: datetime) -> Posted:
    """Post transfers, their balances and the rows in `also`, in one transaction: all or nothing.

    The accounts are written as they were read, so a posting that was overtaken is made anew. The same
    transfers again are a success without effect; `also` went with the first time.

    Raises:
        AlsoRefused: a condition in `also` did not hold.
        TransferConflict: they did, and an id has other content, or only some of the transfers are there.
        InsufficientFunds: an account does not cover what is taken from it.
        errors.Unavailable: others changed the same accounts all the time; the same call may be repeated.
    """
    if len({transfer.transfer_id for transfer in transfers}) != len(transfers) or not transfers:
        raise ValueError("a posting has transfers, each once")
    for _ in range(_POSTINGS):
        seen = {account: load(account) for account in _bounded(transfers)}
        short: str | None = None
        try:
            written = _writes(transfers, seen, lots.trace(seen, transfers, now), now)
        except lots.Short as missing:
            short = missing.account
            written = [_refusal(short)]
        try:
            dynamo.transact([*also, *written])
            return Posted(repeated=False)
        except dynamo.TransactionRefused as refusal:
            stored = [_stored_hash(transfer) for transfer in transfers]
            if stored == [transfer.content_hash for transfer in transfers]:
                return Posted(repeated=True)
            refused_rows = frozenset(position for position in refusal.failed if position < len(also))
            if refused_rows:
                raise AlsoRefused(refused_rows) from refusal
            _refuse_conflict(transfers, stored)
            if short:
                raise InsufficientFunds(short) from refusal
    raise errors.Unavailable("busy", "Лицевой счёт сейчас меняется. Повторите чуть позже")


def load(account: str) -> Account:
    """A held, balance or refund account with its lots: one consistent read."""
    if not rules.bounded(account):
        raise ValueError(f"{account} is summed from its transfers: ask for the trial balance")
    item = dynamo.get(settings.ledger_table(), _account_key(account), _ACCOUNT)
    return _account(item) if item else Account()


def available(account: str) -> int:
    """Kopecks on a held, balance or refund account: one consistent read."""
    return load(account).available


def find(transfer_id: str) -> Entry | None:
    """A transfer, if it was posted; read consistently."""
    item = dynamo.get(settings.ledger_table(), _transfer_key(transfer_id), _TRANSFER)
    return _entry(item) if item else None


def at_provider(day: date) -> Iterator[Transfer]:
    """What the books say the provider took or gave back, posted on that UTC day."""
    for item in dynamo.query_all(
        settings.ledger_table(), "provider_day = :day", index=_PROVIDER_INDEX, day=day.isoformat()
    ):
        yield _entry(item).transfer


def statement(holder_id: str, limit: int = 20, cursor: str | None = None) -> StatementPage:
    """The holder's balance line by line, newest first; reads this holder's lines only.

    Raises:
        errors.Invalid: a cursor that no page gave.
    """
    account = rules.balance(holder_id)
    items, after = dynamo.query(
        settings.ledger_table(),
        "#statement = :statement",
        index=_STATEMENT_INDEX,
        limit=limit,
        newest_first=True,
        start=read_cursor(cursor, account) if cursor else None,
        statement=account,
    )
    return StatementPage(tuple(_line(item, account) for item in items), _cursor(after) if after else None)


def rows() -> Iterator[Row]:
    """The whole table as it stands, for the auditor: whatever somebody has written there."""
    for item in dynamo.scan_stored(settings.ledger_table()):
        yield _row(item)


def page(after: dynamo.Item | None, most: int | None = None) -> dynamo.Page[Entry]:
    """One page of a walk through all transfers: see `dynamo.scan_page`."""
    return dynamo.scan_page(settings.ledger_table(), _TRANSFER, _entry, after, most)


def trial_balance() -> TrialBalance:
    """Add up the whole ledger and compare it with the stored balances: an auditor's question.

    It reads every item, and not in one moment: a posting meanwhile may show as a disagreement that is gone
    when asked again.
    """
    debits: Counter[str] = Counter()
    credits: Counter[str] = Counter()
    stored: dict[str, int] = {}
    for row in rows():
        if isinstance(row, StoredTransfer):
            debits[str(row.content["debit"])] += int(row.content["amount"])
            credits[str(row.content["credit"])] += int(row.content["amount"])
        elif isinstance(row, StoredAccount):
            stored[row.account] = row.available
    summed = {account: credits[account] - debits[account] for account in debits | credits}
    holds = {a: stored.get(a, 0) if rules.bounded(a) else summed[a] for a in summed} | stored
    kinds = {
        kind: Sums(_of_kind(kind, debits), _of_kind(kind, credits), _of_kind(kind, holds))
        for kind in sorted({rules.kind(account) for account in holds})
    }
    disagreements = tuple(
        Disagreement(account, holds[account], summed.get(account, 0))
        for account in sorted(holds)
        if holds[account] != summed.get(account, 0)
    )
    return TrialBalance(kinds, sum(holds.values()), disagreements)


def _bounded(transfers: Sequence[Transfer]) -> list[str]:
    """The accounts that keep a balance of their own: one transaction writes an item once."""
    sides = {side for transfer in transfers for side in (transfer.debit, transfer.credit)}
    return sorted(side for side in sides if rules.bounded(side))


def _writes(
    transfers: Sequence[Transfer], seen: Mapping[str, Account], traced: Traced, now: datetime
) -> list[dynamo.Write]:
    records = [
        _record(transfer, traced.moved[transfer.transfer_id], _line_key(transfer, position, seen), now)
        for position, transfer in enumerate(transfers)
    ]
    changes = [_account_change(name, seen[name], account) for name, account in traced.accounts.items()]
    return records + changes


def _line_key(transfer: Transfer, position: int, seen: Mapping[str, Account]) -> str | None:
    """Where it stands in a balance's statement: a balance's versions count its changes, a clock does not."""
    account = rules.statement(transfer)
    return f"{seen[account].version + 1:012}-{position:02}" if account else None


def _record(transfer: Transfer, moved: Sequence[Lot], line: str | None, now: datetime) -> dynamo.Write:
    item = {
        "pk": _transfer_key(transfer.transfer_id),
        "sk": _TRANSFER,
        **{name: getattr(transfer, name) for name in rules.CONTENT},
        "lots": _lots_item(moved),
        "content_hash": transfer.content_hash,
        "posted_at": clock.iso(now),
        "statement": rules.statement(transfer),
        "line": line,
        "provider_day": now.date().isoformat() if rules.with_provider(transfer) else None,
    }
    return dynamo.put(settings.ledger_table(), item, when="attribute_not_exists(pk)")


def _account_change(name: str, seen: Account, account: Account) -> dynamo.Write:
    item = {
        "pk": _account_key(name),
        "sk": _ACCOUNT,
        "version": account.version,
        "available": account.available,
        "lots": _lots_item(account.lots),
    }
    if seen.version:
        return dynamo.put(settings.ledger_table(), item, when="#version = :seen", seen=seen.version)
    return dynamo.put(settings.ledger_table(), item, when="attribute_not_exists(pk)")


def _refusal(account: str) -> dynamo.Write:
    """Where money is missing nothing is written. Whether it was posted before, or a row in `also` says no,
    goes before that and is asked in the same transaction."""
    item = {"pk": _account_key(account), "sk": _ACCOUNT}
    return dynamo.put(settings.ledger_table(), item, "attribute_exists(pk) AND attribute_not_exists(pk)")


def _refuse_conflict(transfers: Sequence[Transfer], stored: Sequence[str | None]) -> None:
    """Refuse ids that are in the books, though not all of these transfers are, as they are.

    Raises:
        TransferConflict: the first of them.
    """
    for transfer, found in zip(transfers, stored, strict=True):
        if found:
            logger.error("a transfer's id is taken by other content", transfer_id=transfer.transfer_id)
            count("TransferConflict")
            raise TransferConflict(transfer.transfer_id)


def _stored_hash(transfer: Transfer) -> str | None:
    entry = find(transfer.transfer_id)
    return entry.content_hash if entry else None


def _of_kind(kind: str, sums: Mapping[str, int]) -> int:
    return sum(amount for account, amount in sums.items() if rules.kind(account) == kind)


def _entry(item: dynamo.Item) -> Entry:
    transfer = Transfer(**{name: item[name] for name in rules.CONTENT}, lots=_lots(item))
    return Entry(transfer, item["content_hash"], clock.parse(item["posted_at"]))


def _row(stored: dynamo.Item) -> Row:
    """As it stands: nothing is checked but that everything is there, and a number where it is added up."""
    key = stored["pk"]["S"]
    try:
        item = dynamo.unmarshal(stored)
        moved = tuple((str(lot["source"]), _number(lot["amount"])) for lot in item["lots"])
        if item["sk"] == _TRANSFER:
            content = {name: item[name] for name in rules.CONTENT}
            _number(item["amount"])
            return StoredTransfer(_without(_transfer_key(""), key), content, item["content_hash"], moved)
        if item["sk"] == _ACCOUNT:
            return StoredAccount(_without(_account_key(""), key), _number(item["available"]), moved)
    except (KeyError, TypeError, ValueError):
        pass
    return Unreadable(key)


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("a number was expected")
    return value


def _without(prefix: str, key: str) -> str:
    if not key.startswith(prefix):
        raise ValueError("a row under another's key")
    return key.removeprefix(prefix)


def _account(item: dynamo.Item) -> Account:
    return Account(item["version"], _lots(item))


def _lots(item: dynamo.Item) -> tuple[Lot, ...]:
    return tuple(Lot(each["source"], clock.parse(each["since"]), each["amount"]) for each in item["lots"])


def _lots_item(held: Sequence[Lot]) -> list[dynamo.Item]:
    return [{"source": lot.source, "since": clock.iso(lot.since), "amount": lot.amount} for lot in held]


def _line(item: dynamo.Item, account: str) -> Line:
    transfer = _entry(item).transfer
    return Line(
        posted_at=clock.parse(item["posted_at"]),
        transfer_id=transfer.transfer_id,
        amount=rules.change(transfer, account),
        reason=transfer.reason,
        booking_id=transfer.booking_id,
    )


def _cursor(after: dynamo.Item) -> str:
    return cursors.write(f"{after['line']} {after['pk'].removeprefix(_transfer_key(''))}")


def read_cursor(cursor: str, account: str) -> dynamo.Item:
    """Where a page starts. The account is the asker's own, whatever the cursor says.

    Raises:
        errors.Invalid: a cursor that no page gave.
    """
    line, _, transfer_id = cursors.read(cursor).partition(" ")
    if not _LINE_KEY.fullmatch(line):
        raise cursors.unknown()
    return {"pk": _transfer_key(transfer_id), "sk": _TRANSFER, "statement": account, "line": line}


def _transfer_key(transfer_id: str) -> str:
    return f"TRANSFER#{transfer_id}"


def _account_key(account: str) -> str:
    return f"ACCOUNT#{account}"
