"""A holder signs in: by the code in the SMS, or by the link to a booking that waits for them (S12)."""

import hmac
import secrets
from datetime import datetime
from typing import NoReturn

from teleconsult.booking import rules as booking_rules
from teleconsult.booking import store as bookings
from teleconsult.notices.senders import send_sms
from teleconsult.notices.undelivered import NeverTaken, Undelivered
from teleconsult.people import store as people_store
from teleconsult.platform import clock, ids, settings
from teleconsult.platform.checks import refuse
from teleconsult.platform.errors import NotFound, Unavailable
from teleconsult.platform.observability import count, logger
from teleconsult.sessions import cognito, rules, store
from teleconsult.sessions.cognito import Tokens


def send_code(phone: str, address: str, now: datetime) -> None:
    """Send a code to a mobile number (E.164). Whether it has an account makes no difference: nobody asks.

    Raises:
        TooMany: to this phone, or from this address on the net; nothing was sent.
        Unavailable: it did not go out.
    """
    digits = f"{secrets.randbelow(10**rules.DIGITS):0{rules.DIGITS}}"
    put = store.put_code(phone, digits, address, now)
    try:
        send_sms(phone, rules.message(digits))
    except Undelivered as error:
        store.take_sending_back(put, now, never_taken=isinstance(error, NeverTaken))
        logger.warning("code not delivered", error=error.code)
        raise Unavailable("code_not_sent", "СМС сейчас не отправляется. Повторите позже") from None
    count("SignInCodeSent")


def by_code(phone: str, digits: str, address: str, now: datetime) -> Tokens:
    """The session of whoever types the code that was sent to a phone (E.164); a code is good for one.

    Raises:
        Invalid: a wrong code, or none that counts.
        TooMany: too many wrong ones from this address on the net, or Cognito has too much to do.
        Forbidden: the account is disabled.
        Unavailable: Cognito did not let them in; the code counts on.
    """
    store.count_code_try(address, now)
    tried = store.try_code(phone, now)
    if tried is None:
        _refused("code", "code_over", "Код больше не действует. Запросите новый")
    mac = ids.code_mac(settings.pepper(), phone, digits)
    if not hmac.compare_digest(mac.encode(), tried.mac.encode()):
        left = f"Осталось попыток: {tried.tries_left}" if tried.tries_left else "Запросите новый"
        _refused("code", "wrong_code", f"Неверный код. {left}")
    use = secrets.token_hex(16)
    if not store.use_code(phone, mac, use):
        _refused("code", "code_over", "Код больше не действует. Запросите новый")
    try:
        store.take_code_try_back(address, now)
        return _let_in(phone, now)
    except Exception:
        store.take_use_back(phone, use)
        raise


def by_link(booking_id: str, token: str, now: datetime) -> Tokens:
    """The session of the holder whom a link was sent to, while their booking is unpaid and its hold lasts.

    Raises:
        Invalid: no such link, or not any more: it does not say which.
        Forbidden: the account is disabled.
    """
    if not ids.is_link_token(settings.pepper(), booking_id, token) or not _waits(booking_id, now):
        _refused("link", "link_over", "Ссылка больше не действует. Войдите по коду из СМС")
    return _let_in(people_store.load(booking_id).holder.phone, now)


def _waits(booking_id: str, now: datetime) -> bool:
    try:
        return booking_rules.waits_for_patient(bookings.load_row(booking_id), now)
    except NotFound:
        return False


def _let_in(phone: str, now: datetime) -> Tokens:
    pool = settings.patients_pool()
    username = cognito.holders_account(pool[0], phone)
    until = clock.iso(now + rules.TICKET_LIFETIME)
    tokens = cognito.let_in(pool, username, ids.ticket(settings.ticket_key(), username, until))
    count("SignedIn")
    return tokens


def _refused(field: str, code: str, message: str) -> NoReturn:
    count("SignInRefused")
    refuse(field, code, message)
