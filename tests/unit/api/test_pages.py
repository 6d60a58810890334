"""The pages behind join links that lead to no room (S1, S13)."""

from datetime import UTC, datetime

import pytest

from teleconsult.api import pages
from teleconsult.booking.model import Channel, Status
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


@pytest.mark.parametrize("status", [status for status in Status if status.final])
def test_what_is_over_is_said_to_be_over(status: Status) -> None:
    assert "завершена или отменена" in pages.meeting(booking("b-1", NOW, status=status), "patient").body


def test_words_on_a_page_are_no_markup() -> None:
    assert "<script>" not in pages.page(200, "<script>").body
