"""Who asks for a change and why, and what became of each booking of a day that was cleared."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from teleconsult.booking.model import Side
from teleconsult.slots.model import Slot
from teleconsult.trail.model import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request for a change. `side`: whose doing it counts as. `by`: the holder's id, `staff:<id>`, or
    `site`; `why`: in their words."""

    side: Side
    by: str
    request_id: str
    why: str | None

    @property
    def by_staff(self) -> bool:
        return self.by.startswith("staff:")

    def entry(self, subject: str, action: str, now: datetime, **about: str | int) -> Entry:
        """The entry of the audit trail that tells of it."""
        return Entry(
            subject=subject,
            entry_id=self.request_id,
            at=now,
            by=self.by,
            action=action,
            why=self.why,
            about={"side": self.side, **about},
        )


class Action(StrEnum):
    """What is done with the bookings of a day, or with one that finds no other time."""

    MOVE = "move"
    CANCEL = "cancel"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearing:
    """How a day is cleared. `otherwise`: what is done with a booking that finds no free time; `same_doctor`:
    other times of the same doctor only."""

    action: Action
    otherwise: Action
    same_doctor: bool


class Became(StrEnum):
    """What became of one booking of the day."""

    MOVED = "moved"
    CANCELLED = "cancelled"
    LEFT = "left"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dealt:
    """One booking of the day, which began at `start`. `slot`: where it was moved to. `reason`: a code of why
    it was left, or failed; `message`: the same for people."""

    booking_id: str
    start: datetime
    became: Became
    slot: Slot | None = None
    reason: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Cleared:
    """`left`: bookings not looked at yet; they begin after `next`."""

    dealt: tuple[Dealt, ...]
    left: int
    next: datetime | None
