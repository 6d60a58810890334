"""The sample clinic, and what SNS and SES were given to send."""

from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_string, policy
from email.message import EmailMessage
from typing import Any

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends
from moto.sns.models import sns_backends

from teleconsult.platform import aws
from tests.unit.usecases.conftest import clinic

__all__ = ["clinic"]

SENDER = "zapis@klinika-ob.example.ru"


@dataclass(frozen=True)
class Sent:
    to: str
    text: str
    subject: str | None = None
    mail: EmailMessage | None = None


def _mail(sent: Any) -> Sent:
    if not hasattr(sent, "raw_data"):
        return Sent(sent.destinations["ToAddresses"][0], sent.body, sent.subject)
    whole = message_from_string(sent.raw_data, policy=policy.default)
    body = whole.get_body(("plain",))
    assert body
    return Sent(sent.destinations[0], body.get_content(), whole["Subject"], whole)


@pytest.fixture(autouse=True)
def post_office(clinic: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CABINET_URL", "https://lk.klinika-ob.example.ru")
    monkeypatch.setenv("JOIN_URL", "https://api.klinika-ob.example.ru")
    monkeypatch.setenv("MAIL_FROM", SENDER)
    aws.client("sesv2").create_email_identity(EmailIdentity=SENDER)


@pytest.fixture
def sent() -> Callable[[], list[Sent]]:
    """Everything that went out so far: SMS first, then mail."""

    def look() -> list[Sent]:
        sms = sns_backends[DEFAULT_ACCOUNT_ID]["eu-central-1"].sms_messages.values()
        mails = ses_backends[DEFAULT_ACCOUNT_ID]["eu-central-1"].sent_messages
        return [Sent(number, text) for number, text in sms] + list(map(_mail, mails))

    return look
