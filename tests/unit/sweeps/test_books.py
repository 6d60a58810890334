"""The daily sweeps over money, as the schedule and the command call them: counts, findings, metrics."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.sweeps import handler as sweeps
from local.sandbox.order import Order
from local.sandbox.shop import Shop, Webhook
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.payments.yookassa import Provider
from teleconsult.platform import dynamo
from teleconsult.platform.observability import metrics
from teleconsult.sweeps import books
from tests.to_sandbox import ToSandbox

NOW = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
AT = "2026-12-02T01:10:00Z"


class Context:
    """A Lambda's, with so much time left at each look."""

    function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "unit"

    def __init__(self, *milliseconds: int) -> None:
        self._left = list(milliseconds)

    def get_remaining_time_in_millis(self) -> int:
        return self._left.pop(0) if len(self._left) > 1 else self._left[0]


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    shop = Shop(":memory:", shop_id="100500", url="http://sandbox", now=lambda: NOW)
    provider = Provider("http://sandbox/v3", "100500", "test_key", transport=ToSandbox(shop))
    monkeypatch.setattr(sweeps, "provider", lambda: provider)
    yield shop
    shop.close()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """The metrics that were added, by name."""
    added: dict[str, float] = {}
    monkeypatch.setattr(metrics, "add_metric", lambda name, unit, value: added.update({name: value}))
    return added


def sweep(name: str, *left: int, **asked: str) -> dict[str, Any]:
    event = {"sweep": name, "scheduled_for": AT, **asked}
    answer: dict[str, Any] = sweeps.handler(event, Context(*(left or (900_000,))))
    return answer


def tally(answer: dict[str, Any]) -> tuple[int, int, int, int]:
    return answer["found"], answer["done"], answer["failed"], answer["left"]


def desk_payment(shop: Shop, metadata: dict[str, str]) -> str:
    payment_id = str(shop.create(Order("300.00", "RUB", "https://clinic.example", None, metadata))["id"])
    shop.pay(payment_id, Webhook(times=0))
    return payment_id


def test_books_in_order_are_counted(counted: dict[str, float]) -> None:
    ledger.post(ledger_rules.payment_received("p-1", "b-1", 250_000), now=NOW)
    assert tally(sweep("audit")) == (2, 2, 0, 0)
    assert counted["LedgerDisagreements"] == 0


def test_what_does_not_fit_is_counted_told_and_answered(counted: dict[str, float]) -> None:
    ledger.post(ledger_rules.payment_received("p-1", "b-1", 250_000), now=NOW)
    dynamo.write(dynamo.update("ledger", "TRANSFER#pay:p-1", "TRANSFER", set={"reason": "gift"}))
    answer = sweep("audit")
    assert tally(answer) == (2, 1, 1, 0)
    assert [(each["kind"], each["about"]) for each in answer["findings"]] == [("content_hash", "pay:p-1")]
    assert (counted["LedgerDisagreements"], counted["SweepFailed"]) == (1, 1)


def test_an_audit_without_time_says_that_something_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("teleconsult.ledger.audit._CHECK_TIME_EVERY", 1)
    ledger.post(ledger_rules.payment_received("p-1", "b-1", 250_000), now=NOW)
    assert tally(sweep("audit", 900_000, 59_000)) == (0, 0, 0, 1)


def test_reconciliation_counts_what_is_unexplained_and_tells_what_is_not_ours(
    shop: Shop, counted: dict[str, float]
) -> None:
    stray = desk_payment(shop, {"booking_id": "b-nobody", "attempt": "1"})
    desk = desk_payment(shop, {})
    answer = sweep("reconciliation")
    assert tally(answer) == (1, 0, 1, 0)
    assert sorted((each["about"], each["outcome"]) for each in answer["findings"]) == sorted(
        [(stray, "unexplained"), (desk, "not_ours")]
    )
    assert (counted["ReconciliationDifferences"], counted["ReconciliationRepaired"]) == (1, 0)


def test_reconciliation_may_be_asked_about_other_days(shop: Shop) -> None:
    desk_payment(shop, {})
    days = {"from": "2026-11-01", "to": "2026-12-01"}
    assert sweep("reconciliation", **days)["findings"] == ()
    assert len(sweep("reconciliation", **{**days, "to": "2026-12-02"})["findings"]) == 1


def test_no_more_is_told_than_an_answer_holds(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "_MOST_TOLD", 2)
    for _ in range(3):
        desk_payment(shop, {"booking_id": "b-nobody", "attempt": "1"})
    answer = sweep("reconciliation")
    assert (answer["failed"], len(answer["findings"])) == (3, 2)


def test_a_sweep_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(sweeps.UnknownSweep, match=r"no_shows, .*audit, reconciliation"):
        sweep("holidays")


def test_what_runs_every_few_minutes_takes_two_minutes_of_a_longer_timeout() -> None:
    def has_time(name: str, *left: int) -> bool:
        return sweeps._has_time(name, Context(*left))()  # type: ignore[arg-type]

    assert has_time("no_shows", 900_000, 811_000)
    assert not has_time("no_shows", 900_000, 810_000)
    assert not has_time("no_shows", 40_000, 30_000)
    assert has_time("audit", 900_000, 61_000)
    assert not has_time("audit", 900_000, 60_000)
