"""Who a booking is about. Personal data: it lives in the Patients table and nowhere else."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Sex(StrEnum):
    MALE = "male"
    FEMALE = "female"


class Who(StrEnum):
    """Whom the holder books for."""

    SELF = "self"
    CHILD = "child"


class Relation(StrEnum):
    """What a representative is to the child (§4)."""

    PARENT = "parent"
    ADOPTIVE_PARENT = "adoptive_parent"
    GUARDIAN = "guardian"
    TRUSTEE = "trustee"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person as the clinic needs them (S6)."""

    family_name: str
    given_name: str
    patronymic: str | None
    birth_date: date
    sex: Sex

    @property
    def full_name(self) -> str:
        """Family name, given name, patronymic: as a contract names a person."""
        return " ".join(filter(None, (self.family_name, self.given_name, self.patronymic)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder(Person):
    """The account holder: the patient, or a child's representative (S7). The balance is theirs.

    `phone`: E.164, a mobile number. `email`: its domain in ASCII form, as mail and receipts need it.
    """

    phone: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient(Person):
    """Who is consulted. `relation` is the holder's to the patient; None: they are one person."""

    relation: Relation | None

    @property
    def is_holder(self) -> bool:
        return self.relation is None


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """All that a booking knows of its people. `time_zone`: the IANA name that the patient's side gave."""

    holder: Holder
    patient: Patient
    comments: str | None
    skype_login: str | None
    time_zone: str
