"""Forms of invented people, and the free times to put into them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from teleconsult.booking import store as bookings
from teleconsult.booking.model import Booking, Door, Record
from teleconsult.catalogue import rules as catalogue_rules
from teleconsult.catalogue import store as catalogue_store
from teleconsult.catalogue.model import Doctor
from teleconsult.consents import documents
from teleconsult.consents.giving import Origin
from teleconsult.intake.application import Application
from teleconsult.intake.book import book
from teleconsult.platform import clock, dynamo
from teleconsult.slots import search
from teleconsult.slots.model import Slot

ORIGIN = Origin(ip="192.0.2.7", user_agent="unit")

_HOLDER = {
    "family_name": "Соловьёва",
    "given_name": "Анна",
    "patronymic": "Игоревна",
    "birth_date": "1988-04-12",
    "sex": "female",
    "phone": "8 913 000-11-22",
    "email": "anna@example.org",
}
CHILD = {
    "who": "child",
    "relation": "parent",
    "family_name": "Соловьёв",
    "given_name": "Пётр",
    "birth_date": "2019-02-03",
    "sex": "male",
}
TEENAGER = {**CHILD, "given_name": "Илья", "birth_date": "2010-06-15"}


def free_slots(specialty: str, now: datetime) -> list[Slot]:
    """Times of the ordinary doctors at 2,500 roubles, who keep the clinic's usual holds and grace."""
    catalogue = catalogue_store.load()
    doctors = catalogue_rules.doctors_for(catalogue, specialty=specialty, kind="first")
    ordinary = [doctor for doctor in doctors if doctor.timing.grace_minutes and _price(doctor) == 250000]
    day = catalogue_rules.consultation_day(catalogue, now) + timedelta(days=2)
    return search.free(catalogue, ordinary, day, day + timedelta(days=3), now, "first")


def _price(doctor: Doctor) -> int:
    return doctor.offers["first"].price


def ticks(**signed_by: str) -> list[dict[str, Any]]:
    """Every required document in its current version; `signed_by`: whose tick it is, by document."""
    return [tick(each.document, **signed_by) for each in documents.current() if each.required]


def tick(document: str, **signed_by: str) -> dict[str, Any]:
    (current,) = (each for each in documents.current() if each.document == document)
    signer = {"signed_by": signed_by[document]} if document in signed_by else {}
    return {"document": document, "version": current.version, **signer}


def form(slot: Slot, **changes: Any) -> Application:
    """An adult's form for a therapist's slot, through the site; `changes` replace whole fields."""
    fields: dict[str, Any] = {
        "kind": "first",
        "specialty": "therapist",
        "doctor_id": None,
        "slot_doctor_id": slot.doctor_id,
        "slot_start": clock.iso(slot.start),
        "holder": _HOLDER,
        "patient": {"who": "self"},
        "channel": {"type": "room"},
        "comments": None,
        "time_zone": "Asia/Novosibirsk",
        "consents": ticks(),
    }
    return Application(**{**fields, **changes})


def holder(**changes: str) -> dict[str, str]:
    return {**_HOLDER, **changes}


def booked(
    application: Application, now: datetime, key: str = "key-0001", created_by: str = "site"
) -> Record:
    door = Door.OPERATOR if application.consents is None else Door.SITE
    return book(application, door=door, created_by=created_by, idempotency_key=key, origin=ORIGIN, now=now)


def stored(booking: Booking) -> None:
    """Put a row in the place of the one that is there: what no rule would write."""
    write = bookings.create(booking)
    unconditional = {name: value for name, value in write.request.items() if name != "ConditionExpression"}
    dynamo.write(dynamo.Write("Put", unconditional))


def paths(faults: Sequence[Any]) -> set[str]:
    return {fault.path for fault in faults}
