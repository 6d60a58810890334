"""The outbox: a notice is written in the transaction that gives the reason for it, and sent afterwards."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from teleconsult.notices import rules
from teleconsult.notices.rules import Delivery, Notice
from teleconsult.platform import clock, dynamo, settings
from teleconsult.platform.dynamo import Write

_PREFIX = "OUTBOX#"
_PENDING = "pending"
_KEPT = timedelta(days=90)

NO_ADDRESS = "no_address"  # the doctor left the catalogue long ago
REFUSED = "refused"  # the number or address takes no message of ours, however often it is sent


@dataclass(frozen=True, slots=True)
class Entry:
    """A notice of a booking with what is still to send of it. `about`: what it was put in the outbox with."""

    booking_id: str
    key: str
    notice: Notice
    about: str | None
    pending: tuple[Delivery, ...]


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
        "pk": f"BOOKING#{booking_id}",
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
    if item is None:
        return None
    return Entry(
        booking_id=item["pk"].removeprefix("BOOKING#"),
        key=item["sk"],
        notice=Notice(item["notice"]),
        about=item["sk"].removeprefix(_PREFIX + item["notice"]).removeprefix("#") or None,
        pending=tuple(Delivery(name) for name, state in item["deliveries"].items() if state == _PENDING),
    )


def mark(entry: Entry, ended: Mapping[Delivery, str]) -> None:
    """What became of messages, in one write: the moment each was sent, or why it never will be."""
    dynamo.write(
        dynamo.update(
            settings.bookings_table(),
            f"BOOKING#{entry.booking_id}",
            entry.key,
            set={f"deliveries.{delivery}": state for delivery, state in ended.items()},
            when="attribute_exists(pk)",
        )
    )
