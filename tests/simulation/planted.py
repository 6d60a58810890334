"""Bugs planted in the real code, as a test of the test: each must break an invariant within a few seeds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any
from unittest import mock

from teleconsult.booking import store as bookings
from teleconsult.booking.model import Booking, Outcome, Stands
from teleconsult.ledger import store as ledger
from teleconsult.ledger.rules import Transfer
from teleconsult.outcomes import settling
from teleconsult.platform import dynamo
from teleconsult.platform.dynamo import Write
from teleconsult.slots import store as slots
from teleconsult.slots.store import TakenDay

Plant = Callable[[], Any]


class Unplanted(BaseException):
    """The code has changed, and the bug must be planted anew. Not an `Exception`: no handler can bear it."""


@contextmanager
def ledger_outside_the_transaction() -> Iterator[None]:
    """The webhook (and whoever else posts) changes its rows first, and writes to the ledger afterwards."""
    post = ledger.post

    def apart(*transfers: Transfer, also: Sequence[Write] = (), now: datetime) -> Any:
        try:
            dynamo.transact(list(also))
        except dynamo.TransactionRefused as refused:
            raise ledger.AlsoRefused(refused.failed) from refused
        return post(*transfers, now=now)

    with mock.patch.object(ledger, "post", apart):
        yield


@contextmanager
def expiry_blind_to_payment() -> Iterator[None]:
    """The end of a hold does not look whether the booking has been paid meanwhile."""
    expired, check = bookings.expired, bookings.nothing_received

    def blind(booking: Booking, now: datetime) -> Write:
        return _without(expired(booking, now), " AND attribute_not_exists(paid_at)")

    def nothing_checked(booking_id: str) -> Write:
        return _condition(check(booking_id), "attribute_not_exists(never)")

    with (
        mock.patch.object(bookings, "expired", blind),
        mock.patch.object(bookings, "nothing_received", nothing_checked),
    ):
        yield


@contextmanager
def slot_of_somebody_else() -> Iterator[None]:
    """A payment confirms the booking without looking whose the slot is."""
    confirm = slots.confirm

    def confirmed(days: Sequence[TakenDay], booking_id: str) -> list[Write]:
        return confirm([day for day in days if booking_id in day.taken], booking_id)

    with (
        mock.patch.object(slots, "holds", return_value=True),
        mock.patch.object(slots, "confirm", confirmed),
    ):
        yield


@contextmanager
def credit_without_its_id() -> Iterator[None]:
    """A credit has another id each time it is made."""
    post, number = ledger.post, count()

    def anew(*transfers: Transfer, **how: Any) -> Any:
        made = [
            replace(each, transfer_id=f"{each.transfer_id}:{next(number)}") if _is_credit(each) else each
            for each in transfers
        ]
        return post(*made, **how)

    with mock.patch.object(ledger, "post", anew):
        yield


@contextmanager
def credit_beside_its_row() -> Iterator[None]:
    """A credit is posted first, with another id each time, and the row is settled afterwards."""
    number = count()

    def credit(record: Any, expected: Stands, transfer: Transfer, notices: list[Write], now: datetime) -> Any:
        booking = record.booking
        if booking.status.final:
            return record
        ledger.post(replace(transfer, transfer_id=f"{transfer.transfer_id}:{next(number)}"), now=now)
        outcome = record.outcome.word or Outcome.UNKNOWN
        dynamo.transact([bookings.settled(booking, outcome, now), *notices])
        return bookings.load(booking.booking_id)

    with mock.patch.object(settling, "_settle", credit):
        yield


PLANTS: Mapping[str, Plant] = {
    plant.__name__: plant
    for plant in (
        ledger_outside_the_transaction,
        expiry_blind_to_payment,
        slot_of_somebody_else,
        credit_without_its_id,
        credit_beside_its_row,
    )
}


# What each of them breaks: an invariant's name, as far as it is sure.
BREAKS: Mapping[str, str] = {
    "ledger_outside_the_transaction": "",
    "expiry_blind_to_payment": "final booking holds nothing",
    "slot_of_somebody_else": "owns its slot",
    "credit_without_its_id": "that the table of §5 gives it",
    "credit_beside_its_row": "",
}


def _is_credit(transfer: Transfer) -> bool:
    return transfer.reason == "not_held"


def _without(write: Write, part: str) -> Write:
    condition = write.request["ConditionExpression"]
    if part not in condition:
        raise Unplanted(f"{part} is not in {condition}")
    return _condition(write, condition.replace(part, ""))


def _condition(write: Write, condition: str) -> Write:
    return Write(write.action, {**write.request, "ConditionExpression": condition})
