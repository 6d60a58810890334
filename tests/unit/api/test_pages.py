"""The pages behind join links that lead to no room (S1, S13)."""

from datetime import UTC, datetime, timedelta

import pytest

from teleconsult.api import pages
from teleconsult.booking.model import Channel
from teleconsult.outcomes.presence import Entrance
from tests.bookings import booking, scheduled

NOW = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("channel", "side", "words"),
    [
        (Channel.SKYPE, "patient", "Врач позвонит вам в Skype"),
        (Channel.PHONE, "patient", "Врач позвонит вам по телефону"),
        (Channel.SKYPE, "doctor", "Позвоните пациенту в Skype"),
        (Channel.PHONE, "doctor", "Позвоните пациенту по телефону"),
    ],
)
def test_each_side_reads_who_calls_whom(channel: Channel, side: str, words: str) -> None:
    page = pages.meeting(scheduled("b-1", NOW, channel=channel), side)
    assert page.status == 200
    assert words in page.body


@pytest.mark.parametrize("closed", [each for each in Entrance if each not in (Entrance.EARLY, Entrance.OPEN)])
def test_a_link_that_leads_nowhere_says_why(closed: Entrance) -> None:
    page = pages.closed(closed)
    assert page.status == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_too_early_a_page_says_when_by_both_clocks_and_looks_again_then() -> None:
    row = booking("b-1", NOW, slot_start=NOW + timedelta(minutes=45))
    zones = {"клиники": "Asia/Novosibirsk", "вашему": "Europe/Moscow"}
    page = pages.too_early(row, zones, NOW).body
    assert "9:45 (Новосибирск, МСК+4) по времени клиники" in page
    assert "05:45 (Москва, МСК) по вашему времени" in page
    assert '<meta http-equiv="refresh" content="1801">' in page
    assert "перенесена" not in page


def test_a_page_that_waits_long_looks_again_each_hour_and_says_that_it_was_moved() -> None:
    row = booking("b-1", NOW, slot_start=NOW + timedelta(days=3), moves=1)
    page = pages.too_early(row, {"клиники": "Asia/Novosibirsk"}, NOW).body
    assert 'content="3600"' in page
    assert "Консультация перенесена" in page


def test_words_on_a_page_are_no_markup() -> None:
    assert "<script>" not in pages.page(200, "<script>").body
