"""Parameters by their names: a name means the same everywhere."""

from datetime import timedelta

from teleconsult.consents import documents
from teleconsult.figures.rules import MOST_DAYS
from teleconsult.platform.http import KEY_LENGTH, Operation
from tools.openapi import examples
from tools.openapi.shapes import Json, named_in


def _text(description: str, example: str, **schema: object) -> Json:
    return {"description": description, "schema": {"type": "string", **schema}, "example": example}


_ID = "^{}-[a-z2-7]{{26}}$"
_CODE = "^[a-z][a-z0-9_-]{0,39}$"  # of the catalogue's parts
_DAY = examples.START.date()

IN_PATH: dict[str, Json] = {
    "booking": _text("The booking's id", examples.BOOKING_ID, pattern=_ID.format("b")),
    "holder": _text("The holder's id", examples.HOLDER_ID, pattern=_ID.format("h")),
    "document": _text("Which document to sign", "contract", enum=[*documents.REQUIRED, *documents.OPTIONAL]),
    "version": _text("Its version", documents.current()[0].version, pattern=r"^\d{4}-\d{2}-\d{2}$"),
    "refund": _text("The refund's id", examples.REFUND_ID, pattern=r"^r-[a-z2-7]{26}-\d{2}$"),
    "notice": _text("The notice's id", examples.NOTICE.notice_id, minLength=1),
    "callback": _text("The id of the request for a call", examples.CALLBACK_ID, pattern=_ID.format("cb")),
    "token": _text("One side's token, of the link in the SMS or mail", examples.JOIN_TOKEN),
    "doctor": _text("The doctor's id", examples.FORM["slot"]["doctor"], pattern=_CODE),
    "day": _text("One of the clinic's days", _DAY.isoformat(), format="date"),
    "path": _text("The secret of the address that the provider knows", "p" * 40, pattern="^[A-Za-z0-9]{40}$"),
}

# What a booking's documents are called, which are uploaded, not signed.
_OF_BOOKING = {
    **IN_PATH,
    "document": _text("The document's id", examples.DOCUMENT_ID, pattern=_ID.format("doc")),
}

IN_QUERY: dict[str, Json] = {
    "doctor": _text(
        "The doctor's id: free slots of this doctor alone. Either this or `specialty`",
        examples.FORM["slot"]["doctor"],
        pattern=_CODE,
    ),
    "specialty": _text("A specialty's id, or `unsure` for «Не знаю»", "therapist", pattern=_CODE),
    "kind": _text("The kind of consultation: doctors who offer it", examples.FORM["kind"], pattern=_CODE),
    "from": _text(
        "The first of the clinic's days; today, if it is left out", _DAY.isoformat(), format="date"
    ),
    "to": _text(
        "The last of the clinic's days, included; a week from the first, if it is left out",
        (_DAY + timedelta(days=6)).isoformat(),
        format="date",
    ),
    "time_zone": _text("The zone that starts are told in; the clinic's, if it is left out", "Europe/Moscow"),
    "name": _text("Part of a doctor's name, «е» and «ё», capitals and hyphens alike", "петрова", minLength=1),
    "age": _text("The patient's age in full years", "35", pattern=r"^\d{1,3}$"),
    "language": _text("A language of the doctor's, ISO 639-1", "ru", pattern="^[a-z]{2}$"),
    "day": _text("One of the clinic's days; today, if it is left out", _DAY.isoformat(), format="date"),
    "assignee": _text("`me`: only what the caller is to see to", "me", enum=["me"]),
    "cursor": _text("`next` of the page before", examples.CURSOR, minLength=1),
}

# Which days are meant has no usual answer there.
_OF_FIGURES = {
    "from": {**IN_QUERY["from"], "description": "The first of the clinic's days", "required": True},
    "to": {
        **IN_QUERY["to"],
        "description": f"The last of the clinic's days, included; at most {MOST_DAYS} of them",
        "required": True,
    },
}
_OWN_QUERIES = {"GET /internal/figures": _OF_FIGURES}

IN_HEADER: dict[str, Json] = {
    "If-Match": _text("The version that must still be in force", '"3"', pattern=r'^"\d+"$'),
}

_KEY = _text(
    "The caller's own id of what it wants created: the same key is the same thing, however often it is sent",
    "b7c9a0de-4f0e-4c83-9a55-0d2d5f0a7f11",
    pattern=f"^[!-~][ -~]{{{KEY_LENGTH[0] - 2},{KEY_LENGTH[-1] - 2}}}[!-~]$",
)


def of(operation: Operation) -> list[Json]:
    """
    Raises:
        KeyError: nobody has said what a parameter of this name is.
    """
    names = named_in(operation.route)
    in_path = _OF_BOOKING if "booking" in names else IN_PATH
    described: list[Json] = [
        {"name": name, "in": "path", "required": True, **in_path[name]} for name in names
    ]
    in_query = _OWN_QUERIES.get(operation.route, IN_QUERY)
    described += [{"name": name, "in": "query", **in_query[name]} for name in operation.query]
    described += [{"name": name, "in": "header", **IN_HEADER[name]} for name in operation.headers]
    if operation.creates:
        described.append({"name": "Idempotency-Key", "in": "header", "required": True, **_KEY})
    return described
