from collections.abc import Iterator

import pytest

from teleconsult.platform import aws
from tests import engine, tables
from tests.stores import stores

__all__ = ["stores"]


@pytest.fixture
def bookings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty Bookings table that takes requests from many threads."""
    monkeypatch.setenv("BOOKINGS_TABLE", "bookings")
    aws.client.cache_clear()
    client = aws.client("dynamodb")
    engine.answer(client)
    tables.create(client, "bookings")
    yield
    client.delete_table(TableName="bookings")
    aws.client.cache_clear()
