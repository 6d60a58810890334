"""The auditor: what somebody has done to the books is found, and what is only on its way is not."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from teleconsult.ledger import rules, store
from teleconsult.ledger.audit import Audit, Finding, Row, audit
from teleconsult.platform import dynamo

NOW = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
PAYMENT = rules.payment_received("p-1", "b-1", 250_000)
HELD = "held:b-1"
BALANCE = "balance:h-1"

pytestmark = pytest.mark.usefixtures("books")


@pytest.fixture
def books(ledger_table: str) -> None:
    """Two payments: one is earned, of the other's return a part is asked back and a part is given back."""
    store.post(PAYMENT, now=NOW)
    store.post(rules.payment_received("p-2", "b-2", 300_000), now=NOW)
    store.post(rules.revenue_recognised("b-1", 250_000), now=NOW)
    store.post(rules.returned_to_balance("b-2", "h-1", 300_000, "not_held"), now=NOW)
    store.post(rules.refund_asked("r-1", "p-2", "b-2", "h-1", 100_000), now=NOW)
    store.post(rules.refund_succeeded("r-1", "p-2", "b-2", 100_000), now=NOW)
    store.post(rules.paid_from_balance("b-3", "h-1", 1, 150_000), now=NOW)


def endless() -> bool:
    return True


def look() -> Audit:
    return audit(store.rows, endless)


def found() -> set[tuple[str, str]]:
    return {(each.kind, each.about) for each in look().findings}


def change(key: str, **values: Any) -> None:
    """What no code of ours does."""
    kind = key.partition("#")[0]
    dynamo.write(dynamo.update("ledger", key, kind, set=values))


def test_books_that_were_only_posted_to_are_in_order() -> None:
    assert look() == Audit(rows=7 + 5, findings=(), complete=True)


def test_an_empty_ledger_is_in_order() -> None:
    assert audit(list, endless) == Audit(0, (), complete=True)


def test_a_balance_that_somebody_raised_is_found_with_both_sums() -> None:
    change(f"ACCOUNT#{BALANCE}", available=60_000)
    assert look().findings == (
        Finding("balance", BALANCE, stored=60_000, computed=50_000),
        Finding("total", "books", stored=10_000, computed=0),
    )


def test_a_lot_that_says_another_payment_is_found_although_the_sums_fit() -> None:
    lots = [{"source": "payment:p-9", "since": "2026-12-01T03:00:00Z", "amount": 50_000}]
    change(f"ACCOUNT#{BALANCE}", lots=lots)
    assert look().findings == (
        Finding("lots", f"{BALANCE} payment:p-2", stored=0, computed=50_000),
        Finding("lots", f"{BALANCE} payment:p-9", stored=50_000, computed=0),
    )


def test_a_transfer_with_another_amount_is_found_with_all_that_it_unsettles() -> None:
    change("TRANSFER#rfq:r-1", amount=90_000)
    assert found() == {
        ("content_hash", "rfq:r-1"),
        ("transfer_lots", "rfq:r-1"),
        ("balance", BALANCE),
        ("balance", "refund:r-1"),
        ("below_zero", "refund:r-1"),
    }


def test_a_transfer_with_another_reason_is_found_although_no_sum_changes() -> None:
    change("TRANSFER#back:b-2", reason="cancelled")
    assert found() == {("content_hash", "back:b-2")}


def test_a_transfer_whose_lots_are_not_its_amount_is_found() -> None:
    lots = [{"source": "payment:p-2", "since": "2026-12-01T03:00:00Z", "amount": 100_000}] * 2
    change("TRANSFER#rfs:r-1", lots=lots)
    assert ("transfer_lots", "rfs:r-1") in found()
    assert ("lots", "refund:r-1 payment:p-2") in found()


def test_a_transfer_that_is_gone_is_found_on_both_its_accounts() -> None:
    dynamo.write(dynamo.delete("ledger", "TRANSFER#bal:b-3:1", "TRANSFER"))
    assert {("balance", BALANCE), ("balance", "held:b-3")} <= found()


def test_an_account_that_is_gone_is_found() -> None:
    dynamo.write(dynamo.delete("ledger", f"ACCOUNT#{BALANCE}", "ACCOUNT"))
    assert Finding("balance", BALANCE, stored=0, computed=50_000) in look().findings


def test_an_account_below_zero_is_found_even_where_its_transfers_say_so() -> None:
    change("TRANSFER#back:b-2", credit="balance:h-2")
    below = {each.about for each in look().findings if each.kind == "below_zero"}
    assert below == {BALANCE, f"{BALANCE} payment:p-2"}


@pytest.mark.parametrize(
    "values",
    [
        {"debit": HELD, "credit": HELD},
        {"credit": "somebody:else"},
        {"amount": -1},
        {"transfer_id": "rev:b-9"},
    ],
)
def test_a_transfer_without_two_sides_of_ours_is_found(values: dict[str, Any]) -> None:
    change("TRANSFER#rev:b-1", **values)
    assert ("sides", "rev:b-1") in found()


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("TRANSFER#rev:b-1", {"amount": "250000"}),
        ("TRANSFER#rev:b-1", {"lots": "none"}),
        ("TRANSFER#rev:b-1", {"lots": [{"source": "payment:p-1", "amount": "1"}]}),
        (f"ACCOUNT#{BALANCE}", {"available": "much"}),
    ],
)
def test_a_row_that_cannot_be_read_is_found_and_hides_no_other(key: str, values: dict[str, Any]) -> None:
    change(key, **values)
    change("TRANSFER#back:b-2", reason="cancelled")
    assert {("unreadable", key), ("content_hash", "back:b-2")} <= found()


def test_a_row_that_is_neither_transfer_nor_account_is_found() -> None:
    dynamo.write(dynamo.put("ledger", {"pk": "NOTE#1", "sk": "NOTE", "lots": []}))
    dynamo.write(dynamo.put("ledger", {"pk": "NOTE#2", "sk": "ACCOUNT", "lots": [], "available": 0}))
    assert found() == {("unreadable", "NOTE#1"), ("unreadable", "NOTE#2")}


class Walks:
    """The table read once and again; between its rows, something is done at one place of each walk."""

    def __init__(self, *meanwhile: Callable[[], Any]) -> None:
        self._meanwhile = list(meanwhile)
        self.count = 0

    def __call__(self) -> Iterator[Row]:
        self.count += 1
        act = self._meanwhile.pop(0) if self._meanwhile else lambda: None
        # Half of a posting is seen: the accounts as they were, then the transfers with the new one.
        stored = list(store.rows())
        yield from (row for row in stored if hasattr(row, "account"))
        act()
        yield from (row for row in store.rows() if not hasattr(row, "account"))


def late(payment: str) -> Callable[[], Any]:
    return lambda: store.post(rules.payment_to_balance(payment, "b-9", "h-1", 5_000), now=NOW)


def test_a_posting_on_its_way_between_two_walks_is_no_finding() -> None:
    walks = Walks(late("p-8"))
    assert audit(walks, endless).findings == ()
    assert walks.count == 2


def test_one_posting_in_each_walk_is_no_finding() -> None:
    assert audit(Walks(late("p-8"), late("p-9")), endless).findings == ()


def test_what_was_tampered_with_is_found_while_others_post() -> None:
    change("TRANSFER#back:b-2", reason="cancelled")
    report = audit(Walks(late("p-8")), endless)
    assert [(each.kind, each.about) for each in report.findings] == [("content_hash", "back:b-2")]


def test_books_in_order_are_walked_through_once() -> None:
    walks = Walks()
    audit(walks, endless)
    assert walks.count == 1


def test_without_time_to_be_sure_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("teleconsult.ledger.audit._CHECK_TIME_EVERY", 1)
    change(f"ACCOUNT#{BALANCE}", available=60_000)
    times = iter([True] * 15 + [False] * 100)
    assert audit(store.rows, lambda: next(times)) == Audit(rows=12, findings=(), complete=False)
    assert audit(store.rows, lambda: False) == Audit(rows=0, findings=(), complete=False)
