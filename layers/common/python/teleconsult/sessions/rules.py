"""When a code is sent and how long it counts, which passwords are good, who may ask at all. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from teleconsult.platform.checks import refuse

DIGITS = 6
LIFETIME = timedelta(minutes=10)
TRIES = 5

CODES_OF_PHONE = ((timedelta(minutes=1), 1), (timedelta(minutes=10), 3), (timedelta(days=1), 10))
"""At most so many codes to one number within any such time."""
LONGEST = max(length for length, _ in CODES_OF_PHONE)
CODES_OF_ADDRESS = 100
"""Codes that one address on the net may ask for in ten minutes: a mobile operator's customers share one."""
TRIES_OF_LOGIN, TRIES_OF_ADDRESS = 10, 100
"""Wrong passwords and one-time codes of one of the staff, and of one address on the net, in ten minutes."""

TICKET_LIFETIME = timedelta(minutes=1)

SHORTEST_PASSWORD = 12


def wait(sent: Sequence[datetime], now: datetime) -> int:
    """In how many seconds another code may go to a number that codes were `sent` to; 0: at once."""
    waits = [0]
    for length, most in CODES_OF_PHONE:
        within = sorted(each for each in sent if each > now - length)
        if len(within) >= most:
            waits.append(int((within[-most] + length - now).total_seconds()))
    return max(waits)


def remembered(sent: Sequence[datetime], now: datetime) -> list[datetime]:
    """Of the moments that codes were sent at those that still limit, and this one."""
    return [*(each for each in sent if each > now - LONGEST), now]


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
