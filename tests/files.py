"""Files as patients attach them, the smallest that are valid, about nobody; and how a browser sends them."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import urllib3

from teleconsult.documents.model import DocumentType

_http = urllib3.PoolManager(retries=False)

_CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONSHIPS = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Target="word/document.xml" Type='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>'
)
_WORDS = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    "<w:body><w:p><w:r><w:t>—</w:t></w:r></w:p></w:body></w:document>"
)
DOCX_PARTS = {
    "[Content_Types].xml": _CONTENT_TYPES,
    "_rels/.rels": _RELATIONSHIPS,
    "word/document.xml": _WORDS,
}


def pdf() -> bytes:
    """One empty page."""
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>",
    )
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj%sendobj\n" % (number, content)
    table = b"xref\n0 4\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % each for each in places)
    return body + table + b"trailer<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(body)


def png() -> bytes:
    """One black pixel."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">L", len(content)) + kind + content + struct.pack(">L", zlib.crc32(kind + content))
        )

    header = chunk(b"IHDR", struct.pack(">2L5B", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def jpeg() -> bytes:
    """One grey pixel, baseline."""

    def segment(marker: int, content: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content

    one_code = bytes([1, *[0] * 15, 0])
    return (
        b"\xff\xd8"
        + segment(0xDB, b"\0" + b"\1" * 64)
        + segment(0xC0, bytes([8, 0, 1, 0, 1, 1, 1, 0x11, 0]))
        + segment(0xC4, b"\x00" + one_code)
        + segment(0xC4, b"\x10" + one_code)
        + segment(0xDA, bytes([1, 1, 0, 0, 63, 0]))
        + b"\x3f\xff\xd9"
    )


def heic(major: bytes = b"heic", *compatible: bytes) -> bytes:
    """The boxes of a picture without the picture."""

    def box(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">L", len(content) + 8) + kind + content

    handler = box(b"hdlr", bytes(8) + b"pict" + bytes(13))
    brands = major + bytes(4) + b"".join(compatible or (b"mif1", b"heic"))
    return box(b"ftyp", brands) + box(b"meta", bytes(4) + handler) + box(b"mdat", b"")


def docx(parts: Mapping[str, str] = DOCX_PARTS) -> bytes:
    """One paragraph of one dash."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in parts.items():
            opened.writestr(name, content)
    return archive.getvalue()


GOOD = {
    DocumentType.PDF: pdf(),
    DocumentType.JPEG: jpeg(),
    DocumentType.PNG: png(),
    DocumentType.HEIC: heic(),
    DocumentType.DOCX: docx(),
}


def send(made: Mapping[str, Any], content: bytes, **changed: str) -> urllib3.BaseHTTPResponse:
    """The form that a browser sends: the fields of the presigned POST, and the file last."""
    fields: list[Any] = [*{**made["upload"]["fields"], **changed}.items()]
    fields.append(("file", ("whatever.bin", content, "application/octet-stream")))
    return _http.request("POST", made["upload"]["url"], fields=fields)
