"""What SMSC.ru (`/sys/send.php`, `/sys/status.php`) and SMS Aero (`/v2/sms/send`) answer, in their forms.

What is taken is kept in a file. A tester's own: `GET /messages`, `POST /faults`, `POST /faults/clear`.
"""

import base64
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from local.sandbox.faults import Cut, Held
from local.sandbox.messages import Request, Response, answer

FAULTS = ("down", "hang", "lost", "refuse", "no_money")
"""HTTP 500; no answer; taken, but the answer is lost; not to this number; no money left."""

_HANG_SECONDS = 30
_SAME_SECONDS = 60
_NUMBER = re.compile(r"\+?[1-9]\d{10,14}")
_LARGEST_ID = 2**31 - 1
_SMSC_ERRORS = {
    1: "parameters error",
    2: "authorise error",
    3: "no money",
    7: "invalid number",
    8: "message can not be delivered",
    9: "duplicate request, wait a minute",
}


@dataclass(frozen=True)
class Taken:
    """A message that was taken. `phone`: in E.164 form; `sent_at`: seconds since 1970."""

    phone: str
    text: str
    message_id: int
    sender: str
    sent_at: float


class Gateway:
    """Both providers, with one account: SMSC's login and password, SMS Aero's mail address and key."""

    def __init__(self, file: Path, login: str, password: str, now: Callable[[], float] = time.time) -> None:
        self._file = file
        self._login, self._password = login, password
        self._now = now
        self._faults: list[str] = []
        self._asked: dict[tuple[tuple[str, str], ...], float] = {}
        self._lock = threading.Lock()
        self.taken = (
            [Taken(**json.loads(line)) for line in file.read_text().splitlines()] if file.exists() else []
        )

    def want(self, fault: str, times: int = 1) -> None:
        """This goes wrong the next so many times."""
        self._faults += [fault] * times

    def handle(self, request: Request) -> Response:
        """
        Raises:
            Cut, Held: no answer is wanted.
        """
        with self._lock:
            match request.method, request.path:
                case "POST", "/sys/send.php":
                    return self._with_fault(self._smsc_send, _form(request))
                case "POST", "/sys/status.php":
                    return self._smsc_status(_form(request))
                case "POST", "/v2/sms/send":
                    return self._with_fault(self._sms_aero_send, request)
                case "GET", "/messages":
                    return answer({"messages": [asdict(each) for each in self.taken]})
                case "POST", "/faults":
                    wanted = json.loads(request.body)
                    if wanted["kind"] not in FAULTS:
                        return answer({"kinds": FAULTS}, 400)
                    self.want(wanted["kind"], wanted.get("times", 1))
                case "POST", "/faults/clear":
                    self._faults.clear()
                case _:
                    return Response(404)
            return answer({"faults": self._faults})

    def _with_fault(self, send: Callable[[Any, str], Response], what: Any) -> Response:
        fault = self._faults.pop(0) if self._faults else ""
        if fault == "down":
            return Response(500, b"<html>down</html>")
        if fault == "hang":
            raise Held(_HANG_SECONDS)
        answered = send(what, fault)
        if fault == "lost":
            raise Cut("lost by the tester's wish")
        return answered

    def _smsc_send(self, form: dict[str, str], fault: str) -> Response:
        error = self._smsc_error(form, fault)
        if error:
            return _smsc_error(error)
        self._asked[tuple(sorted(form.items()))] = self._now()
        message_id = int(form.get("id") or len(self.taken) + 1)
        self._take(form["phones"], form["mes"], message_id, form.get("sender", ""))
        return answer({"id": message_id, "cnt": 1})

    def _smsc_error(self, form: dict[str, str], fault: str) -> int | None:
        if (form.get("login"), form.get("psw")) != (self._login, self._password):
            return 2
        wanted = form.get("id", "1")
        if not form.get("mes") or not wanted.isdecimal() or not 1 <= int(wanted) <= _LARGEST_ID:
            return 1
        if not _NUMBER.fullmatch(form.get("phones", "")):
            return 7
        last = self._asked.get(tuple(sorted(form.items())))
        if last is not None and self._now() - last < _SAME_SECONDS:
            return 9
        return {"refuse": 8, "no_money": 3}.get(fault)

    def _smsc_status(self, form: dict[str, str]) -> Response:
        if (form.get("login"), form.get("psw")) != (self._login, self._password):
            return _smsc_error(2)
        known = {(each.phone, str(each.message_id)) for each in self.taken}
        return answer({"status": 1 if (form.get("phone"), form.get("id")) in known else -3})

    def _sms_aero_send(self, request: Request, fault: str) -> Response:
        account = base64.b64encode(f"{self._login}:{self._password}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {account}":
            return _sms_aero_error(401, "Your request was made with invalid credentials.")
        sent = json.loads(request.body)
        wrong = {name: ["empty"] for name in ("number", "text", "sign") if not sent.get(name)}
        if fault == "refuse" or not _NUMBER.fullmatch(str(sent.get("number"))):
            wrong["number"] = ["invalid"]
        if wrong:
            return _sms_aero_error(400, "Validation error.", data=wrong)
        if fault == "no_money":
            return _sms_aero_error(402, "Not enough money.", result="no credits")
        message_id = len(self.taken) + 1
        self._take(f"+{sent['number']}", sent["text"], message_id, sent["sign"])
        data = {"id": message_id, "from": sent["sign"], "number": sent["number"], "text": sent["text"]}
        return answer(
            {"success": True, "data": data | {"status": 0, "extendStatus": "queue"}, "message": None}
        )

    def _take(self, phone: str, text: str, message_id: int, sender: str) -> None:
        taken = Taken(phone, text, message_id, sender, self._now())
        self.taken.append(taken)
        with self._file.open("a") as file:
            file.write(json.dumps(asdict(taken), ensure_ascii=False) + "\n")


def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode()))


def _smsc_error(code: int) -> Response:
    return answer({"error": _SMSC_ERRORS[code], "error_code": code})


def _sms_aero_error(status: int, message: str, **more: Any) -> Response:
    return answer({"success": False, "data": None, "message": message} | more, status)
