"""Requests for a doctor's call (S16), as their holder and the staff see them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from teleconsult.booking.model import Booking
from teleconsult.callbacks import rules
from teleconsult.callbacks.asking import CallbackOpen
from teleconsult.callbacks.model import Callback, CallbackStatus, CallResult, Words
from teleconsult.catalogue.model import Callbacks
from teleconsult.people.model import People


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackView:
    """A request for the doctor's call, as its holder sees it. `answer_by`: until when the doctor calls."""

    callback: str
    booking_id: str
    status: CallbackStatus
    question: str
    asked_at: datetime
    answer_by: datetime
    not_before: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackOfferView:
    """A doctor's call that may be asked for. `until`: the latest that it may. `days_ahead`: how far ahead it
    may be wished for."""

    until: datetime
    days_ahead: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbacksView:
    """A holder's requests, newest first; `next`: the cursor of the next page."""

    callbacks: list[CallbackView]
    next: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAttemptView:
    """One attempt to call."""

    at: datetime
    by: str
    result: CallResult


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackStateView:
    """A request as it stands, without what it is about. `version`: what a change is to be made of.
    `overdue`: it should have been answered by now."""

    callback: str
    booking_id: str
    doctor: str
    status: CallbackStatus
    version: int
    asked_at: datetime
    asked_by: str
    answer_by: datetime
    overdue: bool
    not_before: datetime | None
    assignee: str | None
    assigned_at: datetime | None
    attempts: list[CallAttemptView]
    closed_at: datetime | None
    closed_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffCallbackView(CallbackStateView):
    """A request with whom to call, and about what. `name`, `phone`: of the account holder, who answers;
    `time_zone`: where they are. `note`: what came of it."""

    name: str
    phone: str
    time_zone: str
    patient: str
    question: str
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffCallbacksView:
    """Requests, the longest due first; `next`: the cursor of the next page. What is not the caller's to see
    is left out, so a page may be short, or empty, and have another after it."""

    callbacks: list[StaffCallbackView]
    next: str | None = None


def offer(booking: Booking, settings: Callbacks, now: datetime) -> CallbackOfferView | None:
    until = rules.ask_until(booking, settings)
    if until is None or now > until:
        return None
    return CallbackOfferView(until=until, days_ahead=rules.FURTHEST_WISH.days)


def callback_open(error: CallbackOpen) -> dict[str, Any]:
    return {"callback": error.callback_id}


def own(row: Callback, words: Words) -> CallbackView:
    return CallbackView(
        callback=row.callback_id,
        booking_id=row.booking_id,
        status=row.status,
        question=words.question,
        asked_at=row.asked_at,
        answer_by=row.answer_by,
        not_before=row.not_before,
        closed_at=row.closed_at,
    )


def state(row: Callback, booking: Booking, now: datetime) -> CallbackStateView:
    return CallbackStateView(**_state(row, booking, now))


def for_staff(
    rows: Iterable[Callback],
    bookings: Mapping[str, Booking],
    people: Mapping[str, People],
    words: Mapping[str, Words],
    now: datetime,
    cursor: str | None = None,
) -> StaffCallbacksView:
    shown = [
        StaffCallbackView(
            **_state(row, bookings[row.booking_id], now),
            name=people[row.booking_id].holder.full_name,
            phone=people[row.booking_id].holder.phone,
            time_zone=people[row.booking_id].time_zone,
            patient=people[row.booking_id].patient.full_name,
            question=words[row.callback_id].question,
            note=words[row.callback_id].note,
        )
        for row in rows
    ]
    return StaffCallbacksView(callbacks=shown, next=cursor)


def _state(row: Callback, booking: Booking, now: datetime) -> dict[str, Any]:
    return {
        "callback": row.callback_id,
        "booking_id": row.booking_id,
        "doctor": booking.doctor_id,
        "status": row.status,
        "version": row.version,
        "asked_at": row.asked_at,
        "asked_by": row.asked_by,
        "answer_by": row.answer_by,
        "overdue": rules.overdue(row, now),
        "not_before": row.not_before,
        "assignee": row.assignee,
        "assigned_at": row.assigned_at,
        "attempts": [CallAttemptView(at=a.at, by=a.by, result=a.result) for a in row.attempts.values()],
        "closed_at": row.closed_at,
        "closed_by": row.closed_by,
    }
