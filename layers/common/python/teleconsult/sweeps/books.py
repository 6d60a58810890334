"""The daily sweeps over money: the books against themselves, and against the provider (§5).

Both tell what they find by ids and amounts, in the log, in metrics that alarms wait for, and in their answer.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from teleconsult.ledger import store as ledger
from teleconsult.ledger.audit import audit as look_through
from teleconsult.payments.matching import Window
from teleconsult.payments.paying import settle_payment
from teleconsult.payments.reconciling import Repairs, reconcile, usual_window
from teleconsult.payments.refunding import settle_refund
from teleconsult.payments.yookassa import Provider
from teleconsult.platform.observability import logger, metrics
from teleconsult.platform.tally import Tally

_MOST_TOLD = 1000  # a Lambda's answer has 6 MB, and whoever reads more than this will not do it by hand

REPAIRS = Repairs(payment=settle_payment, refund=settle_refund)


@dataclass(slots=True)
class Compared(Tally):
    """Counts, and the findings by ids, kinds and amounts (kopecks); the first thousand of them.

    The audit counts rows: `found` were read, `done` of them fit, `failed` are findings, `left` is 1 where
    time was not enough. Reconciliation counts differences: `found`, of them repaired (`done`) and
    unexplained (`failed`), and suspected but `left` for want of time.
    """

    findings: tuple[dict[str, Any], ...] = ()


def audit(now: datetime, has_time: Callable[[], bool]) -> Compared:
    """Replay all transfers and compare every balance and lot with what is stored."""
    report = look_through(ledger.rows, has_time)
    for finding in report.findings[:_MOST_TOLD]:
        logger.error("the books do not fit", **asdict(finding))
    failed = len(report.findings)
    _count("LedgerDisagreements", failed)
    return Compared(
        found=report.rows,
        done=max(report.rows - failed, 0) if report.complete else 0,
        failed=failed,
        left=0 if report.complete else 1,
        findings=tuple(asdict(each) for each in report.findings[:_MOST_TOLD]),
    )


def reconciliation(
    provider: Provider, now: datetime, has_time: Callable[[], bool], window: Window | None = None
) -> Compared:
    """Compare the provider with the books over the last days, or over a window; repair what can be."""
    report = reconcile(window or usual_window(now), provider, REPAIRS, now, has_time)
    repaired, unexplained = report.count("repaired"), report.count("unexplained")
    _count("ReconciliationDifferences", unexplained)
    _count("ReconciliationRepaired", repaired)
    told = [{**asdict(each.difference), "outcome": each.outcome} for each in report.found]
    return Compared(
        found=repaired + unexplained + report.left,
        done=repaired,
        failed=unexplained,
        left=report.left,
        findings=tuple(told[:_MOST_TOLD]),
    )


def _count(name: str, value: int) -> None:
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
