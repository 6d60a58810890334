"""What anybody may ask: catalogue, slots, documents; and how the staff load a catalogue."""

import json
from pathlib import Path
from typing import Any

import pytest

from teleconsult.consents import documents
from tests.unit.api.calls import ADMIN, OPERATOR, call

CATALOGUE = Path(__file__).parents[3] / "local" / "clinic" / "catalogue.json"


def clinic() -> Any:
    return json.loads(CATALOGUE.read_text())


def test_the_catalogue_shows_what_can_be_booked_and_what_must_be_signed() -> None:
    reply = call("GET /catalogue")
    assert reply.status == 200
    assert [each["document"] for each in reply.json["documents"]] == list(documents.REQUIRED)
    assert reply.headers["Cache-Control"] == "public, max-age=60"


def test_the_catalogue_tells_nobody_how_to_reach_a_doctor() -> None:
    shown = call("GET /catalogue").text
    for doctor in clinic()["doctors"]:
        assert doctor["contacts"]["phone"] not in shown
        assert doctor["contacts"]["email"] not in shown


def test_free_slots_of_a_doctor() -> None:
    day = {"from": "2026-12-02", "to": "2026-12-02"}
    reply = call("GET /slots", query={"doctor": "d-sokolova", "kind": "first", **day})
    assert reply.status == 200
    assert reply.json["slots"][0] == {
        "doctor": "d-sokolova",
        "start": "2026-12-02T02:00:00Z",
        "end": "2026-12-02T02:30:00Z",
        "clinic_time": "2026-12-02T09:00:00+07:00",
        "local_time": "2026-12-02T09:00:00+07:00",
    }


def test_a_slot_is_told_in_the_asked_zone_beside_the_clinics_and_both_are_named() -> None:
    asked = {"doctor": "d-sokolova", "from": "2026-12-02", "to": "2026-12-02", "time_zone": "Europe/Moscow"}
    shown = call("GET /slots", query=asked).json
    assert (shown["clinic_zone"], shown["zone"]) == ("Asia/Novosibirsk", "Europe/Moscow")
    assert shown["slots"][0]["clinic_time"] == "2026-12-02T09:00:00+07:00"
    assert shown["slots"][0]["local_time"] == "2026-12-02T05:00:00+03:00"


def test_slots_are_as_long_as_the_kind_asked_for_or_else_the_doctors_shortest() -> None:
    def length(**kind: str) -> str:
        asked = {"doctor": "d-sokolova", "from": "2026-12-02", "to": "2026-12-02", **kind}
        return str(call("GET /slots", query=asked).json["slots"][0]["end"])

    assert length(kind="first") == "2026-12-02T02:30:00Z"
    assert length(kind="repeat") == length() == "2026-12-02T02:20:00Z"


def test_all_faults_of_a_question_about_slots_are_told_at_once() -> None:
    asked = {"specialty": "astrologer", "from": "завтра", "time_zone": "Moscow"}
    assert set(call("GET /slots", query=asked).faults) == {"specialty", "from", "time_zone"}


def test_free_slots_of_a_specialty_are_of_doctors_who_hold_the_kind() -> None:
    asked = {"specialty": "therapist", "kind": "second_opinion", "from": "2026-12-02", "to": "2026-12-02"}
    slots = call("GET /slots", query=asked).json["slots"]
    assert {slot["doctor"] for slot in slots} == {"d-rakhimov"}


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({}, "doctor"),
        ({"doctor": "d-nobody"}, "doctor"),
        ({"doctor": "d-sokolova", "from": "завтра"}, "from"),
        ({"doctor": "d-sokolova", "from": "2026-12-02", "to": "2026-12-01"}, "to"),
        ({"doctor": "d-sokolova", "to": "2027-12-01"}, "to"),
        ({"doctor": "d-sokolova", "time_zone": "Nowhere"}, "time_zone"),
    ],
)
def test_slots_are_asked_for_sensibly(asked: dict[str, str], path: str) -> None:
    reply = call("GET /slots", query=asked)
    assert reply.status == 422
    assert set(reply.faults) == {path}


def test_a_document_is_shown_in_its_own_words() -> None:
    contract = documents.current()[0]
    reply = call("GET /documents/{document}/{version}", contract.document, contract.version)
    assert reply.status == 200
    assert reply.text.startswith(contract.title)
    assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(("name", "version"), [("contract", "1999-01-01"), ("secrets", "2026-11-01")])
def test_there_are_no_other_documents(name: str, version: str) -> None:
    reply = call("GET /documents/{document}/{version}", name, version)
    assert reply.status == 404


def test_an_administrator_replaces_the_catalogue() -> None:
    document = clinic()
    document["clinic"]["name"] = "Клиника «Иня»"
    reply = call("PUT /internal/catalogue", body=document, claims=ADMIN)
    assert reply.status == 200
    assert reply.json == {"version": 2}
    assert call("GET /catalogue").json["clinic"]["name"] == "Клиника «Иня»"


def test_a_faulty_catalogue_is_refused_whole() -> None:
    document = clinic()
    document["doctors"][0]["offers"]["first"]["price"] = "дорого"
    document["doctors"][1]["specialties"] = 5
    reply = call("PUT /internal/catalogue", body=document, claims=ADMIN)
    assert reply.status == 422
    assert set(reply.faults) == {"doctors.0.offers.first.price", "doctors.1.specialties"}


@pytest.mark.parametrize("raw", ["", "{", "[" * 100_000])
def test_a_catalogue_that_is_no_json_is_malformed(raw: str) -> None:
    reply = call("PUT /internal/catalogue", raw=raw, claims=ADMIN)
    assert (reply.status, reply.code) == (400, "malformed")


def test_only_an_administrator_replaces_it() -> None:
    assert call("PUT /internal/catalogue", body=clinic(), claims=OPERATOR).status == 403
