"""Correcting a final outcome: by opposite transfers, never by an edit (§2, §5).

The first flip of a held consultation takes its recognition back (`rev-of:rev:b`) and returns the money to the
balance (`back:b`); each further one is the opposite of the latest two, so the ids form chains
(`rev-of:rev-of:rev:b`), and every kopeck keeps the payment it came with.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from teleconsult.booking import store as bookings
from teleconsult.booking.model import Booking, Outcome, Record, Status
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.ledger.rules import Transfer
from teleconsult.notices import outbox
from teleconsult.notices.rules import Notice
from teleconsult.outcomes import rules
from teleconsult.platform import dynamo
from teleconsult.platform.dynamo import Write
from teleconsult.platform.errors import Conflict

RECEIPT_TO_CORRECT = "receipt_to_correct"
"""An operator's task: the receipt of the held consultation no longer fits, and is set right by hand."""


def correct(
    record: Record,
    outcome: Outcome,
    *,
    request_id: str,
    by: str,
    now: datetime,
    within: timedelta,
    receipt_made: bool = False,
    also: Sequence[Write] = (),
) -> Record:
    """Make the final outcome another one: row, money, notice and `also` in one transaction.

    `request_id`: the same request again changes nothing. `within`: how long after settling it may be done.
    `receipt_made`: a fiscal receipt says that the consultation was held.

    Raises:
        Conflict: not settled, settled too long ago, the outcome is that already, somebody else corrects it at
            the moment, or the money that it would take is not on the balance any more.
    """
    booking = record.booking
    if _met_before(booking.booking_id, request_id, outcome):
        return record
    _check(booking, outcome, now, within)
    transfers = _transfers(booking, outcome)
    task = RECEIPT_TO_CORRECT if transfers and receipt_made else None
    writes = [
        bookings.corrected(booking, outcome, task, booking.task == rules.DOCTOR_ABSENT, now),
        bookings.correction_asked(booking, request_id, outcome, by, now),
        outbox.put(booking.booking_id, Notice.CORRECTED, now, str(booking.corrections + 1)),
        *also,
    ]
    _write(transfers, writes, now)
    if not _met_before(booking.booking_id, request_id, outcome):
        raise Conflict("changed_meanwhile", "Итог только что исправил кто-то другой. Обновите запись")
    return bookings.load(booking.booking_id)


def _write(transfers: Sequence[Transfer], writes: Sequence[Write], now: datetime) -> None:
    """All or nothing; nothing as well where somebody else has just posted the very same transfers."""
    try:
        if transfers:
            ledger.post(*transfers, also=writes, now=now)
        else:
            dynamo.transact(writes)
    except (ledger.AlsoRefused, dynamo.TransactionRefused):
        return
    except ledger.InsufficientFunds:
        raise Conflict("money_gone", "Деньги уже потрачены или возвращены: исправить итог нельзя") from None


def _met_before(booking_id: str, request_id: str, outcome: Outcome) -> bool:
    """
    Raises:
        Conflict: by a request for another outcome.
    """
    made = bookings.correction_of(booking_id, request_id)
    if made not in (None, outcome):
        raise Conflict("idempotency_conflict", "Этот Idempotency-Key уже использован для другого запроса")
    return made is not None


def _check(booking: Booking, outcome: Outcome, now: datetime, within: timedelta) -> None:
    if booking.settled_at is None or booking.status not in (Status.COMPLETED, Status.NOT_HELD):
        raise Conflict("not_settled", "Исправить можно только окончательный итог консультации")
    if now > booking.settled_at + within:
        raise Conflict("correction_too_late", "Срок, в который итог можно исправить, прошёл")
    if booking.outcome is outcome:
        raise Conflict("outcome_same", "Итог консультации уже такой")


def _transfers(booking: Booking, outcome: Outcome) -> list[Transfer]:
    """Out of where the money is, and to where it belongs; none where only the reason is another."""
    was_held, is_held = booking.status is Status.COMPLETED, outcome is Outcome.HELD
    if was_held == is_held:
        return []
    recognised = ledger_rules.revenue_recognised(booking.booking_id, booking.price)
    returned = ledger_rules.returned_to_balance(
        booking.booking_id, booking.holder_id, booking.price, "not_held"
    )
    undone, done = (recognised, returned) if was_held else (returned, recognised)
    return [_next(undone), _next(done)]


def _next(first: Transfer) -> Transfer:
    """The next of a chain: the first itself, or the opposite of the last that is in the books."""
    transfer, entry = first, ledger.find(first.transfer_id)
    while entry:
        transfer = ledger_rules.correction(entry.transfer)
        entry = ledger.find(transfer.transfer_id)
    return transfer
