"""What each operation may answer: done, refused by us in one form, or refused by the gateway in its own."""

import json
import re
from pathlib import Path
from typing import Any

import teleconsult
from functions.public_api.handler import api
from functions.sessions import handler as sessions
from teleconsult.api.session_views import ChallengeView
from teleconsult.callbacks.asking import CallbackOpen
from teleconsult.catalogue.document import CatalogueDocument, check_document
from teleconsult.intake import limits
from teleconsult.intake.application import SlotTaken
from teleconsult.intake.attach import no_place
from teleconsult.ledger.store import InsufficientFunds, read_cursor
from teleconsult.payments import yookassa
from teleconsult.people.rules import calendar_date
from teleconsult.platform.checks import collect
from teleconsult.platform.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, Unauthenticated
from teleconsult.platform.http import (
    LARGEST_BODY,
    Access,
    Internal,
    Malformed,
    Operation,
    Request,
    TooLarge,
    as_json,
    key_faults,
)
from teleconsult.refunds.rules import not_refundable, too_many_parts
from teleconsult.sessions import store as session_store
from teleconsult.slots.rules import asked_days
from tools.openapi import examples
from tools.openapi.shapes import Json, body_of, named_in

_TOLD = {
    400: "The body is not a JSON object",
    401: "No valid token, as the gateway says, or no session, as we do",
    403: "Signed in, but not allowed",
    404: "Nothing here, or nothing of the caller's",
    409: "The state of things does not allow it: the code says why",
    413: "The body is too large: for the operation, or, above 10 MB, for the gateway",
    422: "Fields are wrong: all of them are listed",
    429: "Too many requests of all callers together, as the gateway tells, or a limit of ours is reached",
    500: "Our fault",
    503: "Try the same again later",
}

_ERRORS: dict[int, Exception] = {
    400: Malformed(),
    403: Forbidden(),
    404: NotFound("Запись не найдена"),
    413: TooLarge(LARGEST_BODY),
    500: Internal(),
    503: yookassa.Unavailable(),
}
"""What we answer; of 409 and 422 each operation has its own."""

_BY_GATEWAY = {
    401: "Unauthorized",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
"""What the gateway answers by itself."""

_OF_BOOKING = ("slot_taken", "idempotency_conflict")
_UNREADABLE = ("document_not_ready", "document_refused", "document_being_scanned", "document_not_clean")
_CONFLICTS: dict[str, tuple[str, ...]] = {
    "book_on_site": _OF_BOOKING,
    "book_signed_in": _OF_BOOKING,
    "book_by_phone": _OF_BOOKING,
    "pay_booking": ("not_payable", "payment_refused"),
    "pay_my_booking": ("not_payable", "payment_refused", "insufficient_funds"),
    **dict.fromkeys(
        ("attach_to_booking", "attach_to_my_booking"),
        ("too_many_documents", "booking_over", "idempotency_conflict"),
    ),
    **dict.fromkeys(("show_one_document", "show_my_document", "show_document_to_doctor"), _UNREADABLE),
    **dict.fromkeys(("remove_document", "remove_my_document"), ()),
    **dict.fromkeys(
        ("ask_for_refund", "refund_to_holder"),
        (
            "nothing_to_refund",
            "insufficient_funds",
            "not_refundable",
            "too_many_parts",
            "idempotency_conflict",
        ),
    ),
    "send_link_again": ("link_not_needed",),
    "take_desk_payment": ("consents_first", "idempotency_conflict"),
    "pay_refund_out": ("not_at_desk", "refund_ended"),
    "put_refund_back": ("not_at_desk", "refund_ended"),
    "answer_task_of_refund": ("no_task", "payout_needed"),
    "send_notice_again": ("nothing_failed",),
    "answer_task_of_booking": ("no_task", "outcome_needed"),
    "ask_for_callback": (
        "callback_open",
        "callback_too_early",
        "callback_too_late",
        "too_many_callbacks",
        "idempotency_conflict",
    ),
    "ask_for_callback_by_phone": ("callback_open", "idempotency_conflict"),
    "withdraw_callback": ("callback_closed",),
    "assign_callback": ("callback_changed", "callback_closed"),
    "log_call_attempt": ("too_many_attempts", "callback_closed", "idempotency_conflict"),
    "close_callback": ("no_attempts", "callback_changed", "callback_closed"),
    **dict.fromkeys(("show_calendar", "show_my_calendar"), ("no_appointment",)),
    "give_consents": ("not_awaiting_consent",),
    "let_booking_go": ("already_over", "already_begun", "paid_already", "payment_under_way"),
    **dict.fromkeys(("cancel_my_booking", "cancel_booking"), ("already_over", "already_begun")),
    **dict.fromkeys(
        ("move_my_booking", "move_booking"),
        ("slot_taken", "already_over", "already_begun", "hold_over", "slot_lost", "idempotency_conflict"),
    ),
    "hold_booking_longer": ("not_unpaid", "slot_lost"),
    "clear_doctors_day": (),
    "log_contact_attempt": ("not_at_appointed_time",),
    "say_what_became": ("outcome_known", "outcome_too_early", "note_stands"),
    "correct_outcome": (
        "not_settled",
        "correction_too_late",
        "outcome_same",
        "money_gone",
        "changed_meanwhile",
        "idempotency_conflict",
    ),
    "load_catalogue": ("catalogue_changed",),
    "hear_of_payment": ("payment_refused",),
}
"""The codes of 409 by operation."""

_SOUGHT = ("find_caller", "show_figures")  # there may be nobody, or nothing yet

_CHALLENGED = ("POST /staff/sign-in", "POST /staff/sign-in/challenge")
_SIGNING_OUT = ("POST /sign-in/sign-out", "POST /staff/sign-out")
_SETTING_COOKIE = (*_CHALLENGED, "POST /sign-in/sessions", *_SIGNING_OUT)

_LIMITED = {
    "POST /bookings": (limits.used_up(examples.MADE_AT),),
    "POST /sign-in/codes": (
        session_store.too_many_codes(42),
        session_store.codes_used_up(40_000),
        session_store.codes_of_address_used_up(examples.MADE_AT),
    ),
    **dict.fromkeys(
        ("POST /sign-in/sessions", *_CHALLENGED), (session_store.too_many_tries(examples.MADE_AT),)
    ),
}
"""Limits of our own, beside those of all callers together."""

_TO_PRINT = {200: ("A page to print on A4, which needs nothing else", examples.CONSENTS_TO_PRINT)}
_TO_CALENDAR = ("text/calendar", examples.CALENDAR)
_OTHER: dict[str, tuple[str, str]] = {
    "GET /bookings/{booking}/calendar": _TO_CALENDAR,
    "GET /me/bookings/{booking}/calendar": _TO_CALENDAR,
}
"""What is answered that is neither JSON nor a page: its type, an example."""

_PAGES: dict[str, dict[int, tuple[str, str]]] = {
    "GET /join/{token}": {
        200: ("Who calls whom, or when the link opens, or why it leads nowhere", examples.MEETING),
        404: ("No such link", examples.NO_MEETING),
    },
    "GET /me/bookings/{booking}/consents/print": _TO_PRINT,
    "GET /internal/bookings/{booking}/consents/print": _TO_PRINT,
}
"""What a browser is shown beside what the operation answers."""

HEADERS: Json = {
    "NoStore": {"description": "Nobody may keep it", "required": True, "schema": {"const": "no-store"}},
    "NoSniff": {"description": "It is what it says it is", "required": True, "schema": {"const": "nosniff"}},
    "RetryAfter": {
        "description": "In how many seconds it may be asked again",
        "schema": {"type": "integer", "minimum": 1},
        "example": 440,
    },
}


def shared() -> Json:
    """The answers that are the same everywhere, for `components`."""
    statuses = sorted({*_ERRORS, *_BY_GATEWAY})
    return {str(status): _shared(status) for status in statuses}


def _shared(status: int, *more: Json) -> Json:
    told = [*more, *_told(status)]
    if status != 429:
        return _refused(status, told)
    limit = _refused(status, told, in_either_form=True)
    return {**limit, "headers": {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}}


def of(operation: Operation, name: str, shapes: dict[str, Json]) -> Json:
    """The answers of one operation by status."""
    answers: Json = {str(operation.status): _done(operation, name, shapes)}
    for status in _refusals(operation, name):
        answers[str(status)] = {"$ref": f"#/components/responses/{status}"}
    if "409" in answers:
        answers["409"] = _refused(409, [_conflict(code) for code in _conflicts_of(operation, name)])
    if "422" in answers:
        answers["422"] = _refused(422, [_shown(Invalid(tuple(_faults(operation))))])
    if _needs_session(operation):
        answers["401"] = _refused(401, [_shown(Unauthenticated())])
    if operation.route in _LIMITED:
        answers["429"] = _shared(429, *map(_shown, _LIMITED[operation.route]))
    for status, (text, page) in _PAGES.get(operation.route, {}).items():
        answers[str(status)] = _with_page(status, text, page)
    if operation.route in _CHALLENGED:
        schema, view = shapes[ChallengeView.__name__], json.loads(as_json(examples.CHALLENGE))
        asked: Json = {"application/json": {"schema": schema, "example": view}}
        answers["200"] = {"description": "Something else has to be known first", **_OURS, "content": asked}
    return answers


def _done(operation: Operation, name: str, shapes: dict[str, Json]) -> Json:
    kept = f"public, max-age={operation.fresh_seconds}"
    headers: Json = {
        "Cache-Control": {"required": True, "schema": {"const": kept}}
        if operation.fresh_seconds
        else {"$ref": "#/components/headers/NoStore"},
        "X-Content-Type-Options": {"$ref": "#/components/headers/NoSniff"},
    }
    if operation.route in _SETTING_COOKIE:
        headers["Set-Cookie"] = {"required": True, "schema": {"type": "string"}, "example": examples.COOKIE}
    if operation.status == 302:
        location = {"required": True, "schema": {"type": "string", "format": "uri"}, "example": examples.ROOM}
        return {"description": "To the video room", "headers": {**headers, "Location": location}}
    answer: Json = {"description": "Done", "headers": headers}
    if operation.answer is str:
        answer["content"] = {"text/plain": {"schema": {"type": "string"}, "example": examples.ANSWERS[str]}}
    elif operation.route in _OTHER:
        kind, example = _OTHER[operation.route]
        answer["content"] = {kind: {"schema": {"type": "string"}, "example": example}}
    elif operation.answer is not None:
        view = examples.ANSWERS_OF.get(name, examples.ANSWERS[operation.answer])
        schema = shapes[operation.answer.__name__]
        answer["content"] = {"application/json": {"schema": schema, "example": json.loads(as_json(view))}}
    return answer


def _with_page(status: int, text: str, page: str) -> Json:
    answer = _refused(status, _told(status)) if status in _ERRORS else {"content": {}, **_OURS}
    content = {**answer["content"], "text/html": {"schema": {"type": "string"}, "example": page}}
    return {**answer, "description": text, "content": content}


_BY_TOKEN = (Access.HOLDER, Access.STAFF)
_BY_COOKIE = (Access.SESSION, Access.STAFF_SESSION)
_OWN_PAGES = sessions.api.table  # to a page of another site they say 403

_OURS: Json = {
    "headers": {
        "Cache-Control": {"$ref": "#/components/headers/NoStore"},
        "X-Content-Type-Options": {"$ref": "#/components/headers/NoSniff"},
    }
}


def _needs_session(operation: Operation) -> bool:
    """By signing out everywhere all sessions end of whoever has one here."""
    return operation.access in _BY_COOKIE or operation.route in _SIGNING_OUT


def _refusals(operation: Operation, name: str) -> list[int]:
    applies = {
        400: body_of(operation),
        401: operation.access in _BY_TOKEN or _needs_session(operation),
        403: operation.access in _BY_TOKEN or operation.route in _OWN_PAGES,
        404: named_in(operation.route) or name in _SOUGHT,
        409: _conflicts_of(operation, name),
        413: body_of(operation),
        422: _faults(operation),
        429: True,
        500: True,
        503: True,
    }
    return [status for status, does in applies.items() if does]


def _refused(status: int, told: list[Json], in_either_form: bool = False) -> Json:
    """An answer with these bodies for examples: in our form, the gateway's, or either."""
    names = ["Refusal", "GatewayRefusal"]
    if not in_either_form:
        names = [name for name in names if name in {_form(each) for each in told}]
    references = [{"$ref": f"#/components/schemas/{name}"} for name in names]
    content: Json = {"schema": references[0] if len(references) == 1 else {"anyOf": references}}
    if len(told) == 1:
        content["example"] = told[0]
    else:
        content["examples"] = {_name(each): {"value": each} for each in told}
    headers = _OURS if names == ["Refusal"] else {}
    return {"description": _TOLD[status], **headers, "content": {"application/json": content}}


def _told(status: int) -> list[Json]:
    ours = [_shown(_ERRORS[status])] if status in _ERRORS else []
    return ours + ([{"message": _BY_GATEWAY[status]}] if status in _BY_GATEWAY else [])


def _form(told: Json) -> str:
    return "Refusal" if "error" in told else "GatewayRefusal"


def _name(told: Json) -> str:
    return str(told["error"]["code"]) if "error" in told else "gateway"


def _shown(error: Exception) -> Any:
    return json.loads(api.refusal(error)["body"])


def _conflicts_of(operation: Operation, name: str) -> tuple[str, ...]:
    return _CONFLICTS.get(name, () if operation.route.startswith("GET ") else ("idempotency_conflict",))


def _conflict(code: str) -> Any:
    with_more = [
        SlotTaken(examples.ALTERNATIVES),
        CallbackOpen(examples.CALLBACK_ID),
        InsufficientFunds(""),
        yookassa.Refused(),
        no_place(),
        not_refundable(200_000),
        too_many_parts(5_000_000),
    ]
    own = next((error for error in with_more if error.code == code), None)
    return _shown(own or Conflict(code, _written_conflicts()[code]))


def _written_conflicts() -> dict[str, str]:
    """Message by code, where the code says no in so many words."""
    files = [file for place in teleconsult.__path__ for file in Path(place).rglob("*.py")]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return dict(re.findall(r'Conflict\(\s*"(\w+)",\s*"([^"]+)"', text))


def _faults(operation: Operation) -> list[FieldError]:
    """What is told of a request that has nothing in it that is right."""
    request = Request(
        path={},
        query={},
        headers={},
        claims={},
        ip="",
        user_agent="",
        request_id="",
        body=b'{"nickname": ""}',
    )
    faults = key_faults(request) if operation.creates else []
    if operation.form:
        faults += request.read(operation.form)[1]
    elif body_of(operation) is CatalogueDocument:
        collect(faults, check_document, {})
    elif operation.query:
        faults += _query_faults(operation.query)
    elif "{day}" in operation.route:
        collect(faults, calendar_date, "завтра", "day")
    return faults


def _query_faults(names: tuple[str, ...]) -> list[FieldError]:
    faults: list[FieldError] = []
    if "from" in names:
        collect(faults, asked_days, "завтра", None, examples.MADE_AT.date())
    if "cursor" in names:
        collect(faults, read_cursor, "завтра", "")
    return faults or [FieldError(names[0], "unknown", "Неверное значение")]
