"""§3 of the domain as tables of what people type and what becomes of it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleconsult.people import contacts, rules
from teleconsult.people.model import Relation, Sex, Who
from teleconsult.platform.errors import Invalid

TODAY = date(2026, 11, 23)


def refusal(excinfo: pytest.ExceptionInfo[Invalid]) -> tuple[str, str]:
    (fault,) = excinfo.value.fields
    assert fault.message[0].isupper()
    return fault.path, fault.code


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Иванова", "Иванова"),
        ("  Иванова ", "Иванова"),
        ("Семёнов", "Семёнов"),
        ("Семе\u0308нов", "Семёнов"),  # ё typed as two characters
        ("и\u0306од", "йод"),
        ("Петрова-Водкина", "Петрова-Водкина"),
        ("Петрова - Водкина", "Петрова-Водкина"),
        ("Петрова – Водкина", "Петрова-Водкина"),
        ("Мамед   оглы", "Мамед оглы"),
        ("Али\u00a0кызы", "Али кызы"),
        ("Ива\u00adнова", "Иванова"),  # a soft hyphen pasted along
        ("\u200bИванова", "Иванова"),
        ("д'Артаньян", "д'Артаньян"),
        ("О’Генри", "О’Генри"),
        ("O'Brien", "O'Brien"),
        ("Müller", "Müller"),
        ("Łukasiewicz", "Łukasiewicz"),
        ("Ní Dhomhnaill", "Ní Dhomhnaill"),
        ("де ла Круз", "де ла Круз"),
        ("Абу-л-Фадль", "Абу-л-Фадль"),
        ("Цой", "Цой"),
        ("Ю", "Ю"),
        ("Ґалаґан", "Ґалаґан"),
        ("Ӱстӱн", "Ӱстӱн"),
        ("Мария Anna", "Мария Anna"),  # two words, each of one script
        ("ИВАНОВА", "ИВАНОВА"),
        ("АРТЁМ", "АРТЁМ"),
        ("Е\u0308лкина", "Ёлкина"),
        ("Щё-Горева", "Щё-Горева"),
        ("Семенов", "Семенов"),  # «ё» is not put in for anybody
        ("Мамин\u2011Сибиряк", "Мамин-Сибиряк"),  # a hyphen that does not break
        ("Мамин\u2212Сибиряк", "Мамин-Сибиряк"),  # a minus
        ("Салтыков -Щедрин", "Салтыков-Щедрин"),
        ("Тер-Ованесян", "Тер-Ованесян"),
        ("Кара-оол", "Кара-оол"),
        ("Гейдар оглы", "Гейдар оглы"),
        ("Мамед-оглы", "Мамед-оглы"),
        ("Мамедоглы", "Мамедоглы"),
        ("Гүлназ кызы", "Гүлназ кызы"),
        ("Бахром угли", "Бахром угли"),
        ("Бахром ўғли", "Бахром ўғли"),
        ("Bahrom o\u2018g\u2018li", "Bahrom o\u2018g\u2018li"),
        ("Gulnora qizi", "Gulnora qizi"),
        ("Сағынбайұлы", "Сағынбайұлы"),
        ("Ахмед-заде", "Ахмед-заде"),
        ("Ибн Сина", "Ибн Сина"),
        ("аль-Фараби", "аль-Фараби"),
        ("фон дер Лейен", "фон дер Лейен"),
        ("van der Berg", "van der Berg"),
        ("Мар'яна", "Мар'яна"),
        ("Лук\u02bcянов", "Лук\u02bcянов"),
        ("Лук`янов", "Лук`янов"),
        ("Лук\u00b4янов", "Лук\u00b4янов"),
        ("Лук\u2032янов", "Лук\u2032янов"),
        ("Дарʹя", "Дарʹя"),
        ("Anne-Marie", "Anne-Marie"),
        ("Nguye\u0302\u0303n", "Nguyễn"),
        ("İbrahim", "İbrahim"),
        ("Ђоковић", "Ђоковић"),
        ("Ѳёдоръ", "Ѳёдоръ"),
        ("Ivanova III", "Ivanova III"),
        ("Анна\nМария", "Анна Мария"),
        ("Я" * 100, "Я" * 100),
    ],
)
def test_a_name_is_kept_as_its_bearer_writes_it(typed: str, kept: str) -> None:
    assert rules.name(typed, "holder.family_name") == kept


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "required"),
        ("   ", "required"),
        ("\u200b", "required"),
        (None, "required"),
        (7, "type"),
        (["Иванова"], "type"),
        ("Ивaнова", "mixed_scripts"),  # a Latin a
        ("Cтепанов", "mixed_scripts"),
        ("Иванова-Smith", "mixed_scripts"),
        ("Иван0ва", "characters"),
        ("Иванова А.", "characters"),
        ("Иванова!", "characters"),
        ("-Иванова", "characters"),
        ("Иванова-", "characters"),
        ("Иванова--Петрова", "characters"),
        ("<b>Иванова</b>", "characters"),
        ("王小明", "characters"),
        ("Иванова×", "characters"),
        ("Я" * 101, "too_long"),
        ("Ivanоva", "mixed_scripts"),  # a Russian о
        ("Пeтров Иван", "mixed_scripts"),
        ("Петрова-Vodkina", "mixed_scripts"),
        ("Иванов (мл)", "characters"),
        ("Иванова/Петрова", "characters"),
        ("Анна_Мария", "characters"),
        ("О''Нил", "characters"),
        ("'Иванов", "characters"),
        ("Анна😀", "characters"),
        ("Ａnna", "characters"),  # a letter of double width
        ("\u0308", "characters"),  # the dots of ё alone
    ],
)
def test_what_is_no_name_is_refused(typed: object, code: str) -> None:
    with pytest.raises(Invalid) as excinfo:
        rules.name(typed, "holder.family_name")
    assert refusal(excinfo) == ("holder.family_name", code)


@given(st.text(max_size=120))
def test_a_name_that_was_taken_once_stays_as_it_is(typed: str) -> None:
    try:
        kept = rules.name(typed, "name")
    except Invalid:
        return
    assert rules.name(kept, "name") == kept


@pytest.mark.parametrize(("typed", "kept"), [(None, None), ("  ", None), ("Ильинична", "Ильинична")])
def test_a_patronymic_may_be_missing(typed: object, kept: str | None) -> None:
    assert rules.patronymic(typed, "holder.patronymic") == kept


def test_a_wrong_patronymic_is_refused() -> None:
    with pytest.raises(Invalid) as excinfo:
        rules.patronymic("Ильинична1", "holder.patronymic")
    assert refusal(excinfo) == ("holder.patronymic", "characters")


@pytest.mark.parametrize(
    "typed", ["2026-11-23", "2019-02-28", "2024-02-29", "1906-11-23", "1988-04-12", " 1988-04-12 "]
)
def test_a_birth_date_within_a_human_life_is_taken(typed: str) -> None:
    assert rules.birth_date(typed, "birth_date", TODAY) == date.fromisoformat(typed.strip())


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (None, "required"),
        ("", "required"),
        (19880412, "type"),
        ("2026-11-24", "future"),
        ("1906-11-22", "too_old"),
        ("0026-11-22", "too_old"),
        ("2023-02-29", "date"),
        ("1988-13-01", "date"),
        ("12.04.1988", "date"),
        ("1988-04-12T00:00:00Z", "date"),
        ("вчера", "date"),
    ],
)
def test_another_birth_date_is_refused(typed: object, code: str) -> None:
    with pytest.raises(Invalid) as excinfo:
        rules.birth_date(typed, "patient.birth_date", TODAY)
    assert refusal(excinfo) == ("patient.birth_date", code)


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        ("2008-11-23", "2026-11-22", 17),
        ("2008-11-23", "2026-11-23", 18),
        ("2008-02-29", "2026-02-28", 17),
        ("2008-02-29", "2026-03-01", 18),
        ("2008-02-29", "2028-02-28", 19),
        ("2008-02-29", "2028-02-29", 20),
        ("2008-02-29", "2023-02-28", 14),  # 15 in a common year: on 1 March
        ("2008-02-29", "2023-03-01", 15),
        ("2009-02-28", "2024-02-28", 15),  # 15 in a leap year, born the day before the 29th
        ("2009-03-01", "2024-02-29", 14),
        ("2009-03-01", "2024-03-01", 15),
        ("2012-02-29", "2030-02-28", 17),  # 18 in a common year
        ("2012-02-29", "2030-03-01", 18),
        ("2010-03-01", "2028-02-29", 17),  # 18 in a leap year
        ("2010-03-01", "2028-03-01", 18),
        ("2011-12-01", "2026-11-30", 14),
        ("2011-12-01", "2026-12-01", 15),
        ("2011-12-01", "2026-12-02", 15),
        ("2008-12-01", "2026-11-30", 17),
        ("2008-12-01", "2026-12-01", 18),
        ("2026-11-23", "2026-11-23", 0),
        ("2025-12-31", "2026-01-01", 0),
    ],
)
def test_age_is_counted_in_full_years(born: str, day: str, age: int) -> None:
    assert rules.age_on(date.fromisoformat(born), date.fromisoformat(day)) == age


@given(
    st.dates(date(1906, 1, 1), date(2026, 1, 1)),
    st.integers(min_value=0, max_value=40_000),
)
def test_nobody_grows_younger(born: date, days: int) -> None:
    day = born + timedelta(days=days)
    assert rules.age_on(born, day) <= rules.age_on(born, day + timedelta(days=1)) <= days // 365 + 1


@pytest.mark.parametrize(
    ("who", "born", "code"),
    [
        (Who.SELF, "2008-11-23", None),
        (Who.SELF, "2008-11-24", "not_an_adult"),
        (Who.CHILD, "2008-11-23", "not_a_child"),
        (Who.CHILD, "2008-11-24", None),
        (Who.CHILD, "2026-11-23", None),
    ],
)
def test_the_form_fits_the_age_on_the_consultations_day(who: Who, born: str, code: str | None) -> None:
    check = (who, date.fromisoformat(born), TODAY, "birth_date")
    if code is None:
        rules.child_form_fits_age(*check)
        return
    with pytest.raises(Invalid) as excinfo:
        rules.child_form_fits_age(*check)
    assert refusal(excinfo) == ("birth_date", code)


@pytest.mark.parametrize(
    ("typed", "e164"),
    [
        ("8 (913) 123-45-67", "+79131234567"),
        ("8-913-123-45-67", "+79131234567"),
        ("89131234567", "+79131234567"),
        ("913 123 45 67", "+79131234567"),
        ("9131234567", "+79131234567"),
        ("+7 913 123-45-67", "+79131234567"),
        ("+7(913)1234567", "+79131234567"),
        ("79131234567", "+79131234567"),
        ("8.913.123.45.67", "+79131234567"),
        ("8\u00a0913\u00a0123–45–67", "+79131234567"),
        ("+375 29 123-45-67", "+375291234567"),
        ("+7 701 123 45 67", "+77011234567"),
        ("8 777 123 45 67", "+77771234567"),
        ("+998 90 123 45 67", "+998901234567"),
        ("+49 1512 3456789", "+4915123456789"),
        ("+1 202 555 0143", "+12025550143"),
        ("(913) 123-45-67", "+79131234567"),
        ("913-123-45-67", "+79131234567"),
        ("7 913 123 45 67", "+79131234567"),
        ("+7.913.123.45.67", "+79131234567"),
        ("+7 8 913 123 45 67", "+79131234567"),  # both beginnings at once
        ("8 913 123\u221245\u221267", "+79131234567"),  # minuses
        ("8 913 123\u201145\u201167", "+79131234567"),  # hyphens that do not break
        ("\u202a+79131234567\u202c", "+79131234567"),  # pasted from a list of contacts
        ("8 10 7 913 123 45 67", "+79131234567"),
        ("8 978 123 45 67", "+79781234567"),
        ("77011234567", "+77011234567"),
        ("701 123 45 67", "+77011234567"),
        ("+375 (44) 123-45-67", "+375441234567"),
        ("375 29 123 45 67", "+375291234567"),
        ("8~10 375 29 123 45 67", "+375291234567"),
        ("00 375 29 123 45 67", "+375291234567"),
        ("+374 91 12-34-56", "+37491123456"),
        ("374 91 123456", "+37491123456"),
        ("+996 (555) 123-456", "+996555123456"),
        ("996 700 12 34 56", "+996700123456"),
        ("998901234567", "+998901234567"),
        ("8-10-998-90-123-45-67", "+998901234567"),
        ("+992 92 123 4567", "+992921234567"),
        ("+993 65 123456", "+99365123456"),
        ("+994 50 123 45 67", "+994501234567"),
        ("+995 555 12 34 56", "+995555123456"),
        ("+373 69 123 456", "+37369123456"),
        ("+380 67 123 45 67", "+380671234567"),
        ("996 123 45 67", "+79961234567"),  # ten digits are a number at home
        ("+90 532 123 45 67", "+905321234567"),
    ],
)
def test_every_habit_of_writing_a_mobile_number_is_one_number(typed: str, e164: str) -> None:
    assert contacts.mobile_phone(typed, "holder.phone") == e164
    assert contacts.mobile_phone(e164, "holder.phone") == e164


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (None, "required"),
        ("", "required"),
        (89131234567, "type"),
        ("112", "phone"),
        ("913 123 45", "phone"),
        ("8 913 123 45 67 8", "phone"),
        ("+7 913 123", "phone"),
        ("нет", "phone"),
        ("+", "phone"),
        ("8 913 123-45-6О", "phone"),  # the letter О
        ("8-800-FLOWERS", "phone"),
        ("8 913 123-45-67 доб. 5", "phone"),
        ("89131234567, 89131234568", "phone"),
        ("+7 000 000 00 00", "phone"),
        ("8 383 207-55-40", "not_mobile"),
        ("8 800 555-35-35", "not_mobile"),
        ("8-800-2000-600", "not_mobile"),
        ("8 809 505-12-34", "not_mobile"),
        ("+7 495 123-45-67", "not_mobile"),
        ("8 (3842) 12-34-56", "not_mobile"),
        ("+375 17 123-45-67", "not_mobile"),
        ("+374 10 123456", "not_mobile"),
        ("998 71 123 45 67", "not_mobile"),
        ("+7 727 250 12 34", "not_mobile"),  # a landline of Almaty
        ("207-55-40", "phone"),  # a landline without its town
        ("+8 913 123 45 67", "phone"),
        ("9131234567 89", "phone"),  # two digits too many are no Indian number
        ("913 123 45 678", "phone"),
        ("0555 123 456", "phone"),
        ("80 29 123 45 67", "phone"),  # dialled within Belarus
        ("8 913 123-45-67#5", "phone"),
        ("8 913 123-45-67 ext. 5", "phone"),
        ("8 913 123-45-67/68", "phone"),
        ("тел. 8 913 123-45-67", "phone"),
        ("tel:+79131234567", "phone"),
        ("+999 123 456 789", "phone"),
    ],
)
def test_what_takes_no_sms_is_refused(typed: object, code: str) -> None:
    with pytest.raises(Invalid) as excinfo:
        contacts.mobile_phone(typed, "holder.phone")
    assert refusal(excinfo) == ("holder.phone", code)


def test_a_landline_is_a_phone_where_no_sms_is_sent() -> None:
    assert contacts.phone("8 (383) 207-55-40", "clinic.phone") == "+73832075540"


@given(st.from_regex(r"\+?[0-9][0-9 ()-]{5,15}", fullmatch=True))
def test_a_normalised_phone_is_normal(typed: str) -> None:
    try:
        normal = contacts.phone(typed, "phone")
    except Invalid:
        return
    assert contacts.phone(normal, "phone") == normal


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("anna@example.ru", "anna@example.ru"),
        (" anna@example.ru ", "anna@example.ru"),
        ("Anna.Ivanova+vrach@Example.RU", "Anna.Ivanova+vrach@example.ru"),
        ("anna@почта.рф", "anna@xn--80a1acny.xn--p1ai"),
        ("anna@ПОЧТА.рф", "anna@xn--80a1acny.xn--p1ai"),
        ("anna@xn--80a1acny.xn--p1ai", "anna@xn--80a1acny.xn--p1ai"),
        ("anna@müller.de", "anna@xn--mller-kva.de"),
        ("a@b.ru", "a@b.ru"),
        ("o'brien_1-2@mail.example.co.uk", "o'brien_1-2@mail.example.co.uk"),
        ("anna+%d0%b2@example.ru", "anna+%d0%b2@example.ru"),
        ("anna@клиника.example.ru", "anna@xn--80apagcdp.example.ru"),
        ("anna@почта.xn--p1ai", "anna@xn--80a1acny.xn--p1ai"),
        ("anna@example.москва", "anna@example.xn--80adxhks"),
        ("anna@пе\u0308с.рф", "anna@xn--o1ae1c.xn--p1ai"),
        ("anna\u200b@example.ru", "anna@example.ru"),  # pasted along
        ("a" * 64 + "@example.ru", "a" * 64 + "@example.ru"),
    ],
)
def test_an_address_that_mail_can_reach_is_taken(typed: str, kept: str) -> None:
    assert contacts.email(typed, "holder.email") == kept


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (None, "required"),
        (["anna@example.ru"], "type"),
        ("anna", "email"),
        ("anna@", "email"),
        ("@example.ru", "email"),
        ("anna@example", "email"),
        ("anna@@example.ru", "email"),
        ("anna ivanova@example.ru", "email"),
        ("анна@почта.рф", "email"),
        ("Анна <anna@example.ru>", "email"),
        ("anna@localhost", "email"),
        ('"anna ivanova"@example.ru', "email"),  # quoted: no mailbox of the country, no receipt gets there
        ('"anna"@example.ru', "email"),
        ("anna@[192.0.2.1]", "email"),
        ("anna@192.0.2.1", "email"),
        ("anna@example..ru", "email"),
        ("anna.@example.ru", "email"),
        ("an..na@example.ru", "email"),
        ("anna@-example.ru", "email"),
        ("anna@exam_ple.ru", "email"),
        ("anna@example.r", "email"),
        ("anna@example,ru", "email"),
        ("anna@example.ru, oleg@example.ru", "email"),
        ("mailto:anna@example.ru", "email"),
        ("anna@xn--zzzz--", "email"),
        ("аnna@example.ru", "email"),  # a Russian а
        ("anna@еxample.ru", "mixed_scripts"),  # a Russian е
        ("anna@example.рu", "mixed_scripts"),
        ("a" * 65 + "@example.ru", "email"),
    ],
)
def test_another_address_is_refused(typed: object, code: str) -> None:
    with pytest.raises(Invalid) as excinfo:
        contacts.email(typed, "holder.email")
    assert refusal(excinfo) == ("holder.email", code)


@pytest.mark.parametrize(
    "typed",
    [
        "annaiv",
        "anna.ivanova-88",
        "A,b_c-d.e",
        "a" * 32,
        "live:anna.ivanova",
        "live:anna_1",
        "live:.cid.0123456789abcdef",
        "live:.cid.0123456789ABCDEF",
        "anna,ivanova",
        "anna2026",
        "anna__",
        "live:a",
        "live:79131234567",
        "live:cid.0123456789abcdef",
        "live:" + "a" * 64,
    ],
)
def test_a_skype_login_is_taken(typed: str) -> None:
    assert rules.skype_login(f" {typed} ", "channel.login") == typed


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Live:anna.ivanova", "live:anna.ivanova"),  # a telephone's keyboard begins with a capital
        ("LIVE:.cid.0123456789abcdef", "live:.cid.0123456789abcdef"),
        ("\u200elive:anna", "live:anna"),
    ],
)
def test_a_skype_login_is_kept_as_skype_writes_it(typed: str, kept: str) -> None:
    assert rules.skype_login(typed, "channel.login") == kept


@pytest.mark.parametrize(
    "typed",
    [
        "anna1",
        "a" * 33,
        "1annaivanova",
        "_annaivanova",
        "анна.иванова",
        "anna ivanova",
        "anna@example.ru",
        "live:",
        "live:.cid.0123456789abcde",
        "live:.cid.0123456789abcdefa",
        "live:.cid.0123456789abcdeg",
        "live:.cid.",
        "live:.anna",
        "live: anna",
        "live:anna:ivanova",
        "live:anna@example.ru",
        "live:+79131234567",
        "live:анна",
        "live:" + "a" * 65,
        "8:live:anna",
        "skype:anna.ivanova",
        "facebook:anna.ivanova",
        "https://join.skype.com/invite/AbCdEf",
        "+79131234567",
        "аnna.ivanova",  # a Russian а
        "anna.ivanova!",
        ".annaivanova",
    ],
)
def test_another_skype_login_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as excinfo:
        rules.skype_login(typed, "channel.login")
    assert refusal(excinfo) == ("channel.login", "skype_login")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (None, None),
        (" \n ", None),
        ("Кашель\nвторую неделю ", "Кашель\nвторую неделю"),
        ("я" * 4000, "я" * 4000),
        ("Е\u0308", "Ё"),
    ],
)
def test_comments_keep_their_lines(typed: object, kept: str | None) -> None:
    assert rules.comments(typed, "comments") == kept


@pytest.mark.parametrize(("typed", "code"), [("я" * 4001, "too_long"), (4, "type")])
def test_comments_have_an_end(typed: object, code: str) -> None:
    with pytest.raises(Invalid) as excinfo:
        rules.comments(typed, "comments")
    assert refusal(excinfo) == ("comments", code)


@pytest.mark.parametrize(
    "typed", ["Asia/Novosibirsk", "Europe/Kaliningrad", "UTC", "America/Argentina/Ushuaia", "Etc/GMT+7"]
)
def test_a_zone_of_the_database_is_taken(typed: str) -> None:
    assert rules.time_zone(typed, "time_zone") == typed


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (None, "required"),
        ("Europe", "time_zone"),
        ("Asia/Omskk", "time_zone"),
        ("+07:00", "time_zone"),
        ("../zoneinfo/UTC", "time_zone"),
        ("/etc/localtime", "time_zone"),
        ("Новосибирск", "time_zone"),
        ("a" * 300, "time_zone"),
    ],
)
def test_another_zone_is_refused(typed: object, code: str) -> None:
    with pytest.raises(Invalid) as excinfo:
        rules.time_zone(typed, "time_zone")
    assert refusal(excinfo) == ("time_zone", code)


def test_a_word_of_a_list_is_taken() -> None:
    assert rules.one_of(Sex, "female", "holder.sex") is Sex.FEMALE


@pytest.mark.parametrize(("typed", "code"), [(None, "required"), ("", "required"), ("мать", "choice")])
def test_another_word_is_refused(typed: object, code: str) -> None:
    with pytest.raises(Invalid) as excinfo:
        rules.one_of(Relation, typed, "patient.relation")
    assert refusal(excinfo) == ("patient.relation", code)


@pytest.mark.parametrize(
    ("birth_date", "is_holder", "may"),
    [
        (date(2008, 11, 24), False, True),  # 18 tomorrow
        (date(2008, 11, 23), False, False),
        (date(2019, 2, 3), False, True),
        (date(1950, 1, 1), False, False),
        (date(1950, 1, 1), True, True),
    ],
)
def test_a_representative_sees_what_is_the_patients_until_the_patient_is_18(
    birth_date: date, is_holder: bool, may: bool
) -> None:
    assert rules.holder_may_see(birth_date, is_holder, TODAY) is may


def test_who_was_born_on_29_february_is_18_on_1_march() -> None:
    assert rules.holder_may_see(date(2008, 2, 29), False, date(2026, 2, 28))
    assert not rules.holder_may_see(date(2008, 2, 29), False, date(2026, 3, 1))
