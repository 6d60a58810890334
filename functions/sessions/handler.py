"""Signing in, going on, signing out. The browser speaks with us alone: tokens come from Cognito behind us."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsult.api.sessions import patients, staff
from teleconsult.platform.http import Api
from teleconsult.platform.observability import logger

api = Api(parts=[subject.api for subject in (patients, staff)])


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event)
