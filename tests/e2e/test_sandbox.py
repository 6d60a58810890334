"""The sandbox as its own process: our client pays, the page is pressed, the notification arrives."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
import urllib3
import yookassa
from yookassa import Configuration
from yookassa.domain.exceptions import BadRequestError

from teleconsult.payments.yookassa import Misused, Provider, Unavailable

ROOT = Path(__file__).resolve().parents[2]
SHOP, KEY = "100500", "test_key"

http = urllib3.PoolManager(retries=False)


class Clinic(HTTPServer):
    """Takes notifications; refuses the first, as a clinic that is just restarting would."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Notified)
        self.notified: Queue[dict[str, Any]] = Queue()
        self.statuses = [500]


class _Notified(BaseHTTPRequestHandler):
    server: Clinic

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body["host"] = self.headers["Host"]
        self.server.notified.put(body)
        self.send_response(self.server.statuses.pop() if self.server.statuses else 200)
        self.end_headers()

    def log_message(self, *_said: Any) -> None:
        """Quiet."""


def command(port: int, notify_url: str, state: Path) -> list[str]:
    options = {"--port": port, "--shop-id": SHOP, "--notify-url": notify_url, "--state-dir": state}
    return [
        sys.executable,
        *("-m", "local.sandbox"),
        *(str(part) for option in options.items() for part in option),
    ]


class Running:
    """A sandbox process."""

    def __init__(self, port: int, clinic: Clinic, state: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._command = command(port, f"http://clinic.localhost:{clinic.server_port}/hook", state)
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            env=os.environ | {"SANDBOX_SECRET_KEY": KEY},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        assert self.url in self.process.stdout.readline()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=10)
        return self.process.returncode

    def provider(self) -> Provider:
        return Provider(f"{self.url}/v3", SHOP, KEY)

    def ask(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = http.request("GET", self.url + path).json()
        return answer

    def paid(self) -> str:
        """A payment that succeeded."""
        payment_id = self.provider().create_payment(250_000, "b-1", 1, "http://127.0.0.1/paid").payment_id
        assert http.request("POST", f"{self.url}/sandbox/payments/{payment_id}/pay").status == 200
        return payment_id


@pytest.fixture
def clinic() -> Iterator[Clinic]:
    server = Clinic()
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    serving.start()
    yield server
    server.shutdown()
    serving.join()
    server.server_close()


@pytest.fixture
def free_port() -> int:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as probe:
        return probe.server_port


@pytest.fixture
def sandbox(free_port: int, clinic: Clinic, tmp_path: Path) -> Iterator[Running]:
    running = Running(free_port, clinic, tmp_path)
    yield running
    if running.process.poll() is None:
        running.stop()


def press(url: str, button: str, **form: str) -> urllib3.BaseHTTPResponse:
    return http.request("POST", f"{url}/{button}", fields=form, encode_multipart=False, redirect=False)


def test_a_payment_goes_round_and_survives_a_restart(sandbox: Running, clinic: Clinic) -> None:
    provider = sandbox.provider()
    payment = provider.create_payment(250_000, "b-1", 1, "http://127.0.0.1/paid")
    assert payment.confirmation_url
    assert "Оплатить" in http.request("GET", payment.confirmation_url).data.decode()

    pressed = press(payment.confirmation_url, "pay", webhook="once")
    assert (pressed.status, pressed.headers["Location"]) == (303, "http://127.0.0.1/paid")

    first, again = clinic.notified.get(timeout=10), clinic.notified.get(timeout=10)
    assert first == again
    assert first["event"] == "payment.succeeded"
    assert first["object"]["id"] == payment.payment_id
    assert first["host"] == f"clinic.localhost:{clinic.server_port}"

    assert sandbox.stop() == 0
    sandbox.start()
    paid = provider.get_payment(payment.payment_id)
    assert paid
    assert paid.succeeded
    assert sandbox.ask("/sandbox/taken") == {"taken": 250_000, "payments": 1, "currency": "RUB"}
    assert provider.create_payment(250_000, "b-1", 1, "http://127.0.0.1/paid") == payment


@pytest.fixture
def official(sandbox: Running) -> Iterator[None]:
    """The official SDK, whose configuration is global, on this sandbox."""
    Configuration.configure(SHOP, KEY, api_url=f"{sandbox.url}/v3")
    yield
    Configuration.configure(None, None)


@pytest.mark.usefixtures("official")
def test_the_official_sdk_goes_round(sandbox: Running) -> None:
    payment = yookassa.Payment.create(
        {
            "amount": {"value": "2500.00", "currency": "RUB"},
            "capture": True,
            "confirmation": {"type": "redirect", "return_url": "http://127.0.0.1/paid"},
            "description": "Онлайн-консультация",
            "metadata": {"booking_id": "b-1", "attempt": "1"},
        },
        "pay:b-1:1",
    )
    assert payment.status == "pending"
    assert press(payment.confirmation.confirmation_url, "pay").status == 303
    paid = yookassa.Payment.find_one(payment.id)
    assert (paid.status, paid.paid, paid.refundable) == ("succeeded", True, True)
    listed = yookassa.Payment.list({"status": "succeeded", "limit": 5})
    assert [each.id for each in listed.items] == [payment.id]

    refund = yookassa.Refund.create(
        {
            "payment_id": payment.id,
            "amount": {"value": "1000.00", "currency": "RUB"},
            "metadata": {"refund_id": "r-1"},
        },
        "rfq:r-1",
    )
    found = yookassa.Refund.find_one(refund.id)
    assert (found.status, found.payment_id, str(found.amount.value)) == ("succeeded", payment.id, "1000.00")
    assert found.metadata == {"refund_id": "r-1"}
    assert [each.id for each in yookassa.Refund.list({"payment_id": payment.id}).items] == [refund.id]
    assert str(yookassa.Payment.find_one(payment.id).refunded_amount.value) == "1000.00"

    receipt = yookassa.Receipt.create(official_receipt("refund", refund.id, "1000.00"), "receipt:r-1")
    made = yookassa.Receipt.find_one(receipt.id)
    assert (made.status, made.type, made.refund_id) == ("succeeded", "refund", refund.id)
    assert made.items[0].quantity == 1
    assert [each.id for each in yookassa.Receipt.list({"refund_id": refund.id}).items] == [receipt.id]
    assert sandbox.ask("/sandbox/refunded") == {"refunded": 100_000, "refunds": 1, "currency": "RUB"}


@pytest.mark.usefixtures("official")
def test_the_official_sdk_is_told_of_a_key_that_was_used_for_another_body(sandbox: Running) -> None:
    payment = sandbox.paid()
    again = {"payment_id": payment, "amount": {"value": "1.00", "currency": "RUB"}}
    first = yookassa.Refund.create(again, "rfq:r-1")
    assert yookassa.Refund.create(again, "rfq:r-1").id == first.id
    with pytest.raises(BadRequestError) as refused:
        yookassa.Refund.create(again | {"amount": {"value": "2.00", "currency": "RUB"}}, "rfq:r-1")
    assert refused.value.content["parameter"] == "Idempotence-Key"


def official_receipt(kind: str, refund_id: str, value: str) -> dict[str, Any]:
    amount = {"value": value, "currency": "RUB"}
    return {
        "type": kind,
        "refund_id": refund_id,
        "customer": {"email": "patient@clinic.example"},
        "items": [
            {
                "description": "Онлайн-консультация",
                "quantity": 1,
                "amount": amount,
                "vat_code": 1,
                "payment_mode": "full_prepayment",
                "payment_subject": "service",
            }
        ],
        "settlements": [{"type": "cashless", "amount": amount}],
        "send": True,
    }


@pytest.mark.parametrize("kind", ["500", "cut", "timeout"])
def test_a_refund_whose_answer_was_lost_is_made_once(sandbox: Running, kind: str) -> None:
    payment_id = sandbox.paid()
    fault = {"call": "POST /refunds", "about": payment_id, "kind": kind, "moment": "after", "seconds": 8}
    http.request("POST", f"{sandbox.url}/sandbox/faults", json=fault)
    refund = sandbox.provider().create_refund("r-1", payment_id, 100)
    assert sandbox.ask("/sandbox/faults") == {"faults": []}
    assert list(sandbox.provider().refunds_of(payment_id)) == [refund]
    assert sandbox.ask("/sandbox/refunded")["refunded"] == 100


@pytest.mark.parametrize("kind", ["cut", "timeout"])
def test_a_connection_ends_without_an_answer(sandbox: Running, kind: str) -> None:
    fault = {"call": "GET /payments", "kind": kind, "seconds": 1}
    http.request("POST", f"{sandbox.url}/sandbox/faults", json=fault)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        http.request("GET", f"{sandbox.url}/v3/payments")
    assert http.request("GET", f"{sandbox.url}/v3/payments").status == 401


def test_a_call_that_is_cut_every_time_is_unknown_and_has_no_effect(sandbox: Running) -> None:
    payment_id = sandbox.paid()
    fault = {"call": "POST /refunds", "kind": "cut", "times": 3}
    http.request("POST", f"{sandbox.url}/sandbox/faults", json=fault)
    with pytest.raises(Unavailable):
        sandbox.provider().create_refund("r-1", payment_id, 100)
    assert list(sandbox.provider().refunds_of(payment_id)) == []


def test_a_stranger_and_an_oversized_body_are_turned_away(sandbox: Running) -> None:
    with pytest.raises(Misused):
        Provider(f"{sandbox.url}/v3", SHOP, "wrong").create_payment(100, "b-1", 1, "http://127.0.0.1/")
    large = http.request("POST", f"{sandbox.url}/v3/payments", headers={"Content-Length": "1000001"})
    assert large.status == 413


def test_a_port_that_is_taken_is_said_in_one_line(sandbox: Running, clinic: Clinic, tmp_path: Path) -> None:
    port = int(sandbox.url.rpartition(":")[2])
    second = subprocess.run(
        [*command(port, "http://127.0.0.1:9/", tmp_path / "second"), "--secret-key", KEY],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert second.returncode == 1
    assert second.stderr.splitlines() == [f"Порт {port} занять не удалось: Address already in use"]
