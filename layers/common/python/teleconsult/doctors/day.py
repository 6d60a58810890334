"""The doctor's day, read together: no scan, and no more reads than there are bookings and holders.

Two UTC days' taken time in one read; then two queries for each booking (its rows, its documents), one for
each holder (their other bookings), and three batches for all: the others' rows, everybody's people, the
doctor's own notes.
"""

from collections.abc import Sequence
from datetime import date, datetime
from operator import attrgetter

from teleconsult.booking import store as bookings
from teleconsult.booking.model import Booking, Record
from teleconsult.catalogue import rules as catalogue_rules
from teleconsult.catalogue.model import Catalogue
from teleconsult.doctors import rules
from teleconsult.doctors.model import Consultation, Day, Earlier
from teleconsult.documents import store as documents_store
from teleconsult.outcomes import notes
from teleconsult.outcomes.notes import Note
from teleconsult.people import rules as people_rules
from teleconsult.people import store as people_store
from teleconsult.people.model import People
from teleconsult.platform.errors import NotFound
from teleconsult.slots import store as slots


def day_of(doctor_id: str, day: date, catalogue: Catalogue) -> Day:
    """The paid bookings of a doctor's day, by the clinic's clock; what was cancelled is not among them."""
    zone = catalogue.clinic.zone
    records = _booked(doctor_id, *rules.hours(day, zone))
    others = _others(records)
    shown = [each.booking.booking_id for each in records]
    every = list(dict.fromkeys([*shown, *(each.booking_id for each in others)]))
    people, own_notes = people_store.by_booking(every), notes.load_many(every, doctor_id)
    return Day(
        day=day,
        zone=zone,
        consultations=tuple(
            _consultation(record, others, people, own_notes, catalogue) for record in records
        ),
    )


def _booked(doctor_id: str, begins: datetime, ends: datetime) -> list[Record]:
    """In time order. A booking over a UTC midnight stands in two days, and its row says when it begins."""
    found = [_loaded(each) for each in slots.booked(doctor_id, rules.utc_days(begins, ends))]
    records = [each for each in found if each and begins <= each.booking.slot_start < ends]
    own = [each for each in records if each.booking.doctor_id == doctor_id]
    return sorted(own, key=attrgetter("booking.slot_start"))


def _loaded(booking_id: str) -> Record | None:
    try:
        return bookings.load(booking_id)
    except NotFound:
        return None


def _others(records: Sequence[Record]) -> list[Booking]:
    holders = list(dict.fromkeys(each.booking.holder_id for each in records))
    return bookings.latest_of_holders(holders, rules.LOOKED_AT)


def _consultation(
    record: Record,
    others: Sequence[Booking],
    people: dict[str, People],
    own_notes: dict[str, Note],
    catalogue: Catalogue,
) -> Consultation:
    booking = record.booking
    own = people[booking.booking_id]
    on = catalogue_rules.clinic_day(booking.zone or catalogue.clinic.zone, booking.slot_start)
    before = rules.earlier(booking, own.patient, others, people)
    return Consultation(
        record=record,
        people=own,
        age=people_rules.age_on(own.patient.birth_date, on),
        documents=tuple(documents_store.of_booking(booking.booking_id)),
        earlier=tuple(
            Earlier(
                booking=each,
                doctor_name=_name(catalogue, each.doctor_id),
                note=_text(own_notes, each.booking_id),
            )
            for each in before
        ),
        note=_text(own_notes, booking.booking_id),
    )


def _name(catalogue: Catalogue, doctor_id: str) -> str | None:
    doctor = catalogue.doctors.get(doctor_id)
    return doctor.full_name if doctor else None


def _text(own_notes: dict[str, Note], booking_id: str) -> str | None:
    note = own_notes.get(booking_id)
    return note.text if note else None
