"""Anna, who books, and her son Pyotr: invented people for tests that need some."""

from dataclasses import replace
from datetime import date

from teleconsult.people.model import Holder, Patient, People, Relation, Sex

ANNA = Holder(
    family_name="Соловьёва",
    given_name="Анна",
    patronymic="Игоревна",
    birth_date=date(1988, 4, 12),
    sex=Sex.FEMALE,
    phone="+79130001122",
    email="anna@example.ru",
)
ANNA_AS_PATIENT = Patient(
    family_name=ANNA.family_name,
    given_name=ANNA.given_name,
    patronymic=ANNA.patronymic,
    birth_date=ANNA.birth_date,
    sex=ANNA.sex,
    relation=None,
)
PETR = Patient(
    family_name="Соловьёв",
    given_name="Пётр",
    patronymic=None,
    birth_date=date(2019, 2, 3),
    sex=Sex.MALE,
    relation=Relation.PARENT,
)
FOR_PETR = People(
    holder=ANNA,
    patient=PETR,
    comments="Кашель\nвторую неделю",
    skype_login="live:anna",
    time_zone="Asia/Omsk",
)
FOR_ANNA = replace(FOR_PETR, patient=ANNA_AS_PATIENT)
