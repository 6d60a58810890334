"""What is done with an upload once it has arrived: looked at, then kept or refused (S9).

Events of uploads come in any order, any number of times, and may find that everything is done already. The
row decides, and names the one upload that it is about.
"""

from datetime import datetime
from enum import StrEnum

from teleconsult.documents import contents, objects, rules, store
from teleconsult.documents.model import Document, DocumentStatus, Refusal
from teleconsult.notices import outbox
from teleconsult.notices.rules import Notice
from teleconsult.platform import clock, dynamo
from teleconsult.platform.dynamo import ConditionFailed, TransactionRefused


class Ended(StrEnum):
    """What became of an upload."""

    KEPT = "kept"
    REFUSED = "refused"
    NOT_AWAITED = "not_awaited"  # its document has had one, or is no more
    UNKNOWN = "unknown"  # no document is, or was, known under its key
    GONE = "gone"  # dealt with before, or another upload took its place and has an event of its own


def take_in(key: str, now: datetime) -> Ended:
    """Look at the upload under this key, and keep or remove it."""
    known = rules.read_incoming_key(key)
    document = store.find(*known) if known else None
    if document is None:
        objects.remove(key)
        return Ended.UNKNOWN
    if document.status is not DocumentStatus.AWAITING_UPLOAD:
        objects.remove(key)
        return Ended.NOT_AWAITED
    upload = objects.arrived(document)
    if upload is None:
        return Ended.GONE
    refusal = contents.fault(document.upload, upload.content)
    if refusal:
        ended = _refuse(document, refusal, now)
    elif objects.keep(document, upload.etag):
        ended = _keep(document, upload.etag)
    else:
        return Ended.GONE
    objects.remove(key)
    return ended


def _keep(document: Document, etag: str) -> Ended:
    try:
        dynamo.write(store.ready(document, etag))
    except ConditionFailed:
        present = store.find(document.booking_id, document.document_id)
        if present is None or present.etag != etag:  # the copy is nobody's
            objects.remove(rules.kept_key(document.booking_id, document.document_id, etag))
            return Ended.NOT_AWAITED
    return Ended.KEPT


def _refuse(document: Document, refusal: Refusal, now: datetime) -> Ended:
    # Removed and begun anew under its old id, a document may be refused a second time.
    about = f"{document.document_id}#{clock.iso(document.created_at)}"
    told = outbox.put(document.booking_id, Notice.DOCUMENT_REFUSED, now, about)
    try:
        dynamo.transact([*store.refused(document, refusal), told])
    except TransactionRefused:
        return Ended.NOT_AWAITED
    return Ended.REFUSED
