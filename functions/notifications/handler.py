"""Sends what the outbox holds: one stream record is one notice, and a bad one never holds up the rest."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsult.notices.sending import send
from teleconsult.platform import clock, dynamo
from teleconsult.platform.observability import logger


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, list[dict[str, str]]]:
    """Answers which records to hand over again. Powertools' BatchProcessor would do, and cost 120 ms more."""
    changes = [record["dynamodb"] for record in event["Records"]]
    failed = [change["SequenceNumber"] for change in changes if not _sent(change)]
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}


def _sent(change: dict[str, Any]) -> bool:
    keys = dynamo.unmarshal(change["Keys"])
    try:
        send(keys, clock.now())
    except Exception as error:  # whatever it is: the next record has a right to be tried
        logger.error("notice not sent", key=keys, error=type(error).__qualname__)
        return False
    return True
