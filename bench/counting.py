"""What the clinic's figures cost: the walk of the sweep through everything, and a year as the console asks.

On the local engine's DynamoDB in this very process. The bookings are whole: rows and transfers such as a
consultation paid by card leaves behind, over a year, twenty doctors. A scan is charged by all that lies in
the tables, which the engine does not say, so its units are told by the size of what is stored.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from ministack.services.dynamodb import _item_size_bytes

from bench import sweeps
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Attempt, Booking, Outcome, PaymentStage, Status
from teleconsult.figures import store
from teleconsult.figures.counting import count
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.ledger.lots import Account
from teleconsult.ledger.rules import Lot
from teleconsult.notices import outbox
from teleconsult.notices.rules import Notice
from teleconsult.platform import dynamo
from teleconsult.platform.dynamo import Item
from tests import bookings as samples

SIZES = (1_000, 10_000)  # bookings stored

_DOCTORS = 20
_YEAR = 365  # days
_LAST = sweeps._NOW
_WALKS = 3  # a day's row holds two counts from the second walk on, the one that stands and the new one
_READ_UNIT_BYTES, _WRITE_UNIT_BYTES = 4096, 1024


def measure(tell: Callable[[str], None]) -> dict[str, Any]:
    """By the number of bookings stored: units and requests of one walk, and of reading a year."""
    figures: dict[str, Any] = {}
    for size in SIZES:
        tell(f"показатели: {size} записей")
        with sweeps._clinic():
            sweeps._write(row for each in _consultations(size) for row in _rows(each))
            sweeps._write((row for each in _consultations(size) for row in _transfers(each)), "ledger")
            figures[str(size)] = {"walk": _walk(size), "year": _read_year()}
    return figures


def _walk(size: int) -> dict[str, float]:
    for _ in range(_WALKS):
        with sweeps._metered() as units:
            tally = count(_LAST, lambda: True)
        assert (tally.found, tally.failed, tally.left) == (3 * size, 0, 0), tally
    days = list(dynamo.query_all("bookings", "pk = :pk", pk="FIGURES"))
    return {
        "requests": units.requests,
        "read_units": sum(map(_scan_units, ("bookings", "ledger"))),
        "write_units": sum(map(_write_units, days)),
        "day_rows": len(days) - 1,
    }


def _read_year() -> dict[str, float]:
    with sweeps._metered() as units:
        store.between(_day(_YEAR), _day(0))
    return units.figures()


def _scan_units(table: str) -> float:
    """Of reading all of it, not consistently."""
    size: int = sum(map(_item_size_bytes, dynamo.scan_stored(table)))
    return -(-size // _READ_UNIT_BYTES) / 2


def _write_units(item: Item) -> int:
    size: int = _item_size_bytes(dynamo.put("", item).request["Item"])
    return -(-size // _WRITE_UNIT_BYTES)


def _day(ago: int) -> date:
    return _LAST.date() - timedelta(days=ago)


# ---- what is stored ----


def _consultations(size: int) -> Iterator[Booking]:
    """Of five one was not held."""
    for number in range(size):
        at = _LAST - timedelta(days=number % _YEAR, hours=2)
        held = number % 5 > 0
        yield samples.scheduled(
            f"b-{number:026d}",
            at,
            doctor_id=f"d-{number % _DOCTORS:020d}",
            holder_id=f"h-{number:026d}",
            created_at=at - timedelta(days=1),
            consented_at=at - timedelta(days=1),
            status=Status.COMPLETED if held else Status.NOT_HELD,
            outcome=Outcome.HELD if held else Outcome.PATIENT_ABSENT,
            settled_at=at,
            contract_number=f"ТК-{number:010d}",
            room="r" * 26,
            due_at=None,
        )


def _rows(booking: Booking) -> Iterator[Item]:
    name, at = booking.booking_id, booking.created_at
    attempt = Attempt(
        number=1,
        amount=booking.price,
        status="succeeded",
        created_at=at,
        payment_id=_payment(booking),
        confirmation_url="https://yoomoney.ru/checkout/payments/v2/contract?orderId=" + _payment(booking),
    )
    yield sweeps._row(bookings.create(booking))
    noted = bookings.attempt_noted(name, PaymentStage(), attempt).request["ExpressionAttributeValues"]
    yield {
        "pk": f"BOOKING#{name}",
        "sk": "PAYMENT",
        "attempts": [dynamo.unmarshal(noted)],
        "token": "t" * 400,
    }
    yield {"pk": f"BOOKING#{name}", "sk": "OUTCOME", "done_at": "", "word": "held", "token": "t" * 400}
    for notice in (Notice.SCHEDULED, Notice.NOT_HELD):
        yield sweeps._row(outbox.put(name, notice, at))


def _transfers(booking: Booking) -> Iterator[Item]:
    name, price = booking.booking_id, booking.price
    paid = ledger_rules.payment_received(_payment(booking), name, price)
    settled = (
        ledger_rules.revenue_recognised(name, price)
        if booking.outcome is Outcome.HELD
        else ledger_rules.returned_to_balance(name, booking.holder_id, price, "not_held")
    )
    lots = [Lot(paid.source, booking.created_at, price)]
    for transfer, at in ((paid, booking.created_at), (settled, booking.slot_end)):
        yield sweeps._row(ledger._record(transfer, lots, "000000000001-00", at))
    for account in (paid.credit, settled.credit):
        if ledger_rules.bounded(account):
            yield sweeps._row(ledger._account_change(account, Account(), Account(2, tuple(lots))))


def _payment(booking: Booking) -> str:
    """An id as long as the provider's."""
    return f"{booking.booking_id[-8:]}-000f-5000-a000-145f6df21d6f"
