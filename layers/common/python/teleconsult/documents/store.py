"""Documents' rows in the Patients table, and the places they take beside the booking in the Bookings table.

The places' item holds no personal data: `taken` of the places, `begun` of the uploads ever, and when all that
was attached is due to be deleted.
"""

from collections.abc import Iterator
from datetime import datetime

from teleconsult.documents import rules
from teleconsult.documents.model import Document, DocumentStatus, DocumentType, Refusal
from teleconsult.platform import clock, due, dynamo, settings
from teleconsult.platform.dynamo import Item, Write
from teleconsult.platform.errors import NotFound

_PLACES = "DOCUMENTS"

# How far back the sweep looks for what is due: longer than anybody would leave its alarm unanswered.
_DUE_DAYS = 90
_DUE = "DOCUMENTS#"


def begun(document: Document, due_at: datetime) -> list[Write]:
    """A place taken and the new row, for one transaction; `due_at`: when the booking's documents are deleted.

    The first is refused where no place is left, the second where the document is there already.
    """
    places = dynamo.update(
        settings.bookings_table(),
        _booking_pk(document.booking_id),
        _PLACES,
        set=due.at(due_at, _DUE),
        add={"taken": 1, "begun": 1},
        when="(attribute_not_exists(begun) OR begun < :uploads)"
        " AND (attribute_not_exists(taken) OR taken < :documents)",
        uploads=rules.MOST_UPLOADS,
        documents=rules.MOST_DOCUMENTS,
    )
    return [places, dynamo.put(settings.patients_table(), _item(document), "attribute_not_exists(pk)")]


def ready(document: Document, etag: str) -> Write:
    """This upload was found good; refused where the document does not wait for one any more."""
    return _arrived(document, {"status": DocumentStatus.READY, "etag": etag})


def refused(document: Document, refusal: Refusal) -> list[Write]:
    """What arrived is not taken, and its place is free; refused where the document does not wait any more."""
    row = _arrived(document, {"status": DocumentStatus.REFUSED, "refusal": refusal})
    return [row, _place_freed(document)]


def removed(document: Document) -> list[Write]:
    """The row is gone and its place free; refused where the document has changed since it was read."""
    row = dynamo.delete(
        settings.patients_table(),
        _pk(document.booking_id),
        document.document_id,
        "#status = :seen",
        seen=document.status,
    )
    return [row, _place_freed(document)] if document.takes_a_place else [row]


def find(booking_id: str, document_id: str) -> Document | None:
    item = dynamo.get(settings.patients_table(), _pk(booking_id), document_id)
    return _document(item) if item else None


def load(booking_id: str, document_id: str) -> Document:
    """
    Raises:
        NotFound: the booking has no such document.
    """
    document = find(booking_id, document_id)
    if document is None:
        raise NotFound("Документ не найден")
    return document


def of_booking(booking_id: str) -> list[Document]:
    """All documents of a booking, the earliest first."""
    items = dynamo.query_all(settings.patients_table(), "pk = :pk", pk=_pk(booking_id))
    return sorted(map(_document, items), key=lambda each: (each.created_at, each.document_id))


def uploads_begun(booking_id: str) -> int:
    """How many uploads were ever begun for a booking."""
    item = dynamo.get(settings.bookings_table(), _booking_pk(booking_id), _PLACES)
    return int(item["begun"]) if item else 0


def all_due(now: datetime) -> Iterator[str]:
    """Ids of the bookings whose documents are due to be deleted, the longest due first."""
    for key in due.until(now, days=_DUE_DAYS, kind=_DUE):
        yield key["pk"].removeprefix("BOOKING#")


def due_later(booking_id: str, due_at: datetime) -> Write:
    """The booking's documents are kept longer than was thought when they were attached."""
    return dynamo.update(
        settings.bookings_table(),
        _booking_pk(booking_id),
        _PLACES,
        set=due.at(due_at, _DUE),
        when="attribute_exists(pk)",
    )


def nothing_left(booking_id: str, uploads: int) -> Write:
    """Nothing is due any more; refused where an upload was begun since `uploads` were counted."""
    return dynamo.update(
        settings.bookings_table(),
        _booking_pk(booking_id),
        _PLACES,
        remove=due.NOTHING,
        when="begun = :uploads",
        uploads=uploads,
    )


def _arrived(document: Document, changes: Item) -> Write:
    return dynamo.update(
        settings.patients_table(),
        _pk(document.booking_id),
        document.document_id,
        set=changes,
        when="#status = :awaiting",
        awaiting=DocumentStatus.AWAITING_UPLOAD,
    )


def _place_freed(document: Document) -> Write:
    return dynamo.update(
        settings.bookings_table(),
        _booking_pk(document.booking_id),
        _PLACES,
        add={"taken": -1},
    )


def _booking_pk(booking_id: str) -> str:
    return f"BOOKING#{booking_id}"


def _pk(booking_id: str) -> str:
    # A partition of their own: who handles documents need not be able to read or delete people and consents.
    return f"DOCUMENTS#{booking_id}"


def _item(document: Document) -> Item:
    return {
        "pk": _pk(document.booking_id),
        "sk": document.document_id,
        "name": document.name,
        "type": document.type,
        "size": document.size,
        "status": document.status,
        "created_at": clock.iso(document.created_at),
    }


def _document(item: Item) -> Document:
    return Document(
        document_id=item["sk"],
        booking_id=item["pk"].removeprefix("DOCUMENTS#"),
        name=item["name"],
        type=DocumentType(item["type"]),
        size=item["size"],
        status=DocumentStatus(item["status"]),
        created_at=clock.parse(item["created_at"]),
        etag=item.get("etag"),
        refusal=Refusal(item["refusal"]) if "refusal" in item else None,
    )
