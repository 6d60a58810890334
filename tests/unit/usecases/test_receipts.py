"""Fiscal receipts (§5, 54-FZ): asked for by the books, made each by itself, once, whatever fails."""

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from functions.receipts import handler as function
from local.sandbox.faults import Fault
from local.sandbox.outcomes import Outcome
from local.sandbox.shop import Shop, Webhook
from teleconsult.booking import store as bookings
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.payments import yookassa
from teleconsult.payments.paying import begin_card_payment, settle_payment
from teleconsult.payments.yookassa import Provider
from teleconsult.platform import clock as moments
from teleconsult.platform import dynamo
from teleconsult.receipts import making, rules, store
from teleconsult.receipts.model import Failure, FiscalReceipt, ReceiptStatus
from tests.at_sandbox import Clock
from tests.to_sandbox import ToSandbox
from tests.unit.api.calls import Context
from tests.unit.usecases.conftest import NOW
from tests.unit.usecases.forms import booked, form, free_slots

PRICE = 250_000
EMAIL = "anna@example.org"


@pytest.fixture(autouse=True)
def switched_on(monkeypatch: pytest.MonkeyPatch, provider: Provider, clock: Clock) -> None:
    monkeypatch.setenv("RECEIPTS_VAT_CODE", "4")
    monkeypatch.setenv("RECEIPTS_TAX_SYSTEM_CODE", "2")
    monkeypatch.setattr(function, "provider", lambda: provider)
    monkeypatch.setattr(moments, "now", clock)


@pytest.fixture
def failed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The metrics that an alarm waits for."""
    counted: list[str] = []
    monkeypatch.setattr(making, "count", counted.append)
    return counted


Paid = Callable[..., tuple[str, str]]


@pytest.fixture
def paid(provider: Provider, shop: Shop, clock: Clock) -> Paid:
    """Makes a booking that is paid by card: booking and payment id."""

    def pay(amount: int | None = None, key: str = "key-0001") -> tuple[str, str]:
        record = booked(form(free_slots("therapist", NOW)[0]), clock(), key=key)
        attempt = begin_card_payment(record, provider, "https://clinic.example", clock())
        shop.pay(attempt.payment_id, Webhook(times=0), amount)
        settle_payment(attempt.payment_id, provider, clock())
        return record.booking.booking_id, attempt.payment_id

    return pay


class Lambda(Context):
    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 170_000


class InAHurry(Context):
    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 79_000


def records(*transfer_ids: str) -> dict[str, Any]:
    return {
        "Records": [
            {
                "eventName": "INSERT",
                "dynamodb": {
                    "Keys": {"pk": {"S": f"TRANSFER#{each}"}, "sk": {"S": "TRANSFER"}},
                    "SequenceNumber": str(number),
                },
            }
            for number, each in enumerate(transfer_ids)
        ]
    }


def told(*transfer_ids: str, context: Context | None = None) -> Any:
    """What the function answers to these records of the stream."""
    return function.handler(records(*transfer_ids), context or Lambda())


def swept(clock: Clock, context: Context | None = None, **after: float) -> Any:
    """What the sweep has counted, so long after."""
    clock.forward(**after)
    event = {"sweep": "receipts", "scheduled_for": moments.iso(clock())}
    return function.handler(event, context or Lambda())


def only(booking_id: str) -> FiscalReceipt:
    (receipt,) = store.of_booking(booking_id)
    return receipt


def at_provider(provider: Provider, payment_id: str) -> list[tuple[Any, ...]]:
    return [(each.kind, each.amount, each.status) for each in provider.receipts_of(payment_id)]


def broken(shop: Shop, call: str = "POST /receipts", moment: str = "before", times: int = 3) -> None:
    shop.faults.want(Fault(call, "500", moment=moment, times=times))


def lost_answers(shop: Shop) -> None:
    """The next receipt is made, and nobody hears of it."""
    broken(shop, moment="after", times=1)
    broken(shop, times=2)


def earn(booking_id: str, amount: int = PRICE) -> str:
    transfer = ledger_rules.revenue_recognised(booking_id, amount)
    ledger.post(transfer, now=moments.now())
    return transfer.transfer_id


def test_a_payment_has_its_prepayment_receipt(paid: Paid, provider: Provider) -> None:
    booking_id, payment_id = paid()
    assert told(f"pay:{payment_id}") == {"batchItemFailures": []}
    receipt = only(booking_id)
    assert (receipt.status, receipt.owed.amount, receipt.tries) == (ReceiptStatus.SUCCEEDED, PRICE, 1)
    assert (receipt.vat_code, receipt.tax_system_code) == (4, 2)
    assert at_provider(provider, payment_id) == [("prepayment", PRICE, "succeeded")]
    made = provider.get_receipt(receipt.provider_receipt_id or "")
    assert made
    assert made.status == "succeeded"


def test_the_same_record_again_makes_no_second_receipt(paid: Paid, provider: Provider) -> None:
    booking_id, payment_id = paid()
    for _ in range(3):
        told(f"pay:{payment_id}", f"pay:{payment_id}")
    assert only(booking_id).tries == 1
    assert len(at_provider(provider, payment_id)) == 1


@pytest.mark.parametrize("first", ["pay", "over"])
def test_a_payment_above_the_price_is_one_receipt_of_the_whole_whichever_record_comes_first(
    paid: Paid, provider: Provider, first: str
) -> None:
    booking_id, payment_id = paid(PRICE + 100)
    for kind in sorted(["pay", "over"], key=lambda each: each != first):
        told(f"{kind}:{payment_id}")
    assert only(booking_id).owed.amount == PRICE + 100
    assert at_provider(provider, payment_id) == [("prepayment", PRICE + 100, "succeeded")]


def test_a_held_consultation_has_an_offset_for_each_payment_of_what_that_paid(
    paid: Paid, provider: Provider, shop: Shop, clock: Clock
) -> None:
    booking_id, first = paid(PRICE - 1)
    record = bookings.load(booking_id)
    rest = begin_card_payment(record, provider, "https://clinic.example", clock()).payment_id
    shop.pay(rest, Webhook(times=0))
    settle_payment(rest, provider, clock())
    told(f"pay:{first}", f"pay:{rest}", earn(booking_id))
    receipts = {each.owed.receipt_id: each for each in store.of_booking(booking_id)}
    offsets = {name: each.owed.amount for name, each in receipts.items() if name.startswith("offset:")}
    assert offsets == {f"offset:{booking_id}:{first}": PRICE - 1, f"offset:{booking_id}:{rest}": 1}
    assert {each.status for each in receipts.values()} == {ReceiptStatus.SUCCEEDED}
    assert at_provider(provider, rest) == [("offset", 1, "succeeded"), ("prepayment", 1, "succeeded")]


def refunded(booking_id: str, payment_id: str, provider: Provider, clock: Clock) -> str:
    """All of a payment went back: by the books, and at the provider."""
    holder_id = bookings.load(booking_id).booking.holder_id
    ledger.post(ledger_rules.returned_to_balance(booking_id, holder_id, PRICE, "not_held"), now=clock())
    ledger.post(ledger_rules.refund_asked("r-1", payment_id, booking_id, holder_id, PRICE), now=clock())
    provider.create_refund("r-1", payment_id, PRICE)
    ledger.post(ledger_rules.refund_succeeded("r-1", payment_id, booking_id, PRICE), now=clock())
    return "rfs:r-1"


def test_a_refund_has_its_receipt_and_not_held_has_none(paid: Paid, provider: Provider, clock: Clock) -> None:
    booking_id, payment_id = paid()
    rfs = refunded(booking_id, payment_id, provider, clock)
    told(f"back:{booking_id}", "rfq:r-1", rfs)
    receipt = only(booking_id)
    assert (receipt.owed.receipt_id, receipt.status) == ("refund:r-1", ReceiptStatus.SUCCEEDED)
    (refund,) = provider.refunds_of(payment_id)
    (made,) = provider.receipts_of_refund(refund.provider_refund_id)
    assert (made.kind, made.amount) == ("refund", PRICE)


def test_a_refund_that_the_provider_does_not_tell_of_yet_waits(
    paid: Paid, provider: Provider, clock: Clock, failed: list[str]
) -> None:
    booking_id, payment_id = paid()
    holder_id = bookings.load(booking_id).booking.holder_id
    ledger.post(ledger_rules.returned_to_balance(booking_id, holder_id, PRICE, "not_held"), now=clock())
    ledger.post(ledger_rules.refund_asked("r-1", payment_id, booking_id, holder_id, PRICE), now=clock())
    ledger.post(ledger_rules.refund_succeeded("r-1", payment_id, booking_id, PRICE), now=clock())
    told("rfs:r-1")
    assert (only(booking_id).status, failed) == (ReceiptStatus.DUE, [])
    provider.create_refund("r-1", payment_id, PRICE)
    assert swept(clock, minutes=5)["done"] == 1


def test_where_receipts_are_off_nothing_is_written_or_asked(
    paid: Paid, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking_id, payment_id = paid()
    monkeypatch.setenv("RECEIPTS_VAT_CODE", "")
    told(f"pay:{payment_id}")
    assert (store.of_booking(booking_id), at_provider(provider, payment_id)) == ([], [])


def test_a_record_without_a_transfer_asks_for_nothing() -> None:
    assert told("pay:unheard-of") == {"batchItemFailures": []}


def test_a_provider_that_fails_leaves_the_receipt_due_and_the_sweep_makes_it(
    paid: Paid, provider: Provider, shop: Shop, clock: Clock, failed: list[str]
) -> None:
    booking_id, payment_id = paid()
    broken(shop)
    assert told(f"pay:{payment_id}") == {"batchItemFailures": []}
    assert (only(booking_id).status, only(booking_id).tries, failed) == (ReceiptStatus.DUE, 1, [])
    assert bookings.load(booking_id).booking.paid_at == NOW
    assert swept(clock, minutes=4)["found"] == 0
    assert swept(clock, minutes=1) == {"found": 1, "done": 1, "failed": 0, "left": 0}
    assert swept(clock, hours=12)["found"] == 0
    assert at_provider(provider, payment_id) == [("prepayment", PRICE, "succeeded")]


def test_without_time_receipts_are_written_down_and_left_to_the_sweep(
    paid: Paid, provider: Provider, clock: Clock
) -> None:
    booking_id, payment_id = paid()
    told(f"pay:{payment_id}", context=InAHurry())
    assert (only(booking_id).status, only(booking_id).tries) == (ReceiptStatus.DUE, 0)
    assert swept(clock, InAHurry()) == {"found": 1, "done": 0, "failed": 0, "left": 1}
    assert swept(clock)["done"] == 1


def test_a_crash_between_asking_and_noting_is_one_receipt(
    paid: Paid, provider: Provider, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking_id, payment_id = paid()
    with monkeypatch.context() as crashing:
        crashing.setattr(making, "_write", _crash)
        crashing.setattr(making, "_fail", _crash)
        told(f"pay:{payment_id}")
    assert (only(booking_id).status, len(at_provider(provider, payment_id))) == (ReceiptStatus.DUE, 1)
    assert swept(clock, minutes=5)["done"] == 1
    assert len(at_provider(provider, payment_id)) == 1


def _crash(*_: Any) -> Any:
    raise RuntimeError("crashed")


@pytest.mark.parametrize("hours", [1, 19, 21, 30])
def test_a_receipt_whose_answer_was_lost_is_never_made_twice_however_late_it_is_tried_again(
    paid: Paid, provider: Provider, shop: Shop, clock: Clock, hours: int
) -> None:
    booking_id, payment_id = paid()
    lost_answers(shop)
    told(f"pay:{payment_id}")
    assert only(booking_id).status is ReceiptStatus.DUE
    assert swept(clock, hours=hours)["done"] == 1
    assert at_provider(provider, payment_id) == [("prepayment", PRICE, "succeeded")]


def test_two_offsets_of_one_payment_and_one_amount_are_two_receipts_though_one_answer_was_lost(
    provider: Provider, shop: Shop, clock: Clock, paid: Paid
) -> None:
    booking_id, payment_id = paid(2 * PRICE)
    holder_id = bookings.load(booking_id).booking.holder_id
    other_id = booked(form(free_slots("therapist", NOW)[1]), clock(), key="key-0002").booking.booking_id
    ledger.post(ledger_rules.paid_from_balance(other_id, holder_id, 1, PRICE), now=clock())
    told(earn(booking_id))
    lost_answers(shop)
    told(earn(other_id))
    assert (only(booking_id).status, only(other_id).status) == (ReceiptStatus.SUCCEEDED, ReceiptStatus.DUE)
    swept(clock, hours=30)
    first, second = only(booking_id), only(other_id)
    assert first.status == second.status == ReceiptStatus.SUCCEEDED
    assert first.provider_receipt_id != second.provider_receipt_id
    assert at_provider(provider, payment_id) == 2 * [("offset", PRICE, "succeeded")]


def test_two_offsets_of_one_payment_of_which_only_one_was_made_become_two(
    provider: Provider, shop: Shop, clock: Clock, paid: Paid
) -> None:
    booking_id, payment_id = paid(2 * PRICE)
    holder_id = bookings.load(booking_id).booking.holder_id
    other_id = booked(form(free_slots("therapist", NOW)[1]), clock(), key="key-0002").booking.booking_id
    ledger.post(ledger_rules.paid_from_balance(other_id, holder_id, 1, PRICE), now=clock())
    lost_answers(shop)
    told(earn(booking_id))
    broken(shop)
    told(earn(other_id))
    swept(clock, hours=30)
    assert at_provider(provider, payment_id) == 2 * [("offset", PRICE, "succeeded")]
    assert only(booking_id).provider_receipt_id != only(other_id).provider_receipt_id


def test_a_pending_receipt_is_asked_about_until_it_has_ended(
    paid: Paid, provider: Provider, shop: Shop, clock: Clock
) -> None:
    booking_id, payment_id = paid()
    shop.receipts.want(payment_id, Outcome("pending", after=timedelta(minutes=7)))
    told(f"pay:{payment_id}")
    assert only(booking_id).status is ReceiptStatus.PENDING
    assert swept(clock, minutes=5)["done"] == 0
    assert swept(clock, minutes=10)["done"] == 1
    assert only(booking_id).status is ReceiptStatus.SUCCEEDED
    assert len(at_provider(provider, payment_id)) == 1


@pytest.mark.parametrize(
    ("outcome", "failure"),
    [
        (Outcome("canceled"), Failure.CANCELED),
        (Outcome("forbidden"), Failure.REFUSED),
        (Outcome("pending", after=timedelta(minutes=1), then="canceled"), Failure.CANCELED),
    ],
)
def test_a_definite_no_is_an_end_and_an_alarm(
    paid: Paid, shop: Shop, clock: Clock, failed: list[str], outcome: Outcome, failure: Failure
) -> None:
    booking_id, payment_id = paid()
    shop.receipts.want(payment_id, outcome)
    told(f"pay:{payment_id}")
    swept(clock, minutes=5)
    receipt = only(booking_id)
    assert (receipt.status, receipt.failure, receipt.open) == (ReceiptStatus.CANCELED, failure, False)
    assert failed == ["ReceiptFailed"]
    assert swept(clock, days=2)["found"] == 0


def test_what_the_provider_finds_not_in_order_is_refused(
    paid: Paid, failed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECEIPTS_VAT_CODE", "99")
    booking_id, payment_id = paid()
    told(f"pay:{payment_id}")
    assert (only(booking_id).failure, failed) == (Failure.REFUSED, ["ReceiptFailed"])


def test_our_own_fault_is_an_alarm_and_the_receipt_stays_due(
    paid: Paid, provider: Provider, shop: Shop, clock: Clock, failed: list[str], monkeypatch: Any
) -> None:
    booking_id, payment_id = paid()
    wrong = Provider("http://sandbox/v3", "100500", "wrong", transport=ToSandbox(shop))
    with monkeypatch.context() as misconfigured:
        misconfigured.setattr(function, "provider", lambda: wrong)
        told(f"pay:{payment_id}")
    assert (only(booking_id).status, failed) == (ReceiptStatus.DUE, ["ReceiptFailed"])
    assert swept(clock, minutes=5)["done"] == 1


@pytest.mark.parametrize("pending", [True, False])
def test_what_has_not_ended_for_three_days_is_given_up_with_an_alarm(
    paid: Paid, shop: Shop, clock: Clock, failed: list[str], pending: bool
) -> None:
    booking_id, payment_id = paid()
    if pending:
        shop.receipts.want(payment_id, Outcome("pending"))
    else:
        broken(shop, times=1000)
        broken(shop, "GET /receipts", times=1000)
    told(f"pay:{payment_id}")
    for _ in range(11):
        swept(clock, hours=6)
    assert (only(booking_id).open, failed) == (True, [])
    swept(clock, hours=6)
    receipt = only(booking_id)
    assert receipt.status is (ReceiptStatus.PENDING if pending else ReceiptStatus.DUE)
    assert (receipt.failure, failed) == (Failure.GAVE_UP, ["ReceiptFailed"])
    assert swept(clock, days=5)["found"] == 0


def test_a_receipt_that_cannot_be_written_down_is_handed_over_again_and_the_next_one_is_made(
    paid: Paid, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking_id, payment_id = paid()
    find = ledger.find

    def unreadable(transfer_id: str) -> Any:
        if transfer_id == "pay:bad":
            raise RuntimeError(EMAIL)
        return find(transfer_id)

    monkeypatch.setattr(ledger, "find", unreadable)
    assert told("pay:bad", f"pay:{payment_id}") == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert only(booking_id).status is ReceiptStatus.SUCCEEDED


def test_two_runs_at_once_ask_once(paid: Paid, provider: Provider) -> None:
    booking_id, payment_id = paid()
    (seen,) = making.write_down(f"pay:{payment_id}", NOW)
    assert making.make(seen, provider, NOW) is ReceiptStatus.SUCCEEDED
    assert making.make(seen, provider, NOW) is ReceiptStatus.DUE  # as it was seen: it is left alone
    assert (only(booking_id).tries, len(at_provider(provider, payment_id))) == (1, 1)


def test_a_row_holds_no_address_and_no_log_does(
    paid: Paid, provider: Provider, shop: Shop, caplog: pytest.LogCaptureFixture, monkeypatch: Any
) -> None:
    for module in (yookassa, making, function):
        monkeypatch.setattr(module, "logger", logging.getLogger("receipts"), raising=True)
    booking_id, payment_id = paid()
    caplog.set_level(logging.INFO)
    broken(shop)
    (written,) = making.write_down(f"pay:{payment_id}", NOW)
    making.make(written, provider, NOW)
    shop.receipts.want(payment_id, Outcome("forbidden"))
    making.make(store.load(booking_id, written.owed.receipt_id), provider, NOW)
    logged = json.dumps([vars(record) for record in caplog.records], default=str)
    assert "receipt failed" in logged
    assert "provider said no" in logged
    assert EMAIL not in logged
    rows = list(dynamo.scan_all("bookings"))
    assert any(row["sk"] == "RECEIPT#" + written.owed.receipt_id for row in rows)
    assert EMAIL not in json.dumps(rows)
    assert rules.idempotence_key(written.owed.receipt_id) == written.owed.receipt_id
