"""Looks at what was uploaded: one event of the bucket is one upload, which is kept or removed."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsult.intake.arrival import Ended, take_in
from teleconsult.platform import clock
from teleconsult.platform.observability import logger


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, str]:
    key = event["detail"]["object"]["key"]
    ended = take_in(key, clock.now())
    log = logger.warning if ended is Ended.UNKNOWN else logger.info
    log("upload looked at", upload=key, ended=ended)
    return {"ended": ended}
