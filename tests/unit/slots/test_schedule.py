"""When a doctor works: weekly rules, holidays, days off and extra days, by the clinic's clock."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleconsult.catalogue.model import Clinic, Days, Doctor, ExtraDay, Hours
from teleconsult.slots.schedule import working_days
from tests.unit.catalogue import samples

CLINIC = samples.catalogue().clinic  # Asia/Novosibirsk
NOBODY_WORKS = replace(samples.catalogue().doctors["d-therapist"], schedule=())
MONDAYS = "FREQ=WEEKLY;BYDAY=MO"
EVERY_DAY = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"
NINE, ONE = 9 * 60, 13 * 60
DAY = timedelta(days=1)


def day(text: str) -> date:
    return date.fromisoformat(text)


def doctor(*hours: Hours, **changes: Any) -> Doctor:
    return replace(NOBODY_WORKS, schedule=hours, **changes)


def worked(doctor: Doctor, first: str, last: str, clinic: Clinic = CLINIC) -> list[str]:
    return [f"{each:%m-%d}" for each, _ in working_days(clinic, doctor, day(first), day(last))]


def hours_on(doctor: Doctor, on: str, clinic: Clinic = CLINIC) -> list[str]:
    """The hours of a day in UTC."""
    found = dict(working_days(clinic, doctor, day(on), day(on)))
    return [f"{opens:%dT%H:%M}-{closes:%dT%H:%M}" for opens, closes in found.get(day(on), [])]


def test_hours_recur_on_their_weekdays() -> None:
    twice_a_week = doctor(Hours("FREQ=WEEKLY;BYDAY=MO,TH", NINE, ONE))
    assert worked(twice_a_week, "2026-11-23", "2026-12-06") == ["11-23", "11-26", "11-30", "12-03"]


def test_hours_are_the_clinics_hours() -> None:
    assert hours_on(doctor(Hours(MONDAYS, NINE, ONE)), "2026-11-23") == ["23T02:00-23T06:00"]


def test_hours_hold_between_their_validity_dates_both_included() -> None:
    winter = doctor(Hours(MONDAYS, NINE, ONE, day("2026-11-30"), day("2026-12-14")))
    assert worked(winter, "2026-11-01", "2026-12-31") == ["11-30", "12-07", "12-14"]
    assert worked(winter, "2026-12-15", "2027-01-31") == []


def test_one_set_of_hours_follows_another() -> None:
    changing = doctor(
        Hours(MONDAYS, NINE, ONE, valid_to=day("2026-11-30")),
        Hours("FREQ=WEEKLY;BYDAY=TU", 14 * 60, 18 * 60, valid_from=day("2026-12-01")),
    )
    assert worked(changing, "2026-11-23", "2026-12-08") == ["11-23", "11-30", "12-01", "12-08"]
    assert hours_on(changing, "2026-12-01") == ["01T07:00-01T11:00"]


def test_every_second_week_is_counted_from_the_week_of_the_first_day() -> None:
    fridays = doctor(Hours("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", NINE, ONE, valid_from=day("2026-11-25")))
    assert worked(fridays, "2026-11-01", "2026-12-31") == ["11-27", "12-11", "12-25"]


@given(st.integers(0, 3000), st.integers(0, 40), st.integers(1, 8))
def test_the_weeks_are_counted_alike_wherever_one_looks(skipped: int, length: int, interval: int) -> None:
    begin = day("2020-01-01")
    rule = Hours(f"FREQ=WEEKLY;INTERVAL={interval};BYDAY=MO,WE,SU", NINE, ONE, valid_from=begin)
    first, last = begin + skipped * DAY, begin + (skipped + length) * DAY
    found = [each for each, _ in working_days(CLINIC, doctor(rule), first, last)]
    monday = begin - begin.weekday() * DAY
    expected = [
        first + number * DAY
        for number in range(length + 1)
        if (first + number * DAY).weekday() in (0, 2, 6)
        and (first + number * DAY - monday).days // 7 % interval == 0
    ]
    assert found == expected


def test_nobody_works_on_the_clinics_holidays() -> None:
    new_year = replace(CLINIC, holidays=(Days(day("2026-12-31"), day("2027-01-08")),))
    always = doctor(Hours(EVERY_DAY, NINE, ONE))
    assert worked(always, "2026-12-30", "2027-01-09", new_year) == ["12-30", "01-09"]


def test_a_doctor_does_not_work_on_days_off() -> None:
    away = doctor(Hours(EVERY_DAY, NINE, ONE), days_off=(Days(day("2026-11-24"), day("2026-11-24")),))
    assert worked(away, "2026-11-23", "2026-11-25") == ["11-23", "11-25"]


def test_an_extra_day_is_worked_whatever_is_said_of_it() -> None:
    sunday = ExtraDay(day("2026-11-29"), 10 * 60, 12 * 60)
    holidays = replace(CLINIC, holidays=(Days(day("2026-11-29"), day("2026-11-29")),))
    extra = doctor(Hours(MONDAYS, NINE, ONE), extra_days=(sunday,))
    assert hours_on(extra, "2026-11-29", holidays) == ["29T03:00-29T05:00"]


def test_a_day_off_with_an_extra_day_gives_a_day_other_hours() -> None:
    shorter = doctor(
        Hours(MONDAYS, NINE, ONE),
        days_off=(Days(day("2026-11-23"), day("2026-11-23")),),
        extra_days=(ExtraDay(day("2026-11-23"), 10 * 60, 11 * 60),),
    )
    assert hours_on(shorter, "2026-11-23") == ["23T03:00-23T04:00"]


@pytest.mark.parametrize(
    ("second", "joined"),
    [
        ((12 * 60, 15 * 60), ["23T02:00-23T08:00"]),
        ((13 * 60, 15 * 60), ["23T02:00-23T08:00"]),
        ((10 * 60, 11 * 60), ["23T02:00-23T06:00"]),
        ((14 * 60, 15 * 60), ["23T02:00-23T06:00", "23T07:00-23T08:00"]),
    ],
)
def test_hours_that_overlap_or_touch_are_one_stretch(second: tuple[int, int], joined: list[str]) -> None:
    both = doctor(Hours(MONDAYS, *second), Hours(MONDAYS, NINE, ONE))
    assert hours_on(both, "2026-11-23") == joined


def test_a_change_of_the_clinics_zone_keeps_the_hours_on_the_wall() -> None:
    """Novosibirsk went from UTC+6 to UTC+7 on 24 July 2016 at 2 in the morning: 2:00 was followed by 3:00."""
    always = doctor(Hours(EVERY_DAY, NINE, ONE))
    assert hours_on(always, "2016-07-23") == ["23T03:00-23T07:00"]
    assert hours_on(always, "2016-07-24") == ["24T02:00-24T06:00"]
    around_the_clock = doctor(Hours(EVERY_DAY, 0, 24 * 60))
    assert hours_on(around_the_clock, "2016-07-23") == ["22T18:00-23T18:00"]
    assert hours_on(around_the_clock, "2016-07-24") == ["23T18:00-24T17:00"]
    assert hours_on(around_the_clock, "2016-07-25") == ["24T17:00-25T17:00"]


def test_hours_within_an_hour_that_the_clocks_leave_out_lie_where_the_clocks_go_on() -> None:
    night = doctor(Hours(EVERY_DAY, 2 * 60, 3 * 60), Hours(EVERY_DAY, 3 * 60, 4 * 60))
    assert hours_on(night, "2016-07-24") == ["23T20:00-23T21:00"]


@pytest.mark.parametrize(
    "zone", ["Asia/Novosibirsk", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe"]
)
def test_windows_of_a_year_are_in_order_and_apart(zone: str) -> None:
    busy = doctor(Hours(EVERY_DAY, 0, 150), Hours(EVERY_DAY, 140, 300), Hours(EVERY_DAY, 1200, 1440))
    clinic = replace(CLINIC, zone=zone)
    year = working_days(clinic, busy, day("2016-01-01"), day("2016-12-31"))
    windows = [window for _, windows in year for window in windows]
    last = datetime.min.replace(tzinfo=UTC)
    for opens, closes in windows:
        assert last <= opens < closes
        last = closes
