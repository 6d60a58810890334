"""A catalogue is checked whole, and every fault is listed."""

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from teleconsult.catalogue.document import check_document, read_document
from teleconsult.catalogue.model import Callbacks, Days, ExtraDay, Hours, Limits, Offer, Timing, from_document
from teleconsult.catalogue.text import NotJson
from teleconsult.platform.errors import Invalid
from tests.unit.catalogue import samples

Document = dict[str, Any]
Change = Callable[[Document], object]

SAMPLE_CLINIC = Path(__file__).parents[3] / "local" / "clinic" / "catalogue.json"


def faults(raw: object) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as excinfo:
        check_document(raw)
    return [(fault.path, fault.code) for fault in excinfo.value.fields]


def clinic(**changes: object) -> Change:
    return lambda document: document["clinic"].update(changes)


def doctor(**changes: object) -> Change:
    return lambda document: document["doctors"][0].update(changes)


def hours(**changes: object) -> Change:
    """Changes of the first entry of a doctor's schedule; None: taken away."""

    def change(document: Document) -> None:
        entry = {"recurrence": "FREQ=WEEKLY;BYDAY=MO", "from": "09:00", "to": "13:00", **changes}
        given = {name: value for name, value in entry.items() if value is not None}
        document["doctors"][0]["schedule"] = [given]

    return change


def callbacks(**changes: object) -> Change:
    return clinic(callbacks=changes)


def calling(**changes: object) -> Change:
    """Changes of the one entry of the hours in which requests for a call are answered; None: taken away."""
    entry = {"recurrence": "FREQ=WEEKLY;BYDAY=MO", "from": "09:00", "to": "18:00", **changes}
    return callbacks(hours=[{name: value for name, value in entry.items() if value is not None}])


def timing(**changes: object) -> Change:
    return lambda document: document["clinic"].update(timing=changes)


def limits(**changes: object) -> Change:
    return lambda document: document["clinic"].update(limits=changes)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda d: d.pop("kinds"), ("kinds", "missing")),
        (lambda d: d.update(kinds=[]), ("kinds", "too_short")),
        (lambda d: d.update(rooms=[]), ("rooms", "extra_forbidden")),
        (lambda d: d.update(doctors={}), ("doctors", "list_type")),
        (lambda d: d["kinds"][0].update(id="Первая"), ("kinds.0.id", "string_pattern_mismatch")),
        (lambda d: d["kinds"][0].update(title=""), ("kinds.0.title", "string_too_short")),
        (lambda d: d["kinds"].append(d["kinds"][0]), ("kinds.2.id", "repeated")),
        (lambda d: d["specialties"].append(d["specialties"][1]), ("specialties.2.id", "repeated")),
        (lambda d: d["doctors"].append(d["doctors"][0]), ("doctors.2.id", "repeated")),
        (lambda d: d["specialties"].append({"id": "unsure", "title": "?"}), ("specialties.2.id", "reserved")),
        (clinic(name=""), ("clinic.name", "string_too_short")),
        (clinic(phone="123"), ("clinic.phone", "phone")),
        (clinic(time_zone="Asia/Nowhere"), ("clinic.time_zone", "time_zone")),
        (clinic(channels=["room", "telegram"]), ("clinic.channels.1", "literal_error")),
        (clinic(channels=[]), ("clinic.channels", "too_short")),
        (clinic(channels=["room", "phone", "room"]), ("clinic.channels.2", "repeated")),
        (clinic(room_url="meet.example.ru"), ("clinic.room_url", "string_pattern_mismatch")),
        (clinic(room_url="https://meet.example.ru/?a=1"), ("clinic.room_url", "string_pattern_mismatch")),
        (clinic(name=" \t"), ("clinic.name", "required")),
        (
            lambda d: d["clinic"]["notices"].update(not_insured="\n"),
            ("clinic.notices.not_insured", "required"),
        ),
        (lambda d: d["clinic"]["notices"].pop("money_stays"), ("clinic.notices.money_stays", "missing")),
        (timing(grace_minutes=-1), ("clinic.timing.grace_minutes", "greater_than_equal")),
        (timing(horizon_days=366), ("clinic.timing.horizon_days", "less_than_equal")),
        (timing(verdict_hours="72"), ("clinic.timing.verdict_hours", "int_type")),
        (timing(minimum_notice_minutes=59), ("clinic.timing.minimum_notice_minutes", "contradiction")),
        (timing(hold_ends_before_minutes=121), ("clinic.timing.hold_ends_before_minutes", "contradiction")),
        (
            timing(horizon_days=1, minimum_notice_minutes=1440),
            ("clinic.timing.minimum_notice_minutes", "contradiction"),
        ),
        (timing(grace_minutes=61, verdict_hours=1), ("clinic.timing.grace_minutes", "contradiction")),
        (timing(reminder_minutes=[60, 60]), ("clinic.timing.reminder_minutes.1", "order")),
        (timing(reminder_minutes=[10, 60]), ("clinic.timing.reminder_minutes.1", "order")),
        (timing(reminder_minutes=[60, 45]), ("clinic.timing.reminder_minutes.1", "repeated")),
        (timing(reminder_minutes=[0]), ("clinic.timing.reminder_minutes.0", "greater_than_equal")),
        (timing(reminder_minutes=[10_081]), ("clinic.timing.reminder_minutes.0", "less_than_equal")),
        (timing(reminder_minutes=[1440, 60, 20, 10]), ("clinic.timing.reminder_minutes", "too_long")),
        (timing(hold_site_minutes=10**12), ("clinic.timing.hold_site_minutes", "less_than_equal")),
        (limits(documents_kept_years=3), ("clinic.limits.documents_kept_years", "extra_forbidden")),
        (doctor(family_name="Сoколова"), ("doctors.0.family_name", "mixed_scripts")),
        (doctor(patronymic="1"), ("doctors.0.patronymic", "characters")),
        (doctor(specialties=[]), ("doctors.0.specialties", "too_short")),
        (doctor(specialties=["surgeon"]), ("doctors.0.specialties.0", "unknown")),
        (doctor(specialties=["therapist", "therapist"]), ("doctors.0.specialties.1", "repeated")),
        (doctor(languages=["ru", "ua"]), ("doctors.0.languages.1", "language")),
        (doctor(languages=["ru", "kk", "ru"]), ("doctors.0.languages.2", "repeated")),
        (doctor(treats={"from_age": -1}), ("doctors.0.treats.from_age", "greater_than_equal")),
        (doctor(treats={"from_age": 18, "to_age": 17}), ("doctors.0.treats", "ages")),
        (doctor(offers={}), ("doctors.0.offers", "too_short")),
        (doctor(offers={"night": {"price": 1, "minutes": 1}}), ("doctors.0.offers.night", "unknown")),
        (
            doctor(offers={"first": {"price": 2500.0, "minutes": 30}}),
            ("doctors.0.offers.first.price", "int_type"),
        ),
        (
            doctor(offers={"first": {"price": 0, "minutes": 30}}),
            ("doctors.0.offers.first.price", "greater_than_equal"),
        ),
        (hours(**{"from": "9:00"}), ("doctors.0.schedule.0.from", "string_pattern_mismatch")),
        (hours(to="24:01"), ("doctors.0.schedule.0.to", "string_pattern_mismatch")),
        (hours(to="09:00"), ("doctors.0.schedule.0.to", "order")),
        (hours(recurrence=None), ("doctors.0.schedule.0.recurrence", "missing")),
        (hours(recurrence="по понедельникам"), ("doctors.0.schedule.0.recurrence", "recurrence")),
        (hours(recurrence="FREQ=DAILY;BYDAY=MO"), ("doctors.0.schedule.0.recurrence", "recurrence")),
        (hours(recurrence="FREQ=WEEKLY"), ("doctors.0.schedule.0.recurrence", "recurrence")),
        (hours(recurrence="FREQ=WEEKLY;BYDAY=1MO"), ("doctors.0.schedule.0.recurrence", "recurrence")),
        (hours(recurrence="FREQ=WEEKLY;BYDAY=MO;COUNT=3"), ("doctors.0.schedule.0.recurrence", "recurrence")),
        (
            hours(recurrence="FREQ=WEEKLY;BYDAY=MO;INTERVAL=0"),
            ("doctors.0.schedule.0.recurrence", "recurrence"),
        ),
        (hours(recurrence="FREQ=WEEKLY;BYDAY=MO;INTERVAL=2"), ("doctors.0.schedule.0.valid_from", "needed")),
        (hours(valid_from="2026-02-30"), ("doctors.0.schedule.0.valid_from", "date")),
        (hours(valid_from="1.12.2026"), ("doctors.0.schedule.0.valid_from", "string_pattern_mismatch")),
        (
            hours(valid_from="2026-12-02", valid_to="2026-12-01"),
            ("doctors.0.schedule.0.valid_to", "order"),
        ),
        (
            doctor(days_off=[{"from": "2026-12-02", "to": "2026-12-01"}]),
            ("doctors.0.days_off.0.to", "order"),
        ),
        (
            doctor(extra_days=[{"date": "2026-12-02", "from": "12:00", "to": "11:00"}]),
            ("doctors.0.extra_days.0.to", "order"),
        ),
        (clinic(holidays=[{"from": "2027-01-08", "to": "2026-12-31"}]), ("clinic.holidays.0.to", "order")),
        (clinic(limits={"live_holds": 0}), ("clinic.limits.live_holds", "greater_than_equal")),
        (doctor(languages=[]), ("doctors.0.languages", "too_short")),
        (doctor(languages=["russian"]), ("doctors.0.languages.0", "language")),
        (doctor(timing={"nap_minutes": 5}), ("doctors.0.timing.nap_minutes", "extra_forbidden")),
        (
            doctor(timing={"reminder_minutes": [60, 90]}),
            ("doctors.0.timing.reminder_minutes.1", "order"),
        ),
        (doctor(timing={"grace_minutes": -5}), ("doctors.0.timing.grace_minutes", "greater_than_equal")),
        (
            doctor(timing={"minimum_notice_minutes": 30}),
            ("doctors.0.timing.minimum_notice_minutes", "contradiction"),
        ),
        (
            doctor(timing={"hold_ends_before_minutes": 240}),
            ("doctors.0.timing.hold_ends_before_minutes", "contradiction"),
        ),
        (
            doctor(contacts={"phone": "8 383 207-55-40", "email": "a@example.ru"}),
            ("doctors.0.contacts.phone", "not_mobile"),
        ),
        (
            doctor(contacts={"phone": "8 913 000-01-01", "email": "a"}),
            ("doctors.0.contacts.email", "email"),
        ),
    ],
)
def test_a_fault_is_named_by_its_path(change: Change, expected: tuple[str, str]) -> None:
    document = samples.document()
    change(document)
    assert faults(document) == [expected]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (clinic(callbacks=None), ("", "model_type")),
        (clinic(callbacks=[]), ("", "model_type")),
        (callbacks(hours=None), (".hours", "list_type")),
        (callbacks(hours={}), (".hours", "list_type")),
        (callbacks(hours=[]), (".hours", "too_short")),
        (callbacks(hours=["по будням"]), (".hours.0", "model_type")),
        (callbacks(days=[]), (".days", "extra_forbidden")),
        (callbacks(answer_minutes=0), (".answer_minutes", "greater_than_equal")),
        (callbacks(answer_minutes=43_201), (".answer_minutes", "less_than_equal")),
        (callbacks(answer_minutes=7.5), (".answer_minutes", "int_type")),
        (callbacks(answer_minutes="480"), (".answer_minutes", "int_type")),
        (callbacks(answer_minutes=True), (".answer_minutes", "int_type")),
        (callbacks(answer_minutes=None), (".answer_minutes", "int_type")),
        (callbacks(ask_within_days=0), (".ask_within_days", "greater_than_equal")),
        (callbacks(ask_within_days=366), (".ask_within_days", "less_than_equal")),
        (callbacks(ask_within_days="месяц"), (".ask_within_days", "int_type")),
        (calling(recurrence=None), (".hours.0.recurrence", "missing")),
        (calling(recurrence="по будням"), (".hours.0.recurrence", "recurrence")),
        (calling(**{"from": None}), (".hours.0.from", "missing")),
        (calling(**{"from": "24:00"}), (".hours.0.from", "string_pattern_mismatch")),
        (calling(to=None), (".hours.0.to", "missing")),
        (calling(to="18"), (".hours.0.to", "string_pattern_mismatch")),
        (calling(to=18), (".hours.0.to", "string_type")),
        (calling(to="09:00"), (".hours.0.to", "order")),
        (calling(lunch="13:00"), (".hours.0.lunch", "extra_forbidden")),
        (calling(valid_from="2026-02-30"), (".hours.0.valid_from", "date")),
        (calling(valid_from="2026-12-02", valid_to="2026-12-01"), (".hours.0.valid_to", "order")),
        (
            calling(recurrence="FREQ=WEEKLY;BYDAY=MO;INTERVAL=2"),
            (".hours.0.valid_from", "needed"),
        ),
    ],
)
def test_a_fault_of_the_calls_after_a_consultation_is_named_by_its_path(
    change: Change, expected: tuple[str, str]
) -> None:
    document = samples.document()
    change(document)
    path, code = expected
    assert faults(document) == [(f"clinic.callbacks{path}", code)]


def test_all_faults_of_the_calls_after_a_consultation_come_at_once_and_in_russian() -> None:
    document = samples.document()
    entry = {"recurrence": "FREQ=WEEKLY;BYDAY=MO", "from": "18:00", "to": "09:00"}
    hours = [entry, "вторник", {**entry, "recurrence": "по средам"}]
    callbacks(hours=hours, answer_minutes=0, ask_within_days="месяц")(document)
    with pytest.raises(Invalid) as excinfo:
        check_document(document)
    told = {fault.path.removeprefix("clinic.callbacks."): fault.message for fault in excinfo.value.fields}
    assert told.pop("hours.2.recurrence").startswith("Нужно недельное правило iCalendar")
    assert told == {
        "hours.0.to": "Конец должен быть позже начала",
        "hours.1": "Нужен объект",
        "hours.2.to": "Конец должен быть позже начала",
        "answer_minutes": "Нужно не меньше 1",
        "ask_within_days": "Нужно целое число",
    }


def test_whoever_says_nothing_of_the_calls_after_a_consultation_has_the_usual() -> None:
    document = samples.document()
    assert samples.catalogue(document).clinic.callbacks == Callbacks()
    callbacks(answer_minutes=60)(document)
    assert samples.catalogue(document).clinic.callbacks == Callbacks(answer_minutes=60)


@pytest.mark.parametrize(
    "recurrence",
    [
        "FREQ=WEEKLY;BYDAY=MO;INTERVAL= 2",
        "FREQ=WEEKLY;INTERVAL=2\n;BYDAY=MO",
        "FREQ=WEEKLY;BYDAY=MO;INTERVAL=２",
        "FREQ=WEEKLY;BYDAY=MO;INTERVAL=+2",
        "FREQ=WEEKLY;BYDAY=MO;BYDAY=TU",
    ],
)
def test_a_recurrence_is_read_in_one_way_or_refused(recurrence: str) -> None:
    document = samples.document()
    hours(recurrence=recurrence, valid_from="2026-11-23")(document)
    calling(recurrence=recurrence, valid_from="2026-11-23")(document)
    assert faults(document) == [
        ("clinic.callbacks.hours.0.recurrence", "recurrence"),
        ("doctors.0.schedule.0.recurrence", "recurrence"),
    ]


def test_what_cannot_be_read_of_an_entry_hides_nothing_that_can() -> None:
    document = samples.document()
    hours(recurrence="по средам", to="08:00", valid_from="2026-12-02", valid_to="2026-12-01")(document)
    doctor(
        treats={"from_age": 18, "to_age": 3, "sex": "f"},
        days_off=[{"from": "2026-12-02", "to": "2026-12-01", "why": "отпуск"}],
        extra_days=[{"date": "завтра", "from": "12:00", "to": "11:00"}],
    )(document)
    assert sorted(path.removeprefix("doctors.0.") for path, _ in faults(document)) == [
        "days_off.0.to",
        "days_off.0.why",
        "extra_days.0.date",
        "extra_days.0.to",
        "schedule.0.recurrence",
        "schedule.0.to",
        "schedule.0.valid_to",
        "treats",
        "treats.sex",
    ]


def test_without_therapist_or_pediatrician_nobody_can_be_unsure() -> None:
    document = samples.document()
    document["specialties"] = [{"id": "neurologist", "title": "Невролог"}]
    for each in document["doctors"]:
        each["specialties"] = ["neurologist"]
    assert faults(document) == [("specialties", "needed"), ("specialties", "needed")]


def test_every_fault_is_listed_in_russian() -> None:
    document = samples.document()
    clinic(phone="1", time_zone="?")(document)
    doctor(given_name="", offers={"first": {"price": "дорого"}})(document)
    with pytest.raises(Invalid) as excinfo:
        check_document(document)
    assert [(fault.path, fault.message) for fault in excinfo.value.fields] == [
        ("clinic.phone", "Такого номера телефона нет; пример: +7 913 123-45-67"),
        ("clinic.time_zone", "Неизвестный часовой пояс; пример: Asia/Novosibirsk"),
        ("doctors.0.given_name", "Заполните это поле"),
        ("doctors.0.offers.first.price", "Нужно целое число"),
        ("doctors.0.offers.first.minutes", "Обязательное поле"),
    ]


@pytest.mark.parametrize("raw", [None, [], "каталог", 5])
def test_what_is_no_catalogue_at_all_is_refused(raw: object) -> None:
    assert faults(raw) == [("", "model_type")]


def hidden(change: Change) -> set[str]:
    """The paths of the faults of a document that a malformed part was put into."""
    document = samples.document()
    change(document)
    return {path for path, _ in faults(document)}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda d: d.update(kinds="все"), {"kinds"}),
        (lambda d: d.pop("kinds"), {"kinds"}),
        (lambda d: d.update(kinds=[]), {"kinds"}),
        (lambda d: d["kinds"][0].update(id="Первая"), {"kinds.0.id"}),
        (lambda d: d["kinds"][0].pop("id"), {"kinds.0.id"}),
        (lambda d: d.update(specialties={}), {"specialties"}),
        (lambda d: d["specialties"].__setitem__(0, None), {"specialties.0"}),
        (lambda d: d["specialties"][1].update(id=7), {"specialties.1.id"}),
        (clinic(timing=None), {"clinic.timing"}),
        (lambda d: d.update(clinic=[]), {"clinic"}),
        (
            timing(hold_ends_before_minutes="час", minimum_notice_minutes=0),
            {"clinic.timing.hold_ends_before_minutes"},
        ),
        (doctor(timing={"minimum_notice_minutes": "час"}), {"doctors.0.timing.minimum_notice_minutes"}),
        (doctor(timing=[]), {"doctors.0.timing"}),
        (doctor(offers=None), {"doctors.0.offers"}),
        (doctor(treats=None), {"doctors.0.treats"}),
        (doctor(treats={"from_age": "с рождения", "to_age": 0}), {"doctors.0.treats.from_age"}),
        (lambda d: d["doctors"].insert(0, "Соколова"), {"doctors.0"}),
    ],
)
def test_what_cannot_be_read_makes_no_faults_elsewhere(change: Change, expected: set[str]) -> None:
    assert hidden(change) == expected


def test_a_title_that_is_missing_does_not_make_its_kind_unknown() -> None:
    document = samples.document()
    del document["kinds"][0]["title"]
    document["doctors"][0]["offers"]["night"] = document["doctors"][0]["offers"]["first"]
    assert faults(document) == [("kinds.0.title", "missing"), ("doctors.0.offers.night", "unknown")]


def test_an_entry_of_the_schedule_that_cannot_be_read_hides_none_of_the_others() -> None:
    document = samples.document()
    hours = document["doctors"][0]["schedule"][0]
    document["doctors"][0].update(
        family_name="",
        schedule=["понедельник", {**hours, "from": "13:00", "to": "09:00"}, {**hours, "to": "24:01"}],
        days_off=[{"from": "2026-12-31"}, {"from": "2027-01-02", "to": "2027-01-01"}],
    )
    document["clinic"]["holidays"] = [7, {"from": "2027-01-02", "to": "2027-01-01"}]
    assert faults(document) == [
        ("clinic.holidays.0", "model_type"),
        ("clinic.holidays.1.to", "order"),
        ("doctors.0.family_name", "required"),
        ("doctors.0.schedule.0", "model_type"),
        ("doctors.0.schedule.2.to", "string_pattern_mismatch"),
        ("doctors.0.days_off.0.to", "missing"),
        ("doctors.0.schedule.1.to", "order"),
        ("doctors.0.days_off.1.to", "order"),
    ]


def test_what_is_wrong_with_one_doctor_comes_together() -> None:
    document = samples.document()
    first, second = document["doctors"]
    first["specialties"], second["specialties"] = [5, "surgeon"], ["surgeon"]
    first["offers"]["night"] = {"price": "много", "minutes": 30}
    first["treats"], second["contacts"] = {"from_age": 2, "to_age": 1}, None
    document["clinic"]["channels"] = ["room", "room"]
    assert faults(document) == [
        ("clinic.channels.1", "repeated"),
        ("doctors.0.specialties.0", "string_type"),
        ("doctors.0.offers.night.price", "int_type"),
        ("doctors.0.specialties.1", "unknown"),
        ("doctors.0.offers.night", "unknown"),
        ("doctors.0.treats", "ages"),
        ("doctors.1.contacts", "model_type"),
        ("doctors.1.specialties.0", "unknown"),
    ]


def test_a_fault_of_the_clinics_timing_is_not_said_again_of_every_doctor() -> None:
    document = samples.document()
    timing(minimum_notice_minutes=10)(document)
    doctor(timing={"grace_minutes": 5})(document)
    assert faults(document) == [("clinic.timing.minimum_notice_minutes", "contradiction")]


def test_two_values_under_one_name_are_a_fault() -> None:
    text = json.dumps(samples.document(), ensure_ascii=False)
    text = text.replace('"price": 250000', '"price": 250000, "price": 1').replace("«Обь»", "\\udc00")
    with pytest.raises(Invalid) as excinfo:
        read_document(text.encode())
    assert [(fault.path, fault.code) for fault in excinfo.value.fields] == [
        ("clinic.name", "characters"),
        ("doctors.0.offers.first.price", "repeated"),
    ]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_file_is_read_with_the_mark_that_some_editors_put_at_its_beginning(mark: str) -> None:
    text = mark + json.dumps(samples.document(), ensure_ascii=False)
    assert read_document(text.encode()) == check_document(samples.document())


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        (b"", 1, 1),
        (b'{"clinic": {},\n "kinds": [}', 2, 12),
        (b'{"clinic":\n\n "\xff"}', 3, None),
        (b"[" * 100_000, None, None),
        (b"[" + b"9" * 5000 + b"]", None, None),
    ],
)
def test_what_is_no_json_is_no_document(text: bytes, line: int | None, column: int | None) -> None:
    with pytest.raises(NotJson) as excinfo:
        read_document(text)
    assert (excinfo.value.line, excinfo.value.column) == (line, column)


def test_no_message_is_in_english() -> None:
    document = samples.document()
    document.update(kinds=7, rooms=[])
    document["specialties"][0]["title"] = "\ud800"
    clinic(name=None, channels=["telegram"], room_url="x", timing={"grace_minutes": 1.5, "nap": 1})(document)
    doctor(id="D", specialties=[None], languages="ru", offers={"first": [], "night": {"price": -1}})(document)
    doctor(timing={"horizon_days": 0}, treats={"from_age": 121}, contacts={"phone": "\ud800"})(document)
    with pytest.raises(Invalid) as excinfo:
        check_document(document)
    assert len(excinfo.value.fields) > 15
    for fault in excinfo.value.fields:
        assert re.match("[А-ЯЁ]", fault.message), fault
        assert fault.message != "Неверное значение", fault


def test_a_catalogue_too_large_to_be_stored_is_refused() -> None:
    document = samples.document()
    document["kinds"] += [{"id": f"k{number}", "title": "ы" * 200} for number in range(1000)]
    assert faults(document) == [("", "too_large")]


def test_kinds_of_one_doctor_may_differ_in_length() -> None:
    document = samples.document()
    doctor(offers={"first": {"price": 1, "minutes": 45}, "repeat": {"price": 1, "minutes": 30}})(document)
    therapist = samples.catalogue(document).doctors["d-therapist"]
    assert (therapist.minutes("first"), therapist.minutes("repeat"), therapist.minutes(None)) == (45, 30, 30)
    assert therapist.grid_minutes == 15


def test_schedules_holidays_and_extra_days_are_what_the_document_says() -> None:
    document = samples.document()
    clinic(holidays=[{"from": "2026-12-31", "to": "2027-01-08"}])(document)
    hours(recurrence="freq=weekly;byday=mo;interval=2", valid_from="2026-11-23", valid_to="2027-05-31")(
        document
    )
    doctor(
        days_off=[{"from": "2026-12-07", "to": "2026-12-07"}],
        extra_days=[{"date": "2026-12-05", "from": "10:00", "to": "24:00"}],
    )(document)
    catalogue = samples.catalogue(document)
    assert catalogue.clinic.holidays == (Days(date(2026, 12, 31), date(2027, 1, 8)),)
    therapist = catalogue.doctors["d-therapist"]
    assert therapist.schedule == (
        Hours("FREQ=WEEKLY;BYDAY=MO;INTERVAL=2", 540, 780, date(2026, 11, 23), date(2027, 5, 31)),
    )
    assert therapist.days_off == (Days(date(2026, 12, 7), date(2026, 12, 7)),)
    assert therapist.extra_days == (ExtraDay(date(2026, 12, 5), 600, 1440),)


def test_a_checked_document_checks_again_to_itself() -> None:
    checked = check_document(samples.document())
    assert check_document(json.loads(json.dumps(checked))) == checked


def test_values_are_normalised_and_defaults_filled_in() -> None:
    checked = check_document(samples.document())
    assert checked["doctors"][0]["contacts"]["phone"] == "+79130000101"
    assert checked["clinic"]["phone"] == "+7 (383) 207-55-40"
    assert checked["clinic"]["timing"]["hold_site_minutes"] == 30
    assert checked["clinic"]["timing"]["hold_operator_minutes"] == 1440


def test_the_catalogue_is_what_the_document_says() -> None:
    catalogue = samples.catalogue()
    assert catalogue.kinds == {"first": "Первичная", "repeat": "Повторная"}
    assert catalogue.clinic.room_url == "https://meet.example.ru"
    assert catalogue.clinic.notices["be_reachable"] == "Будьте на связи"
    therapist = catalogue.doctors["d-therapist"]
    assert therapist.full_name == "Соколова Елена Викторовна"
    assert therapist.offers["repeat"] == Offer(price=190000, minutes=30)
    assert therapist.schedule == (Hours("FREQ=WEEKLY;BYDAY=MO,TU", 540, 780),)
    assert (therapist.treats_from, therapist.treats_to) == (18, None)


def test_a_doctors_own_timing_goes_before_the_clinics() -> None:
    doctors = samples.catalogue().doctors
    assert doctors["d-therapist"].timing == Timing(
        hold_site_minutes=30,
        hold_operator_minutes=1440,
        hold_ends_before_minutes=60,
        minimum_notice_minutes=120,
        horizon_days=30,
        grace_minutes=15,
        verdict_hours=72,
        contact_attempts=2,
    )
    duty = doctors["d-duty"].timing
    assert (duty.hold_ends_before_minutes, duty.minimum_notice_minutes, duty.grace_minutes) == (0, 0, 0)
    assert (duty.hold_site_minutes, duty.verdict_hours) == (30, 72)


def test_a_catalogue_stored_before_a_setting_was_thought_of_has_the_usual() -> None:
    checked = check_document(samples.document())
    del checked["clinic"]["limits"], checked["clinic"]["timing"]["contact_attempts"]
    catalogue = from_document(checked, version=1)
    assert catalogue.clinic.limits == Limits()
    assert catalogue.doctors["d-therapist"].timing == Timing()


def test_the_sample_clinic_is_in_order() -> None:
    catalogue = from_document(check_document(json.loads(SAMPLE_CLINIC.read_text())), version=1)
    assert catalogue.clinic.zone == "Asia/Novosibirsk"
    duty = catalogue.doctors["d-duty"]
    assert (duty.minutes("first"), duty.offers["first"].price) == (1, 250000)
    assert set(duty.specialties) == {"therapist", "pediatrician"}
