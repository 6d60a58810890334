"""How many unpaid bookings one holder may have at a time: a form that holds a doctor's time costs nothing.

Whoever signed in is counted by what they made signed in, a phone on the public form by what was made there in
its name: anybody can type another's number, and must not keep its holder out of the cabinet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from teleconsult.booking import rules as booking_rules
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Booking
from teleconsult.platform import clock, dynamo, settings
from teleconsult.platform.dynamo import Write
from teleconsult.platform.errors import NotFound, TooMany

_SK = "HOLDS"
_KEPT = timedelta(days=1)  # a list of holds that are all over


@dataclass(frozen=True, slots=True)
class LiveHolds:
    """The unpaid bookings of one creator in one holder's name, as read: the end of each hold, by booking."""

    pk: str
    version: int
    until: Mapping[str, datetime]


def of(created_by: str, holder_id: str) -> LiveHolds:
    """What `created_by` (the holder, or `site`) holds unpaid for a holder, in one consistent read."""
    pk = f"HOLDS#{created_by}#{holder_id}"
    item = dynamo.get(settings.bookings_table(), pk, _SK)
    if item is None:
        return LiveHolds(pk, 0, {})
    return LiveHolds(pk, item["version"], {name: clock.parse(text) for name, text in item["until"].items()})


def add(holds: LiveHolds, booking: Booking, limit: int, now: datetime) -> Write:
    """One more; refused where the list has changed since it was read.

    Raises:
        TooMany: `limit` of them are live.
    """
    others = (each for each in holds.until.items() if each[0] != booking.booking_id)
    live = {name: until for name, until in others if until > now}
    if len(live) >= limit:  # what was paid or ended before its time counts no more
        live = {name: until for name, until in live.items() if _waits_for_payment(name, now)}
    if len(live) >= limit:
        raise TooMany(
            "too_many_holds",
            f"Нельзя держать больше {limit} неоплаченных записей сразу: оплатите одну из них "
            "или дождитесь, когда истечёт срок её оплаты",
        )
    live[booking.booking_id] = booking.hold_until
    item = {
        "pk": holds.pk,
        "sk": _SK,
        "version": holds.version + 1,
        "until": {name: clock.iso(until) for name, until in live.items()},
        "expires_at": clock.epoch(max(live.values()) + _KEPT),
    }
    if holds.version:
        return dynamo.put(settings.bookings_table(), item, "#version = :seen", seen=holds.version)
    return dynamo.put(settings.bookings_table(), item, "attribute_not_exists(pk)")


def _waits_for_payment(booking_id: str, now: datetime) -> bool:
    try:
        return booking_rules.waits_for_payment(bookings.load(booking_id).booking, now)
    except NotFound:
        return False
