"""Theirs and ours: each way in which they may differ, and the seams of a window, which are none of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleconsult.ledger import rules as ledger
from teleconsult.ledger.rules import Transfer
from teleconsult.payments import matching
from teleconsult.payments.matching import Difference, Suspects, Window
from teleconsult.payments.rules import Payment, ProviderRefund

NOW = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
SHOP = "100500"
BOOKED = ledger.payment_received("p-1", "b-1", 250_000)
GIVEN_BACK = ledger.refund_succeeded("r-1", "p-1", "b-1", 100_000)


def payment(payment_id: str = "p-1", **changes: Any) -> Payment:
    fields: dict[str, Any] = {
        "payment_id": payment_id,
        "status": "succeeded",
        "paid": True,
        "amount": 250_000,
        "currency": "RUB",
        "shop_id": SHOP,
        "booking_id": "b-1",
        "attempt": 1,
        "confirmation_url": None,
        "created_at": NOW,
    }
    return Payment(**{**fields, **changes})


def refund(provider_refund_id: str = "pr-1", **changes: Any) -> ProviderRefund:
    fields: dict[str, Any] = {
        "provider_refund_id": provider_refund_id,
        "status": "succeeded",
        "amount": 100_000,
        "currency": "RUB",
        "payment_id": "p-1",
        "refund_id": "r-1",
        "reason": None,
        "created_at": NOW,
    }
    return ProviderRefund(**{**fields, **changes})


PENDING: dict[str, Any] = {"status": "pending", "paid": False}
CANCELED: dict[str, Any] = {"status": "canceled", "paid": False}
UNNAMED: dict[str, Any] = {"booking_id": None, "attempt": None}


# ---- payments ----


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (payment(), [BOOKED]),
        (payment(amount=300_000), [BOOKED, ledger.surplus_to_balance("p-1", "b-1", "h-1", 50_000)]),
        (payment(), [ledger.payment_to_balance("p-1", "b-1", "h-1", 250_000)]),
        (payment(**PENDING), []),
        (payment(**CANCELED), []),
        (payment(**CANCELED, currency="EUR"), []),
        (None, []),
    ],
)
def test_what_both_sides_say_is_no_difference(theirs: Payment | None, ours: list[Transfer]) -> None:
    assert matching.of_payment("p-1", theirs, ours, SHOP) is None
    assert matching.suspects([theirs] if theirs else [], [], ours, SHOP) == Suspects((), (), ())


@pytest.mark.parametrize(
    ("kind", "theirs", "ours", "amounts"),
    [
        ("payment_not_booked", payment(), [], (250_000, 0)),
        ("payment_other_amount", payment(amount=240_000), [BOOKED], (240_000, 250_000)),
        (
            "payment_other_amount",
            payment(),
            [BOOKED, ledger.payment_to_balance("p-1", "b-1", "h-1", 250_000)],
            (250_000, 500_000),
        ),
        ("payment_not_succeeded", None, [BOOKED], (0, 250_000)),
        ("payment_not_succeeded", payment(**PENDING), [BOOKED], (0, 250_000)),
        ("payment_not_succeeded", payment(**CANCELED), [BOOKED], (0, 250_000)),
        ("payment_foreign", payment(currency="EUR"), [], (250_000, 0)),
        ("payment_foreign", payment(shop_id="2"), [BOOKED], (250_000, 250_000)),
        ("payment_not_ours", payment(**UNNAMED), [], (250_000, 0)),
        ("payment_not_ours", payment(attempt=None), [], (250_000, 0)),
    ],
)
def test_each_kind_of_difference_of_a_payment(
    kind: Any, theirs: Payment | None, ours: list[Transfer], amounts: tuple[int, int]
) -> None:
    assert matching.of_payment("p-1", theirs, ours, SHOP) == Difference(kind, "p-1", *amounts)
    suspected = matching.suspects([theirs] if theirs else [], [], ours, SHOP)
    assert suspected == Suspects(("p-1",), (), ())


def test_all_that_may_have_booked_a_payment_is_looked_for() -> None:
    made = (
        BOOKED,
        ledger.payment_to_balance("p-1", "b-1", "h-1", 1),
        ledger.surplus_to_balance("p-1", "b-1", "h-1", 1),
    )
    assert {each.transfer_id for each in made} == set(matching.paid_by("p-1"))
    assert GIVEN_BACK.transfer_id == matching.refunded_by("r-1")


# ---- refunds ----


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ([refund()], GIVEN_BACK),
        ([refund(), refund("pr-2", status="canceled")], GIVEN_BACK),
        ([refund(status="pending")], None),
        ([], None),
    ],
)
def test_a_refund_that_both_sides_know_is_no_difference(
    theirs: list[ProviderRefund], ours: Transfer | None
) -> None:
    own = matching.given_back("r-1", theirs)
    assert matching.of_refund("r-1", "p-1", own, ours) is None
    assert matching.suspects([], theirs, [ours] if ours else [], SHOP) == Suspects((), (), ())


@pytest.mark.parametrize(
    ("kind", "theirs", "ours", "amounts"),
    [
        ("refund_not_booked", [refund()], None, (100_000, 0)),
        ("refund_other_amount", [refund(amount=90_000)], GIVEN_BACK, (90_000, 100_000)),
        ("refund_other_amount", [refund(), refund("pr-2")], GIVEN_BACK, (200_000, 100_000)),
        ("refund_other_amount", [refund(), refund("pr-2")], None, (200_000, 0)),
        ("refund_not_succeeded", [], GIVEN_BACK, (0, 100_000)),
        ("refund_not_succeeded", [refund(status="canceled")], GIVEN_BACK, (0, 100_000)),
        ("refund_not_succeeded", [refund(status="pending")], GIVEN_BACK, (0, 100_000)),
        ("refund_foreign", [refund(currency="EUR")], GIVEN_BACK, (100_000, 100_000)),
    ],
)
def test_each_kind_of_difference_of_a_refund(
    kind: Any, theirs: list[ProviderRefund], ours: Transfer | None, amounts: tuple[int, int]
) -> None:
    own = matching.given_back("r-1", theirs)
    assert matching.of_refund("r-1", "p-1", own, ours) == Difference(kind, "r-1", *amounts)
    suspected = matching.suspects([], theirs, [ours] if ours else [], SHOP)
    assert suspected.refunds == (("r-1", "p-1"),)


def test_a_refund_of_another_payment_than_ours_says_differs_on_both() -> None:
    suspected = matching.suspects([], [refund(payment_id="p-2")], [GIVEN_BACK], SHOP)
    assert suspected.refunds == (("r-1", "p-1"), ("r-1", "p-2"))
    assert matching.of_refund("r-1", "p-1", [], GIVEN_BACK) == Difference(
        "refund_not_succeeded", "r-1", 0, 100_000
    )
    elsewhere = matching.of_refund("r-1", "p-2", [refund(payment_id="p-2")], GIVEN_BACK)
    assert elsewhere == Difference("refund_other_amount", "r-1", 100_000, 0)


def test_a_refund_that_nobody_here_asked_for_is_at_the_desk_or_not_ours() -> None:
    desk = refund(refund_id=None)
    assert matching.suspects([], [desk], [], SHOP).nobodys == (desk,)
    assert matching.of_nobodys(desk, of_ours=True) == Difference("refund_at_desk", "pr-1", 100_000, 0)
    assert matching.of_nobodys(desk, of_ours=False) == Difference("refund_not_ours", "pr-1", 100_000, 0)


def test_only_what_nobody_heard_of_is_repaired() -> None:
    assert {"payment_not_booked", "refund_not_booked"} == matching.REPAIRABLE


# ---- the window ----


def test_a_window_is_whole_days_without_its_end() -> None:
    window = Window(date(2026, 11, 30), date(2026, 12, 2))
    assert window.days() == [date(2026, 11, 30), date(2026, 12, 1)]
    with pytest.raises(ValueError, match="at least one day"):
        Window(date(2026, 12, 1), date(2026, 12, 1))


@dataclass(frozen=True)
class Money:
    """A payment without a fault, and what of it went back; each booked some hours after it happened."""

    created: datetime
    paid: int
    booked_after: timedelta
    late: bool
    refunds: tuple[tuple[int, timedelta, timedelta], ...]


_days = st.integers(0, 7 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
_hours = st.integers(0, 30 * 60).map(lambda minutes: timedelta(minutes=minutes))
moneys = st.lists(
    st.builds(
        Money,
        created=_days.map(lambda after: NOW + after),
        paid=st.integers(1_000, 2_000),
        booked_after=_hours,
        late=st.booleans(),
        refunds=st.lists(st.tuples(st.integers(1, 300), _hours, _hours), max_size=3).map(tuple),
    ),
    max_size=8,
)


class Sides:
    """The provider and the books, in any order of events that has no fault."""

    def __init__(self, moneys: list[Money]) -> None:
        self.payments: dict[str, Payment] = {}
        self.refunds: list[ProviderRefund] = []
        self.ours: dict[str, tuple[date, Transfer]] = {}
        for number, money in enumerate(moneys):
            payment_id = f"p-{number}"
            self.payments[payment_id] = payment(payment_id, amount=money.paid, created_at=money.created)
            paid = money.created + money.booked_after
            if money.late:
                self._book(paid, ledger.payment_to_balance(payment_id, "b-1", "h-1", money.paid))
            else:
                self._book(paid, ledger.payment_received(payment_id, "b-1", money.paid - 500))
                self._book(paid, ledger.surplus_to_balance(payment_id, "b-1", "h-1", 500))
            for each, (amount, asked, heard) in enumerate(money.refunds):
                self._give_back(f"r-{number}-{each}", payment_id, amount, paid + asked, paid + asked + heard)

    def _book(self, at: datetime, transfer: Transfer) -> None:
        self.ours[transfer.transfer_id] = at.date(), transfer

    def _give_back(
        self, refund_id: str, payment_id: str, amount: int, created: datetime, booked: datetime
    ) -> None:
        made = refund(f"p{refund_id}", amount=amount, payment_id=payment_id, refund_id=refund_id)
        self.refunds.append(replace(made, created_at=created))
        self._book(booked, ledger.refund_succeeded(refund_id, payment_id, "b-1", amount))

    def differences(self, window: Window) -> list[Difference | None]:
        """As reconciliation asks: the window's lists, then each suspect by its id."""
        inside = set(window.days())
        found = matching.suspects(
            [each for each in self.payments.values() if each.created_at.date() in inside],
            [each for each in self.refunds if each.created_at.date() in inside],
            [transfer for day, transfer in self.ours.values() if day in inside],
            SHOP,
        )
        return [
            *(
                matching.of_payment(each, self.payments[each], self._posted(matching.paid_by(each)), SHOP)
                for each in found.payments
            ),
            *(
                matching.of_refund(
                    refund_id,
                    payment_id,
                    matching.given_back(
                        refund_id, [each for each in self.refunds if each.payment_id == payment_id]
                    ),
                    next(iter(self._posted([matching.refunded_by(refund_id)])), None),
                )
                for refund_id, payment_id in found.refunds
            ),
            *(matching.of_nobodys(each, of_ours=True) for each in found.nobodys),
        ]

    def _posted(self, ids: Iterable[str]) -> list[Transfer]:
        return [self.ours[each][1] for each in ids if each in self.ours]


@given(moneys, st.integers(1, 3))
def test_without_a_fault_no_order_of_events_and_no_seam_makes_a_difference(
    moneys: list[Money], length: int
) -> None:
    sides = Sides(moneys)
    bounds = [NOW.date() + timedelta(days=number) for number in range(-1, 15, length)]
    for first, end in pairwise(bounds):
        assert not any(sides.differences(Window(first, end)))


@given(moneys, st.data())
def test_one_fault_anywhere_is_found_by_the_window_it_happened_in(moneys: list[Money], data: Any) -> None:
    sides = Sides(moneys)
    if not sides.ours:
        return
    lost = data.draw(st.sampled_from(sorted(sides.ours)))
    _, transfer = sides.ours.pop(lost)
    payment_id = str(ledger.payment_of(transfer.source))
    refund_id = lost.removeprefix("rfs:")
    moments = [each.created_at for each in sides.refunds if each.refund_id == refund_id]
    created = moments[0] if moments else sides.payments[payment_id].created_at
    window = Window(created.date(), created.date() + timedelta(days=1))
    found = [each.about for each in sides.differences(window) if each]
    assert found == [refund_id if moments else payment_id]
