"""What a returning holder need not type again."""

from dataclasses import asdict, replace
from datetime import date

from teleconsult.people.known import KnownHolder, known
from teleconsult.people.model import Patient, People, Relation
from tests.people import ANNA, FOR_ANNA, FOR_PETR, PETR

TODAY = date(2026, 11, 23)


def entered(patient: Patient) -> People:
    return replace(FOR_PETR, patient=patient)


def test_whoever_comes_for_the_first_time_finds_nobody() -> None:
    nobody = known([], TODAY)
    assert (nobody.holder, nobody.patients) == (None, ())


def test_the_holder_is_as_entered_last() -> None:
    moved = replace(ANNA, email="anna.new@example.ru", family_name="Ким")
    latest = replace(FOR_PETR, holder=moved, time_zone="Asia/Tokyo")
    assert known([latest, FOR_PETR], TODAY).holder == KnownHolder(
        **asdict(moved), skype_login="live:anna", time_zone="Asia/Tokyo"
    )


def test_a_skype_login_is_remembered_from_the_booking_that_needed_one() -> None:
    by_phone = replace(FOR_PETR, skype_login=None)
    remembered = known([by_phone, FOR_PETR, replace(FOR_PETR, skype_login="older.login")], TODAY).holder
    assert remembered
    assert remembered.skype_login == "live:anna"


def test_each_patient_is_shown_once_as_entered_last() -> None:
    adopted = replace(PETR, relation=Relation.ADOPTIVE_PARENT)
    assert known([entered(adopted), FOR_ANNA, FOR_PETR], TODAY).patients == (adopted, FOR_ANNA.patient)


def test_a_name_typed_in_another_way_is_the_same_patient() -> None:
    typed = replace(PETR, family_name="СОЛОВЬЕВ", given_name="петр")
    assert known([FOR_PETR, entered(typed)], TODAY).patients == (PETR,)


def test_twins_are_two_patients() -> None:
    twin = replace(PETR, given_name="Павел")
    assert known([FOR_PETR, entered(twin)], TODAY).patients == (PETR, twin)


def test_a_namesake_born_on_another_day_is_another_patient() -> None:
    namesake = replace(PETR, birth_date=date(2021, 2, 3))
    assert len(known([FOR_PETR, entered(namesake)], TODAY).patients) == 2


def test_who_has_come_of_age_is_shown_to_the_representative_no_more() -> None:
    grown_up = replace(PETR, birth_date=date(2008, 11, 23))
    almost = replace(PETR, given_name="Илья", birth_date=date(2008, 11, 24))
    assert known([entered(grown_up), entered(almost), FOR_ANNA], TODAY).patients == (almost, FOR_ANNA.patient)
