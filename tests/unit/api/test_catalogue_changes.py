"""A change of the catalogue never touches a booking that exists: neither its price nor anything after it."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.sweeps.handler import handler as sweeps
from local.sandbox.shop import Shop, Webhook
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Outcome, Record, Stands, Status
from teleconsult.booking.rules import stands
from teleconsult.catalogue.rules import clinic_day
from teleconsult.consents.giving import capture
from teleconsult.intake.recheck import recheck
from teleconsult.notices.rules import Notice
from teleconsult.notices.sending import send
from teleconsult.notices.wording import roubles
from teleconsult.outcomes.saying import final_word
from teleconsult.outcomes.settling import credit_balance, recognise_revenue
from teleconsult.payments.paying import expire
from teleconsult.platform import clock
from teleconsult.scheduling.schedule import schedule
from teleconsult.slots.model import Slot
from tests.unit.api import calls
from tests.unit.api import sent as forms
from tests.unit.api.calls import ADMIN, HOLDER, OPERATOR, call
from tests.unit.api.conftest import WEBHOOK_PATH, Clock
from tests.unit.notices.conftest import Sent, post_office, sent
from tests.unit.usecases.conftest import NOW
from tests.unit.usecases.forms import free_slots
from tests.unit.usecases.forms import holder as holder_form

__all__ = ["post_office", "sent"]

Document = dict[str, Any]
Change = Callable[[Document], object]
Look = Callable[[], list[Sent]]

DOCTOR = "d-sokolova"
PRICE = 250_000


def of_the_doctor(**changes: Any) -> Change:
    def change(document: Document) -> None:
        document["doctors"] = [
            {**each, **changes} if each["id"] == DOCTOR else each for each in document["doctors"]
        ]

    return change


def without_the_doctor(document: Document) -> None:
    document["doctors"] = [each for each in document["doctors"] if each["id"] != DOCTOR]


def without_the_kind(document: Document) -> None:
    document["kinds"] = [{"id": "visit", "title": "Консультация"}]
    for each in document["doctors"]:
        each["offers"] = {"visit": each["offers"]["first"]}


def all_settings(document: Document) -> None:
    """Another zone, other channels, other times of everything, other words."""
    document["clinic"].update(
        name="Клиника «Иня»",
        time_zone="Europe/Moscow",
        channels=["phone"],
        room_url="https://video.example.ru",
        notices=dict.fromkeys(document["clinic"]["notices"], "Сказано иначе"),
        timing={
            "hold_site_minutes": 1,
            "hold_operator_minutes": 1,
            "hold_ends_before_minutes": 200,
            "minimum_notice_minutes": 200,
            "horizon_days": 1,
            "grace_minutes": 90,
            "verdict_hours": 2,
            "contact_attempts": 9,
        },
        limits={"live_holds": 1, "bookings_per_address": 1},
    )


CHANGES: dict[str, Change] = {
    "price": of_the_doctor(offers={"first": {"price": 999_900, "minutes": 30}}),
    "length": of_the_doctor(offers={"first": {"price": PRICE, "minutes": 45}}),
    "kind no longer offered": of_the_doctor(offers={"repeat": {"price": 190_000, "minutes": 30}}),
    "kind gone": without_the_kind,
    "specialty": of_the_doctor(specialties=["neurologist"]),
    "ages": of_the_doctor(treats={"from_age": 0, "to_age": 17}),
    "languages": of_the_doctor(languages=["en"]),
    "hours": of_the_doctor(schedule=[]),
    "doctor gone": without_the_doctor,
    "settings": all_settings,
}


def load(change: Change) -> None:
    document = call("GET /internal/catalogue", claims=ADMIN).json["document"]
    change(document)
    assert call("PUT /internal/catalogue", body=document, claims=ADMIN).status == 200


def a_slot() -> Slot:
    return next(each for each in free_slots("therapist", NOW) if each.doctor_id == DOCTOR)


def pay(shop: Shop, booking_id: str, **how: Any) -> None:
    route = "POST /me/bookings/{booking}/payments" if "claims" in how else "POST /bookings/{booking}/payments"
    payment = call(route, booking_id, body={"method": "card"}, key="pay-key-1", **how)
    assert payment.status == 201, payment.text
    shop.pay(payment.json["payment_id"], Webhook(times=0))
    notification = {"object": {"id": payment.json["payment_id"]}}
    assert call("POST /payments/notifications/{path}", WEBHOOK_PATH, body=notification).status == 200


def told(booking_id: str, notice: Notice) -> None:
    send({"pk": f"BOOKING#{booking_id}", "sk": f"OUTBOX#{notice}"}, clock.now())


def swept(at: Any) -> dict[str, int]:
    event = {"sweep": "no_shows", "scheduled_for": clock.iso(at)}
    tally: dict[str, int] = sweeps(event, Context())
    return tally


class Context(calls.Context):
    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 60_000


def present(booking_id: str) -> Record:
    return bookings.load(booking_id)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_booking_goes_its_way_as_it_was_made(change: Change, shop: Shop, time: Clock, sent: Look) -> None:
    made = forms.booked(a_slot())
    booking_id, opens = made["booking_id"], {"x_booking_capability": made["capability"]}
    as_made = present(booking_id).booking
    load(change)

    assert stands(recheck(booking_id, NOW)) is Stands.AWAITING_PAYMENT
    shown = call("GET /bookings/{booking}", booking_id, **opens).json
    assert (shown["price"], shown["due"]) == (PRICE, PRICE)
    pay(shop, booking_id, **opens)
    booking = schedule(booking_id, clock.now()).booking
    assert (booking.status, booking.price, booking.slot_end) == (Status.SCHEDULED, PRICE, as_made.slot_end)
    told(booking_id, Notice.SCHEDULED)
    (letter,) = (each.text for each in sent() if each.to == "anna@example.org")
    assert "Соколова Елена Викторовна" in letter
    assert f"Мы получили оплату: {roubles(PRICE)}" in letter
    assert [
        each.to for each in sent() if each.to in ("+79130000101", "e.sokolova@klinika-ob.example.ru")
    ] == [
        "+79130000101",
        "e.sokolova@klinika-ob.example.ru",
    ]

    time.pass_by(seconds=(booking.verdict_after - NOW).total_seconds())
    assert swept(clock.now()) == {"found": 1, "done": 1, "failed": 0, "left": 0}
    assert final_word(booking_id, clock.now()).outcome.word is Outcome.DOCTOR_ABSENT
    credit_balance(booking_id, clock.now())
    told(booking_id, Notice.NOT_HELD)
    assert call("GET /me/balance", claims=HOLDER).json["available"] == PRICE
    assert [each["price"] for each in call("GET /me/bookings", claims=HOLDER).json["bookings"]] == [PRICE]


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_an_operators_booking_goes_its_way_as_it_was_made(
    change: Change, shop: Shop, time: Clock, sent: Look
) -> None:
    booking_id = forms.booked_by_phone(slot=a_slot())
    load(change)

    assert stands(recheck(booking_id, NOW)) is Stands.AWAITING_CONSENT
    told(booking_id, Notice.PAYMENT_LINK)
    forms.consented(booking_id)
    assert stands(capture(booking_id, clock.now())) is Stands.AWAITING_PAYMENT
    pay(shop, booking_id, claims=HOLDER)
    booking = schedule(booking_id, clock.now()).booking
    assert (booking.status, booking.price) == (Status.SCHEDULED, PRICE)
    told(booking_id, Notice.SCHEDULED)

    time.pass_by(seconds=(booking.slot_start - NOW).total_seconds() + 60)
    own = calls.doctor(DOCTOR)
    assert call("GET /internal/bookings/{booking}", booking_id, claims=own).status == 200
    held = {"outcome": "held"}
    assert call("POST /internal/bookings/{booking}/outcome", booking_id, body=held, claims=own).status == 200
    assert recognise_revenue(booking_id, clock.now()).booking.status is Status.COMPLETED


def test_what_is_booked_afterwards_has_the_new_price() -> None:
    load(CHANGES["price"])
    offers = next(each["offers"] for each in call("GET /catalogue").json["doctors"] if each["id"] == DOCTOR)
    assert offers["first"]["price"] == 999_900


def test_a_hold_of_a_doctor_who_left_runs_out_and_is_told(shop: Shop, time: Clock, sent: Look) -> None:
    made = forms.booked(a_slot())
    load(without_the_doctor)
    payment = call(
        "POST /bookings/{booking}/payments",
        made["booking_id"],
        body={"method": "card"},
        key="pay-key-1",
        x_booking_capability=made["capability"],
    ).json["payment_id"]
    time.pass_by(minutes=31)
    assert expire(made["booking_id"], clock.now()).booking.status is Status.EXPIRED
    shop.pay(payment, Webhook(times=0))
    said = {"object": {"id": payment}}
    assert call("POST /payments/notifications/{path}", WEBHOOK_PATH, body=said).status == 200
    assert call("GET /me/balance", claims=HOLDER).json["available"] == PRICE


def test_a_clinic_that_moves_to_another_zone_makes_nobody_younger() -> None:
    """Eighteen on the consultation's day where it was booked; where the clinic is now, a day later."""
    slot = a_slot()
    day = clinic_day("Asia/Novosibirsk", slot.start)
    holder = {**holder_form(), "birth_date": day.replace(year=day.year - 18).isoformat()}
    booking_id = forms.booked_by_phone(slot=slot, holder=holder)
    load(lambda document: document["clinic"].update(time_zone="Pacific/Honolulu"))
    assert stands(recheck(booking_id, NOW)) is Stands.AWAITING_CONSENT
    forms.consented(booking_id)
    assert stands(capture(booking_id, clock.now())) is Stands.AWAITING_PAYMENT


def test_attempts_of_a_doctor_who_left_count_by_the_clinics_setting(shop: Shop, time: Clock) -> None:
    made = forms.booked(a_slot())
    booking_id = made["booking_id"]
    pay(shop, booking_id, x_booking_capability=made["capability"])
    booking = schedule(booking_id, clock.now()).booking
    load(without_the_doctor)
    time.pass_by(seconds=(booking.slot_start - NOW).total_seconds() + 60)
    for key in ("attempt-key-1", "attempt-key-2"):
        route = "POST /internal/bookings/{booking}/contact-attempts"
        assert call(route, booking_id, body={}, key=key, claims=calls.doctor(DOCTOR)).status == 201
    swept(booking.verdict_after)
    assert present(booking_id).outcome.word is Outcome.PATIENT_ABSENT


def test_the_clinics_day_shows_what_a_doctor_who_left_still_holds(shop: Shop) -> None:
    slot = a_slot()
    booking_id = forms.booked_by_phone(slot=slot)
    load(without_the_doctor)
    day = clinic_day("Asia/Novosibirsk", slot.start).isoformat()
    shown = call("GET /internal/days/{day}", day, claims=OPERATOR).json["bookings"]
    assert [each["booking_id"] for each in shown] == [booking_id]
