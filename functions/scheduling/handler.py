"""Scheduling: contract number, place to meet and confirmations for a paid booking."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsult.booking import workflow
from teleconsult.booking.model import Stands
from teleconsult.platform import clock
from teleconsult.platform.observability import logger
from teleconsult.scheduling.schedule import schedule


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, str], context: LambdaContext) -> dict[str, str]:
    logger.append_keys(booking_id=event["booking_id"])
    record = schedule(event["booking_id"], clock.now())
    return workflow.report_step(record, Stands.AWAITING_OUTCOME, Stands.OUTCOME_KNOWN)
