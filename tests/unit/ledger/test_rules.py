"""Transfers as the table of §5 has them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from teleconsult.ledger import rules
from teleconsult.ledger.rules import Transfer

SINCE = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)

TABLE_OF_MONEY = [
    (rules.payment_received("p-1", "b-1", 250_000), "provider", "held:b-1", "pay:p-1"),
    (rules.payment_to_balance("p-1", "b-1", "h-1", 250_000), "provider", "balance:h-1", "late:p-1"),
    (rules.surplus_to_balance("p-1", "b-1", "h-1", 250_000), "provider", "balance:h-1", "over:p-1"),
    (rules.paid_from_balance("b-1", "h-1", 2, 250_000), "balance:h-1", "held:b-1", "bal:b-1:2"),
    (rules.revenue_recognised("b-1", 250_000), "held:b-1", "revenue", "rev:b-1"),
    (rules.returned_to_balance("b-1", "h-1", 250_000, "not_held"), "held:b-1", "balance:h-1", "back:b-1"),
    (rules.refund_asked("r-1", "p-1", "b-1", "h-1", 250_000), "balance:h-1", "refund:r-1", "rfq:r-1"),
    (rules.refund_succeeded("r-1", "p-1", "b-1", 250_000), "refund:r-1", "provider", "rfs:r-1"),
    (rules.refund_refused("r-1", "p-1", "b-1", "h-1", 250_000), "refund:r-1", "balance:h-1", "rfx:r-1"),
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


def test_the_end_of_a_booking_and_of_a_refund_takes_all_and_nothing_else_does() -> None:
    closing = [row[3] for row in TABLE_OF_MONEY if rules.closes(row[0])]
    assert closing == ["rev:b-1", "back:b-1", "rfs:r-1", "rfx:r-1"]


def test_what_goes_to_or_from_the_provider_is_known_as_such() -> None:
    known = [row[3] for row in TABLE_OF_MONEY if rules.with_provider(row[0])]
    assert known == ["pay:p-1", "late:p-1", "over:p-1", "rfs:r-1"]


def test_a_source_tells_its_payment_if_it_has_one() -> None:
    assert rules.payment_of(rules.payment_received("p-1", "b-1", 1).source) == "p-1"
    assert rules.payment_of(rules.revenue_recognised("b-1", 1).source) is None


EARNED = replace(rules.revenue_recognised("b-1", 100), lots=(rules.Lot("payment:p-1", SINCE, 100),))


def test_a_correction_is_the_opposite_with_the_same_money() -> None:
    opposite = rules.correction(EARNED)
    assert (opposite.debit, opposite.credit, opposite.amount) == ("revenue", "held:b-1", 100)
    assert (opposite.transfer_id, opposite.source) == ("rev-of:rev:b-1", "transfer:rev:b-1")
    assert opposite.lots == EARNED.lots


def test_a_correction_can_be_corrected() -> None:
    again = rules.correction(rules.correction(EARNED))
    assert (again.debit, again.credit, again.transfer_id) == ("held:b-1", "revenue", "rev-of:rev-of:rev:b-1")


@pytest.mark.parametrize(
    "transfer", [row[0] for row in TABLE_OF_MONEY if row[3] not in ("rev:b-1", "back:b-1")]
)
def test_what_the_provider_did_and_what_a_holder_spent_is_not_corrected(transfer: Transfer) -> None:
    with pytest.raises(ValueError, match="not corrected"):
        rules.correction(transfer)


def test_only_what_stands_in_the_books_is_corrected() -> None:
    with pytest.raises(ValueError, match="read from the books"):
        rules.correction(rules.revenue_recognised("b-1", 100))


def test_a_transfer_moves_what_it_consists_of() -> None:
    with pytest.raises(ValueError, match="consists of"):
        replace(EARNED, amount=101)
