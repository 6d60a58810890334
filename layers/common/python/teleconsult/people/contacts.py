"""Phone numbers and e-mail addresses (§3).

Both libraries are imported on use: an entrance that only reads answers sooner without them.
"""

import re
from typing import TYPE_CHECKING

from teleconsult.people.rules import text
from teleconsult.platform.checks import refuse

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_HOME = "RU"  # the country of a number typed without one
_NOT_IN_PHONE = re.compile(r"[^0-9+()\s.\-\u2010-\u2015]")  # the library would read letters as digits


def phone(typed: object, path: str) -> str:
    """A phone number in E.164 form: `8 (913) …`, `913…` and `+7 913 …` are the same number."""
    return _e164(_number(typed, path))


def mobile_phone(typed: object, path: str) -> str:
    """A phone number that takes SMS, in E.164 form."""
    from phonenumbers import PhoneNumberType, number_type

    number = _number(typed, path)
    if number_type(number) not in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE):
        refuse(path, "not_mobile", "Нужен номер мобильного телефона: на него придёт СМС")
    return _e164(number)


def email(typed: object, path: str) -> str:
    """An e-mail address, its domain in ASCII form; whether it takes mail only mail can tell."""
    from email_validator import EmailNotValidError, validate_email

    value = text(typed, path)
    try:
        checked = validate_email(value, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        refuse(path, "email", "Адрес электронной почты записан с ошибкой; пример: anna@example.ru")
    return checked.ascii_email or checked.normalized


def _number(typed: object, path: str) -> "PhoneNumber":
    import phonenumbers

    value = text(typed, path)
    try:
        number = None if _NOT_IN_PHONE.search(value) else phonenumbers.parse(value, _HOME)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        refuse(path, "phone", "Такого номера телефона нет; пример: +7 913 123-45-67")
    return number


def _e164(number: "PhoneNumber") -> str:
    from phonenumbers import PhoneNumberFormat, format_number

    return format_number(number, PhoneNumberFormat.E164)
