"""Moving (§2): another slot for the same booking, which keeps its payment and its history."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from teleconsult.booking import rules as booking_rules
from teleconsult.booking import store as bookings
from teleconsult.booking import workflow
from teleconsult.booking.model import Booking, Move, Record, Status
from teleconsult.catalogue import store as catalogue_store
from teleconsult.catalogue.model import Catalogue
from teleconsult.changes import rules
from teleconsult.changes.model import Asked
from teleconsult.intake.application import SlotTaken, moment
from teleconsult.notices import outbox
from teleconsult.notices.rules import Notice
from teleconsult.people import store as people_store
from teleconsult.people.model import People
from teleconsult.platform import clock, dynamo, ids
from teleconsult.platform.checks import collect, settle, sure
from teleconsult.platform.dynamo import Write
from teleconsult.platform.errors import Conflict, FieldError, Unavailable
from teleconsult.slots import search
from teleconsult.slots import store as slots
from teleconsult.slots.model import Slot, slot_of
from teleconsult.trail import store as trail

_DECISIONS = 20  # each that is made anew means that a payment, or another booking of the day, got through


@dataclass(frozen=True, slots=True)
class Wish:
    """Where a booking is to go. `key`: the same key is the same move, however often it is said."""

    doctor_id: str
    start: datetime
    key: str

    def request(self, by: str) -> str:
        return ids.content_hash([by, self.key])[:32]

    @property
    def content(self) -> str:
        return ids.content_hash([self.doctor_id, clock.iso(self.start)])[:32]


def wish(doctor_id: str | None, start: str | None, key: str, faults: tuple[FieldError, ...] = ()) -> Wish:
    """What somebody typed, as far as it can be read.

    Raises:
        Invalid: no doctor, or no time.
    """
    found: list[FieldError] = []
    read = collect(found, moment, start, "start")
    if not doctor_id:
        found.append(FieldError("doctor", "missing", "Выберите врача"))
    settle(found, faults)
    return Wish(str(doctor_id), sure(read), key)


def move(record: Record, wished: Wish, asked: Asked, now: datetime) -> Record:
    """Give a booking another slot before its old one starts. Where it has it already, nothing changes.

    Raises:
        Invalid: it cannot be there: no such slot, another price, other people would have to sign.
        SlotTaken: somebody was faster; the booking stays where it is.
        Conflict: it is over, its time has come, its hold has run out, or the key was used for another slot.
        Unavailable: it changes all the time; the same call may be repeated.
    """
    if (done := _said_before(record, wished, asked)) is not None:
        return done
    people = people_store.load(record.booking.booking_id)
    return move_to(record, people, catalogue_store.load(), wished, asked, now)


def move_to(
    record: Record, people: People, catalogue: Catalogue, wished: Wish, asked: Asked, now: datetime
) -> Record:
    """The same for whoever has read people and catalogue already."""
    for _ in range(_DECISIONS):
        booking = record.booking
        if (done := _said_before(record, wished, asked)) is not None:
            return done
        rules.check_changeable(booking, now)
        rules.check_hold_lasts(booking, now)
        if (booking.doctor_id, booking.slot_start) == (wished.doctor_id, wished.start):
            return record
        moved = rules.moved(
            booking,
            people,
            catalogue,
            doctor_id=wished.doctor_id,
            start=wished.start,
            by_staff=asked.by_staff,
            now=now,
        )
        try:
            writes = _writes(record, moved, wished, asked, now)
        except slots.Overlaps as overlaps:
            raise SlotTaken(_alternatives(booking, people, catalogue, wished, asked, now)) from overlaps
        except slots.NotHeld as lost:
            record = bookings.load(booking.booking_id)
            if record.booking.moves != booking.moves:  # read before another move, and the days after it
                continue
            raise Conflict("slot_lost", "Время этой записи уже занял другой пациент") from lost
        with suppress(dynamo.TransactionRefused):  # the row or one of the days has changed: decide anew
            dynamo.transact(writes)
        record = bookings.load(booking.booking_id)
    raise Unavailable("busy", "Запись прямо сейчас меняется. Повторите чуть позже")


def _said_before(record: Record, wished: Wish, asked: Asked) -> Record | None:
    """The booking, if the same was asked for before and done; the workflow is told, again if that was lost.

    Raises:
        Conflict: the key was used for another slot.
    """
    done = next((each for each in record.moved if each.request == wished.request(asked.by)), None)
    if done is None:
        return None
    if done.content != wished.content:
        raise Conflict("idempotency_conflict", "Этот ключ запроса уже использован с другими данными")
    workflow.wake(record, booking_rules.waits_at(record))
    return record


def _writes(record: Record, moved: Booking, wished: Wish, asked: Asked, now: datetime) -> list[Write]:
    booking, old, new = record.booking, slot_of(record.booking), slot_of(moved)
    booking_id = booking.booking_id
    held_until = moved.hold_until if rules.unpaid(moved) else None
    move = Move(
        number=moved.moves,
        from_doctor=old.doctor_id,
        from_start=old.start,
        to_doctor=new.doctor_id,
        to_start=new.start,
        by=asked.by,
        moved_at=now,
        request=wished.request(asked.by),
        content=wished.content,
    )
    about: dict[str, str | int] = {
        "moves": move.number,
        "from_doctor": move.from_doctor,
        "from": clock.iso(move.from_start),
        "to_doctor": move.to_doctor,
        "to": clock.iso(move.to_start),
    }
    return [
        bookings.moved(booking, moved, _due(record, moved, now), now),
        bookings.nobody_spoke_before_moving(moved),
        bookings.move_noted(booking_id, move),
        *slots.move(slots.days_of_move(old, new), old, new, booking_id, held_until, now),
        *_notices(booking, moved, now),
        trail.entered(asked.entry(booking_id, "moved", now, **about)),
    ]


def _due(record: Record, moved: Booking, now: datetime) -> datetime | None:
    """When a sweep looks at a booking that is not scheduled yet: at once, if a wake-up may have been lost."""
    if moved.status is Status.SCHEDULED:
        return None
    return moved.hold_until if rules.unpaid(moved) and not _consents_wait(record) else now


def _consents_wait(record: Record) -> bool:
    return record.booking.status is Status.AWAITING_CONSENT and record.consent.done_at is not None


def _notices(booking: Booking, moved: Booking, now: datetime) -> list[Write]:
    """Both sides are told; a doctor only of what was scheduled, one who loses or gets it in other words."""
    goes = booking.doctor_id != moved.doctor_id
    about = f"{moved.moves}#{clock.iso(booking.slot_start)}" + (f"#{booking.doctor_id}" if goes else "")
    if booking.status is not Status.SCHEDULED:
        return [outbox.put(booking.booking_id, Notice.MOVED, now, about, sides=("patient",))]
    told = [outbox.put(booking.booking_id, Notice.MOVED, now, about)]
    if goes:
        told.append(outbox.put(booking.booking_id, Notice.WITHDRAWN, now, about))
    return told


def _alternatives(
    booking: Booking, people: People, catalogue: Catalogue, wished: Wish, asked: Asked, now: datetime
) -> list[Slot]:
    doctors = rules.doctors_to_move_to(booking, people, catalogue, asked.by_staff)
    return search.alternatives(catalogue, doctors, booking.kind, wished.start, now)
