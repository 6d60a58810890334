"""The catalogue as it is written and loaded: one JSON document, checked whole before anything changes.

The only module here that needs pydantic and the phone library: whoever reads the stored catalogue
(`store`, `model`) does not pay for them.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from teleconsult.catalogue.rules import UNSURE, WHERE_UNSURE
from teleconsult.catalogue.schedule import (
    DaysPart,
    ExtraDayPart,
    HoursPart,
    checked,
    days_faults,
    extra_day_faults,
    hours_faults,
)
from teleconsult.people import contacts, rules
from teleconsult.platform.checks import settle
from teleconsult.platform.errors import FieldError, Invalid
from teleconsult.platform.shape import shape_faults

_LONGEST_CONSULTATION = 8 * 60  # minutes
_LARGEST_BYTES = 350_000  # it is stored as one item of at most 400 KB


Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Title = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Url = Annotated[str, Field(pattern=r"^https?://\S+$", max_length=200)]
Name = Annotated[str, checked(rules.name)]
Channel = Literal["room", "skype", "phone"]
Age = Annotated[int, Field(ge=0, le=120)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]  # ISO 639-1


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Named(_Part):
    """A kind of consultation, or a specialty (S2, S4)."""

    id: Id
    title: Title


class TimingPart(_Part):
    """The settings of time and their defaults (§2); `model.Timing` says what each does."""

    hold_site_minutes: int = Field(30, ge=1)
    hold_operator_minutes: int = Field(1440, ge=1)
    hold_ends_before_minutes: int = Field(60, ge=0)
    minimum_notice_minutes: int = Field(120, ge=0)
    horizon_days: int = Field(30, ge=1, le=365)
    grace_minutes: int = Field(15, ge=0)
    verdict_hours: int = Field(72, ge=1)
    contact_attempts: int = Field(2, ge=1)


class LimitsPart(_Part):
    """What nobody may exceed, and how long documents are kept; `model.Limits` says what each is."""

    live_holds: int = Field(3, ge=1)
    bookings_per_address: int = Field(60, ge=1)
    documents_kept_days: int = Field(1095, ge=1)


class NoticesPart(_Part):
    """What must be said to whoever books: S14, S15, S17, S18."""

    be_reachable: Text
    money_stays: Text
    in_person_first: Text
    not_insured: Text


class ClinicPart(_Part):
    """The clinic's settings. The phone is kept as written: it is shown."""

    name: Title
    phone: Annotated[str, checked(contacts.phone, keep_typed=True)]
    time_zone: Annotated[str, checked(rules.time_zone)]
    channels: Annotated[list[Channel], Field(min_length=1)]
    room_url: Url
    notices: NoticesPart
    timing: TimingPart = TimingPart()
    limits: LimitsPart = LimitsPart()
    holidays: list[DaysPart] = []


class OfferPart(_Part):
    """`price` in kopecks, length in minutes."""

    price: int = Field(ge=1, le=100_000_000)
    minutes: int = Field(ge=1, le=_LONGEST_CONSULTATION)


class TreatsPart(_Part):
    """Ages of the patients in full years, both included; without `to_age` there is no upper bound."""

    from_age: Age = 0
    to_age: Age | None = None


class ContactsPart(_Part):
    """Where the doctor's notices go."""

    phone: Annotated[str, checked(contacts.mobile_phone)]
    email: Annotated[str, checked(contacts.email)]


class DoctorPart(_Part):
    """A doctor. `timing`: what differs from the clinic's, by the same names."""

    id: Id
    family_name: Name
    given_name: Name
    patronymic: Name | None = None
    specialties: Annotated[list[str], Field(min_length=1)]
    treats: TreatsPart
    languages: Annotated[list[Language], Field(min_length=1)] = ["ru"]
    offers: Annotated[dict[str, OfferPart], Field(min_length=1)]
    schedule: list[HoursPart]
    days_off: list[DaysPart] = []
    extra_days: list[ExtraDayPart] = []
    timing: dict[str, int] = {}
    contacts: ContactsPart


class CatalogueDocument(_Part):
    """The whole document."""

    clinic: ClinicPart
    kinds: Annotated[list[Named], Field(min_length=1)]
    specialties: Annotated[list[Named], Field(min_length=1)]
    doctors: Annotated[list[DoctorPart], Field(min_length=1)]


def check_document(raw: object) -> dict[str, Any]:
    """The document with its defaults filled in and its values normalised, ready for `store.replace`.

    Raises:
        Invalid: every fault with its path. What one part says of another is judged once each is well
            formed.
    """
    try:
        document = CatalogueDocument.model_validate(raw)
    except ValidationError as error:
        raise Invalid(shape_faults(error.errors(include_url=False))) from None
    settle(list(_faults(document)))
    checked = document.model_dump(mode="json", by_alias=True, exclude_none=True)
    if len(json.dumps(checked, ensure_ascii=False).encode()) > _LARGEST_BYTES:
        raise Invalid((FieldError("", "too_large", f"Каталог больше {_LARGEST_BYTES} байт"),))
    return checked


def _faults(document: CatalogueDocument) -> Iterator[FieldError]:
    kinds = {kind.id for kind in document.kinds}
    specialties = {specialty.id for specialty in document.specialties}
    yield from _repeated("kinds", document.kinds)
    yield from _repeated("specialties", document.specialties)
    yield from _repeated("doctors", document.doctors)
    if UNSURE in specialties:
        yield FieldError("specialties", "reserved", f"Код {UNSURE} занят для «Не знаю»")
    for needed in sorted(set(WHERE_UNSURE) - specialties):
        yield FieldError("specialties", "needed", f"Нужна специальность {needed}: к ней ведёт «Не знаю»")
    yield from _timing_faults("clinic.timing", document.clinic.timing)
    for number, days in enumerate(document.clinic.holidays):
        yield from days_faults(f"clinic.holidays.{number}", days)
    for number, doctor in enumerate(document.doctors):
        path = f"doctors.{number}"
        yield from _unknown(f"{path}.specialties", doctor.specialties, specialties)
        yield from _unknown(f"{path}.offers", doctor.offers, kinds)
        yield from _doctor_faults(path, doctor)
        if doctor.timing:
            yield from _own_timing_faults(f"{path}.timing", document.clinic.timing, doctor.timing)


def _repeated(path: str, parts: Sequence[Named | DoctorPart]) -> Iterator[FieldError]:
    seen: set[str] = set()
    for number, part in enumerate(parts):
        if part.id in seen:
            yield FieldError(f"{path}.{number}.id", "repeated", f"Код {part.id} уже есть")
        seen.add(part.id)


def _unknown(path: str, used: Iterable[str], known: set[str]) -> Iterator[FieldError]:
    for name in used:
        if name not in known:
            yield FieldError(f"{path}.{name}", "unknown", f"В каталоге нет {name}")


def _doctor_faults(path: str, doctor: DoctorPart) -> Iterator[FieldError]:
    if doctor.treats.to_age is not None and doctor.treats.to_age < doctor.treats.from_age:
        yield FieldError(f"{path}.treats", "ages", "Верхняя граница возраста меньше нижней")
    for number, hours in enumerate(doctor.schedule):
        yield from hours_faults(f"{path}.schedule.{number}", hours)
    for number, days in enumerate(doctor.days_off):
        yield from days_faults(f"{path}.days_off.{number}", days)
    for number, extra in enumerate(doctor.extra_days):
        yield from extra_day_faults(f"{path}.extra_days.{number}", extra)


def _own_timing_faults(path: str, clinic: TimingPart, own: dict[str, int]) -> Iterator[FieldError]:
    try:
        effective = TimingPart.model_validate({**clinic.model_dump(), **own})
    except ValidationError as error:
        for fault in shape_faults(error.errors(include_url=False)):
            yield FieldError(f"{path}.{fault.path}", fault.code, fault.message)
    else:
        yield from _timing_faults(path, effective)


def _timing_faults(path: str, timing: TimingPart) -> Iterator[FieldError]:
    if timing.minimum_notice_minutes < timing.hold_ends_before_minutes:
        yield FieldError(
            f"{path}.minimum_notice_minutes",
            "notice",
            "Запись должна закрываться не позже, чем кончается удержание "
            f"(hold_ends_before_minutes: {timing.hold_ends_before_minutes})",
        )
