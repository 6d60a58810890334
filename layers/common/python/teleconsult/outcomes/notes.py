"""A doctor's notes to outcomes, beside the bookings in the Patients table: each written once, never changed.

The key names the doctor, so reading one's own reads nobody else's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from teleconsult.platform import clock, dynamo, settings
from teleconsult.platform.dynamo import Write


@dataclass(frozen=True, slots=True)
class Note:
    """What a doctor wrote of a consultation: health data, for that doctor alone."""

    text: str
    doctor_id: str
    by: str
    at: datetime


def put(booking_id: str, note: Note) -> Write:
    """The note; refused where this doctor has written one already."""
    item = {
        "pk": _pk(booking_id),
        "sk": _sk(note.doctor_id),
        "text": note.text,
        "by": note.by,
        "at": clock.iso(note.at),
    }
    return dynamo.put(settings.patients_table(), item, "attribute_not_exists(pk)")


def load_many(booking_ids: Sequence[str], doctor_id: str) -> dict[str, Note]:
    """This doctor's own notes to these bookings, in one read."""
    keys = [(_pk(booking_id), _sk(doctor_id)) for booking_id in booking_ids]
    return {
        item["pk"].removeprefix(_pk("")): Note(item["text"], doctor_id, item["by"], clock.parse(item["at"]))
        for item in dynamo.batch_get(settings.patients_table(), keys)
    }


def _pk(booking_id: str) -> str:
    return f"BOOKING#{booking_id}"


def _sk(doctor_id: str) -> str:
    return f"NOTE#{doctor_id}"
