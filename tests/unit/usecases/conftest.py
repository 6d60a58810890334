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

from teleconsult.catalogue import store as catalogue_store
from teleconsult.catalogue.document import check_document
from teleconsult.platform import aws, settings
from tests import tables

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
        secret = aws.client("secretsmanager").create_secret(
            Name="app", SecretString=json.dumps({"pepper": "unit pepper"})
        )
        monkeypatch.setenv("APP_SECRET_ARN", secret["ARN"])
        monkeypatch.setenv("STATE_MACHINE_ARN", _state_machine())
        catalogue_store.replace(check_document(json.loads(_CATALOGUE.read_text())), NOW)
        yield
    aws.client.cache_clear()
    settings._read_secret.cache_clear()


def _state_machine() -> Any:
    definition = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 1, "End": True}}}
    return aws.client("stepfunctions").create_state_machine(
        name="consultation", definition=json.dumps(definition), roleArn="arn:aws:iam::123456789012:role/any"
    )["stateMachineArn"]
