"""The payment provider in the simulation: the sandbox's shop, reached across the border."""

from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any
from urllib.parse import urlsplit

import urllib3

from local.sandbox.order import kopecks
from local.sandbox.shop import Shop, Webhook
from tests.simulation.faults import Border
from tests.to_sandbox import ToSandbox

SHOP_ID = "100500"
_NEVER = Webhook(times=0)  # the simulation carries the notifications


class SimulatedShop(Shop):
    """Takes other amounts than were asked for, too, and knows what it took."""

    def pay_other(self, payment_id: str, amount: int) -> None:
        """The patient paid, and the provider captured `amount` kopecks of it."""
        self.pay(payment_id, _NEVER, amount)

    def turn_down(self, payment_id: str) -> None:
        self.decline(payment_id, _NEVER)

    def forget(self, payment_id: str) -> None:
        """The provider knows nothing of it any more."""
        self._state.run("DELETE FROM payments WHERE id = ?", payment_id)
        self._state.run("DELETE FROM answers")

    def amount(self, payment_id: str) -> int:
        """Kopecks."""
        return kopecks(self.find(payment_id)["amount"]["value"])

    def status(self, payment_id: str) -> str:
        return str(self.find(payment_id)["status"])

    def taken_by_payment(self) -> dict[str, int]:
        """Kopecks of each succeeded payment for a booking; what is made at the desk is not ours."""
        found = self._state.all(
            "SELECT id, amount FROM payments WHERE status = 'succeeded' AND payment LIKE '%\"booking_id\"%'"
        )
        return {row["id"]: row["amount"] for row in found}

    def refunded_by_payment(self) -> dict[str, int]:
        """Kopecks of the succeeded refunds of each of these payments."""
        sums = "SELECT payment_id, SUM(amount) AS amount FROM refunds WHERE status = 'succeeded'"
        given_back = self._state.all(f"{sums} GROUP BY payment_id")
        ours = self.taken_by_payment()
        return {row["payment_id"]: row["amount"] for row in given_back if row["payment_id"] in ours}

    def told(self, payment_id: str) -> dict[str, Any]:
        """The notification as the provider sends it now."""
        payment = self.find(payment_id)
        return {"type": "notification", "event": f"payment.{payment['status']}", "object": payment}

    def refunds_to_tell(self) -> list[dict[str, Any]]:
        """The notifications of all refunds that succeeded, as the provider sends them."""
        found = self._state.all("SELECT id FROM refunds WHERE status = 'succeeded'")
        told = [self.refunds.find(row["id"]) for row in found]
        return [{"type": "notification", "event": "refund.succeeded", "object": refund} for refund in told]


class Transport(ToSandbox):
    """Carries the provider's client across the border."""

    def __init__(self, shop: Shop, border: Border) -> None:
        super().__init__(shop)
        self._border = border

    def request(self, method: str, url: str, **how: Any) -> urllib3.HTTPResponse:
        thing = urlsplit(url).path.split("/")[2]
        carry = super().request
        answer: urllib3.HTTPResponse = self._border.cross(
            "provider", f"{method} {thing}", lambda: carry(method, url, **how)
        )
        return answer


class Ids:
    """What the shop draws its ids from, in place of `secrets`."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def token_hex(self, size: int) -> str:
        return self._random.randbytes(size).hex()

    def randbelow(self, bound: int) -> int:
        return self._random.randrange(bound)


def opened(now: Callable[[], datetime]) -> SimulatedShop:
    return SimulatedShop(":memory:", shop_id=SHOP_ID, url="http://sandbox", now=now)
