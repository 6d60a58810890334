"""When a code is sent and how long it counts, which passwords are good, who may ask at all. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from teleconsult.platform.checks import refuse

DIGITS = 6
LIFETIME = timedelta(minutes=10)
TRIES = 5

CODES_OF_PHONE = ((timedelta(minutes=1), 1), (timedelta(minutes=10), 3))
"""At most so many codes to one number within any such time, whoever asks."""
DAY = timedelta(days=1)
CODES_OF_PHONE_A_DAY, CODES_FOR_ONE_ADDRESS_A_DAY = 30, 10
"""To one number in any 24 hours: whoever asks, and at one address's request, so that a stranger does not use
up what its holder may ask for."""
CODES_OF_ADDRESS = 100
"""Codes that one address on the net may ask for in ten minutes: a mobile operator's customers share one."""
TRIES_OF_LOGIN, TRIES_OF_ADDRESS = 10, 100
"""In ten minutes: wrong passwords and one-time codes of one of the staff; of one address on the net as many
of the staff's, and as many wrong codes of patients."""

TICKET_LIFETIME = timedelta(minutes=1)

SHORTEST_PASSWORD = 12
FIRST_PASSWORD_DAYS = 3


@dataclass(frozen=True, slots=True)
class Sending:
    """A code that was to go to a number. `by`: whose request it was (`ids.address_id`). `failed`: it did not
    go out, as far as anybody knows."""

    at: datetime
    by: str
    failed: bool = False


def wait(sendings: Sequence[Sending], by: str, now: datetime) -> int:
    """In how many seconds another code may go to the number of these at this address's request; 0: at once.

    What failed keeps nobody waiting, but counts for the number's day: each code is five more guesses.
    """
    sent = [each.at for each in sendings if not each.failed]
    by_them = [each.at for each in sendings if not each.failed and each.by == by]
    limits = [(sent, length, most) for length, most in CODES_OF_PHONE]
    limits += [
        (by_them, DAY, CODES_FOR_ONE_ADDRESS_A_DAY),
        ([each.at for each in sendings], DAY, CODES_OF_PHONE_A_DAY),
    ]
    return max(_wait(*each, now) for each in limits)


def _wait(moments: Sequence[datetime], length: timedelta, most: int, now: datetime) -> int:
    within = sorted(each for each in moments if each > now - length)
    return int((within[-most] + length - now).total_seconds()) if len(within) >= most else 0


def at_hand(sendings: Sequence[Sending], now: datetime) -> bool:
    """Whether a code that went out is so new that it may still count."""
    return any(not each.failed and each.at > now - LIFETIME for each in sendings)


def remembered(sendings: Sequence[Sending], now: datetime) -> list[Sending]:
    """Of what was sent that which still limits."""
    return [each for each in sendings if each.at > now - DAY]


def typed(code: str) -> str:
    """A code as people type it, without the spaces."""
    return "".join(code.split())


def sms_code(given: str | None) -> str:
    """A code as it was sent, if it may be one: what is none costs no try.

    Raises:
        Invalid: at `code`.
    """
    digits = typed(given or "")
    if not (len(digits) == DIGITS and digits.isascii() and digits.isdecimal()):
        refuse("code", "code", f"Введите {DIGITS} цифр из СМС")
    return digits


def message(digits: str) -> str:
    """What the SMS says."""
    return f"Код входа: {digits}. Никому его не сообщайте."


def weak_password(password: str) -> bool:
    """Whether the staff's pool would refuse it (`StaffPool` of the template)."""
    kinds = (str.islower, str.isupper, str.isdecimal)
    return len(password) < SHORTEST_PASSWORD or not all(any(map(kind, password)) for kind in kinds)


def from_our_page(content_type: str, origin: str | None, cabinet_url: str) -> bool:
    """Whether a request may come from a page of ours, as far as its headers tell.

    JSON is what a form of another site cannot send without asking first, and a browser says of what origin
    the page is. Whoever is no browser says nothing, and has no cookie that somebody else could misuse.
    """
    is_json = content_type.partition(";")[0].strip().lower() == "application/json"
    return is_json and (origin is None or urlsplit(origin)[:2] == urlsplit(cabinet_url)[:2])
