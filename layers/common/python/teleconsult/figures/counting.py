"""The walk that makes the figures: through all bookings, then all transfers, page by page, over as many runs
as it takes."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from teleconsult.booking import store as bookings
from teleconsult.booking.model import Booking
from teleconsult.catalogue import store as catalogue_store
from teleconsult.figures import store
from teleconsult.figures.rules import Count
from teleconsult.figures.store import Overtaken, Part, Place
from teleconsult.ledger import store as ledger
from teleconsult.ledger.store import Entry
from teleconsult.platform.dynamo import Page
from teleconsult.platform.errors import Unavailable
from teleconsult.platform.observability import logger
from teleconsult.platform.tally import Tally


def count(now: datetime, has_time: Callable[[], bool], most: int | None = None) -> Tally:
    """Count everything anew, or go on where the last run had to stop; until the end the figures stay as they
    are.

    Counts rows: `found` were looked at, `failed` could not be read and are in no figure, `done` were counted
    by this run; `left` is 1 where the walk is not over. `most`: rows of one page, for who wants small ones.
    """
    tally = Tally()
    with suppress(Overtaken):
        try:
            zone = catalogue_store.load().clinic.zone
        except Unavailable:  # a clinic that has not opened yet
            return tally
        run = store.begin(now, zone)
        place = _walk(run.count, run.place, has_time, most, tally)
        store.end(run, place)
        tally.done = tally.found - tally.failed
        tally.left = 0 if place is None else 1
    return tally


def _walk(
    count: Count, place: Place, has_time: Callable[[], bool], most: int | None, tally: Tally
) -> Place | None:
    """Add up page after page, one at least. Where the next run goes on; None: that was all."""
    at: Place | None = place
    while at:
        page = _read(at, most)
        for row in page.read:
            _add(count, row)
        for key in page.unreadable:
            logger.error("a row is in no figure", key=key)
        tally.found += len(page.read) + len(page.unreadable)
        tally.failed += len(page.unreadable)
        at = _following(at, page)
        if not has_time():
            break
    return at


def _read(place: Place, most: int | None) -> Page[Booking] | Page[Entry]:
    if place.part is Part.BOOKINGS:
        return bookings.page(place.after, most)
    return ledger.page(place.after, most)


def _following(place: Place, page: Page[Booking] | Page[Entry]) -> Place | None:
    if page.after:
        return Place(place.part, page.after)
    return Place(Part.TRANSFERS) if place.part is Part.BOOKINGS else None


def _add(count: Count, row: Booking | Entry) -> None:
    match row:
        case Booking():
            count.add_booking(row)
        case Entry():
            count.add_transfer(row.transfer, row.posted_at)
