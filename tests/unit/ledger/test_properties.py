"""Any sequence of postings, with repeats, conflicts and overdrafts, against a model of the books."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from teleconsult.ledger import rules, store
from teleconsult.ledger.audit import audit
from teleconsult.ledger.rules import Transfer

NOW = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)

bookings = st.sampled_from(["b-1", "b-2", "b-3"])
holders = st.sampled_from(["h-1", "h-2"])
payments = st.sampled_from(["p-1", "p-2", "p-3", "p-4"])
refunds = st.sampled_from(["r-1", "r-2"])
borders = st.sampled_from([rules.AT_PROVIDER, rules.AT_DESK])
amounts = st.integers(min_value=1, max_value=5)

any_transfer = st.one_of(
    st.builds(rules.payment_received, payments, bookings, amounts, borders),
    st.builds(rules.payment_to_balance, payments, bookings, holders, amounts, borders),
    st.builds(rules.surplus_to_balance, payments, bookings, holders, amounts, borders),
    st.builds(rules.paid_from_balance, bookings, holders, st.integers(1, 2), amounts),
    st.builds(rules.revenue_recognised, bookings, amounts),
    st.builds(
        rules.returned_to_balance, bookings, holders, amounts, st.sampled_from(["not_held", "expired"])
    ),
    st.builds(rules.refund_asked, refunds, payments, bookings, holders, amounts, borders),
    st.builds(rules.refund_succeeded, refunds, payments, bookings, amounts, borders),
    st.builds(rules.refund_refused, refunds, payments, bookings, holders, amounts, borders),
)
postings = st.lists(any_transfer, min_size=1, max_size=3, unique_by=lambda transfer: transfer.transfer_id)


class Books(RuleBasedStateMachine):
    """The model: transfers by id, and the payment of each single kopeck of an account."""

    open_ledger: Any = None

    def __init__(self) -> None:
        super().__init__()
        self.posted: dict[str, Transfer] = {}
        self.kopecks: dict[str, list[str]] = {}
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
            self.kopecks = self._moved(posting) or {}

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

    @rule(refund=refunds, holder=holders, choice=st.randoms(use_true_random=False))
    def refund(self, refund: str, holder: str, choice: Any) -> None:
        """Ask for all that one payment has on a balance, which random amounts seldom hit."""
        there = sorted(self.kopecks.get(rules.balance(holder), []))
        if there:
            source = choice.choice(there)
            if entered := rules.entered_by(source):
                border, payment = entered
                self.post([rules.refund_asked(refund, payment, "b-1", holder, there.count(source), border)])

    @rule(choice=st.randoms(use_true_random=False))
    def correct(self, choice: Any) -> None:
        """The opposite of something that settled a booking, or of such a correction; mostly with what is then
        settled instead."""
        ends = [each for each in sorted(self.posted) if self._corrects(each)]
        if not ends:
            return
        corrected = store.find(choice.choice(ends))
        assert corrected
        opposite = rules.correction(corrected.transfer)
        posting = [opposite]
        if rules.kind(opposite.credit) == "held" and choice.random() < 0.8:
            other = [each for each in ends if self.posted[each].credit == opposite.credit]
            if other:
                entry = store.find(choice.choice(other))
                assert entry
                posting.append(rules.correction(entry.transfer))
        self.post(list({each.transfer_id: each for each in posting}.values()))

    def _corrects(self, transfer_id: str) -> bool:
        first = transfer_id.split("rev-of:")[-1]
        return first.startswith(("rev:", "back:")) and f"rev-of:{transfer_id}" not in self.posted

    @invariant()
    def books_balance_and_agree_with_the_model(self) -> None:
        books = store.trial_balance()
        assert books.total == 0
        assert books.disagreements == ()
        for kind, sums in books.kinds.items():
            assert sums.balance == sums.credit - sums.debit == self._sum_of_kind(kind)

    @invariant()
    def an_auditor_finds_nothing(self) -> None:
        assert audit(store.rows, lambda: True).findings == ()

    @invariant()
    def no_bounded_account_is_below_zero_and_each_is_the_sum_of_its_transfers(self) -> None:
        for account in self._accounts():
            if rules.bounded(account):
                kept = store.load(account)
                assert kept.available == self._sum(account) >= 0
                assert {lot.source: lot.amount for lot in kept.lots} == Counter(self.kopecks[account])

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
        return self._moved(posting) is not None

    def _moved(self, posting: list[Transfer]) -> dict[str, list[str]] | None:
        """The accounts after a posting, kopeck by kopeck; None where one of them falls short."""
        accounts = {name: list(each) for name, each in self.kopecks.items()}
        for transfer in posting:
            moving = [lot.source for lot in transfer.lots for _ in range(lot.amount)]
            moving = moving or [transfer.source] * transfer.amount
            if rules.bounded(transfer.debit):
                there = sorted(accounts.get(transfer.debit, []))
                to_refund = transfer.credit.startswith("refund:")
                free = [each for each in there if each == transfer.source] if to_refund else there
                if len(free) < transfer.amount or (rules.closes(transfer) and len(free) > transfer.amount):
                    return None
                moving = free[: transfer.amount]
                for kopeck in moving:
                    there.remove(kopeck)
                accounts[transfer.debit] = there
            accounts[transfer.credit] = accounts.get(transfer.credit, []) + moving
        return accounts

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
            max_examples=30,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )
