"""Who can sign in: the clinic's staff, made here, and any patient, by the code sent to the phone."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from local import inbox
from local.deployment import REGION, client

STAFF_PASSWORD = "Konsultacii-2026"  # of the local engine's accounts alone
_CODE = re.compile(r"\b\d{4,8}\b")


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


def staff_token(engine_url: str, client_id: str, email: str) -> str:
    """The id token of one of the staff: what `/internal` wants in `Authorization: Bearer …`."""
    answer = client(engine_url, "cognito-idp").initiate_auth(
        ClientId=client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": email, "PASSWORD": STAFF_PASSWORD},
    )
    return str(answer["AuthenticationResult"]["IdToken"])


def patient_token(engine_url: str, client_id: str, phone: str, sms_url: str | None = None) -> str:
    """The id token of whoever holds this phone (E.164), by the code in the SMS."""
    cognito = client(engine_url, "cognito-idp")
    try:
        cognito.sign_up(ClientId=client_id, Username=phone, Password="Not-used-2026")
    except ClientError as error:
        if error.response["Error"]["Code"] != "UsernameExistsException":
            raise
    challenge = cognito.initiate_auth(
        ClientId=client_id, AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": phone}
    )
    sms = inbox.messages(engine_url, REGION, phone, sms_url)[-1].text
    code = _CODE.search(sms)
    if code is None:
        raise LookupError(f"no code in the SMS: {sms}")
    answer = cognito.respond_to_auth_challenge(
        ClientId=client_id,
        ChallengeName=challenge["ChallengeName"],
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": phone, "ANSWER": code[0]},
    )
    return str(answer["AuthenticationResult"]["IdToken"])
