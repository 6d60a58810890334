"""The sample clinic on moto: tables of the real template, its catalogue, secrets and a state machine's name.

moto runs no workflow: an execution it started stays RUNNING until it is stopped here.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from local.sandbox.shop import Shop
from teleconsult.catalogue import store as catalogue_store
from teleconsult.catalogue.document import check_document
from teleconsult.payments.yookassa import Provider
from teleconsult.platform import aws, settings
from tests import tables
from tests.at_sandbox import Clock
from tests.to_sandbox import ToSandbox

NOW = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
_CATALOGUE = Path(__file__).parents[3] / "local" / "clinic" / "catalogue.json"


@pytest.fixture(autouse=True)
def clinic(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The clinic, open, at NOW: Tuesday morning in Novosibirsk."""
    for name in ("bookings", "patients", "ledger"):
        monkeypatch.setenv(f"{name.upper()}_TABLE", name)
    with mock_aws():
        aws.client.cache_clear()
        settings._read_secret.cache_clear()
        tables.create(aws.client("dynamodb"), "bookings", "patients", "ledger")
        for name, held in (("APP", {"pepper": "unit pepper"}), ("TICKET", {"key": "unit key of tickets"})):
            secret = aws.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(held))
            monkeypatch.setenv(f"{name}_SECRET_ARN", secret["ARN"])
        monkeypatch.setenv("STATE_MACHINE_ARN", _state_machine())
        catalogue_store.replace(check_document(json.loads(_CATALOGUE.read_text())), NOW)
        yield
    aws.client.cache_clear()
    settings._read_secret.cache_clear()


@pytest.fixture
def clock() -> Clock:
    """The provider's, at NOW; use cases are told theirs."""
    return Clock(NOW)


@pytest.fixture
def shop(clock: Clock) -> Iterator[Shop]:
    """The clinic's, at the provider."""
    shop = Shop(":memory:", shop_id="100500", url="http://sandbox", now=clock)
    yield shop
    shop.close()


@pytest.fixture
def provider(shop: Shop) -> Provider:
    return Provider(
        "http://sandbox/v3", "100500", "test_key", transport=ToSandbox(shop), pause=lambda _seconds: None
    )


def _state_machine() -> Any:
    definition = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 1, "End": True}}}
    return aws.client("stepfunctions").create_state_machine(
        name="consultation", definition=json.dumps(definition), roleArn="arn:aws:iam::123456789012:role/any"
    )["stateMachineArn"]
