"""What the clinic's staff call. Who did what is logged, with ids only."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsult.api import callback_views, views
from teleconsult.api.internal import (
    bookings,
    callbacks,
    catalogue,
    changes,
    desk,
    doctors,
    figures,
    history,
    money,
    outcomes,
)
from teleconsult.callbacks.asking import CallbackOpen
from teleconsult.intake.application import SlotTaken
from teleconsult.platform.http import Api
from teleconsult.platform.observability import logger

_SUBJECTS = (catalogue, bookings, outcomes, changes, doctors, money, figures, desk, history, callbacks)

api = Api(
    {SlotTaken: views.slot_taken, CallbackOpen: callback_views.callback_open},
    parts=[subject.api for subject in _SUBJECTS],
)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event)
