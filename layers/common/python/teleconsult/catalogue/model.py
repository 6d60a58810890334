"""The catalogue as the code reads it. It was checked when it was loaded (`document`), so this trusts it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from math import gcd
from typing import Any

from teleconsult.booking.model import USUAL_REMINDERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The settings of time (§2): the clinic's, with a doctor's own where they have some.

    An unpaid hold lasts `hold_site_minutes` or `hold_operator_minutes`, and ends
    `hold_ends_before_minutes` ahead of its slot at the latest. A slot is offered from
    `minimum_notice_minutes` ahead up to `horizon_days`. The evidence speaks `grace_minutes` after a
    slot's end, anybody's word is waited for `verdict_hours`, and `contact_attempts` of the doctor's
    show that they tried. A final outcome can be corrected for `correction_days`. Both sides are reminded
    `reminder_minutes` before a slot, the earliest first.
    """

    hold_site_minutes: int = 30
    hold_operator_minutes: int = 24 * 60
    hold_ends_before_minutes: int = 60
    minimum_notice_minutes: int = 120
    horizon_days: int = 30
    grace_minutes: int = 15
    verdict_hours: int = 72
    contact_attempts: int = 2
    correction_days: int = 14
    reminder_minutes: tuple[int, ...] = USUAL_REMINDERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What nobody may exceed: `live_holds`, the unpaid bookings that one holder, or one phone on the public
    form, may have at a time; `bookings_per_address`, the forms that one address on the net may send in ten
    minutes. A booking's documents are deleted `documents_kept_days` after its slot. `open_callbacks`: the
    requests for a doctor's call that one holder may have waiting."""

    live_holds: int = 3
    bookings_per_address: int = 60
    documents_kept_days: int = 1095
    open_callbacks: int = 3


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days of the clinic, first and last included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Hours:
    """Working hours that recur: `recurrence` is a weekly rule of RFC 5545, valid on both dates and between.

    `opens` and `closes`: minutes from the clinic's midnight; 1440 ends a day.
    """

    recurrence: str
    opens: int
    closes: int
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Callbacks:
    """How the clinic answers requests for a doctor's call (S16): within `answer_minutes` of its `hours`. The
    patient's side may ask until `ask_within_days` after the consultation."""

    hours: tuple[Hours, ...] = (Hours("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", 9 * 60, 18 * 60),)
    answer_minutes: int = 480
    ask_within_days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomTokens:
    """What the JSON Web Tokens say that a Jitsi of the clinic's asks for: `app_id` is its issuer, `subject`
    its domain, tenant or `*`. The secret is no setting: `settings.room_secret`."""

    app_id: str
    audience: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """The clinic's own settings. `zone`: IANA name; `room_url`: where video rooms are, no slash at the end;
    `notices`: what must be said, by name (S14, S15, S17, S18); `timing`: before any doctor's own; `holidays`:
    nobody works on these days; `room_tokens`: None, where rooms ask for none."""

    name: str
    phone: str
    zone: str
    channels: tuple[str, ...]
    room_url: str
    notices: Mapping[str, str]
    timing: Timing
    limits: Limits
    holidays: tuple[Days, ...]
    room_tokens: RoomTokens | None = None
    callbacks: Callbacks = Callbacks()


@dataclass(frozen=True, slots=True)
class Offer:
    """One kind of consultation with one doctor: `price` in kopecks, length in minutes."""

    price: int
    minutes: int


@dataclass(frozen=True, slots=True)
class ExtraDay:
    """Working hours on one day, whatever else is said of it; minutes as of `Hours`."""

    day: date
    opens: int
    closes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Doctor:
    """A doctor, without their contacts: those are personal data and kept apart (`store.load_contacts`).

    `treats_from`, `treats_to`: the patients' ages in full years, both included; None: no upper bound.
    `languages`: ISO 639-1 codes. The doctor works in the hours of `schedule` except on `days_off`, and on
    `extra_days` in any case.
    """

    id: str
    family_name: str
    given_name: str
    patronymic: str | None
    specialties: tuple[str, ...]
    treats_from: int
    treats_to: int | None
    languages: tuple[str, ...]
    offers: Mapping[str, Offer]
    schedule: tuple[Hours, ...]
    days_off: tuple[Days, ...]
    extra_days: tuple[ExtraDay, ...]
    timing: Timing

    @property
    def full_name(self) -> str:
        return " ".join(filter(None, (self.family_name, self.given_name, self.patronymic)))

    @property
    def grid_minutes(self) -> int:
        """The grid that this doctor's consultations begin on, from the start of their hours: the longest step
        that divides the lengths of all their kinds."""
        return gcd(*(offer.minutes for offer in self.offers.values()))

    def minutes(self, kind: str | None) -> int:
        """How long a consultation of a kind is; None: the shortest that the doctor holds."""
        if kind is None:
            return min(offer.minutes for offer in self.offers.values())
        return self.offers[kind].minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """Who a doctor is and where their notices go: full name, a mobile phone in E.164 form, an e-mail address.

    Also of a doctor who is in the catalogue no more, but may still have consultations.
    """

    name: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Everything the clinic offers; `kinds` and `specialties` are titles by id."""

    version: int
    clinic: Clinic
    kinds: Mapping[str, str]
    specialties: Mapping[str, str]
    doctors: Mapping[str, Doctor]


def from_document(document: Mapping[str, Any], version: int) -> Catalogue:
    """The catalogue behind a checked document. What a setting newer than the document says is the usual."""
    clinic = document["clinic"]
    return Catalogue(
        version=version,
        clinic=Clinic(
            name=clinic["name"],
            phone=clinic["phone"],
            zone=clinic["time_zone"],
            channels=tuple(clinic["channels"]),
            room_url=clinic["room_url"].rstrip("/"),
            notices=clinic["notices"],
            timing=_timing(clinic["timing"]),
            limits=Limits(**clinic.get("limits", {})),
            holidays=_days(clinic.get("holidays", [])),
            room_tokens=RoomTokens(**clinic["room_tokens"]) if "room_tokens" in clinic else None,
            callbacks=_callbacks(clinic.get("callbacks", {})),
        ),
        kinds={kind["id"]: kind["title"] for kind in document["kinds"]},
        specialties={each["id"]: each["title"] for each in document["specialties"]},
        doctors={each["id"]: _doctor(each, clinic["timing"]) for each in document["doctors"]},
    )


def minutes_from_midnight(clock_time: str) -> int:
    """`09:30` is 570; `24:00`, a day's end, is 1440."""
    hours, minutes = clock_time.split(":")
    return int(hours) * 60 + int(minutes)


def clock_time(minutes: int) -> str:
    """The opposite of `minutes_from_midnight`."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _doctor(entry: Mapping[str, Any], clinic_timing: Mapping[str, Any]) -> Doctor:
    return Doctor(
        id=entry["id"],
        family_name=entry["family_name"],
        given_name=entry["given_name"],
        patronymic=entry.get("patronymic"),
        specialties=tuple(entry["specialties"]),
        treats_from=entry["treats"]["from_age"],
        treats_to=entry["treats"].get("to_age"),
        languages=tuple(entry["languages"]),
        offers={kind: Offer(**offer) for kind, offer in entry["offers"].items()},
        schedule=tuple(_hours(each) for each in entry["schedule"]),
        days_off=_days(entry["days_off"]),
        extra_days=tuple(_extra_day(each) for each in entry["extra_days"]),
        timing=_timing({**clinic_timing, **entry.get("timing", {})}),
    )


def _callbacks(settings: Mapping[str, Any]) -> Callbacks:
    hours = {"hours": tuple(map(_hours, settings["hours"]))} if "hours" in settings else {}
    return Callbacks(**{**settings, **hours})


def _timing(entry: Mapping[str, Any]) -> Timing:
    reminders = tuple(entry.get("reminder_minutes", USUAL_REMINDERS))
    return Timing(**{**entry, "reminder_minutes": reminders})


def _hours(entry: Mapping[str, str]) -> Hours:
    return Hours(
        recurrence=entry["recurrence"],
        opens=minutes_from_midnight(entry["from"]),
        closes=minutes_from_midnight(entry["to"]),
        valid_from=_day(entry.get("valid_from")),
        valid_to=_day(entry.get("valid_to")),
    )


def _extra_day(entry: Mapping[str, str]) -> ExtraDay:
    return ExtraDay(
        date.fromisoformat(entry["date"]),
        minutes_from_midnight(entry["from"]),
        minutes_from_midnight(entry["to"]),
    )


def _days(entries: Iterable[Mapping[str, str]]) -> tuple[Days, ...]:
    return tuple(Days(date.fromisoformat(each["from"]), date.fromisoformat(each["to"])) for each in entries)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
