"""Consents of an operator's booking, given in the cabinet (S10, S12, §4)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from teleconsult.booking import store as bookings
from teleconsult.booking.model import Record, Status
from teleconsult.booking.rules import stands
from teleconsult.consents import store as consent_store
from teleconsult.consents.giving import EvidenceIncomplete, capture, give
from teleconsult.intake.recheck import recheck
from teleconsult.platform import dynamo
from teleconsult.platform.errors import Conflict, Invalid
from tests.unit.usecases.conftest import NOW
from tests.unit.usecases.forms import CHILD, ORIGIN, TEENAGER, booked, form, free_slots, paths, tick, ticks


@pytest.fixture
def record() -> Record:
    return booked(form(free_slots("therapist", NOW)[0], consents=None), NOW)


def present(record: Record) -> Record:
    return bookings.load(record.booking.booking_id)


def test_consents_given_and_captured_open_the_booking_for_payment(record: Record) -> None:
    given = give(record, ticks(), ORIGIN, NOW)
    assert stands(given) == "consent_given"
    captured = capture(record.booking.booking_id, NOW).booking
    assert captured.status is Status.AWAITING_PAYMENT
    assert captured.consented_at == NOW
    assert captured.due_at == captured.hold_until


def test_given_consents_are_due_at_once_until_they_are_captured(record: Record) -> None:
    give(record, ticks(), ORIGIN, NOW)
    assert record.booking.booking_id in set(bookings.all_due(NOW))
    capture(record.booking.booking_id, NOW)
    assert record.booking.booking_id not in set(bookings.all_due(NOW))


def test_giving_them_again_keeps_the_first_evidence(record: Record) -> None:
    give(record, ticks(), ORIGIN, NOW)
    for later in (record, present(record)):
        give(later, ticks(), ORIGIN, NOW + timedelta(minutes=1))
    (evidence,) = consent_store.load_evidence(record.booking.booking_id)
    assert evidence.signed_at == NOW


def test_a_missing_consent_is_refused_and_nothing_is_kept(record: Record) -> None:
    with pytest.raises(Invalid):
        give(record, ticks()[:3], ORIGIN, NOW)
    assert consent_store.load_evidence(record.booking.booking_id) == []
    assert stands(present(record)) == "awaiting_consent"


def test_consents_after_the_hold_are_refused(record: Record) -> None:
    with pytest.raises(Conflict) as refused:
        give(record, ticks(), ORIGIN, NOW + timedelta(days=2))
    assert refused.value.code == "not_awaiting_consent"


def test_a_site_booking_awaits_no_consents() -> None:
    record = booked(form(free_slots("therapist", NOW)[0]), NOW)
    with pytest.raises(Conflict):
        give(record, ticks(), ORIGIN, NOW)


def test_a_booking_expired_meanwhile_takes_no_consents(record: Record) -> None:
    after = NOW + timedelta(days=1)
    dynamo.write(bookings.expired(record.booking, after))
    with pytest.raises(Conflict):
        give(replace(record), ticks(), ORIGIN, NOW)
    assert consent_store.load_evidence(record.booking.booking_id) == []


def test_consents_without_evidence_are_not_captured(record: Record) -> None:
    dynamo.write(bookings.consents_given(record.booking.booking_id, NOW))
    with pytest.raises(EvidenceIncomplete):
        capture(record.booking.booking_id, NOW)
    assert present(record).booking.status is Status.AWAITING_CONSENT


def test_nothing_is_captured_before_consents_are_given(record: Record) -> None:
    assert stands(capture(record.booking.booking_id, NOW)) == "awaiting_consent"


def test_capturing_twice_changes_nothing_more(record: Record) -> None:
    give(record, ticks(), ORIGIN, NOW)
    first = capture(record.booking.booking_id, NOW)
    assert capture(record.booking.booking_id, NOW + timedelta(minutes=1)) == first


def test_a_representative_signs_for_a_child() -> None:
    slot = free_slots("pediatrician", NOW)[0]
    record = booked(form(slot, specialty="pediatrician", patient=CHILD, consents=None), NOW)
    give(record, ticks(), ORIGIN, NOW)
    (evidence,) = consent_store.load_evidence(record.booking.booking_id)
    assert {signature.signed_by for signature in evidence.signatures} == {"representative"}
    assert evidence.relation == "parent"


def test_the_evidence_says_which_holder_ticked(record: Record) -> None:
    give(record, ticks(), ORIGIN, NOW)
    (evidence,) = consent_store.load_evidence(record.booking.booking_id)
    assert evidence.ticked_by == record.booking.holder_id


def test_the_consent_to_advertising_is_kept_where_it_is_given(record: Record) -> None:
    give(record, [*ticks(), tick("marketing")], ORIGIN, NOW)
    (evidence,) = consent_store.load_evidence(record.booking.booking_id)
    assert "marketing" in {signature.document for signature in evidence.signatures}


class TestAPatientOf16:
    """The patient signs the medical consent, the representative the rest (§4)."""

    @pytest.fixture
    def record(self) -> Record:
        slot = free_slots("pediatrician", NOW)[0]
        return booked(form(slot, specialty="pediatrician", patient=TEENAGER, consents=None), NOW)

    def test_confirms_the_medical_consent_before_the_booking_can_be_paid(self, record: Record) -> None:
        give(record, ticks(medical_consent="patient"), ORIGIN, NOW)
        (evidence,) = consent_store.load_evidence(record.booking.booking_id)
        signed = {signature.document: signature.signed_by for signature in evidence.signatures}
        assert signed.pop("medical_consent") == "patient"
        assert set(signed.values()) == {"representative"}
        booking = capture(record.booking.booking_id, NOW).booking
        assert booking.status is Status.AWAITING_PAYMENT
        assert recheck(booking.booking_id, NOW).booking.status is Status.AWAITING_PAYMENT

    def test_is_not_signed_for_by_the_representative(self, record: Record) -> None:
        for given in (ticks(), ticks(medical_consent="representative")):
            with pytest.raises(Invalid) as refused:
                give(record, given, ORIGIN, NOW)
            assert paths(refused.value.fields) == {"consents.medical_consent"}
        assert consent_store.load_evidence(record.booking.booking_id) == []
