"""Intake: all is checked at once, then booking, slot, people and consents are stored, or none of them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from teleconsult.booking import store as bookings
from teleconsult.booking import workflow
from teleconsult.booking.model import Booking, Channel, Door, Record, Status
from teleconsult.catalogue import rules as catalogue_rules
from teleconsult.catalogue import store as catalogue_store
from teleconsult.catalogue.model import Catalogue
from teleconsult.catalogue.rules import Choice
from teleconsult.consents import rules as consent_rules
from teleconsult.consents import store as consent_store
from teleconsult.consents.giving import Origin
from teleconsult.consents.rules import Signature
from teleconsult.intake import holds, limits
from teleconsult.intake.application import Application, SlotTaken, moment
from teleconsult.notices import outbox
from teleconsult.notices.rules import Notice
from teleconsult.people import store as people_store
from teleconsult.people.form import check_people, patient_age
from teleconsult.people.model import People
from teleconsult.platform import dynamo, ids, settings
from teleconsult.platform.checks import collect, settle, sure
from teleconsult.platform.dynamo import Write
from teleconsult.platform.errors import Conflict, FieldError, NotFound
from teleconsult.slots import rules as slot_rules
from teleconsult.slots import search
from teleconsult.slots import store as slots
from teleconsult.slots.model import Slot
from teleconsult.trail import store as trail
from teleconsult.trail.model import Entry


@dataclass(frozen=True, slots=True)
class _Accepted:
    """An application without a fault."""

    people: People
    choice: Choice
    slot: Slot
    signatures: Sequence[Signature]
    age: int


def book(
    application: Application,
    *,
    door: Door,
    created_by: str,
    idempotency_key: str,
    origin: Origin,
    now: datetime,
    limited: bool = False,
    entry_id: str | None = None,
) -> Record:
    """Store a booking with its slot held and start its workflow; the same key is the same booking.

    `created_by`: the operator's id, the holder's, or `site`; idempotency keys are the creator's own.
    `limited`: whether the address it comes from may make a number of new bookings only. `entry_id`: the
    request that an entry of the audit trail tells of; None: no entry.

    Raises:
        Invalid: every fault of the form (§3).
        SlotTaken: the slot is gone; nothing was stored.
        Conflict: the key was used with another form.
        TooMany: the holder has as many unpaid bookings as they may, or the address has made too many.
        Unavailable: others were faster all the time; the same call may be repeated.
    """
    booking_id = ids.booking_id(settings.pepper(), created_by, idempotency_key)
    request_hash = ids.content_hash(asdict(application))[:32]
    try:
        return _repeat(bookings.load(booking_id), request_hash)
    except NotFound:
        catalogue = catalogue_store.load()
    accepted = _check(application, catalogue, now)
    if limited:
        limits.count_booking(origin.ip, catalogue.clinic.limits.bookings_per_address, now)
    zone, also = catalogue.clinic.zone, _entered(booking_id, entry_id, created_by, now)
    booking = _booking(booking_id, request_hash, application, accepted, door, created_by, zone, now)
    try:
        # The doctor's day, and what the holder holds unpaid, are written as they were read, or not at all.
        dynamo.transact_as_read(lambda: _writes(booking, accepted, catalogue, origin, also, now), final={0})
    except slots.Overlaps as overlaps:
        raise SlotTaken(_alternatives(catalogue, application, accepted, now)) from overlaps
    except dynamo.TransactionRefused:  # the same key, at the same moment
        return _repeat(bookings.load(booking_id), request_hash)
    workflow.start(booking_id)
    return Record(booking=booking)


def _repeat(record: Record, request_hash: str) -> Record:
    """The answer to a key that was used before; a workflow that never started is started now."""
    if record.booking.request_hash != request_hash:
        raise Conflict("idempotency_conflict", "Этот ключ запроса уже использован с другими данными")
    workflow.restart_if_lost(record)
    return record


def _check(application: Application, catalogue: Catalogue, now: datetime) -> _Accepted:
    faults: list[FieldError] = []
    start = collect(faults, moment, application.slot_start, "slot.start")
    day = catalogue_rules.consultation_day(catalogue, start) if start else None
    today = catalogue_rules.consultation_day(catalogue, now)
    people = collect(
        faults,
        check_people,
        application.holder,
        application.patient,
        channel=application.channel,
        comments=application.comments,
        time_zone=application.time_zone,
        today=today,
        consultation_day=day,
    )
    age = patient_age(application.holder, application.patient, today, day)
    choice = collect(
        faults,
        catalogue_rules.check_choice,
        catalogue,
        kind=application.kind,
        specialty=application.specialty,
        doctor_id=application.doctor_id,
        slot_doctor_id=application.slot_doctor_id,
        channel=application.channel.get("type"),
        age=age,
    )
    doctor = catalogue.doctors.get(application.slot_doctor_id or "")
    slot = None
    if start and doctor:
        # Where the choice has a fault its length is unknown, but a time that is over is over all the same.
        minutes = choice.minutes if choice else doctor.minutes(None)
        slot = collect(faults, slot_rules.check_slot, catalogue.clinic, doctor, minutes, start, now)
    signatures: Sequence[Signature] | None = ()
    if application.consents is not None:
        signatures = collect(faults, consent_rules.check_ticks, application.consents, age)
    settle(faults, application.faults)
    return _Accepted(sure(people), sure(choice), sure(slot), sure(signatures), sure(age))


def _booking(
    booking_id: str,
    request_hash: str,
    application: Application,
    accepted: _Accepted,
    door: Door,
    created_by: str,
    zone: str,
    now: datetime,
) -> Booking:
    choice, slot = accepted.choice, accepted.slot
    timing = choice.doctor.timing
    hold_until = catalogue_rules.hold_until(timing, door, now, slot.start, application.hold_minutes)
    awaits = Status.AWAITING_CONSENT if application.consents is None else Status.AWAITING_PAYMENT
    return Booking(
        booking_id=booking_id,
        door=door,
        status=awaits,
        kind=choice.kind,
        specialty=choice.specialty,
        doctor_id=slot.doctor_id,
        slot_start=slot.start,
        slot_end=slot.end,
        price=choice.price,
        holder_id=ids.holder_id(settings.pepper(), accepted.people.holder.phone),
        channel=Channel(application.channel["type"]),
        hold_until=hold_until,
        verdict_after=slot.end + timedelta(minutes=timing.grace_minutes),
        verdict_deadline=slot.end + timedelta(hours=timing.verdict_hours),
        request_hash=request_hash,
        created_at=now,
        created_by=created_by,
        zone=zone,
        due_at=hold_until,
        reminder_minutes=timing.reminder_minutes,
        consented_at=None if application.consents is None else now,
    )


def _entered(booking_id: str, entry_id: str | None, by: str, now: datetime) -> list[Write]:
    if entry_id is None:
        return []
    entry = Entry(subject=booking_id, entry_id=entry_id, at=now, by=by, action="booked")
    return [trail.entered(entry)]


def _writes(
    booking: Booking,
    accepted: _Accepted,
    catalogue: Catalogue,
    origin: Origin,
    also: Sequence[Write],
    now: datetime,
) -> list[Write]:
    slot = accepted.slot
    writes = [
        bookings.create(booking),
        *slots.hold(slots.days_of(slot), slot, booking.booking_id, booking.hold_until, now),
        people_store.put_people(booking.booking_id, accepted.people),
        *people_store.put_holders_name(booking.booking_id, accepted.people),
        *also,
    ]
    if booking.door is Door.SITE:
        held = holds.of(booking.created_by, booking.holder_id)
        writes.append(holds.add(held, booking, catalogue.clinic.limits.live_holds, now))
    if booking.status is Status.AWAITING_CONSENT:
        return [*writes, outbox.put(booking.booking_id, Notice.PAYMENT_LINK, now)]
    evidence = consent_rules.evidence(
        accepted.signatures,
        accepted.people.patient.relation,
        ticked_by=booking.created_by,
        signed_at=now,
        ip=origin.ip,
        user_agent=origin.user_agent,
    )
    return [*writes, consent_store.put_evidence(booking.booking_id, evidence)]


def _alternatives(
    catalogue: Catalogue, application: Application, accepted: _Accepted, now: datetime
) -> list[Slot]:
    """The nearest free slots: of the doctor alone who was chosen by name (S5), else of the specialty."""
    choice = accepted.choice
    doctors = [choice.doctor]
    if application.doctor_id is None:
        doctors = catalogue_rules.doctors_for(
            catalogue, specialty=choice.specialty, kind=choice.kind, age=accepted.age
        )
    return search.alternatives(catalogue, doctors, choice.kind, accepted.slot.start, now)
