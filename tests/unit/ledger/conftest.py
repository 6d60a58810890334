"""A Ledger table, on moto and on MiniStack's DynamoDB called in the test's own process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from moto import mock_aws

from teleconsult.platform import aws
from tests import engine, tables

TABLE = "ledger"

OpenLedger = Callable[[], Any]


@pytest.fixture(autouse=True)
def ledger_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGER_TABLE", TABLE)


@pytest.fixture(params=["moto", "ministack"])
def ledger_table(request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of an empty table, on each engine in turn: neither is AWS, so both must agree."""
    opened = _moto() if request.param == "moto" else _ministack()
    with opened:
        yield TABLE


@pytest.fixture
def open_ledger() -> OpenLedger:
    """Opens an empty table for one run of a property, on the engine that is fast enough for many."""
    return _ministack


@contextmanager
def _moto() -> Iterator[None]:
    with mock_aws():
        aws.client.cache_clear()
        tables.create(aws.client("dynamodb"), TABLE)
        yield
    aws.client.cache_clear()


@contextmanager
def _ministack() -> Iterator[None]:
    aws.client.cache_clear()
    engine.answer(aws.client("dynamodb"))
    tables.create(aws.client("dynamodb"), TABLE)
    yield
    aws.client("dynamodb").delete_table(TableName=TABLE)
    aws.client.cache_clear()
