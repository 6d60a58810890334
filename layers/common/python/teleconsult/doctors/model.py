"""What a doctor sees of a day. Moments are UTC. Pure."""

from dataclasses import dataclass
from datetime import date

from teleconsult.booking.model import Booking, Record
from teleconsult.documents.model import Document
from teleconsult.people.model import People


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A consultation that the same patient had before. `note`: the asking doctor's own, if there is one."""

    booking: Booking
    doctor_name: str | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consultation:
    """One paid booking of the day with all that the doctor needs for it. `age`: full years on that day."""

    record: Record
    people: People
    age: int
    documents: tuple[Document, ...]
    earlier: tuple[Earlier, ...]
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day of the clinic, whose zone it is; consultations in time order."""

    day: date
    zone: str
    consultations: tuple[Consultation, ...]
