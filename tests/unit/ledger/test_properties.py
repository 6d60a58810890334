"""Any sequence of postings, with repeats, conflicts and overdrafts, against a model of the books."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from teleconsult.ledger import rules, store
from teleconsult.ledger.rules import Transfer

NOW = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)

bookings = st.sampled_from(["b-1", "b-2", "b-3"])
holders = st.sampled_from(["h-1", "h-2"])
payments = st.sampled_from(["p-1", "p-2", "p-3", "p-4"])
amounts = st.integers(min_value=1, max_value=5)

any_transfer = st.one_of(
    st.builds(rules.payment_received, payments, bookings, amounts),
    st.builds(rules.payment_to_balance, payments, bookings, holders, amounts),
    st.builds(rules.surplus_to_balance, payments, bookings, holders, amounts),
    st.builds(rules.paid_from_balance, bookings, holders, st.integers(1, 2), amounts),
    st.builds(rules.revenue_recognised, bookings, amounts),
    st.builds(
        rules.returned_to_balance, bookings, holders, amounts, st.sampled_from(["not_held", "expired"])
    ),
)
postings = st.lists(any_transfer, min_size=1, max_size=3, unique_by=lambda transfer: transfer.transfer_id)


class Books(RuleBasedStateMachine):
    """The model: transfers by id, and what they add up to."""

    open_ledger: Any = None

    def __init__(self) -> None:
        super().__init__()
        self.posted: dict[str, Transfer] = {}
        self.ledger = self.open_ledger()
        self.ledger.__enter__()

    def teardown(self) -> None:
        self.ledger.__exit__(None, None, None)

    @rule(posting=postings)
    def post(self, posting: list[Transfer]) -> None:
        expected = self._expected(posting)
        assert self._outcome(posting) == expected
        if expected == "posted":
            self.posted |= {transfer.transfer_id: transfer for transfer in posting}

    @rule(choice=st.randoms(use_true_random=False))
    def repeat(self, choice: Any) -> None:
        if self.posted:
            again = choice.choice(sorted(self.posted.values(), key=lambda each: each.transfer_id))
            assert self._outcome([again]) == "repeated"

    @rule(booking=bookings, holder=holders)
    def close(self, booking: str, holder: str) -> None:
        """Give back all that is held: the ordinary end, which random amounts seldom hit."""
        held = self._sum(rules.held(booking))
        if held:
            self.post([rules.returned_to_balance(booking, holder, held, "not_held")])

    @invariant()
    def books_balance_and_agree_with_the_model(self) -> None:
        books = store.trial_balance()
        assert books.total == 0
        assert books.disagreements == ()
        for kind, sums in books.kinds.items():
            assert sums.balance == sums.credit - sums.debit == self._sum_of_kind(kind)

    @invariant()
    def no_bounded_account_is_below_zero_and_each_is_the_sum_of_its_transfers(self) -> None:
        for account in self._accounts():
            if rules.bounded(account):
                assert store.available(account) == self._sum(account) >= 0

    @invariant()
    def a_statement_is_the_balance_line_by_line(self) -> None:
        for holder in ("h-1", "h-2"):
            lines = store.statement(holder, limit=100).lines
            assert sum(line.amount for line in lines) == store.available(rules.balance(holder))

    def _outcome(self, posting: list[Transfer]) -> str:
        try:
            return "repeated" if store.post(*posting, now=NOW).repeated else "posted"
        except store.TransferConflict:
            return "conflict"
        except store.InsufficientFunds:
            return "insufficient"

    def _expected(self, posting: list[Transfer]) -> str:
        known = [self.posted.get(transfer.transfer_id) for transfer in posting]
        if known == posting:
            return "repeated"
        if any(known):
            return "conflict"
        return "posted" if self._covered(posting) else "insufficient"

    def _covered(self, posting: list[Transfer]) -> bool:
        for account in {side for transfer in posting for side in (transfer.debit, transfer.credit)}:
            net = sum(rules.change(transfer, account) for transfer in posting)
            left = self._sum(account) + net
            closed = any(rules.closes(t) and t.debit == account for t in posting)
            if rules.bounded(account) and net < 0 and (left < 0 or (closed and left)):
                return False
        return True

    def _accounts(self) -> set[str]:
        return {side for each in self.posted.values() for side in (each.debit, each.credit)}

    def _sum(self, account: str) -> int:
        return sum(rules.change(transfer, account) for transfer in self.posted.values())

    def _sum_of_kind(self, kind: str) -> int:
        sums = Counter({account: self._sum(account) for account in self._accounts()})
        return sum(amount for account, amount in sums.items() if rules.kind(account) == kind)


def test_no_sequence_of_postings_breaks_the_books(open_ledger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Books, "open_ledger", staticmethod(open_ledger))
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )
