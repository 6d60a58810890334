"""IntakeValidation: the stored booking against the rules again, whoever wrote it."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime

from teleconsult.booking import rules as booking_rules
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Booking, Record, Stands, Status
from teleconsult.catalogue import store as catalogue_store
from teleconsult.consents import rules as consent_rules
from teleconsult.consents import store as consent_store
from teleconsult.consents.giving import age_at_consultation
from teleconsult.consents.rules import Evidence
from teleconsult.people import rules as people_rules
from teleconsult.people import store as people_store
from teleconsult.people.model import People
from teleconsult.platform import dynamo
from teleconsult.platform.dynamo import Write
from teleconsult.slots import store as slots
from teleconsult.slots.model import slot_of


def recheck(booking_id: str, now: datetime) -> Record:
    """Check a booking that nothing was paid for yet; one with a fault is REFUSED and its slot released.

    The catalogue's present prices and doctors play no part: a change of them never touches a booking
    that exists.
    """
    record = bookings.load(booking_id)
    if booking_rules.stands(record) not in (Stands.AWAITING_CONSENT, Stands.AWAITING_PAYMENT):
        return record
    if record.payment.received:
        return record
    booking = record.booking
    people = people_store.load(booking_id)
    age = age_at_consultation(catalogue_store.load(), booking, people)
    faults = list(stored_faults(booking, people, age, consent_store.load_evidence(booking_id)))
    return _refuse(booking, faults, now) if faults else record


def stored_faults(booking: Booking, people: People, age: int, evidence: Sequence[Evidence]) -> Iterator[str]:
    """What is wrong with a stored booking: codes for the operator, without personal data."""
    if booking.price <= 0:
        yield "price"
    if not booking.created_at <= booking.hold_until <= booking.slot_start < booking.slot_end:
        yield "times"
    if people.patient.is_holder and age < people_rules.ADULT:
        yield "child_without_representative"
    if not people.patient.is_holder and age >= people_rules.ADULT:
        yield "adult_with_representative"
    if booking.status is Status.AWAITING_PAYMENT and not consent_rules.complete(
        evidence, consent_rules.signers(age)
    ):
        yield "consents"


def _refuse(booking: Booking, faults: Sequence[str], now: datetime) -> Record:
    def writes() -> list[Write]:
        return [
            bookings.refused(booking, "intake: " + ", ".join(faults), now),
            bookings.nothing_received(booking.booking_id),
            *slots.release(slots.days_of(slot_of(booking)), booking.booking_id),
        ]

    with suppress(dynamo.TransactionRefused):  # paid, expired or taken over meanwhile: the row says
        dynamo.transact_as_read(writes, final={0, 1})
    return bookings.load(booking.booking_id)
