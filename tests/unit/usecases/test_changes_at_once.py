"""Paying, moving and cancelling at the very same moment, on an engine that takes many requests at once."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from teleconsult.booking import store as bookings
from teleconsult.booking import workflow
from teleconsult.booking.model import Record, Side, Status
from teleconsult.catalogue import store as catalogue_store
from teleconsult.catalogue.document import check_document
from teleconsult.changes.cancelling import cancel
from teleconsult.changes.model import Asked
from teleconsult.changes.moving import Wish, move
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.payments.paying import pay_from_balance
from teleconsult.platform import aws, settings
from teleconsult.platform.errors import Conflict
from teleconsult.slots import store as slots
from teleconsult.slots.model import Slot, slot_of
from tests import engine, tables
from tests.unit.usecases.conftest import NOW
from tests.unit.usecases.forms import booked, form, free_slots

_CATALOGUE = Path(__file__).parents[3] / "local" / "clinic" / "catalogue.json"
OWN = Asked(side=Side.PATIENT, by="h-own", request_id="r-1", why=None)


@pytest.fixture(autouse=True)
def clinic(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In the place of the one on moto; nobody carries the workflow."""
    names = ("bookings", "patients", "ledger")
    for name in names:
        monkeypatch.setenv(f"{name.upper()}_TABLE", name)
    monkeypatch.setattr(settings, "pepper", lambda: b"unit pepper")
    for act in ("start", "wake"):
        monkeypatch.setattr(workflow, act, lambda *_: None)
    aws.client.cache_clear()
    client = aws.client("dynamodb")
    engine.answer(client)
    tables.create(client, *names)
    catalogue_store.replace(check_document(json.loads(_CATALOGUE.read_text())), NOW)
    yield
    for name in names:
        client.delete_table(TableName=name)
    aws.client.cache_clear()


def at_once(*acts: Callable[[], Any]) -> None:
    gate = threading.Barrier(len(acts))

    def one(act: Callable[[], Any]) -> None:
        gate.wait()
        with suppress(Conflict):
            act()

    with ThreadPoolExecutor(len(acts)) as threads:
        list(threads.map(one, acts))


def rich(number: int) -> tuple[Record, Slot]:
    """An unpaid booking whose holder has its price on the balance, and another time."""
    free = free_slots("therapist", NOW)
    record = booked(form(free[0]), NOW, key=f"key-of-{number}")
    gift = ledger_rules.payment_to_balance(
        f"gift-{number}", record.booking.booking_id, record.booking.holder_id, record.booking.price
    )
    ledger.post(gift, now=NOW)
    return record, free[-1]


@pytest.mark.parametrize("number", range(20))
def test_what_is_paid_while_it_moves_is_paid_in_the_new_slot(number: int) -> None:
    record, other = rich(number)
    at_once(
        lambda: pay_from_balance(record, NOW),
        lambda: move(record, Wish(other.doctor_id, other.start, "move"), OWN, NOW),
    )
    booking = bookings.load(record.booking.booking_id).booking
    assert (booking.paid_at, slot_of(booking)) == (NOW, other)
    (day,) = slots.days_of(other)
    assert day.taken[booking.booking_id].hold_until is None
    assert not slots.holds(slots.days_of(slot_of(record.booking)), booking.booking_id)
    assert ledger.available(ledger_rules.held(booking.booking_id)) == booking.price


@pytest.mark.parametrize("number", range(20))
def test_whatever_is_paid_moved_and_cancelled_at_once_the_money_is_on_the_balance(number: int) -> None:
    record, other = rich(number)
    at_once(
        lambda: pay_from_balance(record, NOW),
        lambda: cancel(record, OWN, NOW),
        lambda: move(record, Wish(other.doctor_id, other.start, "move"), OWN, NOW),
        lambda: cancel(record, OWN, NOW),
    )
    booking = bookings.load(record.booking.booking_id).booking
    accounts = SimpleNamespace(
        held=ledger.available(ledger_rules.held(booking.booking_id)),
        balance=ledger.available(ledger_rules.balance(booking.holder_id)),
    )
    assert booking.status is Status.CANCELLED
    assert (accounts.held, accounts.balance) == (0, booking.price)
    for each in (slot_of(record.booking), other):
        assert not slots.holds(slots.days_of(each), booking.booking_id)
