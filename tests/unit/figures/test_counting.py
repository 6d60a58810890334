"""The walk that makes the figures: whole or not at all, however often it stops, dies or meets another."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from teleconsult.booking import store as booking_store
from teleconsult.booking.model import Booking, Channel, Door, Outcome, Status
from teleconsult.catalogue import store as catalogue_store
from teleconsult.figures import store
from teleconsult.figures.counting import count
from teleconsult.figures.model import Figures, Flow, Standing, Step
from teleconsult.figures.store import Overtaken
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.platform import dynamo, errors
from teleconsult.platform.tally import Tally
from tests import bookings
from tests.unit.figures.conftest import OpenClinic

NOW = datetime(2026, 12, 7, 9, tzinfo=UTC)
TODAY = NOW.date()
ZONE = ZoneInfo("Asia/Novosibirsk")
EVER = (date(2026, 1, 1), date(2027, 12, 31))
ENDLESS: Callable[[], bool] = lambda: True  # noqa: E731


def times_up_after(pages: int) -> Callable[[], bool]:
    """Time for so many pages of a walk."""
    left = iter(range(pages - 1))
    return lambda: next(left, None) is not None


# ---- against a direct count ----

moments = st.integers(-40, 40).map(lambda hours: NOW + timedelta(hours=hours))
reached = st.sampled_from(
    ["booked", "consented", "paid", "held", *(each for each in Outcome if each != "held")]
)


@st.composite
def a_booking(draw: st.DrawFn) -> Booking:
    """A booking that came as far as chance has it."""
    made, far = draw(moments), draw(reached)
    outcome = Outcome(far) if far in set(Outcome) else None
    paid = outcome or far == "paid"
    over = draw(st.sampled_from([Status.SCHEDULED, Status.CANCELLED])) if paid else None
    status = draw(st.sampled_from([Status.AWAITING_PAYMENT, Status.EXPIRED, Status.CANCELLED]))
    return bookings.booking(
        "",
        made,
        door=draw(st.sampled_from(Door)),
        channel=draw(st.sampled_from(Channel)),
        doctor_id=draw(st.sampled_from(["d-1", "d-2"])),
        slot_start=made + timedelta(hours=draw(st.integers(1, 30))),
        status=(Status.COMPLETED if outcome is Outcome.HELD else Status.NOT_HELD)
        if outcome
        else over or status,
        consented_at=None if far == "booked" else made,
        paid_at=made if paid else None,
        scheduled_at=made if paid else None,
        outcome=outcome,
    )


@st.composite
def a_clinic(draw: st.DrawFn) -> list[tuple[Booking, ledger_rules.Border]]:
    rows = draw(st.lists(a_booking(), max_size=12))
    borders = st.sampled_from([ledger_rules.AT_PROVIDER, ledger_rules.AT_DESK])
    return [(replace(row, booking_id=f"b-{n}", due_at=None), draw(borders)) for n, row in enumerate(rows)]


def stored(row: Booking, border: ledger_rules.Border) -> None:
    """The booking, its price as it was paid, and where it went; every other one of it back to the payer."""
    dynamo.write(booking_store.create(row))
    if not row.paid_at:
        return
    name, holder = row.booking_id, f"h-{row.booking_id}"
    ledger.post(ledger_rules.payment_received(name, name, row.price, border), now=row.paid_at)
    if row.outcome is Outcome.HELD:
        ledger.post(ledger_rules.revenue_recognised(name, row.price), now=row.slot_start)
    elif row.outcome:
        ledger.post(ledger_rules.returned_to_balance(name, holder, row.price, "not_held"), now=row.slot_start)
        if row.outcome in (Outcome.TECHNICAL, Outcome.UNKNOWN):
            asked = ledger_rules.refund_asked(f"r-{name}", name, name, holder, row.price // 2, border)
            ledger.post(asked, now=row.slot_start)
        if row.outcome is Outcome.TECHNICAL:
            back = ledger_rules.refund_succeeded(f"r-{name}", name, name, row.price // 2, border)
            ledger.post(back, now=row.slot_start)


def day(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


def directly(
    clinic: list[tuple[Booking, ledger_rules.Border]], first: date, last: date
) -> dict[str, dict[Any, int]]:
    """The same figures, counted one by one from what the clinic is known to consist of."""

    def within(moment: datetime) -> bool:
        return first <= day(moment) <= last

    rows = [row for row, _ in clinic]
    made = [row for row in rows if within(row.created_at)]
    ended = [row for row in rows if row.outcome and within(row.slot_start)]
    money = Counter[Flow]()
    for row, border in clinic:
        at_desk = border is ledger_rules.AT_DESK
        if row.paid_at and within(row.paid_at):
            money[Flow.DESK_IN if at_desk else Flow.PROVIDER_IN] += row.price
        if row.outcome is Outcome.HELD and within(row.slot_start):
            money[Flow.REVENUE] += row.price
        if row.outcome is Outcome.TECHNICAL and within(row.slot_start):
            money[Flow.DESK_REFUNDED if at_desk else Flow.PROVIDER_REFUNDED] += row.price // 2
    return {
        "states": Counter(row.status for row in made),
        "steps": Counter(
            (row.door, step)
            for row in made
            for step, taken in (
                (Step.BOOKED, True),
                (Step.CONSENTED, row.consented_at),
                (Step.PAID, row.paid_at),
                (Step.SCHEDULED, row.scheduled_at),
                (Step.HELD, row.status is Status.COMPLETED),
            )
            if taken
        ),
        "by_doctor": Counter((row.doctor_id, row.outcome) for row in ended),
        "by_channel": Counter((row.channel, row.outcome) for row in ended),
        "money": money,
    }


def as_counted(figures: Figures) -> dict[str, dict[Any, int]]:
    counts = figures.counts
    return {name: getattr(counts, name) for name in ("states", "steps", "by_doctor", "by_channel", "money")}


@pytest.mark.usefixtures("open_clinic")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    clinic=a_clinic(),
    pages=st.lists(st.integers(1, 3), max_size=8),
    most=st.integers(1, 5),
    days=st.tuples(st.integers(-3, 3), st.integers(0, 4)),
)
def test_the_sums_equal_a_direct_count_wherever_the_walk_was_interrupted(
    open_clinic: OpenClinic,
    clinic: list[tuple[Booking, ledger_rules.Border]],
    pages: list[int],
    most: int,
    days: tuple[int, int],
) -> None:
    first = TODAY + timedelta(days=days[0])
    last = first + timedelta(days=days[1])
    with open_clinic():
        for row, border in clinic:
            stored(row, border)
        left = 1
        for number in pages:
            left = count(NOW, times_up_after(number), most).left if left else 0
        if left:
            count(NOW, ENDLESS, most)
        for asked in (EVER, (first, last)):
            assert as_counted(store.between(*asked)) == directly(clinic, *asked)
        kinds = ledger.trial_balance().kinds
        lies = {kind: kinds[kind].balance if kind in kinds else 0 for kind in ("held", "balance", "refund")}
        assert {each.value: store.between(*EVER).standing[each] for each in Standing} == lies


# ---- whole or not at all ----


def book(*numbers: int) -> None:
    for number in numbers:
        dynamo.write(booking_store.create(bookings.booking(f"b-{number}", NOW)))


def made() -> int:
    """How many bookings the figures know of."""
    return store.between(*EVER).counts.states.total()


@pytest.mark.usefixtures("clinic")
def test_before_the_first_walk_is_over_there_are_no_figures() -> None:
    book(*range(10))
    with pytest.raises(errors.NotFound):
        made()
    assert count(NOW, times_up_after(1), most=4) == Tally(found=4, done=4, left=1)
    with pytest.raises(errors.NotFound):
        made()
    assert count(NOW, ENDLESS) == Tally(found=6, done=6)
    assert made() == 10


@pytest.mark.usefixtures("clinic")
def test_figures_stay_those_of_the_last_whole_walk_until_the_next_one_is_over() -> None:
    book(0, 1)
    count(NOW, ENDLESS)
    book(*range(2, 9))
    later = NOW + timedelta(minutes=1)
    while count(later, times_up_after(1), most=3).left:
        assert (made(), store.between(*EVER).counted_at) == (2, NOW)
    assert (made(), store.between(*EVER).counted_at) == (9, later)


@pytest.mark.usefixtures("clinic")
def test_figures_are_of_the_moment_at_which_the_walk_began() -> None:
    book(0)
    count(NOW, times_up_after(1))
    count(NOW + timedelta(days=1), ENDLESS)
    assert store.between(*EVER).counted_at == NOW


@pytest.mark.usefixtures("clinic")
def test_after_a_walk_of_many_runs_the_next_one_begins_anew() -> None:
    book(0)
    count(NOW, times_up_after(1))
    count(NOW, ENDLESS)
    book(1)
    count(NOW + timedelta(days=1), ENDLESS)
    assert (made(), store.between(*EVER).counted_at) == (2, NOW + timedelta(days=1))


@pytest.mark.usefixtures("clinic")
def test_a_run_that_dies_leaves_the_figures_and_what_was_counted_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    book(0)
    count(NOW, ENDLESS)
    book(*range(1, 8))
    count(NOW, times_up_after(1), most=3)
    with monkeypatch.context() as broken:
        broken.setattr(store, "_update_state", dies_at_the_end(store._update_state))
        with pytest.raises(RuntimeError):
            count(NOW, ENDLESS)
    assert made() == 1
    assert count(NOW, ENDLESS).left == 0
    assert made() == 8


def dies_at_the_end(write: Callable[..., None]) -> Callable[..., None]:
    def update(changes: dynamo.Item, **how: Any) -> None:
        if "claimed" not in changes:
            raise RuntimeError
        write(changes, **how)

    return update


@pytest.mark.usefixtures("clinic")
def test_of_two_runs_at_once_the_first_that_ends_stands_and_the_other_counts_for_nothing() -> None:
    book(0, 1)
    slow, fast = (store.begin(NOW + timedelta(seconds=n), ZONE.key) for n in range(2))
    for run in (slow, fast):
        run.count.add_booking(bookings.booking("b-0", NOW))
    fast.count.add_booking(bookings.booking("b-1", NOW))
    store.end(fast, None)
    assert made() == 2
    with pytest.raises(Overtaken):
        store.end(slow, None)
    assert made() == 2


@pytest.mark.usefixtures("clinic")
def test_a_run_that_takes_longer_than_the_time_between_two_still_ends() -> None:
    book(0)
    slow = store.begin(NOW, ZONE.key)
    store.begin(NOW + timedelta(minutes=1), ZONE.key)
    slow.count.add_booking(bookings.booking("b-0", NOW))
    store.end(slow, None)
    assert made() == 1


@pytest.mark.usefixtures("clinic")
def test_two_that_begin_at_the_very_same_moment_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    book(0)
    count(NOW, ENDLESS)
    seen = store._state()
    count(NOW, ENDLESS)
    with monkeypatch.context() as stale:
        stale.setattr(store, "_state", lambda: seen)
        assert count(NOW, ENDLESS) == Tally()


@pytest.mark.usefixtures("clinic")
def test_a_days_row_keeps_no_count_that_nobody_needs() -> None:
    book(*range(6))
    for _ in range(12):
        count(NOW, times_up_after(2), most=2)
    (row,) = dynamo.query_all("bookings", "pk = :pk AND begins_with(sk, :day)", pk="FIGURES", day="FIGURES#")
    assert len([name for name in row if name.startswith("count_")]) <= 3


@pytest.mark.usefixtures("clinic")
def test_a_row_that_cannot_be_read_is_told_and_the_others_are_counted() -> None:
    book(0, 1, 2)
    dynamo.write(dynamo.update("bookings", "BOOKING#b-1", "BOOKING", set={"created_at": "yesterday"}))
    assert count(NOW, ENDLESS) == Tally(found=3, done=2, failed=1)
    assert made() == 2


@pytest.mark.usefixtures("clinic")
def test_what_stands_beside_a_booking_is_no_booking() -> None:
    book(0)
    dynamo.write(dynamo.put("bookings", {"pk": "BOOKING#b-0", "sk": "PAYMENT", "received": 1}))
    assert count(NOW, ENDLESS).found == 1


@pytest.mark.usefixtures("clinic")
def test_a_clinic_that_has_not_opened_yet_has_nothing_to_count(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> None:
        raise errors.Unavailable("no_catalogue", "")

    monkeypatch.setattr(catalogue_store, "load", nobody)
    assert count(NOW, ENDLESS) == Tally()


@pytest.mark.usefixtures("clinic")
def test_days_asked_for_are_all_that_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        long_ago = NOW - timedelta(days=number)
        dynamo.write(booking_store.create(bookings.booking(f"b-{number}", long_ago)))
    count(NOW, ENDLESS)
    read = list[dynamo.Item]()
    query_all = dynamo.query_all

    def noted(*what: Any, **how: Any) -> Iterator[dynamo.Item]:
        for item in query_all(*what, **how):
            read.append(item)
            yield item

    monkeypatch.setattr(dynamo, "query_all", noted)
    figures = store.between(TODAY - timedelta(days=4), TODAY)
    assert (len(read), figures.counts.states.total()) == (5, 5)
