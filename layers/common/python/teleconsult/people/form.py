"""The people of a booking form, checked together so that all errors come at once (§3)."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from teleconsult.people import contacts, rules
from teleconsult.people.model import Holder, Patient, People, Relation, Sex, Who
from teleconsult.platform.checks import collect, settle
from teleconsult.platform.errors import FieldError, Invalid

Form = Mapping[str, object]  # a part of the form's JSON as typed: a value may be missing or of any type


def check_people(
    holder: Form,
    patient: Form,
    *,
    channel: Form,
    comments: object,
    time_zone: object,
    today: date,
    consultation_day: date | None,
) -> People:
    """The people of a booking, normalised. Both days are the clinic's.

    `consultation_day`: None where the slot itself could not be read; ages are not judged then.

    Raises:
        Invalid: every fault of every field, by its path in the form.
    """
    faults: list[FieldError] = []
    who = collect(faults, rules.one_of, Who, patient.get("who"), "patient.who")
    holder_person = _person(faults, holder, "holder", today)
    reached_by: dict[str, Any] = {
        "phone": collect(faults, contacts.mobile_phone, holder.get("phone"), "holder.phone"),
        "email": collect(faults, contacts.email, holder.get("email"), "holder.email"),
    }
    child = _child(faults, patient, today) if who is Who.CHILD else None
    if who is Who.SELF:
        faults += _more_than_oneself(patient)
    rest = _rest(faults, channel, comments, time_zone)
    if who and consultation_day:
        _judge_ages(faults, who, holder_person, child, consultation_day)
    settle(faults)
    return People(
        holder=Holder(**holder_person, **reached_by),
        patient=Patient(**(child or {**holder_person, "relation": None})),
        **rest,
    )


def patient_age(holder: Form, patient: Form, today: date, consultation_day: date | None) -> int | None:
    """The patient's age on the consultation's day, whatever else is wrong with the form, so that what depends
    on it is told at once with all the rest; None where it cannot be read, or the form is not for that age."""
    if consultation_day is None:
        return None
    try:
        who = rules.one_of(Who, patient.get("who"), "patient.who")
        whose = patient if who is Who.CHILD else holder
        born = rules.birth_date(whose.get("birth_date"), "birth_date", today)
        rules.child_form_fits_age(who, born, consultation_day, "birth_date")
    except Invalid:
        return None
    return rules.age_on(born, consultation_day)


def _more_than_oneself(patient: Form) -> Iterator[FieldError]:
    """Whoever comes for themselves is the holder: another person's fields would be passed over in silence."""
    for name in sorted(patient.keys() - {"who"}):
        if rules.given(patient[name]):
            yield FieldError(
                f"patient.{name}", "not_oneself", "Для своей записи не нужно; для ребёнка выберите «ребёнок»"
            )


def _person(faults: list[FieldError], form: Form, path: str, today: date) -> dict[str, Any]:
    return {
        "family_name": collect(faults, rules.name, form.get("family_name"), f"{path}.family_name"),
        "given_name": collect(faults, rules.name, form.get("given_name"), f"{path}.given_name"),
        "patronymic": collect(faults, rules.patronymic, form.get("patronymic"), f"{path}.patronymic"),
        "birth_date": collect(faults, rules.birth_date, form.get("birth_date"), f"{path}.birth_date", today),
        "sex": collect(faults, rules.one_of, Sex, form.get("sex"), f"{path}.sex"),
    }


def _child(faults: list[FieldError], form: Form, today: date) -> dict[str, Any]:
    relation = collect(faults, rules.one_of, Relation, form.get("relation"), "patient.relation")
    return {**_person(faults, form, "patient", today), "relation": relation}


def _rest(faults: list[FieldError], channel: Form, comments: object, time_zone: object) -> dict[str, Any]:
    by_skype = channel.get("type") == "skype"  # a login is needed only for that channel
    return {
        "skype_login": collect(faults, rules.skype_login, channel.get("login"), "channel.login")
        if by_skype
        else None,
        "comments": collect(faults, rules.comments, comments, "comments"),
        "time_zone": collect(faults, rules.time_zone, time_zone, "time_zone"),
    }


def _judge_ages(
    faults: list[FieldError], who: Who, holder: dict[str, Any], child: dict[str, Any] | None, day: date
) -> None:
    path, patient = ("patient.birth_date", child) if child else ("holder.birth_date", holder)
    if patient["birth_date"]:
        collect(faults, rules.child_form_fits_age, who, patient["birth_date"], day, path)
    if child and holder["birth_date"]:
        collect(faults, rules.representative_is_adult, holder["birth_date"], day, "holder.birth_date")
