"""Notices where the installation has its SMS carried by SMSC.ru or SMS Aero."""

import json
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from local.sms.gateway import Gateway
from teleconsult.notices import gateway as sms_gateway
from teleconsult.notices import senders
from teleconsult.notices.rules import Notice
from teleconsult.notices.sending import send
from teleconsult.notices.undelivered import TryLater
from teleconsult.platform import aws
from tests.to_gateway import ToGateway
from tests.unit.notices.conftest import Sent
from tests.unit.notices.test_sending import given, state
from tests.unit.usecases.conftest import NOW
from tests.unit.usecases.forms import booked, form, free_slots

PHONE, LOGIN, PASSWORD = "+79130001122", "sms@klinika.example.ru", "p&ss=wörd"

SECRETS = {
    "smsc": {"login": LOGIN, "password": PASSWORD},
    "smsaero": {"email": LOGIN, "api_key": PASSWORD},
}


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    """Each look at its clock is two minutes after the one before, so no request is the same again to it."""
    return Gateway(tmp_path / "sms.jsonl", LOGIN, PASSWORD, now=count(0, 120).__next__)


@pytest.fixture
def booking_id() -> str:
    return booked(form(free_slots("therapist", NOW)[0]), NOW).booking.booking_id


@pytest.fixture(params=SECRETS)
def chosen(request: pytest.FixtureRequest, gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> ToGateway:
    """The installation's SMS go by this provider."""
    kept = json.dumps(SECRETS[request.param])
    secret = aws.client("secretsmanager").create_secret(Name="sms", SecretString=kept)
    monkeypatch.setenv("SMS_PROVIDER", request.param)
    monkeypatch.setenv("SMS_SENDER", "Klinika")
    monkeypatch.setenv("SMS_SECRET_ARN", secret["ARN"])
    to = ToGateway(gateway)
    monkeypatch.setattr(sms_gateway, "transport", lambda: to)
    senders._client.cache_clear()
    return to


def test_the_installation_says_who_carries_its_sms_and_mail_goes_by_ses(
    booking_id: str, chosen: ToGateway, gateway: Gateway, sent: Callable[[], list[Sent]]
) -> None:
    send(given(booking_id, Notice.NOT_HELD), NOW)
    assert [each.phone for each in gateway.taken] == [PHONE]
    assert [each.subject is None for each in sent()] == [False]  # the mail alone


def test_a_refused_number_ends_the_notices_sms_and_no_money_has_it_tried_later(
    booking_id: str, chosen: ToGateway, gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.want("refuse")
    gateway.want("no_money")
    refused = given(booking_id, Notice.NOT_HELD)
    unpaid = given(booking_id, Notice.CALLBACK)
    send(refused, NOW)
    send(unpaid, NOW)
    assert [state(keys)["patient_sms"] for keys in (refused, unpaid)] == ["refused", "pending"]
    logged = str([vars(record) for record in caplog.records])
    assert [each for each in (PHONE, PHONE[1:], LOGIN, PASSWORD) if each in logged] == []


def test_smsc_is_asked_before_a_notice_is_sent_again(
    booking_id: str, chosen: ToGateway, gateway: Gateway
) -> None:
    gateway.want("lost")
    keys = given(booking_id, Notice.NOT_HELD)
    for minutes in (0, 2):
        send(keys, NOW + timedelta(minutes=minutes))
    assert state(keys)["patient_sms"] != "pending"
    # SMS Aero has no id to ask by: there it is at least once.
    assert len(gateway.taken) == (1 if "smsc.ru" in chosen.asked[0] else 2)


def test_what_aws_itself_refuses_of_the_secret_is_a_matter_for_later(
    chosen: ToGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMS_SECRET_ARN", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:gone")
    with pytest.raises(TryLater, match="ResourceNotFoundException"):
        senders.send_sms(PHONE, "Консультация завтра")


def test_a_sign_in_code_goes_the_same_way_without_an_id(chosen: ToGateway, gateway: Gateway) -> None:
    senders.send_sms(PHONE, "Код входа: 000007. Никому его не сообщайте.")
    assert [each.phone for each in gateway.taken] == [PHONE]


def test_no_sms_goes_by_a_provider_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMS_PROVIDER", "pigeon")
    with pytest.raises(KeyError):
        senders.send_sms(PHONE, "Консультация завтра")
