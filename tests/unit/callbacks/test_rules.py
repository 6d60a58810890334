"""By when a request for a doctor's call is answered, and who may ask (S16)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from teleconsult.booking.model import Status
from teleconsult.callbacks import rules
from teleconsult.callbacks.model import Callback, CallbackResult, CallbackStatus
from teleconsult.catalogue.model import Callbacks, Clinic, Days, Hours, Limits, Timing
from teleconsult.platform.errors import Conflict, Invalid
from tests.bookings import scheduled

NOW = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
USUAL = Callbacks()
ZONES = ("Asia/Novosibirsk", "Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "UTC")


def clinic(
    zone: str = "Asia/Novosibirsk", holidays: tuple[Days, ...] = (), callbacks: Callbacks = USUAL
) -> Clinic:
    return Clinic(
        name="",
        phone="",
        zone=zone,
        channels=(),
        room_url="",
        notices={},
        timing=Timing(),
        limits=Limits(),
        holidays=holidays,
        callbacks=callbacks,
    )


def local(text: str, zone: str = "Asia/Novosibirsk") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ("2026-12-01T09:00", "2026-12-01T17:00"),
        ("2026-12-01T03:00", "2026-12-01T17:00"),  # before the day begins
        ("2026-12-01T12:00", "2026-12-02T11:00"),  # the rest of it tomorrow
        ("2026-12-04T17:00", "2026-12-07T16:00"),  # over a weekend
        ("2026-12-05T12:00", "2026-12-07T17:00"),
    ],
)
def test_a_request_is_due_after_eight_hours_of_working_time(asked: str, due: str) -> None:
    assert rules.answer_by(clinic(), local(asked)) == local(due)


def test_nobody_works_on_the_clinics_holidays() -> None:
    holidays = (Days(date(2026, 12, 2), date(2026, 12, 3)),)
    due = rules.answer_by(clinic(holidays=holidays), local("2026-12-01T17:00"))
    assert due == local("2026-12-04T16:00")


def test_an_hour_that_the_clocks_leave_out_is_not_worked() -> None:
    night = Callbacks(hours=(Hours("FREQ=WEEKLY;BYDAY=SU", 0, 6 * 60),), answer_minutes=240)
    due = rules.answer_by(clinic("Europe/Berlin", callbacks=night), local("2027-03-27T12:00"))
    assert due == local("2027-03-28T05:00", "Europe/Berlin")


def test_a_clinic_that_never_works_answers_by_the_end_of_sixty_days() -> None:
    closed = Callbacks(hours=(Hours("FREQ=WEEKLY;BYDAY=MO", 0, 60, valid_to=date(2020, 1, 1)),))
    assert rules.answer_by(clinic(callbacks=closed), NOW) == local("2027-01-31T00:00")


@st.composite
def clinics(draw: st.DrawFn) -> Clinic:
    hours = []
    for _ in range(draw(st.integers(1, 3))):
        opens = draw(st.integers(0, 1439))
        weekdays = draw(st.sets(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1))
        rule = f"FREQ=WEEKLY;BYDAY={','.join(sorted(weekdays))}"
        hours.append(Hours(rule, opens, draw(st.integers(opens + 1, 1440))))
    first = date(2026, 10, 20) + timedelta(days=draw(st.integers(0, 30)))
    holidays = (Days(first, first + timedelta(days=draw(st.integers(0, 12)))),)
    callbacks = Callbacks(hours=tuple(hours), answer_minutes=draw(st.integers(1, 3000)))
    return clinic(draw(st.sampled_from(ZONES)), holidays, callbacks)


MOMENTS = st.integers(0, 60 * 24 * 60).map(
    lambda m: datetime(2026, 10, 15, tzinfo=UTC) + timedelta(minutes=m)
)


@settings(max_examples=300, deadline=None)
@given(clinics(), MOMENTS, st.integers(0, 5 * 24 * 60))
def test_what_is_due_is_never_past_never_outside_hours_and_never_sooner_for_who_asks_later(
    where: Clinic, asked: datetime, minutes: int
) -> None:
    due = rules.answer_by(where, asked)
    assert due > asked
    assert rules.answer_by(where, asked + timedelta(minutes=minutes)) >= due
    wall = (due - timedelta(seconds=1)).astimezone(ZoneInfo(where.zone))
    assert not any(each.first <= wall.date() <= each.last for each in where.holidays)
    if where.zone in ("Asia/Novosibirsk", "UTC"):  # whose clocks are never changed: the wall tells all
        minute = wall.hour * 60 + wall.minute
        weekday = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"][wall.weekday()]
        assert any(h.opens <= minute < h.closes and weekday in h.recurrence for h in where.callbacks.hours)


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.NOT_HELD])
def test_the_patient_asks_after_the_consultation_until_the_set_number_of_days(status: Status) -> None:
    booking = replace(scheduled("b-1", NOW), status=status)
    last = booking.slot_end + timedelta(days=30)
    rules.may_ask(booking, Callbacks(), last)
    with pytest.raises(Conflict) as late:
        rules.may_ask(booking, Callbacks(), last + timedelta(seconds=1))
    assert late.value.code == "callback_too_late"


def test_before_the_consultation_nobody_asks_about_it() -> None:
    with pytest.raises(Conflict) as early:
        rules.may_ask(scheduled("b-1", NOW), Callbacks(), NOW)
    assert early.value.code == "callback_too_early"


def test_a_wish_is_for_the_next_fourteen_days_and_a_past_one_is_none() -> None:
    wish = NOW + timedelta(days=14)
    assert rules.wished(wish, NOW, "not_before") == wish
    assert rules.wished(NOW - timedelta(seconds=1), NOW, "not_before") is None
    with pytest.raises(Invalid):
        rules.wished(wish + timedelta(seconds=1), NOW, "not_before")


@pytest.mark.parametrize(
    ("text", "code"), [(None, "required"), ("  ", "required"), ("Да", "too_short"), ("я" * 2001, "too_long")]
)
def test_a_question_is_three_to_two_thousand_characters(text: str | None, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.question(text, "question")
    assert refused.value.fields[0].code == code
    assert rules.question(" Как\nбыть? ", "question") == "Как\nбыть?"


def test_nobody_was_out_of_reach_whom_nobody_called() -> None:
    callback = Callback(
        callback_id="cb-1",
        booking_id="b-1",
        holder_id="h-1",
        status=CallbackStatus.OPEN,
        asked_at=NOW,
        asked_by="h-1",
        answer_by=NOW,
    )
    with pytest.raises(Conflict) as refused:
        rules.may_end(callback, CallbackResult.NOT_REACHED)
    assert refused.value.code == "no_attempts"
