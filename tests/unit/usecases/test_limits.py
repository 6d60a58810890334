"""The limit of new bookings of one address: who is counted, for how long, and what is kept of it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleconsult.intake.limits import count_booking
from teleconsult.platform import dynamo
from teleconsult.platform.errors import TooMany
from teleconsult.platform.rates import WINDOW, caller, window
from tests.unit.usecases.conftest import NOW

HERE, THERE = "192.0.2.7", "192.0.2.8"


def used_up(address: str, limit: int, now: datetime) -> TooMany | None:
    try:
        count_booking(address, limit, now)
    except TooMany as error:
        return error
    return None


def test_an_address_may_make_so_many_bookings_and_no_more() -> None:
    assert [used_up(HERE, 3, NOW) is None for _ in range(5)] == [True, True, True, False, False]


def test_another_address_is_not_touched_by_it() -> None:
    assert [used_up(address, 1, NOW) is None for address in (HERE, HERE, THERE)] == [True, False, True]


def test_whoever_is_refused_is_told_when_to_come_again_and_may() -> None:
    now = NOW + timedelta(minutes=3, seconds=20)
    count_booking(HERE, 1, now)
    refused = used_up(HERE, 1, now)
    assert refused is not None
    assert refused.retry_after == 400
    assert used_up(HERE, 1, now + timedelta(seconds=399)) is not None
    assert used_up(HERE, 1, now + timedelta(seconds=400)) is None


@given(st.integers(min_value=0, max_value=4_000_000_000))
def test_each_moment_is_in_one_window_of_ten_minutes(seconds: int) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    start, end = window(moment)
    assert start <= moment < end == start + WINDOW
    assert window(start) == (start, end)
    assert window(end)[0] == end


def test_the_counter_names_no_address_and_has_an_end() -> None:
    count_booking(HERE, 3, NOW)
    (item,) = rates()
    assert HERE not in str(item)
    assert item["made"] == 1
    assert item["expires_at"] > NOW.timestamp()


def rates() -> list[dynamo.Item]:
    return [item for item in dynamo.scan_all("bookings") if item["pk"].startswith("RATE#")]


@pytest.mark.parametrize(
    ("address", "stands_for"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
    ],
)
def test_an_ipv6_network_is_one_caller(address: str, stands_for: str) -> None:
    assert caller(address) == stands_for
