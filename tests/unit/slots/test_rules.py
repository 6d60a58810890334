"""Slots come from the schedule, in the clinic's zone, minus what is taken."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from teleconsult.catalogue.model import Clinic, Doctor, Hours, Offer
from teleconsult.platform.errors import Invalid
from teleconsult.slots import rules
from teleconsult.slots.model import Slot, Stretch
from tests.unit.catalogue import samples

ZONE = "Asia/Novosibirsk"  # UTC+7 all the year
NOW = samples.NOW  # Monday 2026-11-23 13:00 there
THERAPIST = samples.catalogue().doctors["d-therapist"]  # Monday, Tuesday 9–13, half an hour each
DUTY = samples.catalogue().doctors["d-duty"]  # Sunday, Monday around the clock, a minute each
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def clinic(zone: str = ZONE) -> Clinic:
    return replace(samples.catalogue().clinic, zone=zone)


def doctor(
    *windows: tuple[int, int, int],
    minutes: int = 30,
    others: Sequence[int] = (),
    notice: int = 0,
    horizon: int = 365,
) -> Doctor:
    """Windows are weekday (0: Monday), opening and closing minute; `others`: lengths of other kinds."""
    lengths = {"first": minutes} | {f"kind-{number}": length for number, length in enumerate(others)}
    return replace(
        THERAPIST,
        offers={kind: Offer(250000, length) for kind, length in lengths.items()},
        schedule=tuple(
            Hours(f"FREQ=WEEKLY;BYDAY={WEEKDAYS[day]}", opens, closes) for day, opens, closes in windows
        ),
        timing=replace(THERAPIST.timing, minimum_notice_minutes=notice, horizon_days=horizon),
    )


def free(
    doctor: Doctor,
    first: date,
    last: date,
    taken: Sequence[Stretch] = (),
    now: datetime = NOW,
    zone: str = ZONE,
    kind: str = "first",
) -> list[Slot]:
    days = rules.bookable_days(clinic(zone), doctor, first, last, now)
    return list(rules.free_slots(doctor, doctor.minutes(kind), days, sorted(taken), now))


def starts(doctor: Doctor, first_day: str, last_day: str | None = None, **asked: Any) -> list[str]:
    days = date.fromisoformat(first_day), date.fromisoformat(last_day or first_day)
    return [f"{slot.start:%dT%H:%M}" for slot in free(doctor, *days, **asked)]


def stretch(start: str, minutes: int = 30) -> Stretch:
    return at(start), at(start) + minutes * MINUTE


def nearest(
    doctor: Doctor,
    wished: datetime,
    within: timedelta,
    taken: Sequence[Stretch],
    now: datetime,
    zone: str = ZONE,
) -> Iterator[Slot]:
    first, last = ((wished + shift).astimezone(ZoneInfo(zone)).date() for shift in (-within, within))
    days = rules.bookable_days(clinic(zone), doctor, first, last, now)
    return rules.nearest_free(doctor, doctor.minutes("first"), days, wished, sorted(taken), now)


def check(doctor: Doctor, start: datetime, now: datetime, zone: str = ZONE, kind: str = "first") -> Slot:
    return rules.check_slot(clinic(zone), doctor, doctor.minutes(kind), start, now)


def test_a_days_slots_follow_one_another_through_its_windows() -> None:
    assert starts(THERAPIST, "2026-11-24") == [
        "24T02:00", "24T02:30", "24T03:00", "24T03:30", "24T04:00", "24T04:30", "24T05:00", "24T05:30",
    ]  # fmt: skip


def test_a_slot_is_as_long_as_the_doctors_consultations() -> None:
    (first, *_) = free(THERAPIST, date(2026, 11, 24), date(2026, 11, 24))
    assert (first.end - first.start, first.doctor_id) == (30 * MINUTE, "d-therapist")


def test_a_slot_that_would_outlast_its_window_is_none() -> None:
    assert starts(doctor((1, 540, 619), minutes=40), "2026-11-24") == ["24T02:00"]
    assert starts(doctor((1, 540, 620), minutes=40), "2026-11-24") == ["24T02:00", "24T02:40"]


def test_a_taken_slot_is_not_free() -> None:
    taken = [stretch("2026-11-24T02:30"), stretch("2026-11-24T05:30")]
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
        slot = check(THERAPIST, at(start), at(now))
        assert (slot.start, slot.end) == (at(start), at(start) + 30 * MINUTE)
        return
    with pytest.raises(Invalid) as excinfo:
        check(THERAPIST, at(start), at(now))
    assert [(fault.path, fault.code) for fault in excinfo.value.fields] == [("slot.start", code)]


def test_the_nearest_free_slots_lie_on_both_sides_of_the_wish() -> None:
    wished = at("2026-11-24T03:30")
    found = nearest(THERAPIST, wished, DAY, [stretch("2026-11-24T03:30", 60)], NOW)
    assert [f"{slot.start:%dT%H:%M}" for slot in found][:6] == [
        "24T03:00", "24T04:30", "24T02:30", "24T05:00", "24T02:00", "24T05:30",
    ]  # fmt: skip


def test_the_nearest_slots_may_lie_days_away_and_never_too_soon() -> None:
    wished, now = at("2026-11-24T05:30"), at("2026-11-24T02:45")
    found = nearest(THERAPIST, wished, 7 * DAY, [stretch("2026-11-24T05:30")], now)
    assert [f"{slot.start:%dT%H:%M}" for slot in islice(found, 2)] == ["24T05:00", "30T02:00"]


def test_the_next_minutes_of_a_doctor_on_duty_cost_next_to_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[datetime] = []

    def counted(start: datetime, end: datetime, doctor_id: str) -> Slot:
        made.append(start)
        return Slot(start, end, doctor_id)

    monkeypatch.setattr(rules, "Slot", counted)
    wished = NOW + 10 * MINUTE
    found = islice(nearest(DUTY, wished, 30 * DAY, [(wished, wished + MINUTE)], NOW), 5)
    assert [(slot.start - wished) // MINUTE for slot in found] == [1, -1, 2, -2, 3]
    check(DUTY, wished, NOW)
    assert len(made) < 12


def test_kinds_of_different_lengths_share_a_grid() -> None:
    both = doctor((1, 540, 660), minutes=30, others=[20])
    assert both.grid_minutes == 10
    assert starts(both, "2026-11-24") == ["24T02:00", "24T02:30", "24T03:00", "24T03:30"]
    assert starts(both, "2026-11-24", kind="kind-0") == [
        "24T02:00", "24T02:20", "24T02:40", "24T03:00", "24T03:20", "24T03:40",
    ]  # fmt: skip


def test_after_a_shorter_consultation_the_next_one_follows_at_once() -> None:
    both = doctor((1, 540, 660), minutes=30, others=[20])
    taken = [stretch("2026-11-24T02:30", 20)]
    assert starts(both, "2026-11-24", taken=taken) == ["24T02:00", "24T02:50", "24T03:20"]


def test_a_start_on_the_grid_may_be_booked_though_it_is_not_the_one_shown() -> None:
    both = doctor((1, 540, 660), minutes=30, others=[20])
    assert check(both, at("2026-11-24T02:10"), NOW).end == at("2026-11-24T02:40")
    with pytest.raises(Invalid):
        check(both, at("2026-11-24T02:15"), NOW)
    with pytest.raises(Invalid):
        check(both, at("2026-11-24T03:40"), NOW)
    assert check(both, at("2026-11-24T03:40"), NOW, kind="kind-0").end == at("2026-11-24T04:00")


def test_what_was_booked_off_the_grid_of_today_leaves_whole_slots_only() -> None:
    """The clinic changed the hours under bookings that exist."""
    taken = [stretch("2026-11-24T02:05", 30)]
    assert starts(doctor((1, 540, 660)), "2026-11-24", taken=taken) == ["24T03:00", "24T03:30"]


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
def doctors(draw: st.DrawFn) -> Doctor:
    """Any doctor, with one kind or several of different lengths; hours may overlap."""
    windows = []
    for weekday in range(7):
        edges = draw(st.lists(st.integers(0, 1440), max_size=6, unique=True))
        windows += [(weekday, min(pair), max(pair)) for pair in pairwise(edges)]
    lengths = draw(st.lists(st.sampled_from([1, 7, 20, 30, 45, 180]), min_size=1, max_size=3))
    notice, horizon = draw(st.integers(0, 3000)), draw(st.integers(1, 60))
    return doctor(*windows, minutes=lengths[0], others=lengths[1:], notice=notice, horizon=horizon)


ZONES = st.sampled_from([ZONE, "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "UTC"])
MOMENTS = st.integers(0, 3 * 365 * 24 * 60).map(lambda minutes: at("2016-01-01") + minutes * MINUTE)


@st.composite
def booked_stretches(draw: st.DrawFn, now: datetime) -> list[Stretch]:
    """Times that others hold, apart from each other and of any length."""
    edges = sorted(draw(st.lists(st.integers(0, 11 * 24 * 60), max_size=20, unique=True)))
    moments = [now + minutes * MINUTE for minutes in edges]
    return list(islice(pairwise(moments), 0, None, 2))


@settings(max_examples=150, deadline=None)
@given(doctors(), ZONES, MOMENTS, st.data())
def test_free_slots_are_apart_from_each_other_and_from_what_is_taken(
    doctor: Doctor, zone: str, now: datetime, data: st.DataObject
) -> None:
    today = now.astimezone(ZoneInfo(zone)).date()
    taken = data.draw(booked_stretches(now))
    found = free(doctor, today, today + 10 * DAY, taken, now, zone)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert not [slot for slot in found if any(slot.start < end and start < slot.end for start, end in taken)]


@settings(max_examples=150, deadline=None)
@given(doctors(), ZONES, MOMENTS, st.data())
def test_where_a_consultation_would_fit_one_is_offered_that_overlaps_it(
    doctor: Doctor, zone: str, now: datetime, data: st.DataObject
) -> None:
    today = now.astimezone(ZoneInfo(zone)).date()
    taken = data.draw(booked_stretches(now))
    found = free(doctor, today, today + 10 * DAY, taken, now, zone)
    start = now.replace(second=0) + data.draw(st.integers(0, 10 * 24 * 60)) * MINUTE
    try:
        fits = check(doctor, start, now, zone)
    except Invalid:
        return
    if any(fits.start < end and begin < fits.end for begin, end in taken):
        return
    day = start.astimezone(ZoneInfo(zone)).date()
    shown = [slot for slot in found if slot.start.astimezone(ZoneInfo(zone)).date() == day]
    near_the_edge = start + doctor.minutes("first") * MINUTE > now + doctor.timing.horizon_days * DAY
    just_bookable = (
        start - doctor.minutes("first") * MINUTE <= now + doctor.timing.minimum_notice_minutes * MINUTE
    )
    if len(shown) < rules.MOST_A_DAY and not near_the_edge and not just_bookable:
        assert any(slot.start < fits.end and fits.start < slot.end for slot in shown)


@settings(max_examples=150, deadline=None)
@given(doctors(), ZONES, MOMENTS)
def test_what_is_shown_may_be_booked(doctor: Doctor, zone: str, now: datetime) -> None:
    today = now.astimezone(ZoneInfo(zone)).date()
    for slot in free(doctor, today, today + 10 * DAY, (), now, zone)[:50]:
        assert check(doctor, slot.start, now, zone) == slot


@settings(max_examples=100, deadline=None)
@given(doctors(), ZONES, MOMENTS, st.integers(0, 10_000))
def test_the_nearest_free_slots_are_the_nearest(doctor: Doctor, zone: str, now: datetime, ahead: int) -> None:
    wished = now + ahead * MINUTE
    found = list(islice(nearest(doctor, wished, 3 * DAY, (), now, zone), 20))
    first, last = ((wished + days * DAY).astimezone(ZoneInfo(zone)).date() for days in (-3, 3))
    distances = [abs(slot.start - wished) for slot in found]
    assert distances == sorted(distances)
    assert len(set(found)) == len(found)
    if doctor.minutes("first") >= 20:  # the day's measure cuts nothing then
        shown = free(doctor, first, last, (), now, zone)
        assert distances == sorted(abs(slot.start - wished) for slot in shown)[:20]
