"""The clinic's figures as the console shows them. Money is kopecks, moments are UTC, days the clinic's."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from teleconsult.booking.model import Channel, Door, Outcome, Status
from teleconsult.figures.model import Figures, Flow, Standing, Step
from teleconsult.figures.rules import no_show_permille

T = TypeVar("T", bound=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelView:
    """Bookings through one door: how many were made, and how many of these came how far."""

    booked: int
    consented: int
    paid: int
    scheduled: int
    held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomesView:
    """Consultations by what became of them. `no_show_permille`: of 1,000 of them, those where the patient was
    absent."""

    held: int
    patient_absent: int
    doctor_absent: int
    technical: int
    unknown: int
    no_show_permille: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyView:
    """What came in, was refunded and was earned on these days: payments by card, and at the clinic's desk.
    Money from a balance has come in before. `revenue` may be below zero, where earlier days were corrected.

    `held_now`, `balances_now`, `refunds_now`: what lay for bookings, on balances and in refunds under way at
    `counted_at`, whatever days are asked about.
    """

    came_in_by_provider: int
    came_in_at_desk: int
    refunded_by_provider: int
    refunded_at_desk: int
    revenue: int
    held_now: int
    balances_now: int
    refunds_now: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresView:
    """Of the clinic's days `from_day` to `to_day`, the last one included, as they stood at `counted_at`.

    `bookings`, `funnel`: of the bookings made on these days, by their state by then, and by door.
    `by_doctor`, `by_channel`: of the consultations whose time was on these days, by what became of them.
    """

    from_day: date
    to_day: date
    counted_at: datetime
    bookings: dict[Status, int]
    funnel: dict[Door, FunnelView]
    by_doctor: dict[str, OutcomesView]
    by_channel: dict[Channel, OutcomesView]
    money: MoneyView


def figures(first: date, last: date, found: Figures) -> FiguresView:
    counts = found.counts
    return FiguresView(
        from_day=first,
        to_day=last,
        counted_at=found.counted_at,
        bookings={status: counts.states[status] for status in Status},
        funnel={door: FunnelView(**{step.value: counts.steps[door, step] for step in Step}) for door in Door},
        by_doctor=_outcomes(counts.by_doctor),
        by_channel=_outcomes(counts.by_channel),
        money=_money(found),
    )


def _outcomes(counted: Mapping[tuple[T, Outcome], int]) -> dict[T, OutcomesView]:
    """In the order of their names, those alone that came to an outcome."""
    sorted_out: defaultdict[T, dict[Outcome, int]] = defaultdict(dict)
    for (whose, outcome), number in sorted(counted.items()):
        sorted_out[whose][outcome] = number
    return {whose: _outcome(numbers) for whose, numbers in sorted_out.items()}


def _outcome(numbers: Mapping[Outcome, int]) -> OutcomesView:
    counts = {outcome.value: numbers.get(outcome, 0) for outcome in Outcome}
    return OutcomesView(**counts, no_show_permille=no_show_permille(numbers))


def _money(found: Figures) -> MoneyView:
    flows, standing = found.counts.money, found.standing
    return MoneyView(
        came_in_by_provider=flows[Flow.PROVIDER_IN],
        came_in_at_desk=flows[Flow.DESK_IN],
        refunded_by_provider=flows[Flow.PROVIDER_REFUNDED],
        refunded_at_desk=flows[Flow.DESK_REFUNDED],
        revenue=flows[Flow.REVENUE],
        held_now=standing[Standing.HELD],
        balances_now=standing[Standing.BALANCE],
        refunds_now=standing[Standing.REFUND],
    )
