"""What the site's form and the cabinet call."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsult.api import callback_views, views
from teleconsult.api.public import cabinet, callbacks, clinic, money, site
from teleconsult.callbacks.asking import CallbackOpen
from teleconsult.intake.application import SlotTaken
from teleconsult.platform.http import Api
from teleconsult.platform.observability import logger

api = Api(
    {SlotTaken: views.slot_taken, CallbackOpen: callback_views.callback_open},
    parts=[subject.api for subject in (clinic, site, cabinet, money, callbacks)],
)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event)
