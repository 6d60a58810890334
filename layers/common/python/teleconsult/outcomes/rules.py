"""What the evidence says of a consultation that nobody said a word about (§2, outcome rules). Pure."""

from teleconsult.booking.model import Outcome, Record


def verdict_by_evidence(record: Record, required_attempts: int) -> Outcome | None:
    """Whom join clicks and contact attempts show to have been absent; None: unclear, an operator must look.

    `required_attempts`: how many logged attempts to reach the patient count as having tried (S14).
    """
    if _doctor_neither_joined_nor_tried(record):
        return Outcome.DOCTOR_ABSENT
    if _doctor_was_there_or_tried(record, required_attempts) and not record.patient_joined_at:
        return Outcome.PATIENT_ABSENT
    return None


def _doctor_neither_joined_nor_tried(record: Record) -> bool:
    return not record.doctor_joined_at and not record.contact_attempts


def _doctor_was_there_or_tried(record: Record, required_attempts: int) -> bool:
    return bool(record.doctor_joined_at) or len(record.contact_attempts) >= required_attempts
