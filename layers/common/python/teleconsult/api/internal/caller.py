"""Who of the staff asks, what of the bookings exists for them, and what is kept of it: ids only."""

from typing import Any

from teleconsult.booking import store as bookings
from teleconsult.booking.model import Record
from teleconsult.desk import search
from teleconsult.platform import clock
from teleconsult.platform.errors import NotFound
from teleconsult.platform.http import Request
from teleconsult.platform.observability import logger
from teleconsult.trail.model import Entry

OPERATOR = "operator"
DOCTOR = "doctor"
ADMIN = "admin"


def staff_of(request: Request) -> str:
    """The caller, as rows, trail and log name them: `staff:<id>`."""
    return f"staff:{request.claims['sub']}"


def record_of(request: Request) -> Record:
    """The booking of the path.

    Raises:
        NotFound: there is none; to a doctor another doctor's booking does not exist.
    """
    record = bookings.load(request.path["booking"])
    if OPERATOR in request.groups or is_doctor_of(request, record):
        return record
    raise NotFound("Запись не найдена")


def is_doctor_of(request: Request, record: Record) -> bool:
    """Whether the caller is the doctor whose consultation it is."""
    own = request.claims.get("custom:doctor_id")
    return DOCTOR in request.groups and own == record.booking.doctor_id


def known_holder(request: Request) -> str:
    """The holder of the path: whoever has a balance that was ever used, or a booking.

    Raises:
        NotFound: nobody is known by this id.
    """
    holder_id = request.path["holder"]
    if not search.known(holder_id):
        raise NotFound("Такого лицевого счёта нет")
    return holder_id


def entry_of(
    request: Request, subject: str, action: str, why: str | None = None, **about: str | int
) -> Entry:
    """What the audit trail keeps of this request."""
    return Entry(
        subject=subject,
        entry_id=request.request_id,
        at=clock.now(),
        by=staff_of(request),
        action=action,
        why=why,
        about=about,
    )


def log(request: Request, action: str, **ids_only: Any) -> None:
    """Who did what, in the log. `ids_only`: of what; nothing personal."""
    logger.info(action, by=staff_of(request), **ids_only)
