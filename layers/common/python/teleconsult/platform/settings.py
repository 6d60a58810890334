"""Where the function runs: environment variables and secrets. Clinic settings are catalogue data."""

import json
import os
import time
from functools import cache
from typing import Any, cast

from teleconsult.platform import aws

_SECRET_LIFETIME_SECONDS = 300


def bookings_table() -> str:
    return os.environ["BOOKINGS_TABLE"]


def patients_table() -> str:
    return os.environ["PATIENTS_TABLE"]


def ledger_table() -> str:
    return os.environ["LEDGER_TABLE"]


def documents_bucket() -> str:
    return os.environ["DOCUMENTS_BUCKET"]


def scan_tag() -> tuple[str, str] | None:
    """The object tag by which a malware scanner says that a document is clean: its name and that value.

    None: no scanner here.
    """
    name = os.environ.get("SCAN_TAG")
    return (name, os.environ["SCAN_CLEAN_VALUE"]) if name else None


def state_machine_arn() -> str:
    return os.environ["STATE_MACHINE_ARN"]


def provider_url() -> str:
    return os.environ["PROVIDER_URL"]


def provider_networks() -> tuple[str, ...]:
    """The networks that the provider's notifications come from, in CIDR form; none: from anywhere."""
    return tuple(filter(None, os.environ.get("PROVIDER_NETWORKS", "").replace(" ", "").split(",")))


def receipts() -> tuple[int, int | None] | None:
    """The provider's codes of VAT (1-12) and of the tax system (1-6, None: the shop has but one) that fiscal
    receipts carry. None: this clinic has the provider make none.
    """
    vat, tax_system = os.environ.get("RECEIPTS_VAT_CODE"), os.environ.get("RECEIPTS_TAX_SYSTEM_CODE")
    return (int(vat), int(tax_system) if tax_system else None) if vat else None


def patients_pool() -> tuple[str, str]:
    """The user pool of the holders: its id, and that of its client."""
    return os.environ["PATIENTS_POOL_ID"], os.environ["PATIENTS_CLIENT_ID"]


def staff_pool() -> tuple[str, str]:
    """The user pool of the staff, likewise."""
    return os.environ["STAFF_POOL_ID"], os.environ["STAFF_CLIENT_ID"]


def cabinet_url() -> str:
    return os.environ["CABINET_URL"]


def site_url() -> str:
    return os.environ["SITE_URL"]


def join_url() -> str:
    return os.environ["JOIN_URL"]


def mail_from() -> str:
    return os.environ["MAIL_FROM"]


def sms_provider() -> str:
    """Who carries SMS: `sns`, `smsc` or `smsaero`."""
    return os.environ.get("SMS_PROVIDER") or "sns"


def sms_url() -> str:
    """Where that provider is, if not at its own address; "": there."""
    return os.environ.get("SMS_URL", "")


def sms_sender() -> str:
    """The name that SMS come from, where the provider has such names; "": none."""
    return os.environ.get("SMS_SENDER", "")


def pepper() -> bytes:
    """The HMAC key behind booking ids, holder ids, capabilities, links and codes to sign in."""
    return cast(str, _secret("APP_SECRET_ARN")["pepper"]).encode()


def ticket_key() -> bytes:
    """The HMAC key of tickets, which sign anybody in: not the pepper, which most functions read."""
    return cast(str, _secret("TICKET_SECRET_ARN")["key"]).encode()


def room_secret() -> str:
    """The key (HS256) that the clinic's Jitsi knows us by, if it asks for tokens."""
    return cast(str, _secret("ROOM_SECRET_ARN")["room_secret"])


def web_key() -> str | None:
    """By which the distribution proves that it passes a request on. None: this function is not behind it."""
    return cast(str, _secret("WEB_SECRET_ARN")["key"]) if os.environ.get("WEB_SECRET_ARN") else None


def provider_secret() -> dict[str, str]:
    """`shop_id`, `secret_key` and the unguessable `webhook_path` of the payment provider."""
    return _secret("PROVIDER_SECRET_ARN")


def sms_secret() -> dict[str, str]:
    """Of SMSC `login` and `password`, of SMS Aero `email` and `api_key`; SNS has none."""
    return _secret("SMS_SECRET_ARN")


def _secret(variable: str) -> dict[str, Any]:
    # A rotated secret is picked up within five minutes, without a deployment.
    return _read_secret(os.environ[variable], int(time.monotonic()) // _SECRET_LIFETIME_SECONDS)


@cache
def _read_secret(arn: str, _period: int) -> dict[str, Any]:
    answer = aws.client("secretsmanager").get_secret_value(SecretId=arn)
    return cast(dict[str, Any], json.loads(answer["SecretString"]))
