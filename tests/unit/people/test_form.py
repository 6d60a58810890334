"""The people of a form, checked together."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleconsult.catalogue.rules import clinic_day
from teleconsult.people.form import check_people, patient_age
from teleconsult.people.model import Holder, Patient, People, Relation, Sex
from teleconsult.people.rules import age_on
from teleconsult.platform.errors import Invalid

TODAY = date(2026, 11, 23)
DAY = date(2026, 12, 1)

HOLDER = {
    "family_name": "Соловьёва",
    "given_name": "Анна",
    "patronymic": "Игоревна",
    "birth_date": "1988-04-12",
    "sex": "female",
    "phone": "8 913 000-11-22",
    "email": "anna@example.ru",
}
CHILD = {
    "who": "child",
    "relation": "parent",
    "family_name": "Соловьёв",
    "given_name": "Пётр",
    "birth_date": "2019-02-03",
    "sex": "male",
}


def checked(
    holder: dict[str, Any] | None = None,
    patient: dict[str, Any] | None = None,
    channel: dict[str, Any] | None = None,
    consultation_day: date | None = DAY,
    **rest: Any,
) -> People:
    return check_people(
        HOLDER if holder is None else holder,
        patient or {"who": "self"},
        channel=channel or {"type": "room"},
        comments=rest.get("comments"),
        time_zone=rest.get("time_zone", "Asia/Novosibirsk"),
        today=TODAY,
        consultation_day=consultation_day,
    )


def faults(**form: Any) -> set[tuple[str, str]]:
    with pytest.raises(Invalid) as excinfo:
        checked(**form)
    return {(fault.path, fault.code) for fault in excinfo.value.fields}


def test_an_adult_books_for_themselves() -> None:
    people = checked(comments="Кашель")
    assert people.holder == Holder(
        family_name="Соловьёва",
        given_name="Анна",
        patronymic="Игоревна",
        birth_date=date(1988, 4, 12),
        sex=Sex.FEMALE,
        phone="+79130001122",
        email="anna@example.ru",
    )
    assert people.patient.full_name == people.holder.full_name == "Соловьёва Анна Игоревна"
    assert people.patient.is_holder
    assert people.comments == "Кашель"
    assert people.time_zone == "Asia/Novosibirsk"


def test_a_representative_books_for_a_child() -> None:
    people = checked(patient=CHILD)
    assert people.holder.given_name == "Анна"
    assert people.patient == Patient(
        family_name="Соловьёв",
        given_name="Пётр",
        patronymic=None,
        birth_date=date(2019, 2, 3),
        sex=Sex.MALE,
        relation=Relation.PARENT,
    )
    assert not people.patient.is_holder
    assert people.patient.full_name == "Соловьёв Пётр"


def test_a_skype_login_is_needed_for_skype_alone() -> None:
    assert checked(channel={"type": "skype", "login": "anna.solo"}).skype_login == "anna.solo"
    assert checked(channel={"type": "phone", "login": "?"}).skype_login is None
    assert faults(channel={"type": "skype"}) == {("channel.login", "required")}


def test_every_fault_comes_at_once() -> None:
    assert faults(
        holder={**HOLDER, "family_name": "Ив4нова", "phone": "8 383 207-55-40", "email": "anna", "sex": "ж"},
        patient={"who": "child", "given_name": "Пётр", "birth_date": "2027-01-01"},
        channel={"type": "skype", "login": "анна"},
        comments="я" * 4001,
        time_zone="Сибирь",
    ) == {
        ("holder.family_name", "characters"),
        ("holder.phone", "not_mobile"),
        ("holder.email", "email"),
        ("holder.sex", "choice"),
        ("patient.relation", "required"),
        ("patient.family_name", "required"),
        ("patient.birth_date", "future"),
        ("patient.sex", "required"),
        ("channel.login", "skype_login"),
        ("comments", "too_long"),
        ("time_zone", "time_zone"),
    }


def test_an_empty_form_names_every_field() -> None:
    assert faults(holder={}, patient={"who": None}, time_zone=None) == {
        ("holder.family_name", "required"),
        ("holder.given_name", "required"),
        ("holder.birth_date", "required"),
        ("holder.sex", "required"),
        ("holder.phone", "required"),
        ("holder.email", "required"),
        ("patient.who", "required"),
        ("time_zone", "required"),
    }


@pytest.mark.parametrize(
    ("holder_born", "patient", "fault"),
    [
        ("2008-12-02", {"who": "self"}, ("holder.birth_date", "not_an_adult")),
        ("1988-04-12", {**CHILD, "birth_date": "2008-12-01"}, ("patient.birth_date", "not_a_child")),
        ("2008-12-02", CHILD, ("holder.birth_date", "not_an_adult")),
    ],
)
def test_ages_are_those_of_the_consultations_day(
    holder_born: str, patient: dict[str, Any], fault: tuple[str, str]
) -> None:
    assert faults(holder={**HOLDER, "birth_date": holder_born}, patient=patient) == {fault}


def test_who_comes_of_age_on_the_consultations_day_books_alone() -> None:
    assert checked(holder={**HOLDER, "birth_date": "2008-12-01"}).patient.is_holder


def test_without_a_slot_nothing_is_said_of_ages() -> None:
    young = {**HOLDER, "birth_date": "2010-01-01"}
    assert checked(holder=young, consultation_day=None).holder.birth_date == date(2010, 1, 1)


def test_an_unreadable_birth_date_is_said_once() -> None:
    assert faults(holder={**HOLDER, "birth_date": "?"}) == {("holder.birth_date", "date")}
    assert faults(patient={**CHILD, "birth_date": "?"}) == {("patient.birth_date", "date")}
    assert faults(holder={**HOLDER, "birth_date": "?"}, patient=CHILD) == {("holder.birth_date", "date")}


NOW = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)


@given(
    minutes=st.integers(min_value=0, max_value=30 * 24 * 60),
    zone=st.sampled_from(["Europe/Kaliningrad", "Asia/Novosibirsk", "Asia/Kamchatka", "Pacific/Chatham"]),
    born=st.dates(date(2006, 1, 1), date(2013, 12, 31)),
)
def test_the_patients_age_is_the_full_years_of_the_clinics_day(minutes: int, zone: str, born: date) -> None:
    today, day = clinic_day(zone, NOW), clinic_day(zone, NOW + timedelta(minutes=minutes))
    age, typed = age_on(born, day), {"birth_date": born.isoformat()}
    assert patient_age(typed, {"who": "self"}, today, day) == (age if age >= 18 else None)
    assert patient_age({}, {"who": "child", **typed}, today, day) == (age if age < 18 else None)


@pytest.mark.parametrize(
    "form", [{}, {"who": "mother"}, {"who": "child"}, {"who": "child", "birth_date": "?"}]
)
def test_without_a_readable_birth_date_the_patient_has_no_age(form: dict[str, Any]) -> None:
    assert patient_age(HOLDER, form, TODAY, DAY) is None
    assert patient_age(HOLDER, CHILD, TODAY, None) is None
