"""What anybody may ask: catalogue, slots, documents; and how the staff load a catalogue."""

import json
from pathlib import Path
from typing import Any

import pytest

from teleconsult.consents import documents
from teleconsult.documents.model import DocumentType
from tests.unit.api.calls import ADMIN, OPERATOR, call
from tests.unit.api.calls import doctor as as_doctor

CATALOGUE = Path(__file__).parents[3] / "local" / "clinic" / "catalogue.json"


def clinic() -> Any:
    return json.loads(CATALOGUE.read_text())


def test_the_catalogue_shows_what_can_be_booked_and_what_must_be_signed() -> None:
    reply = call("GET /catalogue")
    assert reply.status == 200
    shown = {each["document"]: each["required"] for each in reply.json["documents"]}
    assert shown == {**dict.fromkeys(documents.REQUIRED, True), "marketing": False}
    assert reply.headers["Cache-Control"] == "public, max-age=60"


def test_the_catalogue_says_what_may_be_attached() -> None:
    uploads = call("GET /catalogue").json["uploads"]
    assert (uploads["largest"], uploads["most"]) == (20 * 1024 * 1024, 10)
    assert uploads["types"]["image/heic"] == ["heic", "heif"]
    assert set(uploads["types"]) == set(DocumentType)


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


def names(**asked: str) -> list[str]:
    reply = call("GET /doctors", query=asked)
    assert reply.status == 200, reply.text
    return [doctor["name"] for doctor in reply.json["doctors"]]


def test_a_doctor_is_found_by_name_and_shown_as_in_the_catalogue() -> None:
    reply = call("GET /doctors", query={"name": "ЛИСИНА алена"})
    (found,) = reply.json["doctors"]
    assert found in call("GET /catalogue").json["doctors"]
    assert found["id"] == "d-petrova-lisina"
    assert reply.headers["Cache-Control"] == "public, max-age=60"


def test_doctors_are_found_by_all_that_is_asked_and_listed_by_name() -> None:
    assert names()[:2] == ["Громов Артём Павлович", "Дежнёв Семён Иванович"]
    assert names(language="en", kind="second_opinion") == ["Громов Артём Павлович", "Ким Светлана Андреевна"]
    assert names(specialty="unsure", age="7") == ["Дежнёв Семён Иванович", "Петрова-Лисина Алёна Сергеевна"]
    assert "Соколова Елена Викторовна" in names(specialty="unsure", age="18")
    assert names(name="соколова", age="7") == []


def test_what_cannot_be_looked_for_is_said_at_once() -> None:
    reply = call("GET /doctors", query={"name": " ", "kind": "night", "age": "семь", "language": "xx"})
    assert reply.status == 422
    assert set(reply.faults) == {"name", "kind", "age", "language"}


def test_the_catalogue_is_shown_to_an_administrator_as_it_was_loaded() -> None:
    reply = call("GET /internal/catalogue", claims=ADMIN)
    assert reply.status == 200
    assert reply.json["version"] == 1
    assert [each["contacts"]["email"] for each in reply.json["document"]["doctors"]] == [
        each["contacts"]["email"] for each in clinic()["doctors"]
    ]


def test_what_was_shown_can_be_loaded_again_unchanged() -> None:
    shown = call("GET /internal/catalogue", claims=ADMIN).json["document"]
    assert call("PUT /internal/catalogue", body=shown, claims=ADMIN, if_match='"1"').json == {"version": 2}
    assert call("GET /internal/catalogue", claims=ADMIN).json == {"version": 2, "document": shown}


def test_of_two_administrators_the_second_does_not_overwrite_the_first_unseen() -> None:
    first, second = clinic(), clinic()
    first["clinic"]["name"], second["clinic"]["name"] = "Клиника «Иня»", "Клиника «Томь»"
    assert call("PUT /internal/catalogue", body=first, claims=ADMIN, if_match='"1"').status == 200
    reply = call("PUT /internal/catalogue", body=second, claims=ADMIN, if_match='"1"')
    assert (reply.status, reply.code) == (409, "catalogue_changed")
    assert "действует версия 2, а не 1" in reply.json["error"]["message"]
    assert call("GET /catalogue").json["clinic"]["name"] == "Клиника «Иня»"


@pytest.mark.parametrize("condition", ["1", "*", 'W/"1"', '"один"', '"1", "2"', ""])
def test_a_version_is_written_in_quotation_marks(condition: str) -> None:
    reply = call("PUT /internal/catalogue", body=clinic(), claims=ADMIN, if_match=condition)
    assert reply.status == 422
    assert set(reply.faults) == {"If-Match"}


def test_a_price_written_twice_is_refused() -> None:
    text = json.dumps(clinic()).replace('"price": 340000', '"price": 340000, "price": 34000')
    reply = call("PUT /internal/catalogue", raw=text, claims=ADMIN)
    assert reply.status == 422
    assert set(reply.faults) == {"doctors.3.offers.first.price"}


@pytest.mark.parametrize("claims", [OPERATOR, as_doctor("d-kim")])
def test_only_an_administrator_is_shown_the_whole_of_it(claims: dict[str, str]) -> None:
    assert call("GET /internal/catalogue", claims=claims).status == 403
