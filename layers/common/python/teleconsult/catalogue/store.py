"""The catalogue in DynamoDB: one item, replaced whole.

Doctors' telephone numbers and e-mail addresses are personal data of the staff. They are written to the
Patients table, behind its key, in the same transaction: the Bookings table holds no personal data, and
nothing that shows the catalogue can show them.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from teleconsult.catalogue.model import Catalogue, Contacts, from_document
from teleconsult.platform import clock, dynamo, settings
from teleconsult.platform.errors import Conflict, Unavailable

_CATALOGUE = ("CATALOGUE", "CATALOGUE")
_CONTACTS = ("CLINIC", "DOCTOR_CONTACTS")


def load() -> Catalogue:
    """The catalogue in force.

    Raises:
        Unavailable: none was ever loaded.
    """
    item = dynamo.get(settings.bookings_table(), *_CATALOGUE)
    if item is None:
        raise Unavailable("no_catalogue", "Каталог клиники ещё не загружен")
    return from_document(json.loads(item["document"]), item["version"])


def load_contacts() -> dict[str, Contacts]:
    """Where each doctor's notices go, by doctor id."""
    item = dynamo.get(settings.patients_table(), *_CONTACTS)
    return {doctor: Contacts(**contacts) for doctor, contacts in item["contacts"].items()} if item else {}


def replace(document: Mapping[str, Any], now: datetime) -> int:
    """Put a checked document (`document.check_document`) in the place of the one in force; its version.

    Raises:
        Conflict: somebody else has just replaced it.
    """
    item = dynamo.get(settings.bookings_table(), *_CATALOGUE)
    seen = item["version"] if item else 0
    doctors = [dict(doctor) for doctor in document["doctors"]]
    contacts = {doctor["id"]: doctor.pop("contacts") for doctor in doctors}
    catalogue = {
        **_key(_CATALOGUE),
        "document": json.dumps({**document, "doctors": doctors}, ensure_ascii=False),
        "version": seen + 1,
        "loaded_at": clock.iso(now),
    }
    try:
        dynamo.transact(
            [
                dynamo.put(
                    settings.bookings_table(),
                    catalogue,
                    "attribute_not_exists(pk) OR #version = :seen",
                    seen=seen,
                ),
                dynamo.put(settings.patients_table(), {**_key(_CONTACTS), "contacts": contacts}),
            ]
        )
    except dynamo.TransactionRefused:
        raise Conflict("catalogue_changed", "Каталог только что изменил кто-то другой") from None
    return seen + 1


def _key(key: tuple[str, str]) -> dict[str, str]:
    return {"pk": key[0], "sk": key[1]}
