"""The sweeps, when the schedule says so: `{"sweep": …, "scheduled_for": …}`; counts what they did.

`reconciliation` may be asked about other days than its usual ones: `"from"` until before `"to"`, UTC.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsult.figures import counting
from teleconsult.payments.installation import provider
from teleconsult.payments.matching import Window
from teleconsult.platform import clock
from teleconsult.platform.observability import logger, metrics
from teleconsult.platform.tally import Tally
from teleconsult.sweeps import books, sweeping

HasTime = Callable[[], bool]


def _reconciliation(now: datetime, has_time: HasTime, **days: Window) -> Tally:
    return books.reconciliation(provider(), now, has_time, **days)


_SWEEPS: dict[str, Callable[..., Tally]] = {
    "no_shows": sweeping.no_shows,
    "reminders": sweeping.reminders,
    "lost_executions": sweeping.lost_executions,
    "open_payments": sweeping.open_payments,
    "documents": sweeping.documents,
    "refunds": sweeping.refunds,
    "callbacks": sweeping.callbacks,
    "notices": sweeping.notices,
    "figures": counting.count,
    "audit": books.audit,
    "reconciliation": _reconciliation,
}
# For the booking at hand, the provider asked about it, and for counting what is left.
_RESERVE_MILLISECONDS = 30_000
# What runs every few minutes ends before it runs again. What looks through everything has the function's
# whole time, but for one call of a provider that is slow to answer, asked three times.
_BUDGET_MILLISECONDS = 120_000
_WHOLE = frozenset({"audit", "reconciliation"})
_WHOLE_RESERVE_MILLISECONDS = 60_000


class UnknownSweep(ValueError):
    """Nobody's sweep: the message names those that there are."""


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, str], context: LambdaContext) -> dict[str, Any]:
    name = event["sweep"]
    if name not in _SWEEPS:
        raise UnknownSweep(", ".join(_SWEEPS))
    logger.append_keys(sweep=name)
    metrics.add_dimension(name="sweep", value=name)
    now = clock.parse(event["scheduled_for"])
    swept = asdict(_SWEEPS[name](now, _has_time(name, context), **_days(event)))
    counts = {each: count for each, count in swept.items() if each != "findings"}
    for each, count in counts.items():
        metrics.add_metric(name=f"Sweep{each.capitalize()}", unit=MetricUnit.Count, value=count)
    logger.info("swept", **counts)
    return swept


def _has_time(name: str, context: LambdaContext) -> HasTime:
    given = context.get_remaining_time_in_millis()
    until = _WHOLE_RESERVE_MILLISECONDS
    if name not in _WHOLE:
        until = max(given - _BUDGET_MILLISECONDS, 0) + _RESERVE_MILLISECONDS
    return lambda: context.get_remaining_time_in_millis() > until


def _days(event: dict[str, str]) -> dict[str, Window]:
    if "from" not in event:
        return {}
    return {"window": Window(date.fromisoformat(event["from"]), date.fromisoformat(event["to"]))}
