"""Empty tables of the template's shape on MiniStack's DynamoDB in the test's own process, and a clinic whose
clock is Novosibirsk's: its day begins at 17:00 UTC."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from teleconsult.catalogue import store as catalogue_store
from teleconsult.platform import aws
from tests import engine, tables
from tests.unit.catalogue import samples

TABLES = ("bookings", "ledger")

OpenClinic = Callable[[], Any]


@pytest.fixture
def open_clinic(monkeypatch: pytest.MonkeyPatch) -> OpenClinic:
    """Opens a clinic with nothing in it, once for each run of a property."""
    for name in TABLES:
        monkeypatch.setenv(f"{name.upper()}_TABLE", name)
    monkeypatch.setattr(catalogue_store, "load", samples.catalogue)
    return _tables


@pytest.fixture
def clinic(open_clinic: OpenClinic) -> Iterator[None]:
    with open_clinic():
        yield


@contextmanager
def _tables() -> Iterator[None]:
    aws.client.cache_clear()
    client = aws.client("dynamodb")
    engine.answer(client)
    tables.create(client, *TABLES)
    yield
    for name in TABLES:
        client.delete_table(TableName=name)
    aws.client.cache_clear()
