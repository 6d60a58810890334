"""The provider's client: against the sandbox's core in this process, and against scripted answers."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import urllib3

from local.sandbox.shop import Shop, Webhook
from teleconsult.payments import wire as forms
from teleconsult.payments import yookassa
from teleconsult.payments.rules import Payment
from teleconsult.payments.yookassa import Misused, Provider, Refused, Unavailable
from tests.to_sandbox import ToSandbox

NOW = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
BOOKING = "b-abcdefghijklmnopqrstuvwxyz"
PAYMENT_ID = "2f3b588d-000f-5000-8000-1d6e87c7fbde"
RETURN_URL = "https://clinic.example/paid"
ANSWER = {
    "id": PAYMENT_ID,
    "status": "pending",
    "paid": False,
    "amount": {"value": "2500.00", "currency": "RUB"},
    "recipient": {"account_id": "100500", "gateway_id": "1"},
    "confirmation": {"type": "redirect", "confirmation_url": "https://pay.example/1"},
    "created_at": "2026-12-01T03:00:00.129Z",
    "metadata": {"booking_id": BOOKING, "attempt": "2"},
}

Answer = tuple[int, Any] | Exception


class Wire:
    """Carries requests to scripted answers, the last of which repeats; keeps what was sent."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.sent: list[dict[str, Any]] = []
        self.how: dict[str, Any] = {}

    def request(self, method: str, url: str, *, body: Any, headers: Any, **how: Any) -> urllib3.HTTPResponse:
        self.sent.append({"method": method, "url": url, "body": body, "headers": dict(headers)})
        self.how = how
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, content = answer
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        return urllib3.HTTPResponse(raw, status=status)


@pytest.fixture
def shop() -> Iterator[Shop]:
    opened = Shop(":memory:", shop_id="100500", url="http://127.0.0.1:4580", now=lambda: NOW)
    yield opened
    opened.close()


@pytest.fixture
def at_sandbox(shop: Shop) -> Provider:
    return Provider("http://sandbox/v3", "100500", "test_key", transport=ToSandbox(shop))


def at(wire: Wire, pauses: list[float] | None = None) -> Provider:
    pause = [] if pauses is None else pauses
    return Provider("https://api.example/v3/", "100500", "live_key", transport=wire, pause=pause.append)


def create(provider: Provider) -> Payment:
    return provider.create_payment(250_000, BOOKING, 2, RETURN_URL)


def test_a_created_payment_is_pending_and_says_where_to_pay(at_sandbox: Provider) -> None:
    payment = create(at_sandbox)
    assert (payment.status, payment.paid, payment.succeeded) == ("pending", False, False)
    assert (payment.amount, payment.currency, payment.shop_id) == (250_000, "RUB", "100500")
    assert (payment.booking_id, payment.attempt) == (BOOKING, 2)
    assert payment.confirmation_url == f"http://127.0.0.1:4580/checkout/{payment.payment_id}"
    assert payment.created_at == NOW


def test_the_same_attempt_again_is_the_same_payment_and_the_next_one_another(at_sandbox: Provider) -> None:
    first = create(at_sandbox)
    assert create(at_sandbox) == first
    assert at_sandbox.create_payment(250_000, BOOKING, 3, RETURN_URL).payment_id != first.payment_id


def test_the_same_attempt_with_another_amount_is_our_fault(at_sandbox: Provider) -> None:
    create(at_sandbox)
    with pytest.raises(Misused):
        at_sandbox.create_payment(1, BOOKING, 2, RETURN_URL)


def test_a_paid_payment_is_read_as_succeeded(at_sandbox: Provider, shop: Shop) -> None:
    payment_id = create(at_sandbox).payment_id
    shop.pay(payment_id, Webhook())
    paid = at_sandbox.get_payment(payment_id)
    assert paid
    assert paid.succeeded
    assert paid.confirmation_url is None


def test_a_refused_payment_is_read_as_canceled(at_sandbox: Provider, shop: Shop) -> None:
    payment_id = create(at_sandbox).payment_id
    shop.decline(payment_id, Webhook())
    refused = at_sandbox.get_payment(payment_id)
    assert refused
    assert (refused.status, refused.succeeded) == ("canceled", False)


def test_a_payment_this_shop_does_not_have_is_none(at_sandbox: Provider) -> None:
    assert at_sandbox.get_payment(PAYMENT_ID) is None


@pytest.mark.parametrize(
    "made_up",
    ["", "1", "../me", "?x", PAYMENT_ID + "/capture", PAYMENT_ID + "\n", PAYMENT_ID.upper(), "п" * 36],
)
def test_what_is_no_payment_id_is_not_asked_about(made_up: str) -> None:
    wire = Wire((200, ANSWER))
    assert at(wire).get_payment(made_up) is None
    assert wire.sent == []


def test_a_wrong_key_is_our_fault(shop: Shop) -> None:
    stranger = Provider("http://sandbox/v3", "100500", "wrong", transport=ToSandbox(shop))
    with pytest.raises(Misused):
        create(stranger)


def test_what_is_sent_says_nothing_but_online_consultation() -> None:
    wire = Wire((200, ANSWER))
    create(at(wire))
    (sent,) = wire.sent
    assert (sent["method"], sent["url"]) == ("POST", "https://api.example/v3/payments")
    assert sent["headers"]["Idempotence-Key"] == f"pay:{BOOKING}:2"
    assert json.loads(sent["body"]) == {
        "amount": {"value": "2500.00", "currency": "RUB"},
        "capture": True,
        "confirmation": {"type": "redirect", "return_url": RETURN_URL},
        "description": "Онлайн-консультация",
        "metadata": {"booking_id": BOOKING, "attempt": "2"},
    }


def test_every_request_has_an_end_and_is_not_sent_elsewhere() -> None:
    wire = Wire((200, ANSWER))
    at(wire).get_payment(PAYMENT_ID)
    assert (wire.how["timeout"].connect_timeout, wire.how["timeout"].read_timeout) == (2, 6)
    assert wire.how["redirect"] is False


@pytest.mark.parametrize(
    "unanswered",
    [
        (500, {"type": "error", "code": "internal_server_error"}),
        (502, b"<html>"),
        (429, {"type": "error", "code": "too_many_requests"}),
        (202, {"type": "processing", "retry_after": 1800}),
        urllib3.exceptions.ReadTimeoutError(None, "", ""),  # type: ignore[arg-type]
        urllib3.exceptions.ProtocolError("connection reset"),
    ],
)
def test_what_was_not_answered_is_asked_again_with_the_same_key_and_body(unanswered: Answer) -> None:
    wire = Wire(unanswered, unanswered, (200, ANSWER))
    assert create(at(wire)).payment_id == PAYMENT_ID
    assert len(wire.sent) == 3
    assert wire.sent[0] == wire.sent[1] == wire.sent[2]


def test_asking_again_ends_after_three_times_and_pauses_longer_each_time() -> None:
    wire = Wire((500, {}))
    pauses: list[float] = []
    with pytest.raises(Unavailable):
        at(wire, pauses).get_payment(PAYMENT_ID)
    assert len(wire.sent) == 3
    assert [0 <= pause <= limit for pause, limit in zip(pauses, (0.6, 1.2), strict=True)] == [True, True]


def test_a_refusal_is_not_asked_again() -> None:
    wire = Wire((403, {"type": "error", "code": "forbidden"}))
    with pytest.raises(Refused):
        create(at(wire))
    assert len(wire.sent) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 405, 415, 301])
def test_a_request_the_provider_does_not_understand_is_our_fault_and_not_repeated(status: int) -> None:
    wire = Wire((status, {"type": "error", "code": "invalid_request", "parameter": "amount"}))
    with pytest.raises(Misused, match=str(status)):
        create(at(wire))
    assert len(wire.sent) == 1


def test_an_error_without_a_code_is_still_our_fault() -> None:
    with pytest.raises(Misused):
        create(at(Wire((400, b"<html>"))))


@pytest.mark.parametrize(
    "difference",
    [
        {"status": "somewhere"},
        {"amount": {"value": "2500", "currency": "RUB"}},
        {"amount": {"value": 2500.0, "currency": "RUB"}},
        {"recipient": None},
        {"created_at": "yesterday"},
        {"id": 7},
        {"metadata": {"attempt": 2}},
    ],
)
def test_an_answer_that_cannot_be_read_says_nothing(difference: dict[str, Any]) -> None:
    with pytest.raises(Unavailable):
        at(Wire((200, ANSWER | difference))).get_payment(PAYMENT_ID)


@pytest.mark.parametrize("content", [b"<html>", b"null", b"[]"])
def test_an_answer_that_is_no_payment_says_nothing(content: bytes) -> None:
    with pytest.raises(Unavailable):
        at(Wire((200, content))).get_payment(PAYMENT_ID)


@pytest.mark.parametrize("metadata", [{}, None, {"order": "17"}, {"attempt": "second"}])
def test_a_payment_that_somebody_else_made_has_no_booking_of_ours(metadata: Any) -> None:
    payment = at(Wire((200, ANSWER | {"metadata": metadata}))).get_payment(PAYMENT_ID)
    assert payment
    assert (payment.booking_id, payment.attempt) == (None, None)


def test_the_time_of_another_zone_is_kept_in_utc() -> None:
    payment = at(Wire((200, ANSWER | {"created_at": "2026-12-01T10:00:00+07:00"}))).get_payment(PAYMENT_ID)
    assert payment
    assert payment.created_at == NOW
    assert payment.created_at.utcoffset() == timedelta()


def test_neither_key_nor_what_the_provider_says_in_words_is_logged(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yookassa, "logger", logging.getLogger("provider"))
    caplog.set_level(logging.DEBUG)
    said = {"code": "invalid_request", "parameter": "receipt", "description": "Иванова +79130000000"}
    with pytest.raises(Misused):
        create(at(Wire((500, {}), (400, said))))
    logged = "".join(str(record.__dict__) for record in caplog.records)
    assert "invalid_request" in logged
    assert "Иванова" not in logged
    assert "live_key" not in logged
    assert "Basic" not in logged


@pytest.mark.parametrize(
    ("amount", "text"), [(1, "0.01"), (100, "1.00"), (250_000, "2500.00"), (10**11 + 5, "1000000000.05")]
)
def test_kopecks_and_the_providers_roubles_are_the_same_money(amount: int, text: str) -> None:
    assert forms.roubles(amount) == text
    assert forms.kopecks(text) == amount


@pytest.mark.parametrize(
    "text", ["2500", "2500.0", "2500.000", "-1.00", "1e3.00", "1 000.00", "1,00", "", ".50"]
)
def test_any_other_form_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="roubles"):
        forms.kopecks(text)


def test_an_idempotence_key_that_is_too_long_is_refused_here_and_not_at_the_provider() -> None:
    assert len(yookassa.idempotence_key(BOOKING, 999)) <= 64
    with pytest.raises(ValueError, match="64"):
        yookassa.idempotence_key("b-" + "x" * 60, 1)


def test_a_provider_has_a_connection_pool_of_its_own() -> None:
    assert Provider("https://api.example/v3", "100500", "key").shop_id == "100500"
