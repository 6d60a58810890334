"""However many faults a catalogue has, all of them are listed, and nothing else."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleconsult.catalogue.document import check_document
from teleconsult.platform.errors import Invalid
from tests.unit.catalogue import samples

Document = dict[str, Any]


def in_doctor(number: int, **fields: Any) -> Callable[[Document], object]:
    return lambda document: document["doctors"][number].update(fields)


def in_clinic(**fields: Any) -> Callable[[Document], object]:
    return lambda document: document["clinic"].update(fields)


def _callbacks(document: Document) -> Document:
    callbacks: Document = document["clinic"].setdefault("callbacks", {})
    return callbacks


# Faults that can be planted beside each other: no two of them touch one value.
PLANTED: dict[str, Callable[[Document], object]] = {
    "rooms": lambda document: document.update(rooms=[]),
    "clinic.phone": in_clinic(phone="звоните"),
    "clinic.time_zone": in_clinic(time_zone="Novosibirsk"),
    "clinic.channels.2": lambda document: document["clinic"]["channels"].append("room"),
    "clinic.notices.money_stays": lambda document: document["clinic"]["notices"].pop("money_stays"),
    "clinic.timing.hold_ends_before_minutes": in_clinic(timing={"hold_ends_before_minutes": 150}),
    "clinic.limits.live_holds": in_clinic(limits={"live_holds": "три"}),
    "clinic.callbacks.hours.1.to": lambda document: _callbacks(document).update(
        hours=[
            {"recurrence": "FREQ=WEEKLY;BYDAY=MO", "from": "09:00", "to": "18:00"},
            {"recurrence": "FREQ=WEEKLY;BYDAY=TU", "from": "18:00", "to": "09:00"},
        ]
    ),
    "clinic.callbacks.answer_minutes": lambda document: _callbacks(document).update(answer_minutes=0),
    "kinds.1.title": lambda document: document["kinds"][1].update(title=""),
    "kinds.2.id": lambda document: document["kinds"].append({"id": "first", "title": "Ещё раз"}),
    "specialties.0.title": lambda document: document["specialties"][0].update(title=None),
    "specialties.2.id": lambda document: document["specialties"].append({"id": "unsure", "title": "Не знаю"}),
    "doctors.0.family_name": in_doctor(0, family_name="Сoколова"),
    "doctors.0.specialties.0": in_doctor(0, specialties=["surgeon"]),
    "doctors.0.treats": in_doctor(0, treats={"from_age": 18, "to_age": 3}),
    "doctors.0.offers.night": lambda document: document["doctors"][0]["offers"].update(
        night={"price": 1, "minutes": 30}
    ),
    "doctors.0.offers.repeat.price": lambda document: document["doctors"][0]["offers"]["repeat"].update(
        price=1900.0
    ),
    "doctors.0.timing.horizon_days": in_doctor(0, timing={"horizon_days": 1000}),
    "doctors.0.contacts.email": lambda document: document["doctors"][0]["contacts"].update(email="@"),
    "doctors.1.given_name": lambda document: document["doctors"][1].pop("given_name"),
    "doctors.1.specialties.1": in_doctor(1, specialties=["therapist", "therapist"]),
    "doctors.1.treats.from_age": in_doctor(1, treats={"from_age": "с рождения", "to_age": 1}),
    "doctors.1.languages.0": in_doctor(1, languages=["ua"]),
    "doctors.1.offers.first.minutes": in_doctor(1, offers={"first": {"price": 100_000}}),
    "doctors.1.timing.minimum_notice_minutes": in_doctor(
        1, timing={"minimum_notice_minutes": 10, "hold_ends_before_minutes": 20}
    ),
    "doctors.1.schedule.1.to": lambda document: document["doctors"][1]["schedule"].append(
        {"recurrence": "FREQ=WEEKLY;BYDAY=MO", "from": "13:00", "to": "09:00"}
    ),
    "doctors.1.contacts.phone": lambda document: document["doctors"][1]["contacts"].pop("phone"),
    "doctors.2.id": lambda document: document["doctors"].append(samples.document()["doctors"][1]),
    "doctors.3": lambda document: document["doctors"].extend(
        [{**samples.document()["doctors"][1], "id": "d-third"}, "Дежнёв"]
    ),
}
# Which comes first decides where the next of a list stands.
TOGETHER_ELSEWHERE = {"doctors.2.id": "doctors.3"}


@given(st.sets(st.sampled_from(sorted(PLANTED)), min_size=1))
def test_a_catalogue_with_so_many_faults_lists_exactly_these(chosen: set[str]) -> None:
    chosen = {path for path in chosen if TOGETHER_ELSEWHERE.get(path) not in chosen}
    document = samples.document()
    for path in sorted(chosen):
        PLANTED[path](document)
    with pytest.raises(Invalid) as excinfo:
        check_document(document)
    assert sorted(fault.path for fault in excinfo.value.fields) == sorted(chosen)


def test_without_them_it_has_none() -> None:
    assert check_document(samples.document())
