"""When a sweep may start a booking's workflow again. Pure."""

from datetime import datetime, timedelta

from teleconsult.booking.model import Run

_FIRST_PAUSE = timedelta(minutes=2)
_LONGEST_PAUSE = timedelta(minutes=15)
_DOUBLINGS = 3  # 2 minutes doubled so often is more than the longest pause

# How long ago an execution may have ended to be looked at: longer than any outage of the sweeps themselves.
LOOK_BACK = timedelta(days=7)


def may_start_again(run: Run | None, execution: int, now: datetime) -> bool:
    """Whether the booking's `execution`-th run, None if it never began, is to be followed by another.

    One that was stopped or lost is followed at once. One that gave up would most likely give up again:
    its booking rests first, twice as long each time, up to 15 minutes. It is never left for good, since its
    money waits for an end.
    """
    if run is None:
        return True
    if run.running:
        return False
    if not run.gave_up or run.ended_at is None:
        return True
    return now >= run.ended_at + pause_after(execution)


def pause_after(execution: int) -> timedelta:
    """How long a booking rests after its `execution`-th run gave up."""
    doublings: int = 2 ** min(execution - 1, _DOUBLINGS)
    return min(_FIRST_PAUSE * doublings, _LONGEST_PAUSE)
