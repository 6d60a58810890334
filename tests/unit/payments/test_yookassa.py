"""The provider's client: against the sandbox's core in this process, and against scripted answers."""

import json
import logging
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import urllib3

from local.sandbox.faults import KINDS, MOMENTS, Fault
from local.sandbox.shop import Outcome, Shop, Webhook
from teleconsult.payments import wire as forms
from teleconsult.payments import yookassa
from teleconsult.payments.rules import Payment, ProviderRefund, Receipt
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

REFUND_ID = "2f3b588d-0015-5000-8000-1d6e87c7fbde"
REFUND = {
    "id": REFUND_ID,
    "payment_id": PAYMENT_ID,
    "status": "succeeded",
    "amount": {"value": "1000.00", "currency": "RUB"},
    "created_at": "2026-12-01T03:00:00.129Z",
    "metadata": {"refund_id": "r-1"},
}
RECEIPT_ID = "rt_1da5c87d-0984-50e8-a7f3-8de646dd9ec9"
REGISTERED = {"id": RECEIPT_ID, "type": "payment", "payment_id": PAYMENT_ID, "status": "pending"}
EMAIL = "ivanova@clinic.example"
DAY = timedelta(days=1)

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


def receipt(**difference: Any) -> Receipt:
    plain: dict[str, Any] = {
        "kind": "prepayment",
        "payment_id": PAYMENT_ID,
        "provider_refund_id": None,
        "amount": 250_000,
        "email": EMAIL,
        "vat_code": 1,
        "tax_system_code": None,
    }
    return Receipt(**plain | difference)


CALLS: dict[str, tuple[Callable[[Provider], Any], Any]] = {
    "create_payment": (create, ANSWER),
    "get_payment": (lambda at: at.get_payment(PAYMENT_ID), ANSWER),
    "payments": (lambda at: list(at.payments(NOW - DAY, NOW)), {"type": "list", "items": [ANSWER]}),
    "create_refund": (lambda at: at.create_refund("r-1", PAYMENT_ID, 100_000), REFUND),
    "get_refund": (lambda at: at.get_refund(REFUND_ID), REFUND),
    "refunds_of": (lambda at: list(at.refunds_of(PAYMENT_ID)), {"type": "list", "items": [REFUND]}),
    "refunds": (lambda at: list(at.refunds(NOW - DAY, NOW)), {"type": "list", "items": [REFUND]}),
    "create_receipt": (lambda at: at.create_receipt("receipt:1", receipt()), REGISTERED),
    "get_receipt": (lambda at: at.get_receipt(RECEIPT_ID), REGISTERED),
}
each_call = pytest.mark.parametrize("name", CALLS)


GOOD: Answer = (200, "the answer this call is made for")


def ask(name: str, *answers: Answer) -> tuple[Wire, Any]:
    """What a call gives when it is answered so."""
    call, good = CALLS[name]
    wire = Wire(*((200, good) if answer is GOOD else answer for answer in answers))
    return wire, call(at(wire))


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


UNANSWERED: list[Answer] = [
    (500, {"type": "error", "code": "internal_server_error"}),
    (502, b"<html>"),
    (429, {"type": "error", "code": "too_many_requests"}),
    (202, {"type": "processing", "retry_after": 1800}),
    urllib3.exceptions.ReadTimeoutError(None, "", ""),  # type: ignore[arg-type]
    urllib3.exceptions.ProtocolError("connection reset"),
]


@each_call
@pytest.mark.parametrize("unanswered", UNANSWERED)
def test_what_was_not_answered_is_asked_again_with_the_same_key_and_body(
    name: str, unanswered: Answer
) -> None:
    wire, got = ask(name, unanswered, unanswered, GOOD)
    assert got == ask(name, GOOD)[1]
    assert len(wire.sent) == 3
    assert wire.sent[0] == wire.sent[1] == wire.sent[2]
    assert ("Idempotence-Key" in wire.sent[0]["headers"]) == name.startswith("create_")


@each_call
def test_asking_again_ends_after_three_times_and_pauses_longer_each_time(name: str) -> None:
    pauses: list[float] = []
    wire = Wire((500, {}))
    with pytest.raises(Unavailable):
        CALLS[name][0](at(wire, pauses))
    assert len(wire.sent) == 3
    assert [0 <= pause <= limit for pause, limit in zip(pauses, (0.6, 1.2), strict=True)] == [True, True]


def test_the_longest_call_ends_before_its_caller_does() -> None:
    wire = Wire((500, {}))
    with pytest.raises(Unavailable):
        at(wire).get_payment(PAYMENT_ID)
    one_try = wire.how["timeout"].connect_timeout + wire.how["timeout"].read_timeout
    assert len(wire.sent) * one_try + 0.6 + 1.2 < 29


@each_call
@pytest.mark.parametrize(
    "content", [b"<html>", b"null", b"[]", b"{}", b'{"items": [{"id": 7}]}', b'{"id": 7}']
)
def test_an_answer_that_cannot_be_read_is_no_answer(name: str, content: bytes) -> None:
    with pytest.raises(Unavailable):
        ask(name, (200, content))


@each_call
def test_a_refusal_is_not_asked_again(name: str) -> None:
    wire = Wire((403, {"type": "error", "code": "forbidden"}))
    with pytest.raises(Refused):
        CALLS[name][0](at(wire))
    assert len(wire.sent) == 1


@each_call
@pytest.mark.parametrize("status", [401, 405, 415, 301])
def test_a_request_the_provider_does_not_understand_is_our_fault_and_not_repeated(
    name: str, status: int
) -> None:
    wire = Wire((status, {"type": "error", "code": "invalid_request", "parameter": "amount"}))
    with pytest.raises(Misused, match=str(status)):
        CALLS[name][0](at(wire))
    assert len(wire.sent) == 1


@each_call
def test_a_wrong_request_is_our_fault_but_a_refund_s_or_a_receipt_s_is_a_refusal(name: str) -> None:
    error = Refused if name in ("create_refund", "create_receipt") else Misused
    with pytest.raises(error):
        ask(name, (400, {"type": "error", "code": "invalid_request", "parameter": "amount.value"}))


@pytest.mark.parametrize("name", ["create_payment", "create_receipt", "payments", "refunds", "refunds_of"])
def test_a_place_that_is_not_there_is_our_fault(name: str) -> None:
    with pytest.raises(Misused):
        ask(name, (404, {"type": "error", "code": "not_found"}))


@pytest.mark.parametrize("name", ["get_payment", "get_refund", "get_receipt"])
def test_a_thing_that_is_not_there_is_none(name: str) -> None:
    assert ask(name, (404, {"type": "error", "code": "not_found"}))[1] is None


def test_a_refund_of_a_payment_that_is_not_there_is_refused() -> None:
    with pytest.raises(Refused):
        ask("create_refund", (404, {"type": "error", "code": "not_found", "parameter": "payment_id"}))


@pytest.mark.parametrize(
    "said",
    [
        {"parameter": "Idempotence-Key"},
        {"parameter": "idempotence_key", "description": "Idempotence key duplicated"},
        {"description": "Idempotence key duplicated"},
    ],
)
def test_a_key_that_another_refund_had_is_our_fault_since_that_one_may_have_moved_money(said: Any) -> None:
    with pytest.raises(Misused):
        ask("create_refund", (400, {"type": "error", "code": "invalid_request"} | said))


@pytest.mark.parametrize("status", [400, 403, 404])
@pytest.mark.parametrize(
    "content", [b"<html>", b"", b"[]", b'{"code": 7}', b'{"code": "<b>", "parameter": "amount"}']
)
def test_a_no_that_is_not_the_provider_s_own_refuses_no_refund(status: int, content: bytes) -> None:
    with pytest.raises(Misused):
        ask("create_refund", (status, content))


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


@each_call
def test_nothing_secret_or_personal_is_logged_or_raised(
    name: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yookassa, "logger", logging.getLogger("provider"))
    caplog.set_level(logging.DEBUG)
    said = {"code": "invalid_request", "parameter": "receipt.email", "description": f"{EMAIL} +79130000000"}
    unreadable = (200, {"id": EMAIL, "status": EMAIL, "created_at": EMAIL, "items": [{"id": EMAIL}]})
    timeout = urllib3.exceptions.ReadTimeoutError(None, EMAIL, EMAIL)  # type: ignore[arg-type]
    foreign = [(400, {"code": "invalid_request", "parameter": EMAIL})]
    raised = ""
    for answers in ([(500, said), timeout, (400, said)], [unreadable], [(401, {"code": EMAIL})], foreign):
        with pytest.raises((Refused, Misused, Unavailable)) as error:
            ask(name, *answers)
        raised += "".join(traceback.format_exception(error.value))
    logged = "".join(str(record.__dict__) for record in caplog.records)
    assert "invalid_request" in logged
    assert "receipt.email" in logged
    for secret in (EMAIL, "ivanova", "+7913", "live_key", "Basic"):
        assert secret not in logged
        assert secret not in raised


def test_a_receipt_shown_by_an_error_does_not_show_whose_it_is() -> None:
    assert EMAIL not in repr(receipt())


def test_a_refund_is_sent_with_our_id_as_key_and_as_metadata() -> None:
    wire, refund = ask("create_refund", GOOD)
    (sent,) = wire.sent
    assert (sent["method"], sent["url"]) == ("POST", "https://api.example/v3/refunds")
    assert sent["headers"]["Idempotence-Key"] == "rfq:r-1"
    assert json.loads(sent["body"]) == {
        "payment_id": PAYMENT_ID,
        "amount": {"value": "1000.00", "currency": "RUB"},
        "metadata": {"refund_id": "r-1"},
    }
    assert refund == ProviderRefund(
        provider_refund_id=REFUND_ID,
        status="succeeded",
        amount=100_000,
        currency="RUB",
        payment_id=PAYMENT_ID,
        refund_id="r-1",
        reason=None,
        created_at=NOW + timedelta(milliseconds=129),
    )


@pytest.mark.parametrize("metadata", [{}, None, {"order": "17"}])
def test_a_refund_that_somebody_else_made_has_no_id_of_ours(metadata: Any) -> None:
    refund = at(Wire((200, REFUND | {"metadata": metadata}))).get_refund(REFUND_ID)
    assert refund
    assert refund.refund_id is None


def test_a_refund_without_metadata_at_all_has_no_id_of_ours() -> None:
    bare = {name: value for name, value in REFUND.items() if name != "metadata"}
    refund = at(Wire((200, bare))).get_refund(REFUND_ID)
    assert refund
    assert refund.refund_id is None


@pytest.mark.parametrize(
    "difference",
    [
        {"status": "waiting_for_capture"},
        {"amount": {"value": "1000", "currency": "RUB"}},
        {"payment_id": None},
        {"metadata": {"refund_id": 1}},
        {"cancellation_details": {"reason": 1}},
        {"created_at": None},
    ],
)
def test_a_refund_that_cannot_be_read_says_nothing(difference: dict[str, Any]) -> None:
    with pytest.raises(Unavailable):
        at(Wire((200, REFUND | difference))).get_refund(REFUND_ID)


@pytest.mark.parametrize("made_up", ["", "1", "../me", REFUND_ID + "/x", RECEIPT_ID, "?payment_id=1"])
def test_what_is_no_refund_id_is_not_asked_about(made_up: str) -> None:
    wire = Wire((200, REFUND))
    assert at(wire).get_refund(made_up) is None
    assert list(at(wire).refunds_of(made_up)) == []
    assert wire.sent == []


@pytest.mark.parametrize("made_up", ["", "1", "../me", RECEIPT_ID + "/x", "rt_", "rt_?x"])
def test_what_is_no_receipt_id_is_not_asked_about(made_up: str) -> None:
    wire = Wire((200, REGISTERED))
    assert at(wire).get_receipt(made_up) is None
    assert wire.sent == []


@pytest.fixture
def paid(at_sandbox: Provider, shop: Shop) -> str:
    payment_id = create(at_sandbox).payment_id
    shop.pay(payment_id)
    return payment_id


def test_a_refund_takes_from_the_payment_and_the_same_one_again_is_one(
    at_sandbox: Provider, shop: Shop, paid: str
) -> None:
    refund = at_sandbox.create_refund("r-1", paid, 100_000)
    assert at_sandbox.create_refund("r-1", paid, 100_000) == refund
    assert (refund.status, refund.payment_id, refund.refund_id) == ("succeeded", paid, "r-1")
    assert at_sandbox.get_refund(refund.provider_refund_id) == refund
    assert list(at_sandbox.refunds_of(paid)) == [refund]
    payment = at_sandbox.get_payment(paid)
    assert payment
    assert (payment.refunded, payment.amount, shop.refunded()) == (100_000, 250_000, (100_000, 1))


def test_more_than_is_left_and_an_unpaid_payment_are_refused_at_the_sandbox(
    at_sandbox: Provider, paid: str
) -> None:
    for payment_id, amount in ((paid, 250_001), (PAYMENT_ID, 1), (create_next(at_sandbox), 1)):
        with pytest.raises(Refused):
            at_sandbox.create_refund("r-1", payment_id, amount)


def create_next(provider: Provider) -> str:
    return provider.create_payment(250_000, BOOKING, 3, RETURN_URL).payment_id


def test_a_refund_under_the_key_of_another_is_our_fault_at_the_sandbox(
    at_sandbox: Provider, paid: str
) -> None:
    at_sandbox.create_refund("r-1", paid, 1)
    with pytest.raises(Misused):
        at_sandbox.create_refund("r-1", paid, 2)


def test_a_refund_the_bank_refuses_says_why(at_sandbox: Provider, shop: Shop, paid: str) -> None:
    shop.refunds.want(paid, Outcome("canceled", "insufficient_funds"))
    refund = at_sandbox.create_refund("r-1", paid, 1)
    assert (refund.status, refund.reason) == ("canceled", "insufficient_funds")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_refund_whose_answer_was_lost_at_the_sandbox_is_one(
    at_sandbox: Provider, shop: Shop, paid: str, kind: str, moment: str
) -> None:
    shop.faults.want(Fault("POST /refunds", kind, paid, moment, times=2))
    refund = at_sandbox.create_refund("r-1", paid, 1)
    assert list(at_sandbox.refunds_of(paid)) == [refund]


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("prepayment", ("payment", "full_prepayment", "cashless")),
        ("offset", ("payment", "full_payment", "prepayment")),
        ("refund", ("refund", "full_prepayment", "cashless")),
    ],
)
def test_a_receipt_has_one_item_and_the_marks_of_its_kind(kind: str, form: tuple[str, str, str]) -> None:
    wire = Wire((200, REGISTERED))
    registration = at(wire).create_receipt(
        "receipt:1", receipt(kind=kind, provider_refund_id=REFUND_ID, tax_system_code=2)
    )
    assert (registration.receipt_id, registration.status) == (RECEIPT_ID, "pending")
    (sent,) = wire.sent
    assert (sent["url"], sent["headers"]["Idempotence-Key"]) == (
        "https://api.example/v3/receipts",
        "receipt:1",
    )
    amount = {"value": "2500.00", "currency": "RUB"}
    about = {"refund_id": REFUND_ID} if kind == "refund" else {"payment_id": PAYMENT_ID}
    assert json.loads(sent["body"]) == about | {
        "type": form[0],
        "customer": {"email": EMAIL},
        "items": [
            {
                "description": "Онлайн-консультация",
                "quantity": 1,
                "amount": amount,
                "vat_code": 1,
                "payment_mode": form[1],
                "payment_subject": "service",
            }
        ],
        "settlements": [{"type": form[2], "amount": amount}],
        "send": True,
        "tax_system_code": 2,
    }


def test_a_receipt_names_no_tax_system_where_there_is_one_only() -> None:
    wire, _ = ask("create_receipt", GOOD)
    assert "tax_system_code" not in json.loads(wire.sent[0]["body"])


def test_a_refund_s_receipt_without_the_refund_is_not_sent() -> None:
    wire = Wire((200, REGISTERED))
    with pytest.raises(ValueError, match="names the refund"):
        at(wire).create_receipt("receipt:1", receipt(kind="refund"))
    assert wire.sent == []


@pytest.mark.parametrize("key", ["", "k" * 65])
def test_a_receipt_without_a_usable_key_is_not_sent(key: str) -> None:
    wire = Wire((200, REGISTERED))
    with pytest.raises(ValueError, match="64"):
        at(wire).create_receipt(key, receipt())
    assert wire.sent == []


def test_each_kind_of_receipt_is_registered_at_the_sandbox(at_sandbox: Provider, paid: str) -> None:
    refund_id = at_sandbox.create_refund("r-1", paid, 250_000).provider_refund_id
    for kind in ("prepayment", "offset", "refund"):
        made = receipt(kind=kind, payment_id=paid, provider_refund_id=refund_id)
        registration = at_sandbox.create_receipt(f"receipt:{kind}", made)
        assert registration.status == "succeeded"
        assert at_sandbox.create_receipt(f"receipt:{kind}", made) == registration
        assert at_sandbox.get_receipt(registration.receipt_id) == registration


def test_a_receipt_that_was_not_registered_says_so(at_sandbox: Provider, shop: Shop, paid: str) -> None:
    shop.receipts.want(paid, Outcome("canceled"))
    assert at_sandbox.create_receipt("receipt:1", receipt(payment_id=paid)).status == "canceled"


def test_a_list_is_asked_for_by_creation_and_read_to_its_end() -> None:
    wire = Wire(
        (200, {"items": [ANSWER], "next_cursor": "a b"}),
        (200, {"items": [], "next_cursor": "c"}),
        (200, {"items": [ANSWER]}),
    )
    listed = list(at(wire).payments(NOW - DAY, NOW.astimezone(timezone(timedelta(hours=7)))))
    assert [payment.payment_id for payment in listed] == [PAYMENT_ID] * 2
    asked = [dict(parse_qsl(urlsplit(sent["url"]).query)) for sent in wire.sent]
    window = {"created_at.gte": "2026-11-30T03:00:00.000Z", "created_at.lt": "2026-12-01T03:00:00.000Z"}
    first = window | {"limit": "100"}
    assert asked == [first, first | {"cursor": "a b"}, first | {"cursor": "c"}]


def test_a_list_without_an_end_is_an_alarm_and_not_a_short_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yookassa, "_MOST_PAGES", 3)
    wire = Wire((200, {"items": [REFUND], "next_cursor": "again"}))
    with pytest.raises(Misused, match="pages"):
        list(at(wire).refunds(NOW - DAY, NOW))
    assert len(wire.sent) == 3


def test_payments_and_refunds_of_a_time_are_all_found_at_the_sandbox(
    at_sandbox: Provider, shop: Shop
) -> None:
    ids = [at_sandbox.create_payment(100, f"b-{number}", 1, RETURN_URL).payment_id for number in range(205)]
    for payment_id in ids:
        shop.pay(payment_id)
    refunds = [at_sandbox.create_refund(f"r-{payment_id}", payment_id, 1) for payment_id in ids]
    assert [payment.payment_id for payment in at_sandbox.payments(NOW, NOW + DAY)] == ids[::-1]
    assert list(at_sandbox.refunds(NOW, NOW + DAY)) == refunds[::-1]
    assert list(at_sandbox.payments(NOW - DAY, NOW)) == []
    assert list(at_sandbox.refunds(NOW + DAY, NOW + 2 * DAY)) == []


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
