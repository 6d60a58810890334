"""What the evidence says of a consultation that nobody said a word about (§2, outcome rules). Pure."""

from teleconsult.booking.model import Outcome, OutcomeStage, Record

SWEEP = "sweep"
"""Who says what the evidence says."""

DOCTOR_ABSENT = "doctor_absent"
"""An operator's task: nobody of the clinic has spoken with this patient yet."""


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


def task_of(stage: OutcomeStage) -> str | None:
    """What an operator has to see to once it is settled (§2: the clinic is alerted).

    Whoever says themselves that the doctor was absent knows; what the evidence says nobody has heard.
    """
    by_evidence = stage.word is Outcome.DOCTOR_ABSENT and stage.said_by == SWEEP
    return DOCTOR_ABSENT if by_evidence else None
