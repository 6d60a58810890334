"""What is taken as a name, a birth date, an age, a Skype login (§3). Phone and e-mail: `contacts`.

Every rule gives the normalised value, or refuses the field under the path it was given. What was typed
is never repeated in a message: a message may be logged.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from teleconsult.people.model import Who
from teleconsult.platform.checks import refuse

ADULT = 18
SIGNS_MEDICAL_CONSENT = 15  # the age from which a patient signs it (§4)

_OLDEST = 120
_LONGEST_NAME = 100
_LONGEST_COMMENT = 4000  # S8

_CYRILLIC = "\u0400-\u0481\u048a-\u052f"
_LATIN = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
_JOINER = (
    "['`\u00b4\u02b9\u02bb\u02bc\u2018\u2019\u2032-]"  # all that is typed for an apostrophe, and the hyphen
)
_WORD = re.compile(rf"[{_CYRILLIC}{_LATIN}]+(?:{_JOINER}[{_CYRILLIC}{_LATIN}]+)*")
_MIXED = re.compile(rf"(?=.*[{_CYRILLIC}]).*[{_LATIN}]")
_HYPHEN = re.compile(r"\s*[-\u2010-\u2015\u2212]\s*")  # «Петрова — Водкина» is typed for «Петрова-Водкина»

_SKYPE_LOGIN = re.compile(
    r"[A-Za-z][A-Za-z0-9.,_-]{5,31}"
    r"|live:\.cid\.[0-9A-Fa-f]{16}"
    r"|live:[A-Za-z0-9][A-Za-z0-9.,_-]{0,63}"
)
_LIVE = re.compile("^live:", re.IGNORECASE)  # keyboards of telephones begin with a capital
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*")

_APOSTROPHE = re.compile(r"['`\u00b4\u02b9\u02bb\u02bc\u2018\u2019\u2032]")

Word = TypeVar("Word", bound=StrEnum)

BUCKET_LETTERS = 2
"""How many letters of a name a search needs: those that people are kept by (`name_bucket`)."""


def age_on(birth_date: date, day: date) -> int:
    """Full years on a day. Born on 29 February: a year older on 1 March where there is no 29th."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def name(typed: object, path: str) -> str:
    """A family or given name: NFC, spaces collapsed; «ё», hyphen and apostrophe kept.

    A word of both scripts is refused: nobody would ever find it again by searching.
    """
    value = _HYPHEN.sub("-", text(typed, path))
    if len(value) > _LONGEST_NAME:
        refuse(path, "too_long", f"Не больше {_LONGEST_NAME} знаков")
    words = value.split(" ")
    if not all(map(_WORD.fullmatch, words)):
        refuse(path, "characters", "Допустимы только буквы, дефис, апостроф и пробел")
    one_script(words, path)
    return value


def name_key(*words: str | None) -> str:
    """A name as it is searched by, however it was typed: family name, given name, patronymic, in small
    letters, «ё» as «е», one apostrophe, one hyphen."""
    text = unicodedata.normalize("NFC", " ".join(filter(None, words)))
    text = _HYPHEN.sub("-", _APOSTROPHE.sub("'", text))
    return " ".join(text.casefold().replace("ё", "е").split())


def name_bucket(key: str) -> str | None:
    """The first two letters of a name as it is searched by; None where it has not so many."""
    letters = [each for each in key if each.isalpha()][:BUCKET_LETTERS]
    return "".join(letters) if len(letters) == BUCKET_LETTERS else None


def one_script(words: Iterable[str], path: str) -> None:
    """Letters that look alike and are not: «а» of the other keyboard."""
    if any(map(_MIXED.match, words)):
        refuse(path, "mixed_scripts", "В одном слове смешаны русские и латинские буквы")


def patronymic(typed: object, path: str) -> str | None:
    """As a name, but not everybody has one."""
    return name(typed, path) if given(typed) else None


def birth_date(typed: object, path: str, today: date) -> date:
    """A date written `1988-04-12`: not in the future, not over 120 years ago."""
    value = calendar_date(typed, path)
    if value > today:
        refuse(path, "future", "Дата рождения ещё не наступила")
    if (value.year + _OLDEST, value.month, value.day) < (today.year, today.month, today.day):
        refuse(path, "too_old", f"Дата рождения больше {_OLDEST} лет назад, проверьте год")
    return value


def child_form_fits_age(who: Who, birth_date: date, consultation_day: date, path: str) -> None:
    """A child's form is for who is under 18 on the consultation's day, the other form for adults."""
    is_adult = age_on(birth_date, consultation_day) >= ADULT
    if who is Who.CHILD and is_adult:
        refuse(path, "not_a_child", "На день консультации пациенту есть 18 лет: он записывается сам")
    if who is Who.SELF and not is_adult:
        refuse(
            path,
            "not_an_adult",
            "На день консультации пациенту нет 18 лет: записывает родитель или законный представитель",
        )


def representative_is_adult(birth_date: date, consultation_day: date, path: str) -> None:
    """Only an adult signs a contract for a child (S7)."""
    if age_on(birth_date, consultation_day) < ADULT:
        refuse(path, "not_an_adult", "Родителю или законному представителю должно быть не меньше 18 лет")


def holder_may_see(birth_date: date, is_holder: bool, today: date) -> bool:
    """At 18 the representative's access ends: what is not their own is theirs to see no more (§2).

    `birth_date`: the patient's. `is_holder`: the patient is the account holder. `today`: the clinic's day.
    """
    return is_holder or age_on(birth_date, today) < ADULT


def skype_login(typed: object, path: str) -> str:
    """6–32 characters beginning with a letter, or `live:…`, or `live:.cid.<16 hex>`."""
    value = _LIVE.sub("live:", text(typed, path))
    if not _SKYPE_LOGIN.fullmatch(value):
        refuse(
            path,
            "skype_login",
            "Логин в Skype: 6–32 знака, сначала латинская буква, дальше латинские буквы, цифры и . , - _ "
            "(или логин вида live:…)",
        )
    return value


def comments(typed: object, path: str) -> str | None:
    """The request and the complaints, at most 4,000 characters; line breaks stay (S8)."""
    if not given(typed):
        return None
    if not isinstance(typed, str):
        refuse(path, "type", "Нужна строка текста")
    value = unicodedata.normalize("NFC", typed).strip()
    if len(value) > _LONGEST_COMMENT:
        refuse(path, "too_long", f"Не больше {_LONGEST_COMMENT} знаков, сейчас {len(value)}")
    return value


def time_zone(typed: object, path: str) -> str:
    """A zone of the IANA database: asked, never guessed ("Edge cases: Time zones")."""
    value = text(typed, path)
    if not _ZONE.fullmatch(value) or not _zone_exists(value):
        refuse(path, "time_zone", "Неизвестный часовой пояс; пример: Asia/Novosibirsk")
    return value


def one_of(words: type[Word], typed: object, path: str) -> Word:
    """One of the few words that a program chooses from."""
    value = text(typed, path)
    try:
        return words(value)
    except ValueError:
        refuse(path, "choice", "Допустимые значения: " + ", ".join(words))


def text(typed: object, path: str) -> str:
    """A line that must be there: NFC, spaces collapsed, invisible characters of pasted text gone."""
    if not given(typed):
        refuse(path, "required", "Заполните это поле")
    if not isinstance(typed, str):
        refuse(path, "type", "Нужна строка текста")
    visible = "".join(letter for letter in typed if unicodedata.category(letter) != "Cf")
    value = " ".join(unicodedata.normalize("NFC", visible).split())
    return value or refuse(path, "required", "Заполните это поле")


def calendar_date(typed: object, path: str) -> date:
    """A day written `1988-04-12`, far enough from the calendar's ends to have a day before and after it."""
    value = text(typed, path)
    try:
        day = datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 a calendar date has no zone
    except ValueError:
        day = None
    return day if day and 1 < day.year < 9999 else refuse(path, "date", "Нужна дата вида ГГГГ-ММ-ДД")


def given(typed: object) -> bool:
    """Whether anything was typed into a field at all."""
    return typed is not None and not (isinstance(typed, str) and not typed.strip())


def _zone_exists(key: str) -> bool:
    try:
        ZoneInfo(key)
    except (ZoneInfoNotFoundError, OSError, ValueError):  # a group of zones, a file that is no zone
        return False
    return "/" in key or key == "UTC"
