"""The bench of the ledger: its made-up books are such as postings would have left behind."""

import pytest

from bench import ledger


def test_books_of_any_size_are_measured_and_an_auditor_finds_nothing_in_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ledger, "SIZES", (10, 200))
    monkeypatch.setattr(ledger, "_CALLS", 3)
    told: list[str] = []
    figures = ledger.measure(told.append)
    assert told
    for size in (10, 200):
        measured = figures[str(size)]
        assert measured["audit"]["rows"] == size + measured["accounts"]
        assert measured["balance"]["read_units"] == measured["floor_get"]["read_units"] == 1
        assert measured["post_with_a_row"]["write_units"] == 7  # one of them is the index at_provider's
