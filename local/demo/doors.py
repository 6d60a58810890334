"""The API as those see it who come through its doors: a visitor of the site, a holder, the staff."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from local.demo.web import Answer, Web

Form = Mapping[str, Any]


class Site:
    """Whoever opens the clinic's site, without signing in."""

    def __init__(self, web: Web, api_url: str) -> None:
        self._web = web
        self._url = api_url

    def catalogue(self) -> dict[str, Any]:
        catalogue: dict[str, Any] = self._web.call("GET", f"{self._url}/catalogue").expect(200)
        return catalogue

    def free_slots(self, first: date, last: date, **wanted: str) -> list[dict[str, str]]:
        """`wanted`: doctor, or specialty and kind."""
        query = urlencode({**wanted, "from": first.isoformat(), "to": last.isoformat()})
        slots: list[dict[str, str]] = self._web.call("GET", f"{self._url}/slots?{query}").expect(200)["slots"]
        return slots

    def book(self, form: Form, key: str) -> Answer:
        return self._web.call("POST", f"{self._url}/bookings", form, headers={"Idempotency-Key": key})

    def booking(self, booking_id: str, capability: str) -> dict[str, Any]:
        headers = {"X-Booking-Capability": capability}
        view: dict[str, Any] = self._web.call(
            "GET", f"{self._url}/bookings/{booking_id}", headers=headers
        ).expect(200)
        return view

    def pay_by_card(self, booking_id: str, capability: str) -> dict[str, Any]:
        headers = {"X-Booking-Capability": capability, "Idempotency-Key": str(uuid4())}
        payment: dict[str, Any] = self._web.call(
            "POST", f"{self._url}/bookings/{booking_id}/payments", {"method": "card"}, headers=headers
        ).expect(201)
        return payment


class _SignedIn:
    """Somebody with a token, at the part of the API that is theirs. `token`: or what brings a fresh one."""

    def __init__(self, web: Web, url: str, token: str | Callable[[], str]) -> None:
        self._web = web
        self._url = url
        self._token = token if callable(token) else lambda: token

    def sign_in(self) -> None:
        """Sign in by now; without it, the first call does."""
        self._token()

    def book(self, form: Form, key: str) -> Answer:
        return self._post("/bookings", form, key)

    def booking(self, booking_id: str) -> dict[str, Any]:
        view: dict[str, Any] = self._get(f"/bookings/{booking_id}")
        return view

    def _get(self, path: str) -> Any:
        return self._web.call("GET", self._url + path, token=self._token()).expect(200)

    def _post(self, path: str, content: Any, key: str | None = None) -> Answer:
        headers = {"Idempotency-Key": key} if key else {}
        return self._web.call("POST", self._url + path, content, token=self._token(), headers=headers)


class Cabinet(_SignedIn):
    """A holder who has signed in."""

    def __init__(self, web: Web, api_url: str, token: str | Callable[[], str]) -> None:
        super().__init__(web, f"{api_url}/me", token)

    def give_consents(self, booking_id: str, consents: list[dict[str, str]]) -> None:
        self._post(f"/bookings/{booking_id}/consents", {"consents": consents}).expect(200)

    def pay(self, booking_id: str, method: str) -> dict[str, Any]:
        """`method`: card, balance, or both."""
        paid: dict[str, Any] = self._post(
            f"/bookings/{booking_id}/payments", {"method": method}, str(uuid4())
        ).expect(201)
        return paid

    def balance(self) -> int:
        """Kopecks."""
        return int(self._get("/balance")["available"])

    def ask_for_refund(self, key: str, amount: int | None = None) -> list[dict[str, Any]]:
        """`amount`: kopecks; None: the whole balance."""
        wanted = {} if amount is None else {"amount": amount}
        refunds: list[dict[str, Any]] = self._post("/refunds", wanted, key).expect(201)["refunds"]
        return refunds

    def refunds(self) -> list[dict[str, Any]]:
        """Newest first."""
        refunds: list[dict[str, Any]] = self._get("/refunds")["refunds"]
        return refunds

    def statement(self) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = self._get("/balance/statement")["lines"]
        return lines


class Desk(_SignedIn):
    """One of the staff: an operator, a doctor."""

    def __init__(self, web: Web, api_url: str, token: str | Callable[[], str]) -> None:
        super().__init__(web, f"{api_url}/internal", token)

    def note_contact_attempt(self, booking_id: str) -> None:
        self._post(f"/bookings/{booking_id}/contact-attempts", {}, str(uuid4())).expect(201)

    def say_held(self, booking_id: str) -> None:
        self._post(f"/bookings/{booking_id}/outcome", {"outcome": "held"}).expect(200)

    def say_not_held(self, booking_id: str, reason: str) -> None:
        outcome = {"outcome": "not_held", "reason": reason}
        self._post(f"/bookings/{booking_id}/outcome", outcome).expect(200)

    def take_cash(self, booking_id: str, amount: int) -> None:
        """`amount`: kopecks."""
        paid = {"method": "cash", "amount": amount, "document": "ПКО 1", "why": "Оплата в кассе"}
        self._post(f"/bookings/{booking_id}/desk-payments", paid, str(uuid4())).expect(201)

    def cancel(self, booking_id: str, why: str) -> None:
        self._post(f"/bookings/{booking_id}/cancellation", {"by": "clinic", "why": why}).expect(200)

    def trial_balance(self) -> dict[str, Any]:
        balance: dict[str, Any] = self._get("/ledger/trial-balance")
        return balance
