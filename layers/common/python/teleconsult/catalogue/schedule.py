"""Working hours as the catalogue's document writes them: iCalendar recurrence, in the clinic's zone.

Hours recur by a rule of RFC 5545 between two dates; holidays of the clinic and days off of the doctor take
hours away, extra days add some. Imported with `document` only: whoever reads the catalogue needs no pydantic.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from teleconsult.catalogue.model import minutes_from_midnight
from teleconsult.people import rules
from teleconsult.platform.errors import FieldError, Invalid

_WEEKDAYS = frozenset({"MO", "TU", "WE", "TH", "FR", "SA", "SU"})
_KNOWN = frozenset({"FREQ", "BYDAY", "INTERVAL"})
_NUMBER = re.compile("[0-9]{1,2}")  # what Python reads beside it, such as " 2", the RFC does not know
_LONGEST_INTERVAL = 52  # weeks
_EXAMPLE = "пример: FREQ=WEEKLY;BYDAY=MO,WE"


def checked(rule: Callable[[str, str], Any], keep_typed: bool = False) -> AfterValidator:
    """A rule for people's data as a validator; `keep_typed`: it only judges."""

    def validate(value: str) -> Any:
        try:
            normalised = rule(value, "")
        except Invalid as invalid:
            fault = invalid.fields[0]
            raise PydanticCustomError(fault.code, "{message}", {"message": fault.message}) from None
        return value if keep_typed else normalised

    return AfterValidator(validate)


def _recurrence(value: str) -> str:
    """A weekly rule of RFC 5545, section 3.3.10: which weekdays, every how many weeks, and nothing else."""
    try:
        pairs = [part.split("=") for part in value.upper().split(";")]
        parts = dict(pairs)
        weekly = parts["FREQ"] == "WEEKLY" and parts.keys() <= _KNOWN and len(parts) == len(pairs)
        weekdays = parts["BYDAY"].split(",")
        written = parts.get("INTERVAL", "1")
        interval = int(written) if _NUMBER.fullmatch(written) else 0
    except (ValueError, KeyError):
        weekly, weekdays, interval = False, [], 0
    if not weekly or not _WEEKDAYS.issuperset(weekdays) or not 1 <= interval <= _LONGEST_INTERVAL:
        message = f"Нужно недельное правило iCalendar: FREQ=WEEKLY, BYDAY и, если нужно, INTERVAL; {_EXAMPLE}"
        raise PydanticCustomError("recurrence", "{message}", {"message": message})
    return value.upper()


Recurrence = Annotated[str, Field(max_length=100), AfterValidator(_recurrence)]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$"), checked(rules.calendar_date, keep_typed=True)]
OpeningTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
ClosingTime = Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class HoursPart(_Part):
    """Working hours on the weekdays of a rule, such as `FREQ=WEEKLY;BYDAY=MO,WE` or, every second week,
    `FREQ=WEEKLY;INTERVAL=2;BYDAY=FR`, which counts from the week of `valid_from`. Both dates are included."""

    recurrence: Recurrence
    opens: OpeningTime = Field(alias="from")
    closes: ClosingTime = Field(alias="to")
    valid_from: Day | None = None
    valid_to: Day | None = None


class DaysPart(_Part):
    """Whole days of the clinic on which nobody works, or the doctor does not; both are included."""

    first: Day = Field(alias="from")
    last: Day = Field(alias="to")


class ExtraDayPart(_Part):
    """Hours on one day, whatever the rules, holidays and days off say of it."""

    date: Day
    opens: OpeningTime = Field(alias="from")
    closes: ClosingTime = Field(alias="to")


def hours_faults(path: str, hours: Mapping[str, Any]) -> Iterator[FieldError]:
    """What the fields of one entry say against each other; those that cannot be read are not there."""
    yield from _order(path, hours)
    first, last = hours.get("valid_from"), hours.get("valid_to")
    if first and last and last < first:
        yield FieldError(f"{path}.valid_to", "order", "Последний день действия раньше первого")
    if "INTERVAL=" in hours.get("recurrence", "") and hours.get("valid_from", "?") is None:
        yield FieldError(f"{path}.valid_from", "needed", "Недели считаются от этого дня: укажите его")


def extra_day_faults(path: str, extra: Mapping[str, Any]) -> Iterator[FieldError]:
    yield from _order(path, extra)


def days_faults(path: str, days: Mapping[str, Any]) -> Iterator[FieldError]:
    if {"first", "last"} <= days.keys() and days["last"] < days["first"]:
        yield FieldError(f"{path}.to", "order", "Последний день раньше первого")


def _order(path: str, part: Mapping[str, Any]) -> Iterator[FieldError]:
    both = {"opens", "closes"} <= part.keys()
    if both and minutes_from_midnight(part["closes"]) <= minutes_from_midnight(part["opens"]):
        yield FieldError(f"{path}.to", "order", "Конец должен быть позже начала")
