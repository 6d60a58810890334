"""Whom a limit counts, and when: API Gateway's own throttle is shared by all callers."""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from teleconsult.platform import clock

WINDOW = timedelta(minutes=10)

_NETWORK_OF_ONE_CALLER = 64  # bits of IPv6: whoever has an address has all that begin like it


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
