"""The clinic works on requests for a doctor's call: who calls, the attempts, what came of it (S16).

Every act stands in the audit trail, in the transaction of the act. The row decides: an act on what somebody
has changed meanwhile is refused, the same act again changes nothing.
"""

from datetime import datetime

from teleconsult.callbacks import rules, store
from teleconsult.callbacks.model import CallAttempt, Callback, CallbackResult, CallResult
from teleconsult.callbacks.store import Place
from teleconsult.platform import dynamo
from teleconsult.platform.dynamo import Write
from teleconsult.platform.errors import Conflict
from teleconsult.trail import store as trail
from teleconsult.trail.model import Entry


def assign(
    callback: Callback, assignee: str | None, seen: int, *, by: str, request_id: str, now: datetime
) -> Callback:
    """`assignee` (`staff:<id>`) is to call, None: nobody yet. `seen`: the version that this was decided on.

    Raises:
        Conflict: it was answered, or changed since.
    """
    if callback.open and callback.assignee == assignee:
        return callback
    _still_open(callback)
    if callback.version != seen:
        raise _changed()
    entry = _entry(callback, "callback_assigned", by, request_id, now, assignee=assignee or "nobody")
    if _done(store.assigned(callback, assignee, now), trail.entered(entry)):
        return _again(callback)
    found = _again(callback)
    if found.open and found.assignee == assignee:
        return found
    _still_open(found)
    raise _changed()


def note_attempt(
    callback: Callback, attempt_id: str, result: CallResult, *, by: str, request_id: str, now: datetime
) -> Callback:
    """Somebody has tried to call; the same attempt id counts once.

    Raises:
        Conflict: it was answered, was tried too often, or the id is another attempt's.
    """
    if _noted(callback, attempt_id, result):
        return callback
    _still_open(callback)
    if len(callback.attempts) >= rules.MOST_ATTEMPTS:
        raise Conflict("too_many_attempts", "Попыток слишком много: закройте заявку")
    entry = _entry(callback, "callback_attempted", by, request_id, now, attempt=attempt_id, result=result)
    write = store.attempted(callback, attempt_id, CallAttempt(now, by, result))
    done = _done(write, trail.entered(entry))
    found = _again(callback)
    if done or _noted(found, attempt_id, result):
        return found
    _still_open(found)
    raise _changed()


def close(
    callback: Callback,
    result: CallbackResult,
    note: str | None,
    *,
    by: str,
    request_id: str,
    now: datetime,
    seen: int | None = None,
) -> Callback:
    """It leaves the queue with a result. `seen`: the version that this was decided on; None: whatever it is.

    Raises:
        Conflict: it has left otherwise, changed since, or nobody has tried to reach whom nobody reached.
    """
    if _closed_so(callback, result, by):
        return callback
    _still_open(callback)
    if seen is not None and callback.version != seen:
        raise _changed()
    rules.may_end(callback, result)
    entry = _entry(callback, "callback_closed", by, request_id, now, result=result)
    done = _done(*store.closed(callback, result, note, by, now, seen), trail.entered(entry))
    found = _again(callback)
    if done or _closed_so(found, result, by):
        return found
    _still_open(found)
    raise _changed()


def _noted(callback: Callback, attempt_id: str, result: CallResult) -> bool:
    known = callback.attempts.get(attempt_id)
    if known and known.result is not result:
        raise Conflict("idempotency_conflict", "Этот ключ запроса уже использован с другими данными")
    return known is not None


def _closed_so(callback: Callback, result: CallbackResult, by: str) -> bool:
    return callback.status is result.status and callback.closed_by == by


def _done(*writes: Write) -> bool:
    try:
        dynamo.transact(writes)
    except dynamo.TransactionRefused:
        return False
    return True


def _again(callback: Callback) -> Callback:
    return store.load(Place(callback.booking_id, callback.callback_id))


def _still_open(callback: Callback) -> None:
    if not callback.open:
        raise Conflict("callback_closed", "Эта заявка уже закрыта")


def _changed() -> Conflict:
    return Conflict("callback_changed", "Заявку только что изменил кто-то другой: посмотрите её ещё раз")


def _entry(callback: Callback, action: str, by: str, request_id: str, now: datetime, **about: str) -> Entry:
    return Entry(
        subject=callback.booking_id,
        entry_id=request_id,
        at=now,
        by=by,
        action=action,
        about={"callback": callback.callback_id, **about},
    )
