"""What one part of a catalogue says of another, judged wherever both are well formed.

A part that cannot be read hides no fault of the others, and makes none: `unknown` is said only where
everything that could be known was read.
"""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from teleconsult.booking import rules as booking_rules
from teleconsult.catalogue import document
from teleconsult.catalogue.rules import UNSURE, WHERE_UNSURE
from teleconsult.catalogue.schedule import (
    DaysPart,
    ExtraDayPart,
    HoursPart,
    days_faults,
    extra_day_faults,
    hours_faults,
)
from teleconsult.platform.errors import FieldError

Check = Callable[[str, Mapping[str, Any]], Iterator[FieldError]]


@dataclass(frozen=True, slots=True)
class _Ids:
    """The ids of a list of parts by their place in it; None: not well formed."""

    path: str
    by_place: tuple[str | None, ...]

    @property
    def complete(self) -> bool:
        return bool(self.by_place) and None not in self.by_place

    def lacks(self, name: object) -> bool:
        """Whether it is certain that nothing has this id."""
        return self.complete and isinstance(name, str) and name not in self.by_place


def cross_faults(raw: object) -> Iterator[FieldError]:
    """Every fault between the parts of a document that was read from JSON, whatever else is wrong with it."""
    whole = _object(raw)
    kinds, specialties, doctors = (
        _ids(name, whole.get(name), part)
        for name, part in (
            ("kinds", document.Named),
            ("specialties", document.Named),
            ("doctors", document.DoctorPart),
        )
    )
    for ids in (kinds, specialties, doctors):
        yield from _repeated(f"{ids.path}.{{}}.id", ids.by_place, "Код {} уже есть")
    yield from _what_unsure_needs(specialties)
    clinic = _object(whole.get("clinic"))
    yield from _repeated("clinic.channels.{}", clinic.get("channels"), "Способ связи {} уже указан")
    yield from _each("clinic.holidays", clinic.get("holidays"), DaysPart, days_faults)
    callbacks = _object(clinic.get("callbacks"))
    yield from _each("clinic.callbacks.hours", callbacks.get("hours"), HoursPart, hours_faults)
    written = clinic.get("timing", {})
    timing = legible(document.TimingPart, written) if clinic else {}
    yield from _timing_faults("clinic.timing", timing, _object(written).keys())
    for number, doctor in enumerate(_list(whole.get("doctors"))):
        yield from _doctor_faults(f"doctors.{number}", _object(doctor), kinds, specialties, timing)


def legible(kind: type[BaseModel], raw: object) -> dict[str, Any]:
    """The well-formed fields of a part by name, with its defaults for what is left out."""
    found: dict[str, Any] = {}
    for name, about in kind.model_fields.items():
        key = about.alias or name
        if key in _object(raw):
            with suppress(ValidationError):
                found[name] = _field(kind, name).validate_python(_object(raw)[key], strict=True)
        elif isinstance(raw, dict) and not about.is_required():
            found[name] = about.get_default(call_default_factory=True)
    return found


@cache
def _field(kind: type[BaseModel], name: str) -> TypeAdapter[Any]:
    return TypeAdapter(kind.model_fields[name].rebuild_annotation())


def _doctor_faults(
    path: str, raw: Mapping[str, Any], kinds: _Ids, specialties: _Ids, clinic_timing: Mapping[str, Any]
) -> Iterator[FieldError]:
    for number, name in enumerate(_list(raw.get("specialties"))):
        if specialties.lacks(name):
            yield FieldError(f"{path}.specialties.{number}", "unknown", f"Такой специальности нет: {name}")
    for name in _object(raw.get("offers")):
        if kinds.lacks(name):
            yield FieldError(f"{path}.offers.{name}", "unknown", f"Такого вида консультации нет: {name}")
    yield from _repeated(f"{path}.specialties.{{}}", raw.get("specialties"), "Специальность {} уже указана")
    yield from _repeated(f"{path}.languages.{{}}", raw.get("languages"), "Язык {} уже указан")
    yield from _own_timing_faults(f"{path}.timing", raw.get("timing"), clinic_timing)
    treats = legible(document.TreatsPart, raw.get("treats"))
    yield from document.treats_faults(f"{path}.treats", treats)
    yield from _each(f"{path}.schedule", raw.get("schedule"), HoursPart, hours_faults)
    yield from _each(f"{path}.days_off", raw.get("days_off"), DaysPart, days_faults)
    yield from _each(f"{path}.extra_days", raw.get("extra_days"), ExtraDayPart, extra_day_faults)


def _each(path: str, raw: object, part: type[BaseModel], check: Check) -> Iterator[FieldError]:
    """What the well-formed fields of each entry of a list say against each other."""
    for number, entry in enumerate(_list(raw)):
        yield from check(f"{path}.{number}", legible(part, entry))


def _own_timing_faults(path: str, raw: object, clinic: Mapping[str, Any]) -> Iterator[FieldError]:
    own = {name: value for name, value in legible(document.OwnTimingPart, raw).items() if value is not None}
    unread = _object(raw).keys() - own.keys()
    inherited = {name: value for name, value in clinic.items() if name not in unread}
    yield from _timing_faults(path, inherited | own, own.keys())


def _timing_faults(path: str, timing: Mapping[str, Any], written: Container[str]) -> Iterator[FieldError]:
    """Settings that contradict each other, each pair under the first of its names that is written there."""
    if "reminder_minutes" in written and "reminder_minutes" in timing:
        yield from _reminder_faults(f"{path}.reminder_minutes", timing["reminder_minutes"])
    for pair, contradict, message in _CONTRADICTIONS:
        name = next((each for each in pair if each in written), None)
        if name and timing.keys() >= set(pair) and contradict(*(timing[each] for each in pair)):
            values = ", ".join(f"{each}: {timing[each]}" for each in pair)
            yield FieldError(f"{path}.{name}", "contradiction", f"{message} ({values})")


def _reminder_faults(path: str, minutes: Sequence[int]) -> Iterator[FieldError]:
    """The earliest comes first, and each says something else: about a day, about an hour, or soon."""
    for number, (before, after) in enumerate(pairwise(minutes), start=1):
        if before <= after:
            yield FieldError(f"{path}.{number}", "order", "Напоминания идут от раннего к позднему")
        elif booking_rules.reminder(before) is booking_rules.reminder(after):
            message = "За 12 часов и раньше, за полчаса и раньше, позже: не больше одного напоминания"
            yield FieldError(f"{path}.{number}", "repeated", message)


_CONTRADICTIONS: tuple[tuple[tuple[str, str], Callable[[int, int], bool], str], ...] = (
    (
        ("minimum_notice_minutes", "hold_ends_before_minutes"),
        lambda notice, ends_before: notice < ends_before,
        "Запись должна закрываться не позже, чем кончается удержание",
    ),
    (
        ("minimum_notice_minutes", "horizon_days"),
        lambda notice, days: notice >= days * 24 * 60,
        "Запись закрывалась бы раньше, чем открывается",
    ),
    (
        ("grace_minutes", "verdict_hours"),
        lambda grace, hours: grace > hours * 60,
        "Отсрочка после консультации дольше срока, за который решается её исход",
    ),
)


def _what_unsure_needs(specialties: _Ids) -> Iterator[FieldError]:
    for number, name in enumerate(specialties.by_place):
        if name == UNSURE:
            yield FieldError(f"specialties.{number}.id", "reserved", f"Код {UNSURE} занят для «Не знаю»")
    for needed in WHERE_UNSURE:
        if specialties.lacks(needed):
            yield FieldError("specialties", "needed", f"Нужна специальность {needed}: к ней ведёт «Не знаю»")


def _repeated(path: str, values: object, message: str) -> Iterator[FieldError]:
    seen: set[str] = set()
    for number, value in enumerate(_list(values)):
        if isinstance(value, str):
            if value in seen:
                yield FieldError(path.format(number), "repeated", message.format(value))
            seen.add(value)


def _ids(path: str, raw: object, part: type[BaseModel]) -> _Ids:
    adapter = _field(part, "id")

    def read(each: object) -> str | None:
        with suppress(ValidationError):
            return str(adapter.validate_python(_object(each).get("id"), strict=True))
        return None

    return _Ids(path, tuple(read(each) for each in _list(raw)))


def _object(raw: object) -> Mapping[str, Any]:
    return raw if isinstance(raw, dict) else {}


def _list(raw: object) -> list[Any] | tuple[Any, ...]:
    return raw if isinstance(raw, list | tuple) else ()
