"""The catalogue as it is written and loaded: one JSON document, checked whole before anything changes.

The only module here that needs pydantic and the phone library: whoever reads the stored catalogue
(`store`, `model`) does not pay for them.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from teleconsult.booking.model import Reminder
from teleconsult.catalogue.languages import LANGUAGES
from teleconsult.catalogue.model import Callbacks, Limits, Timing, clock_time
from teleconsult.catalogue.schedule import DaysPart, ExtraDayPart, HoursPart, checked
from teleconsult.catalogue.text import parse
from teleconsult.people import contacts, rules
from teleconsult.platform.checks import collect, refuse, settle
from teleconsult.platform.errors import FieldError, Invalid
from teleconsult.platform.shape import shape_faults

_LONGEST_CONSULTATION = 8 * 60  # minutes
_DAY_MINUTES = 24 * 60
_DAYS_MINUTES = 30 * _DAY_MINUTES
_LARGEST_BYTES = 350_000  # it is stored as one item of at most 400 KB
_TIMING, _LIMITS, _CALLBACKS = Timing(), Limits(), Callbacks()  # the usual


def _language(typed: str, path: str) -> str:
    return (
        typed if typed in LANGUAGES else refuse(path, "language", "Нужен код языка из ISO 639-1: ru, kk, uk")
    )


Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Title = Annotated[str, Field(min_length=1, max_length=200), checked(rules.text)]
Text = Annotated[str, Field(min_length=1, max_length=2000), checked(rules.text, keep_typed=True)]
Url = Annotated[str, Field(pattern=r"^https?://[^\s?#]+$", max_length=200)]
Name = Annotated[str, checked(rules.name)]
Channel = Literal["room", "skype", "phone"]
Age = Annotated[int, Field(ge=0, le=120)]
Language = Annotated[str, checked(_language)]
HoldMinutes = Annotated[int, Field(ge=1, le=_DAYS_MINUTES)]
AheadMinutes = Annotated[int, Field(ge=0, le=_DAYS_MINUTES)]
HorizonDays = Annotated[int, Field(ge=1, le=365)]
GraceMinutes = Annotated[int, Field(ge=0, le=_DAY_MINUTES)]
VerdictHours = Annotated[int, Field(ge=1, le=30 * 24)]
Attempts = Annotated[int, Field(ge=1, le=100)]
CorrectionDays = Annotated[int, Field(ge=0, le=365)]
TokenClaim = Annotated[str, Field(pattern=r"^[!-~]+$", max_length=200)]
ReminderMinutes = Annotated[
    list[Annotated[int, Field(ge=1, le=7 * _DAY_MINUTES)]], Field(max_length=len(Reminder))
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Named(_Part):
    """A kind of consultation, or a specialty (S2, S4)."""

    id: Id
    title: Title


class TimingPart(_Part):
    """The settings of time and their defaults (§2); `model.Timing` says what each does."""

    hold_site_minutes: HoldMinutes = _TIMING.hold_site_minutes
    hold_operator_minutes: HoldMinutes = _TIMING.hold_operator_minutes
    hold_ends_before_minutes: AheadMinutes = _TIMING.hold_ends_before_minutes
    minimum_notice_minutes: AheadMinutes = _TIMING.minimum_notice_minutes
    horizon_days: HorizonDays = _TIMING.horizon_days
    grace_minutes: GraceMinutes = _TIMING.grace_minutes
    verdict_hours: VerdictHours = _TIMING.verdict_hours
    contact_attempts: Attempts = _TIMING.contact_attempts
    correction_days: CorrectionDays = _TIMING.correction_days
    reminder_minutes: ReminderMinutes = list(_TIMING.reminder_minutes)


class OwnTimingPart(_Part):
    """What of the clinic's timing a doctor has otherwise, by the same names."""

    hold_site_minutes: HoldMinutes | None = None
    hold_operator_minutes: HoldMinutes | None = None
    hold_ends_before_minutes: AheadMinutes | None = None
    minimum_notice_minutes: AheadMinutes | None = None
    horizon_days: HorizonDays | None = None
    grace_minutes: GraceMinutes | None = None
    verdict_hours: VerdictHours | None = None
    contact_attempts: Attempts | None = None
    correction_days: CorrectionDays | None = None
    reminder_minutes: ReminderMinutes | None = None


class LimitsPart(_Part):
    """What nobody may exceed, and how long documents are kept; `model.Limits` says what each is."""

    live_holds: int = Field(_LIMITS.live_holds, ge=1, le=1000)
    bookings_per_address: int = Field(_LIMITS.bookings_per_address, ge=1, le=1_000_000)
    documents_kept_days: int = Field(_LIMITS.documents_kept_days, ge=1, le=36_500)
    open_callbacks: int = Field(_LIMITS.open_callbacks, ge=1, le=1000)


class CallbacksPart(_Part):
    """When requests for a doctor's call are answered (S16); `model.Callbacks` says what each is."""

    hours: Annotated[list[HoursPart], Field(min_length=1)] = [
        HoursPart(
            **{"recurrence": each.recurrence, "from": clock_time(each.opens), "to": clock_time(each.closes)}
        )
        for each in _CALLBACKS.hours
    ]
    answer_minutes: int = Field(_CALLBACKS.answer_minutes, ge=1, le=_DAYS_MINUTES)
    ask_within_days: int = Field(_CALLBACKS.ask_within_days, ge=1, le=365)


class NoticesPart(_Part):
    """What must be said to whoever books: S14, S15, S17, S18."""

    be_reachable: Text
    money_stays: Text
    in_person_first: Text
    not_insured: Text


class RoomTokensPart(_Part):
    """The tokens that the clinic's Jitsi asks for, without their secret; see `model.RoomTokens`."""

    app_id: TokenClaim
    audience: TokenClaim = "jitsi"
    subject: TokenClaim


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
    room_tokens: RoomTokensPart | None = None
    callbacks: CallbacksPart = CallbacksPart()


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
    """A doctor. Their id is never given to another: bookings that exist know their doctor by it."""

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
    timing: OwnTimingPart = OwnTimingPart()
    contacts: ContactsPart


class CatalogueDocument(_Part):
    """The whole document."""

    clinic: ClinicPart
    kinds: Annotated[list[Named], Field(min_length=1)]
    specialties: Annotated[list[Named], Field(min_length=1)]
    doctors: Annotated[list[DoctorPart], Field(min_length=1)]


def read_document(text: bytes) -> dict[str, Any]:
    """The checked document behind its JSON.

    Raises:
        NotJson: not UTF-8, or not JSON.
        Invalid: see `check_document`.
    """
    raw, miswritten = parse(text)
    faults = list(miswritten)
    checked = collect(faults, check_document, raw)
    if checked is None or faults:
        raise Invalid(tuple(sorted(faults, key=_place)))
    return checked


def check_document(raw: object) -> dict[str, Any]:
    """The document with its defaults filled in and its values normalised, ready for `store.replace`.

    Raises:
        Invalid: every fault with its path, in the document's order.
    """
    from teleconsult.catalogue.cross import cross_faults  # which needs the parts above

    faults: list[FieldError] = []
    try:
        document = CatalogueDocument.model_validate(raw)
    except ValidationError as error:
        faults.extend(shape_faults(error.errors(include_url=False)))
    faults.extend(cross_faults(raw))
    settle(sorted(faults, key=_place))
    checked = document.model_dump(mode="json", by_alias=True, exclude_none=True)
    if len(json.dumps(checked, ensure_ascii=False).encode()) > _LARGEST_BYTES:
        refuse("", "too_large", f"Каталог больше {_LARGEST_BYTES} байт")
    return checked


def _place(fault: FieldError) -> tuple[int, int]:
    """Section and part: what is wrong with one doctor is read together."""
    section, _, rest = fault.path.partition(".")
    number = rest.partition(".")[0]
    sections = [*CatalogueDocument.model_fields]
    return (
        sections.index(section) if section in sections else -1,
        int(number) if number.isdecimal() else -1,
    )


def treats_faults(path: str, treats: Mapping[str, Any]) -> Iterator[FieldError]:
    """What the bounds say against each other; one that cannot be read is not there."""
    first, last = treats.get("from_age"), treats.get("to_age")
    if first is not None and last is not None and last < first:
        yield FieldError(path, "ages", "Верхняя граница возраста меньше нижней")
