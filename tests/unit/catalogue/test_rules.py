"""What may be booked, with whom, and how long it is held."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from teleconsult.catalogue import rules
from teleconsult.catalogue.rules import Choice
from teleconsult.platform.errors import Invalid
from tests.unit.catalogue import samples

CATALOGUE = samples.catalogue()


def choose(**changes: Any) -> Choice:
    wish = {
        "kind": "first",
        "specialty": "therapist",
        "doctor_id": None,
        "slot_doctor_id": "d-therapist",
        "channel": "room",
        "age": 40,
    }
    return rules.check_choice(CATALOGUE, **{**wish, **changes})


def faults(**changes: Any) -> set[tuple[str, str]]:
    with pytest.raises(Invalid) as excinfo:
        choose(**changes)
    return {(fault.path, fault.code) for fault in excinfo.value.fields}


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-11-30T16:59:59", date(2026, 11, 30)),
        ("2026-11-30T17:00:00", date(2026, 12, 1)),
    ],
)
def test_the_consultations_day_is_the_clinics(moment: str, day: date) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert rules.consultation_day(CATALOGUE, at) == day


@pytest.mark.parametrize(
    ("specialty", "age", "resolved"),
    [
        ("unsure", 0, "pediatrician"),
        ("unsure", 17, "pediatrician"),
        ("unsure", 18, "therapist"),
        ("neurologist", 7, "neurologist"),
    ],
)
def test_who_does_not_know_gets_therapist_or_pediatrician(specialty: str, age: int, resolved: str) -> None:
    assert rules.resolve_specialty(specialty, age) == resolved


@pytest.mark.parametrize(
    ("doctor", "age", "treats"),
    [
        ("d-therapist", 17, False),
        ("d-therapist", 18, True),
        ("d-therapist", 119, True),
        ("d-duty", 0, True),
        ("d-duty", 90, True),
        ("d-duty", 91, False),
    ],
)
def test_a_doctor_treats_their_ages(doctor: str, age: int, treats: bool) -> None:
    assert rules.treats_age(CATALOGUE.doctors[doctor], age) is treats


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        ({"specialty": "therapist"}, ["d-therapist", "d-duty"]),
        ({"specialty": "pediatrician"}, ["d-duty"]),
        ({"specialty": "therapist", "kind": "repeat"}, ["d-therapist"]),
        ({"specialty": "therapist", "age": 7}, ["d-duty"]),
        ({"specialty": "unsure"}, ["d-therapist", "d-duty"]),
        ({"specialty": "unsure", "age": 7}, ["d-duty"]),
        ({"specialty": "unsure", "age": 95}, ["d-therapist"]),
        ({"specialty": "surgeon"}, []),
    ],
)
def test_doctors_are_found_by_specialty_kind_and_age(wish: dict[str, Any], found: list[str]) -> None:
    assert [doctor.id for doctor in rules.doctors_for(CATALOGUE, **wish)] == found


def test_a_choice_carries_price_and_length() -> None:
    choice = choose(kind="repeat")
    assert (choice.price, choice.minutes, choice.doctor.id) == (190000, 30, "d-therapist")
    assert (choice.kind, choice.specialty) == ("repeat", "therapist")


@pytest.mark.parametrize(("age", "specialty"), [(7, "pediatrician"), (40, "therapist"), (None, "unsure")])
def test_a_choice_by_who_is_unsure_is_settled_by_age(age: int | None, specialty: str) -> None:
    assert choose(specialty="unsure", slot_doctor_id="d-duty", age=age).specialty == specialty


def test_the_doctor_asked_for_by_name_is_the_slots_doctor() -> None:
    assert choose(doctor_id="d-therapist").doctor.id == "d-therapist"
    assert faults(doctor_id="d-duty") == {("doctor", "other_doctor")}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"kind": "night"}, {("kind", "unknown")}),
        ({"kind": None}, {("kind", "required")}),
        ({"specialty": "surgeon"}, {("specialty", "unknown")}),
        ({"specialty": 5}, {("specialty", "type")}),
        ({"slot_doctor_id": "d-nobody"}, {("slot.doctor", "unknown")}),
        ({"slot_doctor_id": None}, {("slot.doctor", "required")}),
        ({"channel": "skype"}, {("channel.type", "unknown")}),  # this clinic has it switched off
        ({"channel": None}, {("channel.type", "required")}),
        ({"age": 17}, {("slot.doctor", "age")}),
        ({"age": 91, "slot_doctor_id": "d-duty"}, {("slot.doctor", "age")}),
        ({"specialty": "pediatrician"}, {("specialty", "not_offered")}),
        ({"specialty": "unsure", "age": 7}, {("specialty", "not_offered"), ("slot.doctor", "age")}),
        ({"kind": "repeat", "slot_doctor_id": "d-duty"}, {("kind", "not_offered")}),
        (
            {"kind": "night", "specialty": "", "slot_doctor_id": "?", "doctor_id": "!", "channel": "tv"},
            {
                ("kind", "unknown"),
                ("specialty", "required"),
                ("slot.doctor", "unknown"),
                ("doctor", "other_doctor"),
                ("channel.type", "unknown"),
            },
        ),
    ],
)
def test_what_is_not_offered_is_refused(changes: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    assert faults(**changes) == expected


def test_a_doctor_for_adults_says_so_to_a_child() -> None:
    with pytest.raises(Invalid) as excinfo:
        choose(age=7)
    (fault,) = excinfo.value.fields
    assert "не принимает детей" in fault.message


@pytest.mark.parametrize(
    ("doctor", "door", "ahead_minutes", "set_minutes", "held_minutes"),
    [
        ("d-therapist", "site", 600, None, 30),
        ("d-therapist", "operator", 3000, None, 1440),
        ("d-therapist", "operator", 600, None, 540),  # an hour before the slot at the latest
        ("d-therapist", "site", 80, None, 20),
        ("d-therapist", "operator", 600, 5, 5),
        ("d-therapist", "operator", 600, 1000, 540),
        ("d-duty", "site", 2, None, 2),  # until the slot starts
    ],
)
def test_a_hold_ends_in_time(
    doctor: str, door: str, ahead_minutes: int, set_minutes: int | None, held_minutes: int
) -> None:
    timing = CATALOGUE.doctors[doctor].timing
    start = samples.NOW + timedelta(minutes=ahead_minutes)
    held_until = rules.hold_until(timing, door, samples.NOW, start, set_minutes)
    assert held_until - samples.NOW == timedelta(minutes=held_minutes)


def test_what_anybody_may_see_holds_no_contacts() -> None:
    view = rules.public_view(CATALOGUE)
    assert view["specialties"][-1] == {"id": "unsure", "title": "Не знаю"}
    assert view["doctors"][0] == {
        "id": "d-therapist",
        "name": "Соколова Елена Викторовна",
        "specialties": ["therapist"],
        "treats": {"from_age": 18, "to_age": None},
        "languages": ["ru"],
        "offers": {"first": {"price": 250000, "minutes": 30}, "repeat": {"price": 190000, "minutes": 30}},
    }
    assert set(view["notices"]) == {"be_reachable", "money_stays", "in_person_first", "not_insured"}
    assert view["time_zone"] == "Asia/Novosibirsk"
    text = json.dumps(view, ensure_ascii=False)
    assert "913" not in text
    assert "@" not in text
