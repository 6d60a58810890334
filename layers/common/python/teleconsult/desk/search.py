"""Bookings found by phone, name or contract number, and a caller found by phone. What was typed is not kept.

Each is a question of an index: its cost grows with what is found, not with what is stored.
"""

from dataclasses import dataclass

from teleconsult.booking import store as bookings
from teleconsult.booking.model import Booking
from teleconsult.desk import rules
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.people import contacts
from teleconsult.people import store as people_store
from teleconsult.people.model import People
from teleconsult.platform import clock, cursors, ids, settings
from teleconsult.platform.checks import refuse
from teleconsult.platform.errors import NotFound


@dataclass(frozen=True, slots=True)
class Found:
    """A booking with its people."""

    booking: Booking
    people: People


@dataclass(frozen=True, slots=True)
class FoundPage:
    """Bookings, newest first, and the cursor of the next page (None: that was all)."""

    found: tuple[Found, ...]
    next: str | None


def by_phone(typed: str, cursor: str | None = None) -> FoundPage:
    """A holder's bookings, the latest slot first, however the number is typed.

    Raises:
        Invalid: no phone number, or a cursor that no page gave.
    """
    rows, after = bookings.page_of_holder(_holder(typed), rules.PAGE, cursor)
    return FoundPage(_with_people(rows), after)


def by_contract(typed: str) -> FoundPage:
    """The booking of a contract.

    Raises:
        Invalid: no contract has such a number.
    """
    return FoundPage(_with_people(bookings.of_contract(rules.contract_searched(typed))), None)


def by_name(typed: str, cursor: str | None = None) -> FoundPage:
    """Bookings whose patient's or holder's name begins so, family name first; what was booked last comes
    first.

    Raises:
        Invalid: too few letters, too many of that name, or a cursor that no page gave.
    """
    named = people_store.by_name(rules.name_searched(typed), rules.MOST_NAMED)
    if len(named) > rules.MOST_NAMED:
        refuse("name", "too_many", "Найдено слишком много записей: добавьте имя или отчество")
    rows = sorted(bookings.many([each.booking_id for each in named]), key=_place, reverse=True)
    after = cursors.read(cursor) if cursor else None
    rest = [row for row in rows if after is None or _place(row) < after]
    shown = rest[: rules.PAGE]
    more = len(rest) > len(shown)
    return FoundPage(_with_people(shown), cursors.write(_place(shown[-1])) if more else None)


def caller(typed: str) -> str:
    """The holder whose phone this is.

    Raises:
        Invalid: no phone number.
        NotFound: nobody has booked by it.
    """
    holder_id = _holder(typed)
    if not known(holder_id):
        raise NotFound("По этому номеру никто ещё не записывался")
    return holder_id


def known(holder_id: str) -> bool:
    """Whether somebody has a balance that was ever used, or a booking."""
    used = ledger.load(ledger_rules.balance(holder_id)).version
    return bool(used or bookings.latest_of_holder(holder_id, limit=1))


def _holder(typed: str) -> str:
    return ids.holder_id(settings.pepper(), contacts.phone(typed, "phone"))


def _place(booking: Booking) -> str:
    """Where a booking stands among those of a name."""
    return f"{clock.iso(booking.created_at)} {booking.booking_id}"


def _with_people(rows: list[Booking]) -> tuple[Found, ...]:
    found = people_store.of_each([row.booking_id for row in rows])
    return tuple(Found(row, found[row.booking_id]) for row in rows if row.booking_id in found)
