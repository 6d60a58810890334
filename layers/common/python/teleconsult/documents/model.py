"""A document as its row holds it. Its name is personal data: it lives in the Patients table, nowhere else."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DocumentType(StrEnum):
    """What may be attached, by media type."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"
    HEIC = "image/heic"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class DocumentStatus(StrEnum):
    """Where a document is in its life; only a `ready` one can be read."""

    AWAITING_UPLOAD = "awaiting_upload"
    READY = "ready"
    REFUSED = "refused"


class Refusal(StrEnum):
    """Why what arrived was not taken."""

    WRONG_SIZE = "wrong_size"
    WRONG_CONTENT = "wrong_content"
    HAS_MACROS = "has_macros"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """What is about to be uploaded, as the rules allow it. `size`: bytes."""

    name: str
    type: DocumentType
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document of a booking. `size`: bytes, declared and found. `etag`: which upload was found good."""

    document_id: str
    booking_id: str
    name: str
    type: DocumentType
    size: int
    status: DocumentStatus
    created_at: datetime
    etag: str | None = None
    refusal: Refusal | None = None

    @property
    def upload(self) -> Upload:
        return Upload(name=self.name, type=self.type, size=self.size)

    @property
    def takes_a_place(self) -> bool:
        """Whether it counts among the documents a booking may have: a refused one does not."""
        return self.status is not DocumentStatus.REFUSED
