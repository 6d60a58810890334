"""Moments and money as people read them (Edge cases: Time zones)."""

from datetime import UTC, datetime

import pytest

from teleconsult.notices import wording

MOMENT = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Asia/Novosibirsk", "1 декабря 2026, вторник, 10:00 (Новосибирск, МСК+4)"),
        ("Europe/Moscow", "1 декабря 2026, вторник, 06:00 (Москва, МСК)"),
        ("Europe/Kaliningrad", "1 декабря 2026, вторник, 05:00 (Калининград, МСК-1)"),
        ("Asia/Kolkata", "1 декабря 2026, вторник, 08:30 (Asia/Kolkata, МСК+2:30)"),
        ("America/New_York", "30 ноября 2026, понедельник, 22:00 (America/New_York, МСК-8)"),
    ],
)
def test_a_moment_is_told_by_the_clock_of_its_zone_and_the_zone_is_named(zone: str, words: str) -> None:
    assert wording.full_moment(MOMENT, zone) == words


def test_summer_time_elsewhere_changes_the_distance_from_moscow() -> None:
    winter, summer = MOMENT, datetime(2026, 7, 1, tzinfo=UTC)
    assert wording.offset(winter, "Europe/Berlin") == "МСК-2"
    assert wording.offset(summer, "Europe/Berlin") == "МСК-1"


@pytest.mark.parametrize(
    ("amount", "words"), [(250000, "2 500,00 ₽"), (5, "0,05 ₽"), (123456789, "1 234 567,89 ₽")]
)
def test_kopecks_are_told_in_roubles(amount: int, words: str) -> None:
    assert wording.roubles(amount).replace("\u00a0", " ") == words
