"""Giving consents (S10) in the cabinet, and capturing them for the workflow (§4)."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from teleconsult.booking import rules as booking_rules
from teleconsult.booking import store as bookings
from teleconsult.booking import workflow
from teleconsult.booking.model import Booking, Record, Stage, Stands, Status
from teleconsult.catalogue import rules as catalogue_rules
from teleconsult.catalogue import store as catalogue_store
from teleconsult.catalogue.model import Catalogue
from teleconsult.consents import rules, store
from teleconsult.consents.rules import Evidence
from teleconsult.people import rules as people_rules
from teleconsult.people import store as people_store
from teleconsult.people.model import People
from teleconsult.platform import dynamo
from teleconsult.platform.checks import collect, settle
from teleconsult.platform.errors import Conflict, FieldError


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a tick came from: part of its evidence."""

    ip: str
    user_agent: str


class EvidenceIncomplete(Exception):
    """Consents are said to be given, and their evidence does not show it: an operator must look."""


def give(
    record: Record,
    ticks: Sequence[Mapping[str, Any]],
    origin: Origin,
    now: datetime,
    faults: tuple[FieldError, ...] = (),
) -> Record:
    """The holder confirms the consents of an operator's booking (S12). Giving them again changes nothing.

    `faults`: what was wrong with the form's shape, told together with what is wrong with the ticks.

    Raises:
        Invalid: a document is missing, unknown, outdated, ticked twice, or another's to sign.
        Conflict: the booking does not wait for consents, or its hold has ended.
    """
    booking = record.booking
    if record.consent.done_at and not faults:
        return _given(record)
    people = people_store.load(booking.booking_id)
    age = age_at_consultation(catalogue_store.load(), booking, people)
    if faults:
        found: list[FieldError] = []
        collect(found, rules.check_ticks, ticks, age)
        settle(found, faults)
    if booking.status is not Status.AWAITING_CONSENT or now >= booking.hold_until:
        raise _not_awaited()
    evidence = rules.evidence(
        rules.check_ticks(ticks, age),
        people.patient.relation,
        ticked_by=booking.holder_id,
        signed_at=now,
        ip=origin.ip,
        user_agent=origin.user_agent,
    )
    _keep(evidence, booking, now)
    return _given(bookings.load(booking.booking_id))


def capture(booking_id: str, now: datetime) -> Record:
    """Let a booking go on to payment once the evidence of every needed consent is there.

    Raises:
        EvidenceIncomplete: a consent is missing, whatever the booking says of itself.
    """
    record = bookings.load(booking_id)
    if booking_rules.stands(record) is not Stands.CONSENT_GIVEN:
        return record
    booking = record.booking
    age = age_at_consultation(catalogue_store.load(), booking, people_store.load(booking_id))
    if not rules.complete(store.load_evidence(booking_id), rules.signers(age)):
        raise EvidenceIncomplete(booking_id)
    with suppress(dynamo.ConditionFailed):  # another run was faster, or the hold has ended
        dynamo.write(bookings.ready_for_payment(booking, now))
    return bookings.load(booking_id)


def _keep(evidence: Evidence, booking: Booking, now: datetime) -> None:
    """Evidence and booking together, once.

    Raises:
        Conflict: the booking has stopped waiting meanwhile, and nobody has given the consents.
    """
    try:
        dynamo.transact(
            [
                store.put_evidence(booking.booking_id, evidence),
                bookings.consents_given(booking.booking_id, now),
                bookings.due_at_once(booking, now),
            ]
        )
    except dynamo.TransactionRefused as refused:
        if not bookings.load(booking.booking_id).consent.done_at:
            raise _not_awaited() from refused


def _given(record: Record) -> Record:
    """Consents are there: the workflow is told, again if the first time was lost."""
    if booking_rules.stands(record) is Stands.CONSENT_GIVEN:
        workflow.wake(record, Stage.CONSENT)
    return record


def _not_awaited() -> Conflict:
    return Conflict("not_awaiting_consent", "Запись не ожидает согласий")


def age_at_consultation(catalogue: Catalogue, booking: Booking, people: People) -> int:
    """The patient's age in full years on the day of the consultation, in the clinic's zone (§4).

    It is the zone of when it was booked: a clinic that moves makes nobody older.
    """
    day = catalogue_rules.clinic_day(booking.zone or catalogue.clinic.zone, booking.slot_start)
    return people_rules.age_on(people.patient.birth_date, day)
