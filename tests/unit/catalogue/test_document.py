"""A catalogue is checked whole, and every fault is listed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from teleconsult.catalogue.document import check_document
from teleconsult.catalogue.model import Offer, Timing, Window, from_document
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


def weekly(*hours: tuple[str, str, str]) -> Change:
    return doctor(weekly=[{"days": [day], "from": opens, "to": closes} for day, opens, closes in hours])


def timing(**changes: object) -> Change:
    return lambda document: document["clinic"].update(timing=changes)


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
        (lambda d: d["specialties"].append({"id": "unsure", "title": "?"}), ("specialties", "reserved")),
        (clinic(name=""), ("clinic.name", "string_too_short")),
        (clinic(phone="123"), ("clinic.phone", "phone")),
        (clinic(time_zone="Asia/Nowhere"), ("clinic.time_zone", "time_zone")),
        (clinic(channels=["room", "telegram"]), ("clinic.channels.1", "literal_error")),
        (clinic(channels=[]), ("clinic.channels", "too_short")),
        (clinic(room_url="meet.example.ru"), ("clinic.room_url", "string_pattern_mismatch")),
        (lambda d: d["clinic"]["notices"].pop("money_stays"), ("clinic.notices.money_stays", "missing")),
        (timing(grace_minutes=-1), ("clinic.timing.grace_minutes", "greater_than_equal")),
        (timing(horizon_days=366), ("clinic.timing.horizon_days", "less_than_equal")),
        (timing(verdict_hours="72"), ("clinic.timing.verdict_hours", "int_type")),
        (timing(minimum_notice_minutes=59), ("clinic.timing.minimum_notice_minutes", "notice")),
        (doctor(family_name="Сoколова"), ("doctors.0.family_name", "mixed_scripts")),
        (doctor(patronymic="1"), ("doctors.0.patronymic", "characters")),
        (doctor(specialties=[]), ("doctors.0.specialties", "too_short")),
        (doctor(specialties=["surgeon"]), ("doctors.0.specialties.surgeon", "unknown")),
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
        (
            doctor(offers={"first": {"price": 1, "minutes": 30}, "repeat": {"price": 1, "minutes": 20}}),
            ("doctors.0.offers", "lengths"),
        ),
        (weekly(("monday", "9:00", "13:00")), ("doctors.0.weekly.0.from", "string_pattern_mismatch")),
        (weekly(("monday", "09:00", "24:01")), ("doctors.0.weekly.0.to", "string_pattern_mismatch")),
        (weekly(("Monday", "09:00", "13:00")), ("doctors.0.weekly.0.days.0", "literal_error")),
        (weekly(("monday", "13:00", "09:00")), ("doctors.0.weekly.0", "order")),
        (
            weekly(("monday", "09:00", "13:00"), ("tuesday", "12:00", "14:00"), ("monday", "12:59", "14:00")),
            ("doctors.0.weekly.2", "overlap"),
        ),
        (doctor(timing={"nap_minutes": 5}), ("doctors.0.timing.nap_minutes", "extra_forbidden")),
        (doctor(timing={"grace_minutes": -5}), ("doctors.0.timing.grace_minutes", "greater_than_equal")),
        (
            doctor(timing={"minimum_notice_minutes": 30}),
            ("doctors.0.timing.minimum_notice_minutes", "notice"),
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


def test_a_catalogue_too_large_to_be_stored_is_refused() -> None:
    document = samples.document()
    document["kinds"] += [{"id": f"k{number}", "title": "ы" * 200} for number in range(1000)]
    assert faults(document) == [("", "too_large")]


def test_windows_that_only_touch_do_not_overlap() -> None:
    document = samples.document()
    weekly(("monday", "09:00", "13:00"), ("monday", "13:00", "15:00"))(document)
    assert check_document(document)["doctors"][0]["weekly"][1]["from"] == "13:00"


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
    assert therapist.slot_minutes == 30
    assert therapist.weekly == (Window(0, 540, 780), Window(1, 540, 780))
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


def test_the_sample_clinic_is_in_order() -> None:
    catalogue = from_document(check_document(json.loads(SAMPLE_CLINIC.read_text())), version=1)
    assert catalogue.clinic.zone == "Asia/Novosibirsk"
    duty = catalogue.doctors["d-duty"]
    assert (duty.slot_minutes, duty.offers["first"].price, len(duty.weekly)) == (1, 250000, 7)
    assert set(duty.specialties) == {"therapist", "pediatrician"}
