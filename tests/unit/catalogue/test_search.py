"""A doctor is found by whatever part of their name somebody remembers (S5)."""

import unicodedata
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from teleconsult.catalogue import search
from teleconsult.catalogue.document import check_document
from teleconsult.catalogue.model import Catalogue, from_document
from teleconsult.platform.errors import Invalid
from tests.unit.catalogue import samples


def clinic(*names: str, **fields: Any) -> Catalogue:
    """The sample clinic with doctors of these names: family, given, patronymic."""
    document = samples.document()
    pattern = document["doctors"][1]
    document["doctors"] = [
        {
            **pattern,
            "id": f"d-{number}",
            **dict(zip(("family_name", "given_name", "patronymic"), name.split(" "), strict=False)),
            **fields,
        }
        for number, name in enumerate(names)
    ]
    return from_document(check_document(document), version=1)


NAMES = (
    "Петрова-Лисина Алёна Сергеевна",
    "Дежнёв Семён Иванович",
    "Иванов Пётр",
    "Ивановский Иван Петрович",
    "Д'Артаньян-Ёжиков Жан",
    "Müller Anna",
    "Йоффе Майя Ильинична",
)
CLINIC = clinic(*NAMES)


def found(catalogue: Catalogue = CLINIC, **asked: str) -> list[str]:
    wanted = search.wish(catalogue, asked)
    return [doctor.family_name for doctor in search.find(catalogue, wanted)]


@pytest.mark.parametrize(
    ("typed", "families"),
    [
        ("петрова алена", ["Петрова-Лисина"]),
        ("алёна петр", ["Петрова-Лисина"]),
        ("Алена Сергеевна Петрова", ["Петрова-Лисина"]),
        ("лисина", ["Петрова-Лисина"]),
        ("ЛИСИНА", ["Петрова-Лисина"]),
        ("петрова лисина", ["Петрова-Лисина"]),
        ("Петрова — Лисина", ["Петрова-Лисина"]),
        ("петрова\u2011лисина", ["Петрова-Лисина"]),
        ("петровалисина", ["Петрова-Лисина"]),
        ("лисина-петрова", ["Петрова-Лисина"]),
        ("аленапетрова", ["Петрова-Лисина"]),
        ("  алёна\t ", ["Петрова-Лисина"]),
        ("але\u0308на", ["Петрова-Лисина"]),
        ("Алëна", []),  # a Latin ë
        ("дежнев", ["Дежнёв"]),
        ("ДЕЖНЁВ СЕМЕН", ["Дежнёв"]),
        ("семён ив", ["Дежнёв"]),
        ("иван", ["Дежнёв", "Иванов", "Ивановский"]),
        ("иванов иван", ["Ивановский"]),
        ("иванов петр", ["Иванов", "Ивановский"]),
        ("петр иванов", ["Иванов", "Ивановский"]),
        ("артаньян", ["Д'Артаньян-Ёжиков"]),
        ("дартаньян", ["Д'Артаньян-Ёжиков"]),
        ("д’артаньян", ["Д'Артаньян-Ёжиков"]),
        ("ежик", ["Д'Артаньян-Ёжиков"]),
        ("MÜLLER", ["Müller"]),
        ("майя", ["Йоффе"]),
        ("маи\u0306я", ["Йоффе"]),
        ("сидоров", []),
        ("алена алена", []),
        ("123", []),
    ],
)
def test_doctors_are_found_by_part_of_the_name(typed: str, families: list[str]) -> None:
    assert found(name=typed) == families


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "required"),
        (" \t", "required"),
        ("-", "required"),
        ("\u200b", "required"),
        ("а" * 101, "too_long"),
    ],
)
def test_a_name_without_a_letter_or_without_end_is_refused(typed: str, code: str) -> None:
    with pytest.raises(Invalid) as excinfo:
        search.wish(CLINIC, {"name": typed})
    assert [(fault.path, fault.code) for fault in excinfo.value.fields] == [("name", code)]


def test_every_fault_of_the_question_is_told_at_once() -> None:
    asked = {"name": "", "specialty": "surgeon", "kind": "", "age": "-1", "language": "русский"}
    with pytest.raises(Invalid) as excinfo:
        search.wish(CLINIC, asked)
    assert [fault.path for fault in excinfo.value.fields] == ["name", "specialty", "kind", "age", "language"]


@pytest.mark.parametrize("age", ["", "121", "7.5", "семь", "7 лет", "+7", "٧", "9" * 5000])
def test_an_age_is_full_years(age: str) -> None:
    with pytest.raises(Invalid):
        search.wish(CLINIC, {"age": age})


def test_without_a_wish_all_are_found_in_the_order_of_a_russian_list() -> None:
    names = (
        "Ёлкин Ян",
        "Ежов Ян",
        "Ершов Ян",
        "Ежёв Ян",
        "Ежов Ада",
        "Жуков Ян",
        "Еж-Аргов Ян",
        "Ёж Ян",
        "Еж Ян",
    )
    listed = search.find(clinic(*names), search.Wish())
    assert [doctor.full_name for doctor in listed] == [
        "Еж Ян",
        "Ёж Ян",
        "Еж-Аргов Ян",
        "Ежёв Ян",
        "Ежов Ада",
        "Ежов Ян",
        "Ёлкин Ян",
        "Ершов Ян",
        "Жуков Ян",
    ]


@pytest.mark.parametrize(
    ("asked", "doctors"),
    [
        ({"specialty": "therapist"}, ["Дежнёв", "Соколова"]),
        ({"specialty": "pediatrician"}, ["Дежнёв"]),
        ({"specialty": "unsure"}, ["Дежнёв", "Соколова"]),
        ({"specialty": "unsure", "age": "17"}, ["Дежнёв"]),
        ({"specialty": "unsure", "age": "95"}, ["Соколова"]),
        ({"kind": "repeat"}, ["Соколова"]),
        ({"age": "7"}, ["Дежнёв"]),
        ({"age": "007"}, ["Дежнёв"]),
        ({"language": "ru"}, ["Дежнёв", "Соколова"]),
        ({"language": "kk"}, []),
        ({"name": "елена", "specialty": "therapist", "kind": "first", "age": "18"}, ["Соколова"]),
        ({"name": "елена", "specialty": "pediatrician"}, []),
    ],
)
def test_the_wishes_hold_together(asked: dict[str, str], doctors: list[str]) -> None:
    assert found(samples.catalogue(), **asked) == doctors


def test_a_language_is_one_of_the_doctors() -> None:
    assert found(clinic("Ким Ада", languages=["ru", "kk"]), language="kk") == ["Ким"]


@given(st.data())
def test_every_doctor_is_found_by_any_part_of_their_name(data: st.DataObject) -> None:
    doctor = data.draw(st.sampled_from(list(CLINIC.doctors.values())))
    name = doctor.full_name
    begin = data.draw(st.integers(0, len(name) - 1))
    part = name[begin : data.draw(st.integers(begin + 1, len(name)))]
    assume(any(letter.isalpha() for letter in part))
    typed = data.draw(st.sampled_from((part, part.upper(), part.lower(), part.swapcase(), part.title())))
    if data.draw(st.booleans()):
        typed = unicodedata.normalize("NFD", typed)
    if data.draw(st.booleans()):
        typed = unicodedata.normalize("NFC", typed).replace("ё", "е").replace("Ё", "Е")
    if data.draw(st.booleans()):
        typed = typed.replace("-", " ")
    wanted = search.wish(CLINIC, {"name": typed})
    assert doctor in search.find(CLINIC, wanted)


def test_a_long_name_of_like_words_takes_no_time() -> None:
    name = "А" + "-а" * 49
    catalogue = clinic(f"{name} Ян")
    assert found(catalogue, name="а " * 49 + "б") == []
    assert found(catalogue, name="а " * 49 + "а") == [name]
