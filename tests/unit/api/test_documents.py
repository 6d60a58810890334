"""Documents over HTTP (S9): the patient's side and the doctor of that booking, and nobody else."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from teleconsult.booking import store as bookings
from teleconsult.booking.model import Status
from teleconsult.documents import store
from teleconsult.intake.arrival import take_in
from tests import files
from tests.unit.api.calls import ADMIN, HOLDER, OPERATOR, STRANGER, Reply, call, doctor
from tests.unit.api.conftest import Clock
from tests.unit.api.sent import booked, booked_by_phone, free_slot
from tests.unit.documents_bucket import bucket, stored, tag, uploaded
from tests.unit.usecases import forms
from tests.unit.usecases.conftest import NOW

__all__ = ["bucket"]

ALL = "/bookings/{booking}/documents"
ONE = ALL + "/{document}"
PDF = files.pdf()
FILE = {"name": "Выписка.pdf", "type": "application/pdf", "size": len(PDF)}


class Side:
    """The patient's side: with the capability, or signed in."""

    def __init__(self, prefix: str, booking_id: str, **shown: Any) -> None:
        self.booking_id = booking_id
        self._prefix, self._shown = prefix, shown

    def call(self, method: str, path: str, *parameters: str, **more: Any) -> Reply:
        return call(f"{method} {self._prefix}{path}", self.booking_id, *parameters, **self._shown, **more)

    def attach(self, key: str = "document-key-1", **changes: Any) -> Reply:
        return self.call("POST", ALL, body={**FILE, **changes}, key=key)

    def ready(self) -> str:
        """A document that was uploaded and found good: its id."""
        document = str(self.attach().json["document"])
        take_in(uploaded(store.load(self.booking_id, document), PDF), NOW)
        return document

    def listed(self) -> list[dict[str, Any]]:
        documents: list[dict[str, Any]] = self.call("GET", ALL).json["documents"]
        return documents


@pytest.fixture(params=["capability", "holder"])
def side(request: pytest.FixtureRequest) -> Side:
    made = booked()
    if request.param == "holder":
        return Side("/me", made["booking_id"], claims=HOLDER)
    return Side("", made["booking_id"], x_booking_capability=made["capability"])


def own_doctor(side: Side) -> dict[str, str]:
    return doctor(bookings.load(side.booking_id).booking.doctor_id)


def test_the_answer_says_where_to_send_the_file(side: Side) -> None:
    reply = side.attach()
    assert reply.status == 201
    assert set(reply.json) == {"document", "status", "upload"}
    assert reply.json["status"] == "awaiting_upload"
    assert reply.json["upload"]["fields"]["key"].endswith(reply.json["document"])


def test_the_same_request_is_the_same_document_with_a_fresh_upload(side: Side) -> None:
    first, again = side.attach(), side.attach()
    assert again.json["document"] == first.json["document"]
    assert again.json["upload"]["url"]
    assert len(side.listed()) == 1


def test_once_it_has_arrived_there_is_nothing_more_to_send(side: Side) -> None:
    document = side.ready()
    assert side.attach().json == {"document": document, "status": "ready", "upload": None}


def test_the_same_key_for_another_file_is_a_conflict(side: Side) -> None:
    side.attach()
    reply = side.attach(name="Другое.pdf")
    assert (reply.status, reply.code) == (409, "idempotency_conflict")


def test_a_key_is_needed(side: Side) -> None:
    reply = side.call("POST", ALL, body=FILE)
    assert list(reply.faults) == ["Idempotency-Key"]


def test_all_faults_are_told_at_once(side: Side) -> None:
    reply = side.attach(name="", type="image/gif", size=21 * 1024**2)
    assert reply.status == 422
    assert set(reply.faults) == {"name", "type", "size"}


def test_unknown_fields_are_refused(side: Side) -> None:
    assert list(side.attach(key="document-key-2", path="/etc").faults) == ["path"]


def test_the_eleventh_is_a_conflict(side: Side) -> None:
    replies = [side.attach(f"document-key-{number}") for number in range(11)]
    assert [reply.status for reply in replies] == [201] * 10 + [409]
    assert replies[-1].code == "too_many_documents"


def test_nothing_is_attached_to_a_booking_that_is_over(side: Side) -> None:
    booking = bookings.load(side.booking_id).booking
    forms.stored(replace(booking, status=Status.CANCELLED))
    reply = side.attach()
    assert (reply.status, reply.code) == (409, "booking_over")


def test_the_list_shows_each_document_as_it_stands(side: Side) -> None:
    document = side.ready()
    side.attach("document-key-2")
    bad = side.attach("document-key-3", size=2).json["document"]
    take_in(uploaded(store.load(side.booking_id, bad), b"MZ"), NOW)
    shown = {each["document"]: each for each in side.listed()}
    assert shown[document] == {**FILE, "document": document, "status": "ready", "reason": None}
    assert shown[bad]["status"] == "refused"
    assert "не соответствует" in shown[bad]["reason"]
    assert sorted(each["status"] for each in shown.values()) == ["awaiting_upload", "ready", "refused"]


def test_a_ready_document_is_read_by_a_short_lived_link(side: Side) -> None:
    reply = side.call("GET", ONE, side.ready())
    assert reply.status == 200
    assert (set(reply.json), reply.json["expires_at"]) == ({"url", "expires_at"}, "2026-12-01T02:05:00Z")
    assert reply.headers["Cache-Control"] == "no-store"


def test_what_is_not_ready_cannot_be_read(side: Side) -> None:
    document = side.attach().json["document"]
    reply = side.call("GET", ONE, document)
    assert (reply.status, reply.code) == (409, "document_not_ready")


def test_a_wrong_upload_is_corrected(side: Side) -> None:
    document = side.ready()
    assert side.call("DELETE", ONE, document).status == 204
    assert (side.listed(), stored()) == ([], [])
    assert side.call("DELETE", ONE, document).status == 404
    assert side.call("GET", ONE, document).status == 404


@pytest.mark.parametrize("claims", [STRANGER, {**HOLDER, "phone_number": "+79131112233"}])
def test_another_holders_documents_do_not_exist(side: Side, claims: Mapping[str, str]) -> None:
    document = side.ready()
    stranger = Side("/me", side.booking_id, claims=claims)
    assert stranger.attach().status == 404
    for method, path, *parameters in (("GET", ALL), ("GET", ONE, document), ("DELETE", ONE, document)):
        assert stranger.call(method, path, *parameters).status == 404
    assert len(side.listed()) == 1


def test_a_capability_opens_no_other_bookings_documents(side: Side) -> None:
    side.ready()
    other = booked(free_slot(1), key="another-booking")
    guest = Side("", side.booking_id, x_booking_capability=other["capability"])
    assert guest.call("GET", ALL).status == 404
    assert guest.attach().status == 404


def test_one_bookings_document_is_not_read_through_another(side: Side) -> None:
    document = side.ready()
    other = booked(free_slot(1), key="another-booking")
    own = Side("", other["booking_id"], x_booking_capability=other["capability"])
    assert own.call("GET", ONE, document).status == 404
    assert own.call("DELETE", ONE, document).status == 404


def test_the_doctor_of_the_booking_reads_its_documents(side: Side) -> None:
    document = side.ready()
    claims = own_doctor(side)
    listed = call(f"GET /internal{ALL}", side.booking_id, claims=claims)
    assert [each["document"] for each in listed.json["documents"]] == [document]
    assert call(f"GET /internal{ONE}", side.booking_id, document, claims=claims).json["url"]


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        (OPERATOR, 403),
        (ADMIN, 403),
        (doctor("d-gromov"), 404),
        ({**doctor("d-gromov"), "cognito:groups": "[doctor operator admin]"}, 404),
        ({"sub": "s-9", "cognito:groups": "[doctor]"}, 404),
    ],
)
def test_nobody_else_on_the_staff_reads_them(side: Side, claims: Mapping[str, str], status: int) -> None:
    document = side.ready()
    assert call(f"GET /internal{ALL}", side.booking_id, claims=claims).status == status
    assert call(f"GET /internal{ONE}", side.booking_id, document, claims=claims).status == status


def test_whoever_on_the_staff_read_is_logged_by_ids_alone(
    side: Side, caplog: pytest.LogCaptureFixture
) -> None:
    document = side.ready()
    claims = own_doctor(side)
    caplog.clear()
    call(f"GET /internal{ALL}", side.booking_id, claims=claims)
    call(f"GET /internal{ONE}", side.booking_id, document, claims=claims)
    logged = [vars(record) for record in caplog.records]
    assert [(each["by"], each["booking_id"], each.get("document")) for each in logged] == [
        ("staff:s-3", side.booking_id, None),
        ("staff:s-3", side.booking_id, document),
    ]
    assert "Выписка" not in str(logged)


def test_a_scanners_verdict_is_asked_for_both_sides(side: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    document = side.ready()
    monkeypatch.setenv("SCAN_TAG", "GuardDutyMalwareScanStatus")
    monkeypatch.setenv("SCAN_CLEAN_VALUE", "NO_THREATS_FOUND")

    def read() -> list[tuple[int, str | None]]:
        replies = (
            side.call("GET", ONE, document),
            call(f"GET /internal{ONE}", side.booking_id, document, claims=own_doctor(side)),
        )
        return [(reply.status, reply.code if reply.status != 200 else None) for reply in replies]

    assert read() == [(409, "document_being_scanned")] * 2
    tag(stored()[0], "GuardDutyMalwareScanStatus", "THREATS_FOUND")
    assert read() == [(409, "document_not_clean")] * 2
    tag(stored()[0], "GuardDutyMalwareScanStatus", "NO_THREATS_FOUND")
    assert read() == [(200, None)] * 2


@pytest.fixture
def childs() -> Side:
    """A child's booking, made by telephone; the child is 18 on 3 February 2037."""
    slot = free_slot(specialty="pediatrician")
    made = booked_by_phone(slot=slot, specialty="pediatrician", patient=forms.CHILD)
    return Side("/me", made, claims=HOLDER)


def days_to_18() -> int:
    """From the clinic's day of NOW (Novosibirsk) to the patient's birthday."""
    return (date(2037, 2, 3) - date(2026, 12, 1)).days


def test_at_18_the_representatives_access_to_documents_ends(childs: Side, time: Clock) -> None:
    document = childs.ready()
    time.pass_by(days=days_to_18() - 1)
    assert childs.call("GET", ONE, document).status == 200
    time.pass_by(days=1)
    assert childs.attach("document-key-2").status == 404
    for method, path, *parameters in (("GET", ALL), ("GET", ONE, document), ("DELETE", ONE, document)):
        assert childs.call(method, path, *parameters).status == 404
    claims = own_doctor(childs)
    assert call(f"GET /internal{ONE}", childs.booking_id, document, claims=claims).status == 200


def test_the_day_of_18_is_the_clinics(childs: Side, time: Clock) -> None:
    """Midnight in Novosibirsk is 17:00 UTC of the day before."""
    childs.ready()
    time.pass_by(days=days_to_18() - 1, hours=14, minutes=59, seconds=59)
    assert childs.call("GET", ALL).status == 200
    time.pass_by(seconds=1)
    assert childs.call("GET", ALL).status == 404


def test_who_is_the_patient_themselves_keeps_their_access(time: Clock) -> None:
    own = Side("/me", booked()["booking_id"], claims=HOLDER)
    own.ready()
    time.pass_by(days=365 * 20)
    assert len(own.listed()) == 1
