"""Which booking and which transfer counts as what, and on which of the clinic's days."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from teleconsult.booking.model import Booking, Channel, Door, Outcome, Status
from teleconsult.figures.model import Counts, Flow, Standing, Step
from teleconsult.figures.rules import MOST_DAYS, Count, asked_days, flows, no_show_permille, steps, sum_of
from teleconsult.ledger import rules as ledger_rules
from teleconsult.platform.errors import Invalid
from tests import bookings

ZONE = "Asia/Novosibirsk"  # UTC+7
NOW = datetime(2026, 12, 7, 16, 59, 59, tzinfo=UTC)  # the day's last second there
MONDAY, TUESDAY = date(2026, 12, 7), date(2026, 12, 8)


def counted(*rows: Booking) -> Count:
    count = Count(ZONE)
    for row in rows:
        count.add_booking(row)
    return count


def held(**changes: object) -> Booking:
    given = {"consented_at": NOW, "status": Status.COMPLETED, "outcome": Outcome.HELD} | changes
    return bookings.scheduled("b-1", NOW, **given)


def test_state_and_funnel_count_on_the_clinics_day_on_which_the_booking_was_made() -> None:
    second = timedelta(seconds=1)
    days = counted(bookings.booking("b-1", NOW), bookings.booking("b-2", NOW + second)).days
    for day in (MONDAY, TUESDAY):
        assert days[day].states == {Status.AWAITING_PAYMENT: 1}
        assert days[day].steps == {(Door.SITE, Step.BOOKED): 1}


def test_an_outcome_counts_on_the_day_of_its_slot_by_doctor_and_by_channel() -> None:
    row = held(slot_start=NOW + timedelta(seconds=1), outcome=Outcome.PATIENT_ABSENT, status=Status.NOT_HELD)
    days = counted(row).days
    assert not days[MONDAY].by_doctor
    assert days[TUESDAY].by_doctor == {(bookings.DOCTOR, Outcome.PATIENT_ABSENT): 1}
    assert days[TUESDAY].by_channel == {(Channel.PHONE, Outcome.PATIENT_ABSENT): 1}
    assert not days[TUESDAY].states


def test_a_booking_without_an_outcome_is_no_consultation() -> None:
    (day,) = counted(bookings.scheduled("b-1", NOW)).days.values()
    assert (day.by_doctor, day.by_channel) == (Counter(), Counter())


def test_a_held_booking_has_taken_every_step() -> None:
    assert list(steps(held())) == list(Step)


def test_what_became_of_a_booking_takes_no_step_back() -> None:
    cancelled = held(status=Status.CANCELLED, outcome=None)
    assert list(steps(cancelled)) == [Step.BOOKED, Step.CONSENTED, Step.PAID, Step.SCHEDULED]
    assert list(steps(held(outcome=Outcome.TECHNICAL)))[-1] is Step.SCHEDULED
    assert list(steps(bookings.booking("b-1", NOW, status=Status.EXPIRED))) == [Step.BOOKED]


@pytest.mark.parametrize(
    ("transfer", "means"),
    [
        (ledger_rules.payment_received("p", "b", 5), (Flow.PROVIDER_IN, 5)),
        (ledger_rules.payment_to_balance("p", "b", "h", 5, ledger_rules.AT_DESK), (Flow.DESK_IN, 5)),
        (ledger_rules.refund_succeeded("r", "p", "b", 5), (Flow.PROVIDER_REFUNDED, 5)),
        (ledger_rules.refund_succeeded("r", "p", "b", 5, ledger_rules.AT_DESK), (Flow.DESK_REFUNDED, 5)),
        (ledger_rules.revenue_recognised("b", 5), (Flow.REVENUE, 5)),
        (ledger_rules.Transfer("rev-of:rev:b", "revenue", "held:b", 5, "", "b", ""), (Flow.REVENUE, -5)),
        (ledger_rules.returned_to_balance("b", "h", 5, "not_held"), None),
        (ledger_rules.paid_from_balance("b", "h", 1, 5), None),
        (ledger_rules.refund_asked("r", "p", "b", "h", 5), None),
        (ledger_rules.refund_refused("r", "p", "b", "h", 5), None),
    ],
)
def test_money_that_only_moves_within_the_books_neither_comes_in_nor_is_earned(
    transfer: ledger_rules.Transfer, means: tuple[Flow, int] | None
) -> None:
    assert list(flows(transfer)) == ([means] if means else [])


def test_money_counts_on_the_day_of_its_posting_and_lies_where_it_went() -> None:
    count = Count(ZONE)
    count.add_transfer(ledger_rules.payment_received("p", "b", 7), NOW)
    count.add_transfer(ledger_rules.returned_to_balance("b", "h", 7, "not_held"), NOW)
    count.add_transfer(ledger_rules.refund_asked("r", "p", "b", "h", 3), NOW + timedelta(seconds=1))
    assert {day: counts.money for day, counts in count.days.items()} == {MONDAY: {Flow.PROVIDER_IN: 7}}
    assert count.standing == {Standing.HELD: 0, Standing.BALANCE: 4, Standing.REFUND: 3}


def test_days_add_up() -> None:
    first, second = (counted(held()).days[MONDAY] for _ in range(2))
    total = sum_of([first, second, Counts()])
    assert total.states == {Status.COMPLETED: 2}
    assert total.by_doctor == {(bookings.DOCTOR, Outcome.HELD): 2}
    assert first.states == {Status.COMPLETED: 1}


@pytest.mark.parametrize(("absent", "others", "permille"), [(1, 1, 500), (1, 2, 333), (2, 1, 667), (0, 9, 0)])
def test_the_no_show_share_is_of_all_outcomes(absent: int, others: int, permille: int) -> None:
    assert no_show_permille({Outcome.PATIENT_ABSENT: absent, Outcome.DOCTOR_ABSENT: others}) == permille


def test_a_year_may_be_asked_about_and_no_day_more() -> None:
    first = date(2028, 1, 1)
    last = first + timedelta(days=MOST_DAYS - 1)
    assert asked_days(first.isoformat(), last.isoformat()) == (first, last)
    assert faults(first.isoformat(), (last + timedelta(days=1)).isoformat()) == ("to", "too_many_days")


def test_days_are_named_and_in_order() -> None:
    assert faults(None, "2026-12-01") == ("from", "required")
    assert faults("2026-12-01", "") == ("to", "required")
    assert faults("вчера", "2026-12-01") == ("from", "date")
    assert faults("2026-12-02", "2026-12-01") == ("to", "order")


def faults(first: object, last: object) -> tuple[str, str]:
    with pytest.raises(Invalid) as refused:
        asked_days(first, last)
    (fault,) = refused.value.fields
    return fault.path, fault.code
