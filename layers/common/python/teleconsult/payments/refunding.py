"""Refunds: asked for in one transaction, carried out at the provider, settled once (§5, Edge cases).

The row decides. Whoever carries a refund out may crash at any point or be overtaken: the holder's repeated
request, the sweep and the provider's notification all come to the same end.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

from teleconsult.booking import store as bookings
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.ledger.rules import Transfer
from teleconsult.notices import outbox
from teleconsult.notices.rules import Notice
from teleconsult.payments import rules as payment_rules
from teleconsult.payments.rules import ProviderRefund
from teleconsult.payments.yookassa import Misused, Provider, Refused
from teleconsult.platform import dynamo, ids, settings
from teleconsult.platform.dynamo import Write
from teleconsult.platform.errors import Conflict, NotFound, Unavailable
from teleconsult.platform.observability import count, logger
from teleconsult.refunds import rules, store
from teleconsult.refunds.model import AskedFor, Refund, RefundStatus, RefundWay
from teleconsult.refunds.rules import Part

_DECISIONS = 10  # each that is taken anew means that the balance has changed meanwhile

# Tried while the caller waits, one call of 8 seconds at most each; the sweep does the others.
_AT_ONCE = 2

_BORDERS = {RefundWay.PROVIDER: ledger_rules.AT_PROVIDER, RefundWay.DESK: ledger_rules.AT_DESK}


def ask(
    holder_id: str,
    amount: int | None,
    *,
    asked_by: str,
    asked_for: AskedFor | None,
    idempotency_key: str,
    now: datetime,
    also: Sequence[Write] = (),
) -> list[Refund]:
    """Ask for kopecks of a balance back, None: all of it; one refund for each payment they came from, the
    oldest first. The money leaves the balance at once. The same key is the same refunds. `also`: rows that go
    with them. What the desk took in the desk pays out: an operator is asked to.

    Raises:
        Conflict: there is not so much, or not so much that can go back; or the key was used for another sum.
        Unavailable: the balance changes all the time; the same call may be repeated.
    """
    request_id = ids.refund_request_id(settings.pepper(), holder_id, asked_by, idempotency_key)
    request_hash = ids.content_hash({"amount": amount, "asked_for": asked_for})[:32]
    account = ledger_rules.balance(holder_id)
    asked = partial(
        Refund,
        holder_id=holder_id,
        status=RefundStatus.ASKED,
        asked_at=now,
        asked_by=asked_by,
        asked_for=asked_for,
        request_hash=request_hash,
    )
    for _ in range(_DECISIONS):
        held = ledger.load(account)
        if earlier := _asked_before(holder_id, request_id):
            return _repeat(earlier, request_hash)
        if amount is not None and amount > held.available:
            raise ledger.InsufficientFunds(account)
        parts = enumerate(rules.split(held.lots, amount), start=1)
        refunds = [_of_part(part, f"{request_id}-{number:02}", asked, now) for number, part in parts]
        # Spent meanwhile, or asked for by the same request a moment before: decided again.
        with suppress(ledger.InsufficientFunds, ledger.AlsoRefused, ledger.TransferConflict):
            if not _post(refunds, also, now):
                return refunds
    raise Unavailable("busy", "Лицевой счёт сейчас меняется. Повторите чуть позже")


def carry_out_at_once(refunds: Sequence[Refund], provider: Provider, now: datetime) -> list[Refund]:
    """Try it while the caller waits, up to the first that the provider does not answer; the sweep goes on."""
    done = list(refunds)
    open_ones = [number for number, refund in enumerate(done) if _is_the_providers(refund)]
    for number in open_ones[:_AT_ONCE]:
        done[number] = carry_out(done[number], provider.once(), now)
        if not done[number].status.ended:
            break
    return done


def carry_out(refund: Refund, provider: Provider, now: datetime) -> Refund:
    """Have the provider give the money back, or ask what became of it; the refund as it stands then.

    Where nobody knows, it stays due. Safe to repeat, at any time, by many at once: never two refunds for one.
    One that the desk has to pay out stays as it is.
    """
    if not _is_the_providers(refund):
        return _look_later(refund, now)
    try:
        found = _at_provider(refund, provider, now)
    except Unavailable:
        return _look_later(refund, now)
    except (Misused, Refused) as fault:
        _unclear(refund, str(fault))
        return _look_later(refund, now)
    if found is None:
        return _refuse(refund, None, rules.DECLINED, now)
    return _believe(refund, found, now)


def settle_refund(provider_refund_id: str, provider: Provider, now: datetime) -> bool:
    """Ask the provider what became of a refund, and settle ours behind it. False: none of ours is.

    Raises:
        NotFound: the shop has no such refund; nothing has changed.
        Unavailable: not settled yet; the notification must be sent again.
    """
    found = provider.get_refund(provider_refund_id)
    if found is None:
        raise NotFound("Возврат не найден")
    if at := _place_behind(found):
        _believe(store.load(at), found, now)
        return True
    # One of ours whose answer has not come yet, perhaps: asking again under its key tells which it is.
    asked = [carry_out(refund, provider.once(), now) for refund in _unanswered(found)]
    if store.behind(provider_refund_id):
        return True
    if any(not refund.status.ended for refund in asked):
        raise Unavailable("busy", "Возврат ещё обрабатывается")
    return False


def pay_out(refund: Refund, document: str, now: datetime, also: Sequence[Write]) -> Refund:
    """The desk has given the money back, by a document of this number. Said again it changes nothing.

    Raises:
        Conflict: the provider gives this one back, or it was put back on the balance before.
    """
    transfer = _back(refund)
    row, told = store.paid_out(refund, document, now), _told(refund, Notice.REFUND_SUCCEEDED, now)
    return _end_at_desk(refund, RefundStatus.SUCCEEDED, transfer, [row, told, *also], now)


def put_back(refund: Refund, now: datetime, also: Sequence[Write]) -> Refund:
    """The desk could not give the money back: it is on the balance again. Said again it changes nothing.

    Raises:
        Conflict: the provider gives this one back, or it was paid out before.
    """
    row = store.not_paid_out(refund, rules.NOT_PAID_OUT, now)
    told = _told(refund, Notice.REFUND_REFUSED, now)
    return _end_at_desk(refund, RefundStatus.REFUSED, _kept(refund), [row, told, *also], now)


def find(holder_id: str, refund_id: str) -> Refund:
    """
    Raises:
        NotFound: the holder has no such refund.
    """
    entry = ledger.find(f"rfq:{refund_id}")
    if entry is None or entry.transfer.debit != ledger_rules.balance(holder_id):
        raise NotFound("Возврат не найден")
    return store.load(store.Place(holder_id, entry.posted_at, refund_id))


def _end_at_desk(
    refund: Refund, status: RefundStatus, transfer: Transfer, also: Sequence[Write], now: datetime
) -> Refund:
    if refund.way is not RefundWay.DESK:
        raise Conflict("not_at_desk", "Этот возврат делает платёжная система")
    if not refund.status.ended:
        with suppress(ledger.AlsoRefused):  # somebody else ended it meanwhile
            ledger.post(transfer, also=also, now=now)
        refund = store.load(store.place(refund))
    if refund.status is not status:
        raise Conflict("refund_ended", "Этот возврат уже завершён иначе")
    return refund


def _is_the_providers(refund: Refund) -> bool:
    """Whether there is still something to ask the provider about."""
    return refund.way is RefundWay.PROVIDER and not refund.status.ended


def _back(refund: Refund) -> Transfer:
    return ledger_rules.refund_succeeded(
        refund.refund_id, refund.payment_id, refund.booking_id, refund.amount, _BORDERS[refund.way]
    )


def _kept(refund: Refund) -> Transfer:
    return ledger_rules.refund_refused(
        refund.refund_id,
        refund.payment_id,
        refund.booking_id,
        refund.holder_id,
        refund.amount,
        _BORDERS[refund.way],
    )


def _post(refunds: Sequence[Refund], also: Sequence[Write], now: datetime) -> bool:
    """Whether the same was posted before."""
    transfers = [
        ledger_rules.refund_asked(
            refund.refund_id,
            refund.payment_id,
            refund.booking_id,
            refund.holder_id,
            refund.amount,
            _BORDERS[refund.way],
        )
        for refund in refunds
    ]
    rows = [*map(store.asked, refunds), *also]
    return ledger.post(*transfers, also=rows, now=now).repeated


def _asked_before(holder_id: str, request_id: str) -> list[Refund]:
    entry = ledger.find(f"rfq:{request_id}-01")
    return store.of_request(holder_id, entry.posted_at, request_id) if entry else []


def _repeat(refunds: list[Refund], request_hash: str) -> list[Refund]:
    if refunds[0].request_hash != request_hash:
        raise Conflict("idempotency_conflict", "Этот ключ запроса уже использован с другими данными")
    return refunds


def _of_part(part: Part, refund_id: str, asked: Callable[..., Refund], now: datetime) -> Refund:
    """The refund of one payment, of what was asked for; the provider carries it out, or the desk."""
    return asked(
        refund_id=refund_id,
        payment_id=part.payment_id,
        booking_id=_booking_of(part),
        amount=part.amount,
        due_at=rules.first_look(part.way, now),
        way=part.way,
        task=rules.TASK_PAY_OUT if part.way is RefundWay.DESK else None,
    )


def _booking_of(part: Part) -> str:
    """What a payment was made for: the books know it."""
    for transfer_id in part.border.ids_of(part.payment_id):
        if entry := ledger.find(transfer_id):
            return entry.transfer.booking_id
    raise ValueError(f"the books know of no payment {part.payment_id}")


def _at_provider(refund: Refund, provider: Provider, now: datetime) -> ProviderRefund | None:
    """This refund there, made if it was not; None: the provider will not, and has not.

    Raises:
        Refused, Unavailable, Misused: nobody knows.
    """
    if refund.provider_refund_id:
        found = provider.get_refund(refund.provider_refund_id)
        if found is None:
            raise Misused("the provider does not know a refund that it has taken")
        return found
    if rules.key_may_be_forgotten(refund.asked_at, now):
        found = _listed(refund, provider)
        if found:
            return found
    try:
        return provider.create_refund(refund.refund_id, refund.payment_id, refund.amount)
    except Refused:  # an earlier request may have got through, and left nothing to refund
        return _listed(refund, provider)


def _listed(refund: Refund, provider: Provider) -> ProviderRefund | None:
    """This refund among those of its payment, whether the provider says whose they are or not."""
    ours = [
        found
        for found in provider.refunds_of(refund.payment_id)
        if payment_rules.may_be_behind(found, refund)
        and store.behind(found.provider_refund_id) in (None, store.place(refund))
    ]
    return min(ours, key=lambda found: (found.status == "canceled", found.created_at), default=None)


def _place_behind(found: ProviderRefund) -> store.Place | None:
    if known := store.behind(found.provider_refund_id):
        return known
    entry = ledger.find(f"rfq:{found.refund_id}") if found.refund_id else None
    if entry is None:
        return None
    holder_id = entry.transfer.debit.removeprefix(ledger_rules.balance(""))
    return store.Place(holder_id, entry.posted_at, found.refund_id or "")


def _unanswered(found: ProviderRefund) -> list[Refund]:
    """Refunds of ours that a refund of the provider's may be, which does not say whose it is."""
    if found.refund_id is not None:
        return []
    try:
        booking = bookings.load(_booking_of(Part(found.payment_id, found.amount))).booking
    except (NotFound, ValueError):
        return []
    waiting = store.open_of_payment(booking.holder_id, found.payment_id)
    return [
        refund
        for refund in waiting
        if not refund.provider_refund_id and payment_rules.may_be_behind(found, refund)
    ]


def _believe(refund: Refund, found: ProviderRefund, now: datetime) -> Refund:
    """Settle ours as the provider says, if all of it is as our row has it."""
    wrong = payment_rules.refund_mismatches(found, refund)
    if wrong:
        _unclear(refund, f"not as asked for: {', '.join(wrong)}")
        return _look_later(refund, now)
    match found.status:
        case "succeeded":
            return _succeed(refund, found.provider_refund_id, now)
        case "canceled":
            return _refuse(refund, found.provider_refund_id, found.reason or "", now)
    return _pending(refund, found.provider_refund_id, now)


def _pending(refund: Refund, provider_refund_id: str, now: datetime) -> Refund:
    due_at = rules.next_look(refund.asked_at, now)
    with suppress(dynamo.TransactionRefused):  # it has ended meanwhile, or the provider's is another's
        dynamo.transact(store.pending(refund, provider_refund_id, due_at))
    noted = store.load(store.place(refund))
    if not noted.provider_refund_id:
        _unclear(refund, "the provider's refund is another's of ours")
    return _look_later(noted, now)


def _succeed(refund: Refund, provider_refund_id: str, now: datetime) -> Refund:
    rows = [
        *store.succeeded(refund, provider_refund_id, now),
        _told(refund, Notice.REFUND_SUCCEEDED, now),
    ]
    return _end(refund, RefundStatus.SUCCEEDED, _back(refund), rows, now)


def _refuse(refund: Refund, provider_refund_id: str | None, refusal: str, now: datetime) -> Refund:
    if not refund.status.ended:  # told before it is written: an operator hears of it twice rather than never
        logger.warning("refund refused", refund_id=refund.refund_id, refusal=refusal)
        count("RefundRefused")
    rows = [
        *store.refused(refund, provider_refund_id, refusal, now),
        _told(refund, Notice.REFUND_REFUSED, now),
    ]
    return _end(refund, RefundStatus.REFUSED, _kept(refund), rows, now)


def _end(
    refund: Refund, status: RefundStatus, transfer: Transfer, also: Sequence[Write], now: datetime
) -> Refund:
    """Money and rows together, once. Whoever was faster had better say the same."""
    with suppress(ledger.AlsoRefused):
        ledger.post(transfer, also=also, now=now)
    ended = store.load(store.place(refund))
    if ended.status is not status:
        _unclear(refund, f"{status} at the provider, {ended.status} here")
    return _look_later(ended, now)


def _told(refund: Refund, notice: Notice, now: datetime) -> Write:
    return outbox.put(refund.booking_id, notice, now, about=store.place(refund).about)


def _look_later(refund: Refund, now: datetime) -> Refund:
    """What is due and has not ended comes back to the sweep after a pause."""
    if refund.due_at and refund.due_at <= now:
        with suppress(dynamo.ConditionFailed):  # it has ended meanwhile
            dynamo.write(store.put_off(refund, rules.next_look(refund.asked_at, now)))
    return refund


def _unclear(refund: Refund, why: str) -> None:
    """Our fault, or a contradiction: an alarm. The money stays where the row says it is."""
    logger.error("refund unclear", refund_id=refund.refund_id, why=why)
    count("RefundUnclear")
