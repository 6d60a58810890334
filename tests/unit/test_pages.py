"""What holds of every file of the pages, whatever it shows."""

import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from teleconsult.notices import wording

WEB = Path(__file__).resolve().parents[2] / "web"
OURS = [path for path in WEB.rglob("*") if path.is_file() and "vendor" not in path.parts]
COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'`\w/])//[^\n]*|<!--.*?-->", re.DOTALL)

LIT_HTML = {  # of lit-html 3.3.3 as npm has it, without the lines that name its source maps
    "async-directive.js": "f8290f00d81d1cfd6066d9632e64b314a1eefdc9c02b747962766f600eb19eb4",
    "directive-helpers.js": "784b94f8f7995de124d2f63bc70f8ed8c8ba6731c7e5deeb96176462cc7f4e7b",
    "directive.js": "28d10666ee53ea4177bd2d5a53e85f0c4b8a09641289f6899206feec12d758df",
    "directives/live.js": "9072b8f085b32f0ede1add94e7ef8706864bff17cc334c275630b19f48c9e09c",
    "directives/ref.js": "a2d65f077324828399b864642a72ab240782e9b6986d2c15a679f26673e60a96",
    "directives/repeat.js": "34e618f670a0b84d5a012dac581aa9ff48b7f0fc13114abce252e23f75560fc6",
    "lit-html.js": "22115ca1002e4afc0dd2cb208f28d9c71a577a8989d4185028e26b29676e7842",
}


def named(*endings: str) -> list[object]:
    found = sorted(path for path in OURS if path.suffix in endings)
    return [pytest.param(path, id=path.relative_to(WEB).as_posix()) for path in found]


def code(path: Path) -> str:
    return COMMENT.sub("", path.read_text(encoding="utf-8"))


PATTERN = re.compile(r"/(?![/*])(?:\\.|[^/\\\n])+/[dgimsuvy]*(?=\.|\)|,|;)")  # what is typed, and not shown


@pytest.mark.parametrize("path", named(".js"))
def test_russian_words_stand_in_the_texts_alone(path: Path) -> None:
    if "texts" not in path.parts:
        assert re.findall(r"[А-Яа-яЁё]+", PATTERN.sub("", code(path))) == []


class Words(HTMLParser):
    """Where a page's own file says something in Russian: the places it stands in, outermost first."""

    def __init__(self) -> None:
        super().__init__()
        self.places: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        place = tag + "".join(f".{each}" for each in (known.get("class") or "").split())
        if tag not in ("meta", "link"):
            self._open.append(place)
        self._see(str(known.get("content", "")), place)

    def handle_endtag(self, tag: str) -> None:
        while self._open and re.split(r"\.", self._open.pop())[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        self._see(data, " ".join(self._open))

    def _see(self, text: str, place: str) -> None:
        if re.search("[А-Яа-яЁё]", text):
            self.places.append(place)


# What has to be there before any script runs, or where none does.
BEFORE_SCRIPTS = re.compile(r"\b(title|meta|a\.skip|header|footer|p\.loading|noscript|template)\b")


@pytest.mark.parametrize("path", named(".html"))
def test_a_page_itself_says_only_what_is_there_before_its_scripts(path: Path) -> None:
    if path.name == "404.html":  # it has no scripts at all
        return
    words = Words()
    words.feed(path.read_text(encoding="utf-8"))
    assert [place for place in words.places if not BEFORE_SCRIPTS.search(place)] == []


@pytest.mark.parametrize("path", named(".js", ".html"))
def test_nothing_of_a_page_needs_a_laxer_policy(path: Path) -> None:
    """No script and no style in the page itself, nothing evaluated, nothing from another host."""
    lax = re.compile(
        r"<script(?![^>]*\ssrc=)[^>]*>|<style\b|\sstyle=|\son\w+=[\"']|\beval\(|new Function\(|https?://(?!\$)"
    )
    if "texts" not in path.parts:  # words may name an address
        assert lax.findall(code(path)) == []


@pytest.mark.parametrize("path", named(".js"))
def test_telephones_of_some_years_ago_can_read_a_page(path: Path) -> None:
    """A lookbehind is a syntax error before Safari 16.4, for the whole page; Map.groupBy is of 2024."""
    assert re.findall(r"\(\?<[=!]|\bMap\.groupBy\b", code(path)) == []


@pytest.mark.parametrize("path", named(".js"))
def test_nothing_that_outlives_the_tab_is_stored(path: Path) -> None:
    assert "localStorage" not in code(path)
    assert "indexedDB" not in code(path)


def test_the_library_is_the_published_one() -> None:
    folder = WEB / "vendor" / "lit-html"
    found = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*.js")
    }
    assert found == LIT_HTML


def test_letters_and_pages_name_a_zone_by_the_same_city() -> None:
    texts = (WEB / "texts" / "ru" / "common.js").read_text(encoding="utf-8")
    cities = dict(re.findall(r'"(\w+/\w+)": "([^"]+)"', texts))
    assert {zone: cities.get(zone) for zone in wording._CITIES} == wording._CITIES
