"""When the stories happen, and how they wait."""

from datetime import UTC, datetime, timedelta

import pytest

from local.demo.patience import DutySlots, Patience, Stopped, TooLong, first_minute

LEAD = timedelta(seconds=15)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-12-01T{text}+00:00")


@pytest.mark.parametrize(
    ("now", "minute"),
    [("03:00:00", "03:01:00"), ("03:00:45", "03:01:00"), ("03:00:45.001", "03:02:00"), ("23:59:50", None)],
)
def test_a_booking_is_for_the_first_minute_that_leaves_time_to_pay(now: str, minute: str | None) -> None:
    expected = at(minute) if minute else datetime(2026, 12, 2, 0, 1, tzinfo=UTC)
    assert first_minute(at(now), LEAD) == expected


def test_each_minute_of_the_doctor_on_duty_is_given_once() -> None:
    slots = DutySlots()
    taken = [slots.take(at("03:00:00"), LEAD) for _ in range(3)]
    assert taken == [at("03:01:00"), at("03:02:00"), at("03:03:00")]


def test_waiting_ends_with_what_was_found() -> None:
    seen = iter([None, "", "found"])
    assert Patience(look_every=0).until("something", lambda: next(seen), 5) == "found"


def test_waiting_in_vain_says_for_what() -> None:
    with pytest.raises(TooLong, match="СМС: не дождались за 0 с"):
        Patience(look_every=0).until("СМС", lambda: None, 0)


def test_a_stop_ends_every_wait() -> None:
    patience = Patience()
    patience.stop()
    with pytest.raises(Stopped):
        patience.until("something", lambda: None, 5)
    with pytest.raises(Stopped):
        patience.until_moment(datetime.now(UTC) + timedelta(hours=1))
