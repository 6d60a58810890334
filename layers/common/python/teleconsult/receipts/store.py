"""Fiscal receipts beside their booking in the Bookings table, and which of the provider's is whose.

No personal data: the e-mail is read where it lives when a receipt is asked for.
"""

from collections.abc import Iterator
from datetime import datetime

from teleconsult.platform import clock, due, dynamo, settings
from teleconsult.platform.dynamo import Item, Write
from teleconsult.platform.errors import NotFound
from teleconsult.receipts.model import Failure, FiscalReceipt, Owed, ReceiptStatus

_PREFIX = "RECEIPT#"

# How far back the sweep looks for what is due: longer than any outage of it.
_DUE_DAYS = 30
_DUE = "RECEIPTS#"


def put(owed: Owed, vat_code: int, tax_system_code: int | None, now: datetime) -> Write:
    """The new row, due at once; refused where the receipt is written down already."""
    item = {
        "pk": _pk(owed.booking_id),
        "sk": _sk(owed.receipt_id),
        "kind": owed.kind,
        "payment_id": owed.payment_id,
        "refund_id": owed.refund_id,
        "amount": owed.amount,
        "status": ReceiptStatus.DUE,
        "vat_code": vat_code,
        "tax_system_code": tax_system_code,
        "tries": 0,
        "created_at": clock.iso(now),
        **due.at(now, _DUE),
    }
    return dynamo.put(settings.bookings_table(), item, "attribute_not_exists(pk)")


def tried(seen: FiscalReceipt, now: datetime, due_at: datetime) -> Write:
    """One more try begins, and the next is due then; refused where another run has begun one since."""
    return dynamo.update(
        settings.bookings_table(),
        _pk(seen.owed.booking_id),
        _sk(seen.owed.receipt_id),
        set={"tries": seen.tries + 1, "asked_at": clock.iso(seen.asked_at or now), **due.at(due_at, _DUE)},
        when="tries = :seen AND #status = :status",
        seen=seen.tries,
        status=seen.status,
    )


def pending(receipt: FiscalReceipt, provider_receipt_id: str) -> list[Write]:
    """The provider has it, and the tax service not yet; it stays due.

    The first write is refused where the provider's receipt is another one's of ours.
    """
    changes = {"status": ReceiptStatus.PENDING, "provider_receipt_id": provider_receipt_id}
    return [_claim(receipt, provider_receipt_id), _change(receipt, changes)]


def ended(
    receipt: FiscalReceipt,
    status: ReceiptStatus,
    now: datetime,
    *,
    provider_receipt_id: str | None = None,
    failure: Failure | None = None,
) -> list[Write]:
    """Nothing is due any more. Refused as `pending` is, if the provider has a receipt to tell of."""
    changes: Item = {"status": status, "ended_at": clock.iso(now)}
    if failure:
        changes["failure"] = failure
    if provider_receipt_id:
        changes["provider_receipt_id"] = provider_receipt_id
    change = _change(receipt, changes, remove=due.NOTHING)
    return [_claim(receipt, provider_receipt_id), change] if provider_receipt_id else [change]


def load(booking_id: str, receipt_id: str) -> FiscalReceipt:
    """
    Raises:
        NotFound: the booking has no such receipt.
    """
    item = dynamo.get(settings.bookings_table(), _pk(booking_id), _sk(receipt_id))
    if item is None:
        raise NotFound("Чек не найден")
    return _receipt(item)


def of_booking(booking_id: str) -> list[FiscalReceipt]:
    """All receipts of a booking, the earliest first."""
    items = dynamo.query_all(
        settings.bookings_table(),
        "pk = :pk AND begins_with(sk, :prefix)",
        pk=_pk(booking_id),
        prefix=_PREFIX,
    )
    return sorted(map(_receipt, items), key=lambda each: (each.created_at, each.owed.receipt_id))


def all_due(now: datetime) -> Iterator[tuple[str, str]]:
    """Booking and receipt id of what is due, the longest due first."""
    for key in due.until(now, days=_DUE_DAYS, kind=_DUE):
        yield key["pk"].removeprefix(_pk("")), key["sk"].removeprefix(_PREFIX)


def _change(receipt: FiscalReceipt, changes: Item, remove: tuple[str, ...] = ()) -> Write:
    return dynamo.update(
        settings.bookings_table(),
        _pk(receipt.owed.booking_id),
        _sk(receipt.owed.receipt_id),
        set=changes,
        remove=remove,
        when="#status = :seen AND attribute_not_exists(ended_at)",
        seen=receipt.status,
    )


def _claim(receipt: FiscalReceipt, provider_receipt_id: str) -> Write:
    """One payment may have several offsets of the same amount: each of the provider's receipts is but one."""
    item = {
        "pk": f"PAYMENT#{receipt.owed.payment_id}",
        "sk": f"{_PREFIX}{provider_receipt_id}",
        "receipt_id": receipt.owed.receipt_id,
    }
    return dynamo.put(
        settings.bookings_table(),
        item,
        "attribute_not_exists(pk) OR receipt_id = :own",
        own=receipt.owed.receipt_id,
    )


def _pk(booking_id: str) -> str:
    return f"BOOKING#{booking_id}"


def _sk(receipt_id: str) -> str:
    return f"{_PREFIX}{receipt_id}"


def _receipt(item: Item) -> FiscalReceipt:
    owed = Owed(
        receipt_id=item["sk"].removeprefix(_PREFIX),
        booking_id=item["pk"].removeprefix(_pk("")),
        kind=item["kind"],
        payment_id=item["payment_id"],
        amount=item["amount"],
        refund_id=item.get("refund_id"),
    )
    return FiscalReceipt(
        owed=owed,
        status=ReceiptStatus(item["status"]),
        created_at=clock.parse(item["created_at"]),
        vat_code=item["vat_code"],
        tax_system_code=item.get("tax_system_code"),
        tries=item["tries"],
        asked_at=_moment(item, "asked_at"),
        provider_receipt_id=item.get("provider_receipt_id"),
        failure=Failure(item["failure"]) if "failure" in item else None,
        ended_at=_moment(item, "ended_at"),
    )


def _moment(item: Item, name: str) -> datetime | None:
    return clock.parse(item[name]) if name in item else None
