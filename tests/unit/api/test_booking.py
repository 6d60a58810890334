"""The two doors over HTTP (S3): the site's form, the operator's, and everything that is wrong with them."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from teleconsult.booking import store as bookings
from teleconsult.booking.model import Door, Status
from teleconsult.catalogue import store as catalogue_store
from teleconsult.platform import ids
from tests.unit.api.calls import HOLDER, OPERATOR, STRANGER, call, in_base64, request, send
from tests.unit.api.conftest import Clock
from tests.unit.api.sent import booked, booking, by_phone, free_slot
from tests.unit.usecases.forms import CHILD, holder, ticks

KEY = "site-key-1"


def test_the_sites_form_becomes_a_booking_with_its_slot_held() -> None:
    reply = call("POST /bookings", body=booking(), key=KEY)

    assert reply.status == 201
    made = reply.json
    assert made["status"] == "AWAITING_PAYMENT"
    assert made["price"] == 250000
    assert made["hold_until"] == "2026-12-01T02:30:00Z"
    stored = bookings.load(made["booking_id"]).booking
    assert (stored.door, stored.created_by) == (Door.SITE, "site")
    assert reply.headers["Cache-Control"] == "no-store"


def test_the_same_key_gives_the_same_answer_again() -> None:
    slot = free_slot()
    assert booked(slot) == booked(slot)


def test_the_same_key_with_another_form_is_a_conflict() -> None:
    booked()
    reply = call("POST /bookings", body=booking(), key=KEY)
    assert (reply.status, reply.code) == (409, "idempotency_conflict")


def test_a_taken_slot_is_answered_with_the_nearest_free_ones() -> None:
    slot = free_slot()
    booked(slot)
    reply = call("POST /bookings", body=booking(slot), key="another-key")
    assert (reply.status, reply.code) == (409, "slot_taken")
    alternatives = reply.json["error"]["alternatives"]
    assert alternatives
    assert set(alternatives[0]) == {"doctor", "start", "end"}


def test_a_body_in_base64_is_read_as_well() -> None:
    route = "POST /bookings"
    assert send(route, in_base64(request(route, body=booking(), key=KEY))).status == 201


@pytest.mark.parametrize("key", [None, "short", "k" * 129, "ключ-ключ", "tab\tin the key"])
def test_a_booking_needs_an_idempotency_key(key: str | None) -> None:
    reply = call("POST /bookings", body=booking(), key=key)
    assert reply.status == 422
    assert set(reply.faults) == {"Idempotency-Key"}


@pytest.mark.parametrize("raw", ["", "{", "[]", "null", '"text"', '{"kind": "\\ud800"}', "[" * 5000])
def test_what_is_no_json_object_is_malformed(raw: str) -> None:
    reply = call("POST /bookings", raw=raw, key=KEY)
    assert (reply.status, reply.code) == (400, "malformed")


def test_an_oversized_body_is_refused_unread() -> None:
    reply = call("POST /bookings", body=booking(comments="я" * 40_000), key=KEY)
    assert (reply.status, reply.code) == (413, "too_large")


def test_unknown_fields_and_wrong_types_are_told_all_at_once_in_russian() -> None:
    body = booking(kind=5, surname="Соловьёва", consents="all")
    body["holder"] = {**holder(), "phone": 79130001122, "inn": "123"}
    reply = call("POST /bookings", body=body, key=KEY)
    assert reply.status == 422
    assert reply.faults == {
        "kind": "Нужна строка",
        "surname": "Такого поля нет",
        "consents": "Нужен список",
        "holder.phone": "Нужна строка",
        "holder.inn": "Такого поля нет",
    }


@pytest.mark.parametrize(
    ("route", "form", "claims"),
    [
        ("POST /bookings", booking, None),
        ("POST /me/bookings", booking, HOLDER),
        ("POST /internal/bookings", by_phone, OPERATOR),
    ],
)
def test_faults_of_shape_of_content_and_of_the_key_come_in_one_answer(
    route: str, form: Callable[..., dict[str, Any]], claims: Mapping[str, Any] | None
) -> None:
    body = {**form(surname="Соловьёва", comments=5, time_zone="Moscow"), "slot": "завтра"}
    body["holder"] = {**holder(), "email": "anna", "sex": True}
    reply = call(route, body=body, key="short", claims=claims)
    assert reply.status == 422
    assert reply.faults == {
        "Idempotency-Key": "Нужен заголовок: 8–128 печатных знаков ASCII",
        "surname": "Такого поля нет",
        "comments": "Нужна строка",
        "slot": "Нужен объект",
        "holder.sex": "Нужна строка",
        "holder.email": reply.faults["holder.email"],
        "time_zone": reply.faults["time_zone"],
    }
    paths = [fault["path"] for fault in reply.json["error"]["fields"]]
    assert len(paths) == len(set(paths))


def test_a_tick_of_a_wrong_type_does_not_shift_the_others() -> None:
    body = booking(consents=["contract", {"document": "horoscope", "version": "1"}, *ticks()])
    reply = call("POST /bookings", body=body, key=KEY)
    assert reply.faults == {"consents.0": "Нужен объект", "consents.1.document": "Такого документа нет"}


def test_a_form_with_faults_of_shape_is_no_repeat_of_the_booking_made_without_them() -> None:
    slot = free_slot()
    booked(slot)
    reply = call("POST /bookings", body=booking(slot, surname="Соловьёва"), key=KEY)
    assert (reply.status, reply.code) == (409, "idempotency_conflict")


def test_another_phone_is_told_with_all_other_faults() -> None:
    body = booking(kind="tenth", comments=5)
    reply = call("POST /me/bookings", body=body, key=KEY, claims=STRANGER)
    assert reply.status == 422
    assert set(reply.faults) == {"holder.phone", "kind", "comments"}


def test_a_form_with_nothing_in_it_names_every_field() -> None:
    reply = call("POST /bookings", body={}, key=KEY)
    assert reply.status == 422
    assert set(reply.faults) >= {
        "kind",
        "specialty",
        "slot.start",
        "slot.doctor",
        "holder.family_name",
        "holder.given_name",
        "holder.birth_date",
        "holder.sex",
        "holder.phone",
        "holder.email",
        "patient.who",
        "channel.type",
        "time_zone",
        "consents.contract",
        "consents.medical_consent",
        "consents.personal_data",
        "consents.telemedicine_notice",
    }


def changed(path: str, value: Any) -> dict[str, Any]:
    body = copy.deepcopy(booking())
    place = body
    *way, last = path.split(".")
    for name in way:
        place = place[name]
    place[last] = value
    return body


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("slot.start", "2026-11-30T03:00:00Z"),
        ("slot.start", "2026-12-03T02:59:00Z"),
        ("slot.start", "вторник"),
        ("slot.start", "2026-12-03T10:00:00"),
        ("slot.doctor", "d-nobody"),
        ("doctor", "d-nobody"),
        ("kind", "tenth"),
        ("specialty", "astrologer"),
        ("holder.birth_date", "2030-01-01"),
        ("holder.phone", "123"),
        ("holder.email", "anna"),
        ("channel.type", "telegraph"),
        ("time_zone", "Moscow"),
    ],
)
def test_a_value_that_the_clinic_cannot_take_is_refused_by_its_name(path: str, value: str) -> None:
    reply = call("POST /bookings", body=changed(path, value), key=KEY)
    assert reply.status == 422
    assert set(reply.faults) == {path}


def test_a_doctor_who_does_not_treat_children_takes_none() -> None:
    reply = call("POST /bookings", body=booking(patient=CHILD), key=KEY)
    assert reply.status == 422
    assert reply.faults["slot.doctor"] == "Этот врач не принимает детей такого возраста"


def test_nothing_is_stored_of_a_refused_form() -> None:
    call("POST /bookings", body=changed("holder.phone", "123"), key=KEY)
    assert booked()["status"] == "AWAITING_PAYMENT"


def test_a_holder_who_is_signed_in_books_with_the_phone_that_signed_in() -> None:
    body = booking()
    del body["holder"]["phone"]
    reply = call("POST /me/bookings", body=body, key=KEY, claims=HOLDER)
    assert reply.status == 201
    assert reply.json["capability"] is None
    row = bookings.load(reply.json["booking_id"]).booking
    assert row.holder_id == ids.holder_id(b"unit pepper", "+79130001122")
    assert row.created_by == row.holder_id


def test_a_holder_cannot_book_in_the_name_of_another_phone() -> None:
    reply = call("POST /me/bookings", body=booking(), key=KEY, claims=STRANGER)
    assert reply.status == 422
    assert set(reply.faults) == {"holder.phone"}


def test_the_operators_booking_waits_for_consents_and_takes_none() -> None:
    body = by_phone(hold_minutes=120)
    reply = call("POST /internal/bookings", body=body, key=KEY, claims=OPERATOR)
    assert reply.status == 201
    assert reply.json["status"] == "AWAITING_CONSENT"
    assert reply.json["hold_until"] == "2026-12-01T04:00:00Z"
    row = bookings.load(reply.json["booking_id"]).booking
    assert (row.door, row.status, row.created_by) == (Door.OPERATOR, Status.AWAITING_CONSENT, "staff:s-1")

    body = by_phone(consents=ticks())
    ticked = call("POST /internal/bookings", body=body, key="another-key", claims=OPERATOR)
    assert ticked.faults == {"consents": "Такого поля нет"}


@pytest.mark.parametrize("minutes", [0, -5, 10081, "60", 1.5, True])
def test_the_operators_hold_is_a_sensible_number_of_minutes(minutes: Any) -> None:
    reply = call("POST /internal/bookings", body=by_phone(hold_minutes=minutes), key=KEY, claims=OPERATOR)
    assert reply.status == 422
    assert set(reply.faults) == {"hold_minutes"}


def test_two_callers_with_the_same_key_do_not_meet() -> None:
    site = booked()
    signed_in = call("POST /me/bookings", body=booking(), key=KEY, claims=HOLDER)
    by_operator = call("POST /internal/bookings", body=by_phone(), key=KEY, claims=OPERATOR)
    assert len({site["booking_id"], signed_in.json["booking_id"], by_operator.json["booking_id"]}) == 3


@pytest.fixture
def two_bookings_per_address(monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = catalogue_store.load()
    limits = replace(catalogue.clinic.limits, bookings_per_address=2)
    limited = replace(catalogue, clinic=replace(catalogue.clinic, limits=limits))
    monkeypatch.setattr(catalogue_store, "load", lambda: limited)


@pytest.mark.usefixtures("two_bookings_per_address")
def test_an_address_that_makes_too_many_bookings_is_told_when_to_come_again(time: Clock) -> None:
    slots = [free_slot(number) for number in range(4)]
    made = [call("POST /bookings", body=booking(slot), key=f"site-key-{slot.start}") for slot in slots[:3]]
    assert [each.status for each in made] == [201, 201, 429]
    assert (made[2].code, made[2].headers["Retry-After"]) == ("too_many_bookings", "600")

    repeated = call("POST /bookings", body=booking(slots[0]), key=f"site-key-{slots[0].start}")
    assert (repeated.status, repeated.json) == (201, made[0].json)

    time.pass_by(minutes=10)
    assert call("POST /bookings", body=booking(slots[3]), key="another-key").status == 201


@pytest.mark.usefixtures("two_bookings_per_address")
def test_forms_with_faults_and_whoever_is_signed_in_do_not_use_up_the_addresss_bookings() -> None:
    for number in range(3):
        assert call("POST /bookings", body=booking(kind="tenth"), key=f"site-key-{number}").status == 422
        slot = free_slot(number)
        assert (
            call("POST /me/bookings", body=booking(slot), key=f"key-{slot.start}", claims=HOLDER).status
            == 201
        )
    booked()
