"""Magic bytes against the declared type: good and bad samples of each."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleconsult.documents import contents
from teleconsult.documents.model import DocumentType, Refusal, Upload
from tests import files

PDF, JPEG, PNG, HEIC, DOCX = DocumentType
WITHOUT_WORDS = {name: part for name, part in files.DOCX_PARTS.items() if name != "word/document.xml"}
MACROS = {**files.DOCX_PARTS, "word/vbaProject.bin": ""}


def found(kind: DocumentType, content: bytes) -> Refusal | None:
    return contents.fault(Upload(name="f", type=kind, size=len(content)), content)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        *files.GOOD.items(),
        (HEIC, files.heic(b"heix")),
        (HEIC, files.heic(b"hevc")),
        (HEIC, files.heic(b"mif1", b"mif1", b"heic")),
        (HEIC, files.heic(b"msf1", b"msf1")),
        (HEIC, files.heic(b"\0\0\0\0", b"miaf", b"heis")),
        (DOCX, files.docx({**files.DOCX_PARTS, "word/media/image1.png": "x"})),
        (DOCX, files.docx(dict(reversed(files.DOCX_PARTS.items())))),
    ],
)
def test_what_is_as_declared_is_taken(kind: DocumentType, content: bytes) -> None:
    assert found(kind, content) is None


@pytest.mark.parametrize(("declared", "real"), [(a, b) for a in DocumentType for b in DocumentType if a != b])
def test_one_type_is_not_taken_for_another(declared: DocumentType, real: DocumentType) -> None:
    assert found(declared, files.GOOD[real]) is Refusal.WRONG_CONTENT


def zip_of(**changed: int) -> bytes:
    """A DOCX whose directory's end says something else, by the place of its 16-bit word: `at_10=5`."""
    content = bytearray(files.docx())
    end = content.rfind(b"PK\x05\x06")
    for place, value in changed.items():
        at = end + int(place.removeprefix("at_"))
        content[at : at + 2] = value.to_bytes(2, "little")
    return bytes(content)


def stored_without_zip64() -> bytes:
    """The same archive with bytes before it, which an unpacker would forgive."""
    return b"MZ" + files.docx()


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (PDF, b"\n" + files.pdf()),
        (PDF, b"%PDF"),
        (PDF, b"<script>%PDF-"),
        (JPEG, b"\xff\xd8"),
        (JPEG, b"\xff\xd8\x00" + files.jpeg()),
        (PNG, files.png()[:7]),
        (PNG, files.png().replace(b"\r\n", b"\n", 1)),
        (HEIC, files.heic(b"avif", b"avif", b"mif1", b"miaf")),
        (HEIC, files.heic(b"mif1", b"mif1", b"avif")),
        (HEIC, files.heic(b"isom", b"mp42")),
        (HEIC, b"\x00\x00\x00\x10ftyp"),
        (HEIC, b"\xff\xff\xff\xf0ftypheic\0\0\0\0heic"),
        (HEIC, b"\x00\x00\x00\x08ftypheic\0\0\0\0heic"),
        (DOCX, b"PK\x03\x04"),
        (DOCX, files.docx(WITHOUT_WORDS)),
        (DOCX, files.docx({"word/document.xml": "x"})),
        (DOCX, files.docx({})),
        (DOCX, files.docx()[:-1]),
        (DOCX, files.docx() + b"trailing"),
        (DOCX, stored_without_zip64()),
        (DOCX, zip_of(at_10=2)),
        (DOCX, zip_of(at_8=0xFFFF, at_10=0xFFFF)),
        (DOCX, zip_of(at_4=1)),
        (DOCX, zip_of(at_12=0)),
        (DOCX, zip_of(at_16=1)),
        (DOCX, files.docx().replace(b"PK\x01\x02", b"PK\x01\x03")),
        (DOCX, zip_of(at_8=4, at_10=4)),
    ],
)
def test_what_is_not_as_declared_is_refused(kind: DocumentType, content: bytes) -> None:
    assert found(kind, content) is Refusal.WRONG_CONTENT


@pytest.mark.parametrize("name", ["word/vbaProject.bin", "word/VBAPROJECT.BIN", "vbaProject.bin"])
def test_a_document_with_macros_is_refused_as_such(name: str) -> None:
    assert found(DOCX, files.docx({**files.DOCX_PARTS, name: ""})) is Refusal.HAS_MACROS


def test_a_docx_is_never_unpacked_however_much_it_says_to_hold() -> None:
    archive = io.BytesIO(files.docx())
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as opened:
        for number in range(4):
            opened.writestr(f"word/media/{number}.bin", bytes(4 * 1024**2))
    content = bytearray(archive.getvalue())
    at = content.find(b"PK\x01\x02")
    while at >= 0:  # each entry says that it unpacks to 4 GB
        content[at + 24 : at + 28] = b"\xfe\xff\xff\xff"
        at = content.find(b"PK\x01\x02", at + 1)
    assert found(DOCX, bytes(content)) is None


def test_a_directory_longer_than_any_document_has_is_not_read() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        for number in range(10_001):
            opened.writestr(str(number), "")
    assert found(DOCX, archive.getvalue()) is Refusal.WRONG_CONTENT


@pytest.mark.parametrize("kind", DocumentType)
def test_another_size_than_declared_is_refused(kind: DocumentType) -> None:
    content = files.GOOD[kind]
    declared = Upload(name="f", type=kind, size=len(content) + 1)
    assert contents.fault(declared, content) is Refusal.WRONG_SIZE


@given(st.sampled_from(DocumentType), st.binary(max_size=300))
def test_any_bytes_get_a_verdict(kind: DocumentType, content: bytes) -> None:
    assert found(kind, content) in (None, *Refusal)


@given(st.integers(0, len(files.docx()) - 1), st.binary(min_size=1, max_size=8))
def test_a_damaged_archive_gets_a_verdict(at: int, damage: bytes) -> None:
    content = files.docx()
    assert found(DOCX, content[:at] + damage + content[at + len(damage) :]) in (None, *Refusal)
