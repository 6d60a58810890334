"""How many new bookings one address on the net may make.

The address itself is stored nowhere: its counter has a name that only the clinic's pepper can make.
"""

from datetime import datetime

from teleconsult.platform import dynamo, ids, rates, settings
from teleconsult.platform.errors import TooMany


def count_booking(address: str, limit: int, now: datetime) -> None:
    """Count one new booking of an address; `limit`: in ten minutes.

    Raises:
        TooMany: they are used up; nothing was counted.
    """
    pk = f"RATE#{ids.address_id(settings.pepper(), rates.caller(address))}"
    try:
        dynamo.write(rates.counted(settings.bookings_table(), pk, "BOOKINGS", limit, now))
    except dynamo.ConditionFailed:
        raise used_up(now) from None


def used_up(now: datetime) -> TooMany:
    return TooMany(
        "too_many_bookings",
        "С вашего адреса слишком много записей подряд. Повторите через несколько минут или позвоните нам",
        retry_after=rates.rest(now),
    )
