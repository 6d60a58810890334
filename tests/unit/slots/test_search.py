"""Free slots over several doctors, with what the table says is taken."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from teleconsult.catalogue import rules as catalogue_rules
from teleconsult.catalogue.model import Doctor, Offer
from teleconsult.platform import dynamo
from teleconsult.platform.dynamo import Item
from teleconsult.slots import search, store
from teleconsult.slots.model import Slot
from tests.unit.catalogue import samples

pytestmark = pytest.mark.usefixtures("stores")

CATALOGUE = samples.catalogue()
THERAPIST, DUTY = CATALOGUE.doctors["d-therapist"], CATALOGUE.doctors["d-duty"]
NOW = samples.NOW  # Monday 2026-11-23 06:00 UTC, 13:00 in the clinic
TUESDAY = date(2026, 11, 24)
NINE = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def take(doctor: Doctor, start: datetime, hold_until: datetime | None = None) -> None:
    slot = Slot(start, start + doctor.minutes("first") * MINUTE, doctor.id)
    dynamo.transact(store.hold(store.days_of(slot), slot, f"b-{start:%H%M}", hold_until or start, NOW))


def test_free_slots_leave_out_what_is_taken() -> None:
    take(THERAPIST, NINE)
    take(THERAPIST, NINE + 60 * MINUTE, hold_until=NOW - MINUTE)
    found = search.free(CATALOGUE, [THERAPIST], TUESDAY, TUESDAY, NOW)
    assert [(slot.start - NINE) // MINUTE for slot in found] == [30, 60, 90, 120, 150, 180, 210]


def test_free_slots_of_several_doctors_come_in_order_of_time() -> None:
    doctors = catalogue_rules.doctors_for(CATALOGUE, specialty="therapist")
    found = search.free(CATALOGUE, doctors, date(2026, 11, 23), date(2026, 11, 30), NOW)
    assert found == sorted(found)
    assert {slot.doctor_id for slot in found} == {"d-therapist", "d-duty"}


def test_the_alternatives_are_the_nearest_free_slots_of_all_doctors() -> None:
    take(THERAPIST, NINE)
    take(THERAPIST, NINE + 30 * MINUTE)
    found = search.alternatives(CATALOGUE, [THERAPIST, DUTY], "first", NINE, NOW)
    # On Tuesday the doctor on duty is off: their last minute was at midnight, nine hours before.
    assert [(slot.doctor_id, (slot.start - NINE) // MINUTE) for slot in found] == [
        ("d-therapist", 60),
        ("d-therapist", 90),
        ("d-therapist", 120),
        ("d-therapist", 150),
        ("d-therapist", 180),
    ]


def test_of_minute_long_slots_the_next_minutes_are_offered() -> None:
    wished = NOW + 10 * MINUTE
    take(DUTY, wished)
    found = search.alternatives(CATALOGUE, [DUTY], "first", wished, NOW)
    assert [(slot.start - wished) // MINUTE for slot in found] == [1, -1, 2, -2, 3]


def test_alternatives_are_looked_for_further_and_further_away() -> None:
    for number in range(8):
        take(THERAPIST, NINE + number * 30 * MINUTE)
    found = search.alternatives(CATALOGUE, [THERAPIST], "first", NINE, NOW, count=3)
    assert [(slot.start - NINE).days for slot in found] == [6, 6, 6]
    assert len(search.alternatives(CATALOGUE, [THERAPIST], "first", NINE, NOW, count=20)) == 20


def test_there_may_be_no_alternative_at_all() -> None:
    assert search.alternatives(CATALOGUE, [], "first", NINE, NOW) == []


def test_every_alternative_is_free_to_be_held() -> None:
    found: list[Slot] = search.alternatives(CATALOGUE, [THERAPIST, DUTY], "first", NINE, NOW, count=8)
    for slot in found:
        take(CATALOGUE.doctors[slot.doctor_id], slot.start)
    again = search.alternatives(CATALOGUE, [THERAPIST, DUTY], "first", NINE, NOW, count=8)
    assert not set(found) & set(again)


def test_what_is_read_grows_with_days_and_doctors_not_with_bookings(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    batch_get = dynamo.batch_get

    def counted(table: str, keys: Sequence[tuple[str, str]], **how: Any) -> list[Item]:
        asked.append(len(keys))
        return batch_get(table, keys, **how)

    monkeypatch.setattr(dynamo, "batch_get", counted)
    until = date(2026, 12, 14)
    search.free(CATALOGUE, [THERAPIST], TUESDAY, until, NOW)
    for number in range(8):
        take(THERAPIST, NINE + number * 30 * MINUTE)
    search.free(CATALOGUE, [THERAPIST], TUESDAY, until, NOW)
    search.free(CATALOGUE, [THERAPIST, DUTY], TUESDAY, until, NOW)
    # Mondays and Tuesdays, each within one UTC day; the doctor on duty's Sundays and Mondays lie in three.
    therapists, of_duty = 6, 9
    assert asked == [therapists, therapists, therapists + of_duty]


def test_a_kind_is_looked_for_by_its_own_length() -> None:
    longer = replace(THERAPIST, offers={"first": Offer(250000, 60), "repeat": Offer(190000, 30)})
    for kind, minutes in (("first", 60), ("repeat", 30), (None, 30)):
        found = search.free(CATALOGUE, [longer], TUESDAY, TUESDAY, NOW, kind)
        assert {slot.end - slot.start for slot in found} == {minutes * MINUTE}
