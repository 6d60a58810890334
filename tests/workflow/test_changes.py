"""Moved, held longer, cancelled: the workflow looks again and waits anew, or ends (§2)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from teleconsult.booking import store, workflow
from teleconsult.booking.model import Booking, Outcome, Record, Side, Stage, Status
from teleconsult.changes.cancelling import cancel
from teleconsult.changes.model import Asked
from teleconsult.outcomes import saying
from teleconsult.platform import clock, dynamo
from teleconsult.slots import store as slots
from teleconsult.slots.model import slot_of
from tests.bookings import PRICE
from tests.workflow import flow
from tests.workflow.flow import Shop

pytestmark = pytest.mark.usefixtures("engine")

OWN = Asked(side=Side.PATIENT, by="h-own", request_id="r-1", why=None)


def cancelled(booking: Booking) -> Record:
    return cancel(flow.loaded(booking), OWN, clock.now())


def moved(booking: Booking, **changes: Any) -> None:
    """In another slot, as `changes.moving` writes it for doctors of the catalogue, which these are not of."""
    seen = flow.loaded(booking).booking
    later = {name: getattr(seen, name) + timedelta(hours=1) for name in ("slot_start", "slot_end")}
    there = replace(seen, moves=seen.moves + 1, **{**later, **changes})
    held = None if seen.paid_at else there.hold_until
    old, new, now = slot_of(seen), slot_of(there), clock.now()
    dynamo.transact(
        [
            store.moved(seen, there, there.hold_until, now),
            *slots.move(slots.days_of_move(old, new), old, new, seen.booking_id, held, now),
        ]
    )


def woken(booking: Booking, stage: Stage) -> None:
    """Told to look again, it waits at the same stage under another token."""
    before = flow.parked(booking, stage)
    workflow.wake(flow.loaded(booking), stage)
    flow.parked(booking, stage, instead_of=before)


@pytest.mark.parametrize("make", [flow.stored, flow.stored_by_operator])
def test_a_cancelled_booking_ends_its_execution(make: Callable[[], Booking]) -> None:
    booking = flow.begun(make())
    stage = Stage.CONSENT if booking.status is Status.AWAITING_CONSENT else Stage.PAYMENT
    flow.parked(booking, stage)
    assert cancelled(booking).booking.status is Status.CANCELLED
    assert flow.ended(booking) == "SUCCEEDED"
    assert flow.path(booking)[-3:] == ["LookAgain", "WhereAreWe", "Over"]
    assert not flow.slot_is_taken(booking)


def test_a_cancelled_consultation_ends_its_execution_and_the_money_is_on_the_balance(shop: Shop) -> None:
    booking = flow.begun(flow.stored())
    flow.pay(booking, shop)
    flow.parked(booking, Stage.OUTCOME)
    cancelled(booking)
    assert flow.ended(booking) == "SUCCEEDED"
    assert flow.path(booking)[-3:] == ["LookAgain", "WhereAreWe", "Over"]
    assert (flow.held_money(booking), flow.on_balance(booking)) == (0, PRICE)


def test_a_moved_consultation_waits_for_its_new_deadline(shop: Shop) -> None:
    booking = flow.begun(flow.stored())
    flow.pay(booking, shop)
    flow.parked(booking, Stage.OUTCOME)
    moved(booking, verdict_deadline=flow.soon(4))
    woken(booking, Stage.OUTCOME)
    assert flow.ended(booking) == "SUCCEEDED"  # at the new deadline, not three days from now
    assert flow.loaded(booking).booking.outcome is Outcome.UNKNOWN


def test_a_hold_that_was_extended_lasts_that_long_though_nobody_woke_the_workflow() -> None:
    booking = flow.begun(flow.stored(hold_until=flow.soon(2)))
    first = flow.parked(booking, Stage.PAYMENT)
    until = flow.soon(8)
    days = slots.days_of(slot_of(booking))
    dynamo.transact(
        [store.hold_extended(booking, until, until), *slots.prolong(days, booking.booking_id, until)]
    )
    flow.parked(booking, Stage.PAYMENT, instead_of=first)  # it timed out, and found the hold longer
    assert flow.status(booking) is Status.AWAITING_PAYMENT
    assert flow.ended(booking) == "SUCCEEDED"
    assert flow.status(booking) is Status.EXPIRED
    assert clock.now() >= until


def test_an_unpaid_move_waits_on_and_is_paid_in_its_new_slot(shop: Shop) -> None:
    booking = flow.begun(flow.stored())
    flow.parked(booking, Stage.PAYMENT)
    moved(booking)
    woken(booking, Stage.PAYMENT)
    flow.pay(booking, shop)
    flow.parked(booking, Stage.OUTCOME)
    there = flow.loaded(booking).booking
    assert there.slot_start == booking.slot_start + timedelta(hours=1)
    assert flow.slot_is_taken(there)
    saying.say_outcome(flow.loaded(booking), Outcome.HELD, "staff:s-1", there.slot_start)
    assert flow.ended(booking) == "SUCCEEDED"
