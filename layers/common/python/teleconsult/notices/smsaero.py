"""SMS Aero: `POST /v2/sms/send` of its API (https://smsaero.ru/integration/documentation/api/)."""

import base64
import json
from typing import Any

from teleconsult.notices import gateway
from teleconsult.notices.gateway import Transport
from teleconsult.notices.undelivered import NeverTaken, TryLater

URL = "https://gate.smsaero.ru"

_BAD_REQUEST = 400
_UNAUTHORIZED = 401
_REJECTED = 6  # a message's own status


class SmsAero:
    """One account. `sign`: a signature that SMS Aero has approved; it has to have one."""

    def __init__(
        self, url: str, sign: str, email: str, api_key: str, *, transport: Transport | None = None
    ) -> None:
        self._url = f"{url.rstrip('/')}/v2/sms/send"
        self._sign = sign
        self._has_credentials = bool(email and api_key)
        basic = base64.b64encode(f"{email}:{api_key}".encode()).decode()
        self._headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/json"}
        self._transport = transport or gateway.transport()

    def send(self, phone: str, text: str, message_id: int | None, *, repeat: bool) -> None:
        """Send once. SMS Aero takes no id of ours: after an answer that was lost, a repeat is a second SMS.

        Raises:
            NeverTaken, TryLater.
        """
        if not self._has_credentials:
            raise TryLater("no_credentials")
        body = json.dumps({"number": phone.removeprefix("+"), "text": text, "sign": self._sign}).encode()
        status, answer = gateway.post(self._transport, self._url, body, self._headers)
        match answer:
            case {"success": True, "data": {"status": int(state)}} if state == _REJECTED:
                raise TryLater("smsaero_rejected")
            case {"success": True}:
                return
        if status == _BAD_REQUEST and _is_of_the_number(answer):
            raise NeverTaken("smsaero_number")
        raise TryLater(_code(status, answer))


def _is_of_the_number(answer: dict[str, Any]) -> bool:
    """A validation error names the fields that are wrong: the number, and nothing else."""
    wrong = answer.get("data")
    return isinstance(wrong, dict) and wrong.keys() == {"number"}


def _code(status: int, answer: dict[str, Any]) -> str:
    """One of ours: what it says in words stays behind."""
    if answer.get("result") == "no credits":
        return "smsaero_no_credits"
    if answer.get("result") == "reject":
        return "smsaero_rejected"
    return "smsaero_credentials" if status == _UNAUTHORIZED else f"smsaero_{status}"
