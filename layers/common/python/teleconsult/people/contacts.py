"""Phone numbers and e-mail addresses (§3).

Both libraries are imported on use: an entrance that only reads answers sooner without them.
"""

import re
from typing import TYPE_CHECKING, NoReturn

from teleconsult.people.rules import one_script, text
from teleconsult.platform.checks import refuse

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_HOME = "RU"  # the country of a number typed without one
_NOT_IN_PHONE = re.compile(r"[^0-9+()\s.~\-\u2010-\u2015\u2212]")  # the library would read letters as digits
_ABROAD = re.compile(r"^00")  # how abroad is dialled in most countries; at home it is 8~10
# Neighbours whose numbers are typed without a plus. Not every country's: two digits too many would make an
# Indian number of one of ours.
_NEIGHBOUR = re.compile(r"^(373|374|375|380|992|993|994|995|996|998)")


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
        checked = validate_email(value, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError:
        _refuse_email(path)
    labels = checked.domain.split(".")
    one_script(labels, path)
    if len(labels[-1]) == 1:  # no such top-level domain: a letter was left out
        _refuse_email(path)
    return checked.ascii_email or checked.normalized


def _refuse_email(path: str) -> NoReturn:
    refuse(path, "email", "Адрес электронной почты записан с ошибкой; пример: anna@example.ru")


def _number(typed: object, path: str) -> "PhoneNumber":
    value = text(typed, path)
    if _NOT_IN_PHONE.search(value):
        _refuse_phone(path)
    # A number at home comes before one of a neighbour.
    number = _valid(_ABROAD.sub("+", value)) or (_valid(f"+{value}") if _NEIGHBOUR.match(value) else None)
    return number or _refuse_phone(path)


def _refuse_phone(path: str) -> NoReturn:
    refuse(path, "phone", "Такого номера телефона нет; пример: +7 913 123-45-67")


def _valid(written: str) -> "PhoneNumber | None":
    import phonenumbers

    try:
        number = phonenumbers.parse(written, _HOME)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def _e164(number: "PhoneNumber") -> str:
    from phonenumbers import PhoneNumberFormat, format_number

    return format_number(number, PhoneNumberFormat.E164)
