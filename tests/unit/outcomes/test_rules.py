"""The evidence of a consultation nobody said a word about (§2, outcome rules)."""

from datetime import UTC, datetime, timedelta

import pytest

from teleconsult.booking.model import ContactAttempt, ContactResult, Outcome, Record
from teleconsult.outcomes.rules import verdict_by_evidence
from tests import bookings

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def record(*, patient: bool = False, doctor: bool = False, attempts: int = 0) -> Record:
    return Record(
        booking=bookings.scheduled("b-1", NOW),
        patient_joined_at=NOW if patient else None,
        doctor_joined_at=NOW if doctor else None,
        contact_attempts=tuple(
            ContactAttempt(NOW + timedelta(minutes=n), ContactResult.NO_ANSWER, "staff:1")
            for n in range(attempts)
        ),
    )


@pytest.mark.parametrize("attempts", [0, 1, 2])
def test_the_patient_was_absent_if_the_doctor_was_there_and_the_patient_never_came(attempts: int) -> None:
    assert verdict_by_evidence(record(doctor=True, attempts=attempts), 2) is Outcome.PATIENT_ABSENT


@pytest.mark.parametrize("attempts", [2, 3])
def test_the_patient_was_absent_if_the_doctor_tried_as_often_as_set(attempts: int) -> None:
    assert verdict_by_evidence(record(attempts=attempts), 2) is Outcome.PATIENT_ABSENT


def test_how_often_the_doctor_must_try_is_a_setting() -> None:
    assert verdict_by_evidence(record(attempts=2), 3) is None
    assert verdict_by_evidence(record(attempts=1), 1) is Outcome.PATIENT_ABSENT


@pytest.mark.parametrize("patient", [True, False])
def test_the_doctor_was_absent_if_they_neither_joined_nor_tried(patient: bool) -> None:
    assert verdict_by_evidence(record(patient=patient), 2) is Outcome.DOCTOR_ABSENT


@pytest.mark.parametrize(
    "unclear",
    [
        pytest.param(record(patient=True, doctor=True), id="both were there"),
        pytest.param(record(attempts=1), id="the doctor tried, too seldom"),
        pytest.param(record(patient=True, attempts=2), id="the doctor tried, the patient came"),
    ],
)
def test_unclear_evidence_gives_no_verdict(unclear: Record) -> None:
    assert verdict_by_evidence(unclear, 2) is None
