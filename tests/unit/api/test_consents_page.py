"""The printed page: complete, in plain words, and nothing in it that runs or fetches (§4)."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from teleconsult.api import consents_page
from teleconsult.booking.model import Door
from teleconsult.consents import documents
from teleconsult.consents.export import Consents
from teleconsult.people.model import Relation
from tests.people import ANNA, FOR_ANNA
from tests.unit.consents.test_export import PEOPLE, exported, signing

SIGNED = exported(PEOPLE, signing(16, Relation.GUARDIAN))
HOSTILE = '<script>alert("1")</script><img src=//evil.example>&amp;\'"'


class Reader(HTMLParser):
    """What a browser makes of the page: its elements, their attributes, its words."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""
        self.feed(body)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.words += data + " "


def read(consents: Consents) -> Reader:
    return Reader(consents_page.page(consents).body)


@pytest.mark.parametrize(
    "words",
    [
        "Клиника «Обь»",
        "b-1",
        "ОК-20261201-ABC",
        "01.12.2026, 04:00–04:30 UTC",
        "01.12.2026, 11:00–11:30 Asia/Novosibirsk (UTC+07:00)",
        "Соловьёв Илья, 15.06.2010 г. р.",
        "Соловьёва Анна Игоревна, 12.04.1988 г. р. (опекун)",
        "01.12.2026 02:00:03 UTC",
        "01.12.2026 09:00:03 Asia/Novosibirsk (UTC+07:00)",
        "192.0.2.7",
        "Mozilla/5.0",
        "держатель лицевого счёта h-1",
        "пациент, за себя",
        "представитель (опекун), за пациента",
    ],
)
def test_the_page_says_who_signed_what_when_and_from_where(words: str) -> None:
    assert words in read(SIGNED).words


@pytest.mark.parametrize("document", [each for each in documents.current() if each.required])
def test_the_page_holds_title_version_hash_and_words_of_each_document(document: documents.Document) -> None:
    words = read(SIGNED).words
    assert document.title in words
    assert f"{document.document}, редакция {document.version}" in words
    assert words.count(document.sha256) == 2
    assert documents.text(document.document, document.version) in words


def test_words_that_were_not_signed_are_not_printed_under_the_signed_hash() -> None:
    other = replace(SIGNED.signatures[0], sha256="0" * 64)
    reader = read(replace(SIGNED, signatures=(other,)))
    assert "Текста с этой контрольной суммой среди опубликованных нет" in reader.words
    assert documents.text(other.document, other.version) not in reader.words


def test_a_document_signed_twice_is_printed_once() -> None:
    twice = replace(SIGNED, signatures=SIGNED.signatures[:1] * 2)
    reader = read(twice)
    assert (reader.tags.count("section"), reader.tags.count("tr")) == (1, 3)


def test_before_anything_is_signed_the_page_says_so() -> None:
    words = read(exported()).words
    assert "По этой записи ещё ничего не подтверждено" in words
    assert "появится после оплаты" in read(replace(exported(), contract_number=None)).words


def test_a_form_filled_in_without_signing_in_is_told_apart() -> None:
    by_form = replace(SIGNED, signatures=(replace(SIGNED.signatures[0], ticked_by=Door.SITE),))
    unknown = replace(SIGNED, signatures=(replace(SIGNED.signatures[0], ticked_by=None),))
    assert "заполнивший форму на сайте" in read(by_form).words
    assert "Отметил: не записано" in read(unknown).words


def test_an_adult_stands_alone_on_the_page() -> None:
    words = read(exported(FOR_ANNA, signing(38, None))).words
    assert "Представитель" not in words
    assert "за пациента" not in words


def test_hostile_words_are_shown_as_words() -> None:
    people = replace(PEOPLE, holder=replace(ANNA, family_name=HOSTILE))
    kept = replace(signing(16, Relation.GUARDIAN), user_agent=HOSTILE, ip=HOSTILE, ticked_by=HOSTILE)
    reader = read(exported(people, kept))
    assert reader.words.count(HOSTILE) >= 4
    assert {"script", "img"}.isdisjoint(reader.tags)


def test_the_page_runs_nothing_and_fetches_nothing() -> None:
    page = consents_page.page(SIGNED)
    reader = Reader(page.body)
    assert {"script", "link", "img", "iframe", "object", "form", "a"}.isdisjoint(reader.tags)
    assert {name for name, _ in reader.attributes} <= {"lang", "charset", "http-equiv", "content", "class"}
    assert "url(" not in page.body
    assert "@import" not in page.body


def test_the_policy_allows_this_pages_style_and_nothing_else() -> None:
    page = consents_page.page(SIGNED)
    (style,) = re.findall(r"<style>(.*?)</style>", page.body, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert page.headers["Content-Security-Policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    in_the_page = dict(Reader(page.body).attributes)["content"] or ""
    assert page.headers["Content-Security-Policy"].startswith(in_the_page)
    assert "size: A4" in style
