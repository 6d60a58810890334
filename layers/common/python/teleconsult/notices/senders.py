"""SMS and mail as AWS sends them. What is said, and to whom, is never logged."""

from teleconsult.platform import aws, settings

# What SNS and SES answer of a number or an address itself: sending again would only hold up the others.
NEVER_TAKEN = frozenset({"InvalidParameter", "InvalidParameterValue", "OptedOut", "BadRequestException"})

_TRANSACTIONAL = {"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}}


def send_sms(phone: str, text: str) -> None:
    """To a number in E.164 form."""
    aws.client("sns").publish(PhoneNumber=phone, Message=text, MessageAttributes=_TRANSACTIONAL)


def send_mail(address: str, subject: str, text: str) -> None:
    """A mail of words alone."""
    aws.client("sesv2").send_email(
        FromEmailAddress=settings.mail_from(),
        Destination={"ToAddresses": [address]},
        Content={"Simple": {"Subject": _utf8(subject), "Body": {"Text": _utf8(text)}}},
    )


def send_mail_whole(address: str, content: bytes) -> None:
    """A mail that was put together before (`mime`). SES gives it a Message-ID of its own."""
    aws.client("sesv2").send_email(
        FromEmailAddress=settings.mail_from(),
        Destination={"ToAddresses": [address]},
        Content={"Raw": {"Data": content}},
    )


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
