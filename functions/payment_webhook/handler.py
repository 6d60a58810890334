"""Hears of payments and refunds. What is said is a hint: the provider is asked, and that is booked (§6)."""

import hmac
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsult.payments.installation import provider
from teleconsult.payments.paying import settle_payment
from teleconsult.payments.refunding import settle_refund
from teleconsult.payments.rules import comes_from
from teleconsult.platform import clock, settings
from teleconsult.platform.errors import NotFound
from teleconsult.platform.http import Api, Malformed, Request
from teleconsult.platform.observability import count, logger

api = Api()

_PAYMENT = "payment"
_REFUND = "refund"


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event)


@api.operation("POST /payments/notifications/{path}", answer=None)
def hear_of_payment(request: Request) -> None:
    """A payment's or a refund's state has changed. Anything but 200 is said again by the provider for 24
    hours."""
    if not comes_from(request.ip, settings.provider_networks()):
        raise NotFound("Такого адреса нет")
    genuine = settings.provider_secret()["webhook_path"]
    if not hmac.compare_digest(genuine.encode(), request.path["path"].encode()):
        raise NotFound("Такого адреса нет")
    kind, object_id = _said_of(request.json())
    logger.append_keys(about=kind, object_id=object_id)
    try:
        if kind == _PAYMENT:
            settle_payment(object_id, provider(), clock.now())
        elif kind == _REFUND and not settle_refund(object_id, provider(), clock.now()):
            # Made at the provider's desk, say: to hear it again would help nobody.
            logger.warning("a refund that is not ours")
            count("RefundNotOurs")
    except NotFound:
        # Made up, another shop's, or not of our making: nothing has changed, and somebody should know.
        logger.warning("notification refused")
        count("NotificationRefused")
        raise


def _said_of(said: Any) -> tuple[str, str]:
    """All of a notification that is read: of what kind of thing it is, and its id."""
    match said:
        case {"event": str(event), "object": {"id": str(object_id)}}:
            return event.partition(".")[0], object_id
        case {"object": {"id": str(object_id)}}:
            return _PAYMENT, object_id
    raise Malformed
