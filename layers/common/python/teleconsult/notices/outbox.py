"""The outbox: a notice is written in the transaction that gives the reason for it, and sent afterwards."""

import base64
import binascii
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from teleconsult.notices import rules
from teleconsult.notices.rules import Delivery, Notice
from teleconsult.platform import clock, due, dynamo, settings, tasks
from teleconsult.platform.dynamo import Item, Write
from teleconsult.platform.errors import Conflict, NotFound

_PREFIX = "OUTBOX#"
_PENDING = "pending"
_KEPT = timedelta(days=90)

# Under days of its own, so no other sweep meets it; how far back: longer than any outage of the sweeps.
_DUE = "NOTICES#"
_DUE_DAYS = 7

NO_ADDRESS = "no_address"  # the doctor left the catalogue long ago
REFUSED = "refused"  # the number or address takes no message of ours, however often it is sent
OBSOLETE = "obsolete"  # it would have told what is no longer so
NOT_WANTED = "not_wanted"  # there is nobody whom this message would tell anything
FAILED = "failed"  # tried for a day in vain: an operator has to look at it

_TASK = "notice_failed"


@dataclass(frozen=True, slots=True)
class Entry:
    """A notice of a booking with what is still to send of it. `about`: what it was put in the outbox with.

    `since`: from when it has been tried, `tries`: how often. `resend`: the moment for which it was handed
    over again. `claimed_until`: until when a run has it to itself. `states`: of each message, `pending`, the
    moment it was sent, or why it never will be.
    """

    booking_id: str
    key: str
    notice: Notice
    about: str | None
    pending: tuple[Delivery, ...]
    created_at: datetime
    since: datetime
    tries: int
    resend: datetime | None
    claimed_until: datetime | None
    states: Mapping[str, str]

    @property
    def is_new(self) -> bool:
        """Nobody has tried it: only the stream knows of it, which hands it to one run at a time."""
        return not self.tries and self.resend is None and self.claimed_until is None

    @property
    def notice_id(self) -> str:
        """What stands for it in an address: opaque."""
        return base64.urlsafe_b64encode(self.key.removeprefix(_PREFIX).encode()).decode().rstrip("=")


def put(
    booking_id: str,
    notice: Notice,
    now: datetime,
    about: str | None = None,
    sides: Collection[str] = ("patient", "doctor"),
) -> Write:
    """The notice, for the transaction that gives the reason for it; refused where it was given before.

    `about`: what the notice is about where a booking may give the same reason twice, such as a payment id.
    `sides`: who is told, of those whom the notice is for: a doctor hears nothing of what was never paid.
    """
    deliveries = [each for each in rules.deliveries(notice) if each.side in sides]
    item = {
        "pk": _pk(booking_id),
        "sk": _PREFIX + (f"{notice}#{about}" if about else notice),
        "notice": notice,
        "created_at": clock.iso(now),
        "deliveries": dict.fromkeys(deliveries, _PENDING),
        "expires_at": clock.epoch(now + _KEPT),
    }
    return dynamo.put(settings.bookings_table(), item, "attribute_not_exists(pk)")


def load(keys: Mapping[str, str]) -> Entry | None:
    """The entry behind a table key, read again: the row decides what is still to send. None: gone."""
    item = dynamo.get(settings.bookings_table(), keys["pk"], keys["sk"])
    return _entry(item) if item else None


def of_booking(booking_id: str) -> list[Entry]:
    """Every notice of a booking, the oldest first."""
    items = dynamo.query_all(
        settings.bookings_table(), "pk = :pk AND begins_with(sk, :outbox)", pk=_pk(booking_id), outbox=_PREFIX
    )
    return sorted(map(_entry, items), key=lambda entry: (entry.created_at, entry.key))


def find(booking_id: str, notice_id: str) -> Entry:
    """
    Raises:
        NotFound: the booking has no such notice.
    """
    try:
        key = base64.urlsafe_b64decode(notice_id + "=" * (-len(notice_id) % 4)).decode()
    except (binascii.Error, ValueError):
        raise NotFound("Уведомление не найдено") from None
    entry = load({"pk": _pk(booking_id), "sk": _PREFIX + key}) if key else None
    if entry is None:
        raise NotFound("Уведомление не найдено")
    return entry


def claim(entry: Entry, now: datetime) -> Entry | None:
    """The notice for this run alone, for `rules.CLAIM`; None: another has it.

    Should that other one have crashed, the notice is due when its claim ends.
    """
    until = now + rules.CLAIM
    try:
        dynamo.write(
            dynamo.update(
                settings.bookings_table(),
                _pk(entry.booking_id),
                entry.key,
                set={"claimed_until": clock.iso(until)},
                add={"tries": 1},
                remove=("resend",),
                when="attribute_exists(pk)"
                " AND (attribute_not_exists(claimed_until) OR claimed_until <= :now)",
                now=clock.iso(now),
            )
        )
    except dynamo.ConditionFailed:
        _due_after_claim(entry)
        return None
    return load({"pk": _pk(entry.booking_id), "sk": entry.key})


def _due_after_claim(entry: Entry) -> None:
    seen = load({"pk": _pk(entry.booking_id), "sk": entry.key})
    if seen is None or seen.claimed_until is None:
        return
    write = dynamo.update(
        settings.bookings_table(),
        _pk(entry.booking_id),
        entry.key,
        set=due.at(seen.claimed_until, _DUE),
        when="claimed_until = :seen",
        seen=clock.iso(seen.claimed_until),
    )
    _unless_changed(write)


def mark(entry: Entry, ended: Mapping[Delivery, str], now: datetime) -> tuple[Delivery, ...]:
    """What became of messages, in one write: the moment each was sent, or why it never will be.

    The rest is due again after a pause, or has failed for good, which asks for an operator. Returns what has.
    """
    rest = tuple(each for each in entry.pending if each not in ended)
    failed = rest if rules.gives_up(entry.since, now) else ()
    states = {**ended, **dict.fromkeys(failed, FAILED)}
    changes: Item = {f"deliveries.{delivery}": state for delivery, state in states.items()}
    remove: tuple[str, ...] = ("claimed_until",)
    if failed:
        changes |= tasks.asked(_TASK, now)
    if rest and not failed:
        changes |= due.at(now + rules.pause_after(entry.tries), _DUE) | {"tries": max(entry.tries, 1)}
    else:
        remove += due.NOTHING
    dynamo.write(
        dynamo.update(
            settings.bookings_table(),
            _pk(entry.booking_id),
            entry.key,
            set=changes,
            remove=remove,
            when="attribute_exists(pk)",
        )
    )
    return failed


def put_off(keys: Mapping[str, str], now: datetime) -> None:
    """There is no time to send it now: it is due at once, for the sweep."""
    write = dynamo.update(
        settings.bookings_table(), keys["pk"], keys["sk"], set=due.at(now, _DUE), when="attribute_exists(pk)"
    )
    _unless_changed(write)


def all_due(now: datetime) -> Iterator[Mapping[str, str]]:
    """Keys of the notices that are to be tried again, the longest due first."""
    for found in due.until(now, days=_DUE_DAYS, kind=_DUE):
        yield {"pk": found["pk"], "sk": found["sk"], "due_at": found["due_at"]}


def hand_over(found: Mapping[str, str], now: datetime) -> bool:
    """Have the table's stream hand a due notice to the function that sends; False: somebody else did.

    It stays due, a little later, until that function has marked it.
    """
    write = dynamo.update(
        settings.bookings_table(),
        found["pk"],
        found["sk"],
        set={"resend": clock.iso(now)} | due.at(now + rules.CLAIM, _DUE),
        when="due_at = :seen",
        seen=found["due_at"],
    )
    return _unless_changed(write)


def again(entry: Entry, now: datetime) -> Write:
    """An operator has what failed of a notice sent again, for another day.

    Raises:
        Conflict: nothing of it has failed.
    """
    failed = [delivery for delivery, state in entry.states.items() if state == FAILED]
    if not failed:
        raise Conflict("nothing_failed", "Отправлять повторно нечего: неудачных отправок нет")
    return dynamo.update(
        settings.bookings_table(),
        _pk(entry.booking_id),
        entry.key,
        set={f"deliveries.{delivery}": _PENDING for delivery in failed}
        | {"since": clock.iso(now), "resend": clock.iso(now)}
        | due.at(now + rules.CLAIM, _DUE),
        remove=tasks.NOTHING,
        when=f"task = :task AND #deliveries.#{failed[0]} = :failed",
        task=_TASK,
        failed=FAILED,
    )


def _unless_changed(write: Write) -> bool:
    try:
        dynamo.write(write)
    except dynamo.ConditionFailed:
        return False
    return True


def _pk(booking_id: str) -> str:
    return f"BOOKING#{booking_id}"


def _entry(item: Item) -> Entry:
    states = item["deliveries"]
    created_at = clock.parse(item["created_at"])
    return Entry(
        booking_id=item["pk"].removeprefix("BOOKING#"),
        key=item["sk"],
        notice=Notice(item["notice"]),
        about=item["sk"].removeprefix(_PREFIX + item["notice"]).removeprefix("#") or None,
        pending=tuple(Delivery(name) for name, state in states.items() if state == _PENDING),
        created_at=created_at,
        since=clock.parse(item["since"]) if "since" in item else created_at,
        tries=item.get("tries", 0),
        resend=clock.parse(item["resend"]) if "resend" in item else None,
        claimed_until=clock.parse(item["claimed_until"]) if "claimed_until" in item else None,
        states=states,
    )
