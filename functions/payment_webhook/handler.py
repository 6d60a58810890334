"""Hears of payments. What is said is a hint: the payment is asked for at the provider, and booked (§6)."""

import hmac
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsult.payments.installation import provider
from teleconsult.payments.paying import settle_payment
from teleconsult.platform import clock, settings
from teleconsult.platform.errors import NotFound
from teleconsult.platform.http import Api, Malformed, Request
from teleconsult.platform.observability import count, logger

api = Api()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event)


@api.operation("POST /payments/notifications/{path}", answer=None)
def hear_of_payment(request: Request) -> None:
    """A payment's state has changed. Anything but 200 is said again by the provider for 24 hours."""
    if not _from_provider(request.ip):
        raise NotFound("Такого адреса нет")
    genuine = settings.provider_secret()["webhook_path"]
    if not hmac.compare_digest(genuine.encode(), request.path["path"].encode()):
        raise NotFound("Такого адреса нет")
    payment_id = _payment_id(request.json())
    if payment_id is None:
        return
    logger.append_keys(payment_id=payment_id)
    try:
        settle_payment(payment_id, provider(), clock.now())
    except NotFound:
        # Made up, another shop's, or not of our making: nothing has changed, and somebody should know.
        logger.warning("notification refused")
        count("NotificationRefused")
        raise


def _from_provider(address: str) -> bool:
    """Whether the address is one of the provider's, where the installation says which these are (§6)."""
    networks = settings.provider_networks()
    if not networks:
        return True
    from ipaddress import ip_address, ip_network  # 5 ms of a cold start, for whoever wants them

    return any(ip_address(address) in ip_network(each) for each in networks)


def _payment_id(said: Any) -> str | None:
    """The one thing of a notification that is read; None where it is of something else, such as a refund."""
    match said:
        case {"event": str(event)} if not event.startswith("payment."):
            return None
        case {"object": {"id": str(payment_id)}}:
            return payment_id
    raise Malformed
