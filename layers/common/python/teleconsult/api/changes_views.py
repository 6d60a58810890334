"""What the API shows of a doctor's day that was cleared."""

from dataclasses import dataclass
from datetime import datetime

from teleconsult.api.views import SlotView, slot
from teleconsult.changes.model import Became, Cleared, Dealt


@dataclass(frozen=True, slots=True, kw_only=True)
class DealtView:
    """What became of one booking of the day, which began at `start`. `slot`: where it was moved to. `reason`,
    `message`: why it was left, or failed, for programs and for people."""

    booking_id: str
    start: datetime
    became: Became
    slot: SlotView | None
    reason: str | None
    message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearedView:
    """A doctor's day, which nobody books any more, and what became of its bookings, in time order.

    `left`: bookings for which this call had no time; the next one, with `after` set to `next`, carries on.
    """

    doctor: str
    day: str
    results: list[DealtView]
    left: int
    next: datetime | None


def cleared(doctor_id: str, day: str, result: Cleared) -> ClearedView:
    return ClearedView(
        doctor=doctor_id,
        day=day,
        results=[_dealt(each) for each in result.dealt],
        left=result.left,
        next=result.next,
    )


def _dealt(each: Dealt) -> DealtView:
    return DealtView(
        booking_id=each.booking_id,
        start=each.start,
        became=each.became,
        slot=slot(each.slot) if each.slot else None,
        reason=each.reason,
        message=each.message,
    )
