"""Empty Bookings and Patients tables on moto, for tests of one store at a time."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from teleconsult.platform import aws
from tests import tables


@pytest.fixture
def stores(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("BOOKINGS_TABLE", "bookings")
    monkeypatch.setenv("PATIENTS_TABLE", "patients")
    with mock_aws():
        aws.client.cache_clear()
        tables.create(aws.client("dynamodb"), "bookings", "patients")
        yield
    aws.client.cache_clear()
