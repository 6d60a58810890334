"""How many new bookings one address on the net may make.

The address itself is stored nowhere: its counter has a name that only the clinic's pepper can make.
"""

from datetime import datetime, timedelta

from teleconsult.platform import clock, dynamo, ids, settings
from teleconsult.platform.errors import TooMany
from teleconsult.platform.rates import caller, window

_KEPT = timedelta(hours=1)  # after the window, for the cleaning only


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
