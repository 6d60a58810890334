"""Two sweeps at once over the same due bookings, on a store that takes requests from many threads."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from teleconsult.booking import store, workflow
from teleconsult.booking.model import Outcome, Record, Run, Stage, Status
from teleconsult.catalogue import store as catalogue_store
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.outcomes import saying, settling
from teleconsult.platform import aws, dynamo
from teleconsult.platform.tally import Tally
from teleconsult.sweeps.sweeping import no_shows, reminders
from tests import bookings, engine, tables
from tests.unit.catalogue import samples

NOW = datetime(2026, 12, 7, 9, tzinfo=UTC)
DUE = 50
Sweep = Callable[[datetime, Callable[[], bool]], Tally]


@pytest.fixture(autouse=True)
def clinic(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A clinic whose workflow is woken within the call: it settles whatever has a verdict."""
    names = ("bookings", "patients", "ledger")
    for name in names:
        monkeypatch.setenv(f"{name.upper()}_TABLE", name)
    aws.client.cache_clear()
    client = aws.client("dynamodb")
    engine.answer(client)
    tables.create(client, *names)
    monkeypatch.setattr(catalogue_store, "load", samples.catalogue)
    monkeypatch.setattr(workflow, "wake", settle)
    monkeypatch.setattr(workflow, "latest_run", lambda _: Run(running=True))
    yield
    for name in names:
        client.delete_table(TableName=name)
    aws.client.cache_clear()


def settle(record: Record, stage: Stage) -> None:
    assert stage is Stage.OUTCOME
    settling.credit_balance(record.booking.booking_id, NOW)


def paid(number: int) -> str:
    """Nobody came to every other one; to the rest both came, and nobody said a word."""
    booking = bookings.scheduled(f"b-{number:02d}", NOW)
    dynamo.write(store.create(booking))
    payment = ledger_rules.payment_received(f"p-{number}", booking.booking_id, bookings.PRICE)
    ledger.post(payment, now=NOW)
    if number % 2:
        for side in ("patient", "doctor"):
            saying.note_join(booking, side, booking.slot_start)
    return booking.booking_id


def at_once(sweep: Sweep, now: datetime) -> list[Tally]:
    gate = threading.Barrier(2)

    def run(_: int) -> Tally:
        gate.wait()
        return sweep(now, lambda: True)

    with ThreadPoolExecutor(2) as runs:
        return list(runs.map(run, range(2)))


def test_each_of_fifty_bookings_gets_one_verdict_or_one_task_and_one_credit() -> None:
    ids = [paid(number) for number in range(DUE)]
    assert [tally.failed for tally in at_once(no_shows, NOW)] == [0, 0]
    records = [store.load(each) for each in ids]
    assert Counter(each.outcome.word for each in records) == {Outcome.DOCTOR_ABSENT: 25, None: 25}
    assert Counter(each.booking.status for each in records) == {Status.NOT_HELD: 25, Status.SCHEDULED: 25}
    assert [each.booking.task for each in records] == ["doctor_absent", "outcome_unclear"] * 25
    assert ledger.available(ledger_rules.balance(bookings.HOLDER)) == 25 * bookings.PRICE

    deadline = max(each.booking.verdict_deadline for each in records)
    assert [tally.failed for tally in at_once(no_shows, deadline)] == [0, 0]
    ended = [store.load(each) for each in ids]
    assert {each.booking.status for each in ended} == {Status.NOT_HELD}
    assert [each.booking.task for each in ended] == ["doctor_absent", None] * 25
    assert Counter(each.booking.outcome for each in ended) == {
        Outcome.DOCTOR_ABSENT: 25,
        Outcome.UNKNOWN: 25,
    }
    assert ledger.available(ledger_rules.balance(bookings.HOLDER)) == DUE * bookings.PRICE
    assert no_shows(deadline, lambda: True) == Tally()


def test_each_of_fifty_bookings_is_reminded_once() -> None:
    slot = NOW + timedelta(days=1)
    for number in range(DUE):
        row = bookings.booking(f"b-{number:02d}", NOW, slot_start=slot, paid_at=NOW)
        dynamo.write(store.create(row))
        dynamo.write(store.scheduled(row, NOW - timedelta(hours=1), "ОК-1", None))
    tallies = at_once(reminders, NOW)
    assert [each.failed for each in tallies] == [0, 0]
    assert sum(each.done for each in tallies) == DUE
    rows = [row["sk"] for row in dynamo.scan_all("bookings") if row["sk"].startswith("OUTBOX#")]
    assert len(rows) == DUE
