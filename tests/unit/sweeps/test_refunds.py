"""The sweep of refunds: goes on with what is due, and says what should have ended long ago."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from functions.sweeps.handler import handler
from local.sandbox.faults import Fault
from local.sandbox.outcomes import Outcome
from local.sandbox.shop import Shop, Webhook
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.payments import installation, refunding
from teleconsult.payments.yookassa import Provider
from teleconsult.platform import clock, dynamo
from teleconsult.platform.observability import metrics
from teleconsult.platform.tally import Tally
from teleconsult.refunds import store
from teleconsult.refunds.model import Refund, RefundStatus
from teleconsult.sweeps import sweeping
from teleconsult.sweeps.sweeping import refunds
from tests.to_sandbox import ToSandbox
from tests.unit.api.calls import Context
from tests.unit.usecases.conftest import NOW

HOLDER = "h-test"
SOON = NOW + timedelta(minutes=3)


def endless() -> bool:
    return True


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    shop = Shop(":memory:", shop_id="100500", url="http://sandbox", now=lambda: NOW)
    provider = Provider("http://sandbox/v3", "100500", "test_key", transport=ToSandbox(shop))
    monkeypatch.setattr(installation, "provider", lambda: provider)
    monkeypatch.setattr(sweeping, "provider", lambda: provider)
    yield shop
    shop.close()


def asked(shop: Shop, key: str = "refund-1") -> Refund:
    """A refund of a payment that came in late, asked for at NOW; the provider knows nothing of it yet."""
    payment = installation.provider().create_payment(250_000, f"b-{key}", 1, "http://127.0.0.1")
    shop.pay(payment.payment_id, Webhook(times=0))
    ledger.post(ledger_rules.payment_to_balance(payment.payment_id, f"b-{key}", HOLDER, 250_000), now=NOW)
    (refund,) = refunding.ask(HOLDER, None, asked_by=HOLDER, asked_for=None, idempotency_key=key, now=NOW)
    return refund


def status(refund: Refund) -> RefundStatus:
    return store.load(store.place(refund)).status


def overdue(now: datetime) -> float:
    metrics.clear_metrics()
    refunds(now, endless)
    (value,) = metrics.metric_set["RefundsOverdue"]["Value"]
    metrics.clear_metrics()
    return float(value)


def test_what_is_due_is_carried_out_and_is_not_looked_at_again(shop: Shop) -> None:
    refund = asked(shop)
    assert refunds(NOW, endless) == Tally()  # the holder's own request is about to
    assert refunds(SOON, endless) == Tally(found=1, done=1)
    assert status(refund) is RefundStatus.SUCCEEDED
    assert refunds(SOON, endless) == Tally()


def test_a_provider_that_is_silent_now_is_asked_again_later(shop: Shop) -> None:
    refund = asked(shop)
    shop.faults.want(Fault("POST /refunds", "cut", times=1))
    assert refunds(SOON, endless) == Tally(found=1)
    assert refunds(SOON, endless) == Tally()
    assert refunds(SOON + timedelta(hours=1), endless) == Tally(found=1, done=1)
    assert status(refund) is RefundStatus.SUCCEEDED
    assert shop.refunded() == (250_000, 1)


def test_one_bad_refund_never_blocks_the_rest(shop: Shop) -> None:
    bad, good = asked(shop), asked(shop, "refund-2")
    at = store.place(bad)
    broken = dynamo.update("bookings", f"HOLDER#{HOLDER}", f"REFUND#{at.about}", set={"status": "broken"})
    dynamo.write(broken)
    assert refunds(SOON, endless) == Tally(found=2, done=1, failed=1)
    assert status(good) is RefundStatus.SUCCEEDED


def test_what_there_is_no_time_for_is_left(shop: Shop) -> None:
    for key in ("refund-1", "refund-2"):
        asked(shop, key)
    times = iter([True, False])
    assert refunds(SOON, lambda: next(times)) == Tally(found=2, done=1, left=1)


def test_two_sweeps_at_once_make_one_refund(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    refund = asked(shop)
    waiting = list(store.waiting())
    monkeypatch.setattr(store, "waiting", lambda: iter(waiting))
    assert refunds(SOON, endless).done == 1
    assert refunds(SOON, endless).done == 1
    assert status(refund) is RefundStatus.SUCCEEDED
    assert shop.refunded() == (250_000, 1)


def test_an_overdue_refund_is_counted_at_every_sweep_until_it_ends(shop: Shop) -> None:
    refund = asked(shop)
    shop.refunds.want(refund.payment_id, Outcome("pending"))
    last = NOW + timedelta(days=10)
    assert overdue(last) == 0
    for seconds in (1, 2, 3):
        assert overdue(last + timedelta(seconds=seconds)) == 1
    assert status(refund) is RefundStatus.PENDING


def test_nothing_is_overdue_where_nothing_waits() -> None:
    assert overdue(NOW) == 0


def test_the_schedules_event_runs_it(shop: Shop) -> None:
    asked(shop)

    class InTime(Context):
        @staticmethod
        def get_remaining_time_in_millis() -> int:
            return 100_000

    event = {"sweep": "refunds", "scheduled_for": clock.iso(SOON)}
    assert handler(event, InTime()) == {"found": 1, "done": 1, "failed": 0, "left": 0}
