"""What comes through a door (S3): the form's fields as typed, none of them trusted yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from teleconsult.platform.errors import Conflict, FieldError, Invalid
from teleconsult.slots.model import Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """The form of S4–S10. `consents` is None at the operator's door: the patient gives them later.

    `faults`: what was wrong with the form's shape; the fields themselves are without it.
    """

    kind: str | None
    specialty: str | None
    doctor_id: str | None
    slot_doctor_id: str | None
    slot_start: str | None
    holder: Mapping[str, Any]
    patient: Mapping[str, Any]
    channel: Mapping[str, Any]
    comments: str | None
    time_zone: str | None
    consents: Sequence[Mapping[str, Any]] | None
    hold_minutes: int | None = None
    faults: tuple[FieldError, ...] = ()


class SlotTaken(Conflict):
    """Somebody was faster ("Two people take one slot at once"); `alternatives` are the nearest free slots."""

    def __init__(self, alternatives: Sequence[Slot]) -> None:
        super().__init__("slot_taken", "Это время только что заняли. Выберите другое")
        self.alternatives = tuple(alternatives)


def moment(text: str | None, path: str) -> datetime:
    """The UTC second of an ISO 8601 text with an offset.

    Raises:
        Invalid: missing, unreadable, without an offset, or not on a whole second.
    """
    if not text:
        raise Invalid((FieldError(path, "missing", "Выберите время"),))
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None or read.microsecond:
        raise Invalid((FieldError(path, "time", "Укажите время как 2026-12-01T03:00:00Z"),))
    # The first and the last year of the calendar have days that other zones do not reach.
    if not 1 < read.year < 9999:
        raise Invalid((FieldError(path, "time", "Укажите время как 2026-12-01T03:00:00Z"),))
    return read.astimezone(UTC)
