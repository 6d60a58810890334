"""The catalogue in DynamoDB: one item, replaced whole.

Doctors' telephone numbers and e-mail addresses are personal data of the staff. They are written to the
Patients table, behind its key, in the same transaction: the Bookings table holds no personal data, and
nothing that shows the catalogue to the public can show them.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from teleconsult.catalogue.model import Catalogue, Contacts, from_document
from teleconsult.platform import clock, dynamo, settings
from teleconsult.platform.dynamo import Item, Write
from teleconsult.platform.errors import Conflict, Unavailable

_CATALOGUE = ("CATALOGUE", "CATALOGUE")
_CONTACTS = ("CLINIC", "DOCTOR_CONTACTS")

# How long a doctor who left can be reached: past the furthest slot that could have been booked (365 days),
# and the longest wait for its outcome (30 days).
_FORMER_KEPT = timedelta(days=400)
_READS = 5


def load() -> Catalogue:
    """The catalogue in force.

    Raises:
        Unavailable: none was ever loaded.
    """
    item = _in_force()
    return from_document(json.loads(item["document"]), item["version"])


def load_document() -> tuple[dict[str, Any], int]:
    """The document in force as it was loaded, contacts included, and its version.

    Raises:
        Unavailable: none was ever loaded, or it is being changed all the time.
    """
    for _ in range(_READS):
        item, addresses = _in_force(), _addresses()
        if addresses.get("version", item["version"]) == item["version"]:  # both of one load
            document = json.loads(item["document"])
            for doctor in document["doctors"]:
                contacts = addresses["contacts"][doctor["id"]]
                doctor["contacts"] = {"phone": contacts["phone"], "email": contacts["email"]}
            return document, item["version"]
    raise Unavailable("catalogue_changing", "Каталог прямо сейчас меняют. Повторите позже")


def load_contacts() -> dict[str, Contacts]:
    """How to reach each doctor, by id: of the catalogue, or gone from it not long ago."""
    addresses = _addresses()
    known = {**addresses.get("former", {}), **addresses.get("contacts", {})}
    return {
        doctor: Contacts(name=each.get("name", ""), phone=each["phone"], email=each["email"])
        for doctor, each in known.items()
    }


def replace(
    document: Mapping[str, Any],
    now: datetime,
    seen: int | None = None,
    also: Callable[[int], Sequence[Write]] = lambda _version: (),
) -> int:
    """Put a checked document (`document.check_document`) in the place of the one in force; its version.

    `seen`: the version that the change was made from; 0: none. The contacts of doctors who are left out are
    kept while they may have consultations. `also`: rows that go with the version it is given.

    Raises:
        Conflict: somebody else has replaced that version, or is just replacing this one.
    """
    item = dynamo.get(settings.bookings_table(), *_CATALOGUE)
    in_force = item["version"] if item else 0
    if seen not in (None, in_force):
        message = f"Каталог уже изменил кто-то другой: действует версия {in_force}, а не {seen}"
        raise Conflict("catalogue_changed", message)
    version = in_force + 1
    catalogue, addresses = _items(document, version, now)
    try:
        dynamo.transact(
            [
                dynamo.put(
                    settings.bookings_table(),
                    catalogue,
                    "attribute_not_exists(pk) OR #version = :in_force",
                    in_force=in_force,
                ),
                dynamo.put(settings.patients_table(), addresses),
                *also(version),
            ]
        )
    except dynamo.TransactionRefused:
        raise Conflict("catalogue_changed", "Каталог только что изменил кто-то другой") from None
    return version


def _items(document: Mapping[str, Any], version: int, now: datetime) -> tuple[Item, Item]:
    """The catalogue without its doctors' contacts, and the contacts."""
    doctors = [dict(doctor) for doctor in document["doctors"]]
    contacts = {doctor["id"]: {**doctor.pop("contacts"), "name": _full_name(doctor)} for doctor in doctors}
    catalogue = {
        **_key(_CATALOGUE),
        "document": json.dumps({**document, "doctors": doctors}, ensure_ascii=False),
        "version": version,
        "loaded_at": clock.iso(now),
    }
    addresses = {
        **_key(_CONTACTS),
        "version": version,
        "contacts": contacts,
        "former": _former(_addresses(), contacts, now),
    }
    return catalogue, addresses


def _in_force() -> Item:
    item = dynamo.get(settings.bookings_table(), *_CATALOGUE)
    if item is None:
        raise Unavailable("no_catalogue", "Каталог клиники ещё не загружен")
    return item


def _addresses() -> Item:
    return dynamo.get(settings.patients_table(), *_CONTACTS) or {}


def _former(before: Item, contacts: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Who left the catalogue, now or not long ago, with their contacts and the moment that they left."""
    left_now = {
        doctor: {**each, "left_at": clock.iso(now)} for doctor, each in before.get("contacts", {}).items()
    }
    still_reached = {
        doctor: each
        for doctor, each in before.get("former", {}).items()
        if now < clock.parse(each["left_at"]) + _FORMER_KEPT
    }
    return {doctor: each for doctor, each in (still_reached | left_now).items() if doctor not in contacts}


def _full_name(doctor: Mapping[str, Any]) -> str:
    return " ".join(filter(None, map(doctor.get, ("family_name", "given_name", "patronymic"))))


def _key(key: tuple[str, str]) -> dict[str, str]:
    return {"pk": key[0], "sk": key[1]}
