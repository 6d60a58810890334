"""What is counted of bookings and of the books. Money is kopecks; days are the clinic's, by its own zone."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from teleconsult.booking.model import Channel, Door, Outcome, Status


class Step(StrEnum):
    """The funnel from the form to the consultation that was held, in this order."""

    BOOKED = "booked"
    CONSENTED = "consented"
    PAID = "paid"
    SCHEDULED = "scheduled"
    HELD = "held"


class Flow(StrEnum):
    """Money that entered the books, left them, or was earned."""

    PROVIDER_IN = "provider_in"
    DESK_IN = "desk_in"
    PROVIDER_REFUNDED = "provider_refunded"
    DESK_REFUNDED = "desk_refunded"
    REVENUE = "revenue"


class Standing(StrEnum):
    """Where money lies until it is earned or given back: kinds of accounts (§5)."""

    HELD = "held"
    BALANCE = "balance"
    REFUND = "refund"


@dataclass(slots=True)
class Counts:
    """Of one of the clinic's days, or of many: all of it can be added up.

    `states`, `steps`: of the bookings made on that day, wherever they stand by now. `by_doctor`,
    `by_channel`: of the consultations whose slot began on that day. `money`: kopecks posted on that day.
    """

    states: Counter[Status] = field(default_factory=Counter)
    steps: Counter[tuple[Door, Step]] = field(default_factory=Counter)
    by_doctor: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    by_channel: Counter[tuple[Channel, Outcome]] = field(default_factory=Counter)
    money: Counter[Flow] = field(default_factory=Counter)

    def add(self, other: "Counts") -> None:
        self.states.update(other.states)
        self.steps.update(other.steps)
        self.by_doctor.update(other.by_doctor)
        self.by_channel.update(other.by_channel)
        self.money.update(other.money)


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts of some days, and the kopecks that lay where at `counted_at` (UTC): what happened later may
    be among them or not."""

    counted_at: datetime
    counts: Counts
    standing: Counter[Standing]
