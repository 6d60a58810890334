"""How many new bookings one address on the net may make: API Gateway's throttle is shared by all callers.

The address itself is stored nowhere: its counter has a name that only the clinic's pepper can make.
"""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from teleconsult.platform import clock, dynamo, ids, settings
from teleconsult.platform.errors import TooMany

WINDOW = timedelta(minutes=10)

_NETWORK_OF_ONE_CALLER = 64  # bits of IPv6: whoever has an address has all that begin like it
_KEPT = timedelta(hours=1)  # after the window, for the cleaning only


def window(now: datetime) -> tuple[datetime, datetime]:
    """The ten minutes of the clock that `now` is in: their start and their end, UTC."""
    start = datetime.fromtimestamp(clock.epoch(now) // WINDOW.seconds * WINDOW.seconds, UTC)
    return start, start + WINDOW


def caller(address: str) -> str:
    """Whom an address stands for: an IPv4 address for itself, an IPv6 address for its network."""
    parsed = ip_address(address)
    if not isinstance(parsed, IPv6Address):
        return address
    return str(parsed.ipv4_mapped or ip_network((parsed, _NETWORK_OF_ONE_CALLER), strict=False))


def count_booking(address: str, limit: int, now: datetime) -> None:
    """Count one new booking of an address; `limit`: in ten minutes.

    Raises:
        TooMany: they are used up; nothing was counted.
    """
    start, end = window(now)
    try:
        dynamo.write(
            dynamo.update(
                settings.bookings_table(),
                f"RATE#{ids.address_id(settings.pepper(), caller(address))}",
                clock.iso(start),
                add={"bookings": 1},
                set={"expires_at": clock.epoch(end + _KEPT)},
                when="attribute_not_exists(#bookings) OR #bookings < :limit",
                limit=limit,
            )
        )
    except dynamo.ConditionFailed:
        raise used_up(now) from None


def used_up(now: datetime) -> TooMany:
    return TooMany(
        "too_many_bookings",
        "С вашего адреса слишком много записей подряд. Повторите через несколько минут или позвоните нам",
        retry_after=(window(now)[1] - now).seconds,
    )
