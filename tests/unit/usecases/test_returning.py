"""What it costs to find a returning holder's people, and how far back they are looked for (§3)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from teleconsult.booking import store as bookings
from teleconsult.booking.model import Door
from teleconsult.intake.returning import people_of_holder
from teleconsult.people import store as people_store
from teleconsult.people.model import Patient, People
from teleconsult.platform import aws, dynamo
from tests.bookings import HOLDER, booking
from tests.people import FOR_PETR
from tests.unit.usecases.conftest import NOW


def stored(count: int, **changes: Any) -> None:
    """So many bookings of one holder, a day between two, each for another child."""
    for number in range(count):
        child = replace(FOR_PETR.patient, birth_date=date(2019, 1, 1) + timedelta(days=number))
        fields = {"created_by": HOLDER, "slot_start": NOW + timedelta(days=number), **changes}
        row = booking(f"b-{number}", NOW, **fields)
        dynamo.transact([bookings.create(row), people_store.put_people(f"b-{number}", _with(child))])


def _with(child: Patient) -> People:
    return replace(FOR_PETR, patient=child)


def test_only_the_bookings_of_the_latest_slots_are_looked_at() -> None:
    stored(102)
    born = {patient.birth_date for patient in people_of_holder(HOLDER, NOW).patients}
    assert born == {date(2019, 1, 1) + timedelta(days=number) for number in range(2, 102)}


@pytest.mark.parametrize(
    ("made", "found"),
    [
        ({"created_by": "site"}, 0),
        ({"created_by": "site", "paid_at": NOW}, 1),
        ({"created_by": HOLDER}, 1),
        ({"created_by": "staff:s-1", "door": Door.OPERATOR}, 1),
    ],
)
def test_what_anybody_may_have_typed_on_the_public_form_is_not_shown_as_the_holders(
    made: dict[str, Any], found: int
) -> None:
    stored(1, **made)
    people = people_of_holder(HOLDER, NOW)
    assert (len(people.patients), people.holder is not None) == (found, bool(found))


def test_people_are_found_in_as_many_reads_however_many_they_are() -> None:
    stored(5)
    reads: list[str] = []

    def note(model: Any, **_: Any) -> None:
        reads.append(model.name)

    aws.client("dynamodb").meta.events.register("before-call.dynamodb", note)
    people_of_holder(HOLDER, NOW)
    assert sorted(reads) == ["BatchGetItem", "BatchGetItem", "GetItem", "Query"]  # GetItem: the catalogue
