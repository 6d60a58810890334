"""Sending again what could not be sent, when an operator has seen to the reason."""

from datetime import datetime

from teleconsult.notices import outbox
from teleconsult.notices.outbox import Entry
from teleconsult.platform import dynamo
from teleconsult.platform.dynamo import Write
from teleconsult.platform.errors import Conflict


def send_again(booking_id: str, notice_id: str, also: Write, now: datetime) -> Entry:
    """Have what failed of a notice sent again; `also`: the entry of the audit trail.

    Raises:
        NotFound: the booking has no such notice.
        Conflict: nothing of it has failed, or somebody else has it sent again.
    """
    entry = outbox.find(booking_id, notice_id)
    try:
        dynamo.transact([outbox.again(entry, now), also])
    except dynamo.TransactionRefused:
        raise Conflict("nothing_failed", "Отправлять повторно нечего: неудачных отправок нет") from None
    return outbox.find(booking_id, notice_id)
