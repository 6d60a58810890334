"""What the people of the stories use beside the API: the sign-in, the payment page, their messages."""

import re
import secrets
from typing import Any
from urllib.parse import quote

from local.demo.web import Answer, Unexpected, Web

_CODE = re.compile(r"\b\d{4,8}\b")


class SignIn:
    """Cognito's HTTP API, as a browser calls it."""

    def __init__(self, web: Web, url: str, staff_client: str, patients_client: str, inbox: "Inbox") -> None:
        self._web = web
        self._url = url
        self._staff_client = staff_client
        self._patients_client = patients_client
        self._inbox = inbox

    def staff(self, email: str, password: str) -> str:
        """The id token of one of the staff."""
        parameters = {"USERNAME": email, "PASSWORD": password}
        return self._tokens(self._initiate(self._staff_client, "USER_PASSWORD_AUTH", parameters).expect(200))

    def holder(self, phone: str) -> str:
        """The id token of whoever reads the SMS of this phone (E.164)."""
        signed_up = self._ask(
            "SignUp",
            {
                "ClientId": self._patients_client,
                "Username": phone,
                "Password": f"aA1!{secrets.token_urlsafe(24)}",  # nobody signs in with it
            },
        )
        if "UsernameExists" not in str(signed_up.body):
            signed_up.expect(200)
        challenge = self._initiate(self._patients_client, "CUSTOM_AUTH", {"USERNAME": phone}).expect(200)
        answer = self._ask(
            "RespondToAuthChallenge",
            {
                "ClientId": self._patients_client,
                "ChallengeName": challenge["ChallengeName"],
                "Session": challenge["Session"],
                "ChallengeResponses": {"USERNAME": phone, "ANSWER": self._code(phone)},
            },
        )
        return self._tokens(answer.expect(200))

    def _code(self, phone: str) -> str:
        texts = [message["text"] for message in self._inbox.to(phone) if message["kind"] == "sms"]
        codes = [code[0] for code in map(_CODE.search, texts) if code]
        if not codes:
            raise Unexpected("СМС с кодом для входа не пришла")
        return codes[-1]

    def _initiate(self, client: str, flow: str, parameters: dict[str, str]) -> Answer:
        wanted = {"ClientId": client, "AuthFlow": flow, "AuthParameters": parameters}
        return self._ask("InitiateAuth", wanted)

    def _ask(self, operation: str, content: dict[str, Any]) -> Answer:
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
        }
        return self._web.call("POST", f"{self._url}/", content, headers=headers)

    @staticmethod
    def _tokens(answer: dict[str, Any]) -> str:
        return str(answer["AuthenticationResult"]["IdToken"])


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
