"""Where each kopeck of an account came from, whatever it has been through (§5)."""

from datetime import UTC, datetime, timedelta

import pytest

from teleconsult.ledger import lots, rules, store
from teleconsult.ledger.lots import Account
from teleconsult.ledger.rules import Lot
from teleconsult.platform import dynamo

NOW = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
BALANCE = rules.balance("h-1")


def lot(payment: str, amount: int, since: datetime = NOW) -> Lot:
    return Lot(f"payment:{payment}", since, amount)


def test_the_oldest_money_is_spent_first() -> None:
    account = Account(1, (lot("p-2", 100, LATER), lot("p-1", 100)))
    spent = rules.paid_from_balance("b-1", "h-1", 1, 150)
    traced = lots.trace({BALANCE: account, "held:b-1": Account()}, [spent], LATER)
    assert traced.moved["bal:b-1:1"] == (lot("p-1", 100), lot("p-2", 50, LATER))
    assert traced.accounts[BALANCE] == Account(2, (lot("p-2", 50, LATER),))
    assert traced.accounts["held:b-1"] == Account(1, traced.moved["bal:b-1:1"])


def test_a_refund_takes_the_money_of_its_own_payment_alone() -> None:
    account = Account(1, (lot("p-1", 100), lot("p-2", 100, LATER)))
    asked = rules.refund_asked("r-1", "p-2", "b-1", "h-1", 60)
    traced = lots.trace({BALANCE: account, "refund:r-1": Account()}, [asked], LATER)
    assert traced.accounts[BALANCE].lots == (lot("p-1", 100), lot("p-2", 40, LATER))


def test_a_refund_cannot_take_another_payments_money() -> None:
    account = Account(1, (lot("p-1", 100), lot("p-2", 59)))
    asked = rules.refund_asked("r-1", "p-2", "b-1", "h-1", 60)
    with pytest.raises(lots.Short) as short:
        lots.trace({BALANCE: account, "refund:r-1": Account()}, [asked], NOW)
    assert short.value.account == BALANCE


def test_money_of_one_payment_is_one_lot_since_it_first_came() -> None:
    assert lots.together((lot("p-1", 100, LATER),), (lot("p-1", 50),)) == (lot("p-1", 150),)


@pytest.mark.usefixtures("ledger_table")
def test_money_keeps_its_payment_through_bookings_and_balance() -> None:
    store.post(rules.payment_received("p-1", "b-1", 100), now=NOW)
    store.post(rules.payment_received("p-2", "b-2", 200), now=LATER)
    for booking, amount in (("b-2", 200), ("b-1", 100)):
        store.post(rules.returned_to_balance(booking, "h-1", amount, "not_held"), now=LATER)
    store.post(rules.paid_from_balance("b-3", "h-1", 1, 150), now=LATER)
    store.post(rules.returned_to_balance("b-3", "h-1", 150, "cancelled"), now=LATER)
    assert store.load(BALANCE).lots == (lot("p-1", 100), lot("p-2", 200, LATER))


@pytest.mark.usefixtures("ledger_table")
def test_a_transfer_in_the_books_tells_what_it_consisted_of() -> None:
    store.post(rules.payment_received("p-1", "b-1", 100), now=NOW)
    store.post(rules.revenue_recognised("b-1", 100), now=LATER)
    entry = store.find("rev:b-1")
    assert entry
    assert entry.transfer.lots == (lot("p-1", 100),)
    assert store.find("rev:b-2") is None


@pytest.mark.usefixtures("ledger_table")
def test_a_correction_brings_the_same_money_back_and_it_goes_where_it_should_have_gone() -> None:
    store.post(rules.payment_received("p-1", "b-1", 100), now=NOW)
    store.post(rules.revenue_recognised("b-1", 100), now=NOW)
    earned = store.find("rev:b-1")
    assert earned
    returned = rules.returned_to_balance("b-1", "h-1", 100, "not_held")
    store.post(rules.correction(earned.transfer), returned, now=LATER)
    assert store.load(BALANCE).lots == (lot("p-1", 100),)
    books = store.trial_balance()
    assert (books.total, books.kinds["revenue"].balance, books.kinds["held"].balance) == (0, 0, 0)


@pytest.mark.usefixtures("ledger_table")
def test_a_posting_that_was_overtaken_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    store.post(rules.payment_to_balance("p-1", "b-0", "h-1", 100), now=NOW)
    others = iter([rules.payment_to_balance("p-2", "b-0", "h-1", 100)])
    transact = dynamo.transact

    def overtaken(writes: list[dynamo.Write]) -> None:
        for other in others:
            store.post(other, now=NOW)
        transact(writes)

    monkeypatch.setattr(dynamo, "transact", overtaken)
    store.post(rules.paid_from_balance("b-1", "h-1", 1, 70), now=NOW)
    assert store.load(BALANCE).lots == (lot("p-1", 30), lot("p-2", 100))


@pytest.mark.usefixtures("ledger_table")
def test_of_two_that_spend_the_same_money_one_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    store.post(rules.payment_to_balance("p-1", "b-0", "h-1", 100), now=NOW)
    others = iter([rules.refund_asked("r-1", "p-1", "b-0", "h-1", 60)])
    transact = dynamo.transact

    def overtaken(writes: list[dynamo.Write]) -> None:
        for other in others:
            store.post(other, now=NOW)
        transact(writes)

    monkeypatch.setattr(dynamo, "transact", overtaken)
    with pytest.raises(store.InsufficientFunds):
        store.post(rules.paid_from_balance("b-1", "h-1", 1, 50), now=NOW)
    assert store.available(BALANCE) == 40


@pytest.mark.usefixtures("ledger_table")
def test_what_the_provider_took_and_gave_back_is_found_by_the_day_it_was_posted() -> None:
    store.post(rules.payment_to_balance("p-1", "b-1", "h-1", 100), now=NOW)
    store.post(rules.payment_received("p-2", "b-2", 100), now=LATER)
    store.post(rules.refund_asked("r-1", "p-1", "b-1", "h-1", 100), now=LATER)
    store.post(rules.refund_succeeded("r-1", "p-1", "b-1", 100), now=LATER)
    found = [transfer.transfer_id for transfer in store.at_provider(LATER.date())]
    assert sorted(found) == ["pay:p-2", "rfs:r-1"]
