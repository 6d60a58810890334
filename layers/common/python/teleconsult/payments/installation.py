"""The payment provider of this installation: one client a process, another one when its secret changes."""

from functools import cache

from teleconsult.payments.yookassa import Provider
from teleconsult.platform import settings


def provider() -> Provider:
    secret = settings.provider_secret()
    return _provider(settings.provider_url(), secret["shop_id"], secret["secret_key"])


_provider = cache(Provider)
