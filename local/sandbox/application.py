"""Routes: the API under `/v3`, the payment page under `/checkout`, the tester's controls under `/sandbox`."""

import base64
import binascii
import hmac
import re
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl

from local.sandbox import controls
from local.sandbox.faults import faulty
from local.sandbox.messages import (
    ApiError,
    InvalidRequest,
    Request,
    Response,
    answer,
    page,
    read_json,
    redirect,
)
from local.sandbox.order import Selection, read_order, read_refund_order, read_selection
from local.sandbox.page import missing_page, payment_page
from local.sandbox.receipt_order import read_receipt_order
from local.sandbox.shop import Shop

_KEY_LENGTH = 64

Things = tuple[list[dict[str, Any]], int | None]
Action = Callable[["Application", Request, str], Response]


class Application:
    """Answers requests for one shop."""

    def __init__(self, shop: Shop, secret_key: str) -> None:
        self._shop = shop
        self._credentials = f"{shop.shop_id}:{secret_key}".encode()

    def handle(self, request: Request) -> Response:
        """The answer.

        Raises:
            Cut, Held: a tester wants none.
        """
        return faulty(self._shop, request, self._answer)

    def _answer(self, request: Request) -> Response:
        try:
            return self._route(request)
        except ApiError as error:
            if error.status == 404 and request.path.startswith("/checkout/"):
                return page(missing_page(), 404)
            return error.response()

    def _route(self, request: Request) -> Response:
        allowed = False
        for method, path, action in _ROUTES:
            match = re.fullmatch(path, request.path)
            if match and method == request.method:
                return action(self, request, match.groupdict().get("id", ""))
            allowed = allowed or bool(match)
        if allowed:
            raise ApiError(405, "invalid_request", "The method is not supported here")
        raise ApiError(404, "not_found", "There is nothing here")

    def create_payment(self, request: Request, _id: str) -> Response:
        return self._create(request, lambda body: self._shop.create(read_order(body)))

    def get_payment(self, request: Request, payment_id: str) -> Response:
        self._authorize(request)
        return answer(self._shop.find(payment_id))

    def list_payments(self, request: Request, _id: str) -> Response:
        return self._list(request, self._shop.select)

    def create_refund(self, request: Request, _id: str) -> Response:
        return self._create(request, lambda body: self._shop.refunds.create(read_refund_order(body)))

    def get_refund(self, request: Request, refund_id: str) -> Response:
        self._authorize(request)
        return answer(self._shop.refunds.find(refund_id))

    def list_refunds(self, request: Request, _id: str) -> Response:
        return self._list(request, self._shop.refunds.select, "payment_id")

    def create_receipt(self, request: Request, _id: str) -> Response:
        return self._create(request, lambda body: self._shop.receipts.create(read_receipt_order(body)))

    def get_receipt(self, request: Request, receipt_id: str) -> Response:
        self._authorize(request)
        return answer(self._shop.receipts.find(receipt_id))

    def list_receipts(self, request: Request, _id: str) -> Response:
        return self._list(request, self._shop.receipts.select, "payment_id", "refund_id")

    def show(self, _request: Request, payment_id: str) -> Response:
        payment = self._shop.find(payment_id)
        return page(payment_page(payment, self._shop.return_url(payment_id)))

    def pay_on_page(self, request: Request, payment_id: str) -> Response:
        form = _form(request)
        webhook, amount = controls.chosen_webhook(form), controls.chosen_amount(form)
        return self._end_on_page(payment_id, lambda: self._shop.pay(payment_id, webhook, amount))

    def decline_on_page(self, request: Request, payment_id: str) -> Response:
        webhook = controls.chosen_webhook(_form(request))
        return self._end_on_page(payment_id, lambda: self._shop.decline(payment_id, webhook))

    def refunds_on_page(self, request: Request, payment_id: str) -> Response:
        self._shop.refunds.want(payment_id, controls.chosen_outcome(_form(request)))
        return redirect(f"/checkout/{payment_id}")

    def pay(self, request: Request, payment_id: str) -> Response:
        body = read_json(request)
        return answer(self._shop.pay(payment_id, controls.webhook(body), controls.amount(body)))

    def decline(self, request: Request, payment_id: str) -> Response:
        return answer(self._shop.decline(payment_id, controls.webhook(read_json(request))))

    def notify(self, request: Request, payment_id: str) -> Response:
        self._shop.notify(payment_id, controls.webhook(read_json(request)))
        return answer(self._shop.find(payment_id))

    def want_refunds(self, request: Request, payment_id: str) -> Response:
        self._shop.refunds.want(payment_id, controls.outcome(read_json(request)))
        return answer({})

    def want_receipts(self, request: Request, payment_id: str) -> Response:
        self._shop.receipts.want(payment_id, controls.outcome(read_json(request)))
        return answer({})

    def want_fault(self, request: Request, _id: str) -> Response:
        self._shop.faults.want(controls.fault(read_json(request)))
        return self.faults(request, "")

    def faults(self, _request: Request, _id: str) -> Response:
        return answer({"faults": [asdict(fault) for fault in self._shop.faults.wanted()]})

    def clear_faults(self, request: Request, _id: str) -> Response:
        self._shop.faults.clear()
        return self.faults(request, "")

    def refunded(self, _request: Request, _id: str) -> Response:
        amount, refunds = self._shop.refunded()
        return answer({"refunded": amount, "refunds": refunds, "currency": "RUB"})

    def taken(self, _request: Request, _id: str) -> Response:
        amount, payments = self._shop.taken()
        return answer({"taken": amount, "payments": payments, "currency": "RUB"})

    def owed(self, _request: Request, _id: str) -> Response:
        return answer({"owed": self._shop.owed()})

    def health(self, _request: Request, _id: str) -> Response:
        return answer({"shop_id": self._shop.shop_id})

    def _create(self, request: Request, make: Callable[[dict[str, Any]], dict[str, Any]]) -> Response:
        self._authorize(request)
        if "json" not in request.headers.get("content-type", ""):
            raise ApiError(415, "invalid_request", "Send JSON", "Content-Type")
        key = request.headers.get("idempotence-key", "")
        if not key or len(key) > _KEY_LENGTH:
            raise InvalidRequest("Idempotence key is empty or too long", "Idempotence-Key")
        body = read_json(request)
        call = f"{request.method} {request.path.removeprefix('/v3')}"
        return answer(self._shop.once(call, key, body, lambda: make(body)))

    def _list(self, request: Request, select: Callable[[Selection], Things], *by: str) -> Response:
        self._authorize(request)
        items, after = select(read_selection(request.query, by=by))
        listed = {"type": "list", "items": items}
        return answer(listed | ({"next_cursor": str(after)} if after else {}))

    def _end_on_page(self, payment_id: str, end: Callable[[], Any]) -> Response:
        if self._shop.find(payment_id)["status"] != "pending":
            return redirect(f"/checkout/{payment_id}")  # a second press, or a page left open
        end()
        return redirect(self._shop.return_url(payment_id))

    def _authorize(self, request: Request) -> None:
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            given = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            given = b""
        if scheme.lower() != "basic" or not hmac.compare_digest(given, self._credentials):
            raise ApiError(401, "invalid_credentials", "Error in shopId or secret key", "Authorization")


def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(errors="replace")))


_ID = r"(?P<id>[0-9a-f-]{1,64})"

_ROUTES: tuple[tuple[str, str, Action], ...] = (
    ("POST", r"/v3/payments", Application.create_payment),
    ("GET", r"/v3/payments", Application.list_payments),
    ("GET", rf"/v3/payments/{_ID}", Application.get_payment),
    ("POST", r"/v3/refunds", Application.create_refund),
    ("GET", r"/v3/refunds", Application.list_refunds),
    ("GET", rf"/v3/refunds/{_ID}", Application.get_refund),
    ("POST", r"/v3/receipts", Application.create_receipt),
    ("GET", r"/v3/receipts", Application.list_receipts),
    ("GET", r"/v3/receipts/(?P<id>[0-9a-z_-]{1,64})", Application.get_receipt),
    ("GET", rf"/checkout/{_ID}", Application.show),
    ("POST", rf"/checkout/{_ID}/pay", Application.pay_on_page),
    ("POST", rf"/checkout/{_ID}/decline", Application.decline_on_page),
    ("POST", rf"/checkout/{_ID}/refunds", Application.refunds_on_page),
    ("POST", rf"/sandbox/payments/{_ID}/pay", Application.pay),
    ("POST", rf"/sandbox/payments/{_ID}/decline", Application.decline),
    ("POST", rf"/sandbox/payments/{_ID}/notify", Application.notify),
    ("POST", rf"/sandbox/payments/{_ID}/refunds", Application.want_refunds),
    ("POST", rf"/sandbox/payments/{_ID}/receipts", Application.want_receipts),
    ("POST", r"/sandbox/faults", Application.want_fault),
    ("GET", r"/sandbox/faults", Application.faults),
    ("POST", r"/sandbox/faults/clear", Application.clear_faults),
    ("GET", r"/sandbox/refunded", Application.refunded),
    ("GET", r"/sandbox/taken", Application.taken),
    ("GET", r"/sandbox/owed", Application.owed),
    ("GET", r"/sandbox/health", Application.health),
)
