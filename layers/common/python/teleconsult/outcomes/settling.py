"""Settling a consultation: held money goes to revenue, or back to the balance (S15). Each exactly once."""

from contextlib import suppress
from datetime import datetime

from teleconsult.booking import rules as booking_rules
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Record, Stands
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.ledger.rules import Transfer
from teleconsult.notices import outbox
from teleconsult.notices.rules import Notice
from teleconsult.outcomes import rules
from teleconsult.platform.dynamo import Write


def recognise_revenue(booking_id: str, now: datetime) -> Record:
    """The consultation was held: its price becomes revenue, the booking COMPLETED."""
    record = bookings.load(booking_id)
    transfer = ledger_rules.revenue_recognised(booking_id, record.booking.price)
    return _settle(record, Stands.HELD, transfer, [], now)


def credit_balance(booking_id: str, now: datetime) -> Record:
    """Not held, whatever the reason: the full price goes to the holder's balance, the booking NOT_HELD."""
    record = bookings.load(booking_id)
    booking = record.booking
    transfer = ledger_rules.returned_to_balance(booking_id, booking.holder_id, booking.price, "not_held")
    return _settle(record, Stands.NOT_HELD, transfer, [outbox.put(booking_id, Notice.NOT_HELD, now)], now)


def _settle(
    record: Record, expected: Stands, transfer: Transfer, notices: list[Write], now: datetime
) -> Record:
    booking = record.booking
    if booking.status.final:
        return record
    if booking_rules.verdict(record) is not expected or record.outcome.word is None:
        raise ValueError(f"{booking.booking_id}: the verdict is not {expected}")
    settled = bookings.settled(booking, record.outcome.word, now, rules.task_of(record.outcome))
    with suppress(ledger.AlsoRefused):  # another run settled it: money and row change together
        ledger.post(transfer, also=[settled, *notices], now=now)
    return bookings.load(booking.booking_id)
