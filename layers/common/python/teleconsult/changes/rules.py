"""When a booking may be changed, and what follows from its new time (§2). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from teleconsult.booking.model import Booking, Record, Status
from teleconsult.catalogue import rules as catalogue_rules
from teleconsult.catalogue.model import Catalogue, Doctor, Timing
from teleconsult.consents import rules as consent_rules
from teleconsult.people import rules as people_rules
from teleconsult.people.model import People, Who
from teleconsult.platform.checks import collect, refuse, settle, sure
from teleconsult.platform.errors import Conflict, FieldError
from teleconsult.slots import rules as slot_rules
from teleconsult.slots.model import Slot

LONGEST_HOLD = timedelta(days=7)

_UNPAID = frozenset({Status.AWAITING_CONSENT, Status.AWAITING_PAYMENT})


def check_changeable(booking: Booking, now: datetime) -> None:
    """A booking is cancelled or moved any time before its slot starts.

    Raises:
        Conflict: it is over, or its time has come.
    """
    if booking.status.final:
        raise Conflict("already_over", "Запись уже завершена, отменена или истекла: изменить её нельзя")
    if now >= booking.slot_start:
        raise Conflict("already_begun", "Время консультации уже наступило: перенести или отменить её нельзя")


def check_nothing_paid(record: Record) -> None:
    """
    Raises:
        Conflict: money came for the booking, or is perhaps on its way.
    """
    if record.payment.received or record.booking.paid_at:
        raise Conflict("paid_already", "По этой записи получена оплата: отменить её можно в личном кабинете")
    if record.payment.open_attempts:
        raise Conflict("payment_under_way", "Начата оплата этой записи: дождитесь её окончания")


def unpaid(booking: Booking) -> bool:
    """Whether its slot is only held: it may run out."""
    return booking.status in _UNPAID and booking.paid_at is None


def check_hold_lasts(booking: Booking, now: datetime) -> None:
    """
    Raises:
        Conflict: it was not paid in time, and waits for its end.
    """
    if unpaid(booking) and now >= booking.hold_until:
        raise Conflict("hold_over", "Срок оплаты записи истёк, перенести её нельзя")


def moved(
    booking: Booking,
    people: People,
    catalogue: Catalogue,
    *,
    doctor_id: object,
    start: datetime,
    by_staff: bool,
    now: datetime,
) -> Booking:
    """The booking as it is in another slot: payment, price and history stay.

    `by_staff`: an operator may go below the minimum notice and to another price; the booked one stays.

    Raises:
        Invalid: every reason why it cannot be there.
    """
    faults: list[FieldError] = []
    day = _day(booking, catalogue, start)
    doctor = collect(faults, _doctor, booking, people, catalogue, doctor_id, day, by_staff)
    known = doctor or catalogue.doctors.get(str(doctor_id))
    slot = None
    if known:
        minutes = known.minutes(booking.kind if booking.kind in known.offers else None)
        offered = _without_notice(known) if by_staff else known
        slot = collect(faults, slot_rules.check_slot, catalogue.clinic, offered, minutes, start, now, "start")
    collect(faults, check_people, booking, people, catalogue, start)
    settle(faults)
    return _in(booking, sure(slot), sure(doctor).timing, now)


def check_people(booking: Booking, people: People, catalogue: Catalogue, start: datetime) -> None:
    """The same people sign on the new day as did for the old one, and the form still fits (§4).

    Raises:
        Invalid: the patient is of another age there.
    """
    born = people.patient.birth_date
    then, now = (
        people_rules.age_on(born, _day(booking, catalogue, each)) for each in (booking.slot_start, start)
    )
    who = Who.SELF if people.patient.is_holder else Who.CHILD
    if consent_rules.signers(then) != consent_rules.signers(now):
        bound = next(
            age
            for age in (people_rules.SIGNS_MEDICAL_CONSENT, people_rules.ADULT)
            if min(then, now) < age <= max(then, now)
        )
        words = (
            f"К этой дате пациенту исполнится {bound} лет"
            if now > then
            else f"На эту дату пациенту ещё нет {bound} лет"
        )
        refuse("start", "other_signers", f"{words}: нужны новые согласия, отмените запись и запишитесь снова")
    people_rules.child_form_fits_age(who, born, _day(booking, catalogue, start), "start")


def longer_hold(
    booking: Booking, timing: Timing, until: datetime, now: datetime, path: str = "until"
) -> datetime:
    """Until when an unpaid booking is held, if an operator wishes so.

    Raises:
        Conflict: there is no unpaid hold.
        Invalid: shorter than now, longer than may be, or too close to the slot.
    """
    if not unpaid(booking):
        raise Conflict("not_unpaid", "Продлить можно только неоплаченную запись")
    latest = booking.slot_start - timedelta(minutes=timing.hold_ends_before_minutes)
    if until > latest:
        minutes = timing.hold_ends_before_minutes
        refuse(path, "too_late", f"Держать время можно не позже чем за {minutes} мин до начала консультации")
    if until > now + LONGEST_HOLD:
        refuse(path, "too_long", "Держать время можно не больше недели")
    if until < booking.hold_until or until <= now:
        refuse(path, "shorter", "Время уже держится дольше: сократить срок нельзя")
    return until


def without_day(document: Mapping[str, Any], doctor_id: str, day: date) -> dict[str, Any] | None:
    """The catalogue's document with a day on which a doctor takes nobody; None: nothing is to be changed.

    An extra day works in spite of days off, so it goes.
    """
    doctors, changed = [], False
    for doctor in document["doctors"]:
        if doctor["id"] == doctor_id and (closed := _closed(doctor, day)):
            doctor, changed = closed, True
        doctors.append(doctor)
    return {**document, "doctors": doctors} if changed else None


def _closed(doctor: Mapping[str, Any], day: date) -> dict[str, Any] | None:
    extra = [each for each in doctor["extra_days"] if each["date"] != day.isoformat()]
    is_off = any(each["from"] <= day.isoformat() <= each["to"] for each in doctor["days_off"])
    if is_off and extra == doctor["extra_days"]:
        return None
    one_day = [] if is_off else [{"from": day.isoformat(), "to": day.isoformat()}]
    return {**doctor, "days_off": [*doctor["days_off"], *one_day], "extra_days": extra}


def doctors_to_move_to(
    booking: Booking, people: People, catalogue: Catalogue, by_staff: bool
) -> Sequence[Doctor]:
    """Who may take the booking over: of its specialty, for its kind and the patient's age on its day."""
    age = people_rules.age_on(people.patient.birth_date, _day(booking, catalogue, booking.slot_start))
    fit = catalogue_rules.doctors_for(catalogue, specialty=booking.specialty, kind=booking.kind, age=age)
    return [doctor for doctor in fit if by_staff or _costs_the_same(booking, doctor)]


def _doctor(
    booking: Booking,
    people: People,
    catalogue: Catalogue,
    doctor_id: object,
    day: date,
    by_staff: bool,
) -> Doctor:
    known = catalogue.doctors.get(people_rules.text(doctor_id, "doctor"))
    doctor = known or refuse("doctor", "unknown", "Такого врача нет")
    if booking.kind not in doctor.offers:
        refuse("doctor", "not_offered", "Этот врач не проводит консультаций такого вида")
    if booking.specialty not in doctor.specialties:
        refuse("doctor", "other_specialty", "У этого врача другая специальность")
    if not catalogue_rules.treats_age(doctor, people_rules.age_on(people.patient.birth_date, day)):
        refuse("doctor", "age", "Этот врач не принимает пациентов такого возраста")
    if not by_staff and not _costs_the_same(booking, doctor):
        message = "У этого врача другая цена: отмените запись и запишитесь снова, или позвоните нам"
        refuse("doctor", "other_price", message)
    return doctor


def _costs_the_same(booking: Booking, doctor: Doctor) -> bool:
    """With the doctor who was booked the price was agreed on, whatever it is by now."""
    return doctor.id == booking.doctor_id or doctor.offers[booking.kind].price == booking.price


def _without_notice(doctor: Doctor) -> Doctor:
    return replace(doctor, timing=replace(doctor.timing, minimum_notice_minutes=0))


def _in(booking: Booking, slot: Slot, timing: Timing, now: datetime) -> Booking:
    hold_until = booking.hold_until
    if unpaid(booking):
        hold_until = min(hold_until, slot.start - timedelta(minutes=timing.hold_ends_before_minutes))
        if hold_until <= now:
            refuse("start", "too_late_to_pay", "Запись не оплачена, а до этого времени оплатить её не успеть")
    return replace(
        booking,
        doctor_id=slot.doctor_id,
        slot_start=slot.start,
        slot_end=slot.end,
        verdict_after=slot.end + timedelta(minutes=timing.grace_minutes),
        verdict_deadline=slot.end + timedelta(hours=timing.verdict_hours),
        hold_until=hold_until,
        moves=booking.moves + 1,
        reminder_minutes=timing.reminder_minutes,
    )


def _day(booking: Booking, catalogue: Catalogue, moment: datetime) -> date:
    """The day that ages are taken on: by the clock that was the clinic's when it was booked (§2)."""
    return catalogue_rules.clinic_day(booking.zone or catalogue.clinic.zone, moment)
