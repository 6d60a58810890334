"""The documents that are signed: versioned text files beside this module, never changed once published.

A new version is a new file. The one with the latest date is current.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from teleconsult.platform.errors import NotFound

REQUIRED = ("contract", "medical_consent", "personal_data", "telemedicine_notice")
OPTIONAL = ("marketing",)  # never asked for in return for anything: 38-FZ, art. 18

_TEXTS = Path(__file__).parent / "texts"


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one document: `title` is its first line, `sha256` the hash of the file's bytes.

    `required`: whether a booking cannot be made without it.
    """

    document: str
    version: str
    title: str
    sha256: str
    required: bool


def current() -> tuple[Document, ...]:
    """What may be signed now, each in its latest version, the required documents first."""
    return tuple(max(_versions(name), key=lambda each: each.version) for name in (*REQUIRED, *OPTIONAL))


def find(document: str, version: str) -> Document | None:
    """A version that is or was in force, or None."""
    return next((each for each in _versions(document) if each.version == version), None)


def text(document: str, version: str) -> str:
    """The words of a document.

    Raises:
        NotFound: no such document or version.
    """
    if find(document, version) is None:
        raise NotFound("Документ не найден")
    return _file(document, version).read_text(encoding="utf-8")


@cache
def _versions(document: str) -> tuple[Document, ...]:
    # The name comes from outside: only a known one becomes part of a path.
    if document not in (*REQUIRED, *OPTIONAL):
        return ()
    return tuple(_read(document, path.stem) for path in sorted((_TEXTS / document).glob("*.txt")))


def _read(document: str, version: str) -> Document:
    content = _file(document, version).read_bytes()
    title, _, _ = content.decode().partition("\n")
    sha256 = hashlib.sha256(content).hexdigest()
    return Document(document, version, title, sha256, document in REQUIRED)


def _file(document: str, version: str) -> Path:
    return _TEXTS / document / f"{version}.txt"
