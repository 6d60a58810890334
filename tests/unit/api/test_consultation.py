"""The doctor's day, the note to an outcome, and the correction of a final one, over HTTP (S13-S15, §2)."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from local.sandbox.shop import Shop, Webhook
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Outcome, Status
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.outcomes.settling import credit_balance, recognise_revenue
from teleconsult.platform import clock, dynamo
from teleconsult.receipts import store as receipts_store
from teleconsult.receipts.model import Owed
from teleconsult.scheduling.schedule import schedule
from teleconsult.trail import store as trail
from tests.unit.api.calls import ADMIN, HOLDER, OPERATOR, Reply, call, doctor
from tests.unit.api.conftest import WEBHOOK_PATH, Clock
from tests.unit.api.sent import booking, free_slot
from tests.unit.usecases.conftest import NOW

PRICE = 250_000
_CORRECTIONS = "POST /internal/bookings/{booking}/corrections"


def scheduled(shop: Shop, number: int = 0, **changes: Any) -> str:
    """A booking from the cabinet, paid and scheduled: its id."""
    body = booking(free_slot(number), **changes)
    made = call("POST /me/bookings", body=body, key=f"day-key-{number}", claims=HOLDER).json
    booking_id: str = made["booking_id"]
    route = "POST /me/bookings/{booking}/payments"
    paid = call(route, booking_id, body={"method": "card"}, key=f"pay-{number}-key", claims=HOLDER).json
    shop.pay(paid["payment_id"], Webhook(times=0))
    said = {"object": {"id": paid["payment_id"]}}
    assert call("POST /payments/notifications/{path}", WEBHOOK_PATH, body=said).status == 200
    schedule(booking_id, clock.now())
    return booking_id


def own_doctor(booking_id: str) -> dict[str, str]:
    return doctor(bookings.load(booking_id).booking.doctor_id)


def day_of(claims: dict[str, str], day: str | None = None) -> Reply:
    return call("GET /internal/doctors/me/day", claims=claims, query={"day": day} if day else None)


def day_asked(booking_id: str) -> str:
    """The clinic's day of a booking: Novosibirsk, seven hours ahead of UTC."""
    return (bookings.load(booking_id).booking.slot_start + timedelta(hours=7)).date().isoformat()


def settled(booking_id: str, time: Clock, word: str = "held", **more: str) -> None:
    """Its slot has begun, somebody spoke, and the workflow has settled it."""
    row = bookings.load(booking_id).booking
    time.now = max(time.now, row.slot_start)
    body = {"outcome": word, **more}
    route = "POST /internal/bookings/{booking}/outcome"
    assert call(route, booking_id, body=body, claims=own_doctor(booking_id)).status == 200
    (recognise_revenue if word == "held" else credit_balance)(booking_id, clock.now())


def correct(booking_id: str, key: str = "correct-key-1", **asked: str) -> Reply:
    body = {"why": "Врач ошибся строкой", **asked}
    return call(_CORRECTIONS, booking_id, body=body, key=key, claims=OPERATOR)


def actions(subject: str) -> list[str]:
    return [each.action for each in trail.of(subject).entries]


def balance(booking_id: str) -> int:
    return ledger.available(ledger_rules.balance(bookings.load(booking_id).booking.holder_id))


def revenue() -> int:
    kinds = ledger.trial_balance().kinds
    return kinds["revenue"].balance if "revenue" in kinds else 0


class TestDay:
    def test_a_day_tells_who_when_and_how_to_reach_them(self, shop: Shop) -> None:
        booking_id = scheduled(
            shop,
            channel={"type": "skype", "login": "live:anna"},
            comments="Кашель",
            specialty="therapist",
        )
        shown = day_of(own_doctor(booking_id), day_asked(booking_id)).json
        assert shown["clinic_zone"] == "Asia/Novosibirsk"
        (only,) = shown["consultations"]
        assert only["booking_id"] == booking_id
        assert only["patient"]["name"] == "Соловьёва Анна Игоревна"
        assert (only["patient"]["age"], only["patient"]["sex"]) == (38, "female")
        assert only["representative"] is None
        assert only["comments"] == "Кашель"
        assert only["reach"]["skype_login"] == "live:anna"
        assert only["reach"]["phone"] == "+79130001122"
        assert f"{booking_id}.doctor." in only["reach"]["join_url"]
        start = bookings.load(booking_id).booking.slot_start
        assert only["when"]["start"] == clock.iso(start)
        assert only["when"]["clinic_time"].endswith("+07:00")
        assert only["when"]["patient_time"].endswith("+03:00")
        assert only["when"]["zone"] == "Europe/Moscow"

    def test_each_booking_shown_leaves_an_entry_of_who_read_it(self, shop: Shop) -> None:
        booking_id = scheduled(shop)
        day_of(own_doctor(booking_id), day_asked(booking_id))
        (entry,) = trail.of(booking_id).entries
        assert (entry.action, entry.by) == ("day_read", "staff:s-3")

    def test_a_doctor_sees_nobody_of_another_doctor(self, shop: Shop) -> None:
        booking_id = scheduled(shop)
        assert day_of(doctor("d-gromov"), day_asked(booking_id)).json["consultations"] == []
        assert actions(booking_id) == []

    def test_without_a_doctors_id_or_group_nobody_sees_a_day(self) -> None:
        assert day_of({"sub": "s-3", "cognito:groups": "[doctor]"}).status == 403
        assert day_of(OPERATOR).status == 403
        assert day_of(ADMIN).status == 403

    def test_what_is_not_paid_or_of_another_day_is_not_shown(self, shop: Shop) -> None:
        paid = scheduled(shop)
        body = booking(free_slot(3))
        call("POST /me/bookings", body=body, key="unpaid-key", claims=HOLDER)
        own = own_doctor(paid)
        for day in ("2026-12-01", None, "2027-06-01"):
            assert day_of(own, day).json["consultations"] == []
        shown = day_of(own, day_asked(paid)).json["consultations"]
        assert [each["booking_id"] for each in shown] == [paid]

    def test_a_day_that_is_none_is_refused(self) -> None:
        assert set(day_of(doctor("d-gromov"), "завтра").faults) == {"day"}

    def test_earlier_consultations_of_the_same_patient_come_with_ones_own_note(
        self, shop: Shop, time: Clock
    ) -> None:
        first = scheduled(shop)
        same = next(
            number
            for number in range(1, 30)
            if free_slot(number).doctor_id == free_slot(0).doctor_id
            and free_slot(number).start > free_slot(0).end
        )
        second = scheduled(shop, same)
        settled(first, time, note="Повторить через месяц")
        (of_second,) = [
            each
            for each in day_of(own_doctor(second), day_asked(second)).json["consultations"]
            if each["booking_id"] == second
        ]
        (earlier,) = of_second["earlier"]
        assert (earlier["booking_id"], earlier["outcome"]) == (first, "held")
        assert earlier["note"] == "Повторить через месяц"

    def test_the_reads_of_a_day_grow_with_its_bookings_alone(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        booking_id = scheduled(shop)
        reads: list[str] = []
        for name in ("get", "query", "_batch"):
            real = getattr(dynamo, name)

            def counted(*given: Any, real: Any = real, name: str = name, **how: Any) -> Any:
                reads.append(name)
                return real(*given, **how)

            monkeypatch.setattr(dynamo, name, counted)
        own, day = own_doctor(booking_id), day_asked(booking_id)
        reads.clear()
        day_of(doctor("d-gromov"), day)
        empty = Counter(reads)
        reads.clear()
        day_of(own, day)
        assert Counter(reads) - empty == {"query": 3, "_batch": 4}  # one booking, of one holder


class TestNote:
    def test_a_note_is_for_the_doctor_who_wrote_it(self, shop: Shop, time: Clock) -> None:
        booking_id = scheduled(shop)
        settled(booking_id, time, note="Повторить\nчерез месяц")
        route = "GET /internal/bookings/{booking}"
        to_doctor = call(route, booking_id, claims=own_doctor(booking_id))
        to_operator = call(route, booking_id, claims=OPERATOR)
        assert to_doctor.json["note"] == "Повторить\nчерез месяц"
        assert to_operator.json["note"] is None
        assert to_operator.json["evidence"]["has_note"]
        assert "Повторить" not in to_operator.text

    def test_a_note_may_come_after_the_word_and_is_never_changed(self, shop: Shop, time: Clock) -> None:
        booking_id, route = scheduled(shop), "POST /internal/bookings/{booking}/outcome"
        settled(booking_id, time)
        own = own_doctor(booking_id)
        for note, status in (("Первая", 200), ("Первая", 200), ("Другая", 409)):
            said = call(route, booking_id, body={"outcome": "held", "note": note}, claims=own)
            assert said.status == status
        assert said.code == "note_stands"
        shown = call("GET /internal/bookings/{booking}", booking_id, claims=own).json
        assert shown["note"] == "Первая"

    def test_a_note_that_is_too_long_is_refused_and_nothing_is_said(self, shop: Shop, time: Clock) -> None:
        booking_id, route = scheduled(shop), "POST /internal/bookings/{booking}/outcome"
        time.now = bookings.load(booking_id).booking.slot_start
        body = {"outcome": "held", "note": "ы" * 2001}
        assert set(call(route, booking_id, body=body, claims=own_doctor(booking_id)).faults) == {"note"}
        assert bookings.load(booking_id).outcome.word is None

    def test_readings_and_words_leave_entries(self, shop: Shop, time: Clock) -> None:
        booking_id = scheduled(shop)
        own = own_doctor(booking_id)
        time.now = bookings.load(booking_id).booking.slot_start
        call("GET /internal/bookings/{booking}", booking_id, claims=own)
        call("GET /internal/bookings/{booking}/documents", booking_id, claims=own)
        attempts = "POST /internal/bookings/{booking}/contact-attempts"
        for _ in range(2):
            call(attempts, booking_id, body={"result": "wrong_number"}, key="attempt-key-9", claims=own)
        settled(booking_id, time)
        route = "GET /internal/bookings/{booking}/trail"
        entries = call(route, booking_id, claims=OPERATOR).json["entries"]
        assert all(each["by"].startswith("staff:") for each in entries)
        expected = ["booking_read", "contact_attempted", "documents_read", "outcome_said"]
        assert sorted(each["action"] for each in entries) == expected


class TestCorrection:
    def test_held_becomes_not_held_and_the_price_is_on_the_balance(self, shop: Shop, time: Clock) -> None:
        booking_id = scheduled(shop)
        settled(booking_id, time)
        assert (revenue(), balance(booking_id)) == (PRICE, 0)
        reply = correct(booking_id, outcome="not_held", reason="technical")
        assert reply.status == 201
        assert (revenue(), balance(booking_id)) == (0, PRICE)
        row = bookings.load(booking_id).booking
        assert (row.status, row.outcome, row.corrections) == (Status.NOT_HELD, Outcome.TECHNICAL, 1)
        entry = trail.of(booking_id).entries[0]
        assert (entry.action, entry.why) == ("corrected", "Врач ошибся строкой")
        refund = call("POST /me/refunds", body={}, key="refund-key-1", claims=HOLDER).json["refunds"][0]
        assert (refund["status"], refund["amount"]) == ("succeeded", PRICE)

    def test_not_held_becomes_held_and_back_and_again(self, shop: Shop, time: Clock) -> None:
        booking_id = scheduled(shop)
        settled(booking_id, time, "not_held", reason="technical")
        words = [{"outcome": "held"}, {"outcome": "not_held", "reason": "unknown"}] * 2
        for number, word in enumerate(words):
            assert correct(booking_id, f"correct-key-{number}", **word).status == 201
            held = word["outcome"] == "held"
            assert (revenue(), balance(booking_id)) == ((PRICE, 0) if held else (0, PRICE))
        assert ledger.trial_balance().total == 0
        assert ledger.trial_balance().disagreements == ()
        (lot,) = ledger.load(ledger_rules.balance(bookings.load(booking_id).booking.holder_id)).lots
        assert ledger_rules.payment_of(lot.source)

    def test_another_reason_moves_no_money(self, shop: Shop, time: Clock) -> None:
        booking_id = scheduled(shop)
        settled(booking_id, time, "not_held", reason="technical")
        assert correct(booking_id, outcome="not_held", reason="doctor_absent").status == 201
        assert balance(booking_id) == PRICE
        assert bookings.load(booking_id).booking.outcome is Outcome.DOCTOR_ABSENT

    def test_the_same_request_again_changes_nothing(self, shop: Shop, time: Clock) -> None:
        booking_id = scheduled(shop)
        settled(booking_id, time)
        for _ in range(2):
            assert correct(booking_id, outcome="not_held", reason="technical").status == 201
        assert bookings.load(booking_id).booking.corrections == 1
        assert correct(booking_id, outcome="held").code == "idempotency_conflict"

    def test_money_that_was_spent_is_not_taken_again(self, shop: Shop, time: Clock) -> None:
        booking_id = scheduled(shop)
        settled(booking_id, time, "not_held", reason="technical")
        call("POST /me/refunds", body={"amount": 100}, key="refund-key-1", claims=HOLDER)
        reply = correct(booking_id, outcome="held")
        assert (reply.status, reply.code) == (409, "money_gone")
        assert bookings.load(booking_id).booking.status is Status.NOT_HELD

    def test_after_the_clinics_days_for_it_nothing_is_corrected(self, shop: Shop, time: Clock) -> None:
        booking_id = scheduled(shop)
        settled(booking_id, time)
        time.pass_by(days=14, seconds=1)
        assert correct(booking_id, outcome="not_held", reason="technical").code == "correction_too_late"

    def test_what_has_no_final_outcome_is_not_corrected(self, shop: Shop) -> None:
        booking_id = scheduled(shop)
        assert correct(booking_id, outcome="held").code == "not_settled"

    def test_the_outcome_that_it_has_is_no_correction(self, shop: Shop, time: Clock) -> None:
        booking_id = scheduled(shop)
        settled(booking_id, time)
        assert correct(booking_id, outcome="held").code == "outcome_same"

    def test_a_receipt_that_no_longer_fits_is_a_task_for_the_operator(self, shop: Shop, time: Clock) -> None:
        booking_id = scheduled(shop)
        settled(booking_id, time)
        owed = Owed(
            receipt_id="offset:1", booking_id=booking_id, kind="offset", payment_id="p-1", amount=PRICE
        )
        dynamo.write(receipts_store.put(owed, 1, None, NOW))
        assert (
            correct(booking_id, outcome="not_held", reason="technical").json["task"] == "receipt_to_correct"
        )

    def test_a_correction_needs_its_reason_and_an_operator(self, shop: Shop, time: Clock) -> None:
        booking_id = scheduled(shop)
        settled(booking_id, time)
        reply = call(_CORRECTIONS, booking_id, body={"outcome": "held"}, key="correct-key-1", claims=OPERATOR)
        assert set(reply.faults) == {"why"}
        by_doctor = call(
            _CORRECTIONS,
            booking_id,
            body={"outcome": "held", "why": "Так было"},
            key="correct-key-1",
            claims=own_doctor(booking_id),
        )
        assert by_doctor.status == 403
