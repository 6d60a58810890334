"""Paying for a booking: by card, from the balance, too late, or not at all (S11, §5)."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from teleconsult.booking import rules as booking_rules
from teleconsult.booking import store as bookings
from teleconsult.booking import workflow
from teleconsult.booking.model import (
    OPEN_ATTEMPT,
    Attempt,
    Booking,
    DeskPayment,
    Record,
    Stage,
    Stands,
    Status,
)
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.ledger.rules import AT_DESK, AT_PROVIDER, Border
from teleconsult.notices import outbox
from teleconsult.notices.rules import Notice
from teleconsult.payments import rules
from teleconsult.payments.rules import Payment
from teleconsult.payments.yookassa import Misused, Provider
from teleconsult.platform import dynamo
from teleconsult.platform.dynamo import Write
from teleconsult.platform.errors import Conflict, DomainError, NotFound, Unavailable
from teleconsult.platform.observability import logger
from teleconsult.slots import store as slots
from teleconsult.slots.model import slot_of
from teleconsult.slots.store import TakenDay

_PENDING = "pending"
_CANCELED = "canceled"

_UNPAID = frozenset({Stands.AWAITING_CONSENT, Stands.CONSENT_GIVEN, Stands.AWAITING_PAYMENT})

# A decision is taken anew when the rows changed while it was written, the doctor's day by others' bookings
# too; they cannot change for ever.
_DECISIONS = 10


@dataclass(frozen=True, slots=True)
class _Money:
    """Kopecks that came for a booking over a border of the books.

    `attempt`: the card's, which the provider tells of again and again; the desk speaks once, and what it took
    is a row of its own, in `also`.
    """

    payment_id: str
    amount: int
    border: Border
    attempt: int | None = None
    also: tuple[Write, ...] = ()


def begin_card_payment(record: Record, provider: Provider, return_url: str, now: datetime) -> Attempt:
    """Begin a payment at the provider, or return the open one: its `confirmation_url` is where to pay.

    The attempt's number makes the provider's idempotence key. A crash before the answer is noted is repeated
    under the same key, and gets the same payment.

    Raises:
        Conflict: the booking does not wait for payment, or the provider refused.
        Unavailable: the provider did not answer; the same call may be repeated.
    """
    booking_id = record.booking.booking_id
    for _ in range(_DECISIONS):
        if not booking_rules.waits_for_payment(record.booking, now):
            raise _not_payable()
        due = record.booking.price - record.payment.received
        attempt = _open_attempt(record, due)
        if attempt is None:
            number = len(record.payment.attempts) + 1
            return _note(record, number, provider.create_payment(due, booking_id, number, return_url))
        if _ask_about(record, attempt, provider.once(), now):  # somebody waits, and a new one may follow
            return attempt
        # It ended, and nobody has told us yet. Now we know: it is booked or over, and not open any more.
        record = bookings.load(booking_id)
        _wake(record)
    raise _busy()


def settle_payment(payment_id: str, provider: Provider, now: datetime) -> None:
    """Ask the provider what became of a payment, put its money where it belongs, wake the workflow (§6).

    Safe to repeat, in any order, at any time: the provider's answer and our rows decide.

    Raises:
        NotFound: not a payment of this shop for one of our bookings; nothing has changed.
        Unavailable: not settled yet; the notification must be sent again.
    """
    payment = provider.get_payment(payment_id)
    if payment is None:
        raise NotFound("Платёж не найден")
    if record := _settle(payment, provider, now):
        _wake(record)


def ask_about_open(record: Record, provider: Provider, now: datetime) -> Record:
    """Ask the provider about every attempt of which we have not heard the end, book or note what it says, and
    wake the workflow.

    Raises:
        DomainError, Misused: one of them could not be asked about, or is not as we have it; the others were.
    """
    booking_id = record.booking.booking_id
    if not record.payment.open_attempts:
        with suppress(dynamo.ConditionFailed):  # a new one was begun meanwhile
            dynamo.write(bookings.no_open_payments(booking_id, record.payment))
    faults = _ask_about_each(record, provider, now)
    heard = bookings.load(booking_id)
    if heard != record:
        _wake(heard)
    if faults:
        raise faults[0]
    return heard


def look_at_open(record: Record, provider: Provider, now: datetime) -> Record:
    """The same for somebody who waits for the money: what cannot be asked about is shown as we know it."""
    if not record.payment.open_attempts:
        return record
    _ask_about_each(record, provider, now)
    heard = bookings.load(record.booking.booking_id)
    if heard != record:
        _wake(heard)
    return heard


def _ask_about_each(record: Record, provider: Provider, now: datetime) -> list[DomainError | Misused]:
    """Ask about each open attempt by itself; what stood in the way of some of them."""
    booking_id, faults = record.booking.booking_id, []
    for attempt in record.payment.open_attempts:
        try:
            _ask_about(bookings.load(booking_id), attempt, provider, now)
        except (DomainError, Misused) as fault:
            kind = type(fault).__qualname__
            logger.warning("open payment not asked about", booking_id=booking_id, error=kind)
            faults.append(fault)
    return faults


def _ask_about(record: Record, attempt: Attempt, provider: Provider, now: datetime) -> bool:
    """Whether the attempt is still open; one that has ended is booked or noted."""
    payment = provider.get_payment(attempt.payment_id)
    if payment is None:  # the provider knows nothing of it, so nobody can pay it
        _note_end(record, attempt, _CANCELED)
        return False
    if payment.status in OPEN_ATTEMPT:
        return True
    _settle(payment, provider, now)
    return False


def _settle(payment: Payment, provider: Provider, now: datetime) -> Record | None:
    """The booking whose payment's money is in the books; None: no money, or for no booking."""
    if not payment.booking_id or not payment.attempt:
        return None  # the shop's own, and for no booking: made at the provider's desk, say
    for _ in range(_DECISIONS):
        record = bookings.load(payment.booking_id)
        attempt = _trusted_attempt(record, payment, provider)
        if attempt is None:
            _note(record, payment.attempt, payment)
            continue
        if not payment.succeeded:
            _note_end(record, attempt, payment.status)
            return None
        if attempt.status == bookings.SUCCEEDED:
            return record
        with suppress(ledger.AlsoRefused):  # paid, expired or settled meanwhile: decide again
            _take_in(record, _Money(payment.payment_id, payment.amount, AT_PROVIDER, attempt.number), now)
            return bookings.load(payment.booking_id)
    raise _busy()


def take_at_desk(record: Record, payment: DeskPayment, now: datetime, also: Sequence[Write]) -> Record:
    """Book what the clinic's desk took for a booking, in cash or by transfer, as a card's payment is: it pays
    the booking, or a part of it, and what is over goes to the balance. The same payment again changes
    nothing. `also`: rows that go with it.

    Raises:
        Conflict: the patient has not consented yet, or this payment was taken in otherwise before.
        Unavailable: the booking changes all the time; the same call may be repeated.
    """
    booking_id = record.booking.booking_id
    for _ in range(_DECISIONS):
        if taken := _taken_before(record, payment):
            if taken != replace(payment, taken_at=taken.taken_at):
                message = "Этот ключ запроса уже использован с другими данными"
                raise Conflict("idempotency_conflict", message)
            _wake(record)
            return record
        if record.booking.status is Status.AWAITING_CONSENT:
            raise Conflict("consents_first", "Деньги за эту запись принимаются после согласий пациента")
        rows = (bookings.taken_at_desk(booking_id, payment), *also)
        with suppress(ledger.AlsoRefused):  # paid, expired or taken in meanwhile: decide again
            _take_in(record, _Money(payment.payment_id, payment.amount, AT_DESK, also=rows), now)
        record = bookings.load(booking_id)
    raise _busy()


def _taken_before(record: Record, payment: DeskPayment) -> DeskPayment | None:
    return next((each for each in record.desk_payments if each.payment_id == payment.payment_id), None)


def _wake(record: Record) -> None:
    """The workflow looks at a booking whose wait for the money is over: it waits on for what is not paid."""
    if record.booking.paid_at:
        workflow.wake(record, Stage.PAYMENT)


def pay_from_balance(record: Record, now: datetime) -> Record:
    """Pay what is due from the holder's balance, whole. A booking that is paid already is left as it is.

    Raises:
        Conflict: the booking does not wait for payment, or the balance does not reach.
        Unavailable: the booking changes all the time; the same call may be repeated.
    """
    return _spend_balance(record, now, whole=True)


def spend_balance(record: Record, now: datetime) -> Record:
    """Pay as much of what is due as the holder's balance has; the rest is for the card (Edge cases: Balance
    covers part). A booking that is paid already is left as it is.

    Raises:
        Conflict: the booking does not wait for payment.
        Unavailable: the booking or the balance changes all the time; the same call may be repeated.
    """
    return _spend_balance(record, now, whole=False)


def _spend_balance(record: Record, now: datetime, *, whole: bool) -> Record:
    booking_id = record.booking.booking_id
    for _ in range(_DECISIONS):
        if record.booking.paid_at:
            return record
        if not booking_rules.waits_for_payment(record.booking, now):
            raise _not_payable()
        amount = due = record.booking.price - record.payment.received
        if not whole:
            amount = min(due, ledger.available(ledger_rules.balance(record.booking.holder_id)))
        if not amount:
            return record
        try:
            _take_from_balance(record, amount, due, now)
        except ledger.InsufficientFunds:
            if whole:
                raise
        except ledger.AlsoRefused:
            pass  # paid, part paid or expired meanwhile: decide again
        else:
            spent = bookings.load(booking_id)
            _wake(spent)
            return spent
        record = bookings.load(booking_id)
    raise _busy()


def _take_from_balance(record: Record, amount: int, due: int, now: datetime) -> None:
    booking, stage = record.booking, record.payment
    number = stage.from_balance + 1
    transfer = ledger_rules.paid_from_balance(booking.booking_id, booking.holder_id, number, amount)
    days = slots.days_of(slot_of(booking))
    if not _waits_in_its_slot(booking, days):
        if bookings.load(booking.booking_id).booking.moves != booking.moves:
            raise ledger.AlsoRefused(frozenset())  # it has another slot by now, and waits in that
        raise _not_payable()
    paid = rules.pays_in_full(amount, due)
    received = bookings.money_received(
        booking.booking_id, stage, amount, done_at=now if paid else None, from_balance=number
    )
    # Due at once: a lost wake-up is said again by the provider's notification, and here by nobody.
    rows = (
        _booking_paid(booking, days, now, due_at=now) if paid else [bookings.still_waits_for_payment(booking)]
    )
    ledger.post(transfer, also=[*rows, received], now=now)


def from_balance(record: Record) -> int:
    """Kopecks that came for the booking from the holder's balance."""
    booking_id, times = record.booking.booking_id, record.payment.from_balance
    posted = (ledger.find(f"bal:{booking_id}:{number}") for number in range(1, times + 1))
    return sum(entry.transfer.amount for entry in posted if entry)


def end_hold(booking_id: str, provider: Callable[[], Provider], now: datetime) -> Record:
    """End an unpaid hold, unless the provider says that it was paid and nobody has told us yet. One that
    cannot be asked keeps no doctor's time from others. The workflow that calls this needs no waking.
    """
    record = bookings.load(booking_id)
    if record.payment.open_attempts and booking_rules.stands(record) in _UNPAID:
        _ask_about_each(record, provider(), now)
    return expire(booking_id, now)


def expire(booking_id: str, now: datetime) -> Record:
    """End an unpaid hold: slot released, part payments to the balance. A payment that was faster wins."""
    record = bookings.load(booking_id)
    for _ in range(_DECISIONS):
        if booking_rules.stands(record) not in _UNPAID or now < record.booking.hold_until:
            break
        # Paid meanwhile, or the doctor's day has changed: the rows say which.
        with suppress(ledger.AlsoRefused, ledger.InsufficientFunds, dynamo.TransactionRefused):
            _end_hold(record, now)
        record = bookings.load(booking_id)
    return record


def _end_hold(record: Record, now: datetime) -> None:
    booking, received = record.booking, record.payment.received
    released = slots.release(slots.days_of(slot_of(booking)), booking.booking_id)
    also = [bookings.expired(booking, now), *released, outbox.put(booking.booking_id, Notice.EXPIRED, now)]
    if received:
        back = ledger_rules.returned_to_balance(booking.booking_id, booking.holder_id, received, "expired")
        ledger.post(back, also=also, now=now)
    else:
        dynamo.transact([*also, bookings.nothing_received(booking.booking_id)])


def _open_attempt(record: Record, due: int) -> Attempt | None:
    latest = record.payment.attempts[-1] if record.payment.attempts else None
    return latest if latest and latest.status in OPEN_ATTEMPT and latest.amount == due else None


def _note(record: Record, number: int, payment: Payment) -> Attempt:
    """Keep what the provider took; another run that kept it first had the same answer."""
    attempt = Attempt(
        number=number,
        amount=payment.amount,
        status=_PENDING,
        created_at=payment.created_at.replace(microsecond=0),
        payment_id=payment.payment_id,
        confirmation_url=payment.confirmation_url,
    )
    with suppress(dynamo.ConditionFailed):
        dynamo.write(bookings.attempt_noted(record.booking.booking_id, record.payment, attempt))
    return attempt


def _trusted_attempt(record: Record, payment: Payment, provider: Provider) -> Attempt | None:
    """Our attempt behind the provider's payment, if everything about them matches (§6); None: not noted yet.

    One that is not noted was asked for by a run that crashed: only we can have given it our metadata.
    """
    number = payment.attempt or 0
    noted = record.payment.attempt(number)
    wrong = rules.mismatches(
        payment,
        shop_id=provider.shop_id,
        booking_id=record.booking.booking_id,
        attempt=number,
        payment_id=noted.payment_id if noted else payment.payment_id,
    )
    if wrong:
        raise NotFound("Платёж не найден")
    return noted


def _note_end(record: Record, attempt: Attempt, status: str) -> None:
    if attempt.status != status:
        # Its money came in, or a new attempt was begun: then the row is still due, and the sweep asks again.
        with suppress(dynamo.ConditionFailed):
            dynamo.write(
                bookings.attempt_ended(record.booking.booking_id, record.payment, attempt.number, status)
            )


def _take_in(record: Record, money: _Money, now: datetime) -> None:
    """Post money that came for a booking together with the rows it changes: all or nothing."""
    booking = record.booking
    due = booking.price - record.payment.received
    days = slots.days_of(slot_of(booking))
    live = _waits_in_its_slot(booking, days)
    transfers = rules.split(
        money.payment_id,
        booking.booking_id,
        booking.holder_id,
        amount=money.amount,
        due=due,
        live=live,
        border=money.border,
    )
    if not live:
        # Read before a move, and the days after it, it only looks as if it had lost its slot.
        also = [*_elsewhere(record, money), bookings.not_moved(booking)]
    elif rules.pays_in_full(money.amount, due):
        # A notification comes again and wakes the workflow then; what nobody says again is due at once.
        due_at = None if money.attempt else now
        also = [*_booking_paid(booking, days, now, due_at), _received(record, due, money, done_at=now)]
    else:
        also = [
            bookings.still_waits_for_payment(booking),
            _received(record, money.amount, money, done_at=None),
        ]
    if told := _notice(money.amount, due, live):
        also.append(outbox.put(booking.booking_id, told, now, about=money.payment_id))
    ledger.post(*transfers, also=[*also, *money.also], now=now)


def _elsewhere(record: Record, money: _Money) -> list[Write]:
    """Of money that goes to the balance, the card's attempt knows."""
    if not money.attempt:
        return []
    booking_id = record.booking.booking_id
    return [bookings.attempt_succeeded_elsewhere(booking_id, record.payment, money.attempt)]


def _notice(amount: int, due: int, live: bool) -> Notice | None:
    """What the patient is told of a payment that was not the one that was asked for (Edge cases)."""
    if not live:
        return Notice.LATE_PAYMENT
    if amount == due:
        return None
    return Notice.SURPLUS if rules.pays_in_full(amount, due) else Notice.PART_PAID


def _received(record: Record, amount: int, money: _Money, done_at: datetime | None) -> Write:
    return bookings.money_received(
        record.booking.booking_id, record.payment, amount, done_at=done_at, attempt=money.attempt
    )


def _booking_paid(
    booking: Booking, days: Sequence[TakenDay], now: datetime, due_at: datetime | None = None
) -> list[Write]:
    """The row is paid and the slot is its own for good: no moment in between in which another may take it."""
    return [
        bookings.paid(booking, now, due_at),
        *slots.confirm(days, booking.booking_id),
    ]


def _waits_in_its_slot(booking: Booking, days: Sequence[TakenDay]) -> bool:
    """A payment counts for the booking while it waits and its slot is its own, even past `hold_until`."""
    return (
        booking.status is Status.AWAITING_PAYMENT
        and booking.paid_at is None
        and slots.holds(days, booking.booking_id)
    )


def _busy() -> Unavailable:
    return Unavailable("busy", "Платёж ещё обрабатывается")


def _not_payable() -> Conflict:
    return Conflict("not_payable", "Запись не ожидает оплаты")
