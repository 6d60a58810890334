"""What an upload really is, by its own bytes: nothing is decoded, nothing is unpacked. Pure.

Signatures: ISO 32000-1 §7.5.2 (PDF), ITU T.81 (JPEG), W3C PNG §5.2, ISO/IEC 14496-12 §4.3 with 23008-12
(HEIC), PKWARE's APPNOTE §4.3 with ECMA-376 part 2 (DOCX).
"""

import struct
from collections.abc import Iterator

from teleconsult.documents.model import DocumentType, Refusal, Upload

_PDF = b"%PDF-"
_JPEG = b"\xff\xd8\xff"
_PNG = b"\x89PNG\r\n\x1a\n"
_HEIC_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
)
_OTHER_BRANDS = frozenset({b"avif", b"avis"})  # AVIF is `mif1` too, and no HEIC

_ZIP_ENTRY = b"PK\x03\x04"
_ZIP_END = struct.Struct("<4s4H2LH")  # the directory's end: …, entries here and in all, size, offset, comment
_ZIP_LISTED = struct.Struct("<4s6H3L5H2L")  # one line of the directory; its name, extra field, comment follow
_ZIP_LONGEST_COMMENT = 0xFFFF
_ZIP_MOST_ENTRIES = 10_000  # of a document people write: some hundreds
_DOCX_PARTS = frozenset({b"[content_types].xml", b"word/document.xml"})
_MACROS = b"vbaproject.bin"


class _NoZip(Exception):
    """It has no directory that can be trusted."""


def fault(declared: Upload, content: bytes) -> Refusal | None:
    """Why the content is not what was declared, or None."""
    if len(content) != declared.size:
        return Refusal.WRONG_SIZE
    match declared.type:
        case DocumentType.PDF:
            good = content.startswith(_PDF)
        case DocumentType.JPEG:
            good = content.startswith(_JPEG)
        case DocumentType.PNG:
            good = content.startswith(_PNG)
        case DocumentType.HEIC:
            good = _is_heic(content)
        case DocumentType.DOCX:
            return _docx_fault(content)
    return None if good else Refusal.WRONG_CONTENT


def _is_heic(content: bytes) -> bool:
    """Its first box is `ftyp`, and its major brand or one it is compatible with is HEIC's."""
    if len(content) < 16 or content[4:8] != b"ftyp":
        return False
    length = int.from_bytes(content[:4], "big")
    if not 16 <= length <= len(content) or length % 4:
        return False
    brands = {content[8:12], *(content[at : at + 4] for at in range(16, length, 4))}
    return bool(brands & _HEIC_BRANDS) and not brands & _OTHER_BRANDS


def _docx_fault(content: bytes) -> Refusal | None:
    if not content.startswith(_ZIP_ENTRY):
        return Refusal.WRONG_CONTENT
    try:
        names = {name.lower() for name in _names(content)}
    except _NoZip:
        return Refusal.WRONG_CONTENT
    if not names >= _DOCX_PARTS:
        return Refusal.WRONG_CONTENT
    has_macros = any(name.rpartition(b"/")[2] == _MACROS for name in names)
    return Refusal.HAS_MACROS if has_macros else None


def _names(content: bytes) -> Iterator[bytes]:
    """The names in an archive's directory, which is all that is read of it.

    Raises:
        _NoZip: the directory is missing, too long, split, in 64-bit form, or not where and what its end says.
    """
    end = content.rfind(b"PK\x05\x06", -_ZIP_END.size - _ZIP_LONGEST_COMMENT)
    if end < 0 or end + _ZIP_END.size > len(content):
        raise _NoZip
    _, disk, first_disk, here, entries, size, start, comment = _ZIP_END.unpack_from(content, end)
    ends_the_file = end + _ZIP_END.size + comment == len(content)
    if disk or first_disk or here != entries or entries > _ZIP_MOST_ENTRIES or not ends_the_file:
        raise _NoZip
    if start + size != end:
        raise _NoZip
    at = start
    for _ in range(entries):
        if at + _ZIP_LISTED.size > end:
            raise _NoZip
        listed = _ZIP_LISTED.unpack_from(content, at)
        name, extra, remark = listed[10:13]
        if listed[0] != b"PK\x01\x02":
            raise _NoZip
        yield content[at + _ZIP_LISTED.size : at + _ZIP_LISTED.size + name]
        at += _ZIP_LISTED.size + name + extra + remark
    if at != end:
        raise _NoZip
