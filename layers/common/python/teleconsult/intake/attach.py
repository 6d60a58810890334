"""Documents attached to a booking, handed out, taken away again (S9)."""

from contextlib import suppress
from datetime import datetime

from teleconsult.booking.model import Booking
from teleconsult.catalogue.model import Limits
from teleconsult.documents import objects, rules, store
from teleconsult.documents.model import Document, DocumentStatus, Upload
from teleconsult.documents.objects import Link, Scan
from teleconsult.platform import dynamo, ids, settings
from teleconsult.platform.dynamo import ConditionFailed, TransactionRefused
from teleconsult.platform.errors import Conflict, NotFound, Unavailable

_TRIES = 5  # a document changes once, when its upload has been looked at


def attach(booking: Booking, upload: Upload, idempotency_key: str, limits: Limits, now: datetime) -> Document:
    """The document behind the caller's key, which waits for its upload unless that has arrived already.

    Raises:
        Conflict: the booking is over, has as many documents as it may have, or the key is another document's.
    """
    document = Document(
        document_id=ids.document_id(settings.pepper(), booking.booking_id, idempotency_key),
        booking_id=booking.booking_id,
        name=upload.name,
        type=upload.type,
        size=upload.size,
        status=DocumentStatus.AWAITING_UPLOAD,
        created_at=now,
    )
    known = store.find(document.booking_id, document.document_id)
    attached = known or document
    if attached.upload != upload:
        raise _other_content()
    if booking.status.final and attached.status is DocumentStatus.AWAITING_UPLOAD:
        raise Conflict("booking_over", "Запись завершена или отменена, документы больше не принимаются")
    return attached if known else _begun(document, rules.due(booking.slot_end, limits.documents_kept_days))


def _begun(document: Document, due_at: datetime) -> Document:
    try:
        dynamo.transact(store.begun(document, due_at))
    except TransactionRefused as refused:
        faster = store.find(document.booking_id, document.document_id)
        if faster is None:
            raise no_place() from refused
        if faster.upload != document.upload:
            raise _other_content() from refused
        return faster
    return document


def hand_out(document: Document, now: datetime) -> Link:
    """Where a document can be read for the next minutes.

    Raises:
        Conflict: it has not arrived, was not taken, or the scanner has not found it clean.
    """
    match document.status:
        case DocumentStatus.AWAITING_UPLOAD:
            raise Conflict("document_not_ready", "Файл ещё не загружен или проверяется")
        case DocumentStatus.REFUSED:
            raise Conflict("document_refused", "Файл не принят и удалён")
    match objects.scan(document):
        case Scan.PENDING:
            raise Conflict("document_being_scanned", "Файл ещё проверяется на вирусы, попробуйте позже")
        case Scan.NOT_CLEAN:
            raise Conflict("document_not_clean", "Файл не прошёл проверку на вирусы, открыть его нельзя")
    return objects.link(document, now)


def detach(booking_id: str, document_id: str) -> None:
    """Remove a document: its objects first, so that a crash in between leaves a row to say it again for.

    Raises:
        NotFound: the booking has no such document.
        Unavailable: it changed each time; the same call may be repeated.
    """
    for _ in range(_TRIES):
        document = store.load(booking_id, document_id)
        objects.remove_document(document)
        with suppress(TransactionRefused):  # its check has just ended: what is there now goes
            dynamo.transact(store.removed(document))
            return
    raise Unavailable("busy", "Документ прямо сейчас проверяется. Повторите чуть позже")


def detach_all(booking_id: str) -> bool:
    """Remove all documents of a booking whose time is over; False: one was begun meanwhile, look again."""
    uploads = store.uploads_begun(booking_id)
    for document in store.of_booking(booking_id):
        with suppress(NotFound):  # the patient was faster
            detach(booking_id, document.document_id)
    objects.remove_all(booking_id)
    try:
        dynamo.write(store.nothing_left(booking_id, uploads))
    except ConditionFailed:
        return False
    return True


def _other_content() -> Conflict:
    return Conflict("idempotency_conflict", "Этот ключ запроса уже использован с другими данными")


def no_place() -> Conflict:
    """What the eleventh document is answered."""
    return Conflict(
        "too_many_documents",
        f"К записи можно приложить не больше {rules.MOST_DOCUMENTS} документов: удалите лишние",
    )
