"""The sample clinic of the use cases, asked through the handlers, at a time that the test sets."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from local.sandbox.shop import Shop
from teleconsult.payments import installation
from teleconsult.payments.yookassa import Provider
from teleconsult.platform import aws, clock
from tests.to_sandbox import ToSandbox
from tests.unit.usecases.conftest import NOW, clinic

__all__ = ["clinic"]

WEBHOOK_PATH = "unguessable-0123456789"
ROOM_SECRET = "the clinic's video rooms, in the unit tests"


class Clock:
    """The time that the handlers see."""

    def __init__(self) -> None:
        self.now = NOW

    def pass_by(self, **how_long: float) -> None:
        self.now += timedelta(**how_long)


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    present = Clock()

    def now() -> datetime:
        return present.now

    monkeypatch.setattr(clock, "now", now)
    return present


@pytest.fixture(autouse=True)
def shop(clinic: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """The shop at the provider, which the handlers reach as if by HTTP."""
    secret = aws.client("secretsmanager").create_secret(
        Name="provider",
        SecretString=f'{{"shop_id": "100500", "secret_key": "test_key", "webhook_path": "{WEBHOOK_PATH}"}}',
    )
    monkeypatch.setenv("PROVIDER_SECRET_ARN", secret["ARN"])
    monkeypatch.setenv("PROVIDER_URL", "http://sandbox/v3")
    rooms = aws.client("secretsmanager").create_secret(
        Name="rooms", SecretString=f'{{"room_secret": "{ROOM_SECRET}"}}'
    )
    monkeypatch.setenv("ROOM_SECRET_ARN", rooms["ARN"])
    monkeypatch.setenv("SITE_URL", "https://site.example.org")
    monkeypatch.setenv("CABINET_URL", "https://cabinet.example.org")
    monkeypatch.setenv("JOIN_URL", "https://api.example.org")
    shop = Shop(":memory:", shop_id="100500", url="http://sandbox", now=lambda: clock.now())

    def reached(url: str, shop_id: str, key: str) -> Provider:
        return Provider(url, shop_id, key, transport=ToSandbox(shop))

    monkeypatch.setattr(installation, "_provider", reached)
    yield shop
    shop.close()
