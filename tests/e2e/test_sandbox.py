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

from teleconsult.payments.yookassa import Misused, Provider

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

    def taken(self) -> dict[str, Any]:
        taken: dict[str, Any] = http.request("GET", f"{self.url}/sandbox/taken").json()
        return taken


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
    assert sandbox.taken() == {"taken": 250_000, "payments": 1, "currency": "RUB"}
    assert provider.create_payment(250_000, "b-1", 1, "http://127.0.0.1/paid") == payment


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
