"""Transfers as the table of §5 has them."""

import pytest

from teleconsult.ledger import rules
from teleconsult.ledger.rules import Transfer

TABLE_OF_MONEY = [
    (rules.payment_received("p-1", "b-1", 250_000), "provider", "held:b-1", "pay:p-1"),
    (rules.payment_to_balance("p-1", "b-1", "h-1", 250_000), "provider", "balance:h-1", "late:p-1"),
    (rules.surplus_to_balance("p-1", "b-1", "h-1", 250_000), "provider", "balance:h-1", "over:p-1"),
    (rules.paid_from_balance("b-1", "h-1", 2, 250_000), "balance:h-1", "held:b-1", "bal:b-1:2"),
    (rules.revenue_recognised("b-1", 250_000), "held:b-1", "revenue", "rev:b-1"),
    (rules.returned_to_balance("b-1", "h-1", 250_000, "not_held"), "held:b-1", "balance:h-1", "back:b-1"),
]


@pytest.mark.parametrize(("transfer", "debit", "credit", "transfer_id"), TABLE_OF_MONEY)
def test_each_event_has_its_two_sides_and_its_id(
    transfer: Transfer, debit: str, credit: str, transfer_id: str
) -> None:
    assert (transfer.debit, transfer.credit, transfer.transfer_id) == (debit, credit, transfer_id)
    assert transfer.amount == 250_000
    assert transfer.booking_id == "b-1"


@pytest.mark.parametrize("transfer", [row[0] for row in TABLE_OF_MONEY[:3]])
def test_money_from_the_provider_remembers_its_payment(transfer: Transfer) -> None:
    assert transfer.source == "payment:p-1"


@pytest.mark.parametrize("amount", [0, -1])
def test_a_transfer_of_nothing_or_less_does_not_exist(amount: int) -> None:
    with pytest.raises(ValueError, match="more than nothing"):
        rules.payment_received("p-1", "b-1", amount)


def test_a_transfer_from_an_account_to_itself_does_not_exist() -> None:
    with pytest.raises(ValueError, match="two sides"):
        Transfer("x:1", "revenue", "revenue", 1, "correction", "b-1", "booking:b-1")


def test_money_does_not_go_from_one_holder_to_another() -> None:
    with pytest.raises(ValueError, match="one holder to another"):
        Transfer("x:1", rules.balance("h-1"), rules.balance("h-2"), 1, "gift", "b-1", "booking:b-1")


def test_the_same_content_has_the_same_hash_and_any_other_has_another() -> None:
    first = rules.returned_to_balance("b-1", "h-1", 100, "expired")
    assert first.content_hash == rules.returned_to_balance("b-1", "h-1", 100, "expired").content_hash
    assert first.content_hash != rules.returned_to_balance("b-1", "h-1", 101, "expired").content_hash
    assert first.content_hash != rules.returned_to_balance("b-1", "h-1", 100, "cancelled").content_hash


@pytest.mark.parametrize("account", [rules.held("b-1"), rules.balance("h-1"), rules.refund("r-1")])
def test_held_balance_and_refund_accounts_never_go_below_zero(account: str) -> None:
    assert rules.bounded(account)


@pytest.mark.parametrize("account", [rules.PROVIDER, rules.REVENUE])
def test_provider_and_revenue_are_summed_from_transfers(account: str) -> None:
    assert not rules.bounded(account)


def test_a_transfer_stands_in_the_statement_of_the_balance_it_touches() -> None:
    assert rules.statement(rules.paid_from_balance("b-1", "h-1", 1, 100)) == "balance:h-1"
    assert rules.statement(rules.returned_to_balance("b-1", "h-1", 100, "not_held")) == "balance:h-1"
    assert rules.statement(rules.revenue_recognised("b-1", 100)) is None


def test_what_one_account_loses_the_other_gains() -> None:
    transfer = rules.revenue_recognised("b-1", 100)
    assert rules.change(transfer, "held:b-1") == -100
    assert rules.change(transfer, "revenue") == 100
    assert rules.change(transfer, "provider") == 0


def test_revenue_and_return_close_a_booking_and_nothing_else_does() -> None:
    closing = [row[3] for row in TABLE_OF_MONEY if rules.closes(row[0])]
    assert closing == ["rev:b-1", "back:b-1"]
