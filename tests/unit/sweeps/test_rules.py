"""When a sweep may start a booking's workflow again."""

from datetime import UTC, datetime, timedelta

import pytest

from teleconsult.booking.model import Run
from teleconsult.sweeps.rules import may_start_again, pause_after

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
GAVE_UP = Run(running=False, ended_at=NOW, gave_up=True)


def test_a_run_that_never_began_is_started() -> None:
    assert may_start_again(None, 1, NOW)


def test_a_running_one_is_left_alone() -> None:
    assert not may_start_again(Run(running=True), 1, NOW)


def test_a_stopped_or_lost_one_is_followed_at_once() -> None:
    assert may_start_again(Run(running=False, ended_at=NOW), 40, NOW)


def test_one_that_gave_up_rests_before_it_is_followed() -> None:
    assert not may_start_again(GAVE_UP, 1, NOW + timedelta(seconds=119))
    assert may_start_again(GAVE_UP, 1, NOW + timedelta(seconds=120))
    assert not may_start_again(GAVE_UP, 3, NOW + timedelta(minutes=7, seconds=59))
    assert may_start_again(GAVE_UP, 3, NOW + timedelta(minutes=8))


@pytest.mark.parametrize("execution", [1, 9, 10, 5_000])
def test_no_booking_rests_longer_than_a_quarter_of_an_hour(execution: int) -> None:
    assert timedelta(minutes=2) <= pause_after(execution) <= timedelta(minutes=15)
    assert may_start_again(GAVE_UP, execution, NOW + timedelta(minutes=15))
