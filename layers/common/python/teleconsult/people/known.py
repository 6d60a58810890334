"""Who was entered before, so that a returning holder need not type it again (§3). Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from teleconsult.people.model import Holder, Patient, People
from teleconsult.people.rules import holder_may_see


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownHolder(Holder):
    """The account holder, as entered last. `skype_login`: the latest that was given."""

    skype_login: str | None
    time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPeople:
    """Whom a returning holder need not type again. `patients`: each once, the latest entered first, a child
    until they come of age; `relation`: the holder's to the patient, none where they are one person."""

    holder: KnownHolder | None
    patients: tuple[Patient, ...]


def known(entered: Sequence[People], today: date) -> KnownPeople:
    """What a holder may see of what was entered, the latest first. `today`: the clinic's day."""
    patients: dict[object, Patient] = {}
    for people in entered:
        patient = people.patient
        if holder_may_see(patient.birth_date, patient.is_holder, today):
            patients.setdefault(same_person(patient), patient)
    return KnownPeople(holder=_holder(entered), patients=tuple(patients.values()))


def _holder(entered: Sequence[People]) -> KnownHolder | None:
    if not entered:
        return None
    latest = entered[0]
    login = next((each.skype_login for each in entered if each.skype_login), None)
    return KnownHolder(**asdict(latest.holder), skype_login=login, time_zone=latest.time_zone)


def same_person(patient: Patient) -> object:
    """Names and birth date, however they were typed this time: in capitals, without «ё»."""
    return patient.full_name.casefold().replace("ё", "е"), patient.birth_date
