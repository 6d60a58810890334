"""Which payment is believed, and who gets its money."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleconsult.ledger import rules as ledger
from teleconsult.payments import rules
from teleconsult.payments.rules import Payment

PAYMENT = Payment(
    payment_id="2f3b588d-000f-5000-8000-1d6e87c7fbde",
    status="succeeded",
    paid=True,
    amount=250_000,
    currency="RUB",
    shop_id="100500",
    booking_id="b-1",
    attempt=1,
    confirmation_url=None,
    created_at=datetime(2026, 12, 1, 3, 0, tzinfo=UTC),
)
STORED: dict[str, Any] = {
    "shop_id": "100500",
    "booking_id": "b-1",
    "attempt": 1,
    "payment_id": PAYMENT.payment_id,
}


def taken(amount: int, due: int, live: bool = True) -> list[tuple[str, str, int]]:
    transfers = rules.split("p-1", "b-1", "h-1", amount=amount, due=due, live=live)
    return [(each.transfer_id, each.credit, each.amount) for each in transfers]


def test_a_payment_of_the_price_pays_the_booking() -> None:
    assert taken(250_000, due=250_000) == [("pay:p-1", "held:b-1", 250_000)]


def test_a_payment_of_less_is_kept_for_the_booking() -> None:
    assert taken(100_000, due=250_000) == [("pay:p-1", "held:b-1", 100_000)]


def test_the_surplus_of_a_payment_goes_to_the_balance() -> None:
    assert taken(250_001, due=250_000) == [
        ("pay:p-1", "held:b-1", 250_000),
        ("over:p-1", "balance:h-1", 1),
    ]


def test_a_payment_after_expiry_goes_to_the_balance_whole() -> None:
    assert taken(250_000, due=250_000, live=False) == [("late:p-1", "balance:h-1", 250_000)]


def test_a_second_payment_goes_to_the_balance_whole() -> None:
    assert taken(250_000, due=0) == [("late:p-1", "balance:h-1", 250_000)]


@given(amount=st.integers(1, 10**9), due=st.integers(0, 10**9), live=st.booleans())
def test_no_kopeck_of_a_payment_is_lost_or_made(amount: int, due: int, live: bool) -> None:
    transfers = rules.split("p-1", "b-1", "h-1", amount=amount, due=due, live=live)
    held = sum(each.amount for each in transfers if each.credit == ledger.held("b-1"))
    assert sum(each.amount for each in transfers) == amount
    assert held == (min(amount, due) if live else 0)


def test_a_booking_is_paid_in_full_from_what_is_due_upwards() -> None:
    assert [rules.pays_in_full(amount, due=100) for amount in (99, 100, 101)] == [False, True, True]


def test_a_payment_as_our_books_have_it_is_believed() -> None:
    assert rules.mismatches(PAYMENT, **STORED) == ()


@pytest.mark.parametrize(
    ("difference", "name"),
    [
        ({"payment_id": "00000000-000f-5000-8000-000000000000"}, "payment_id"),
        ({"shop_id": "100501"}, "shop"),
        ({"currency": "USD"}, "currency"),
        ({"booking_id": "b-2"}, "booking"),
        ({"booking_id": None}, "booking"),
        ({"attempt": 2}, "attempt"),
        ({"attempt": None}, "attempt"),
    ],
)
def test_a_payment_that_differs_anywhere_is_not_believed(difference: dict[str, Any], name: str) -> None:
    assert rules.mismatches(replace(PAYMENT, **difference), **STORED) == (name,)


@pytest.mark.parametrize(
    ("status", "paid", "succeeded"),
    [
        ("succeeded", True, True),
        ("succeeded", False, False),
        ("pending", True, False),
        ("canceled", False, False),
    ],
)
def test_money_is_ours_only_when_the_payment_succeeded_and_is_paid(
    status: str, paid: bool, succeeded: bool
) -> None:
    assert replace(PAYMENT, status=status, paid=paid).succeeded is succeeded
