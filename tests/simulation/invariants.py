"""What must always be true (§5 and §2), read straight from the rows; looked at after every committed write.

A new one is a function of a `Books` with its docstring as its name, and a line in `ALWAYS` or `AT_THE_END`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from teleconsult.booking.model import Status
from teleconsult.platform import clock
from tests.simulation import store
from tests.simulation.world import World

Row = dict[str, Any]

_FINAL = {str(status) for status in Status if status.final}
_UNBOUNDED = ("provider", "desk", "revenue")
_BORDER = "provider"
_REMINDER = "OUTBOX#reminder_"
_OF_CALLBACK = ("CALLBACK", "OUTBOX#callback")
_OPEN = "OPEN"
_TABLE = {
    "pay": ("provider", "held"),
    "late": ("provider", "balance"),
    "over": ("provider", "balance"),
    "bal": ("balance", "held"),
    "rev": ("held", "revenue"),
    "back": ("held", "balance"),
    "rfq": ("balance", "refund"),
    "rfs": ("refund", "provider"),
    "rfx": ("refund", "balance"),
    "dsk": ("desk", "held"),
    "dsk-late": ("desk", "balance"),
    "dsk-over": ("desk", "balance"),
}
_PAID_OUT = ("refund", "desk")


class Broken(BaseException):
    """An invariant does not hold. Not an `Exception`: no handler can bear it."""


@dataclass(slots=True)
class Books:
    """The rows of one moment; transfers and bookings as plain values, stages as the engine has them."""

    world: World
    transfers: dict[str, Row] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)
    bookings: dict[str, Row] = field(default_factory=dict)
    stages: dict[str, dict[str, Row]] = field(default_factory=lambda: defaultdict(dict))
    days: dict[str, list[tuple[str, str, str, str]]] = field(default_factory=dict)
    lots: dict[str, Counter[str]] = field(default_factory=dict)
    due: list[Row] = field(default_factory=list)
    callbacks: dict[str, Row] = field(default_factory=dict)
    open_of: dict[str, str] = field(default_factory=dict)  # by booking: which request for a call is open
    open_count: Counter[str] = field(default_factory=Counter)  # by holder: how many of them are
    callback_notices: set[tuple[str, str]] = field(default_factory=set)

    def of_booking(self, booking_id: str) -> Iterator[Row]:
        return (each for each in self.transfers.values() if each["booking_id"] == booking_id)

    def held(self, booking_id: str) -> int:
        return self.accounts.get(f"held:{booking_id}", 0)

    def owns(self, booking_id: str) -> bool:
        """Whether the booking's time is taken by it, for good."""
        row = self.bookings[booking_id]
        start, end = row["slot_start"], row["slot_end"]
        mine = [each for each in self.days.get(row["doctor_id"], ()) if each[2] == booking_id]
        return [(each[0], each[1], each[3]) for each in mine] == [(start, end, "")]


def look(world: World) -> Books:
    """The rows as they are now."""
    books = Books(world)
    for pk, sk, item in store.rows("ledger"):
        kind, _, name = pk.partition("#")
        if kind == "TRANSFER":
            books.transfers[name] = _plain(world, pk, sk, item)
        elif kind == "ACCOUNT":
            books.accounts[name] = int(item["available"]["N"])
            books.lots[name] = _lots(_plain(world, pk, sk, item))
    for pk, sk, item in store.rows("bookings"):
        kind, _, name = pk.partition("#")
        if kind == "BOOKING":
            _look_at_booking(books, name, sk, item)
        elif kind == "HOLDER" and "due_at" in item:
            books.due.append(_plain(world, pk, sk, item))
        elif kind == "HOLDER" and sk == "CALLBACKS":
            books.open_count[name] = int(item["open"]["N"])
        elif kind == "SLOTS":
            books.days.setdefault(name, []).extend(_entries(sk, item["taken"]["S"]))
    return books


def _look_at_booking(books: Books, booking_id: str, sk: str, item: Row) -> None:
    """A row of a booking's partition."""
    pk = f"BOOKING#{booking_id}"
    if sk == "BOOKING":
        books.bookings[booking_id] = _plain(books.world, pk, sk, item)
        return
    books.stages[booking_id][sk] = item
    if sk == "PAYMENT" and "due_at" in item:
        books.due.append(_plain(books.world, pk, sk, item))
    elif sk.startswith(_OF_CALLBACK):
        kind, _, name = sk.partition("#")
        if kind == "OUTBOX":
            books.callback_notices.add((booking_id, name))
        elif kind == "CALLBACK":
            books.callbacks[name] = _plain(books.world, pk, sk, item)
        elif "open" in item:
            books.open_of[booking_id] = item["open"]["S"]


def _plain(world: World, pk: str, sk: str, item: Row) -> Row:
    """An item as plain values, read once: a change makes another item, the engine changes none."""
    known = world.read.get((pk, sk))
    if known is None or known[0] is not item:
        known = world.read[pk, sk] = item, {each: store.plain(value) for each, value in item.items()}
    return known[1]


def _lots(row: Row) -> Counter[str]:
    """Kopecks by source."""
    return Counter({lot["source"]: lot["amount"] for lot in row["lots"]})


def _entries(day: str, text: str) -> Iterator[tuple[str, str, str, str]]:
    """Start, end, booking and end of hold of what is taken on a day; no slot here lies over midnight."""
    for entry in text.split("; ") if text else ():
        paid_for, _, until = entry.partition(" until ")
        stretch, _, booking_id = paid_for.partition(" ")
        opens, _, closes = stretch.partition("-")
        yield f"{day}T{opens}:00Z", f"{day}T{closes}:00Z", booking_id, until


class Watch:
    """Looks at a world after each of its writes, and remembers what may never change."""

    def __init__(self) -> None:
        self._transfers: dict[str, Row] = {}
        self._reminders: set[tuple[str, str]] = set()
        self._callbacks: dict[str, Row] = {}

    def __call__(self, world: World) -> None:
        books = look(world)
        if self._changed(books):
            raise Broken("a transfer was changed or deleted")
        self._transfers = books.transfers
        reminders = {
            (each, sk) for each, row in books.stages.items() for sk in row if sk.startswith(_REMINDER)
        }
        for booking_id, sk in reminders - self._reminders:
            row = books.bookings[booking_id]
            if row["status"] != Status.SCHEDULED or not sk.endswith(f"#{row['slot_start']}"):
                raise Broken(f"{booking_id} {row['status']} for {row['slot_start']} is reminded by {sk}")
        self._reminders = reminders
        for name, before in self._callbacks.items():
            if before is not books.callbacks.get(name):
                _goes_on(name, before, books.callbacks.get(name, {}))
        self._callbacks = books.callbacks
        _hold(ALWAYS, books)

    def _changed(self, books: Books) -> bool:
        return any(books.transfers.get(name) != row for name, row in self._transfers.items())


def _goes_on(name: str, before: Row, after: Row) -> None:
    """A request for a call is never changed once closed, nor raised anew, and no attempt is forgotten."""
    if before["status"] != _OPEN:
        raise Broken(f"{name} was changed after it was closed {before['status']}")
    if before.get("raised_at", after.get("raised_at")) != after.get("raised_at"):
        raise Broken(f"an operator is called for {name} again")
    if not before["attempts"].items() <= after["attempts"].items() or before["version"] > after["version"]:
        raise Broken(f"{name} has forgotten what was done about it")


def at_the_end(world: World) -> None:
    """After the world has recovered."""
    books = look(world)
    _hold(ALWAYS, books)
    _hold(AT_THE_END, books)


def _hold(invariants: tuple[Callable[[Books], Any], ...], books: Books) -> None:
    for invariant in invariants:
        for found in invariant(books):
            raise Broken(f"{invariant.__doc__} {found}")


# ---- always ----


def _sums(books: Books) -> Iterator[str]:
    """An account's balance is the sum of its transfers, and a held account or balance is never below zero:"""
    summed: Counter[str] = Counter()
    for row in books.transfers.values():
        summed[row["debit"]] -= row["amount"]
        summed[row["credit"]] += row["amount"]
    for account in summed.keys() | books.accounts.keys():
        if account in _UNBOUNDED:
            continue
        if summed[account] != books.accounts.get(account, 0) or summed[account] < 0:
            yield f"{account} has {books.accounts.get(account)}, its transfers say {summed[account]}"


def _amounts(books: Books) -> Iterator[str]:
    """A transfer has two sides and an amount:"""
    for name, row in books.transfers.items():
        if row["amount"] <= 0 or row["debit"] == row["credit"]:
            yield name


def _ids(books: Books) -> Iterator[str]:
    """A transfer's id, and the kinds of its accounts, are those that the table of §5 gives it:"""
    for name, row in books.transfers.items():
        kind, _, about = name.partition(":")
        if kind == "rev-of":  # a correction goes the other way, whatever that is
            continue
        booking, payment = row["booking_id"], row["source"].removeprefix("payment:")
        named = {"pay": payment, "late": payment, "over": payment, "rev": booking, "back": booking}
        at_desk = row["source"].startswith("desk:")
        if at_desk:
            named |= dict.fromkeys(("dsk", "dsk-late", "dsk-over"), row["source"].removeprefix("desk:"))
        if kind == "bal":
            named[kind] = f"{booking}:{about.rpartition(':')[2]}"
        sides = row["debit"].partition(":")[0], row["credit"].partition(":")[0]
        allowed = _PAID_OUT if at_desk and kind == "rfs" else _TABLE.get(kind)
        if allowed != sides or named.get(kind, about) != about:
            yield f"{name}: {row['debit']} → {row['credit']}"


def _entered(books: Books) -> Iterator[str]:
    """The books have of no payment more than the provider took:"""
    taken = books.world.shop.taken_by_payment()
    for payment, amount in _by_payment(books).items():
        if amount > taken.get(payment, 0):
            yield f"{payment}: {amount} booked, {taken.get(payment, 0)} taken"


def _desk(books: Books) -> Iterator[str]:
    """What entered the books at the desk is what the desk took, each payment once and whole:"""
    booked: Counter[str] = Counter()
    for row in books.transfers.values():
        if row["debit"] == "desk":
            booked[row["source"].removeprefix("desk:")] += row["amount"]
    taken = {
        sk.removeprefix("DESK#"): int(item["amount"]["N"])
        for rows in books.stages.values()
        for sk, item in rows.items()
        if sk.startswith("DESK#")
    }
    if booked != taken:
        yield f"{dict(booked)} booked, {taken} taken"


def _final_holds_nothing(books: Books) -> Iterator[str]:
    """A final booking holds nothing:"""
    for booking_id, row in books.bookings.items():
        if row["status"] in _FINAL and books.held(booking_id):
            yield f"{booking_id} {row['status']} holds {books.held(booking_id)}"


def _paid_is_covered(books: Books) -> Iterator[str]:
    """A booking is paid if and only if its price is held or settled:"""
    for booking_id, row in books.bookings.items():
        held = books.held(booking_id)
        if row["status"] not in _FINAL and bool(row.get("paid_at")) != (held >= row["price"]):
            yield f"{booking_id}: price {row['price']}, held {held}, paid_at {row.get('paid_at')}"


def _paid_owns_its_slot(books: Books) -> Iterator[str]:
    """A paid booking owns its slot, until it is cancelled:"""
    for booking_id, row in books.bookings.items():
        if row.get("paid_at") and row["status"] != "CANCELLED" and not books.owns(booking_id):
            yield f"{booking_id} {row['status']}: {books.days.get(row['doctor_id'])}"


def _nobody_overlaps(books: Books) -> Iterator[str]:
    """Two bookings never have overlapping time of one doctor:"""
    for doctor, entries in books.days.items():
        ordered = sorted(entries)
        for before, after in pairwise(ordered):
            if after[0] < before[1]:
                yield f"{doctor}: {before} and {after}"


def _one_slot(books: Books) -> Iterator[str]:
    """A booking has no time but that of its own slot, and an unpaid one has it as long as its row says:"""
    for doctor, entries in books.days.items():
        for start, _, booking_id, until in entries:
            row = books.bookings[booking_id]
            if (row["doctor_id"], row["slot_start"]) != (doctor, start):
                yield f"{booking_id} has {start} of {doctor}, its row says {row['slot_start']}"
            if until and until != row["hold_until"]:
                yield f"{booking_id} is held until {until}, its row says {row['hold_until']}"


def _freed(books: Books) -> Iterator[str]:
    """A booking that ended unpaid has no slot:"""
    taken = {entry[2] for entries in books.days.values() for entry in entries}
    for booking_id, row in books.bookings.items():
        if row["status"] in ("EXPIRED", "CANCELLED", "REFUSED") and booking_id in taken:
            yield f"{booking_id} {row['status']}"


def _settled_once(books: Books) -> Iterator[str]:
    """A consultation not held is credited its price, one held is revenue, once after all corrections:"""
    for booking_id, row in books.bookings.items():
        earned, back = _settled(books, booking_id, "rev"), _settled(books, booking_id, "back")
        expected = {"NOT_HELD": (0, row["price"]), "COMPLETED": (row["price"], 0)}.get(row["status"])
        if (expected is not None and (earned, back) != expected) or (expected is None and earned and back):
            yield f"{booking_id} {row['status']}: {earned} earned, {back} given back"
        returned = books.transfers.get(f"back:{booking_id}", {}).get("reason")
        if row["status"] == "CANCELLED" and (earned or returned not in (None, "cancelled")):
            yield f"{booking_id} CANCELLED: {earned} earned, given back as {returned}"


def _settled(books: Books, booking_id: str, first: str) -> int:
    """Kopecks of a settling transfer and of the corrections that follow from it, each the opposite of the one
    before."""
    name, amount, sign = f"{first}:{booking_id}", 0, 1
    while name in books.transfers:
        amount += sign * books.transfers[name]["amount"]
        name, sign = f"rev-of:{name}", -sign
    return amount


def _corrections(books: Books) -> Iterator[str]:
    """A correction is the opposite of a transfer in the books:"""
    for name, row in books.transfers.items():
        if not name.startswith("rev-of:"):
            continue
        corrected = books.transfers.get(name.removeprefix("rev-of:"), {})
        opposite = (corrected.get("credit"), corrected.get("debit"), corrected.get("amount"))
        if (row["debit"], row["credit"], row["amount"]) != opposite:
            yield name


def _by_payment(books: Books) -> Counter[str]:
    """Kopecks that entered the books, by payment."""
    booked: Counter[str] = Counter()
    for row in books.transfers.values():
        if row["debit"] == _BORDER:
            booked[row["source"].removeprefix("payment:")] += row["amount"]
    return booked


def _one_callback_is_open(books: Books) -> Iterator[str]:
    """One request for a call of a booking is open at a time, which it names, and a holder's are counted:"""
    rows = [(each["pk"].partition("#")[2], name, each) for name, each in books.callbacks.items()]
    found = sorted((booking_id, name) for booking_id, name, row in rows if row["status"] == _OPEN)
    if found != sorted(books.open_of.items()):
        yield f"{found} are open, named are {sorted(books.open_of.items())}"
    counted = Counter(row["holder"] for _, _, row in rows if row["status"] == _OPEN)
    if counted != books.open_count:
        yield f"holders have {dict(counted)} open, counted are {dict(books.open_count)}"


def _callbacks_are_queued(books: Books) -> Iterator[str]:
    """A request for a call is in the queue, under the moment when it is due, until it is closed:"""
    for name, row in books.callbacks.items():
        is_open = row["status"] == _OPEN
        expected = ("CALLBACKS", row["answer_by"]) if is_open else (None, None)
        if (row.get("due_day"), row.get("due_at")) != expected or ("closed_at" in row) is is_open:
            yield f"{name} {row['status']} {row.get('due_day')} {row.get('due_at')} {row.get('closed_at')}"


def _callbacks_ask_for_an_operator(books: Books) -> Iterator[str]:
    """A request for a call asks for an operator if and only if it is open and was found overdue:"""
    for name, row in books.callbacks.items():
        since = row.get("raised_at")
        task = row.get("task"), row.get("task_list"), row.get("task_since")
        asks = row["status"] == _OPEN and since is not None
        early = since is not None and since <= row["answer_by"]
        if early or task != (("callback_overdue", "OPEN", since) if asks else (None, None, None)):
            yield f"{name} {row['status']}, due {row['answer_by']}, raised {since}: {task}"


def _callbacks_are_told(books: Books) -> Iterator[str]:
    """Patient and doctor have one notice each of every request for a call, and of nothing else:"""
    expected = {
        (row["pk"].partition("#")[2], f"{notice}#{name}")
        for name, row in books.callbacks.items()
        for notice in ("callback", "callback_for_doctor")
    }
    for booking_id, notice in expected ^ books.callback_notices:
        yield f"{booking_id} {notice}"


ALWAYS: tuple[Callable[[Books], Iterator[str]], ...] = (
    _amounts,
    _ids,
    _sums,
    _entered,
    _desk,
    _final_holds_nothing,
    _paid_is_covered,
    _paid_owns_its_slot,
    _nobody_overlaps,
    _one_slot,
    _freed,
    _settled_once,
    _corrections,
    _one_callback_is_open,
    _callbacks_are_queued,
    _callbacks_ask_for_an_operator,
    _callbacks_are_told,
)


# ---- at the end ----


def _all_final(books: Books) -> Iterator[str]:
    """Every booking has come to its end:"""
    for booking_id, row in books.bookings.items():
        if row["status"] not in _FINAL:
            yield f"{booking_id} {row['status']} {row.get('task')}"


def _nothing_hangs(books: Books) -> Iterator[str]:
    """No execution runs any more:"""
    for execution in books.world.machine.executions.values():
        if execution.running:
            yield f"{execution.name} in {execution.state}"


def _lots_are_what_moved(books: Books) -> Iterator[str]:
    """Each kopeck of an account is of the payment that its transfers say:"""
    moved: dict[str, Counter[str]] = defaultdict(Counter)
    for row in books.transfers.values():
        for source, amount in _lots(row).items():
            moved[row["debit"]][source] -= amount
            moved[row["credit"]][source] += amount
    for account, lots in books.lots.items():
        if lots != moved[account] or lots.total() != books.accounts[account]:
            yield f"{account}: {dict(lots)}, its transfers say {dict(moved[account])}"


def _nothing_is_open(books: Books) -> Iterator[str]:
    """Of every payment and refund we know the end, and ask about none any more:"""
    for row in books.due:
        yield f"{row['pk']} {row['sk']} is due"


def _books_are_the_providers(books: Books) -> Iterator[str]:
    """What entered the books of each payment is what the provider took:"""
    taken, booked = books.world.shop.taken_by_payment(), _by_payment(books)
    for payment in taken.keys() | booked.keys():
        if taken.get(payment, 0) != booked[payment]:
            yield f"{payment}: {booked[payment]} booked, {taken.get(payment, 0)} taken"


def _refunds_are_the_providers(books: Books) -> Iterator[str]:
    """What left the books of each payment is what the provider gave back, and no refund is on its way:"""
    left: Counter[str] = Counter()
    for row in books.transfers.values():
        if row["credit"] == _BORDER:
            left[row["source"].removeprefix("payment:")] += row["amount"]
    given = books.world.shop.refunded_by_payment()
    for payment in given.keys() | left.keys():
        if given.get(payment, 0) != left[payment]:
            yield f"{payment}: {left[payment]} booked, {given.get(payment, 0)} given back"
    for account, amount in books.accounts.items():
        if account.startswith("refund:") and amount:
            yield f"{account} holds {amount}"


def _overdue_is_raised(books: Books) -> Iterator[str]:
    """An operator was called for each request for a call that is overdue:"""
    for name, row in books.callbacks.items():
        overdue = row["status"] == _OPEN and clock.parse(row["answer_by"]) < books.world.now
        if overdue and "raised_at" not in row:
            yield f"{name}, due {row['answer_by']}"


def _callbacks_are_on_record(books: Books) -> Iterator[str]:
    """What was asked, done and noted of a request for a call is kept, and stands in the trail once:"""
    words, entries = set(), Counter[tuple[str, str]]()
    for pk, sk, item in store.rows("patients"):
        if pk.startswith("CALLBACK#"):
            words.add((pk.removeprefix("CALLBACK#"), sk))
        elif item.get("action", {}).get("S", "").startswith("callback_"):
            entries[item["about"]["M"]["callback"]["S"], item["action"]["S"]] += 1
    for name, row in books.callbacks.items():
        closed = row["status"] != _OPEN
        noted = closed and row["closed_by"].startswith("staff:")
        expected = {"asked": 1, "attempted": len(row["attempts"]), "closed": closed}
        found = {each: entries[name, f"callback_{each}"] for each in expected}
        if found != expected or ((name, "QUESTION") in words, (name, "NOTE") in words) != (True, noted):
            yield f"{name} {row['status']}: {found} instead of {expected}, {noted}"


AT_THE_END: tuple[Callable[[Books], Iterator[str]], ...] = (
    _all_final,
    _nothing_hangs,
    _lots_are_what_moved,
    _nothing_is_open,
    _books_are_the_providers,
    _refunds_are_the_providers,
    _overdue_is_raised,
    _callbacks_are_on_record,
)
