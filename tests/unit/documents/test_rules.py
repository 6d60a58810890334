"""What may be attached, and how it is handed out."""

import unicodedata
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleconsult.documents import rules
from teleconsult.documents.model import Document, DocumentStatus, DocumentType, Refusal
from teleconsult.platform.errors import Invalid

NOW = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
PDF = DocumentType.PDF.value


def document(name: str, kind: DocumentType = DocumentType.PDF) -> Document:
    return Document(
        document_id="doc-a",
        booking_id="b-a",
        name=name,
        type=kind,
        size=1,
        status=DocumentStatus.READY,
        created_at=NOW,
    )


def faults(name: Any = "a.pdf", type: Any = PDF, size: Any = 1) -> dict[str, str]:
    with pytest.raises(Invalid) as invalid:
        rules.check_upload(name, type, size)
    return {fault.path: fault.code for fault in invalid.value.fields}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Выписка из ЛПУ №3.pdf", "Выписка из ЛПУ №3.pdf"),
        ("  снимок.jpg ", "снимок.jpg"),
        ("и\u0306.pdf", "й.pdf"),
        ("../../etc/passwd", "../../etc/passwd"),
        ('a"b\\c;d.pdf', 'a"b\\c;d.pdf'),
        ("ё" * 200, "ё" * 200),
    ],
)
def test_a_name_is_kept_as_it_was_entered(typed: str, kept: str) -> None:
    assert rules.check_upload(typed, PDF, 1).name == kept


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (None, "missing"),
        ("", "missing"),
        (" \t", "missing"),
        ("a" * 201, "too_long"),
        ("a\nb.pdf", "characters"),
        ("a\0.pdf", "characters"),
        ("a\x7f.pdf", "characters"),
        ("a\u2028b.pdf", "characters"),
        ("fdp.\u202eexe", "characters"),
        ("a\ud800.pdf", "characters"),
    ],
)
def test_a_name_that_cannot_be_shown_is_refused(typed: Any, code: str) -> None:
    assert faults(name=typed) == {"name": code}


@pytest.mark.parametrize("kind", DocumentType)
def test_five_types_may_be_attached(kind: DocumentType) -> None:
    assert rules.check_upload("a", kind.value, rules.LARGEST).type is kind


@pytest.mark.parametrize(
    "typed", [None, "", "pdf", "image/gif", "application/zip", "application/pdf;a", "IMAGE/PNG"]
)
def test_no_other_type_may(typed: Any) -> None:
    assert faults(type=typed) == {"type": "document_type"}


@pytest.mark.parametrize(
    ("size", "code"), [(None, "empty"), (0, "empty"), (-1, "empty"), (20 * 1024**2 + 1, "too_large")]
)
def test_a_file_is_neither_empty_nor_larger_than_20_megabytes(size: Any, code: str) -> None:
    assert faults(size=size) == {"size": code}


def test_all_faults_come_at_once() -> None:
    assert set(faults(None, None, None)) == {"name", "type", "size"}


def test_documents_are_due_so_many_days_after_the_slot() -> None:
    assert rules.due(NOW, 1095) == datetime(2029, 11, 30, 2, 0, tzinfo=UTC)


def test_the_key_of_an_upload_is_made_of_ids_and_read_back() -> None:
    key = rules.incoming_key("b-a2", "doc-b3")
    assert (key, rules.read_incoming_key(key)) == ("incoming/b-a2/doc-b3", ("b-a2", "doc-b3"))


@pytest.mark.parametrize(
    "key",
    ["", "incoming/", "incoming/b-a/", "incoming/b-a/doc-a/x", "documents/b-a/doc-a", "incoming/../doc-a"],
)
def test_no_other_key_is_an_uploads(key: str) -> None:
    assert rules.read_incoming_key(key) is None


def test_a_document_is_saved_under_its_name() -> None:
    assert rules.disposition(document("Анализ 5%.pdf")) == (
        "attachment; filename=\"document.pdf\"; filename*=UTF-8''"
        "%D0%90%D0%BD%D0%B0%D0%BB%D0%B8%D0%B7%205%25.pdf"
    )


@pytest.mark.parametrize(
    ("name", "kind", "saved"),
    [
        ("опасный.exe", DocumentType.PDF, "опасный.exe.pdf"),
        ("снимок", DocumentType.JPEG, "снимок.jpg"),
        ("снимок.JPEG", DocumentType.JPEG, "снимок.JPEG"),
        ("снимок.heif", DocumentType.HEIC, "снимок.heif"),
        ("письмо.docm", DocumentType.DOCX, "письмо.docm.docx"),
    ],
)
def test_a_saved_document_is_opened_as_what_it_was_checked_to_be(
    name: str, kind: DocumentType, saved: str
) -> None:
    assert unquote(rules.disposition(document(name, kind)).rpartition("''")[2]) == saved


@given(st.text(min_size=1, max_size=300))
def test_whatever_name_is_taken_makes_one_plain_header(typed: str) -> None:
    try:
        name = rules.check_upload(typed, PDF, 1).name
    except Invalid:
        return
    header = rules.disposition(document(name))
    parameters, _, encoded = header.rpartition("''")
    assert header.isascii()
    assert header.isprintable()
    assert parameters == 'attachment; filename="document.pdf"; filename*=UTF-8'
    assert not set(encoded) & set("\"\\;,' ()<>@:/[]?={}*")
    assert unquote(encoded).startswith(unicodedata.normalize("NFC", typed).strip())


@pytest.mark.parametrize("refusal", Refusal)
def test_every_refusal_has_its_words(refusal: Refusal) -> None:
    assert rules.words(refusal)
