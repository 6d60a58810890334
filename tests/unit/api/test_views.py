"""What a booking shows of its money."""

from datetime import UTC, datetime, timedelta

import pytest

from teleconsult.api import views
from teleconsult.booking.model import PaymentStage, Record, Status
from tests.bookings import PRICE, booking

NOW = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)


def due(received: int = 0, **changes: object) -> int:
    row = booking("b-1", NOW, **changes)
    return views.booking(Record(booking=row, payment=PaymentStage(received=received)), side=None).due


def test_a_booking_tells_from_when_to_when_its_link_leads_on() -> None:
    row = booking("b-1", NOW)
    shown = views.summary(row)
    assert (shown.opens_at, shown.closes_at) == (row.slot_start - timedelta(minutes=15), row.verdict_after)


def test_what_was_received_is_not_asked_for_again() -> None:
    assert due() == PRICE
    assert due(received=100_000) == PRICE - 100_000


@pytest.mark.parametrize("status", [status for status in Status if status.final])
def test_nothing_is_due_for_what_is_over(status: Status) -> None:
    assert due(status=status) == 0


def test_nothing_is_due_for_what_is_paid() -> None:
    assert due(received=PRICE, paid_at=NOW) == 0
    assert due(paid_at=NOW) == 0
