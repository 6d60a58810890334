"""The link to the cabinet, sent again to whoever has not consented or paid yet (S12)."""

from datetime import UTC, datetime, time, timedelta

from teleconsult.booking import rules as booking_rules
from teleconsult.booking.model import Record
from teleconsult.desk.rules import LINKS_A_DAY
from teleconsult.notices import outbox
from teleconsult.notices.rules import Notice
from teleconsult.platform import clock, dynamo, ids, settings
from teleconsult.platform.dynamo import Write
from teleconsult.platform.errors import Conflict, TooMany

_KEPT = timedelta(days=2)  # of a day's counter, for the cleaning only


def link_of(booking_id: str, creator: str, idempotency_key: str) -> str:
    """What one sending of the link is known by: the same key is the same one."""
    return ids.content_hash([booking_id, creator, idempotency_key])[:32]


def send_again(record: Record, link: str, now: datetime, entry: Write) -> None:
    """Send the link once more, a few times a day at most. The same link again changes nothing. `entry`: of
    the audit trail.

    Raises:
        Conflict: the booking waits for neither consents nor payment, or not any more.
        TooMany: it was sent as often today as it may be.
    """
    booking = record.booking
    if not booking_rules.waits_for_patient(booking, now):
        raise Conflict("link_not_needed", "Запись не ждёт ни согласий, ни оплаты")
    told = outbox.put(booking.booking_id, Notice.PAYMENT_LINK, now, about=link)
    try:
        dynamo.transact([told, _counted(booking.booking_id, now), entry])
    except dynamo.TransactionRefused as refused:
        if 0 in refused.failed or 1 not in refused.failed:  # sent before
            return
        raise used_up(now) from None


def _counted(booking_id: str, now: datetime) -> Write:
    return dynamo.update(
        settings.bookings_table(),
        f"BOOKING#{booking_id}",
        f"LINKS#{now.date().isoformat()}",
        add={"sent": 1},
        set={"expires_at": clock.epoch(now + _KEPT)},
        when="attribute_not_exists(sent) OR sent < :most",
        most=LINKS_A_DAY,
    )


def used_up(now: datetime) -> TooMany:
    tomorrow = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
    return TooMany(
        "too_many_links",
        "Ссылку сегодня отправляли уже несколько раз. Продиктуйте адрес кабинета или повторите завтра",
        retry_after=int((tomorrow - now).total_seconds()),
    )
