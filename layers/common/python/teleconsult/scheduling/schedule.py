"""Scheduling after payment (S13): contract number, place to meet, confirmation to both sides."""

from contextlib import suppress
from datetime import datetime

from teleconsult.booking import rules as booking_rules
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Channel, Record, Stands
from teleconsult.catalogue import store as catalogue_store
from teleconsult.notices import outbox
from teleconsult.notices.rules import Notice
from teleconsult.platform import dynamo, ids, settings


def schedule(booking_id: str, now: datetime) -> Record:
    """Schedule a paid booking, once. The slot itself was confirmed together with the payment."""
    record = bookings.load(booking_id)
    if booking_rules.stands(record) is not Stands.PAID:
        return record
    booking = record.booking
    room = None
    if booking.channel is Channel.ROOM:
        clinic = catalogue_store.load().clinic
        room = f"{clinic.room_url}/{ids.room_name(settings.pepper(), booking_id)}"
    with suppress(dynamo.TransactionRefused):  # another run was faster
        dynamo.transact(
            [
                bookings.scheduled(booking, now, booking_rules.contract_number(booking), room),
                outbox.put(booking_id, Notice.SCHEDULED, now),
            ]
        )
    return bookings.load(booking_id)
