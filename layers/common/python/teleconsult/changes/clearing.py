"""A doctor falls ill (§2): nobody books the day any more, and each of its bookings is moved or cancelled.

The day is closed first, so a call that had no time for all is carried on with by the next one: what is done
is off the day.
"""

import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from teleconsult.booking import store as bookings
from teleconsult.booking.model import Record
from teleconsult.catalogue import rules as catalogue_rules
from teleconsult.catalogue import store as catalogue_store
from teleconsult.catalogue.model import Catalogue
from teleconsult.changes import rules
from teleconsult.changes.cancelling import cancel
from teleconsult.changes.model import Action, Asked, Became, Cleared, Clearing, Dealt
from teleconsult.changes.moving import Wish, move_to
from teleconsult.intake.application import SlotTaken
from teleconsult.people import store as people_store
from teleconsult.platform.checks import refuse
from teleconsult.platform.errors import Conflict, DomainError, Invalid, NotFound, Unavailable
from teleconsult.platform.observability import logger
from teleconsult.slots import search
from teleconsult.slots import store as slots
from teleconsult.slots.model import Slot
from teleconsult.slots.schedule import day_start
from teleconsult.trail import store as trail

_CLOSINGS = 5  # each that is made anew means that somebody else has changed the catalogue
_LOOKS = 3  # at the free times nearest to a booking's own: others book meanwhile
_FURTHEST = timedelta(days=366)  # nobody can be booked later, see `catalogue.document`
_NEAREST = 10  # of them tried at each look


@dataclass(frozen=True, slots=True)
class _Day:
    """A doctor's day that is being cleared."""

    doctor_id: str
    how: Clearing
    catalogue: Catalogue
    asked: Asked
    now: datetime


def clear_day(
    doctor_id: str,
    day: date,
    how: Clearing,
    asked: Asked,
    now: datetime,
    has_time: Callable[[], bool],
    after: datetime | None = None,
    limit: int | None = None,
) -> Cleared:
    """Close one of the clinic's days of a doctor, then move or cancel its bookings in time order.

    `after`: only those that begin later, `Cleared.next` of the call before. `limit`: at most so many of them.

    Raises:
        Invalid: the day is over.
        NotFound: nobody of that id, now or then.
        Unavailable: the catalogue is changed all the time; the same call may be repeated.
    """
    zone = catalogue_store.load().clinic.zone
    today = catalogue_rules.clinic_day(zone, now)
    if day < today:
        refuse("day", "past", "Этот день уже прошёл")
    if day - today > _FURTHEST:
        refuse("day", "too_far", "На этот день ещё никого не записывают")
    _close(doctor_id, day, now)
    catalogue = catalogue_store.load()
    since, until = (day_start(zone, each) for each in (day, day + timedelta(days=1)))
    booked = slots.booked_between(doctor_id, since, until)
    if doctor_id not in catalogue.doctors and not booked:
        raise NotFound("Такого врача нет")
    trail.enter(asked.entry(asked.by, "day_cleared", now, doctor=doctor_id, day=day.isoformat()))
    cleared = _Day(doctor_id, how, catalogue, asked, now)
    first = max(since, after + timedelta(seconds=1)) if after else since
    records = list(_live(cleared, booked, first, until))
    dealt: list[Dealt] = []
    for record in records[:limit]:
        if not has_time():
            break
        dealt.append(_deal(cleared, record))
    left = len(records) - len(dealt)
    return Cleared(tuple(dealt), left, dealt[-1].start if dealt and left else after if left else None)


def _close(doctor_id: str, day: date, now: datetime) -> None:
    """Nobody books the doctor's day from now on; closed already, it stays so."""
    for _ in range(_CLOSINGS):
        document, version = catalogue_store.load_document()
        closed = rules.without_day(document, doctor_id, day)
        if closed is None:
            return
        with suppress(Conflict):  # somebody else has just changed the catalogue
            catalogue_store.replace(closed, now, seen=version)
            return
    raise Unavailable("catalogue_changing", "Каталог прямо сейчас меняют. Повторите позже")


def _live(day: _Day, booked: list[str], since: datetime, until: datetime) -> Iterator[Record]:
    for booking_id in booked:
        with suppress(NotFound):
            record = bookings.load(booking_id)
            booking = record.booking
            on_the_day = booking.doctor_id == day.doctor_id and since <= booking.slot_start < until
            if on_the_day and not booking.status.final:
                yield record


def _deal(day: _Day, record: Record) -> Dealt:
    """One booking; whatever is wrong with it, the others have their turn."""
    try:
        return _dealt(day, record)
    except DomainError as error:
        became = Became.LEFT if isinstance(error, Conflict | Invalid) else Became.FAILED
        return _told(record, became, reason=error.code, message=error.message)
    except Exception as error:
        # The text of an unforeseen error may repeat what is personal: its kind and place must do.
        kind, place = type(error).__qualname__, traceback.format_tb(error.__traceback__)
        told = {"booking_id": record.booking.booking_id, "error": kind, "trace": place}
        logger.error("a booking of the day was not dealt with", extra=told)
        return _told(record, Became.FAILED, reason="internal", message="Внутренняя ошибка, повторите")


def _dealt(day: _Day, record: Record) -> Dealt:
    rules.check_changeable(record.booking, day.now)
    if day.how.action is Action.MOVE:
        slot = _moved(day, record)
        if slot:
            return _told(record, Became.MOVED, slot=slot)
        if day.how.otherwise is not Action.CANCEL:
            return _told(record, Became.LEFT, reason="no_slot", message="Нет подходящего свободного времени")
    cancel(record, day.asked, day.now)
    return _told(record, Became.CANCELLED)


def _moved(day: _Day, record: Record) -> Slot | None:
    """The slot that it was moved to: the nearest that is free still and fits; None: there is none."""
    booking = record.booking
    people = people_store.load(booking.booking_id)
    doctors = [
        doctor
        for doctor in rules.doctors_to_move_to(booking, people, day.catalogue, by_staff=True)
        if not day.how.same_doctor or doctor.id == day.doctor_id
    ]
    for _ in range(_LOOKS):
        taken = False
        for slot in search.alternatives(
            day.catalogue, doctors, booking.kind, booking.slot_start, day.now, count=_NEAREST
        ):
            key = f"clearing {booking.moves} {slot.doctor_id} {slot.start}"
            try:
                move_to(
                    record, people, day.catalogue, Wish(slot.doctor_id, slot.start, key), day.asked, day.now
                )
                return slot
            except SlotTaken:
                taken = True
            except Invalid:  # too soon to be paid, or the patient is of another age there
                continue
        if not taken:
            return None
    return None


def _told(
    record: Record,
    became: Became,
    slot: Slot | None = None,
    reason: str | None = None,
    message: str | None = None,
) -> Dealt:
    return Dealt(
        booking_id=record.booking.booking_id,
        start=record.booking.slot_start,
        became=became,
        slot=slot,
        reason=reason,
        message=message,
    )
