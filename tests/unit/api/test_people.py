"""A returning holder finds the people entered before; the public form tells nobody anything of them (§3)."""

from typing import Any

import pytest

from tests.unit.api.calls import HOLDER, STRANGER, Reply, call
from tests.unit.api.conftest import Clock
from tests.unit.api.sent import booked_by_phone, booking, free_slot
from tests.unit.usecases.forms import CHILD, TEENAGER, holder

NOBODY: dict[str, Any] = {"holder": None, "patients": []}


def shown(claims: dict[str, str] = HOLDER) -> dict[str, Any]:
    reply = call("GET /me/people", claims=claims)
    assert reply.status == 200
    assert reply.headers["Cache-Control"] == "no-store"
    people: dict[str, Any] = reply.json
    return people


def for_child(number: int, **child: str) -> dict[str, Any]:
    slot = free_slot(number, "pediatrician")
    return {"slot": slot, "specialty": "pediatrician", "patient": {**CHILD, **child}}


def test_whoever_signs_in_for_the_first_time_finds_nobody() -> None:
    assert shown() == NOBODY


def test_the_people_of_earlier_bookings_are_there_with_every_field_of_the_form() -> None:
    booked_by_phone("phone-key-1", channel={"type": "skype", "login": "live:anna"})
    booked_by_phone("phone-key-2", **for_child(1))
    people = shown()
    names = {"family_name": "Соловьёва", "given_name": "Анна", "patronymic": "Игоревна"}
    anna = {**names, "birth_date": "1988-04-12", "sex": "female"}
    child = {name: value for name, value in CHILD.items() if name != "who"}
    assert people["holder"] == {
        **anna,
        "phone": "+79130001122",
        "email": "anna@example.org",
        "skype_login": "live:anna",
        "time_zone": "Europe/Moscow",
    }
    assert {each["given_name"]: each for each in people["patients"]} == {
        "Пётр": {**child, "patronymic": None},
        "Анна": {**anna, "relation": None},
    }


def test_what_was_entered_last_counts_whenever_its_consultation_is(time: Clock) -> None:
    booked_by_phone("phone-key-1", slot=free_slot(3), holder=holder(email="older@example.org"))
    time.pass_by(minutes=1)
    booked_by_phone("phone-key-2", slot=free_slot(0), holder=holder(email="newer@example.org"))
    assert shown()["holder"]["email"] == "newer@example.org"


def test_a_child_who_has_come_of_age_is_shown_no_more(time: Clock) -> None:
    booked_by_phone(**for_child(0, birth_date=TEENAGER["birth_date"]))
    assert len(shown()["patients"]) == 1
    time.pass_by(days=600)
    assert shown()["patients"] == []


def test_people_are_shown_to_their_holder_alone() -> None:
    booked_by_phone()
    assert shown(STRANGER) == NOBODY


@pytest.mark.parametrize("claims", [None, {"sub": "u-1", "phone_number": "+79130001122"}])
def test_a_phone_that_no_code_has_proved_finds_nobody(claims: dict[str, str] | None) -> None:
    booked_by_phone()
    reply = call("GET /me/people", claims=claims)
    assert (reply.status, reply.code) == (403, "forbidden")


def answer_to(key: str, number: int, **changes: Any) -> Reply:
    return call("POST /bookings", body=booking(free_slot(number), **changes), key=key)


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    return [shape(each) for each in value] if isinstance(value, list) else type(value)


def test_nobody_learns_from_the_public_form_whether_a_phone_is_known() -> None:
    booked_by_phone(slot=free_slot(5))
    shown()
    unknown = {"holder": holder(phone="8 913 000-99-88")}
    wrong: list[dict[str, Any]] = [{}, {"kind": "massage"}, {"consents": []}]
    for faults in wrong:
        known_phone = answer_to("site-key-1", 0, **faults)
        unknown_phone = answer_to("site-key-2", 1, **{**unknown, **faults})
        assert known_phone.status == unknown_phone.status
        assert known_phone.headers == unknown_phone.headers
        assert shape(known_phone.json) == shape(unknown_phone.json)
        assert "1988" not in known_phone.text
        assert "Соловьёва" not in known_phone.text


def test_a_booking_opened_by_its_capability_names_nobody() -> None:
    booked_by_phone(slot=free_slot(5))
    made = answer_to("site-key-1", 0).json
    opened = call("GET /bookings/{booking}", made["booking_id"], x_booking_capability=made["capability"])
    assert not [word for word in ("Соловьёва", "1988", "79130001122", "anna@") if word in opened.text]
