"""The people of a booking in the Patients table."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from teleconsult.people.model import Holder, Patient, People, Relation, Sex
from teleconsult.platform import dynamo, settings
from teleconsult.platform.dynamo import Item, Write
from teleconsult.platform.errors import NotFound

_SK = "PEOPLE"


def put_people(booking_id: str, people: People) -> Write:
    """The people of a new booking, for its transaction; refused where they are written already."""
    item = {
        "pk": _pk(booking_id),
        "sk": _SK,
        "holder": _person_item(people.holder),
        "patient": _person_item(people.patient),
        "comments": people.comments,
        "skype_login": people.skype_login,
        "time_zone": people.time_zone,
    }
    return dynamo.put(settings.patients_table(), item, "attribute_not_exists(pk)")


def load(booking_id: str) -> People:
    """The people of a booking.

    Raises:
        NotFound: the booking has none here.
    """
    item = dynamo.get(settings.patients_table(), _pk(booking_id), _SK)
    if item is None:
        raise NotFound("Запись не найдена")
    return _people(item)


def load_many(booking_ids: Sequence[str]) -> list[People]:
    """The people of several bookings, in the order of these, in one read."""
    keys = [(_pk(booking_id), _SK) for booking_id in booking_ids]
    return [_people(item) for item in dynamo.batch_get(settings.patients_table(), keys)]


def by_booking(booking_ids: Sequence[str]) -> dict[str, People]:
    """The people of those of these bookings that have some, in one read."""
    keys = [(_pk(booking_id), _SK) for booking_id in booking_ids]
    found = dynamo.batch_get(settings.patients_table(), keys)
    return {item["pk"].removeprefix(_pk("")): _people(item) for item in found}


def _people(item: Item) -> People:
    holder, patient = item["holder"], item["patient"]
    relation = patient.get("relation")
    return People(
        holder=Holder(**_person(holder), phone=holder["phone"], email=holder["email"]),
        patient=Patient(**_person(patient), relation=Relation(relation) if relation else None),
        comments=item.get("comments"),
        skype_login=item.get("skype_login"),
        time_zone=item["time_zone"],
    )


def _pk(booking_id: str) -> str:
    return f"BOOKING#{booking_id}"


def _person_item(person: Holder | Patient) -> Item:
    return asdict(person) | {"birth_date": person.birth_date.isoformat()}


def _person(item: Item) -> dict[str, Any]:
    return {
        "family_name": item["family_name"],
        "given_name": item["given_name"],
        "patronymic": item.get("patronymic"),
        "birth_date": date.fromisoformat(item["birth_date"]),
        "sex": Sex(item["sex"]),
    }
