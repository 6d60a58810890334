"""Phone numbers and e-mail addresses (§3).

Apart from `rules`, because the two libraries are heavy and only the entrances need them.
"""

import re

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from teleconsult.people.rules import text
from teleconsult.platform.checks import refuse

_HOME = "RU"  # the country of a number typed without one
_NOT_IN_PHONE = re.compile(r"[^0-9+()\s.\-\u2010-\u2015]")  # the library would read letters as digits
_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


def phone(typed: object, path: str) -> str:
    """A phone number in E.164 form: `8 (913) …`, `913…` and `+7 913 …` are the same number."""
    return _e164(_number(typed, path))


def mobile_phone(typed: object, path: str) -> str:
    """A phone number that takes SMS, in E.164 form."""
    number = _number(typed, path)
    if phonenumbers.number_type(number) not in _MOBILE:
        refuse(path, "not_mobile", "Нужен номер мобильного телефона: на него придёт СМС")
    return _e164(number)


def email(typed: object, path: str) -> str:
    """An e-mail address, its domain in ASCII form; whether it takes mail only mail can tell."""
    # Imported on use: an entrance that only reads answers sooner without it.
    from email_validator import EmailNotValidError, validate_email

    value = text(typed, path)
    try:
        checked = validate_email(value, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        refuse(path, "email", "Адрес электронной почты записан с ошибкой; пример: anna@example.ru")
    return checked.ascii_email or checked.normalized


def _number(typed: object, path: str) -> phonenumbers.PhoneNumber:
    value = text(typed, path)
    try:
        number = None if _NOT_IN_PHONE.search(value) else phonenumbers.parse(value, _HOME)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        refuse(path, "phone", "Такого номера телефона нет; пример: +7 913 123-45-67")
    return number


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
