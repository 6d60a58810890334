"""Codes that were sent and tries that were made, in the Patients table under names that tell nobody's number.

A row of a phone: the code that counts, how many tries it has left, when codes were sent and at whose request.
Rows of logins and of addresses on the net: what they did in ten minutes of the clock.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from teleconsult.platform import clock, dynamo, ids, rates, settings
from teleconsult.platform.dynamo import Item, Write
from teleconsult.platform.errors import TooMany
from teleconsult.sessions import rules
from teleconsult.sessions.rules import Sending

_CODE = "CODE"
_KEPT = timedelta(hours=1)  # after its end, for the cleaning only


@dataclass(frozen=True, slots=True)
class Tried:
    """A code that a try was counted against: its MAC, and how many more it has."""

    mac: str
    tries_left: int


@dataclass(frozen=True, slots=True)
class Put:
    """A code that counts for a phone now; `before`: the row as it was."""

    phone: str
    mac: str
    sendings: list[Sending]
    before: Item | None


def put_code(phone: str, digits: str, address: str, now: datetime) -> Put:
    """Let a code count for a phone (E.164), instead of any before it.

    Raises:
        TooMany: so many went to this phone, or were asked for from this address; nothing has changed.
    """
    by = _address_id(address)
    put: Put

    def writes() -> list[Write]:
        nonlocal put
        row = dynamo.get(settings.patients_table(), _pk(phone), _CODE)
        sendings = _sendings(row)
        if seconds := rules.wait(sendings, by, now):
            raise too_many_codes(seconds) if rules.at_hand(sendings, now) else codes_used_up(seconds)
        kept = [*rules.remembered(sendings, now), Sending(now, by)]
        put = Put(phone, ids.code_mac(settings.pepper(), phone, digits), kept, row)
        return [_code_put(put, now), _counted(_of_address(address), "CODES", rules.CODES_OF_ADDRESS, now)]

    try:
        dynamo.transact_as_read(writes, final={1})
    except dynamo.TransactionRefused:
        raise codes_of_address_used_up(now) from None
    return put


def take_sending_back(put: Put, now: datetime, *, never_taken: bool) -> None:
    """A code did not go out. `never_taken`: for sure, so what counted before it counts again; otherwise it
    may have arrived, and counts."""
    *others, last = put.sendings
    changes: dict[str, Any] = {"sent": _stored([*others, replace(last, failed=True)])}
    if never_taken:
        changes |= _code_before(put.before, now)
    with suppress(dynamo.ConditionFailed):  # another code was asked for meanwhile
        dynamo.write(
            dynamo.update(
                settings.patients_table(),
                _pk(put.phone),
                _CODE,
                set=changes,
                when="mac = :this AND attribute_not_exists(used_by)",
                this=put.mac,
            )
        )


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
                when="tries_left > :none AND good_until > :now AND attribute_not_exists(used_by)",
                none=0,
                now=clock.iso(now),
            )
        )
    except dynamo.ConditionFailed:
        return None
    return Tried(row["mac"], row["tries_left"])


def use_code(phone: str, mac: str, use: str) -> bool:
    """Use a code up; `use`: an id of this one use, since botocore writes again what it heard no answer to.
    False: somebody was faster, or another code counts now."""
    try:
        dynamo.write(
            dynamo.update(
                settings.patients_table(),
                _pk(phone),
                _CODE,
                set={"used_by": use},
                when="mac = :mac AND (attribute_not_exists(used_by) OR used_by = :use)",
                mac=mac,
                use=use,
            )
        )
    except dynamo.ConditionFailed:
        return False
    return True


def take_use_back(phone: str, use: str) -> None:
    """The right code has let nobody in, and counts on, with the try that it took."""
    with suppress(dynamo.ConditionFailed):  # another code counts now
        dynamo.write(
            dynamo.update(
                settings.patients_table(),
                _pk(phone),
                _CODE,
                add={"tries_left": 1},
                remove=["used_by"],
                when="used_by = :use",
                use=use,
            )
        )


def count_code_try(address: str, now: datetime) -> None:
    """Count one try of a patient's code, of an address on the net.

    Raises:
        TooMany: it has had all of its tries; nothing was counted.
    """
    try:
        dynamo.write(_counted(_of_address(address), "CODE_TRIES", rules.TRIES_OF_ADDRESS, now))
    except dynamo.ConditionFailed:
        raise too_many_tries(now) from None


def take_code_try_back(address: str, now: datetime) -> None:
    """What was counted at `now` was right."""
    _take_back(_of_address(address), "CODE_TRIES", now)


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
        _take_back(pk, "TRIES", now)


def too_many_codes(seconds: int) -> TooMany:
    return TooMany(
        "too_many_codes",
        "Код уже отправлен. Новый можно запросить позже; если СМС не приходит, позвоните нам",
        retry_after=seconds,
    )


def codes_used_up(seconds: int) -> TooMany:
    return TooMany(
        "codes_used_up",
        "Для этого номера за сутки запрошено слишком много кодов. Повторите позже или позвоните нам",
        retry_after=seconds,
    )


def codes_of_address_used_up(now: datetime) -> TooMany:
    return TooMany(
        "codes_of_address_used_up",
        "С вашего адреса запрошено слишком много кодов. Повторите через несколько минут или позвоните нам",
        retry_after=rates.rest(now),
    )


def too_many_tries(now: datetime) -> TooMany:
    message = "Слишком много попыток входа. Повторите позже"
    return TooMany("too_many_tries", message, retry_after=rates.rest(now))


def _code_put(put: Put, now: datetime) -> Write:
    """Refused where the row is not as it was read: what it says of a code may be written back."""
    item = {
        "pk": _pk(put.phone),
        "sk": _CODE,
        "mac": put.mac,
        "good_until": clock.iso(now + rules.LIFETIME),
        "tries_left": rules.TRIES,
        "sent": _stored(put.sendings),
        "expires_at": clock.epoch(now + rules.DAY + _KEPT),
    }
    seen = put.before
    if seen is None:
        return dynamo.put(settings.patients_table(), item, "attribute_not_exists(pk)")
    used = "used_by = :used" if "used_by" in seen else "attribute_not_exists(used_by)"
    values = {name: seen[name] for name in ("sent", "tries_left")}
    values |= {"used": seen["used_by"]} if "used_by" in seen else {}
    return dynamo.put(
        settings.patients_table(), item, f"#sent = :sent AND tries_left = :tries_left AND {used}", **values
    )


def _code_before(row: Item | None, now: datetime) -> Item:
    """What a row said of the code that counted; where none did, that none does."""
    if row is None or "used_by" in row:
        return {"good_until": clock.iso(now)}
    return {name: row[name] for name in ("mac", "good_until", "tries_left")}


def _sendings(row: Item | None) -> list[Sending]:
    stored = row["sent"] if row else []
    return [Sending(clock.parse(each["at"]), each["by"], each["failed"]) for each in stored]


def _stored(sendings: Sequence[Sending]) -> list[Item]:
    return [{"at": clock.iso(each.at), "by": each.by, "failed": each.failed} for each in sendings]


def _take_back(pk: str, what: str, now: datetime) -> None:
    with suppress(dynamo.ConditionFailed):  # its window has been cleaned away
        dynamo.write(rates.taken_back(settings.patients_table(), pk, what, now))


def _counted(pk: str, what: str, most: int, now: datetime) -> Write:
    return rates.counted(settings.patients_table(), pk, what, most, now)


def _pk(login: str) -> str:
    return f"SIGN_IN#{ids.login_id(settings.pepper(), login)}"


def _of_address(address: str) -> str:
    return f"SIGN_IN#{_address_id(address)}"


def _address_id(address: str) -> str:
    return ids.address_id(settings.pepper(), rates.caller(address))
