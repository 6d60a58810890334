"""What the staff do over HTTP: by group, and a doctor with their own bookings only."""

import pytest

from local.sandbox.shop import Shop, Webhook
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Outcome
from teleconsult.catalogue import store as catalogue_store
from teleconsult.catalogue.document import check_document
from teleconsult.platform import clock, dynamo, ids, settings
from teleconsult.receipts import store as receipts_store
from teleconsult.receipts.model import Failure as ReceiptFailure
from teleconsult.receipts.model import Owed, ReceiptStatus
from teleconsult.scheduling.schedule import schedule
from tests.unit.api.calls import ADMIN, OPERATOR, Reply, call, doctor
from tests.unit.api.conftest import ROOM_SECRET, WEBHOOK_PATH, Clock
from tests.unit.api.sent import booked, booked_by_phone
from tests.unit.usecases.conftest import NOW

STRANGE_DOCTOR = doctor("d-gromov")


@pytest.fixture
def scheduled(shop: Shop, time: Clock) -> str:
    """A paid booking, five minutes before its slot."""
    made = booked()
    booking_id: str = made["booking_id"]
    paid = call(
        "POST /bookings/{booking}/payments",
        booking_id,
        body={"method": "card"},
        key="pay-key-1",
        x_booking_capability=made["capability"],
    )
    shop.pay(paid.json["payment_id"], Webhook(times=0))
    said = {"object": {"id": paid.json["payment_id"]}}
    assert call("POST /payments/notifications/{path}", WEBHOOK_PATH, body=said).status == 200
    slot_start = schedule(booking_id, NOW).booking.slot_start
    time.pass_by(seconds=(slot_start - NOW).total_seconds() - 300)
    return booking_id


def own_doctor(booking_id: str) -> dict[str, str]:
    return doctor(bookings.load(booking_id).booking.doctor_id)


def say(booking_id: str, claims: dict[str, str], **word: str) -> Reply:
    return call("POST /internal/bookings/{booking}/outcome", booking_id, body=word, claims=claims)


def attempt(booking_id: str, claims: dict[str, str], key: str = "attempt-key-1") -> Reply:
    route = "POST /internal/bookings/{booking}/contact-attempts"
    return call(route, booking_id, body={"result": "busy"}, key=key, claims=claims)


def test_the_staff_see_a_bookings_people_and_how_to_reach_them() -> None:
    booking_id = booked_by_phone(channel={"type": "skype", "login": "live:anna"}, comments="Кашель")
    for claims in (OPERATOR, own_doctor(booking_id)):
        shown = call("GET /internal/bookings/{booking}", booking_id, claims=claims).json
        assert shown["people"]["holder"]["phone"] == "+79130001122"
        assert shown["people"]["skype_login"] == "live:anna"
        assert shown["people"]["comments"] == "Кашель"
        assert shown["created_by"] == "staff:s-1"


def test_the_staff_see_a_bookings_receipts_and_what_became_of_them() -> None:
    booking_id = booked_by_phone()
    shown = call("GET /internal/bookings/{booking}", booking_id, claims=OPERATOR).json
    assert shown["receipts"] == []
    owed = Owed(
        receipt_id="prepayment:p-1", booking_id=booking_id, kind="prepayment", payment_id="p-1", amount=250000
    )
    dynamo.write(receipts_store.put(owed, 1, None, NOW))
    refused = receipts_store.load(booking_id, owed.receipt_id)
    dynamo.transact(
        receipts_store.ended(refused, ReceiptStatus.CANCELED, NOW, failure=ReceiptFailure.REFUSED)
    )
    for claims in (OPERATOR, own_doctor(booking_id)):
        (receipt,) = call("GET /internal/bookings/{booking}", booking_id, claims=claims).json["receipts"]
        assert (receipt["kind"], receipt["payment_id"], receipt["amount"]) == ("prepayment", "p-1", 250000)
        assert (receipt["status"], receipt["failure"]) == ("canceled", "refused")


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("GET /internal/bookings/{booking}", None),
        ("POST /internal/bookings/{booking}/outcome", {"outcome": "held"}),
        ("POST /internal/bookings/{booking}/contact-attempts", {}),
    ],
)
def test_to_a_doctor_another_doctors_booking_does_not_exist(route: str, body: dict[str, str] | None) -> None:
    booking_id = booked_by_phone()
    for claims in (STRANGE_DOCTOR, {"sub": "s-9", "cognito:groups": "[doctor]"}):
        reply = call(route, booking_id, body=body, key="some-key", claims=claims)
        assert (reply.status, reply.code) == (404, "not_found")


@pytest.mark.parametrize(
    ("route", "claims"),
    [
        ("POST /internal/bookings", STRANGE_DOCTOR),
        ("POST /internal/bookings", {"sub": "s-9"}),
        ("GET /internal/bookings/{booking}", {"sub": "s-9", "cognito:groups": "[admin]"}),
        ("POST /internal/bookings/{booking}/contact-attempts", OPERATOR),
        ("GET /internal/ledger/trial-balance", STRANGE_DOCTOR),
        ("GET /internal/figures", STRANGE_DOCTOR),
        ("GET /internal/holders/{holder}/balance", {"sub": "s-9", "cognito:groups": ["doctor"]}),
    ],
)
def test_whoever_is_not_of_the_group_may_not(route: str, claims: dict[str, str]) -> None:
    reply = call(route, *(["some-id"] if "{" in route else []), body={}, key="some-key", claims=claims)
    assert (reply.status, reply.code) == (403, "forbidden")


def test_groups_are_read_however_the_gateway_writes_them() -> None:
    for groups in ("[admin operator]", "[operator]", "operator", ["admin", "operator"]):
        reply = call("GET /internal/ledger/trial-balance", claims={"sub": "s-1", "cognito:groups": groups})
        assert reply.status == 200


def test_the_doctor_alone_is_shown_the_doctors_link(scheduled: str) -> None:
    def link(claims: dict[str, str]) -> str | None:
        shown = call("GET /internal/bookings/{booking}", scheduled, claims=claims).json
        url: str | None = shown["booking"]["join_url"]
        return url

    assert link(OPERATOR) is None
    assert f"{scheduled}.doctor." in (link(own_doctor(scheduled)) or "")


def test_contact_attempts_count_at_the_appointed_time_and_each_once(scheduled: str) -> None:
    doctor_of_it = own_doctor(scheduled)
    attempt(scheduled, doctor_of_it)
    again = attempt(scheduled, doctor_of_it)
    assert again.status == 201
    assert len(again.json["contact_attempts"]) == 1
    assert len(attempt(scheduled, doctor_of_it, "attempt-key-2").json["contact_attempts"]) == 2


def test_a_contact_attempt_the_day_before_is_none(scheduled: str, time: Clock) -> None:
    time.pass_by(hours=-24)
    reply = attempt(scheduled, own_doctor(scheduled))
    assert (reply.status, reply.code) == (409, "not_at_appointed_time")


def test_the_doctors_word_stands_and_another_is_refused(scheduled: str, time: Clock) -> None:
    time.pass_by(minutes=5)
    said = say(scheduled, own_doctor(scheduled), outcome="held")
    assert said.status == 200
    assert (said.json["word"], said.json["said_by"]) == ("held", "staff:s-3")
    reply = say(scheduled, OPERATOR, outcome="not_held", reason="technical")
    assert (reply.status, reply.code) == (409, "outcome_known")


def test_not_held_is_said_with_its_reason(scheduled: str, time: Clock) -> None:
    time.pass_by(minutes=5)
    say(scheduled, OPERATOR, outcome="not_held", reason="technical")
    assert bookings.load(scheduled).outcome.word is Outcome.TECHNICAL


@pytest.mark.parametrize(
    ("word", "path"),
    [
        ({}, "outcome"),
        ({"outcome": "maybe"}, "outcome"),
        ({"outcome": "not_held"}, "reason"),
        ({"outcome": "not_held", "reason": "held"}, "reason"),
        ({"outcome": "held", "reason": "technical"}, "reason"),
        ({"outcome": "held", "note": "заметка оператора"}, "note"),
        ({"outcome": "held", "nickname": "x"}, "nickname"),
        ({"outcome": "held", "why": "x"}, "why"),
    ],
)
def test_a_word_that_says_nothing_clear_is_refused(scheduled: str, word: dict[str, str], path: str) -> None:
    reply = say(scheduled, OPERATOR, **word)
    assert reply.status == 422
    assert set(reply.faults) == {path}


def test_the_trial_balance_sums_to_nothing(scheduled: str) -> None:
    shown = call("GET /internal/ledger/trial-balance", claims=ADMIN).json
    assert shown["total"] == 0
    assert shown["kinds"]["provider"]["balance"] == -250000


def test_the_staff_can_ask_for_a_holders_balance() -> None:
    holder_id = bookings.load(booked_by_phone()).booking.holder_id
    shown = call("GET /internal/holders/{holder}/balance", holder_id, claims=OPERATOR).json
    assert shown == {"holder_id": holder_id, "available": 0, "currency": "RUB"}


class TestJoining:
    """Join links (§2, outcome rules)."""

    def link(self, booking_id: str, side: str = "patient") -> str:
        doctor_id = bookings.load(booking_id).booking.doctor_id
        return ids.join_token(settings.pepper(), booking_id, side, doctor_id)

    def test_the_link_of_a_doctor_who_lost_the_booking_opens_nothing(self, scheduled: str) -> None:
        link = ids.join_token(settings.pepper(), scheduled, "doctor", "d-somebody-else")
        assert call("GET /join/{token}", link).status == 404
        assert bookings.load(scheduled).doctor_joined_at is None

    def test_a_click_at_the_appointed_time_leads_to_the_room_and_is_evidence(self, scheduled: str) -> None:
        reply = call("GET /join/{token}", self.link(scheduled, "doctor"))
        record = bookings.load(scheduled)
        assert (reply.status, reply.headers["Location"]) == (302, record.booking.room)
        assert record.doctor_joined_at
        assert record.patient_joined_at is None

    @pytest.mark.parametrize(
        ("minutes", "words"), [(-24 * 60, "Ссылка откроется за 15 минут"), (51, "прошло")]
    )
    def test_outside_the_appointed_time_a_page_says_so_and_nothing_is_noted(
        self, scheduled: str, time: Clock, minutes: int, words: str
    ) -> None:
        token = self.link(scheduled, "doctor")
        time.pass_by(minutes=minutes)
        reply = call("GET /join/{token}", token)
        assert reply.status == 200
        assert words in reply.text
        assert "Соловьёва" not in reply.text
        assert bookings.load(scheduled).doctor_joined_at is None

    def test_who_comes_back_within_the_grace_is_let_in(self, scheduled: str, time: Clock) -> None:
        token = self.link(scheduled)
        time.pass_by(minutes=5 + 30 + 15)
        assert call("GET /join/{token}", token).status == 302

    @pytest.mark.parametrize(
        ("side", "name", "moderator"), [("doctor", "Врач", "true"), ("patient", "Пациент", "false")]
    )
    def test_a_room_that_asks_for_tokens_gets_one_that_names_nobody(
        self, scheduled: str, side: str, name: str, moderator: str
    ) -> None:
        import jwt

        loaded, version = catalogue_store.load_document()
        tokens = {"app_id": "clinic", "audience": "jitsi", "subject": "meet.example.ru"}
        clinic = {**loaded["clinic"], "room_tokens": tokens, "channels": ["phone"]}  # booked with it before
        catalogue_store.replace(check_document({**loaded, "clinic": clinic}), NOW, version)
        room, _, token = (
            call("GET /join/{token}", self.link(scheduled, side)).headers["Location"].partition("?jwt=")
        )
        booking = bookings.load(scheduled).booking
        assert room == booking.room
        claims = jwt.decode(
            token,
            ROOM_SECRET,
            algorithms=["HS256"],
            audience="jitsi",
            options={"verify_exp": False, "verify_nbf": False},
        )
        affiliation = "owner" if side == "doctor" else "member"
        user = {"name": name, "moderator": moderator, "affiliation": affiliation}
        assert claims == {
            "iss": "clinic",
            "aud": "jitsi",
            "sub": "meet.example.ru",
            "room": room.rpartition("/")[2],
            "nbf": clock.epoch(booking.slot_start) - 15 * 60,
            "exp": clock.epoch(booking.verdict_after),
            "context": {"user": user},
        }

    @pytest.mark.parametrize("token", ["x", "b-abc.patient.0000", "я"])
    def test_a_link_of_ones_own_making_leads_nowhere(self, token: str) -> None:
        reply = call("GET /join/{token}", token)
        assert reply.status == 404
        assert reply.headers["Content-Type"] == "text/html; charset=utf-8"

    def test_nobody_turns_one_sides_link_into_the_others(self, scheduled: str) -> None:
        token = self.link(scheduled, "patient").replace(".patient.", ".doctor.")
        assert call("GET /join/{token}", token).status == 404
