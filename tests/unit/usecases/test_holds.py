"""Holding doctors' time for nothing has its measure, and no two bookings overlap."""

from dataclasses import replace
from datetime import timedelta

import pytest

from teleconsult.booking import store as bookings
from teleconsult.booking.model import Status
from teleconsult.intake.application import Application, SlotTaken
from teleconsult.platform.errors import TooMany
from teleconsult.slots import store as slots
from teleconsult.slots.model import slot_of
from tests.unit.usecases.conftest import NOW
from tests.unit.usecases.forms import booked, form, free_slots, holder, stored

LIMIT = 3  # of the sample clinic
AFTER_HOLD = NOW + timedelta(minutes=30)


def fill(created_by: str = "site", count: int = LIMIT) -> list[str]:
    """As many unpaid bookings as one may have."""
    free = free_slots("therapist", NOW)
    return [
        booked(
            form(free[number]), NOW, key=f"key-{created_by}-{number}", created_by=created_by
        ).booking.booking_id
        for number in range(count)
    ]


def test_a_phone_on_the_public_form_holds_so_many_slots_and_no_more() -> None:
    fill()
    with pytest.raises(TooMany) as refused:
        booked(form(free_slots("therapist", NOW)[0]), NOW, key="one-too-many")
    assert refused.value.code == "too_many_holds"
    assert "Нельзя держать больше 3 неоплаченных записей" in refused.value.message


def test_what_is_refused_for_the_limit_holds_nothing() -> None:
    fill()
    slot = free_slots("therapist", NOW)[0]
    with pytest.raises(TooMany):
        booked(form(slot), NOW, key="one-too-many")
    assert slot in free_slots("therapist", NOW)


def test_a_repeat_of_a_booking_is_no_further_one() -> None:
    free = free_slots("therapist", NOW)
    fill(count=LIMIT - 1)
    last = booked(form(free[5]), NOW, key="the-last")
    assert booked(form(free[5]), NOW, key="the-last").booking == last.booking


def test_another_phone_is_not_concerned() -> None:
    fill()
    other = form(free_slots("therapist", NOW)[0], holder=holder(phone="8 913 000-11-33"))
    assert booked(other, NOW, key="another-phone").booking


def test_a_holder_who_signed_in_is_not_kept_out_by_what_others_typed() -> None:
    fill()
    assert booked(form(free_slots("therapist", NOW)[0]), NOW, key="in-cabinet", created_by="h-own").booking


def test_a_holder_who_signed_in_has_the_same_measure() -> None:
    fill(created_by="h-own")
    with pytest.raises(TooMany):
        booked(form(free_slots("therapist", NOW)[0]), NOW, key="one-too-many", created_by="h-own")


def test_the_operator_may_book_for_a_caller_all_the_same() -> None:
    fill()
    by_phone = form(free_slots("therapist", NOW)[0], consents=None)
    assert booked(by_phone, NOW, key="by-phone", created_by="operator").booking


def test_a_hold_that_ended_counts_no_more() -> None:
    fill()
    assert booked(form(free_slots("therapist", AFTER_HOLD)[0]), AFTER_HOLD, key="afterwards").booking


@pytest.mark.parametrize("change", [{"paid_at": NOW}, {"status": Status.CANCELLED}])
def test_a_booking_that_was_paid_or_is_over_counts_no_more(change: dict[str, object]) -> None:
    (first, *_) = fill()
    stored(replace(bookings.load(first).booking, **change))  # type: ignore[arg-type]
    assert booked(form(free_slots("therapist", NOW)[0]), NOW, key="one-more").booking


def of_sokolova(kind: str, start: str) -> Application:
    asked = form(free_slots("therapist", NOW)[0], kind=kind, doctor_id="d-sokolova")
    return replace(asked, slot_doctor_id="d-sokolova", slot_start=start)


def test_a_longer_consultation_does_not_fit_where_a_shorter_one_is_held() -> None:
    short = booked(of_sokolova("repeat", "2026-12-02T02:20:00Z"), NOW, key="a-shorter-one").booking
    assert short.slot_end - short.slot_start == timedelta(minutes=20)
    with pytest.raises(SlotTaken) as taken:
        booked(of_sokolova("first", "2026-12-02T02:00:00Z"), NOW, key="a-longer-one")
    offered = taken.value.alternatives
    assert offered[0].start == short.slot_end
    assert all(each.end <= short.slot_start or short.slot_end <= each.start for each in offered)
    assert slots.holds(slots.days_of(slot_of(short)), short.booking_id)


def test_a_kind_typed_with_spaces_holds_its_own_length() -> None:
    booking = booked(of_sokolova(" first ", "2026-12-02T02:00:00Z"), NOW, key="with-spaces").booking
    assert (booking.kind, booking.slot_end - booking.slot_start) == ("first", timedelta(minutes=30))
