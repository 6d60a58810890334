"""The consents of a booking over HTTP: given by whom they must be, shown to whom they may (§4)."""

from typing import Any

import pytest

from teleconsult.booking import store as bookings
from teleconsult.booking.model import Status
from teleconsult.consents.giving import capture
from tests.unit.api.calls import ADMIN, HOLDER, OPERATOR, STRANGER, Reply, call, doctor
from tests.unit.api.conftest import Clock
from tests.unit.api.sent import booked, booked_by_phone, booking, consented, free_slot
from tests.unit.usecases.conftest import NOW
from tests.unit.usecases.forms import CHILD, TEENAGER, tick, ticks

PAGES = ["GET /me/bookings/{booking}/consents", "GET /me/bookings/{booking}/consents/print"]
STAFF_PAGES = [
    "GET /internal/bookings/{booking}/consents",
    "GET /internal/bookings/{booking}/consents/print",
]
ADMIN_ALONE = {"sub": "s-7", "cognito:groups": "[admin]"}


def booked_for_teenager() -> str:
    slot = free_slot(0, "pediatrician")
    return booked_by_phone(slot=slot, specialty="pediatrician", patient=TEENAGER)


def give(booking_id: str, consents: list[dict[str, Any]], **asked: Any) -> Reply:
    return call(
        "POST /me/bookings/{booking}/consents",
        booking_id,
        body={"consents": consents},
        claims=HOLDER,
        **asked,
    )


def test_a_patient_of_16_confirms_the_medical_consent_of_the_operators_booking() -> None:
    booking_id = booked_for_teenager()
    refused = give(booking_id, ticks())
    assert refused.status == 422
    assert "с 15 лет пациент подтверждает его сам" in refused.faults["consents.medical_consent"]

    assert give(booking_id, ticks(medical_consent="patient")).status == 200
    assert capture(booking_id, NOW).booking.status is Status.AWAITING_PAYMENT

    shown = call(PAGES[0], booking_id, claims=HOLDER).json
    assert {each["document"]: each["signer"] for each in shown["signatures"]} == {
        "contract": "Соловьёва Анна Игоревна",
        "medical_consent": "Соловьёв Илья",
        "personal_data": "Соловьёва Анна Игоревна",
        "telemedicine_notice": "Соловьёва Анна Игоревна",
    }


def test_a_patient_of_16_confirms_it_on_the_sites_form_as_well() -> None:
    slot = free_slot(0, "pediatrician")
    form = booking(slot, specialty="pediatrician", patient=TEENAGER)
    refused = call("POST /bookings", body=form, key="site-key-1")
    assert set(refused.faults) == {"consents.medical_consent"}
    signed = {**form, "consents": ticks(medical_consent="patient")}
    assert call("POST /bookings", body=signed, key="site-key-1").status == 201


@pytest.mark.parametrize("consents", [[tick("contract")], ticks(contract="representative")])
def test_what_is_ticked_twice_or_by_the_wrong_person_is_refused(consents: list[dict[str, Any]]) -> None:
    given = [*ticks(), *consents] if len(consents) == 1 else consents
    reply = give(booked_by_phone(), given)
    assert reply.status == 422
    assert set(reply.faults) == {"consents.contract"}


def test_the_export_says_who_ticked_what_when_and_from_where() -> None:
    booking_id = booked_by_phone()
    consented(booking_id)
    shown = call(PAGES[0], booking_id, claims=HOLDER).json
    row = bookings.load(booking_id).booking
    assert shown["booking_id"] == booking_id
    assert shown["contract_number"] is None
    assert shown["time_zone"] == "Asia/Novosibirsk"
    first = shown["signatures"][0]
    assert first["signed_at"] == {"utc": "2026-12-01T02:00:00Z", "clinic": "2026-12-01T09:00:00+07:00"}
    assert (first["ip"], first["user_agent"]) == ("192.0.2.7", "unit")
    assert (first["ticked_by"], first["signed_by"]) == (row.holder_id, "patient")


def test_the_sites_form_has_ticked_for_whoever_did_not_sign_in() -> None:
    made = booked()
    shown = call(STAFF_PAGES[0], made["booking_id"], claims=OPERATOR).json
    assert {each["ticked_by"] for each in shown["signatures"]} == {"site"}


def test_the_page_is_not_kept_and_runs_nothing() -> None:
    reply = call(PAGES[1], booked_by_phone(), claims=HOLDER)
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert "ещё ничего не подтверждено" in reply.text


@pytest.mark.parametrize("route", PAGES)
def test_anothers_consents_do_not_exist(route: str) -> None:
    reply = call(route, booked_by_phone(), claims=STRANGER)
    assert (reply.status, reply.code) == (404, "not_found")


@pytest.mark.parametrize("route", PAGES)
def test_once_the_child_is_of_age_its_representative_sees_the_consents_no_more(
    route: str, time: Clock
) -> None:
    slot = free_slot(0, "pediatrician")
    booking_id = booked_by_phone(slot=slot, specialty="pediatrician", patient={**CHILD})
    assert call(route, booking_id, claims=HOLDER).status == 200
    time.pass_by(days=366 * 16)
    assert call(route, booking_id, claims=HOLDER).status == 404
    assert call(route.replace("/me/", "/internal/"), booking_id, claims=OPERATOR).status == 200


@pytest.mark.parametrize("route", STAFF_PAGES)
def test_operators_and_administrators_see_them_and_doctors_do_not(route: str) -> None:
    booking_id = booked_by_phone()
    for claims in (OPERATOR, ADMIN, ADMIN_ALONE):
        assert call(route, booking_id, claims=claims).status == 200
    own = doctor(bookings.load(booking_id).booking.doctor_id)
    assert call(route, booking_id, claims=own).status == 403


@pytest.mark.parametrize("route", STAFF_PAGES)
def test_a_reading_by_the_staff_is_logged_with_ids_alone(
    route: str, caplog: pytest.LogCaptureFixture
) -> None:
    booking_id = booked_by_phone()
    consented(booking_id)
    caplog.clear()
    call(route, booking_id, claims=OPERATOR)
    (logged,) = [vars(record) for record in caplog.records]
    assert (logged["msg"], logged["by"], logged["booking_id"]) == ("consents read", "staff:s-1", booking_id)
    assert not [word for word in ("Соловьёва", "Анна", "192.0.2.7", "1988") if word in str(logged)]


@pytest.mark.parametrize("route", STAFF_PAGES)
def test_an_unknown_bookings_consents_do_not_exist(route: str) -> None:
    assert call(route, "b-nothing", claims=OPERATOR).status == 404
