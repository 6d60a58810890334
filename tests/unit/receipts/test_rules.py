"""Which fiscal receipts follow from which transfers (§5, 54-FZ), and how long one is tried."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleconsult.ledger import lots
from teleconsult.ledger import rules as ledger
from teleconsult.ledger.lots import Account
from teleconsult.ledger.rules import Lot, Transfer
from teleconsult.payments.rules import ProviderRefund, ReceiptRegistration, split
from teleconsult.receipts import rules
from teleconsult.receipts.model import FiscalReceipt, Owed, ReceiptStatus

NOW = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
PRICE = 250_000


def owed(**changes: Any) -> Owed:
    fields: dict[str, Any] = {
        "receipt_id": "offset:b-1:p-1",
        "booking_id": "b-1",
        "kind": "offset",
        "payment_id": "p-1",
        "amount": PRICE,
    }
    return Owed(**{**fields, **changes})


def receipt(**changes: Any) -> FiscalReceipt:
    fields: dict[str, Any] = {
        "owed": owed(),
        "status": ReceiptStatus.DUE,
        "created_at": NOW,
        "vat_code": 1,
        "tax_system_code": None,
        "tries": 1,
        "asked_at": NOW,
    }
    return FiscalReceipt(**{**fields, **changes})


@given(amount=st.integers(1, 10**9), due=st.integers(0, 10**9), live=st.booleans())
def test_a_payment_is_one_prepayment_receipt_of_all_of_it_wherever_its_money_went(
    amount: int, due: int, live: bool
) -> None:
    transfers = split("p-1", "b-1", "h-1", amount=amount, due=due, live=live)
    prepayment = owed(receipt_id="prepayment:p-1", kind="prepayment", amount=amount)
    assert {rules.follow(each, transfers) for each in transfers} == {(prepayment,)}
    wanted = {each.transfer_id for each in transfers}
    assert all(wanted <= set(rules.of_one_payment(each.transfer_id)) for each in transfers)


paid_with = st.lists(
    st.tuples(st.sampled_from(["p-1", "p-2", "p-3", "p-4"]), st.integers(1, 10**8)),
    min_size=1,
    max_size=4,
    unique_by=lambda part: part[0],
)


@given(paid_with)
def test_the_offsets_of_a_booking_sum_to_its_price_and_each_is_of_what_its_payment_paid(
    parts: list[tuple[str, int]],
) -> None:
    price = sum(amount for _, amount in parts)
    seen = {ledger.held("b-1"): Account(1, tuple(Lot(f"payment:{p}", NOW, amount) for p, amount in parts))}
    earned = ledger.revenue_recognised("b-1", price)
    moved = lots.trace(seen, [earned], NOW).moved[earned.transfer_id]
    offsets = rules.follow(stored(earned, moved))
    assert sum(each.amount for each in offsets) == price
    assert {each.payment_id: each.amount for each in offsets} == dict(parts)
    assert len({each.receipt_id for each in offsets}) == len(parts)


def stored(transfer: Transfer, moved: tuple[Lot, ...]) -> Transfer:
    fields = {name: getattr(transfer, name) for name in ledger.CONTENT}
    return Transfer(**fields, lots=moved)


def test_a_refund_that_succeeded_has_a_receipt_of_its_own() -> None:
    expected = owed(receipt_id="refund:r-1", kind="refund", amount=100, refund_id="r-1")
    assert rules.follow(ledger.refund_succeeded("r-1", "p-1", "b-1", 100)) == (expected,)


EARNED = stored(ledger.revenue_recognised("b-1", 5), (Lot("payment:p-1", NOW, 5),))


@pytest.mark.parametrize(
    "transfer",
    [
        ledger.paid_from_balance("b-1", "h-1", 1, 5),
        ledger.returned_to_balance("b-1", "h-1", 5, "not_held"),
        ledger.returned_to_balance("b-1", "h-1", 5, "cancelled"),
        ledger.refund_asked("r-1", "p-1", "b-1", "h-1", 5),
        ledger.refund_refused("r-1", "p-1", "b-1", "h-1", 5),
        ledger.correction(EARNED),
    ],
    ids=lambda transfer: str(transfer.transfer_id),
)
def test_money_that_only_moves_among_our_accounts_has_no_receipt(transfer: Transfer) -> None:
    assert rules.follow(transfer) == ()
    assert rules.of_one_payment(transfer.transfer_id) == ()


def test_a_key_is_the_receipts_id_or_where_that_is_too_long_stands_for_it_and_no_other() -> None:
    short, long = "prepayment:" + "0" * 36, f"offset:b-{'x' * 26}:{'0' * 36}"
    assert rules.idempotence_key(short) == short
    assert len(rules.idempotence_key(long)) == 64
    assert rules.idempotence_key(long) != rules.idempotence_key(long.replace("x", "y", 1))


def test_pauses_grow_from_five_minutes_to_six_hours() -> None:
    pauses = [rules.pause_after(tries) for tries in range(1, 20)]
    assert (pauses[0], pauses[-1]) == (timedelta(minutes=5), timedelta(hours=6))
    assert pauses == sorted(pauses)
    assert pauses[1] == timedelta(minutes=10)


def test_the_provider_is_looked_through_once_its_key_may_be_forgotten_and_given_up_three_days_after() -> None:
    asked = receipt()
    at = [NOW + timedelta(hours=hours) for hours in (19, 20, 71, 72)]
    assert [rules.must_look_first(asked, each) for each in at] == [False, True, True, True]
    assert [rules.gives_up(asked, each) for each in at] == [False, False, False, True]
    assert not rules.gives_up(receipt(asked_at=None), at[-1])
    assert not rules.must_look_first(receipt(asked_at=None), at[-1])


@pytest.mark.parametrize(
    ("found", "same"),
    [
        (("succeeded", "offset", PRICE), True),
        (("pending", "offset", PRICE), True),
        (("canceled", "offset", PRICE), False),
        (("succeeded", "prepayment", PRICE), False),
        (("succeeded", "offset", PRICE - 1), False),
        (("succeeded", None, None), False),
    ],
)
def test_a_receipt_made_before_is_the_one_if_kind_and_amount_agree(found: Any, same: bool) -> None:
    status, kind, amount = found
    made = ReceiptRegistration(receipt_id="rt-1", status=status, kind=kind, amount=amount)
    assert rules.may_be(made, owed()) is same


def refund(provider_refund_id: str, refund_id: str | None, amount: int, status: str) -> ProviderRefund:
    return ProviderRefund(
        provider_refund_id=provider_refund_id,
        status=status,
        amount=amount,
        currency="RUB",
        payment_id="p-1",
        refund_id=refund_id,
        reason=None,
        created_at=NOW,
    )


def test_a_refund_is_found_by_our_id_and_by_its_amount_only_where_none_is_named() -> None:
    wanted = owed(kind="refund", refund_id="r-1", amount=100)
    other, unnamed = refund("of-r-2", "r-2", 100, "succeeded"), refund("unnamed", None, 100, "succeeded")
    own, pending = refund("own", "r-1", 100, "succeeded"), refund("own", "r-1", 100, "pending")
    assert rules.refund_of(wanted, [other, unnamed, own]) == "own"
    assert rules.refund_of(wanted, [other, unnamed, pending]) == "unnamed"
    assert rules.refund_of(wanted, [other, refund("dear", None, 101, "succeeded")]) is None
