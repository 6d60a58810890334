"""What the people of the stories use beside the API: the sign-in, the payment page, their messages."""

import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from local.accounts import code_of
from local.demo.web import Answer, Unexpected, Web

_EARLY = 60  # seconds before its end a token is no longer handed out


class Session:
    """Somebody who has signed in, as a browser does: a token for minutes, a cookie that brings the next."""

    def __init__(self, web: Web, url: str, begun: Answer) -> None:
        """`url`: of the part of the API where the session was begun, as it is asked to go on."""
        self._web = web
        self._url = url
        self.cookie = begun.cookie or ""
        self._keep(begun.expect(201))

    def token(self) -> str:
        """An id token that counts for a while still."""
        if time.monotonic() > self._until - _EARLY:
            self._keep(self.ask("refresh", {}).expect(200))
        return self._token

    def ask(self, what: str, content: Any) -> Answer:
        """Ask for `refresh` or `sign-out`, with the cookie."""
        return self._web.call("POST", f"{self._url}/{what}", content, headers={"Cookie": self.cookie})

    def _keep(self, answer: dict[str, Any]) -> None:
        self._token = str(answer["token"])
        self._until = time.monotonic() + answer["expires_in"]


class SignIn:
    """Whoever signs in; they stay so, since a phone gets but a code a minute."""

    def __init__(self, web: Web, api_url: str, inbox: "Inbox") -> None:
        self._web = web
        self._url = api_url
        self._inbox = inbox
        self._sessions: dict[str, Session] = {}
        self._one_at_a_time = threading.Lock()

    def staff(self, email: str, password: str) -> str:
        """The id token of one of the staff."""
        return self._kept(email, lambda: self.staff_session(email, password)).token()

    def holder(self, phone: str) -> str:
        """The id token of whoever reads the SMS of this phone (E.164)."""
        return self._kept(phone, lambda: self.session(phone)).token()

    def session(self, phone: str) -> Session:
        """A new session, by the code in the SMS."""
        self._web.call("POST", f"{self._url}/sign-in/codes", {"phone": phone}).expect(202)
        return self._begin("sign-in", "sessions", {"phone": phone, "code": self.code(phone)})

    def session_by_link(self, address: str) -> Session:
        """A new session, by the link in the SMS about an operator's booking."""
        booking, _, link = address.rpartition("/")[2].partition("#")
        return self._begin("sign-in", "sessions", {"booking": booking, "link": link})

    def staff_session(self, email: str, password: str) -> Session:
        """A new session, by the password."""
        return self._begin("staff", "sign-in", {"email": email, "password": password})

    def code(self, phone: str) -> str:
        """The code that was sent last."""
        try:
            return code_of(each["text"] for each in self._inbox.to(phone) if each["kind"] == "sms")
        except LookupError:
            raise Unexpected("СМС с кодом для входа не пришла") from None

    def _begin(self, part: str, what: str, content: dict[str, str]) -> Session:
        url = f"{self._url}/{part}"
        return Session(self._web, url, self._web.call("POST", f"{url}/{what}", content))

    def _kept(self, who: str, begin: Callable[[], Session]) -> Session:
        with self._one_at_a_time:
            if who not in self._sessions:
                self._sessions[who] = begin()
            return self._sessions[who]


class Inbox:
    """The SMS and mails that were sent."""

    def __init__(self, web: Web, url: str) -> None:
        self._web = web
        self._url = url

    def to(self, address: str) -> list[dict[str, Any]]:
        """`address`: an E.164 number, or an e-mail address."""
        url = f"{self._url}/messages.json?to={quote(address, safe='')}"
        messages: list[dict[str, Any]] = self._web.call("GET", url).expect(200)["messages"]
        return messages


class PaymentSandbox:
    """The payment provider's side: its page, and what it has taken."""

    def __init__(self, web: Web, url: str) -> None:
        self._web = web
        self._url = url

    def pay_on_page(self, confirmation_url: str) -> str:
        """Open the page, press «Оплатить»; where the browser is sent then."""
        page = self._web.call("GET", confirmation_url).expect(200)
        if "Оплатить" not in page:
            raise Unexpected(f"{confirmation_url}: на странице нет кнопки «Оплатить»")
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self._web.call("POST", f"{confirmation_url}/pay", headers=form)
        answer.expect(303)
        return answer.location or ""

    def notify_again(self, payment_id: str, times: int) -> None:
        wanted = {"webhook": {"times": times}}
        self._web.call("POST", f"{self._url}/sandbox/payments/{payment_id}/notify", wanted).expect(200)

    def pay(self, payment_id: str, amount: int) -> None:
        """Kopecks are paid, whatever was asked for."""
        url = f"{self._url}/sandbox/payments/{payment_id}/pay"
        self._web.call("POST", url, {"amount": amount}).expect(200)

    def want_refunds(self, payment_id: str, status: str) -> None:
        """How refunds of this payment end from now on: succeeded, canceled, pending, forbidden."""
        url = f"{self._url}/sandbox/payments/{payment_id}/refunds"
        self._web.call("POST", url, {"status": status}).expect(200)

    def want_silence(self, call: str, about: str, moment: str) -> None:
        """The next such call about a payment, refund or booking is not answered; `moment`: before it takes
        effect, or after."""
        wanted = {"call": call, "kind": "cut", "about": about, "moment": moment}
        self._web.call("POST", f"{self._url}/sandbox/faults", wanted).expect(200)

    def refunded(self) -> int:
        """Kopecks of all refunds that succeeded."""
        return int(self._web.call("GET", f"{self._url}/sandbox/refunded").expect(200)["refunded"])

    def taken(self) -> int:
        """Kopecks of all payments that succeeded."""
        return int(self._web.call("GET", f"{self._url}/sandbox/taken").expect(200)["taken"])

    def owed(self) -> int:
        """Notifications that were not delivered yet."""
        return int(self._web.call("GET", f"{self._url}/sandbox/owed").expect(200)["owed"])
