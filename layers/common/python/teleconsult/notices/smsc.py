"""SMSC.ru: `send.php` and `status.php` of its HTTP API (https://smsc.ru/api/http/)."""

from typing import Any
from urllib.parse import urlencode

from teleconsult.notices import gateway
from teleconsult.notices.gateway import Transport
from teleconsult.notices.undelivered import NeverTaken, TryLater

URL = "https://smsc.ru"

# Of its error codes: 7 - no such number, 8 - nothing can be delivered to it. The others are the account's or
# the text's (1-6), which a person puts right: no money, a login, a sender's name.
_NEVER_TAKEN = frozenset({7, 8})
_SAME_AGAIN = 9  # the same within a minute, or too many at once: it does not say which
# -1: waits for its turn; 0: handed to the operator; 1, 2: delivered, read; 3: its time ran out on the way.
_TAKEN = frozenset({-1, 0, 1, 2, 3})
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Smsc:
    """One account. `sender`: a name that SMSC has approved; none: the account's own."""

    def __init__(
        self, url: str, sender: str, login: str, password: str, *, transport: Transport | None = None
    ) -> None:
        self._url = f"{url.rstrip('/')}/sys"
        self._sender = {"sender": sender} if sender else {}
        self._account = {"login": login, "psw": password, "charset": "utf-8", "fmt": "3"}
        self._transport = transport or gateway.transport()

    def send(self, phone: str, text: str, message_id: int | None, *, repeat: bool) -> None:
        """Send once. The number keeps its plus: without it SMSC would put it right by guessing.

        SMSC sends a repeated id again, so on a repeat it is first asked whether it has the message.

        Raises:
            NeverTaken, TryLater.
        """
        if repeat and self._has(phone, message_id):
            return
        named = {} if message_id is None else {"id": str(message_id)}
        answer = self._ask("send.php", {"phones": phone, "mes": text} | named | self._sender, answers="id")
        if "error_code" not in answer:
            return
        error = _number(answer["error_code"])
        if error == _SAME_AGAIN and not repeat and self._has(phone, message_id):
            return
        raise (NeverTaken if error in _NEVER_TAKEN else TryLater)(f"smsc_{error}")

    def _has(self, phone: str, message_id: int | None) -> bool:
        """Whether SMSC has taken the message; not, if it never heard of it or could not send it."""
        if message_id is None:
            return False
        answer = self._ask("status.php", {"phone": phone, "id": str(message_id)}, answers="status")
        if "error_code" in answer:
            raise TryLater(f"smsc_{_number(answer['error_code'])}")
        return _number(answer["status"]) in _TAKEN

    def _ask(self, script: str, form: dict[str, str], *, answers: str) -> dict[str, Any]:
        if not (self._account["login"] and self._account["psw"]):
            raise TryLater("no_credentials")  # SMSC shuts out whoever comes with wrong ones too often
        body = urlencode(form | self._account).encode()
        status, answer = gateway.post(self._transport, f"{self._url}/{script}", body, _FORM)
        if not answer.keys() & {answers, "error_code"}:
            raise TryLater(f"http_{status}")  # nothing that SMSC says
        return answer


def _number(value: object) -> int | None:
    """A code, as a number or in quotes; None: nothing of the kind, and no word of it goes further."""
    try:
        return int(str(value))
    except ValueError:
        return None
