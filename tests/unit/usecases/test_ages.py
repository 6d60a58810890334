"""Ages are those of the consultation's day in the clinic's zone, to the minute (S4, §4).

The clinic is in Novosibirsk (UTC+7). Half an hour before midnight and half an hour after it are the same UTC
day, 2 December, and two days of the clinic, of which the later is the birthday.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from teleconsult.booking.model import Booking
from teleconsult.consents import store as consent_store
from teleconsult.platform.errors import Invalid
from teleconsult.slots.model import Slot
from tests.unit.usecases.conftest import NOW
from tests.unit.usecases.forms import CHILD, booked, form, holder, ticks

EVE = datetime(2026, 12, 2, 16, 30, tzinfo=UTC)  # 23:30 in Novosibirsk
BIRTHDAY = datetime(2026, 12, 2, 17, 30, tzinfo=UTC)  # 00:30 of the 3rd
BORN_15, BORN_18 = "2011-12-03", "2008-12-03"
PATIENT_SIGNS = {"medical_consent": "patient"}


def on_duty_at(start: datetime) -> Slot:
    return Slot(start, start + timedelta(minutes=1), "d-duty")


def book(start: datetime, *, born: str, who: str, signed_by: dict[str, str]) -> Booking:
    """«Не знаю», with the doctor on duty, who is there at night and treats everybody."""
    people: dict[str, Any] = (
        {"holder": holder(birth_date=born)} if who == "self" else {"patient": {**CHILD, "birth_date": born}}
    )
    application = form(on_duty_at(start), specialty="unsure", consents=ticks(**signed_by), **people)
    return booked(application, NOW).booking


@pytest.mark.parametrize(
    ("start", "born", "who", "signed_by", "specialty", "signer"),
    [
        (EVE, BORN_15, "child", {}, "pediatrician", "representative"),
        (BIRTHDAY, BORN_15, "child", PATIENT_SIGNS, "pediatrician", "patient"),
        (EVE, BORN_18, "child", PATIENT_SIGNS, "pediatrician", "patient"),
        (BIRTHDAY, BORN_18, "self", {}, "therapist", "patient"),
    ],
)
def test_on_each_side_of_midnight_the_age_is_that_days(
    start: datetime, born: str, who: str, signed_by: dict[str, str], specialty: str, signer: str
) -> None:
    booking = book(start, born=born, who=who, signed_by=signed_by)
    (evidence,) = consent_store.load_evidence(booking.booking_id)
    signed = {signature.document: signature.signed_by for signature in evidence.signatures}
    assert (booking.specialty, signed["medical_consent"]) == (specialty, signer)


@pytest.mark.parametrize(
    ("start", "born", "who", "signed_by", "fault"),
    [
        (EVE, BORN_15, "child", PATIENT_SIGNS, ("consents.medical_consent", "signed_by")),
        (BIRTHDAY, BORN_15, "child", {}, ("consents.medical_consent", "signed_by")),
        (EVE, BORN_18, "self", {}, ("holder.birth_date", "not_an_adult")),
        (BIRTHDAY, BORN_18, "child", PATIENT_SIGNS, ("patient.birth_date", "not_a_child")),
    ],
)
def test_the_rule_of_the_other_day_is_refused(
    start: datetime, born: str, who: str, signed_by: dict[str, str], fault: tuple[str, str]
) -> None:
    with pytest.raises(Invalid) as refused:
        book(start, born=born, who=who, signed_by=signed_by)
    assert [(each.path, each.code) for each in refused.value.fields] == [fault]


def test_a_representative_who_comes_of_age_at_midnight_books_for_that_day() -> None:
    people = {"holder": holder(birth_date=BORN_18), "patient": {**CHILD, "relation": "guardian"}}
    with pytest.raises(Invalid) as refused:
        booked(form(on_duty_at(EVE), specialty="unsure", **people), NOW)
    assert [each.path for each in refused.value.fields] == ["holder.birth_date"]
    booking = booked(form(on_duty_at(BIRTHDAY), specialty="unsure", **people), NOW).booking
    assert booking.specialty == "pediatrician"
