"""What may be attached (S9), under which keys it is stored, how it is handed out, how long it is kept.

Pure."""

import re
import unicodedata
from datetime import datetime, timedelta
from urllib.parse import quote

from teleconsult.documents.model import Document, DocumentType, Refusal, Upload
from teleconsult.platform.checks import collect, refuse, settle, sure
from teleconsult.platform.errors import FieldError

MOST_DOCUMENTS = 10  # of one booking
MOST_UPLOADS = 50  # ever begun for one booking: every refused one brings a row and a letter
LARGEST = 20 * 1024 * 1024  # bytes

UPLOAD_LIFETIME = timedelta(minutes=15)
LINK_LIFETIME = timedelta(minutes=5)

_LONGEST_NAME = 200
# Control characters, line breaks, lone surrogates; what turns the direction of writing hides extensions.
_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNS_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_INCOMING = "incoming"
_KEPT = "documents"
_INCOMING_KEY = re.compile(rf"{_INCOMING}/(b-[a-z2-7]+)/(doc-[a-z2-7]+)")

EXTENSIONS = {
    DocumentType.PDF: ("pdf",),
    DocumentType.JPEG: ("jpg", "jpeg"),
    DocumentType.PNG: ("png",),
    DocumentType.HEIC: ("heic", "heif"),
    DocumentType.DOCX: ("docx",),
}

# What RFC 5987 calls attr-char, beyond letters and digits.
_PLAIN_IN_HEADER = "!#$&+-.^_`|~"


def check_upload(name: object, type: object, size: object) -> Upload:
    """What is about to be uploaded.

    Raises:
        Invalid: every field that breaks a rule.
    """
    faults: list[FieldError] = []
    called, known, bytes_ = (
        collect(faults, _name, name),
        collect(faults, _type, type),
        collect(faults, _size, size),
    )
    settle(faults)
    return Upload(name=sure(called), type=sure(known), size=sure(bytes_))


def incoming_key(booking_id: str, document_id: str) -> str:
    """Where an upload arrives. Ids only: a name is no part of a key."""
    return f"{_INCOMING}/{booking_id}/{document_id}"


def kept_key(booking_id: str, document_id: str, etag: str) -> str:
    """Where a checked upload is kept; no other upload, checked or not, ever has its key."""
    return f"{_KEPT}/{booking_id}/{document_id}/{etag}"


def prefixes(booking_id: str) -> tuple[str, ...]:
    """What the keys of all objects of a booking begin with."""
    return f"{_INCOMING}/{booking_id}/", f"{_KEPT}/{booking_id}/"


def read_incoming_key(key: str) -> tuple[str, str] | None:
    """Booking and document of an upload's key, or None."""
    known = _INCOMING_KEY.fullmatch(key)
    return (known[1], known[2]) if known else None


def due(slot_end: datetime, kept_days: int) -> datetime:
    """When the documents of a booking are deleted."""
    return slot_end + timedelta(days=kept_days)


def disposition(document: Document) -> str:
    """The Content-Disposition that a document is handed out with (RFC 6266): never shown in place.

    It always has an extension of its type: whatever it is called, it is opened as what it was checked to be.
    """
    extensions = EXTENSIONS[document.type]
    name = document.name
    if not name.lower().endswith(tuple(f".{each}" for each in extensions)):
        name += f".{extensions[0]}"
    encoded = quote(name, safe=_PLAIN_IN_HEADER)
    return f"attachment; filename=\"document.{extensions[0]}\"; filename*=UTF-8''{encoded}"


def words(refusal: Refusal) -> str:
    """Why an upload was not taken, for people."""
    return {
        Refusal.WRONG_SIZE: "Размер файла не тот, что был указан, или больше 20 МБ",
        Refusal.WRONG_CONTENT: "Содержимое файла не соответствует его типу, или файл повреждён",
        Refusal.HAS_MACROS: "В документе есть макросы: сохраните его без них или как PDF",
    }[refusal]


def _name(typed: object) -> str:
    value = unicodedata.normalize("NFC", typed).strip() if isinstance(typed, str) else ""
    if not value:
        refuse("name", "missing", "Укажите имя файла")
    if len(value) > _LONGEST_NAME:
        refuse("name", "too_long", f"Не больше {_LONGEST_NAME} знаков")
    if any(unicodedata.category(each) in _UNSEEN or each in _TURNS_DIRECTION for each in value):
        refuse("name", "characters", "В имени файла есть недопустимые знаки")
    return value


def _type(typed: object) -> DocumentType:
    if typed not in tuple(DocumentType):
        refuse("type", "document_type", "Можно приложить PDF, JPEG, PNG, HEIC или DOCX")
    return DocumentType(str(typed))


def _size(typed: object) -> int:
    if not isinstance(typed, int) or typed < 1:
        refuse("size", "empty", "Файл пуст")
    if typed > LARGEST:
        refuse("size", "too_large", f"Файл больше {LARGEST // 1024**2} МБ")
    return typed
