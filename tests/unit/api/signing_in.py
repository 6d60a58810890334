"""People who sign in, at the pools of the template: fixtures and steps of the tests of both doors."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends

from functions.sign_in.handler import handler as triggers
from teleconsult.platform import aws
from tests import cognito
from tests.cognito import Cognito
from tests.unit.api.calls import Context, Reply, call

PHONE, ANOTHER = "+79130001122", "+79139998877"
OUR_PAGE = "https://cabinet.example.org"


@pytest.fixture(autouse=True)
def pools(clinic: None, time: Any) -> Iterator[Cognito]:
    """The patients' and the staff's, with nobody in them."""
    client = aws.client
    with (
        cognito.opened(lambda event: triggers(event, Context())) as opened,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(aws, "client", lambda name: opened if name == "cognito-idp" else client(name))
        for name, (pool_id, client_id) in (("PATIENTS", opened.patients), ("STAFF", opened.staff)):
            patch.setenv(f"{name}_POOL_ID", pool_id)
            patch.setenv(f"{name}_CLIENT_ID", client_id)
        yield opened


def received(phone: str = PHONE) -> list[str]:
    """The SMS that a phone has got, oldest first."""
    messages = sns_backends[DEFAULT_ACCOUNT_ID]["eu-central-1"].sms_messages
    return [text for number, text in messages.values() if number == phone]


def ask_for_code(phone: str = PHONE, **headers: str) -> Reply:
    return call("POST /sign-in/codes", body={"phone": phone}, **headers)


def code_for(phone: str = PHONE) -> str:
    """A new code, as the phone's holder reads it."""
    assert ask_for_code(phone).status == 202
    return received(phone)[-1].removeprefix("Код входа: ").partition(".")[0]


def by_code(code: str, phone: str = PHONE) -> Reply:
    return call("POST /sign-in/sessions", body={"phone": phone, "code": code})


def signed_in(phone: str = PHONE) -> Reply:
    reply = by_code(code_for(phone), phone)
    assert reply.status == 201
    return reply


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def fault(reply: Reply) -> tuple[int, str, str]:
    """Status, field and code of a refusal that names one field."""
    (only,) = reply.json["error"]["fields"]
    return reply.status, only["path"], only["code"]


def claims(reply: Reply) -> dict[str, Any]:
    payload = reply.json["token"].split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return found


def cookie(reply: Reply) -> str:
    """As a browser sends it back."""
    (only,) = reply.cookies
    return only.partition(";")[0]


def post(route: str, session: Reply | str | None = None, **body: Any) -> Reply:
    """Ask with a session's cookie."""
    headers = {"cookie": session if isinstance(session, str) else cookie(session)} if session else {}
    return call(route, body=body, **headers)
