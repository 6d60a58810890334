"""The audit trail: who did what with a booking, and why (§7)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from teleconsult.platform import dynamo
from teleconsult.platform.errors import Invalid
from teleconsult.trail import store
from teleconsult.trail.model import Entry
from tests.unit.usecases.conftest import NOW

MOVED = Entry(
    subject="b-1",
    entry_id="request-1",
    at=NOW,
    by="staff:7",
    action="moved",
    why="врач заболел",
    about={"move": 1, "doctor": "d-one"},
)


@pytest.mark.usefixtures("stores")
def test_what_was_done_with_a_booking_is_told_newest_first() -> None:
    cancelled = replace(MOVED, at=NOW + timedelta(minutes=1), action="cancelled", why=None, about={})
    another = replace(MOVED, subject="b-2")
    store.enter(MOVED, cancelled, another)
    assert store.of("b-1").entries == (cancelled, MOVED)


@pytest.mark.usefixtures("stores")
def test_one_act_leaves_one_entry() -> None:
    store.enter(MOVED)
    store.enter(MOVED)
    assert store.of("b-1").entries == (MOVED,)
    with pytest.raises(dynamo.ConditionFailed):
        dynamo.write(store.entered(replace(MOVED, why="другая причина")))


@pytest.mark.usefixtures("stores")
def test_a_long_trail_is_told_page_by_page() -> None:
    entries = [replace(MOVED, at=NOW + timedelta(minutes=minute)) for minute in range(5)]
    store.enter(*entries)
    first = store.of("b-1", limit=3)
    rest = store.of("b-1", limit=3, cursor=first.next)
    assert (*first.entries, *rest.entries) == tuple(reversed(entries))
    assert rest.next is None


@pytest.mark.usefixtures("stores")
def test_a_cursor_that_no_page_gave_is_refused() -> None:
    with pytest.raises(Invalid):
        store.of("b-1", cursor="bm9uc2Vuc2U")
