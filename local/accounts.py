"""Who can sign in: the clinic's staff, made here, and any patient, by the code sent to the phone."""

import json
import re
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local import inbox
from local.deployment import REGION, client

STAFF_PASSWORD = "Konsultacii-2026"  # of the local engine's accounts alone
_CODE = re.compile(r"Код входа: (\d{6})\.")


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody of the clinic who may call `/internal`."""

    email: str
    role: str  # admin, operator or doctor
    name: str
    doctor_id: str = ""


def staff_of(clinic: Mapping[str, Any]) -> tuple[Account, ...]:
    """An administrator, an operator, and every doctor of the sample catalogue."""
    doctors = clinic["doctors"]
    domain = doctors[0]["contacts"]["email"].partition("@")[2]
    return (
        Account(f"admin@{domain}", "admin", "Администратор"),
        Account(f"operator@{domain}", "operator", "Оператор"),
        *(
            Account(
                each["contacts"]["email"], "doctor", f"{each['family_name']} {each['given_name']}", each["id"]
            )
            for each in doctors
        ),
    )


def register(engine_url: str, pool_id: str, staff: Sequence[Account]) -> int:
    """Make the accounts that are missing; how many were."""
    cognito = client(engine_url, "cognito-idp")
    known = {
        attribute["Value"]
        for page in cognito.get_paginator("list_users").paginate(UserPoolId=pool_id)
        for user in page["Users"]
        for attribute in user["Attributes"]
        if attribute["Name"] == "email"
    }
    missing = [account for account in staff if account.email not in known]
    for account in missing:
        attributes = {"email": account.email, "email_verified": "true", "name": account.name}
        if account.doctor_id:
            attributes["custom:doctor_id"] = account.doctor_id
        cognito.admin_create_user(
            UserPoolId=pool_id,
            Username=account.email,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
        )
        cognito.admin_set_user_password(
            UserPoolId=pool_id, Username=account.email, Password=STAFF_PASSWORD, Permanent=True
        )
        cognito.admin_add_user_to_group(UserPoolId=pool_id, Username=account.email, GroupName=account.role)
    return len(missing)


def staff_token(api_url: str, email: str) -> str:
    """The id token of one of the staff: what `/internal` wants in `Authorization: Bearer …`."""
    return str(_post(f"{api_url}/staff/sign-in", {"email": email, "password": STAFF_PASSWORD})["token"])


def patient_token(api_url: str, engine_url: str, phone: str, sms_url: str | None = None) -> str:
    """The id token of whoever holds this phone (E.164), by the code in the SMS: once a minute."""
    _post(f"{api_url}/sign-in/codes", {"phone": phone})
    code = code_of(each.text for each in inbox.messages(engine_url, REGION, phone, sms_url))
    return str(_post(f"{api_url}/sign-in/sessions", {"phone": phone, "code": code})["token"])


def code_of(texts: Iterable[str]) -> str:
    """The code to sign in of the last SMS that has one, of those a phone has got, oldest first.

    Raises:
        LookupError: none has.
    """
    codes = [code[1] for code in map(_CODE.search, texts) if code]
    if not codes:
        raise LookupError("no code came by SMS")
    return codes[-1]


def _post(url: str, content: Mapping[str, str]) -> Any:
    request = urllib.request.Request(
        url, data=json.dumps(content).encode(), headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)
