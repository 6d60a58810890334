"""Codes that were sent and tries that were made, in the Patients table under names that tell nobody's number.

A row of a phone: the code that counts, how many tries it has left, when codes were sent. Rows of logins and
of addresses on the net: what they did in ten minutes of the clock.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from teleconsult.platform import clock, dynamo, ids, rates, settings
from teleconsult.platform.dynamo import Item, Write
from teleconsult.platform.errors import TooMany
from teleconsult.sessions import rules

_CODE = "CODE"
_KEPT = timedelta(hours=1)  # after its end, for the cleaning only


@dataclass(frozen=True, slots=True)
class Tried:
    """A code that a try was counted against: its MAC, and how many more it has."""

    mac: str
    tries_left: int


def put_code(phone: str, digits: str, address: str, now: datetime) -> None:
    """Let a code count for a phone (E.164), instead of any before it.

    Raises:
        TooMany: so many went to this phone, or were asked for from this address; nothing has changed.
    """

    def writes() -> list[Write]:
        row = dynamo.get(settings.patients_table(), _pk(phone), _CODE)
        sent = [clock.parse(each) for each in row["sent"]] if row else []
        if seconds := rules.wait(sent, now):
            raise too_many_codes(seconds)
        return [
            _code_put(phone, digits, row, rules.remembered(sent, now), now),
            _counted(_of_address(address), "CODES", rules.CODES_OF_ADDRESS, now),
        ]

    try:
        dynamo.transact_as_read(writes, final={1})
    except dynamo.TransactionRefused:
        raise too_many_codes(rates.rest(now)) from None


def try_code(phone: str, now: datetime) -> Tried | None:
    """Count one try of a phone's code before anybody looks at it: however many come at once, there are no
    more than `rules.TRIES`. None: no code counts any more."""
    try:
        row = dynamo.updated(
            dynamo.update(
                settings.patients_table(),
                _pk(phone),
                _CODE,
                add={"tries_left": -1},
                when="tries_left > :none AND good_until > :now AND attribute_not_exists(used_at)",
                none=0,
                now=clock.iso(now),
            )
        )
    except dynamo.ConditionFailed:
        return None
    return Tried(row["mac"], row["tries_left"])


def use_code(phone: str, mac: str, now: datetime) -> bool:
    """Use a code up. False: somebody was faster, or another code counts now."""
    try:
        dynamo.write(
            dynamo.update(
                settings.patients_table(),
                _pk(phone),
                _CODE,
                set={"used_at": clock.iso(now)},
                when="mac = :mac AND attribute_not_exists(used_at)",
                mac=mac,
            )
        )
    except dynamo.ConditionFailed:
        return False
    return True


def count_try(login: str, address: str, now: datetime) -> None:
    """Count one try to prove who one is, of a login (e-mail address) and of an address on the net.

    Raises:
        TooMany: either has had all of its tries; nothing was counted.
    """
    try:
        dynamo.transact(
            [
                _counted(_pk(login.lower()), "TRIES", rules.TRIES_OF_LOGIN, now),
                _counted(_of_address(address), "TRIES", rules.TRIES_OF_ADDRESS, now),
            ]
        )
    except dynamo.TransactionRefused:
        raise too_many_tries(now) from None


def take_try_back(login: str, address: str, now: datetime) -> None:
    """What was counted at `now` was right."""
    for pk in (_pk(login.lower()), _of_address(address)):
        with suppress(dynamo.ConditionFailed):  # its window has been cleaned away
            dynamo.write(rates.taken_back(settings.patients_table(), pk, "TRIES", now))


def too_many_codes(seconds: int) -> TooMany:
    return TooMany(
        "too_many_codes",
        "Код уже отправлен. Новый можно запросить позже; если СМС не приходит, позвоните нам",
        retry_after=seconds,
    )


def too_many_tries(now: datetime) -> TooMany:
    message = "Слишком много попыток входа. Повторите позже"
    return TooMany("too_many_tries", message, retry_after=rates.rest(now))


def _code_put(phone: str, digits: str, seen: Item | None, sent: list[datetime], now: datetime) -> Write:
    item = {
        "pk": _pk(phone),
        "sk": _CODE,
        "mac": ids.code_mac(settings.pepper(), phone, digits),
        "good_until": clock.iso(now + rules.LIFETIME),
        "tries_left": rules.TRIES,
        "sent": [clock.iso(each) for each in sent],
        "expires_at": clock.epoch(now + rules.LONGEST + _KEPT),
    }
    if seen is None:
        return dynamo.put(settings.patients_table(), item, "attribute_not_exists(pk)")
    return dynamo.put(settings.patients_table(), item, "#sent = :seen", seen=seen["sent"])


def _counted(pk: str, what: str, most: int, now: datetime) -> Write:
    return rates.counted(settings.patients_table(), pk, what, most, now)


def _pk(login: str) -> str:
    return f"SIGN_IN#{ids.login_id(settings.pepper(), login)}"


def _of_address(address: str) -> str:
    return f"SIGN_IN#{ids.address_id(settings.pepper(), rates.caller(address))}"
