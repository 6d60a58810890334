"""What was done with a booking, by whom and when: its audit trail, and what its own rows say of themselves.

A word about the consultation and a contact attempt are rows that name their author and are never changed:
an entry beside each would say it twice, and cost as much as the act.
"""

from collections.abc import Iterator

from teleconsult.booking.model import Record
from teleconsult.platform import clock
from teleconsult.trail import store as trail
from teleconsult.trail.model import Entry, TrailPage


def of_booking(record: Record, cursor: str | None = None) -> TrailPage:
    """Newest first.

    Raises:
        Invalid: a cursor that no page gave.
    """
    page = trail.of(record.booking.booking_id, cursor=cursor)
    newest = trail.place_of(cursor) if cursor else None
    oldest = trail.place(page.entries[-1]) if page.next else ""
    here = [each for each in _own(record) if trail.place(each) >= oldest]
    if newest:
        here = [each for each in here if trail.place(each) < newest]
    return TrailPage(tuple(sorted((*page.entries, *here), key=trail.place, reverse=True)), page.next)


def _own(record: Record) -> Iterator[Entry]:
    booking_id, said = record.booking.booking_id, record.outcome
    if said.word and said.said_by and said.done_at:
        yield Entry(
            subject=booking_id,
            entry_id="OUTCOME",
            at=said.done_at,
            by=said.said_by,
            action="outcome_said",
            about={"outcome": said.word},
        )
    for attempt in record.contact_attempts:
        yield Entry(
            subject=booking_id,
            entry_id=f"CONTACT {clock.iso(attempt.at)}",
            at=attempt.at,
            by=attempt.by,
            action="contact_attempted",
            about={"result": attempt.result},
        )
