"""Requests for a doctor's call: rows beside their booking in the Bookings table, their words in the Patients
table, in partitions of their own, where they are put once and never changed.

What is open is due under a name of its own (`platform.due`), so the queue is a query of the index, the
longest due first, and costs what is open, not what is stored. A holder's own are found by pointers in the
holder's partition, in the order in which they were asked for.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from teleconsult.callbacks.model import (
    CallAttempt,
    Callback,
    CallbackResult,
    CallbackStatus,
    CallResult,
    Words,
)
from teleconsult.platform import clock, cursors, due, dynamo, settings, tasks
from teleconsult.platform.dynamo import Item, Write
from teleconsult.platform.errors import NotFound

OVERDUE = "callback_overdue"
"""Why an operator is called."""

_BOOKING, _HOLDER, _CALLBACK = "BOOKING#", "HOLDER#", "CALLBACK#"
_OPEN_OF = "CALLBACKS"  # which one is open of a booking; how many of a holder
_QUESTION, _NOTE = "QUESTION", "NOTE"

# Not by day: few wait at any time, one query finds them all in order, and no outage is too long.
_DUE = "CALLBACKS"

_PLACE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (b-[a-z2-7]{26}) (cb-[a-z2-7]{26})")
_OWN_PLACE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ#cb-[a-z2-7]{26}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request's row is."""

    booking_id: str
    callback_id: str


@dataclass(frozen=True, slots=True)
class Page:
    """Requests in the order of the list, and the cursor of the next page (None: that was all)."""

    callbacks: tuple[Callback, ...]
    next: str | None


def asked(callback: Callback, words: Words, limit: int | None) -> list[Write]:
    """The new request in the queue. The first is refused where it is there already, the second where another
    of the booking is open, the third where the holder has `limit` open ones (None: whoever asks may)."""
    table = settings.bookings_table()
    of_booking = dynamo.update(
        table,
        _BOOKING + callback.booking_id,
        _OPEN_OF,
        set={"open": callback.callback_id},
        when="attribute_not_exists(#open)",
    )
    condition: dict[str, Any] = {}
    if limit is not None:
        condition = {"when": "attribute_not_exists(#open) OR #open < :limit", "limit": limit}
    of_holder = dynamo.update(table, _HOLDER + callback.holder_id, _OPEN_OF, add={"open": 1}, **condition)
    pointer = {
        "pk": _HOLDER + callback.holder_id,
        "sk": f"{_CALLBACK}{clock.iso(callback.asked_at)}#{callback.callback_id}",
        "booking": callback.booking_id,
    }
    return [
        dynamo.put(table, _item(callback), "attribute_not_exists(pk)"),
        of_booking,
        of_holder,
        dynamo.put(table, pointer),
        _said(callback, _QUESTION, words.question),
    ]


def assigned(callback: Callback, assignee: str | None, now: datetime) -> Write:
    """Somebody is to call, or nobody any more; refused where it changed since it was read."""
    changes = {"assignee": assignee, "assigned_at": clock.iso(now)} if assignee else {}
    return _change(
        callback,
        set=changes,
        remove=() if assignee else ("assignee", "assigned_at"),
        when="#version = :seen",
        seen=callback.version,
    )


def attempted(callback: Callback, attempt_id: str, attempt: CallAttempt) -> Write:
    """Somebody tried to call; refused where this attempt is noted already."""
    entry = {"at": clock.iso(attempt.at), "by": attempt.by, "result": attempt.result}
    return _change(
        callback, set={f"attempts.{attempt_id}": entry}, when=f"attribute_not_exists(attempts.#{attempt_id})"
    )


def closed(
    callback: Callback, result: CallbackResult, note: str | None, by: str, now: datetime, seen: int | None
) -> list[Write]:
    """It leaves the queue, and asks for no operator any more; the first is refused where it has left before,
    or changed since version `seen` (None: whatever it is)."""
    condition: dict[str, Any] = {"when": "#version = :seen", "seen": seen} if seen is not None else {}
    row = _change(
        callback,
        set={"status": result.status, "closed_at": clock.iso(now), "closed_by": by},
        remove=(*due.NOTHING, *tasks.NOTHING),
        **condition,
    )
    of_booking = dynamo.update(
        settings.bookings_table(),
        _BOOKING + callback.booking_id,
        _OPEN_OF,
        remove=["open"],
        when="#open = :this",
        this=callback.callback_id,
    )
    of_holder = dynamo.update(
        settings.bookings_table(), _HOLDER + callback.holder_id, _OPEN_OF, add={"open": -1}
    )
    return [row, of_booking, of_holder, *([_said(callback, _NOTE, note)] if note else [])]


def raised(callback: Callback, now: datetime) -> Write:
    """An operator is called, once; refused where it has left the queue or one was called before.

    The version stays: who has the request before them has missed nothing that anybody did.
    """
    return dynamo.update(
        settings.bookings_table(),
        _BOOKING + callback.booking_id,
        _CALLBACK + callback.callback_id,
        set={"raised_at": clock.iso(now)} | tasks.asked(OVERDUE, now),
        when="#status = :open AND attribute_not_exists(raised_at)",
        open=CallbackStatus.OPEN,
    )


def find(at: Place) -> Callback | None:
    item = dynamo.get(settings.bookings_table(), _BOOKING + at.booking_id, _CALLBACK + at.callback_id)
    return _callback(item) if item else None


def load(at: Place) -> Callback:
    """
    Raises:
        NotFound: the booking has no such request.
    """
    callback = find(at)
    if callback is None:
        raise NotFound("Заявка не найдена")
    return callback


def open_of_booking(booking_id: str) -> str | None:
    """The id of the request of a booking that is open, if one is."""
    item = dynamo.get(settings.bookings_table(), _BOOKING + booking_id, _OPEN_OF)
    return item.get("open") if item else None


def of_booking(booking_id: str) -> list[Callback]:
    """All requests of a booking, open or not, the earliest first."""
    items = dynamo.query_all(
        settings.bookings_table(),
        "pk = :pk AND begins_with(sk, :callbacks)",
        pk=_BOOKING + booking_id,
        callbacks=_CALLBACK,
    )
    return sorted(map(_callback, items), key=lambda each: (each.asked_at, each.callback_id))


def of_holder(holder_id: str, limit: int = 20, cursor: str | None = None) -> Page:
    """A holder's requests, newest first.

    Raises:
        Invalid: a cursor that no page gave.
    """
    start = {"pk": _HOLDER + holder_id, "sk": _CALLBACK + _own_place(cursor)} if cursor else None
    pointers, after = dynamo.query(
        settings.bookings_table(),
        "pk = :pk AND begins_with(sk, :callbacks)",
        limit=limit,
        newest_first=True,
        start=start,
        pk=_HOLDER + holder_id,
        callbacks=_CALLBACK,
    )
    places = [Place(each["booking"], each["sk"].rpartition("#")[2]) for each in pointers]
    return Page(tuple(_rows(places)), cursors.write(after["sk"].removeprefix(_CALLBACK)) if after else None)


def queue(limit: int = 20, cursor: str | None = None) -> Page:
    """What is open, the longest due first: what has just left the queue may be missing from a page.

    Raises:
        Invalid: a cursor that no page gave.
    """
    keys, after = dynamo.query(
        settings.bookings_table(),
        "due_day = :due",
        index="due",
        limit=limit,
        start=_start(cursor) if cursor else None,
        due=_DUE,
    )
    rows = _rows([_place(key) for key in keys])
    return Page(tuple(each for each in rows if each.open), _cursor(after) if after else None)


def overdue(now: datetime) -> Iterator[Place]:
    """What is open and should have been answered by now, the longest overdue first, by the index alone."""
    for key in dynamo.query_all(
        settings.bookings_table(),
        "due_day = :due AND due_at < :now",
        index="due",
        due=_DUE,
        now=clock.iso(now),
    ):
        yield _place(key)


def words(callback_ids: Sequence[str]) -> dict[str, Words]:
    """What was asked and noted, by request, in one read."""
    keys = [(_CALLBACK + each, part) for each in callback_ids for part in (_QUESTION, _NOTE)]
    said = {
        (item["pk"], item["sk"]): item["text"] for item in dynamo.batch_get(settings.patients_table(), keys)
    }
    return {
        each: Words(said[_CALLBACK + each, _QUESTION], said.get((_CALLBACK + each, _NOTE)))
        for each in callback_ids
        if (_CALLBACK + each, _QUESTION) in said
    }


def _said(callback: Callback, part: str, text: str) -> Write:
    item = {"pk": _CALLBACK + callback.callback_id, "sk": part, "text": text}
    return dynamo.put(settings.patients_table(), item, "attribute_not_exists(pk)")


def _change(
    callback: Callback,
    *,
    set: Mapping[str, Any],
    remove: Sequence[str] = (),
    when: str | None = None,
    **values: Any,
) -> Write:
    """A change of an open request by somebody."""
    return dynamo.update(
        settings.bookings_table(),
        _BOOKING + callback.booking_id,
        _CALLBACK + callback.callback_id,
        set=set,
        add={"version": 1},
        remove=remove,
        when="#status = :status_open" + (f" AND {when}" if when else ""),
        status_open=CallbackStatus.OPEN,
        **values,
    )


def _rows(places: Sequence[Place]) -> list[Callback]:
    keys = [(_BOOKING + each.booking_id, _CALLBACK + each.callback_id) for each in places]
    return [_callback(item) for item in dynamo.batch_get(settings.bookings_table(), keys)]


def _place(key: Item) -> Place:
    return Place(key["pk"].removeprefix(_BOOKING), key["sk"].removeprefix(_CALLBACK))


def _cursor(after: Item) -> str:
    at = _place(after)
    return cursors.write(f"{after['due_at']} {at.booking_id} {at.callback_id}")


def _start(cursor: str) -> Item:
    place = cursors.read(cursor)
    parts = _PLACE.fullmatch(place)
    if not parts:
        raise cursors.unknown()
    return {
        "pk": _BOOKING + parts[1],
        "sk": _CALLBACK + parts[2],
        "due_day": _DUE,
        "due_at": place.partition(" ")[0],
    }


def _own_place(cursor: str) -> str:
    place = cursors.read(cursor)
    if not _OWN_PLACE.fullmatch(place):
        raise cursors.unknown()
    return place


def _item(callback: Callback) -> Item:
    return {
        "pk": _BOOKING + callback.booking_id,
        "sk": _CALLBACK + callback.callback_id,
        "status": callback.status,
        # Not `holder_id`: that would be one of the holder's bookings in their index.
        "holder": callback.holder_id,
        "asked_at": clock.iso(callback.asked_at),
        "asked_by": callback.asked_by,
        "answer_by": clock.iso(callback.answer_by),
        "not_before": clock.iso(callback.not_before) if callback.not_before else None,
        "version": callback.version,
        "attempts": {},
        "due_day": _DUE,
        "due_at": clock.iso(callback.answer_by),
    }


def _callback(item: Item) -> Callback:
    attempts = {
        name: CallAttempt(clock.parse(each["at"]), each["by"], CallResult(each["result"]))
        for name, each in item["attempts"].items()
    }
    return Callback(
        callback_id=item["sk"].removeprefix(_CALLBACK),
        booking_id=item["pk"].removeprefix(_BOOKING),
        holder_id=item["holder"],
        status=CallbackStatus(item["status"]),
        asked_at=clock.parse(item["asked_at"]),
        asked_by=item["asked_by"],
        answer_by=clock.parse(item["answer_by"]),
        not_before=_moment(item, "not_before"),
        version=item["version"],
        assignee=item.get("assignee"),
        assigned_at=_moment(item, "assigned_at"),
        attempts=dict(sorted(attempts.items(), key=lambda pair: (pair[1].at, pair[0]))),
        closed_at=_moment(item, "closed_at"),
        closed_by=item.get("closed_by"),
        raised_at=_moment(item, "raised_at"),
    )


def _moment(item: Item, name: str) -> datetime | None:
    return clock.parse(item[name]) if name in item else None
