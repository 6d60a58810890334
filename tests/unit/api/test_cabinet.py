"""The cabinet and the capability (S11, S12): everybody sees and pays what is theirs, and nothing else."""

import re
from typing import Any

import pytest

from local.sandbox.faults import Fault
from local.sandbox.shop import Shop, Webhook
from teleconsult.booking import store as bookings
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.platform import ids
from tests.unit.api.calls import HOLDER, STRANGER, Reply, call
from tests.unit.api.conftest import Clock
from tests.unit.api.sent import booked, booked_by_phone, booking, consented
from tests.unit.usecases.conftest import NOW
from tests.unit.usecases.forms import ticks

HOLDER_ID = ids.holder_id(b"unit pepper", "+79130001122")


def give_balance(amount: int) -> None:
    ledger.post(ledger_rules.payment_to_balance("gift", "b-any", HOLDER_ID, amount), now=NOW)


def test_the_capability_opens_its_booking_until_the_hold_ends(time: Clock) -> None:
    made = booked()
    opened = call("GET /bookings/{booking}", made["booking_id"], x_booking_capability=made["capability"])
    assert opened.status == 200
    assert (opened.json["status"], opened.json["due"], opened.json["join_url"]) == (
        "AWAITING_PAYMENT",
        250000,
        None,
    )
    time.pass_by(minutes=30)
    closed = call("GET /bookings/{booking}", made["booking_id"], x_booking_capability=made["capability"])
    assert closed.status == 404


@pytest.mark.parametrize("capability", ["", "guess", "ключ"])
def test_without_its_capability_a_booking_does_not_exist(capability: str) -> None:
    made = booked()
    reply = call("GET /bookings/{booking}", made["booking_id"], x_booking_capability=capability)
    assert (reply.status, reply.code) == (404, "not_found")


def test_a_capability_opens_no_other_booking() -> None:
    one, other = booked(), booked(key="site-key-2")
    reply = call("GET /bookings/{booking}", other["booking_id"], x_booking_capability=one["capability"])
    assert reply.status == 404


def test_paying_by_card_leads_to_the_provider_and_again_to_the_same_payment() -> None:
    made = booked()

    def pay() -> dict[str, str]:
        reply = call(
            "POST /bookings/{booking}/payments",
            made["booking_id"],
            body={"method": "card"},
            key="pay-key-1",
            x_booking_capability=made["capability"],
        )
        assert reply.status == 201
        payment: dict[str, str] = reply.json
        return payment

    first = pay()
    assert first["status"] == "pending"
    assert first["confirmation_url"].startswith("http://sandbox/checkout/")
    assert pay() == first


def test_whoever_is_not_signed_in_has_no_balance_to_pay_from() -> None:
    made = booked()
    reply = call(
        "POST /bookings/{booking}/payments",
        made["booking_id"],
        body={"method": "balance"},
        key="pay-key-1",
        x_booking_capability=made["capability"],
    )
    assert reply.status == 422
    assert set(reply.faults) == {"method"}


def test_the_cabinet_lists_the_holders_bookings_and_nobody_elses() -> None:
    mine = booked_by_phone()
    assert [each["booking_id"] for each in call("GET /me/bookings", claims=HOLDER).json["bookings"]] == [mine]
    assert call("GET /me/bookings", claims=STRANGER).json == {"bookings": []}


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("GET /me/bookings/{booking}", None),
        ("POST /me/bookings/{booking}/consents", {"consents": []}),
        ("POST /me/bookings/{booking}/payments", {"method": "balance"}),
    ],
)
def test_anothers_booking_does_not_exist(route: str, body: dict[str, str] | None) -> None:
    reply = call(route, booked_by_phone(), body=body, key="some-key", claims=STRANGER)
    assert (reply.status, reply.code) == (404, "not_found")


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "u-1"},
        {"sub": "u-1", "phone_number": "+79130001122"},
        {"sub": "u-1", "phone_number": "+79130001122", "phone_number_verified": "false"},
    ],
)
def test_a_token_that_proves_no_phone_opens_no_cabinet(claims: dict[str, str]) -> None:
    reply = call("GET /me/bookings", claims=claims)
    assert (reply.status, reply.code) == (403, "forbidden")


def test_consents_given_in_the_cabinet_are_kept_with_their_origin() -> None:
    booking_id = booked_by_phone()
    reply = call(
        "POST /me/bookings/{booking}/consents", booking_id, body={"consents": ticks()}, claims=HOLDER
    )
    assert reply.status == 200
    assert bookings.load(booking_id).consent.done_at == NOW


def test_a_missing_consent_is_named() -> None:
    reply = call(
        "POST /me/bookings/{booking}/consents",
        booked_by_phone(),
        body={"consents": ticks()[1:]},
        claims=HOLDER,
    )
    assert reply.status == 422
    assert set(reply.faults) == {"consents.contract"}


def test_a_refused_version_leads_to_the_document_that_is_in_force() -> None:
    outdated = [{**each, "version": "2020-01-01"} for each in ticks()]
    reply = call(
        "POST /me/bookings/{booking}/consents", booked_by_phone(), body={"consents": outdated}, claims=HOLDER
    )
    assert reply.status == 422
    for path, message in reply.faults.items():
        document = path.removeprefix("consents.")
        (version,) = re.findall(r"редакция ([^ ,]+)", message)
        assert call("GET /documents/{document}/{version}", document, version).status == 200


def test_faults_of_shape_and_of_content_of_the_consents_come_in_one_answer() -> None:
    booking_id = booked_by_phone()
    route, body = "POST /me/bookings/{booking}/consents", {"consents": [*ticks()[1:], "all"], "all": True}
    for _ in range(2):  # also where they were given meanwhile
        reply = call(route, booking_id, body=body, claims=HOLDER)
        assert reply.faults == {
            "all": "Такого поля нет",
            "consents.3": "Нужен объект",
            "consents.contract": reply.faults["consents.contract"],
        }
        consented(booking_id)


def booked_and_paid(method: str) -> Reply:
    made = call("POST /me/bookings", body=booking(), key="cabinet-key", claims=HOLDER).json
    return call(
        "POST /me/bookings/{booking}/payments",
        made["booking_id"],
        body={"method": method},
        key="pay-key-1",
        claims=HOLDER,
    )


def available() -> int:
    return int(call("GET /me/balance", claims=HOLDER).json["available"])


def test_a_booking_is_paid_whole_from_the_balance() -> None:
    give_balance(250000)
    reply = booked_and_paid("balance")
    assert reply.json == {
        "payment_id": None,
        "status": "succeeded",
        "amount": 250000,
        "confirmation_url": None,
    }
    assert call("GET /me/balance", claims=HOLDER).json == {
        "holder_id": HOLDER_ID,
        "available": 0,
        "currency": "RUB",
    }


def test_a_booking_is_paid_from_the_balance_as_far_as_it_goes_and_the_rest_by_card() -> None:
    give_balance(100000)
    reply = booked_and_paid("both")
    assert (reply.status, reply.json["status"], reply.json["amount"]) == (201, "pending", 150000)
    assert reply.json["confirmation_url"]
    assert available() == 0


def test_a_balance_that_covers_everything_needs_no_card() -> None:
    give_balance(300000)
    reply = booked_and_paid("both")
    assert (reply.json["status"], reply.json["confirmation_url"]) == ("succeeded", None)
    assert available() == 50000


def test_with_nothing_on_the_balance_all_is_for_the_card() -> None:
    assert booked_and_paid("both").json["amount"] == 250000


def test_nobody_spends_a_balance_with_the_capability_of_a_booking() -> None:
    give_balance(250000)
    made = booked()
    for method in ("balance", "both"):
        reply = call(
            "POST /bookings/{booking}/payments",
            made["booking_id"],
            body={"method": method},
            key="pay-key-1",
            x_booking_capability=made["capability"],
        )
        assert reply.status == 422
    assert available() == 250000


def payments_shown(made: dict[str, str]) -> dict[str, Any]:
    reply = call(
        "GET /bookings/{booking}/payments", made["booking_id"], x_booking_capability=made["capability"]
    )
    assert reply.status == 200
    shown: dict[str, Any] = reply.json
    return shown


def begun(made: dict[str, str]) -> str:
    reply = call(
        "POST /bookings/{booking}/payments",
        made["booking_id"],
        body={"method": "card"},
        key="pay-key-1",
        x_booking_capability=made["capability"],
    )
    return str(reply.json["payment_id"])


def test_each_door_leads_back_from_the_payment_to_where_it_was_begun(shop: Shop) -> None:
    on_site = booked()
    assert shop.return_url(begun(on_site)) == f"https://site.example.org/?paid={on_site['booking_id']}"
    paid = booked_and_paid("card")
    assert shop.return_url(paid.json["payment_id"]).startswith("https://cabinet.example.org/bookings/b-")


def test_the_page_that_waits_sees_a_payment_that_nobody_told_us_of(shop: Shop) -> None:
    made = booked()
    assert payments_shown(made)["payments"] == []
    payment_id = begun(made)
    waiting = payments_shown(made)
    assert (waiting["due"], waiting["received"], waiting["paid_at"]) == (250000, 0, None)
    assert [each["status"] for each in waiting["payments"]] == ["pending"]
    shop.pay(payment_id, Webhook(times=0))
    paid = payments_shown(made)
    assert (paid["due"], paid["received"]) == (0, 250000)
    assert paid["paid_at"]
    assert [(each["status"], each["confirmation_url"]) for each in paid["payments"]] == [("succeeded", None)]


def test_the_page_that_waits_sees_a_refused_payment(shop: Shop) -> None:
    made = booked()
    shop.decline(begun(made), Webhook(times=0))
    shown = payments_shown(made)
    assert [each["status"] for each in shown["payments"]] == ["canceled"]
    assert (shown["status"], shown["due"]) == ("AWAITING_PAYMENT", 250000)


def test_the_page_that_waits_is_answered_although_the_provider_is_not(shop: Shop) -> None:
    made = booked()
    begun(made)
    shop.faults.want(Fault(call="GET /payments/{id}", kind="500", times=100))
    assert [each["status"] for each in payments_shown(made)["payments"]] == ["pending"]


def test_a_holder_sees_how_paying_for_their_own_booking_stands() -> None:
    made = call("POST /me/bookings", body=booking(), key="cabinet-key", claims=HOLDER).json
    route = "GET /me/bookings/{booking}/payments"
    assert call(route, made["booking_id"], claims=HOLDER).json["due"] == 250000
    assert call(route, made["booking_id"], claims=STRANGER).status == 404


def test_a_balance_that_does_not_reach_is_a_conflict() -> None:
    give_balance(249999)
    reply = booked_and_paid("balance")
    assert (reply.status, reply.code) == (409, "insufficient_funds")


def test_the_statement_shows_how_the_balance_came_about() -> None:
    give_balance(100000)
    reply = call("GET /me/balance/statement", claims=HOLDER)
    assert [line["amount"] for line in reply.json["lines"]] == [100000]
    assert reply.json["next"] is None
    assert call("GET /me/balance/statement", claims=STRANGER).json["lines"] == []


def test_a_cursor_of_somebodys_own_making_is_refused() -> None:
    reply = call("GET /me/balance/statement", claims=HOLDER, query={"cursor": "я"})
    assert reply.status == 422
    assert set(reply.faults) == {"cursor"}


def test_a_booking_that_is_not_paid_yet_cannot_be_paid_before_its_consents() -> None:
    booking_id = booked_by_phone()
    reply = call(
        "POST /me/bookings/{booking}/payments",
        booking_id,
        body={"method": "card"},
        key="pay-key-1",
        claims=HOLDER,
    )
    assert (reply.status, reply.code) == (409, "not_payable")
    consented(booking_id)


@pytest.mark.parametrize(
    "route", ["POST /bookings/{booking}/payments", "POST /me/bookings/{booking}/payments"]
)
def test_a_payment_needs_an_idempotency_key(route: str) -> None:
    reply = call(route, "b-any", body={"method": "card"}, claims=HOLDER)
    assert reply.status == 422
    assert set(reply.faults) == {"Idempotency-Key"}
