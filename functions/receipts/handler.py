"""Fiscal receipts: the ledger's stream asks for them, the schedule carries on with what is due (§5, 54-FZ).

Both in one function, so that no other one needs the provider's secret and the people's e-mail for it.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsult.payments.installation import provider
from teleconsult.platform import clock, dynamo
from teleconsult.platform.observability import logger, metrics
from teleconsult.receipts import making
from teleconsult.receipts.model import FiscalReceipt

# The longest a receipt takes: its refund, the receipts made before, and the receipt, 26 seconds each.
_RESERVE_MILLISECONDS = 80_000


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    def has_time() -> bool:
        return context.get_remaining_time_in_millis() > _RESERVE_MILLISECONDS

    return _carry_on(event, has_time) if "sweep" in event else _follow(event["Records"], has_time)


def _follow(records: list[dict[str, Any]], has_time: Callable[[], bool]) -> dict[str, Any]:
    """Write all down first, then try each once. Answers which records to hand over again: what is written
    down is due, and whatever becomes of the try, the schedule sees to it."""
    failed, written = [], []
    for record in records:
        change = record["dynamodb"]
        transfer_id = dynamo.unmarshal(change["Keys"])["pk"].removeprefix("TRANSFER#")
        try:
            written += making.write_down(transfer_id, clock.now())
        except Exception as error:  # whatever it is: the next record has a right to be tried
            logger.error("receipt not written down", transfer_id=transfer_id, error=type(error).__qualname__)
            failed.append({"itemIdentifier": change["SequenceNumber"]})
    for receipt in written:
        if not receipt.tries and has_time():
            _try(receipt)
    return {"batchItemFailures": failed}


def _try(receipt: FiscalReceipt) -> None:
    try:
        status = making.make(receipt, provider(), clock.now())
        logger.info("receipt", receipt_id=receipt.owed.receipt_id, status=status)
    except Exception as error:
        logger.error("receipt not tried", receipt_id=receipt.owed.receipt_id, error=type(error).__qualname__)


def _carry_on(event: dict[str, str], has_time: Callable[[], bool]) -> dict[str, int]:
    metrics.add_dimension(name="sweep", value=event["sweep"])
    tally = asdict(making.carry_on(provider(), clock.parse(event["scheduled_for"]), has_time))
    for name, number in tally.items():
        metrics.add_metric(name=f"Sweep{name.capitalize()}", unit=MetricUnit.Count, value=number)
    metrics.flush_metrics()
    logger.info("swept", **tally)
    return tally
