"""One conditional write decides who has a slot."""

from datetime import UTC, datetime, timedelta

import pytest

from teleconsult.platform import dynamo
from teleconsult.slots import store

pytestmark = pytest.mark.usefixtures("stores")

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
HOLD_UNTIL = NOW + timedelta(minutes=30)
SECOND = timedelta(seconds=1)


def hold(booking: str, now: datetime = NOW, start: datetime = START) -> None:
    end = start + timedelta(minutes=30)
    write = store.hold("d-1", start, end, booking, now + timedelta(minutes=30), now)
    dynamo.transact([write])


def confirm(booking: str) -> None:
    dynamo.transact([store.confirm("d-1", START, booking)])


def release(booking: str) -> None:
    dynamo.transact([store.release("d-1", START, booking)])


def taken(now: datetime = NOW) -> set[datetime]:
    return store.taken("d-1", START - timedelta(days=1), START + timedelta(days=1), now)


def test_a_held_slot_is_taken() -> None:
    assert taken() == set()
    hold("b-1")
    assert store.holder_of("d-1", START) == "b-1"
    assert taken() == {START}


def test_nobody_else_gets_a_held_slot() -> None:
    hold("b-1")
    with pytest.raises(dynamo.TransactionRefused):
        hold("b-2", now=HOLD_UNTIL)
    assert store.holder_of("d-1", START) == "b-1"


def test_a_hold_that_ran_out_is_free_for_others() -> None:
    hold("b-1")
    assert taken(HOLD_UNTIL) == {START}
    assert taken(HOLD_UNTIL + SECOND) == set()
    hold("b-2", now=HOLD_UNTIL + SECOND)
    assert store.holder_of("d-1", START) == "b-2"


def test_a_booking_may_hold_its_slot_again() -> None:
    hold("b-1")
    hold("b-1", now=NOW + timedelta(minutes=10))
    assert taken(HOLD_UNTIL + SECOND) == {START}


def test_a_confirmed_slot_is_taken_for_good() -> None:
    hold("b-1")
    confirm("b-1")
    much_later = HOLD_UNTIL + timedelta(days=1)
    assert taken(much_later) == {START}
    with pytest.raises(dynamo.TransactionRefused):
        hold("b-2", now=much_later)


def test_a_slot_that_another_took_over_is_neither_confirmed_nor_released() -> None:
    hold("b-1")
    hold("b-2", now=HOLD_UNTIL + SECOND)
    for attempt in (confirm, release):
        with pytest.raises(dynamo.TransactionRefused):
            attempt("b-1")
    assert store.holder_of("d-1", START) == "b-2"


def test_a_late_confirmation_holds_where_nobody_was_faster() -> None:
    hold("b-1")
    confirm("b-1")
    assert store.holder_of("d-1", START) == "b-1"


def test_a_released_slot_is_free() -> None:
    hold("b-1")
    release("b-1")
    assert store.holder_of("d-1", START) is None
    assert taken() == set()
    with pytest.raises(dynamo.TransactionRefused):
        confirm("b-1")
    hold("b-2")


def test_taken_slots_are_those_of_the_doctor_and_the_time_asked_for() -> None:
    for days in (-2, -1, 0, 1, 2):
        hold("b-1", start=START + timedelta(days=days))
    assert taken() == {START + timedelta(days=days) for days in (-1, 0, 1)}
    assert store.taken("d-2", START, START + timedelta(days=1), NOW) == set()
