"""Waiting in real time, for a condition or a moment: never without an end, and Ctrl-C ends it at once."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

_LOOK_SECONDS = 0.4

T = TypeVar("T")


class TooLong(Exception):
    """Something did not happen in its time."""


class Stopped(Exception):
    """The demo was stopped while it waited."""


class Patience:
    """Shared by all stories: `stop` ends every wait."""

    def __init__(self, look_every: float = _LOOK_SECONDS) -> None:
        self._look_every = look_every
        self._stopped = threading.Event()

    def stop(self) -> None:
        self._stopped.set()

    def until(self, what: str, look: Callable[[], T | None], seconds: float) -> T:
        """The first thing that `look` finds.

        Raises:
            TooLong: nothing within `seconds`; the message says what was waited for.
        """
        deadline = time.monotonic() + seconds
        while not (found := look()):
            if time.monotonic() > deadline:
                raise TooLong(f"{what}: не дождались за {seconds:.0f} с")
            self._pause(self._look_every)
        return found

    def until_moment(self, moment: datetime) -> None:
        self._pause(max(0.0, (moment - datetime.now(UTC)).total_seconds()))

    def _pause(self, seconds: float) -> None:
        if self._stopped.wait(seconds):
            raise Stopped


def first_minute(now: datetime, lead: timedelta) -> datetime:
    """The first whole minute that leaves at least `lead`: when the doctor on duty can be booked for."""
    earliest = now + lead
    minute = earliest.replace(second=0, microsecond=0)
    return minute if minute == earliest else minute + timedelta(minutes=1)


class DutySlots:
    """The minutes of the doctor on duty, each given to one story only. Calls may come from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._given: set[datetime] = set()

    def take(self, now: datetime, lead: timedelta) -> datetime:
        with self._lock:
            minute = first_minute(now, lead)
            while minute in self._given:
                minute += timedelta(minutes=1)
            self._given.add(minute)
            return minute
