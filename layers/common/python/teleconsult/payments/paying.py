"""Paying for a booking: by card, from the balance, too late, or not at all (S11, §5)."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from teleconsult.booking import rules as booking_rules
from teleconsult.booking import store as bookings
from teleconsult.booking import workflow
from teleconsult.booking.model import Attempt, Booking, Record, Stage, Stands, Status
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.notices import outbox
from teleconsult.notices.rules import Notice
from teleconsult.payments import rules
from teleconsult.payments.rules import Payment
from teleconsult.payments.yookassa import Provider
from teleconsult.platform import dynamo
from teleconsult.platform.dynamo import Write
from teleconsult.platform.errors import Conflict, NotFound, Unavailable
from teleconsult.slots import store as slots
from teleconsult.slots.model import slot_of
from teleconsult.slots.store import TakenDay

_PENDING = "pending"
_CANCELED = "canceled"
_OPEN = frozenset({_PENDING, "waiting_for_capture"})

_UNPAID = frozenset({Stands.AWAITING_CONSENT, Stands.CONSENT_GIVEN, Stands.AWAITING_PAYMENT})

# A decision is taken anew when the rows changed while it was written, the doctor's day by others' bookings
# too; they cannot change for ever.
_DECISIONS = 10


def begin_card_payment(record: Record, provider: Provider, return_url: str, now: datetime) -> Attempt:
    """Begin a payment at the provider, or return the open one: its `confirmation_url` is where to pay.

    The attempt's number makes the provider's idempotence key. A crash before the answer is noted is repeated
    under the same key, and gets the same payment.

    Raises:
        Conflict: the booking does not wait for payment, or the provider refused.
        Unavailable: the provider did not answer; the same call may be repeated.
    """
    booking = record.booking
    if not booking_rules.waits_for_payment(booking, now):
        raise _not_payable()
    due = booking.price - record.payment.received
    if attempt := _open_attempt(record, due):
        asked = provider.get_payment(attempt.payment_id)
        if asked and asked.status in _OPEN:
            return attempt
        # It ended, and nobody has told us yet. Now we know: it is booked or over, and not open any more.
        if asked:
            settle_payment(attempt.payment_id, provider, now)
        else:  # the provider knows nothing of it, so nobody can pay it
            dynamo.write(bookings.attempt_ended(booking.booking_id, attempt.number, _CANCELED))
        return begin_card_payment(bookings.load(booking.booking_id), provider, return_url, now)
    number = len(record.payment.attempts) + 1
    payment = provider.create_payment(due, booking.booking_id, number, return_url)
    return _note(record, number, payment)


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
    if not payment.booking_id or not payment.attempt:
        return  # the shop's own, and for no booking: made at the provider's desk, say
    for _ in range(_DECISIONS):
        record = bookings.load(payment.booking_id)
        attempt = _trusted_attempt(record, payment, provider)
        if not payment.succeeded:
            _note_end(record, attempt, payment)
            return
        try:
            if attempt.status != bookings.SUCCEEDED:
                _take_in(record, attempt, payment, now)
        except ledger.AlsoRefused:
            continue  # the booking was paid, expired or settled meanwhile: decide again
        workflow.wake(bookings.load(payment.booking_id), Stage.PAYMENT)
        return
    raise _busy()


def pay_from_balance(record: Record, now: datetime) -> Record:
    """Pay what is due from the holder's balance, whole. A booking that is paid already is left as it is.

    Raises:
        Conflict: the booking does not wait for payment, or the balance does not reach.
        Unavailable: the booking changes all the time; the same call may be repeated.
    """
    for _ in range(_DECISIONS):
        if record.booking.paid_at:
            return record
        if not booking_rules.waits_for_payment(record.booking, now):
            raise _not_payable()
        with suppress(ledger.AlsoRefused):  # paid, part paid or expired meanwhile: decide again
            _take_from_balance(record, now)
            paid = bookings.load(record.booking.booking_id)
            workflow.wake(paid, Stage.PAYMENT)
            return paid
        record = bookings.load(record.booking.booking_id)
    raise _busy()


def _take_from_balance(record: Record, now: datetime) -> None:
    booking = record.booking
    due = booking.price - record.payment.received
    transfer = ledger_rules.paid_from_balance(booking.booking_id, booking.holder_id, 1, due)
    days = slots.days_of(slot_of(booking))
    if not _waits_in_its_slot(booking, days):
        raise _not_payable()
    # Due at once: a lost wake-up is said again by the provider's notification, and here by nobody.
    rows = [
        *_booking_paid(booking, days, now, due_at=now),
        bookings.money_received(booking.booking_id, record.payment, due, done_at=now),
    ]
    ledger.post(transfer, also=rows, now=now)


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
    also = [bookings.expired(booking, now), *released]
    if received:
        back = ledger_rules.returned_to_balance(booking.booking_id, booking.holder_id, received, "expired")
        ledger.post(back, also=also, now=now)
    else:
        dynamo.transact([*also, bookings.nothing_received(booking.booking_id)])


def _open_attempt(record: Record, due: int) -> Attempt | None:
    latest = record.payment.attempts[-1] if record.payment.attempts else None
    return latest if latest and latest.status in _OPEN and latest.amount == due else None


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


def _trusted_attempt(record: Record, payment: Payment, provider: Provider) -> Attempt:
    """Our attempt behind the provider's payment, if everything about them matches (§6).

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
    return noted or _note(record, number, payment)


def _note_end(record: Record, attempt: Attempt, payment: Payment) -> None:
    if attempt.status != payment.status:
        with suppress(dynamo.ConditionFailed):  # its money came in: another notification was newer
            ended = bookings.attempt_ended(record.booking.booking_id, attempt.number, payment.status)
            dynamo.write(ended)


def _take_in(record: Record, attempt: Attempt, payment: Payment, now: datetime) -> None:
    """Post the money of a succeeded payment together with the rows it changes: all or nothing."""
    booking = record.booking
    due = booking.price - record.payment.received
    days = slots.days_of(slot_of(booking))
    live = _waits_in_its_slot(booking, days)
    transfers = rules.split(
        payment.payment_id, booking.booking_id, booking.holder_id, amount=payment.amount, due=due, live=live
    )
    if not live:
        also = [
            bookings.attempt_succeeded_elsewhere(booking.booking_id, attempt.number),
            outbox.put(booking.booking_id, Notice.LATE_PAYMENT, now, about=payment.payment_id),
        ]
    elif rules.pays_in_full(payment.amount, due):
        also = [*_booking_paid(booking, days, now), _received(record, due, attempt, done_at=now)]
    else:
        also = [
            bookings.still_waits_for_payment(booking),
            _received(record, payment.amount, attempt, done_at=None),
        ]
    ledger.post(*transfers, also=also, now=now)


def _received(record: Record, amount: int, attempt: Attempt, done_at: datetime | None) -> Write:
    return bookings.money_received(
        record.booking.booking_id, record.payment, amount, done_at=done_at, attempt=attempt.number
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
