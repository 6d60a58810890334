"""Refunds' rows in the Bookings table, and which refund of the provider's is which of ours.

A row's key holds when it was asked for: a holder's refunds are read in that order without an index, and the
sweep knows from the index of what is due alone how old each is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from teleconsult.platform import clock, cursors, due, dynamo, settings, tasks
from teleconsult.platform.dynamo import Item, Write
from teleconsult.platform.errors import NotFound
from teleconsult.refunds.model import AskedFor, Refund, RefundStatus, RefundWay
from teleconsult.refunds.rules import TASK_REFUSED

_HOLDER = "HOLDER#"
_REFUND = "REFUND#"
_TAKEN = "PROVIDER_REFUND#"

# The index of what is due, under a name of its own: other sweeps do not meet it. Not by day: few wait at any
# time, one query finds them all, and no outage is too long.
_DUE = "REFUNDS"

_NOT_ENDED = "#status IN (:asked, :pending)"
_OPEN: dict[str, Any] = {"asked": RefundStatus.ASKED, "pending": RefundStatus.PENDING}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a refund's row is."""

    holder_id: str
    asked_at: datetime
    refund_id: str

    @property
    def about(self) -> str:
        """The place within the holder's refunds, as a notice or a page keeps it."""
        return f"{clock.iso(self.asked_at)}#{self.refund_id}"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A refund that has not ended, as the index knows it."""

    place: Place
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """Refunds, newest first, and the cursor of the next page (None: that was all)."""

    refunds: tuple[Refund, ...]
    next: str | None


def place(refund: Refund) -> Place:
    return Place(refund.holder_id, refund.asked_at, refund.refund_id)


def place_of(holder_id: str, about: str) -> Place:
    """The place that `Place.about` tells.

    Raises:
        ValueError: it tells none.
    """
    asked_at, _, refund_id = about.partition("#")
    return Place(holder_id, clock.parse(asked_at), refund_id)


def asked(refund: Refund) -> Write:
    """The new row; refused where it is there already. What the desk has to pay out asks for an operator."""
    asks = tasks.asked(refund.task, refund.asked_at) if refund.task else {}
    return dynamo.put(settings.bookings_table(), _item(refund) | asks, "attribute_not_exists(pk)")


def pending(refund: Refund, provider_refund_id: str, due_at: datetime) -> list[Write]:
    """The provider has taken it, and will say what became of it; refused where it has ended."""
    changes = {"status": RefundStatus.PENDING, "provider_refund_id": provider_refund_id, **_due(due_at)}
    return [_change(refund, changes), _taken(refund, provider_refund_id)]


def succeeded(refund: Refund, provider_refund_id: str, now: datetime) -> list[Write]:
    """The money went back; refused where the refund has ended, or the provider's is another's of ours."""
    changes = {"status": RefundStatus.SUCCEEDED, "provider_refund_id": provider_refund_id}
    return [_ended(refund, changes, now), _taken(refund, provider_refund_id)]


def refused(refund: Refund, provider_refund_id: str | None, refusal: str, now: datetime) -> list[Write]:
    """The provider did not give the money back, which an operator has to hear; refused where the refund has
    ended, or the provider's is another's of ours."""
    changes = {"status": RefundStatus.REFUSED, "refusal": refusal, "provider_refund_id": provider_refund_id}
    told = {name: value for name, value in changes.items() if value is not None}
    taken = [_taken(refund, provider_refund_id)] if provider_refund_id else []
    return [_ended(refund, told | tasks.asked(TASK_REFUSED, now), now), *taken]


def paid_out(refund: Refund, document: str, now: datetime) -> Write:
    """The desk gave the money back, by a document of this number; refused where the refund has ended."""
    changes = {"status": RefundStatus.SUCCEEDED, "document": document}
    return _ended(refund, changes, now, tasks.NOTHING)


def not_paid_out(refund: Refund, refusal: str, now: datetime) -> Write:
    """An operator put the money back on the balance; refused where the refund has ended."""
    return _ended(refund, {"status": RefundStatus.REFUSED, "refusal": refusal}, now, tasks.NOTHING)


def task_answered(refund: Refund) -> Write:
    """An operator has seen to a refund that the provider refused; refused where nobody is asked for."""
    return dynamo.update(
        settings.bookings_table(),
        _pk(refund.holder_id),
        _REFUND + place(refund).about,
        remove=tasks.NOTHING,
        when="#task = :refused",
        refused=TASK_REFUSED,
    )


def put_off(refund: Refund, due_at: datetime) -> Write:
    """The sweep looks at it then; refused where it has ended."""
    return _change(refund, _due(due_at))


def load(at: Place) -> Refund:
    """
    Raises:
        NotFound: no such refund.
    """
    item = dynamo.get(settings.bookings_table(), _pk(at.holder_id), _REFUND + at.about)
    if item is None:
        raise NotFound("Возврат не найден")
    return _refund(item)


def of_request(holder_id: str, asked_at: datetime, request_id: str) -> list[Refund]:
    """All parts of one request, in their order."""
    items = dynamo.query_all(
        settings.bookings_table(),
        "pk = :pk AND begins_with(sk, :request)",
        pk=_pk(holder_id),
        request=f"{_REFUND}{clock.iso(asked_at)}#{request_id}-",
    )
    return [_refund(item) for item in items]


def of_holder(holder_id: str, limit: int = 20, cursor: str | None = None) -> Page:
    """A holder's refunds, newest first.

    Raises:
        Invalid: a cursor that no page gave.
    """
    items, after = dynamo.query(
        settings.bookings_table(),
        "pk = :pk AND begins_with(sk, :refunds)",
        limit=limit,
        newest_first=True,
        start=_read_cursor(cursor, holder_id) if cursor else None,
        pk=_pk(holder_id),
        refunds=_REFUND,
    )
    return Page(tuple(map(_refund, items)), _cursor(after) if after else None)


def open_of_payment(holder_id: str, payment_id: str) -> list[Refund]:
    """The holder's refunds of one payment that have not ended, the earliest first."""
    items = dynamo.query_all(
        settings.bookings_table(),
        "pk = :pk AND begins_with(sk, :refunds)",
        pk=_pk(holder_id),
        refunds=_REFUND,
    )
    return [
        refund
        for refund in map(_refund, items)
        if refund.payment_id == payment_id and not refund.status.ended
    ]


def behind(provider_refund_id: str) -> Place | None:
    """Which refund of ours one of the provider's is, if we know it to be one."""
    item = dynamo.get(settings.bookings_table(), _TAKEN + provider_refund_id, "REFUND")
    return place_of(item["holder"], item["refund"]) if item else None


def many(places: Sequence[Place]) -> list[Refund]:
    """The refunds in these places, in their order; what is not there is left out."""
    keys = [(_pk(at.holder_id), _REFUND + at.about) for at in places]
    return [_refund(item) for item in dynamo.batch_get(settings.bookings_table(), keys)]


def place_behind(pk: str, sk: str) -> Place | None:
    """The place that a table key tells; None: no refund's."""
    if not (pk.startswith(_HOLDER) and sk.startswith(_REFUND)):
        return None
    return place_of(pk.removeprefix(_HOLDER), sk.removeprefix(_REFUND))


def waiting() -> Iterator[Waiting]:
    """All that has not ended, the longest due first; its cost grows with what waits."""
    for key in dynamo.query_all(settings.bookings_table(), "due_day = :due", index="due", due=_DUE):
        at = place_of(key["pk"].removeprefix(_HOLDER), key["sk"].removeprefix(_REFUND))
        yield Waiting(at, clock.parse(key["due_at"]))


def _taken(refund: Refund, provider_refund_id: str) -> Write:
    """One refund of the provider's is one of ours: refused where it is another's already."""
    about = place(refund).about
    item = {
        "pk": _TAKEN + provider_refund_id,
        "sk": "REFUND",
        "holder": refund.holder_id,
        "refund": about,
    }
    return dynamo.put(
        settings.bookings_table(), item, "attribute_not_exists(pk) OR #refund = :about", about=about
    )


def _ended(refund: Refund, changes: Item, now: datetime, remove: Sequence[str] = ()) -> Write:
    return _change(refund, changes | {"ended_at": clock.iso(now)}, remove=(*due.NOTHING, *remove))


def _change(refund: Refund, changes: Item, remove: Sequence[str] = ()) -> Write:
    return dynamo.update(
        settings.bookings_table(),
        _pk(refund.holder_id),
        _REFUND + place(refund).about,
        set=changes,
        remove=remove,
        when=_NOT_ENDED,
        **_OPEN,
    )


def _due(moment: datetime) -> Item:
    return {"due_day": _DUE, "due_at": clock.iso(moment)}


def _cursor(after: Item) -> str:
    return cursors.write(after["sk"].removeprefix(_REFUND))


def _read_cursor(cursor: str, holder_id: str) -> Item:
    """Where a page starts. The holder is the asker's own, whatever the cursor says."""
    try:
        at = place_of(holder_id, cursors.read(cursor))
    except ValueError as error:
        raise cursors.unknown() from error
    return {"pk": _pk(holder_id), "sk": _REFUND + at.about}


def _pk(holder_id: str) -> str:
    return _HOLDER + holder_id


def _item(refund: Refund) -> Item:
    return {
        "pk": _pk(refund.holder_id),
        "sk": _REFUND + place(refund).about,
        "payment_id": refund.payment_id,
        "booking_id": refund.booking_id,
        "amount": refund.amount,
        "status": refund.status,
        "asked_by": refund.asked_by,
        "asked_for": refund.asked_for,
        "request_hash": refund.request_hash,
        "way": refund.way if refund.way is not RefundWay.PROVIDER else None,
        **(_due(refund.due_at) if refund.due_at else {}),
    }


def _refund(item: Item) -> Refund:
    at = place_of(item["pk"].removeprefix(_HOLDER), item["sk"].removeprefix(_REFUND))
    return Refund(
        refund_id=at.refund_id,
        holder_id=at.holder_id,
        payment_id=item["payment_id"],
        booking_id=item["booking_id"],
        amount=item["amount"],
        status=RefundStatus(item["status"]),
        asked_at=at.asked_at,
        asked_by=item["asked_by"],
        request_hash=item["request_hash"],
        asked_for=AskedFor(item["asked_for"]) if "asked_for" in item else None,
        due_at=_moment(item, "due_at"),
        provider_refund_id=item.get("provider_refund_id"),
        ended_at=_moment(item, "ended_at"),
        refusal=item.get("refusal"),
        way=RefundWay(item.get("way", RefundWay.PROVIDER)),
        document=item.get("document"),
        task=item.get("task"),
    )


def _moment(item: dict[str, Any], name: str) -> datetime | None:
    return clock.parse(item[name]) if name in item else None
