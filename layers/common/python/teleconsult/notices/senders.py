"""The port of SMS and mail: SMS by SNS, SMSC.ru or SMS Aero as the installation says, mail by SES.

What is said, and to whom, is never logged, and stands in no error.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from teleconsult.notices.undelivered import NeverTaken, TryLater
from teleconsult.platform import aws, settings

# What SNS and SES answer of a number or an address itself: sending again would only hold up the others.
_NEVER_TAKEN = frozenset({"InvalidParameter", "InvalidParameterValue", "OptedOut", "BadRequestException"})

_TRANSACTIONAL = {"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}}


class _Sms(Protocol):
    def send(self, phone: str, text: str, message_id: int | None, *, repeat: bool) -> None: ...


def send_sms(phone: str, text: str, message_id: int | None = None, *, repeat: bool = False) -> None:
    """To a number in E.164 form, in one try.

    `message_id` (1 to 2**31-1, see `ids.message_id`): the message's own, which SMSC alone takes; SNS and SMS
    Aero have no such thing. `repeat`: it may have been sent before, so SMSC is asked first whether it was.

    Raises:
        NeverTaken, TryLater.
    """
    with _by_aws():  # the secret comes from there too
        provider = settings.sms_provider()
        _PROVIDERS[provider]().send(phone, text, message_id, repeat=repeat)


def send_mail(address: str, subject: str, text: str) -> None:
    """A mail of words alone.

    Raises:
        NeverTaken, TryLater.
    """
    with _by_aws():
        aws.client("sesv2").send_email(
            FromEmailAddress=settings.mail_from(),
            Destination={"ToAddresses": [address]},
            Content={"Simple": {"Subject": _utf8(subject), "Body": {"Text": _utf8(text)}}},
        )


def send_mail_whole(address: str, content: bytes) -> None:
    """A mail that was put together before (`mime`). SES gives it a Message-ID of its own.

    Raises:
        NeverTaken, TryLater.
    """
    with _by_aws():
        aws.client("sesv2").send_email(
            FromEmailAddress=settings.mail_from(),
            Destination={"ToAddresses": [address]},
            Content={"Raw": {"Data": content}},
        )


class _Sns:
    def send(self, phone: str, text: str, message_id: int | None, *, repeat: bool) -> None:
        """SNS takes no id for an SMS: after an answer that was lost, a repeat is a second SMS."""
        aws.client("sns").publish(PhoneNumber=phone, Message=text, MessageAttributes=_TRANSACTIONAL)


def _smsc() -> _Sms:
    from teleconsult.notices import smsc

    secret = settings.sms_secret()
    given = (settings.sms_url() or smsc.URL, settings.sms_sender(), secret["login"], secret["password"])
    return _client(smsc.Smsc, *given)


def _sms_aero() -> _Sms:
    from teleconsult.notices import smsaero

    secret = settings.sms_secret()
    given = (settings.sms_url() or smsaero.URL, settings.sms_sender(), secret["email"], secret["api_key"])
    return _client(smsaero.SmsAero, *given)


@cache
def _client(kind: type[_Sms], *given: str) -> _Sms:
    """One a process, and another when its secret changes."""
    return kind(*given)


_PROVIDERS = {"sns": _Sns, "smsc": _smsc, "smsaero": _sms_aero}


@contextmanager
def _by_aws() -> Iterator[None]:
    """AWS's errors as the port's: their code, without their words."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise (NeverTaken if code in _NEVER_TAKEN else TryLater)(code) from None
    except BotoCoreError as error:
        raise TryLater(type(error).__name__) from None


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
