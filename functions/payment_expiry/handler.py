"""PaymentExpiry: ends an unpaid hold and frees its slot, unless the payment was faster."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsult.booking import workflow
from teleconsult.payments.installation import provider
from teleconsult.payments.paying import end_hold
from teleconsult.platform import clock
from teleconsult.platform.observability import logger


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, str], context: LambdaContext) -> dict[str, str]:
    logger.append_keys(booking_id=event["booking_id"])
    return workflow.report(end_hold(event["booking_id"], provider, clock.now()))
