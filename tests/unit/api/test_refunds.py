"""Refunds as the cabinet and the operator ask for them, and as the provider tells of them."""

from typing import Any

import pytest

from local.sandbox.faults import Fault
from local.sandbox.outcomes import Outcome
from local.sandbox.shop import Shop, Webhook
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.payments.yookassa import Provider
from teleconsult.platform import ids
from tests.to_sandbox import ToSandbox
from tests.unit.api.calls import ADMIN, HOLDER, OPERATOR, STRANGER, Reply, call, doctor
from tests.unit.api.conftest import WEBHOOK_PATH, Clock
from tests.unit.api.sent import booked, free_slot

HOLDER_ID = ids.holder_id(b"unit pepper", "+79130001122")
MINE = "POST /me/refunds"
STAFFS = "POST /internal/holders/{holder}/refunds"


def paid(shop: Shop, amount: int, number: int = 0) -> str:
    """A booking paid by card with `amount` kopecks: what is above its price is on the balance."""
    made = booked(free_slot(number), key=f"site-key-{number}")
    reply = call(
        "POST /bookings/{booking}/payments",
        made["booking_id"],
        body={"method": "card"},
        key="pay-key-1",
        x_booking_capability=made["capability"],
    )
    payment_id: str = reply.json["payment_id"]
    shop.pay(payment_id, Webhook(times=0), amount=amount)
    assert notified("payment", payment_id).status == 200
    return payment_id


@pytest.fixture
def payment_id(shop: Shop) -> str:
    """1,000 roubles of it are on the balance."""
    return paid(shop, 350_000)


def notified(kind: str, object_id: str) -> Reply:
    said = {"type": "notification", "event": f"{kind}.succeeded", "object": {"id": object_id}}
    return call("POST /payments/notifications/{path}", WEBHOOK_PATH, body=said)


def ask(key: str = "refund-key-1", claims: dict[str, str] = HOLDER, **body: Any) -> Reply:
    return call(MINE, body=body, key=key, claims=claims)


def ask_as_operator(holder_id: str = HOLDER_ID, claims: dict[str, str] = OPERATOR, **body: Any) -> Reply:
    return call(STAFFS, holder_id, body=body, key="refund-key-1", claims=claims)


def available() -> int:
    return ledger.available(ledger_rules.balance(HOLDER_ID))


def test_a_holder_gets_the_whole_balance_back_to_the_card(payment_id: str, time: Clock) -> None:
    reply = ask()
    assert reply.status == 201
    (refund,) = reply.json["refunds"]
    assert (refund["status"], refund["amount"], refund["payment_id"]) == ("succeeded", 100_000, payment_id)
    assert (refund["asked_at"], refund["answer_by"]) == ("2026-12-01T02:00:00Z", "2026-12-11T02:00:00Z")
    assert (refund["ended_at"], refund["reason"]) == ("2026-12-01T02:00:00Z", None)
    assert call("GET /me/balance", claims=HOLDER).json["available"] == 0
    lines = call("GET /me/balance/statement", claims=HOLDER).json["lines"]
    assert sorted(line["amount"] for line in lines) == [-100_000, 100_000]


def test_the_same_request_again_is_the_same_answer(payment_id: str, time: Clock) -> None:
    first = ask(amount=40_000)
    time.pass_by(hours=1)
    assert ask(amount=40_000).json == first.json
    assert available() == 60_000
    assert ask(amount=50_000).code == "idempotency_conflict"


def test_a_refused_refund_says_why_and_leaves_the_money_on_the_balance(payment_id: str, shop: Shop) -> None:
    shop.refunds.want(payment_id, Outcome("canceled", reason="yoo_money_account_closed"))
    (refund,) = ask().json["refunds"]
    assert (refund["status"], refund["reason"]) == ("refused", "Кошелёк, с которого платили, закрыт")
    assert available() == 100_000


def test_a_provider_that_does_not_answer_leaves_the_refund_asked_and_a_repeat_makes_it(
    payment_id: str, shop: Shop
) -> None:
    shop.faults.want(Fault("POST /refunds", "timeout", times=1))
    reply = ask()
    assert (reply.status, [each["status"] for each in reply.json["refunds"]]) == (201, ["asked"])
    assert [each["status"] for each in ask().json["refunds"]] == ["succeeded"]
    assert shop.refunded() == (100_000, 1)


@pytest.mark.parametrize(
    ("amount", "code"), [(100_001, "insufficient_funds"), (10**11, "insufficient_funds")]
)
def test_more_than_is_there_is_refused(payment_id: str, amount: int, code: str) -> None:
    reply = ask(amount=amount)
    assert (reply.status, reply.code) == (409, code)


def test_who_has_no_money_gets_none(payment_id: str) -> None:
    reply = ask(claims=STRANGER)
    assert (reply.status, reply.code) == (409, "nothing_to_refund")
    assert available() == 100_000


@pytest.mark.parametrize("amount", [0, 99, -1, 10**12, "1000", 1.5, True])
def test_a_sum_that_is_none_is_named(amount: Any) -> None:
    reply = ask(amount=amount)
    assert (reply.status, set(reply.faults)) == (422, {"amount"})


def test_a_refund_needs_a_key() -> None:
    reply = call(MINE, body={}, claims=HOLDER)
    assert set(reply.faults) == {"Idempotency-Key"}


def test_refunds_are_shown_newest_first_page_by_page(payment_id: str, time: Clock) -> None:
    for number in range(21):
        ask(key=f"refund-key-{number}", amount=1_000 + number)
        time.pass_by(minutes=1)
    page = call("GET /me/refunds", claims=HOLDER).json
    rest = call("GET /me/refunds", claims=HOLDER, query={"cursor": page["next"]}).json
    amounts = [each["amount"] for each in page["refunds"] + rest["refunds"]]
    assert amounts == [1_000 + number for number in reversed(range(21))]
    assert rest["next"] is None


def test_nobody_sees_anothers_refunds_whatever_the_cursor(payment_id: str, time: Clock) -> None:
    for number in range(21):
        ask(key=f"refund-key-{number}", amount=1_000)
        time.pass_by(minutes=1)
    cursor = call("GET /me/refunds", claims=HOLDER).json["next"]
    shown = call("GET /me/refunds", claims=STRANGER, query={"cursor": cursor})
    assert shown.json == {"refunds": [], "next": None}


@pytest.mark.parametrize("cursor", ["", "x", "завтра", "A" * 300, "MjAyNg"])
def test_a_made_up_cursor_is_named(cursor: str) -> None:
    reply = call("GET /me/refunds", claims=HOLDER, query={"cursor": cursor})
    assert reply.status == (422 if cursor else 200)


def test_an_operator_refunds_in_the_holders_name_and_says_why(payment_id: str) -> None:
    reply = ask_as_operator(amount=40_000, reason="paid_twice")
    assert reply.status == 201
    (refund,) = reply.json["refunds"]
    assert (refund["status"], refund["amount"]) == ("succeeded", 40_000)
    assert (refund["asked_by"], refund["asked_for"]) == ("staff:s-1", "paid_twice")
    assert refund["provider_refund_id"]
    for claims in (OPERATOR, ADMIN):
        shown = call("GET /internal/holders/{holder}/refunds", HOLDER_ID, claims=claims)
        assert shown.json == reply.json
    (own,) = call("GET /me/refunds", claims=HOLDER).json["refunds"]
    assert own["refund"] == refund["refund"]
    assert "asked_by" not in own


@pytest.mark.parametrize("body", [{}, {"reason": "because"}, {"reason": "other", "note": "я"}])
def test_an_operator_says_why_in_one_of_the_known_words(payment_id: str, body: dict[str, Any]) -> None:
    reply = ask_as_operator(**body)
    assert (reply.status, len(reply.faults)) == (422, 1)
    assert available() == 100_000


@pytest.mark.parametrize(
    ("route", "claims", "status"),
    [
        (STAFFS, ADMIN, 201),  # who is an operator, too
        (STAFFS, {"sub": "s-9", "cognito:groups": "[admin]"}, 403),
        (STAFFS, doctor("d-gromov"), 403),
        ("GET /internal/holders/{holder}/refunds", doctor("d-gromov"), 403),
    ],
)
def test_refunds_are_the_operators_work(
    payment_id: str, route: str, claims: dict[str, str], status: int
) -> None:
    body = {"reason": "other"} if route == STAFFS else None
    assert call(route, HOLDER_ID, body=body, key="refund-key-1", claims=claims).status == status


@pytest.mark.parametrize(
    "route", [STAFFS, STAFFS.replace("POST", "GET"), "GET /internal/holders/{holder}/balance"]
)
def test_a_holder_whom_nobody_knows_does_not_exist(route: str) -> None:
    body = {"reason": "other"} if route == STAFFS else None
    reply = call(route, "h-" + "a" * 26, body=body, key="refund-key-1", claims=OPERATOR)
    assert (reply.status, reply.code) == (404, "not_found")


def test_whoever_has_a_booking_and_never_had_money_exists() -> None:
    booked()
    shown = call("GET /internal/holders/{holder}/balance", HOLDER_ID, claims=OPERATOR)
    assert (shown.status, shown.json["available"]) == (200, 0)
    assert ask_as_operator(reason="other").code == "nothing_to_refund"


def test_a_refund_that_the_provider_tells_of_is_settled_and_again_changes_nothing(
    payment_id: str, shop: Shop
) -> None:
    shop.faults.want(Fault("POST /refunds", "cut", moment="after", times=1))
    assert ask().json["refunds"][0]["status"] == "asked"
    provider = Provider("http://sandbox/v3", "100500", "test_key", transport=ToSandbox(shop))
    (made,) = provider.refunds_of(payment_id)
    for _ in range(3):
        assert notified("refund", made.provider_refund_id).status == 200
    assert call("GET /me/refunds", claims=HOLDER).json["refunds"][0]["status"] == "succeeded"
    assert ledger.trial_balance().total == 0
    assert shop.refunded() == (100_000, 1)


def test_a_refund_made_at_the_providers_desk_is_answered_and_counted(
    payment_id: str, shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    provider = Provider("http://sandbox/v3", "100500", "test_key", transport=ToSandbox(shop))
    made = provider.create_refund("by-hand", payment_id, 350_000)
    assert notified("refund", made.provider_refund_id).status == 200
    assert '"RefundNotOurs":[1.0]' in capsys.readouterr().out
    assert available() == 100_000


def test_a_made_up_refund_is_refused(payment_id: str) -> None:
    for made_up in ("22222222-0015-5000-8000-222222222222", payment_id, "../payments", ""):
        assert notified("refund", made_up).status == 404
