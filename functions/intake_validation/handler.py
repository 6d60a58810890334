"""IntakeValidation and LookAgain: checks the stored booking again and says where it stands."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsult.booking import workflow
from teleconsult.intake.recheck import recheck
from teleconsult.platform import clock
from teleconsult.platform.observability import logger


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, str], context: LambdaContext) -> dict[str, str]:
    logger.append_keys(booking_id=event["booking_id"])
    return workflow.report(recheck(event["booking_id"], clock.now()))
