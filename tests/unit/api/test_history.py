"""What was done with a booking, told page by page with what its own rows say (§7)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from teleconsult.booking.model import ContactAttempt, ContactResult, Outcome, OutcomeStage, Record
from teleconsult.desk import history
from teleconsult.trail import store as trail
from teleconsult.trail.model import Entry
from tests import bookings
from tests.unit.usecases.conftest import NOW

READ = Entry(subject="b-1", entry_id="request-1", at=NOW, by="staff:7", action="booking_read")


def at(minutes: int) -> Entry:
    return replace(READ, at=NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize("said_after", [-1, 0.5, 25.5, 49.5, 50.5, 74.5, 80])
def test_a_word_stands_once_in_the_order_of_time_whatever_the_page(said_after: float) -> None:
    trail.enter(*(at(minute) for minute in range(75)))  # a page has fifty
    said_at = NOW + timedelta(minutes=said_after)
    record = Record(
        booking=bookings.scheduled("b-1", NOW),
        outcome=OutcomeStage(word=Outcome.HELD, said_by="staff:8", done_at=said_at),
        contact_attempts=(ContactAttempt(said_at, ContactResult.BUSY, "staff:8"),),
    )
    first = history.of_booking(record)
    second = history.of_booking(record, first.next)
    told = [*first.entries, *second.entries]
    assert second.next is None
    assert len(told) == 77
    assert [each.at for each in told] == sorted((each.at for each in told), reverse=True)
    assert {each.action for each in told} == {"booking_read", "outcome_said", "contact_attempted"}
