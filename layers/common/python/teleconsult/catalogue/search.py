"""Doctors as they are looked for (S5): by part of the name, specialty, kind, age, language. Pure."""

import re
import unicodedata
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from teleconsult.catalogue.languages import LANGUAGES
from teleconsult.catalogue.model import Catalogue, Doctor
from teleconsult.catalogue.rules import UNSURE, doctors_for
from teleconsult.people import rules
from teleconsult.platform.checks import collect, refuse, settle
from teleconsult.platform.errors import FieldError

ASKED = ("name", "specialty", "kind", "age", "language")

_LONGEST = 100
_OLDEST = 120
_BETWEEN_WORDS = re.compile(r"[\W_]+")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Who is looked for; None: it does not matter. `name`: its words, as `words` reads them."""

    name: tuple[str, ...] | None = None
    specialty: str | None = None
    kind: str | None = None
    age: int | None = None
    language: str | None = None


def wish(catalogue: Catalogue, asked: Mapping[str, str]) -> Wish:
    """What was typed into the search's fields (`ASKED`).

    Raises:
        Invalid: every fault at once; a field that is there is not empty.
    """
    faults: list[FieldError] = []

    def read(field: str, rule: Callable[[str, str], T]) -> T | None:
        return collect(faults, rule, asked[field], field) if field in asked else None

    read_wish = Wish(
        name=read("name", _name),
        specialty=read("specialty", _one_of((*catalogue.specialties, UNSURE), "Такой специальности нет")),
        kind=read("kind", _one_of(catalogue.kinds, "Такого вида консультации нет")),
        age=read("age", _age),
        language=read("language", _one_of(LANGUAGES, "Нужен код языка из ISO 639-1, например ru")),
    )
    settle(faults)
    return read_wish


def find(catalogue: Catalogue, wanted: Wish) -> list[Doctor]:
    """Who fits, as in a Russian list: by family name, given name and patronymic, «ё» beside «е»."""
    fitting = doctors_for(catalogue, specialty=wanted.specialty, kind=wanted.kind, age=wanted.age)
    found = [
        doctor
        for doctor in fitting
        if (wanted.language is None or wanted.language in doctor.languages)
        and (wanted.name is None or is_named(doctor, wanted.name))
    ]
    return sorted(found, key=_in_list)


def words(text: str) -> tuple[str, ...]:
    """The words of a name, in which case, «ё», hyphens, apostrophes and spaces make no difference."""
    folded = unicodedata.normalize("NFC", text).casefold().replace("ё", "е")
    return tuple(filter(None, _BETWEEN_WORDS.split(folded)))


def is_named(doctor: Doctor, typed: Sequence[str]) -> bool:
    """Whether this is part of the doctor's name: of its words, in any order, or of the whole run together."""
    family, given, patronymic = map(words, (doctor.family_name, doctor.given_name, doctor.patronymic or ""))
    if _in_different_words(typed, (*family, *given, *patronymic)):
        return True
    run_together = "".join(typed)
    orders = ((*family, *given, *patronymic), (*given, *patronymic, *family), (*given, *family))
    return any(run_together in "".join(order) for order in orders)


def _in_different_words(typed: Sequence[str], name: Sequence[str]) -> bool:
    """Whether each typed word is part of a word of the name, no two of the same one: «Иванов Иван».

    Words are matched by augmenting paths, so that no name takes long.
    """
    taken_by: dict[int, str] = {}

    def place(word: str, passed: set[int]) -> bool:
        for number, whole in enumerate(name):
            if word in whole and number not in passed:
                passed.add(number)
                if number not in taken_by or place(taken_by[number], passed):
                    taken_by[number] = word
                    return True
        return False

    return len(typed) <= len(name) and all(place(word, set()) for word in typed)


def _in_list(doctor: Doctor) -> tuple[object, ...]:
    folded = map(words, (doctor.family_name, doctor.given_name, doctor.patronymic or ""))
    return (*folded, doctor.full_name.casefold(), doctor.id)


def _name(typed: str, path: str) -> tuple[str, ...]:
    value = rules.text(typed, path)
    if len(value) > _LONGEST:
        refuse(path, "too_long", f"Не больше {_LONGEST} знаков")
    return words(value) or refuse(path, "required", "Введите хотя бы одну букву имени врача")


def _age(typed: str, path: str) -> int:
    value = rules.text(typed, path)
    age = int(value) if re.fullmatch(r"[0-9]{1,3}", value) else _OLDEST + 1
    return age if age <= _OLDEST else refuse(path, "age", f"Нужен возраст в полных годах, от 0 до {_OLDEST}")


def _one_of(known: Container[str], message: str) -> Callable[[str, str], str]:
    def read(typed: str, path: str) -> str:
        value = rules.text(typed, path)
        return value if value in known else refuse(path, "unknown", message)

    return read
