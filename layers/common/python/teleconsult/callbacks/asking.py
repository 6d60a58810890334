"""Somebody asks for a doctor's call (S16): the request, its question, its notices and its entry at once."""

from datetime import datetime

from teleconsult.booking.model import Booking
from teleconsult.callbacks import rules, store
from teleconsult.callbacks.model import Callback, CallbackStatus, Words
from teleconsult.callbacks.store import Place
from teleconsult.catalogue.model import Clinic
from teleconsult.notices import outbox
from teleconsult.notices.rules import Notice
from teleconsult.platform import dynamo, ids, settings
from teleconsult.platform.errors import Conflict, Unavailable
from teleconsult.trail import store as trail
from teleconsult.trail.model import Entry

_TRIES = 5  # the one that was open may be closed while we look which it is


class CallbackOpen(Conflict):
    """One request of a booking is open at a time; `callback_id`: the one that is."""

    def __init__(self, callback_id: str) -> None:
        super().__init__("callback_open", "Заявка на звонок по этой консультации уже есть: врач позвонит")
        self.callback_id = callback_id


def by_patient(
    booking: Booking,
    question: str,
    not_before: datetime | None,
    *,
    clinic: Clinic,
    idempotency_key: str,
    request_id: str,
    now: datetime,
) -> Callback:
    """The holder asks, after the consultation. The same key is the same request.

    Raises:
        CallbackOpen: another request of this booking is open.
        Conflict: it is too early or too late, the holder has too many open ones, or the key was used with
            other words.
    """
    by = booking.holder_id
    new = _new(booking, not_before, by, clinic, idempotency_key, now)
    words = Words(question)
    if known := _repeated(new, words):
        return known
    rules.may_ask(booking, clinic.callbacks, now)
    entry = _entry(new, request_id, now, None)
    return _put(new, words, entry, now, clinic.limits.open_callbacks)


def by_operator(
    booking: Booking,
    question: str,
    not_before: datetime | None,
    *,
    why: str,
    asked_by: str,
    clinic: Clinic,
    idempotency_key: str,
    request_id: str,
    now: datetime,
) -> Callback:
    """An operator asks in the patient's name, of any booking. The same key is the same request.

    Raises:
        CallbackOpen: another request of this booking is open.
        Conflict: the key was used with other words.
    """
    new = _new(booking, not_before, asked_by, clinic, idempotency_key, now)
    words = Words(question)
    return _repeated(new, words) or _put(new, words, _entry(new, request_id, now, why), now, limit=None)


def _new(
    booking: Booking,
    not_before: datetime | None,
    asked_by: str,
    clinic: Clinic,
    idempotency_key: str,
    now: datetime,
) -> Callback:
    return Callback(
        callback_id=ids.callback_id(settings.pepper(), booking.booking_id, asked_by, idempotency_key),
        booking_id=booking.booking_id,
        holder_id=booking.holder_id,
        status=CallbackStatus.OPEN,
        asked_at=now,
        asked_by=asked_by,
        answer_by=rules.answer_by(clinic, not_before or now),
        not_before=not_before,
    )


def _put(new: Callback, words: Words, entry: Entry, now: datetime, limit: int | None) -> Callback:
    writes = [
        *store.asked(new, words, limit),
        outbox.put(new.booking_id, Notice.CALLBACK, now, new.callback_id),
        outbox.put(new.booking_id, Notice.CALLBACK_FOR_DOCTOR, now, new.callback_id),
        trail.entered(entry),
    ]
    for _ in range(_TRIES):
        try:
            dynamo.transact(writes)
        except dynamo.TransactionRefused as refused:
            if known := _repeated(new, words):
                return known
            if other := store.open_of_booking(new.booking_id):
                raise CallbackOpen(other) from refused
            if 2 in refused.failed:
                raise Conflict(
                    "too_many_callbacks", "У вас уже несколько заявок на звонок: дождитесь ответа на них"
                ) from refused
        else:
            return new
    raise Unavailable("busy", "Заявка прямо сейчас меняется. Повторите чуть позже")


def _repeated(new: Callback, words: Words) -> Callback | None:
    """The request that this key has made already, if it has."""
    known = store.find(Place(new.booking_id, new.callback_id))
    if known is None:
        return None
    if store.words([new.callback_id])[new.callback_id].question != words.question:
        raise Conflict("idempotency_conflict", "Этот ключ запроса уже использован с другими данными")
    return known


def _entry(new: Callback, request_id: str, now: datetime, why: str | None) -> Entry:
    return Entry(
        subject=new.booking_id,
        entry_id=request_id,
        at=now,
        by=new.asked_by,
        action="callback_asked",
        why=why,
        about={"callback": new.callback_id},
    )
