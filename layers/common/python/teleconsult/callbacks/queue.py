"""The staff look at requests for a doctor's call: a reading of a question leaves an entry first (§7)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from teleconsult.booking import store as bookings
from teleconsult.booking.model import Booking
from teleconsult.callbacks import store
from teleconsult.callbacks.model import Callback, Words
from teleconsult.people import store as people_store
from teleconsult.people.model import People
from teleconsult.trail import store as trail
from teleconsult.trail.model import Entry

_PAGE = 20
_MOST_PAGES = 5  # of the index, that are looked through for one page of the caller's

Seen = Callable[[Callback, Booking], bool]


@dataclass(frozen=True, slots=True)
class Opened:
    """Requests with all that whoever calls needs. By booking: `bookings`, `people`; by request: `words`."""

    callbacks: Sequence[Callback]
    bookings: dict[str, Booking]
    people: dict[str, People]
    words: dict[str, Words]
    next: str | None = None


def waiting(may_see: Seen, cursor: str | None, *, by: str, request_id: str, now: datetime) -> Opened:
    """One page of what is open and `may_see` lets through, the longest due first.

    Raises:
        Invalid: a cursor that no page gave.
    """
    found: list[Callback] = []
    known: dict[str, Booking] = {}
    for _ in range(_MOST_PAGES):
        page = store.queue(_PAGE, cursor)
        known |= bookings.rows(dict.fromkeys(each.booking_id for each in page.callbacks))
        found += [each for each in page.callbacks if may_see(each, known[each.booking_id])]
        cursor = page.next
        if cursor is None or len(found) >= _PAGE:
            break
    return _opened(found, known, cursor, by, request_id, now)


def of_booking(booking: Booking, may_see: Seen, *, by: str, request_id: str, now: datetime) -> Opened:
    """All of a booking that `may_see` lets through, answered or not, the earliest first."""
    found = [each for each in store.of_booking(booking.booking_id) if may_see(each, booking)]
    return _opened(found, {booking.booking_id: booking}, None, by, request_id, now)


def _opened(
    found: list[Callback],
    known: dict[str, Booking],
    cursor: str | None,
    by: str,
    request_id: str,
    now: datetime,
) -> Opened:
    trail.enter_readings(
        Entry(
            subject=each.booking_id,
            entry_id=request_id,
            at=now,
            by=by,
            action="callback_read",
            about={"callback": each.callback_id},
        )
        for each in found
    )
    booking_ids = list(dict.fromkeys(each.booking_id for each in found))
    people = dict(zip(booking_ids, people_store.load_many(booking_ids), strict=True))
    return Opened(found, known, people, store.words([each.callback_id for each in found]), cursor)
