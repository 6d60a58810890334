"""From rows to figures, and which days may be asked about. Pure.

On which of the clinic's days something counts:

- the state and the funnel of a booking: the day on which it was made. So a day's funnel is about the same
  bookings from its first step to its last, and goes on growing until the last of them is over;
- the outcome of a consultation: the day on which its slot begins, the last one of a booking that was moved;
- money: the day on which the transfer was posted. A corrected outcome takes revenue away on the day of the
  correction, since the books are never edited (§5).

Sums need no order, so a walk through the tables in any order is enough.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from teleconsult.booking.model import Booking, Outcome
from teleconsult.catalogue.rules import clinic_day
from teleconsult.figures.model import Counts, Flow, Standing, Step
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger.rules import Transfer
from teleconsult.people.rules import calendar_date, given
from teleconsult.platform.checks import refuse

MOST_DAYS = 366
"""Days asked for at once: a year."""

_ENTERED = {ledger_rules.PROVIDER: Flow.PROVIDER_IN, ledger_rules.DESK: Flow.DESK_IN}
_LEFT = {ledger_rules.PROVIDER: Flow.PROVIDER_REFUNDED, ledger_rules.DESK: Flow.DESK_REFUNDED}
_STANDING = frozenset(Standing)


@dataclass(slots=True)
class Count:
    """Figures by the clinic's days, in this zone, added up row by row, and the kopecks that lie where."""

    zone: str
    days: defaultdict[date, Counts] = field(default_factory=lambda: defaultdict(Counts))
    standing: Counter[Standing] = field(default_factory=Counter)

    def add_booking(self, booking: Booking) -> None:
        made = self.days[clinic_day(self.zone, booking.created_at)]
        made.states[booking.status] += 1
        for step in steps(booking):
            made.steps[booking.door, step] += 1
        if booking.outcome:
            slot = self.days[clinic_day(self.zone, booking.slot_start)]
            slot.by_doctor[booking.doctor_id, booking.outcome] += 1
            slot.by_channel[booking.channel, booking.outcome] += 1

    def add_transfer(self, transfer: Transfer, posted_at: datetime) -> None:
        for flow, amount in flows(transfer):
            self.days[clinic_day(self.zone, posted_at)].money[flow] += amount
        for account, sign in ((transfer.debit, -1), (transfer.credit, 1)):
            kind = ledger_rules.kind(account)
            if kind in _STANDING:
                self.standing[Standing(kind)] += sign * transfer.amount


def sum_of(counts: Iterable[Counts]) -> Counts:
    """What was counted of many days together."""
    total = Counts()
    for each in counts:
        total.add(each)
    return total


def steps(booking: Booking) -> Iterator[Step]:
    """The steps of the funnel that a booking has taken, whatever became of it afterwards."""
    yield Step.BOOKED
    taken = {
        Step.CONSENTED: booking.consented_at,
        Step.PAID: booking.paid_at,
        Step.SCHEDULED: booking.scheduled_at,
        Step.HELD: booking.outcome is Outcome.HELD,
    }
    yield from (step for step, happened in taken.items() if happened)


def flows(transfer: Transfer) -> Iterator[tuple[Flow, int]]:
    """What a transfer means to the clinic, in kopecks; nothing, where money only moves within the books."""
    if transfer.debit in _ENTERED:
        yield _ENTERED[transfer.debit], transfer.amount
    if transfer.credit in _LEFT:
        yield _LEFT[transfer.credit], transfer.amount
    if earned := ledger_rules.change(transfer, ledger_rules.REVENUE):
        yield Flow.REVENUE, earned


def no_show_permille(outcomes: Mapping[Outcome, int]) -> int:
    """Of 1,000 consultations that came to an outcome, those where the patient was absent, rounded half up."""
    total = sum(outcomes.values())
    return (2000 * outcomes.get(Outcome.PATIENT_ABSENT, 0) + total) // (2 * total)


def asked_days(first: object, last: object) -> tuple[date, date]:
    """The clinic's days that somebody asks about, the last one included.

    Raises:
        Invalid: not dates, in the wrong order, or more than `MOST_DAYS`.
    """
    for path, typed in (("from", first), ("to", last)):
        if not given(typed):
            refuse(path, "required", "Укажите день вида ГГГГ-ММ-ДД")
    since, until = calendar_date(first, "from"), calendar_date(last, "to")
    if until < since:
        refuse("to", "order", "Последний день раньше первого")
    if until - since >= timedelta(days=MOST_DAYS):
        refuse("to", "too_many_days", f"За один раз не больше {MOST_DAYS} дней")
    return since, until
