"""Reminders: three moments before a slot, each once, for what still stands (S13, S14)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleconsult.booking import rules, store
from teleconsult.booking.model import Booking, Reminder, Status
from teleconsult.notices import reminding
from teleconsult.platform import clock, dynamo
from teleconsult.platform.tally import Tally
from teleconsult.sweeps.sweeping import lost_executions, no_shows, reminders
from tests import bookings
from tests.unit.usecases.conftest import clinic

__all__ = ["clinic"]

SLOT = datetime(2026, 12, 7, 9, tzinfo=UTC)
DAY, HOUR, SOON = (SLOT - timedelta(minutes=each) for each in (1440, 60, 10))
PAID = SLOT - timedelta(days=5)
MINUTE = timedelta(minutes=1)


def endless() -> bool:
    return True


def booked(paid: datetime = PAID, **changes: Any) -> Booking:
    """A paid booking for SLOT, as scheduling leaves it."""
    row = bookings.booking("b-1", PAID, slot_start=SLOT, paid_at=paid, **changes)
    dynamo.write(store.create(row))
    dynamo.write(store.scheduled(row, paid, "ОК-1", None))
    return store.load_row("b-1")


def given_reminders() -> list[str]:
    rows = dynamo.query_all("bookings", "pk = :pk AND begins_with(sk, :outbox)", pk="BOOKING#b-1", outbox="O")
    return [row["sk"] for row in rows]


def about(notice: str, slot: datetime = SLOT) -> str:
    return f"OUTBOX#{notice}#{clock.iso(slot)}"


def changed(**changes: str) -> None:
    dynamo.write(dynamo.update("bookings", "BOOKING#b-1", "BOOKING", set=changes))


def test_three_reminders_go_out_once_each_however_often_the_sweep_runs() -> None:
    booked()
    for moment, notice in ((DAY, "reminder_day"), (HOUR, "reminder_hour"), (SOON, "reminder_soon")):
        assert reminders(moment - MINUTE, endless) == Tally()
        assert reminders(moment, endless) == Tally(found=1, done=1)
        assert reminders(moment, endless) == Tally()
        assert about(notice) in given_reminders()
    assert len(given_reminders()) == 3


def test_after_the_last_reminder_the_evidence_is_due() -> None:
    booking = booked()
    reminders(SOON, endless)
    assert store.load_row("b-1").due_at == booking.verdict_after
    assert list(store.with_reminders(booking.verdict_after)) == []


def test_of_several_late_reminders_the_last_alone_goes_out() -> None:
    booked()
    assert reminders(HOUR + MINUTE, endless).done == 1
    assert given_reminders() == [about("reminder_hour")]


def test_what_was_past_when_the_booking_was_paid_is_never_sent() -> None:
    assert booked(paid=SLOT - timedelta(minutes=30)).due_at == SOON
    reminders(SOON, endless)
    assert given_reminders() == [about("reminder_soon")]


def test_who_pays_in_the_last_minutes_is_reminded_of_nothing() -> None:
    booking = booked(paid=SLOT - timedelta(minutes=5))
    assert booking.due_at == booking.verdict_after


def test_nobody_is_reminded_of_a_consultation_that_has_begun() -> None:
    booking = booked()
    assert reminders(SLOT, endless) == Tally(found=1, done=1)
    assert given_reminders() == []
    assert store.load_row("b-1").due_at == booking.verdict_after


def test_a_clinic_may_remind_at_other_moments_or_not_at_all() -> None:
    booking = booked(reminder_minutes=(2880, 30))
    assert booking.due_at == SLOT - timedelta(days=2)
    reminders(SLOT - timedelta(days=2), endless)
    reminders(SLOT - timedelta(minutes=30), endless)
    assert given_reminders() == [about("reminder_day"), about("reminder_hour")]


def test_a_clinic_that_reminds_of_nothing_has_the_evidence_due_at_once() -> None:
    booking = booked(reminder_minutes=())
    assert booking.due_at == booking.verdict_after


@pytest.mark.parametrize(
    "overtaken",
    [{"status": Status.CANCELLED}, {"slot_start": clock.iso(SLOT + timedelta(days=1))}],
    ids=["cancelled", "moved"],
)
def test_who_is_overtaken_by_a_cancelling_or_a_moving_puts_no_reminder_into_the_outbox(
    overtaken: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = booked()
    changed(**overtaken)
    monkeypatch.setattr(store, "load_row", lambda _: booking)  # as it was read before
    assert not reminding.remind("b-1", DAY)
    assert given_reminders() == []


def test_two_runs_that_read_the_same_row_leave_one_reminder(monkeypatch: pytest.MonkeyPatch) -> None:
    booking = booked()
    monkeypatch.setattr(store, "load_row", lambda _: booking)
    assert [reminding.remind("b-1", DAY) for _ in range(2)] == [True, False]
    assert given_reminders() == [about("reminder_day")]


def test_a_booking_moved_away_and_back_is_not_reminded_twice_and_goes_on() -> None:
    booked()
    reminders(DAY, endless)
    changed(due_day="REMINDERS", due_at=clock.iso(DAY))
    assert reminders(DAY, endless) == Tally(found=1, done=1)
    assert len(given_reminders()) == 1
    assert store.load_row("b-1").due_at == HOUR


def test_a_run_for_an_earlier_moment_sends_nothing_early() -> None:
    booked()
    assert not reminding.remind("b-1", DAY - MINUTE)


@pytest.mark.parametrize("outage", [timedelta(0), timedelta(days=30)])
def test_without_the_sweep_of_reminders_the_evidence_speaks_all_the_same(outage: timedelta) -> None:
    booking = booked()
    assert no_shows(booking.verdict_after - MINUTE, endless) == Tally(found=1)
    assert no_shows(booking.verdict_after + outage, endless) == Tally(found=1, done=1)
    assert store.load("b-1").outcome.word is not None


def test_without_the_sweep_of_reminders_lost_executions_are_found_all_the_same() -> None:
    booked()
    assert lost_executions(DAY, endless) == Tally(found=1, done=1)  # it never began


def test_one_bad_booking_keeps_no_reminder_from_the_others() -> None:
    booked()
    for name in ("b-0", "b-2"):
        row = bookings.booking(name, PAID, slot_start=SLOT, paid_at=PAID)
        dynamo.write(store.create(row))
        dynamo.write(store.scheduled(row, PAID, "ОК-1", None))
    dynamo.write(dynamo.update("bookings", "BOOKING#b-0", "BOOKING", set={"channel": "pigeon"}))
    assert reminders(DAY + MINUTE, endless) == Tally(found=3, done=2, failed=1)
    assert list(store.with_reminders(DAY + 2 * MINUTE)) == ["b-0"]


@given(
    minutes=st.sets(st.integers(1, 10_080), max_size=3),
    paid=st.integers(0, 12_000),
    runs=st.lists(st.integers(-100, 12_000), max_size=8),
)
def test_whenever_the_sweep_runs_a_reminder_is_of_a_moment_past_not_before_and_of_the_slot_to_come(
    minutes: set[int], paid: int, runs: list[int]
) -> None:
    """`paid`, `runs`: minutes before the slot."""
    told = tuple(sorted(minutes, reverse=True))
    booking = bookings.booking("b-1", SLOT - timedelta(days=9), slot_start=SLOT, reminder_minutes=told)
    due = rules.next_reminder(booking, SLOT - paid * MINUTE)
    sent = []
    for before in sorted(runs, reverse=True):
        now = SLOT - before * MINUTE
        if before < paid and due and due <= now:
            if rules.reminder_due(booking, now):
                latest = min(each for each in told if each >= before)
                assert latest < paid
                sent.append(latest)
                assert now < SLOT
            due = rules.next_reminder(booking, now)
    assert len(set(sent)) == len(sent)


@pytest.mark.parametrize(
    ("minutes", "name"),
    [
        (10_080, Reminder.DAY),
        (720, Reminder.DAY),
        (719, Reminder.HOUR),
        (30, Reminder.HOUR),
        (29, Reminder.SOON),
        (1, Reminder.SOON),
    ],
)
def test_a_reminder_is_called_by_how_long_it_is_before_the_slot(minutes: int, name: Reminder) -> None:
    assert rules.reminder(minutes) is name
