"""BalanceCredit: the price of a consultation not held goes to the holder's balance."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsult.booking import workflow
from teleconsult.booking.model import Stands
from teleconsult.outcomes.settling import credit_balance
from teleconsult.platform import clock
from teleconsult.platform.observability import logger


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, str], context: LambdaContext) -> dict[str, str]:
    logger.append_keys(booking_id=event["booking_id"])
    record = credit_balance(event["booking_id"], clock.now())
    return workflow.report_step(record, Stands.OVER)
