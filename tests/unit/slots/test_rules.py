"""Slots come from the schedule, in the clinic's zone, minus what is taken."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from teleconsult.catalogue.model import Doctor, Offer, Window
from teleconsult.platform.errors import Invalid
from teleconsult.slots import rules
from teleconsult.slots.rules import Slot
from tests.unit.catalogue import samples

ZONE = "Asia/Novosibirsk"  # UTC+7 all the year
NOW = samples.NOW  # Monday 2026-11-23 13:00 there
THERAPIST = samples.catalogue().doctors["d-therapist"]  # Monday, Tuesday 9–13, half an hour each
DUTY = samples.catalogue().doctors["d-duty"]  # Sunday, Monday around the clock, a minute each
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def doctor(*windows: tuple[int, int, int], minutes: int = 30, notice: int = 0, horizon: int = 365) -> Doctor:
    return replace(
        THERAPIST,
        offers={"first": Offer(250000, minutes)},
        weekly=tuple(Window(*window) for window in sorted(windows)),
        timing=replace(THERAPIST.timing, minimum_notice_minutes=notice, horizon_days=horizon),
    )


def starts(
    doctor: Doctor,
    first_day: str,
    last_day: str | None = None,
    taken: Sequence[datetime] = (),
    now: datetime = NOW,
    zone: str = ZONE,
) -> list[str]:
    days = date.fromisoformat(first_day), date.fromisoformat(last_day or first_day)
    return [f"{slot.start:%dT%H:%M}" for slot in rules.free_slots(doctor, zone, *days, taken, now)]


def test_a_days_slots_follow_one_another_through_its_windows() -> None:
    assert starts(THERAPIST, "2026-11-24") == [
        "24T02:00", "24T02:30", "24T03:00", "24T03:30", "24T04:00", "24T04:30", "24T05:00", "24T05:30",
    ]  # fmt: skip


def test_a_slot_is_as_long_as_the_doctors_consultations() -> None:
    (first, *_) = rules.free_slots(THERAPIST, ZONE, date(2026, 11, 24), date(2026, 11, 24), (), NOW)
    assert (first.end - first.start, first.doctor_id) == (30 * MINUTE, "d-therapist")


def test_a_slot_that_would_outlast_its_window_is_none() -> None:
    assert starts(doctor((1, 540, 619), minutes=40), "2026-11-24") == ["24T02:00"]
    assert starts(doctor((1, 540, 620), minutes=40), "2026-11-24") == ["24T02:00", "24T02:40"]


def test_a_taken_slot_is_not_free() -> None:
    taken = [at("2026-11-24T02:30"), at("2026-11-24T05:30")]
    assert starts(THERAPIST, "2026-11-24", taken=taken) == [
        "24T02:00", "24T03:00", "24T03:30", "24T04:00", "24T04:30", "24T05:00",
    ]  # fmt: skip


def test_days_without_work_have_no_slots() -> None:
    assert starts(THERAPIST, "2026-11-25", "2026-11-29") == []


def test_days_that_are_over_have_no_slots() -> None:
    assert starts(THERAPIST, "2026-11-16", "2026-11-23") == []


def test_a_slot_sooner_than_the_minimum_notice_is_not_offered() -> None:
    now = at("2026-11-24T01:00")  # the notice is two hours
    assert starts(THERAPIST, "2026-11-24", now=now)[:2] == ["24T03:30", "24T04:00"]


def test_a_slot_beyond_the_horizon_is_not_offered() -> None:
    assert starts(THERAPIST, "2026-12-22", now=at("2026-11-22T03:00")) == ["22T02:00", "22T02:30", "22T03:00"]
    assert starts(THERAPIST, "2026-12-28", "2027-01-31") == []


def test_a_doctor_on_duty_is_shown_in_measure() -> None:
    shown = starts(DUTY, "2026-11-23", "2026-12-20", now=NOW)
    assert shown[:2] == ["23T06:01", "23T06:02"]
    assert len(shown) == 8 * rules.MOST_A_DAY  # Sundays and Mondays of four weeks


def test_the_days_are_the_clinics_days() -> None:
    assert starts(doctor((1, 0, 60), (1, 1380, 1440)), "2026-11-24") == [
        "23T17:00", "23T17:30", "24T16:00", "24T16:30",
    ]  # fmt: skip


def test_a_change_of_the_clinics_zone_moves_the_slots_and_loses_none() -> None:
    """Novosibirsk went from UTC+6 to UTC+7 on 24 July 2016 at 2 in the morning, a Sunday."""
    around_the_clock = doctor(*((day, 0, 1440) for day in range(7)), minutes=60)
    before = at("2016-07-20T00:00")
    assert starts(doctor((5, 540, 600)), "2016-07-23", now=before) == ["23T03:00", "23T03:30"]
    assert starts(doctor((6, 540, 600)), "2016-07-24", now=before) == ["24T02:00", "24T02:30"]
    assert len(starts(around_the_clock, "2016-07-24", now=before)) == 23


def test_windows_around_an_hour_that_is_left_out_do_not_run_into_each_other() -> None:
    """In Berlin 2:00 was followed by 3:00 on 25 March 2018: 2:45 there is another name for 3:45."""
    before_three = (6, 60, 165)
    at_three, at_half_past = (6, 180, 210), (6, 210, 240)
    sunday = doctor(before_three, at_three, at_half_past, minutes=15)
    shown = starts(sunday, "2018-03-25", now=at("2018-03-20T00:00"), zone="Europe/Berlin")
    assert shown == [
        "25T00:00", "25T00:15", "25T00:30", "25T00:45", "25T01:00", "25T01:15", "25T01:30", "25T01:45",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("start", "now", "code"),
    [
        ("2026-11-24T02:00", "2026-11-23T06:00", None),
        ("2026-11-24T05:30", "2026-11-23T06:00", None),
        ("2026-11-24T02:00", "2026-11-23T23:59", None),
        ("2026-11-24T02:00", "2026-11-24T00:00", "too_soon"),
        ("2026-11-24T02:00", "2026-11-24T02:00", "past"),
        ("2020-11-24T02:00", "2026-11-24T02:00", "past"),
        ("2026-12-29T02:00", "2026-11-29T02:00", None),
        ("2026-12-29T02:00", "2026-11-29T01:59", "too_far"),
        ("2026-11-24T02:15", "2026-11-23T06:00", "no_slot"),
        ("2026-11-24T02:00:01", "2026-11-23T06:00", "no_slot"),
        ("2026-11-24T06:00", "2026-11-23T06:00", "no_slot"),
        ("2026-11-25T02:00", "2026-11-23T06:00", "no_slot"),
    ],
)
def test_one_slot_is_offered_or_refused_with_the_reason(start: str, now: str, code: str | None) -> None:
    if code is None:
        slot = rules.check_slot(THERAPIST, ZONE, at(start), at(now))
        assert (slot.start, slot.end) == (at(start), at(start) + 30 * MINUTE)
        return
    with pytest.raises(Invalid) as excinfo:
        rules.check_slot(THERAPIST, ZONE, at(start), at(now))
    assert [(fault.path, fault.code) for fault in excinfo.value.fields] == [("slot.start", code)]


def test_the_nearest_free_slots_lie_on_both_sides_of_the_wish() -> None:
    wished = at("2026-11-24T03:30")
    taken = [wished, at("2026-11-24T04:00")]
    nearest = rules.nearest_free(THERAPIST, ZONE, wished, DAY, taken, NOW)
    assert [f"{slot.start:%H:%M}" for slot in nearest] == [
        "03:00", "04:30", "02:30", "05:00", "02:00", "05:30",
    ]  # fmt: skip


def test_the_nearest_slots_may_lie_days_away_and_never_too_soon() -> None:
    wished = at("2026-11-24T05:30")
    nearest = list(rules.nearest_free(THERAPIST, ZONE, wished, 7 * DAY, (wished,), at("2026-11-24T02:45")))
    assert [f"{slot.start:%dT%H:%M}" for slot in nearest[:2]] == ["24T05:00", "30T02:00"]
    assert nearest[-1].start <= wished + 7 * DAY


def test_the_next_minutes_of_a_doctor_on_duty_cost_next_to_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[datetime] = []

    def counted(start: datetime, end: datetime, doctor_id: str) -> Slot:
        made.append(start)
        return Slot(start, end, doctor_id)

    monkeypatch.setattr(rules, "Slot", counted)
    wished = NOW + 10 * MINUTE
    nearest = islice(rules.nearest_free(DUTY, ZONE, wished, 30 * DAY, {wished}, NOW), 5)
    assert [(found.start - wished) // MINUTE for found in nearest] == [1, -1, 2, -2, 3]
    rules.check_slot(DUTY, ZONE, wished, NOW)
    assert len(made) < 12


@pytest.mark.parametrize(
    ("first", "last", "asked"),
    [
        (None, None, ("2026-11-23", "2026-11-29")),
        ("2026-12-01", "", ("2026-12-01", "2026-12-07")),
        (None, "2026-11-23", ("2026-11-23", "2026-11-23")),
        ("2026-12-01", "2026-12-31", ("2026-12-01", "2026-12-31")),
    ],
)
def test_a_week_is_shown_unless_other_days_are_asked_for(
    first: object, last: object, asked: tuple[str, str]
) -> None:
    days = rules.asked_days(first, last, date(2026, 11, 23))
    assert tuple(map(str, days)) == asked


@pytest.mark.parametrize(
    ("first", "last", "fault"),
    [
        ("завтра", None, ("from", "date")),
        (None, "1.12.2026", ("to", "date")),
        ("2026-12-02", "2026-12-01", ("to", "order")),
        ("2026-12-01", "2027-01-01", ("to", "too_many_days")),
    ],
)
def test_days_out_of_reason_are_refused(first: object, last: object, fault: tuple[str, str]) -> None:
    with pytest.raises(Invalid) as excinfo:
        rules.asked_days(first, last, date(2026, 11, 23))
    assert [(each.path, each.code) for each in excinfo.value.fields] == [fault]


@st.composite
def schedules(draw: st.DrawFn) -> Doctor:
    """Any doctor: windows of a day never overlap, as the catalogue's check has it."""
    windows = []
    for weekday in range(7):
        edges = draw(st.lists(st.integers(0, 1440), max_size=6, unique=True))
        pairs = list(islice(pairwise(sorted(edges)), 0, None, 2))
        windows += [(weekday, opens, closes) for opens, closes in pairs]
    minutes = draw(st.sampled_from([1, 7, 30, 45, 180]))
    notice, horizon = draw(st.integers(0, 3000)), draw(st.integers(1, 60))
    return doctor(*windows, minutes=minutes, notice=notice, horizon=horizon)


ZONES = st.sampled_from([ZONE, "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "UTC"])
MOMENTS = st.integers(0, 3 * 365 * 24 * 60).map(lambda minutes: at("2016-01-01") + minutes * MINUTE)


@settings(max_examples=150, deadline=None)
@given(schedules(), ZONES, MOMENTS, st.randoms(use_true_random=False))
def test_free_slots_are_apart_from_each_other_and_from_what_is_taken(
    doctor: Doctor, zone: str, now: datetime, random: object
) -> None:
    today = now.astimezone(ZoneInfo(zone)).date()
    every = list(rules.free_slots(doctor, zone, today, today + 10 * DAY, (), now))
    assert all(one.end <= other.start for one, other in pairwise(every))
    taken = {slot.start for slot in every if random.random() < 0.5}  # type: ignore[attr-defined]
    free = list(rules.free_slots(doctor, zone, today, today + 10 * DAY, taken, now))
    assert not taken.intersection(slot.start for slot in free)
    if doctor.slot_minutes >= 15:  # the day's measure cuts nothing then
        assert taken.union(slot.start for slot in free) == {slot.start for slot in every}


@settings(max_examples=150, deadline=None)
@given(schedules(), ZONES, MOMENTS, st.integers(-10, 60))
def test_a_slot_is_offered_exactly_where_it_is_shown(
    doctor: Doctor, zone: str, now: datetime, shift: int
) -> None:
    today = now.astimezone(ZoneInfo(zone)).date()
    shown = set(islice(rules.free_slots(doctor, zone, today, today + 10 * DAY, (), now), 50))
    for slot in shown:
        assert rules.check_slot(doctor, zone, slot.start, now) == slot
        try:
            other = rules.check_slot(doctor, zone, slot.start + shift * MINUTE, now)
        except Invalid:
            continue
        assert other == slot or slot.end <= other.start or other.end <= slot.start


@settings(max_examples=100, deadline=None)
@given(schedules(), ZONES, MOMENTS, st.integers(0, 10_000))
def test_the_nearest_free_slots_are_the_nearest(doctor: Doctor, zone: str, now: datetime, ahead: int) -> None:
    wished = now + ahead * MINUTE
    nearest = list(islice(rules.nearest_free(doctor, zone, wished, 3 * DAY, (), now), 20))
    first, last = ((wished + days * DAY).astimezone(ZoneInfo(zone)).date() for days in (-3, 3))
    distances = [abs(slot.start - wished) for slot in nearest]
    assert distances == sorted(distances)
    assert len(set(nearest)) == len(nearest)
    if doctor.slot_minutes >= 15:
        shown = rules.free_slots(doctor, zone, first, last, (), now)
        within = sorted(abs(slot.start - wished) for slot in shown if abs(slot.start - wished) <= 3 * DAY)
        assert distances == within[:20]
