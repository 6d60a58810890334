"""The sandbox spoken to as a client would, in one process: no socket opens."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from local.sandbox.application import Application
from local.sandbox.messages import Request, Response
from local.sandbox.shop import Shop, Webhook

ORDER: dict[str, Any] = {
    "amount": {"value": "2500.00", "currency": "RUB"},
    "capture": True,
    "confirmation": {"type": "redirect", "return_url": "https://clinic.example/paid?b=1"},
    "description": "Онлайн-консультация",
    "metadata": {"booking_id": "b-1", "attempt": "1"},
}
BASIC = "Basic " + base64.b64encode(b"100500:test_key").decode()


class Clock:
    def __init__(self, moment: datetime = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **by: float) -> None:
        self.moment += timedelta(**by)


class Sandbox:
    """The application, spoken to as a client would."""

    def __init__(self, file: Path, clock: Clock) -> None:
        self.shop = Shop(file, shop_id="100500", url="http://127.0.0.1:4580", now=clock)
        self._application = Application(self.shop, "test_key")
        self._keys = 0

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        path, _, query = path.partition("?")
        pairs = [pair.split("=", 1) for pair in query.split("&") if pair]
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        given = {"authorization": BASIC, "content-type": "application/json"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self._application.handle(Request(method, path, dict(pairs), given, content))

    def make(self, things: str, body: Any, key: str | None = None) -> Response:
        self._keys += 1
        return self.ask("POST", f"/v3/{things}", body, idempotence_key=key or f"key-{self._keys}")

    def create(self, body: Any = None, key: str | None = None) -> Response:
        return self.make("payments", body or ORDER, key)

    def created(self) -> str:
        return str(read(self.create())["id"])

    def paid(self, **order: Any) -> str:
        """A payment that succeeded; nobody is told."""
        payment_id = str(read(self.create(ORDER | order))["id"])
        self.shop.pay(payment_id, Webhook(times=0))
        return payment_id

    def refund(self, payment_id: str, value: str = "1000.00", key: str | None = None) -> Response:
        amount = {"value": value, "currency": "RUB"}
        order = {"payment_id": payment_id, "amount": amount, "metadata": {"refund_id": "r-1"}}
        return self.make("refunds", order, key)

    def listed(self, path: str) -> list[str]:
        return [str(each["id"]) for each in read(self.ask("GET", f"/v3/{path}"))["items"]]

    def payment(self, payment_id: str) -> dict[str, Any]:
        return read(self.ask("GET", f"/v3/payments/{payment_id}"))

    def submit(self, path: str, form: str = "") -> Response:
        return self.ask("POST", path, form.encode(), content_type="application/x-www-form-urlencoded")

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(each.body) for each in self.shop.due_notifications()]


def read(response: Response) -> dict[str, Any]:
    assert response.status == 200, response.body
    content: dict[str, Any] = json.loads(response.body)
    return content


def fault(response: Response) -> tuple[int, str, str | None]:
    content = json.loads(response.body)
    assert content["type"] == "error"
    assert content["id"]
    assert content["description"]
    return response.status, content["code"], content.get("parameter")
