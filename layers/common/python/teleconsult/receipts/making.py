"""Making fiscal receipts: written down as the books ask for them, then made, each by itself (§5, 54-FZ).

A receipt's id is its key at the provider, so the same one is asked for however often, by whatever run. After
20 hours the provider may have forgotten the key: then its receipts are looked through before asking anew.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial

from teleconsult.ledger import store as ledger
from teleconsult.payments.rules import Receipt, ReceiptRegistration
from teleconsult.payments.yookassa import Misused, Provider, Refused
from teleconsult.people import store as people_store
from teleconsult.platform import dynamo, errors, settings
from teleconsult.platform.observability import count, logger
from teleconsult.platform.tally import Tally
from teleconsult.receipts import rules, store
from teleconsult.receipts.model import Failure, FiscalReceipt, ReceiptStatus

_FAILED = "ReceiptFailed"


def write_down(transfer_id: str, now: datetime) -> list[FiscalReceipt]:
    """Write down the receipts that follow from a transfer, each once; returns them as they stand.

    None where receipts are switched off, or the books know of no such transfer.
    """
    codes, entry = settings.receipts(), ledger.find(transfer_id)
    if codes is None or entry is None:
        return []
    payment = [found.transfer for each in rules.of_one_payment(transfer_id) if (found := ledger.find(each))]
    owed = rules.follow(entry.transfer, payment)
    for each in owed:
        with suppress(dynamo.ConditionFailed):
            dynamo.write(store.put(each, *codes, now))
    return [store.load(each.booking_id, each.receipt_id) for each in owed]


def make(seen: FiscalReceipt, provider: Provider, now: datetime) -> ReceiptStatus:
    """Try to bring a receipt further; returns where it stands then. One that another run tries is left to it.

    Whatever fails is tried again later, for three days; a definite no is an end. Both raise an alarm.
    """
    if not seen.open:
        return seen.status
    try:
        dynamo.write(store.tried(seen, now, now + rules.pause_after(seen.tries + 1)))
    except dynamo.ConditionFailed:
        return seen.status
    receipt = replace(seen, tries=seen.tries + 1, asked_at=seen.asked_at or now)
    try:
        return _ask(receipt, provider, now)
    except Refused:
        return _end(receipt, ReceiptStatus.CANCELED, Failure.REFUSED, now)
    except Exception as error:  # whatever it is: it must not be tried for ever, nor hold up the next one
        return _fail(receipt, error, now)


def carry_on(provider: Provider, now: datetime, has_time: Callable[[], bool]) -> Tally:
    """Try every receipt that is due, one at a time; a bad one never blocks the rest."""

    def go_on(booking_id: str, receipt_id: str) -> bool:
        return make(store.load(booking_id, receipt_id), provider, now) is ReceiptStatus.SUCCEEDED

    tally = Tally()
    for booking_id, receipt_id in store.all_due(now):
        tally.one(partial(go_on, booking_id, receipt_id), has_time, receipt_id=receipt_id)
    return tally


def _ask(receipt: FiscalReceipt, provider: Provider, now: datetime) -> ReceiptStatus:
    """What the provider says, kept.

    Raises:
        Refused, Unavailable, Misused: as the provider's client.
        NotFound: the provider does not tell of the refund yet.
    """
    if receipt.provider_receipt_id:
        asked = provider.get_receipt(receipt.provider_receipt_id)
        return _keep(receipt, asked, now) if asked else receipt.status
    provider_refund_id = _refund(receipt, provider)
    if rules.must_look_first(receipt, now):
        for found in _made_before(receipt, provider, provider_refund_id):
            with suppress(_AnotherOnes):
                return _keep(receipt, found, now)
    key = rules.idempotence_key(receipt.owed.receipt_id)
    return _keep(receipt, provider.create_receipt(key, _order(receipt, provider_refund_id)), now)


class _AnotherOnes(Exception):
    """The provider's receipt stands for another one of ours."""


def _refund(receipt: FiscalReceipt, provider: Provider) -> str | None:
    owed = receipt.owed
    if owed.kind != "refund":
        return None
    provider_refund_id = rules.refund_of(owed, list(provider.refunds_of(owed.payment_id)))
    if provider_refund_id is None:
        raise errors.NotFound("Возврат не найден")
    return provider_refund_id


def _made_before(
    receipt: FiscalReceipt, provider: Provider, provider_refund_id: str | None
) -> list[ReceiptRegistration]:
    if provider_refund_id:
        made = list(provider.receipts_of_refund(provider_refund_id))
    else:
        made = list(provider.receipts_of(receipt.owed.payment_id))
    return [each for each in made if rules.may_be(each, receipt.owed)]


def _order(receipt: FiscalReceipt, provider_refund_id: str | None) -> Receipt:
    owed = receipt.owed
    return Receipt(
        kind=owed.kind,
        payment_id=owed.payment_id,
        provider_refund_id=provider_refund_id,
        amount=owed.amount,
        email=people_store.load(owed.booking_id).holder.email,
        vat_code=receipt.vat_code,
        tax_system_code=receipt.tax_system_code,
    )


def _keep(receipt: FiscalReceipt, said: ReceiptRegistration, now: datetime) -> ReceiptStatus:
    """
    Raises:
        _AnotherOnes: it is another one's; this one stays due.
    """
    status = ReceiptStatus(said.status)
    if status is ReceiptStatus.CANCELED:
        return _end(receipt, status, Failure.CANCELED, now, said.receipt_id)
    if status is ReceiptStatus.SUCCEEDED:
        return _end(receipt, status, None, now, said.receipt_id)
    _write(store.pending(receipt, said.receipt_id))
    receipt = replace(receipt, status=ReceiptStatus.PENDING)
    if rules.gives_up(receipt, now):
        return _end(receipt, receipt.status, Failure.GAVE_UP, now)
    return receipt.status


def _fail(receipt: FiscalReceipt, error: Exception, now: datetime) -> ReceiptStatus:
    """It stays due, and is given up in the end."""
    logger.warning("receipt not made", extra=_ids(receipt) | {"error": type(error).__qualname__})
    if isinstance(error, Misused) or not isinstance(error, errors.DomainError | _AnotherOnes):
        count(_FAILED)  # our fault: somebody has to see to it
    if rules.gives_up(receipt, now):
        return _end(receipt, receipt.status, Failure.GAVE_UP, now)
    return receipt.status


def _end(
    receipt: FiscalReceipt,
    status: ReceiptStatus,
    failure: Failure | None,
    now: datetime,
    provider_receipt_id: str | None = None,
) -> ReceiptStatus:
    _write(store.ended(receipt, status, now, provider_receipt_id=provider_receipt_id, failure=failure))
    if failure:
        logger.error("receipt failed", extra=_ids(receipt) | {"failure": failure})
        count(_FAILED)
    return status


def _write(writes: list[dynamo.Write]) -> None:
    """What another run has kept meanwhile stands.

    Raises:
        _AnotherOnes: the provider's receipt is another one's.
    """
    try:
        dynamo.transact(writes)
    except dynamo.TransactionRefused as refused:
        if len(writes) > 1 and 0 in refused.failed:
            raise _AnotherOnes from refused


def _ids(receipt: FiscalReceipt) -> dict[str, str]:
    return {"booking_id": receipt.owed.booking_id, "receipt_id": receipt.owed.receipt_id}
