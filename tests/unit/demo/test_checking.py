"""What the stories look at on their way."""

import pytest

from local.demo.checking import Seen, as_near, check_discreet, differences
from local.demo.story import Off

WISHED = {"doctor": "d-1", "start": "2026-12-01T03:00:00Z"}


def slot(clock_time: str) -> dict[str, str]:
    return {"doctor": "d-1", "start": f"2026-12-01T{clock_time}:00Z"}


NEAREST = [slot("03:30"), slot("02:30"), slot("04:00")]


@pytest.mark.parametrize(
    "offered",
    [NEAREST, NEAREST[:1], NEAREST[:2], [slot("02:30"), slot("03:30")]],
)
def test_the_nearest_free_slots_are_a_good_offer(offered: list[dict[str, str]]) -> None:
    assert as_near(offered, NEAREST, WISHED)


@pytest.mark.parametrize(
    "offered",
    [[], [slot("04:00")], [slot("03:00")], [slot("03:30"), slot("04:00")]],
    ids=["none", "a nearer one left out", "one that is taken", "a gap"],
)
def test_anything_else_is_not(offered: list[dict[str, str]]) -> None:
    assert not as_near(offered, NEAREST, WISHED)


def test_what_changed_is_named() -> None:
    before = Seen(booking={}, balance=0, statement=[], trial_balance={}, messages=[])
    after = Seen(booking={}, balance=5, statement=[{}], trial_balance={}, messages=[])
    assert differences(before, before) == []
    assert differences(before, after) == ["balance", "statement"]


def test_an_sms_names_nobody() -> None:
    form = {"holder": {"family_name": "Громова", "given_name": "Яна"}, "comments": "Болит голова"}
    check_discreet("Онлайн-консультация 1 декабря в 10:00. Будьте на связи.", form)
    with pytest.raises(Off, match="Яна"):
        check_discreet("Яна, ваша консультация 1 декабря", form)
