"""What goes back to which payment, and when a refund is looked at again (§5)."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleconsult.ledger.rules import Lot
from teleconsult.platform.errors import Conflict
from teleconsult.refunds import rules
from teleconsult.refunds.rules import MOST_PARTS, Part

NOW = datetime(2026, 12, 1, 2, tzinfo=UTC)


def lot(number: int, amount: int, source: str = "payment") -> Lot:
    return Lot(f"{source}:p-{number:02}", NOW + timedelta(minutes=number), amount)


balances = st.lists(st.integers(1, 10**9), min_size=1, max_size=MOST_PARTS).map(
    lambda amounts: [lot(number, amount) for number, amount in enumerate(amounts)]
)


@given(balances, st.randoms(use_true_random=False))
def test_a_part_is_never_more_than_came_with_its_payment_and_all_parts_are_what_was_asked(
    held: list[Lot], choice: Random
) -> None:
    wanted = choice.randint(1, sum(each.amount for each in held))
    parts = rules.split(held, wanted)
    came = {each.source: each.amount for each in held}
    assert sum(part.amount for part in parts) == wanted
    assert all(0 < part.amount <= came[f"payment:{part.payment_id}"] for part in parts)
    assert len({part.payment_id for part in parts}) == len(parts)


@given(balances, st.randoms(use_true_random=False))
def test_the_oldest_payment_is_refunded_whole_before_a_newer_one_is_touched(
    held: list[Lot], choice: Random
) -> None:
    choice.shuffle(held)
    wanted = choice.randint(1, sum(each.amount for each in held))
    parts = rules.split(held, wanted)
    oldest = sorted(held, key=lambda each: each.since)
    assert [f"payment:{part.payment_id}" for part in parts] == [each.source for each in oldest[: len(parts)]]
    assert all(part.amount == each.amount for part, each in zip(parts[:-1], oldest, strict=False))


@given(balances)
def test_the_whole_balance_is_every_kopeck_of_it(held: list[Lot]) -> None:
    assert sum(part.amount for part in rules.split(held, None)) == sum(each.amount for each in held)


def test_nothing_is_refunded_of_an_empty_balance() -> None:
    with pytest.raises(Conflict) as refused:
        rules.split([], None)
    assert refused.value.code == "nothing_to_refund"


def test_money_that_came_with_no_payment_does_not_go_back_by_the_provider_and_what_can_is_told() -> None:
    held = [lot(1, 100_000, "grant"), lot(2, 150_050)]
    assert rules.split(held, 150_050) == (Part("p-02", 150_050),)
    for amount in (None, 150_051):
        with pytest.raises(Conflict) as refused:
            rules.split(held, amount)
        assert refused.value.code == "not_refundable"
        assert "1500,50 ₽" in refused.value.message


def test_a_sum_of_too_many_payments_is_refused_and_how_much_goes_at_once_is_told() -> None:
    held = [lot(number, 100) for number in range(MOST_PARTS + 1)]
    assert len(rules.split(held, 100 * MOST_PARTS)) == MOST_PARTS
    with pytest.raises(Conflict) as refused:
        rules.split(held, None)
    assert (refused.value.code, "20,00 ₽" in refused.value.message) == ("too_many_parts", True)


@given(st.timedeltas(timedelta(), timedelta(days=400)))
def test_the_pause_before_the_next_look_is_from_two_minutes_to_three_hours(age: timedelta) -> None:
    pause = rules.next_look(NOW, NOW + age) - (NOW + age)
    assert timedelta(minutes=2) <= pause <= timedelta(hours=3)


@given(st.timedeltas(timedelta(), timedelta(days=1)), st.timedeltas(timedelta(), timedelta(days=1)))
def test_the_pauses_grow(one: timedelta, more: timedelta) -> None:
    first, later = NOW + one, NOW + one + more
    assert rules.next_look(NOW, later) - later >= rules.next_look(NOW, first) - first


def test_a_refund_is_overdue_once_its_ten_days_are_over() -> None:
    last = rules.answer_by(NOW)
    assert last == NOW + timedelta(days=10)
    assert not rules.overdue(NOW, last)
    assert rules.overdue(NOW, last + timedelta(seconds=1))


def test_a_key_counts_as_forgotten_long_before_the_provider_forgets_it() -> None:
    assert not rules.key_may_be_forgotten(NOW, NOW + timedelta(hours=19))
    assert rules.key_may_be_forgotten(NOW, NOW + timedelta(hours=20))


@pytest.mark.parametrize("refusal", ["rejected_by_payee", rules.DECLINED, "something_new", ""])
def test_every_refusal_is_told_in_russian(refusal: str) -> None:
    assert rules.words(refusal)[0] in "БКПС"
