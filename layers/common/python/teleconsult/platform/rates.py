"""Whom a limit counts, when, and how: API Gateway's own throttle is shared by all callers.

A counter is a row under what it counts, for ten minutes of the clock.
"""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from teleconsult.platform import clock, dynamo
from teleconsult.platform.dynamo import Write

WINDOW = timedelta(minutes=10)
_KEPT = timedelta(hours=1)  # after the window, for the cleaning only

_NETWORK_OF_ONE_CALLER = 64  # bits of IPv6: whoever has an address has all that begin like it


def window(now: datetime) -> tuple[datetime, datetime]:
    """The ten minutes of the clock that `now` is in: their start and their end, UTC."""
    start = datetime.fromtimestamp(clock.epoch(now) // WINDOW.seconds * WINDOW.seconds, UTC)
    return start, start + WINDOW


def rest(now: datetime) -> int:
    """In how many seconds the ten minutes of `now` are over."""
    return int((window(now)[1] - now).total_seconds())


def counted(table: str, pk: str, what: str, most: int, now: datetime) -> Write:
    """Count one more; refused where there were `most` in these ten minutes."""
    return dynamo.update(
        table,
        pk,
        _row(what, now),
        add={"made": 1},
        set={"expires_at": clock.epoch(window(now)[1] + _KEPT)},
        when="attribute_not_exists(made) OR made < :most",
        most=most,
    )


def taken_back(table: str, pk: str, what: str, now: datetime) -> Write:
    """Count one less, of what was counted at `now`; refused where its row has been cleaned away."""
    return dynamo.update(table, pk, _row(what, now), add={"made": -1}, when="made > :none", none=0)


def _row(what: str, now: datetime) -> str:
    return f"{what}#{clock.iso(window(now)[0])}"


def caller(address: str) -> str:
    """Whom an address stands for: an IPv4 address for itself, an IPv6 address for its network."""
    parsed = ip_address(address)
    if not isinstance(parsed, IPv6Address):
        return address
    return str(parsed.ipv4_mapped or ip_network((parsed, _NETWORK_OF_ONE_CALLER), strict=False))
