"""Who may ask for a doctor's call, by when it is answered, and what may be written (S16). Pure."""

import unicodedata
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from teleconsult.booking.model import Booking, Status
from teleconsult.callbacks.model import Callback, CallbackResult
from teleconsult.catalogue.model import Callbacks, Clinic
from teleconsult.platform.checks import refuse
from teleconsult.platform.errors import Conflict
from teleconsult.slots import schedule

MOST_ATTEMPTS = 50
"""Attempts to call that one request may have: they stand in its row."""

FURTHEST_WISH = timedelta(days=14)
"""How far ahead a call may be wished for."""

_FINISHED = (Status.COMPLETED, Status.NOT_HELD)
_LOOKED_AHEAD = timedelta(days=60)
_LENGTHS = range(3, 2001)  # characters


def answer_by(clinic: Clinic, since: datetime) -> datetime:
    """When a request made, or wished for, at `since` (UTC) is due: `answer_minutes` of working time later.

    Always within working hours, or at their end, and never sooner for a later request. Where the clinic works
    less than that in 60 days, it is the end of the last hours among them; where it never does, of those days:
    no request is without an end.
    """
    first = since.astimezone(ZoneInfo(clinic.zone)).date()
    last = first + _LOOKED_AHEAD
    left = timedelta(minutes=clinic.callbacks.answer_minutes)
    latest, begin = None, since
    hours = schedule.working_hours(clinic.zone, clinic.callbacks.hours, clinic.holidays, first, last)
    for _, windows in hours:
        for opens, closes in windows:
            start = max(opens, begin)
            if closes <= start:
                continue
            if left <= closes - start:
                return start + left
            left -= closes - start
            latest = begin = closes
    return latest or schedule.day_start(clinic.zone, last + timedelta(days=1))


def ask_until(booking: Booking, settings: Callbacks) -> datetime | None:
    """Until when the patient's side may ask for a call; None: the consultation is not over."""
    if booking.status not in _FINISHED:
        return None
    return booking.slot_end + timedelta(days=settings.ask_within_days)


def may_ask(booking: Booking, settings: Callbacks, now: datetime) -> None:
    """The patient's side asks after the consultation, for as long as the clinic's settings say.

    Raises:
        Conflict: it is not over, or too long ago.
    """
    until = ask_until(booking, settings)
    if until is None:
        raise Conflict("callback_too_early", "Попросить о звонке врача можно после консультации")
    if now > until:
        raise Conflict(
            "callback_too_late", "После этой консультации прошло слишком много времени. Позвоните в клинику"
        )


def wished(moment: datetime | None, now: datetime, path: str) -> datetime | None:
    """From when the patient can be called, if they said so: in the next 14 days; what is past is no wish.

    Raises:
        Invalid: later than that.
    """
    if moment is not None and moment > now + FURTHEST_WISH:
        refuse(path, "too_late", f"Выберите время в ближайшие {FURTHEST_WISH.days} дней")
    return moment if moment is not None and moment > now else None


def overdue(callback: Callback, now: datetime) -> bool:
    return callback.open and callback.answer_by < now


def may_end(callback: Callback, result: CallbackResult) -> None:
    """
    Raises:
        Conflict: nobody has tried to call.
    """
    if result is CallbackResult.NOT_REACHED and not callback.attempts:
        raise Conflict("no_attempts", "Сначала отметьте хотя бы одну попытку дозвониться")


def question(typed: object, path: str) -> str:
    """What is asked: 3–2,000 characters, line breaks stay."""
    return words(typed, path, _LENGTHS)


def note(typed: object, path: str) -> str:
    """What came of it: 3–2,000 characters."""
    return words(typed, path, _LENGTHS)


def words(typed: object, path: str, lengths: range) -> str:
    """What somebody wrote, in NFC and without spaces around it; `lengths` are in characters.

    Raises:
        Invalid: nothing, less, or more.
    """
    if not isinstance(typed, str) or not typed.strip():
        refuse(path, "required", "Заполните это поле")
    value = unicodedata.normalize("NFC", typed).strip()
    if len(value) < lengths[0]:
        refuse(path, "too_short", f"Не короче {lengths[0]} знаков")
    if len(value) > lengths[-1]:
        refuse(path, "too_long", f"Не больше {lengths[-1]} знаков, сейчас {len(value)}")
    return value
