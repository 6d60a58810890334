"""Posting, reading and adding up, on both engines."""

from datetime import UTC, datetime, timedelta

import pytest

from teleconsult.ledger import rules, store
from teleconsult.platform import dynamo
from teleconsult.platform.errors import Invalid

NOW = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
PAYMENT = rules.payment_received("p-1", "b-1", 250_000)
BALANCE = rules.balance("h-1")
HELD = rules.held("b-1")

pytestmark = pytest.mark.usefixtures("ledger_table")


def row(name: str, when: str | None = None) -> dynamo.Write:
    """Any row that changes with a posting; kept in the same table for want of another."""
    return dynamo.put("ledger", {"pk": name, "sk": "ROW"}, when)


def exists(name: str) -> bool:
    return dynamo.get("ledger", name, "ROW") is not None


def posted(transfer_id: str) -> dynamo.Item | None:
    return dynamo.get("ledger", f"TRANSFER#{transfer_id}", "TRANSFER")


def fund(amount: int, payment: str = "p-0") -> None:
    store.post(rules.payment_to_balance(payment, "b-0", "h-1", amount), now=NOW)


def test_a_payment_is_held_for_its_booking() -> None:
    assert store.post(PAYMENT, now=NOW) == store.Posted(repeated=False)
    assert store.available(HELD) == 250_000
    assert posted("pay:p-1") == {
        "pk": "TRANSFER#pay:p-1",
        "sk": "TRANSFER",
        "transfer_id": "pay:p-1",
        "debit": "provider",
        "credit": "held:b-1",
        "amount": 250_000,
        "reason": "payment",
        "booking_id": "b-1",
        "source": "payment:p-1",
        "lots": [{"source": "payment:p-1", "since": "2026-12-01T03:00:00Z", "amount": 250_000}],
        "provider_day": "2026-12-01",
        "content_hash": PAYMENT.content_hash,
        "posted_at": "2026-12-01T03:00:00Z",
    }


def test_an_account_nobody_used_is_empty() -> None:
    assert store.available(HELD) == 0


def test_the_same_transfer_again_is_a_success_without_effect() -> None:
    store.post(PAYMENT, also=[row("first")], now=NOW)
    assert store.post(PAYMENT, also=[row("second")], now=NOW + timedelta(days=90)).repeated
    assert store.available(HELD) == 250_000
    assert not exists("second")


def test_a_repeat_is_a_success_even_when_its_rows_and_its_money_are_long_gone() -> None:
    fund(100)
    payment = rules.paid_from_balance("b-1", "h-1", 1, 100)
    also = [row("first", "attribute_not_exists(pk)")]
    store.post(payment, also=also, now=NOW)
    store.post(rules.revenue_recognised("b-1", 100), now=NOW)
    assert store.post(payment, also=also, now=NOW).repeated


def test_the_same_id_with_other_content_is_a_conflict() -> None:
    store.post(PAYMENT, now=NOW)
    with pytest.raises(store.TransferConflict) as conflict:
        store.post(rules.payment_received("p-1", "b-1", 1), now=NOW)
    assert conflict.value.transfer_id == "pay:p-1"
    assert store.available(HELD) == 250_000


def test_a_refused_row_goes_before_a_conflict_because_the_row_decides() -> None:
    store.post(PAYMENT, also=[row("taken")], now=NOW)
    with pytest.raises(store.AlsoRefused):
        store.post(
            rules.payment_received("p-1", "b-1", 1),
            also=[row("taken", "attribute_not_exists(pk)")],
            now=NOW,
        )


def test_a_conflict_is_counted_for_an_alarm(capsys: pytest.CaptureFixture[str]) -> None:
    store.post(PAYMENT, now=NOW)
    capsys.readouterr()
    with pytest.raises(store.TransferConflict):
        store.post(rules.payment_received("p-1", "b-1", 1), now=NOW)
    assert '"TransferConflict":[1.0]' in capsys.readouterr().out


def test_a_repeat_of_only_a_part_of_a_posting_is_a_conflict() -> None:
    store.post(PAYMENT, now=NOW)
    with pytest.raises(store.TransferConflict):
        store.post(PAYMENT, rules.surplus_to_balance("p-1", "b-1", "h-1", 1), now=NOW)
    assert store.available(BALANCE) == 0


def test_a_balance_cannot_be_overdrawn() -> None:
    fund(99)
    with pytest.raises(store.InsufficientFunds) as refused:
        store.post(rules.paid_from_balance("b-1", "h-1", 1, 100), also=[row("paid")], now=NOW)
    assert refused.value.account == BALANCE
    assert (store.available(BALANCE), store.available(HELD)) == (99, 0)
    assert not exists("paid")


def test_a_balance_can_be_spent_to_the_last_kopeck() -> None:
    fund(100)
    store.post(rules.paid_from_balance("b-1", "h-1", 1, 100), now=NOW)
    assert (store.available(BALANCE), store.available(HELD)) == (0, 100)


@pytest.mark.parametrize("taken", [99, 101])
def test_a_booking_is_closed_only_with_all_that_is_held(taken: int) -> None:
    store.post(rules.payment_received("p-1", "b-1", 100), now=NOW)
    with pytest.raises(store.InsufficientFunds) as refused:
        store.post(rules.returned_to_balance("b-1", "h-1", taken, "expired"), now=NOW)
    assert refused.value.account == HELD


def test_a_refused_row_refuses_the_transfers_and_is_named_by_its_position() -> None:
    store.post(PAYMENT, also=[row("taken")], now=NOW)
    second = rules.payment_received("p-2", "b-1", 100)
    with pytest.raises(store.AlsoRefused) as refused:
        store.post(second, also=[row("free"), row("taken", "attribute_not_exists(pk)")], now=NOW)
    assert refused.value.failed == frozenset({1})
    assert posted("pay:p-2") is None
    assert not exists("free")


def test_a_refused_row_goes_before_missing_funds_because_the_row_decides() -> None:
    store.post(PAYMENT, also=[row("taken")], now=NOW)
    with pytest.raises(store.AlsoRefused):
        store.post(
            rules.paid_from_balance("b-1", "h-1", 1, 100),
            also=[row("taken", "attribute_not_exists(pk)")],
            now=NOW,
        )


def test_several_transfers_through_one_account_are_one_change_of_it() -> None:
    surplus = rules.surplus_to_balance("p-2", "b-1", "h-1", 300)
    spent = rules.paid_from_balance("b-2", "h-1", 1, 100)
    store.post(surplus, spent, now=NOW)
    assert (store.available(BALANCE), store.available(rules.held("b-2"))) == (200, 100)


def test_money_is_not_spent_before_it_comes_in() -> None:
    spent = rules.paid_from_balance("b-2", "h-1", 1, 100)
    with pytest.raises(store.InsufficientFunds):
        store.post(spent, rules.surplus_to_balance("p-2", "b-1", "h-1", 300), now=NOW)


def test_what_only_passes_through_an_account_leaves_it_as_it_was() -> None:
    store.post(PAYMENT, rules.revenue_recognised("b-1", 250_000), now=NOW)
    assert store.available(HELD) == 0
    assert store.trial_balance().disagreements == ()


def test_a_posting_without_transfers_or_with_one_twice_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="each once"):
        store.post(now=NOW)
    with pytest.raises(ValueError, match="each once"):
        store.post(PAYMENT, PAYMENT, now=NOW)


def test_a_hot_account_has_no_balance_to_read() -> None:
    with pytest.raises(ValueError, match="trial balance"):
        store.available(rules.REVENUE)


def test_a_statement_shows_what_came_and_went_newest_first() -> None:
    fund(300)
    store.post(rules.paid_from_balance("b-1", "h-1", 1, 200), now=NOW + timedelta(hours=1))
    store.post(rules.returned_to_balance("b-1", "h-1", 200, "not_held"), now=NOW + timedelta(hours=2))
    page = store.statement("h-1")
    assert page.lines == (
        store.Line(NOW + timedelta(hours=2), "back:b-1", 200, "not_held", "b-1"),
        store.Line(NOW + timedelta(hours=1), "bal:b-1:1", -200, "paid_from_balance", "b-1"),
        store.Line(NOW, "late:p-0", 300, "late_payment", "b-0"),
    )
    assert page.next is None


def test_lines_of_one_second_stand_in_the_order_in_which_they_were_posted() -> None:
    fund(1000)
    asked = [rules.refund_asked(f"r-{name}", "p-0", "b-0", "h-1", 10) for name in "cab"]
    store.post(asked[0], now=NOW)
    store.post(rules.refund_refused("r-c", "p-0", "b-0", "h-1", 10), now=NOW)
    store.post(asked[1], asked[2], now=NOW)
    expected = ["rfq:r-b", "rfq:r-a", "rfx:r-c", "rfq:r-c", "late:p-0"]
    assert [line.transfer_id for line in store.statement("h-1").lines] == expected
    seen, cursor = [], None
    for _ in expected:
        page = store.statement("h-1", limit=1, cursor=cursor)
        seen += [line.transfer_id for line in page.lines]
        cursor = page.next
    assert seen == expected


def test_a_statement_comes_in_pages_without_gap_or_repeat() -> None:
    for number in range(7):
        store.post(
            rules.payment_to_balance(f"p-{number}", "b-0", "h-1", 100),
            now=NOW + timedelta(minutes=number),
        )
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(4):
        page = store.statement("h-1", limit=2, cursor=cursor)
        seen += [line.transfer_id for line in page.lines]
        cursor = page.next
    assert seen == [f"late:p-{number}" for number in range(6, -1, -1)]
    assert cursor is None


def test_a_statement_holds_nobody_elses_lines_whatever_the_cursor() -> None:
    for number in range(3):
        fund(100, f"p-{number}")
        store.post(rules.payment_to_balance(f"q-{number}", "b-9", "h-2", 100), now=NOW)
    cursor = store.statement("h-2", limit=1).next
    lines = store.statement("h-1", cursor=cursor).lines
    assert all(line.transfer_id.startswith("late:p-") for line in lines)


@pytest.mark.parametrize(
    "cursor", ["не курсор", "%%%", "YWJj", "_w", "MDAwMDAwMDAwMDAxLTAwIA" + "YmFr" * 1000]
)
def test_a_made_up_cursor_is_an_error_of_its_field(cursor: str) -> None:
    with pytest.raises(Invalid) as invalid:
        store.statement("h-1", cursor=cursor)
    assert [fault.path for fault in invalid.value.fields] == ["cursor"]


def test_the_trial_balance_adds_up_to_nothing() -> None:
    store.post(PAYMENT, now=NOW)
    fund(500)
    store.post(rules.revenue_recognised("b-1", 250_000), now=NOW)
    books = store.trial_balance()
    assert books.total == 0
    assert books.disagreements == ()
    assert books.kinds == {
        "balance": store.Sums(debit=0, credit=500, balance=500),
        "held": store.Sums(debit=250_000, credit=250_000, balance=0),
        "provider": store.Sums(debit=250_500, credit=0, balance=-250_500),
        "revenue": store.Sums(debit=0, credit=250_000, balance=250_000),
    }


def test_the_trial_balance_of_an_empty_ledger_is_empty() -> None:
    assert store.trial_balance() == store.TrialBalance({}, 0, ())


def test_the_trial_balance_finds_a_balance_that_its_transfers_do_not_explain() -> None:
    store.post(PAYMENT, now=NOW)
    dynamo.write(dynamo.update("ledger", f"ACCOUNT#{HELD}", "ACCOUNT", add={"available": 1}))
    fund(7)
    dynamo.write(dynamo.delete("ledger", "TRANSFER#late:p-0", "TRANSFER"))
    books = store.trial_balance()
    assert books.total == 8
    assert books.disagreements == (
        store.Disagreement(BALANCE, stored=7, summed=0),
        store.Disagreement(HELD, stored=250_001, summed=250_000),
    )


def test_the_trial_balance_finds_a_stored_balance_that_is_gone() -> None:
    store.post(PAYMENT, now=NOW)
    dynamo.write(dynamo.delete("ledger", f"ACCOUNT#{HELD}", "ACCOUNT"))
    assert store.trial_balance().disagreements == (store.Disagreement(HELD, stored=0, summed=250_000),)
