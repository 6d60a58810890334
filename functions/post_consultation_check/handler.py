"""PostConsultationCheck: reads the word about the consultation, or says `unknown` after the deadline."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsult.booking import rules, workflow
from teleconsult.booking.model import Stands
from teleconsult.outcomes.saying import final_word
from teleconsult.platform import clock
from teleconsult.platform.observability import logger


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, str], context: LambdaContext) -> dict[str, str]:
    logger.append_keys(booking_id=event["booking_id"])
    record = final_word(event["booking_id"], clock.now())
    if rules.stands(record) is Stands.OUTCOME_KNOWN:
        return workflow.report(record, rules.verdict(record))
    return workflow.report(record)
