"""Routes: the API under `/v3`, the payment page under `/checkout`, the tester's controls under `/sandbox`."""

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

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
from local.sandbox.order import read_order, read_selection
from local.sandbox.page import missing_page, payment_page
from local.sandbox.shop import Shop, Webhook

_KEY_LENGTH = 64
_MOST_TIMES = 20
_LONGEST_DELAY = 86_400

Action = Callable[["Application", Request, str], Response]


class Application:
    """Answers requests for one shop."""

    def __init__(self, shop: Shop, secret_key: str) -> None:
        self._shop = shop
        self._credentials = f"{shop.shop_id}:{secret_key}".encode()

    def handle(self, request: Request) -> Response:
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
        self._authorize(request)
        if "json" not in request.headers.get("content-type", ""):
            raise ApiError(415, "invalid_request", "Send JSON", "Content-Type")
        key = request.headers.get("idempotence-key", "")
        if not key or len(key) > _KEY_LENGTH:
            raise InvalidRequest("Idempotence key is empty or too long", "Idempotence-Key")
        body = read_json(request)
        order = read_order(body)
        return answer(self._shop.once(key, body, lambda: self._shop.create(order)))

    def get_payment(self, request: Request, payment_id: str) -> Response:
        self._authorize(request)
        return answer(self._shop.find(payment_id))

    def list_payments(self, request: Request, _id: str) -> Response:
        self._authorize(request)
        items, after = self._shop.select(read_selection(request.query))
        listed = {"type": "list", "items": items}
        return answer(listed | ({"next_cursor": str(after)} if after else {}))

    def show(self, _request: Request, payment_id: str) -> Response:
        payment = self._shop.find(payment_id)
        return page(payment_page(payment, self._shop.return_url(payment_id)))

    def pay_on_page(self, request: Request, payment_id: str) -> Response:
        return self._end_on_page(request, payment_id, self._shop.pay)

    def decline_on_page(self, request: Request, payment_id: str) -> Response:
        return self._end_on_page(request, payment_id, self._shop.decline)

    def pay(self, request: Request, payment_id: str) -> Response:
        return answer(self._shop.pay(payment_id, _webhook(request)))

    def decline(self, request: Request, payment_id: str) -> Response:
        return answer(self._shop.decline(payment_id, _webhook(request)))

    def notify(self, request: Request, payment_id: str) -> Response:
        self._shop.notify(payment_id, _webhook(request))
        return answer(self._shop.find(payment_id))

    def taken(self, _request: Request, _id: str) -> Response:
        amount, payments = self._shop.taken()
        return answer({"taken": amount, "payments": payments, "currency": "RUB"})

    def owed(self, _request: Request, _id: str) -> Response:
        return answer({"owed": self._shop.owed()})

    def health(self, _request: Request, _id: str) -> Response:
        return answer({"shop_id": self._shop.shop_id})

    def _end_on_page(self, request: Request, payment_id: str, end: Callable[[str, Webhook], Any]) -> Response:
        webhook = _chosen(dict(parse_qsl(request.body.decode(errors="replace"))))
        if self._shop.find(payment_id)["status"] != "pending":
            return redirect(f"/checkout/{payment_id}")  # a second press, or a page left open
        end(payment_id, webhook)
        return redirect(self._shop.return_url(payment_id))

    def _authorize(self, request: Request) -> None:
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            given = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            given = b""
        if scheme.lower() != "basic" or not hmac.compare_digest(given, self._credentials):
            raise ApiError(401, "invalid_credentials", "Error in shopId or secret key", "Authorization")


def _webhook(request: Request) -> Webhook:
    """The control's `{"webhook": {"times": 1, "delay_seconds": 0}}`, all of it optional."""
    wanted = read_json(request).get("webhook", {})
    if not isinstance(wanted, dict) or wanted.keys() - {"times", "delay_seconds"}:
        raise InvalidRequest("A webhook has times and delay_seconds", "webhook")
    times = _whole_number(wanted.get("times", 1), _MOST_TIMES, "webhook.times")
    delay = _whole_number(wanted.get("delay_seconds", 0), _LONGEST_DELAY, "webhook.delay_seconds")
    return Webhook(times, timedelta(seconds=delay))


def _chosen(form: Mapping[str, str]) -> Webhook:
    """What was ticked on the page."""
    match form.get("webhook", "once"):
        case "once":
            return Webhook()
        case "twice":
            return Webhook(times=2)
        case "never":
            return Webhook(times=0)
        case "late" if form.get("delay", "").isdecimal():
            seconds = _whole_number(int(form["delay"]), _LONGEST_DELAY, "delay")
            return Webhook(delay=timedelta(seconds=seconds))
    raise InvalidRequest("Choose how the notification comes", "webhook")


def _whole_number(value: Any, most: int, parameter: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise InvalidRequest(f"A number from 0 to {most}", parameter)
    return value


_PAYMENT = r"(?P<id>[0-9a-f-]{1,64})"

_ROUTES: tuple[tuple[str, str, Action], ...] = (
    ("POST", r"/v3/payments", Application.create_payment),
    ("GET", r"/v3/payments", Application.list_payments),
    ("GET", rf"/v3/payments/{_PAYMENT}", Application.get_payment),
    ("GET", rf"/checkout/{_PAYMENT}", Application.show),
    ("POST", rf"/checkout/{_PAYMENT}/pay", Application.pay_on_page),
    ("POST", rf"/checkout/{_PAYMENT}/decline", Application.decline_on_page),
    ("POST", rf"/sandbox/payments/{_PAYMENT}/pay", Application.pay),
    ("POST", rf"/sandbox/payments/{_PAYMENT}/decline", Application.decline),
    ("POST", rf"/sandbox/payments/{_PAYMENT}/notify", Application.notify),
    ("GET", r"/sandbox/taken", Application.taken),
    ("GET", r"/sandbox/owed", Application.owed),
    ("GET", r"/sandbox/health", Application.health),
)
