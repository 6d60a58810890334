"""What may be booked: specialty, doctor, kind, channel, and until when a slot is held (S2, S4, S5)."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from teleconsult.catalogue.model import Catalogue, Doctor, Timing
from teleconsult.people import rules
from teleconsult.platform.checks import collect, refuse
from teleconsult.platform.errors import FieldError, Invalid

UNSURE = "unsure"  # «Не знаю»
WHERE_UNSURE = ("therapist", "pediatrician")  # for adults, for children (S4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was chosen, in full: `price` in kopecks, length in minutes."""

    kind: str
    specialty: str
    doctor: Doctor
    price: int
    minutes: int


def clinic_day(zone: str, moment: datetime) -> date:
    """The calendar day of a moment in the clinic's zone."""
    return moment.astimezone(ZoneInfo(zone)).date()


def consultation_day(catalogue: Catalogue, moment: datetime) -> date:
    """The clinic's day on which a consultation is: the day that ages are taken on (S4, §2)."""
    return clinic_day(catalogue.clinic.zone, moment)


def resolve_specialty(specialty: str, age: int) -> str:
    """«Не знаю» means a therapist for adults, a pediatrician for under-18s (S4)."""
    if specialty != UNSURE:
        return specialty
    adult, child = WHERE_UNSURE
    return adult if age >= rules.ADULT else child


def treats_age(doctor: Doctor, age: int) -> bool:
    """Whether patients of this age, in full years, are the doctor's."""
    return doctor.treats_from <= age and (doctor.treats_to is None or age <= doctor.treats_to)


def doctors_for(
    catalogue: Catalogue, *, specialty: str | None, kind: str | None = None, age: int | None = None
) -> list[Doctor]:
    """The doctors of a specialty who hold this kind and treat this age, where these are known.

    «Не знаю» without an age means either of its specialties.
    """
    if specialty is None:
        wanted = set(catalogue.specialties)
    elif specialty == UNSURE and age is None:
        wanted = set(WHERE_UNSURE)
    else:
        wanted = {resolve_specialty(specialty, age or 0)}
    return [
        doctor
        for doctor in catalogue.doctors.values()
        if wanted.intersection(doctor.specialties)
        and (kind is None or kind in doctor.offers)
        and (age is None or treats_age(doctor, age))
    ]


def check_choice(
    catalogue: Catalogue,
    *,
    kind: object,
    specialty: object,
    doctor_id: object,
    slot_doctor_id: object,
    channel: object,
    age: int | None,
) -> Choice:
    """What the form chose, against the catalogue. `doctor_id`: the doctor asked for by name, or None (S5).

    `age`: the patient's in full years on the consultation's day; None where it could not be read, so
    nothing is said of it and «Не знаю» stays as it is.

    Raises:
        Invalid: every fault at once.
    """
    faults: list[FieldError] = []
    chosen_kind = collect(faults, _known, kind, "kind", catalogue.kinds, "Такого вида консультации нет")
    known = (*catalogue.specialties, UNSURE)
    chosen_specialty = collect(faults, _known, specialty, "specialty", known, "Такой специальности нет")
    doctor_of_slot = collect(
        faults, _known, slot_doctor_id, "slot.doctor", catalogue.doctors, "Такого врача нет"
    )
    collect(
        faults, _known, channel, "channel.type", catalogue.clinic.channels, "Такой способ связи недоступен"
    )
    if doctor_id is not None and doctor_id != slot_doctor_id:
        faults.append(FieldError("doctor", "other_doctor", "Выбранное время относится к другому врачу"))
    doctor = catalogue.doctors[doctor_of_slot] if doctor_of_slot else None
    if chosen_specialty and age is not None:
        chosen_specialty = resolve_specialty(chosen_specialty, age)
    if doctor:
        faults += _refusals(doctor, chosen_kind, chosen_specialty, age)
    if faults or doctor is None or chosen_kind is None or chosen_specialty is None:
        raise Invalid(tuple(faults))
    offer = doctor.offers[chosen_kind]
    return Choice(
        kind=chosen_kind,
        specialty=chosen_specialty,
        doctor=doctor,
        price=offer.price,
        minutes=offer.minutes,
    )


def hold_until(
    timing: Timing, door: str, now: datetime, slot_start: datetime, hold_minutes: int | None = None
) -> datetime:
    """When an unpaid hold ends (§2). `hold_minutes`: the length that an operator set for this booking."""
    usual = timing.hold_operator_minutes if door == "operator" else timing.hold_site_minutes
    length = timedelta(minutes=usual if hold_minutes is None else hold_minutes)
    return min(now + length, slot_start - timedelta(minutes=timing.hold_ends_before_minutes))


def public_view(catalogue: Catalogue) -> dict[str, Any]:
    """What anybody may see of the catalogue (S1, S2, S4, S5); prices in kopecks."""
    return {
        "kinds": _titles(catalogue.kinds),
        "specialties": [*_titles(catalogue.specialties), {"id": UNSURE, "title": "Не знаю"}],
        "doctors": [public_doctor(doctor) for doctor in catalogue.doctors.values()],
        "channels": list(catalogue.clinic.channels),
        "time_zone": catalogue.clinic.zone,
        "clinic": {"name": catalogue.clinic.name, "phone": catalogue.clinic.phone},
        "notices": dict(catalogue.clinic.notices),
    }


def public_doctor(doctor: Doctor) -> dict[str, Any]:
    """What anybody may see of a doctor (S5); prices in kopecks."""
    return {
        "id": doctor.id,
        "name": doctor.full_name,
        "specialties": list(doctor.specialties),
        "treats": {"from_age": doctor.treats_from, "to_age": doctor.treats_to},
        "languages": list(doctor.languages),
        "offers": {
            kind: {"price": offer.price, "minutes": offer.minutes} for kind, offer in doctor.offers.items()
        },
    }


def _known(typed: object, path: str, known: Container[str], message: str) -> str:
    value = rules.text(typed, path)
    return value if value in known else refuse(path, "unknown", message)


def _refusals(
    doctor: Doctor, kind: str | None, specialty: str | None, age: int | None
) -> Iterator[FieldError]:
    if kind and kind not in doctor.offers:
        yield FieldError("kind", "not_offered", "Этот врач не проводит консультаций такого вида")
    if specialty and specialty != UNSURE and specialty not in doctor.specialties:
        yield FieldError("specialty", "not_offered", "У этого врача другая специальность")
    if age is not None and not treats_age(doctor, age):
        patients = "детей" if age < rules.ADULT else "взрослых"
        yield FieldError("slot.doctor", "age", f"Этот врач не принимает {patients} такого возраста")


def _titles(titles: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"id": name, "title": title} for name, title in titles.items()]
