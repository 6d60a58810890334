"""What operators do at the desk: search, the link again, cash and transfers, payouts, tasks, the trail."""

from datetime import date, timedelta
from typing import Any

import pytest

from functions.consent_capture.handler import handler as consent_capture
from functions.scheduling.handler import handler as scheduling
from local.sandbox.outcomes import Outcome
from local.sandbox.shop import Shop, Webhook
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.ledger.audit import audit
from teleconsult.notices import outbox
from teleconsult.platform import dynamo, tasks
from teleconsult.refunds import store
from teleconsult.slots.model import Slot
from teleconsult.trail import store as trail
from tests.unit.api.calls import ADMIN, HOLDER, OPERATOR, Context, Reply, call, doctor
from tests.unit.api.conftest import Clock
from tests.unit.api.sent import booked_by_phone, consented, free_slot
from tests.unit.api.test_refunds import HOLDER_ID, ask, available, notified, paid
from tests.unit.usecases import forms
from tests.unit.usecases.conftest import NOW

FIND = "POST /internal/bookings/search"
PRICE = 250_000
NOBODY = "b-" + "a" * 26
ADMIN_ALONE = {"sub": "s-3", "cognito:groups": "[admin]"}
DAY = "GET /internal/days/{day}"


def find(**query: str) -> Reply:
    return call(FIND, claims=OPERATOR, body=query)


def found(**query: str) -> list[str]:
    return [each["booking_id"] for each in find(**query).json["bookings"]]


def for_child() -> str:
    """Booked for Пётр Соловьёв by Ольга Климова."""
    holder = forms.holder(family_name="Климова", given_name="Ольга", phone="+79130004455")
    slot = free_slot(specialty="pediatrician")
    return booked_by_phone(
        "child-key-1", slot=slot, specialty="pediatrician", holder=holder, patient=forms.CHILD
    )


def take(booking_id: str, amount: int = PRICE, key: str = "cash-key-1", **changes: Any) -> Reply:
    body = {"method": "cash", "amount": amount, "document": "ПКО 1", "why": "Оплата в кассе", **changes}
    return call(
        "POST /internal/bookings/{booking}/desk-payments", booking_id, body=body, key=key, claims=OPERATOR
    )


def payable(key: str = "phone-key-1", number: int = 0) -> str:
    booking_id = booked_by_phone(key, slot=free_slot(number))
    consented(booking_id)
    # moto runs no workflow: its step is done here
    consent_capture({"booking_id": booking_id}, Context())
    return booking_id


def in_order() -> bool:
    trial = ledger.trial_balance()
    return (trial.total, trial.disagreements) == (0, ()) and not audit(ledger.rows, lambda: True).findings


def held(booking_id: str) -> int:
    return ledger.available(ledger_rules.held(booking_id))


def at_desk(what: str, refund: str, **body: str) -> Reply:
    route = "POST /internal/holders/{holder}/refunds/{refund}/" + what
    return call(route, HOLDER_ID, refund, body=body, claims=OPERATOR)


# ---- search ----


@pytest.mark.parametrize("typed", ["8 (913) 000-11-22", "+79130001122", "913 000 11 22"])
def test_bookings_are_found_by_phone_however_it_is_typed(typed: str) -> None:
    booking_id = booked_by_phone()
    for_child()
    assert found(phone=typed) == [booking_id]


@pytest.mark.parametrize("typed", ["со", "СОЛОВЬЕВА", "соловьёва ан", "  Соловьева   Анна Игоревна"])
def test_bookings_are_found_by_the_beginning_of_a_name(typed: str) -> None:
    booking_id = booked_by_phone()
    assert booking_id in found(name=typed)


def test_a_child_is_found_by_its_own_name_and_by_the_representatives() -> None:
    booking_id = for_child()
    assert found(name="климова") == found(name="соловьев петр") == [booking_id]
    (shown,) = find(name="климова").json["bookings"]
    assert (shown["patient"], shown["holder"]) == ("Соловьёв Пётр", "Климова Ольга Игоревна")


def test_an_adult_who_comes_for_themselves_has_one_row_of_people() -> None:
    booking_id = booked_by_phone()
    rows = dynamo.query_all("patients", "pk = :pk", pk=f"BOOKING#{booking_id}")
    assert [row["sk"] for row in rows] == ["PEOPLE"]


def test_another_name_is_not_found() -> None:
    booked_by_phone()
    assert found(name="соловьева бо") == found(name="сорокина") == []


def test_a_booking_is_found_by_its_contract() -> None:
    booking_id = payable()
    take(booking_id)
    scheduling({"booking_id": booking_id}, Context())
    number = f"ОК-20261201-{booking_id[2:12].upper()}"
    assert found(contract=number) == found(contract=number.lower()) == [booking_id]
    assert found(contract=number.replace("ОК", "OK")) == [booking_id]  # Latin letters
    assert found(contract="ОК-20261201-AAAAAAAAAA") == []


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"phone": "+79130001122", "name": "соловьева"},
        {"name": "с"},
        {"name": "'-"},
        {"phone": "12"},
        {"contract": "17"},
        {"name": "соловьева", "cursor": "!"},
    ],
)
def test_a_search_that_cannot_be_made_is_refused_with_a_reason(query: dict[str, str]) -> None:
    reply = find(**query)
    assert (reply.status, len(reply.faults)) == (422, 1)


def test_bookings_of_a_name_come_newest_first_page_by_page(
    time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("teleconsult.desk.rules.PAGE", 2)
    made = []
    for number in range(3):
        made.append(booked_by_phone(f"phone-key-{number}", slot=free_slot(number)))
        time.pass_by(minutes=1)
    page = find(name="соловьева").json
    rest = find(name="соловьева", cursor=page["next"]).json
    assert [each["booking_id"] for each in page["bookings"] + rest["bookings"]] == made[::-1]
    assert rest["next"] is None
    pages = find(phone="+79130001122").json
    rest = find(phone="+79130001122", cursor=pages["next"]).json
    assert {each["booking_id"] for each in pages["bookings"] + rest["bookings"]} == set(made)


def test_a_name_of_too_many_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("teleconsult.desk.rules.MOST_NAMED", 1)
    for number in range(2):
        booked_by_phone(f"phone-key-{number}", slot=free_slot(number))
    assert list(find(name="соловьева").faults) == ["name"]


def test_a_search_is_in_the_trail_without_what_was_typed() -> None:
    booked_by_phone()
    find(name="соловьева")
    (row,) = dynamo.query_all("patients", "pk = :pk", pk="TRAIL#staff:s-1")
    assert (row["action"], row["about"]) == ("bookings_searched", {"by": "name", "found": 1})
    assert "солов" not in str(row).casefold()


def test_a_known_caller_need_not_be_entered_again() -> None:
    booked_by_phone()
    reply = call("POST /internal/holders/search", claims=OPERATOR, body={"phone": "8 913 000 11 22"})
    assert (reply.json["holder_id"], reply.json["available"]) == (HOLDER_ID, 0)
    assert reply.json["people"]["holder"]["family_name"] == "Соловьёва"
    nobody = call("POST /internal/holders/search", claims=OPERATOR, body={"phone": "+79139990000"})
    assert nobody.status == 404
    assert call("POST /internal/holders/search", claims=OPERATOR, body={}).status == 422


# ---- the link ----


def link(booking_id: str, key: str = "link-key-1") -> Reply:
    return call("POST /internal/bookings/{booking}/link", booking_id, body={}, key=key, claims=OPERATOR)


def links_sent(booking_id: str) -> int:
    rows = dynamo.query_all("bookings", "pk = :pk", pk=f"BOOKING#{booking_id}")
    return sum(row["sk"].startswith("OUTBOX#payment_link") for row in rows)


def test_the_link_is_sent_again_once_for_a_key_and_a_few_times_a_day(time: Clock) -> None:
    booking_id = booked_by_phone()
    for number in (1, 1, 2, 3):
        assert link(booking_id, f"link-key-{number}").status == 201
    assert links_sent(booking_id) == 1 + 3
    refused = link(booking_id, "link-key-4")
    assert (refused.status, refused.code, refused.headers["Retry-After"]) == (429, "too_many_links", "79200")
    assert links_sent(booking_id) == 1 + 3


def test_no_link_is_sent_where_nothing_is_awaited(time: Clock) -> None:
    booking_id = payable()
    take(booking_id)
    assert link(booking_id).code == "link_not_needed"


# ---- money at the desk ----


def test_cash_pays_a_booking_and_the_same_again_changes_nothing() -> None:
    booking_id = payable()
    for _ in range(2):
        reply = take(booking_id)
        assert (reply.status, reply.json["due"], bool(reply.json["paid_at"])) == (201, 0, True)
    assert (held(booking_id), available()) == (PRICE, 0)
    assert take(booking_id, amount=100_000).code == "idempotency_conflict"
    assert ledger.trial_balance().kinds["desk"].balance == -PRICE
    assert in_order()


def test_less_is_kept_as_a_part_and_the_rest_pays() -> None:
    booking_id = payable()
    assert take(booking_id, amount=100_000).json["due"] == 150_000
    assert take(booking_id, 150_000, "cash-key-2", method="transfer").json["paid_at"]
    assert (held(booking_id), available()) == (PRICE, 0)


def test_what_is_over_and_what_comes_twice_goes_to_the_balance() -> None:
    booking_id = payable()
    take(booking_id, amount=300_000)
    take(booking_id, amount=10_000, key="cash-key-2")
    assert (held(booking_id), available()) == (PRICE, 60_000)
    assert in_order()


def test_nothing_is_taken_before_the_consents() -> None:
    assert take(booked_by_phone()).code == "consents_first"


def test_a_card_that_pays_after_the_desk_goes_to_the_balance(shop: Shop) -> None:
    booking_id = payable()
    route = "POST /me/bookings/{booking}/payments"
    begun = call(route, booking_id, body={"method": "card"}, key="card-key-1", claims=HOLDER).json
    take(booking_id)
    shop.pay(begun["payment_id"], Webhook(times=0))
    assert notified("payment", begun["payment_id"]).status == 200
    assert (held(booking_id), available()) == (PRICE, PRICE)
    assert in_order()


@pytest.mark.parametrize(
    "wrong",
    [{"amount": 0}, {"amount": -5}, {"method": "card"}, {"document": ""}, {"why": "я"}, {"note": "x"}],
)
def test_a_desk_payment_is_told_in_full(wrong: dict[str, Any]) -> None:
    assert take(payable(), **wrong).status == 422


# ---- money back from the desk ----


@pytest.fixture
def refund() -> str:
    """100 roubles that came in cash, asked back: the refund's id."""
    take(payable(), amount=PRICE + 10_000)
    (asked,) = ask().json["refunds"]
    assert (asked["status"], asked["way"], asked["amount"]) == ("asked", "desk", 10_000)
    return str(asked["refund"])


def test_cash_goes_back_when_an_operator_says_so(refund: str) -> None:
    (task,) = call("GET /internal/tasks", claims=OPERATOR).json["tasks"]
    assert (task["kind"], task["reason"], task["about"]) == ("refund", "refund_to_pay_out", refund)
    for _ in range(2):
        (ended,) = at_desk("payout", refund, document="РКО 7", why="Выдано в кассе").json["refunds"]
        assert (ended["status"], ended["document"], ended["task"]) == ("succeeded", "РКО 7", None)
    assert call("GET /internal/tasks", claims=OPERATOR).json["tasks"] == []
    assert at_desk("refusal", refund, why="Передумали").code == "refund_ended"
    assert ledger.trial_balance().kinds["desk"].balance == -PRICE
    assert in_order()


def test_cash_that_cannot_be_paid_out_is_on_the_balance_again(refund: str) -> None:
    (ended,) = at_desk("refusal", refund, why="Пациент не пришёл").json["refunds"]
    assert (ended["status"], ended["task"]) == ("refused", None)
    assert available() == 10_000
    assert at_desk("payout", refund, document="РКО 7", why="Выдано в кассе").code == "refund_ended"
    assert in_order()


def test_a_refund_of_the_desk_is_overdue_as_others_are(refund: str) -> None:
    (waiting,) = store.waiting()
    assert waiting.place.refund_id == refund


def test_anothers_refund_does_not_exist(refund: str) -> None:
    route = "POST /internal/holders/{holder}/refunds/{refund}/payout"
    body = {"document": "РКО 7", "why": "Выдано в кассе"}
    assert call(route, "h-" + "a" * 26, refund, body=body, claims=OPERATOR).status == 404


def test_part_card_part_cash_goes_back_each_by_its_own_way(shop: Shop) -> None:
    payment_id = paid(shop, PRICE + 20_000)
    take(payable(number=1), amount=PRICE + 10_000)
    refunds = {each["way"]: each for each in ask().json["refunds"]}
    assert (refunds["provider"]["status"], refunds["provider"]["payment_id"]) == ("succeeded", payment_id)
    assert (refunds["desk"]["status"], refunds["desk"]["amount"]) == ("asked", 10_000)
    assert shop.refunded() == (20_000, 1)
    assert at_desk("payout", refunds["provider"]["refund"], document="1", why="Выдано").code == "not_at_desk"


# ---- tasks and trail ----


def test_a_refund_that_the_provider_refused_asks_for_an_operator_until_one_answers(shop: Shop) -> None:
    payment_id = paid(shop, PRICE + 20_000)
    shop.refunds.want(payment_id, Outcome("canceled"))
    (refused,) = ask().json["refunds"]
    (task,) = call("GET /internal/tasks", claims=ADMIN).json["tasks"]
    assert (task["reason"], task["about"]) == ("refund_refused", refused["refund"])
    assert task["words"].startswith("Платёжная система отказала")
    at_desk("task/answer", refused["refund"], why="Договорились о другом способе")
    assert call("GET /internal/tasks", claims=ADMIN).json["tasks"] == []
    assert at_desk("task/answer", refused["refund"], why="Ещё раз").code == "no_task"


def answer(booking_id: str) -> Reply:
    route = "POST /internal/bookings/{booking}/task/answer"
    return call(route, booking_id, body={"why": "Проверено"}, claims=OPERATOR)


def asks(booking_id: str, reason: str, time: Clock) -> None:
    dynamo.write(
        dynamo.update("bookings", f"BOOKING#{booking_id}", "BOOKING", set=tasks.asked(reason, time.now))
    )


def test_a_stuck_booking_is_carried_on_with_once_an_operator_has_seen_to_it(time: Clock) -> None:
    booking_id = booked_by_phone()
    asks(booking_id, "workflow: Lambda.Unknown at Scheduling", time)
    (task,) = call("GET /internal/tasks", claims=OPERATOR).json["tasks"]
    assert (task["kind"], task["booking_id"], task["status"]) == ("booking", booking_id, "AWAITING_CONSENT")
    assert answer(booking_id).status == 204
    row = dynamo.get("bookings", f"BOOKING#{booking_id}", "BOOKING") or {}
    assert (row.get("task"), row["due_at"]) == (None, "2026-12-01T02:00:00Z")
    assert answer(booking_id).code == "no_task"


def test_an_unclear_outcome_is_answered_by_the_outcome_alone(time: Clock) -> None:
    booking_id = booked_by_phone()
    asks(booking_id, "outcome_unclear", time)
    assert answer(booking_id).code == "outcome_needed"


def test_the_trail_tells_who_did_what_and_why(time: Clock) -> None:
    booking_id = payable()
    time.pass_by(minutes=1)
    take(booking_id)
    shown = call("GET /internal/bookings/{booking}/trail", booking_id, claims=ADMIN).json["entries"]
    assert [each["action"] for each in shown] == ["desk_payment_taken", "booked"]
    assert (shown[0]["by"], shown[0]["why"], shown[0]["about"]["document"]) == (
        "staff:s-1",
        "Оплата в кассе",
        "ПКО 1",
    )


def test_the_trail_of_a_holder_tells_of_refunds(refund: str) -> None:
    at_desk("payout", refund, document="РКО 7", why="Выдано в кассе")
    shown = call("GET /internal/holders/{holder}/trail", HOLDER_ID, claims=OPERATOR).json["entries"]
    assert shown[0]["action"] == "refund_paid_out"


@pytest.mark.parametrize(
    ("route", "parameters"),
    [
        (FIND, ()),
        ("POST /internal/holders/search", ()),
        ("GET /internal/tasks", ()),
        (DAY, ("2026-12-01",)),
        ("GET /internal/bookings/{booking}/trail", (NOBODY,)),
    ],
)
def test_doctors_have_no_business_at_the_desk(route: str, parameters: tuple[str, ...]) -> None:
    assert call(route, *parameters, claims=doctor("d-gromov")).status == 403


# ---- the day of the clinic ----


def day_of(slot: Slot) -> str:
    """The day of a free slot by the clinic's clock, which is seven hours ahead of UTC."""
    return (slot.start + timedelta(hours=7)).date().isoformat()


def test_the_day_shows_all_doctors_bookings_in_time_order() -> None:
    late, early = free_slot(5), free_slot(0, specialty="pediatrician")
    ids = [
        booked_by_phone("phone-key-1", slot=late),
        booked_by_phone("phone-key-2", slot=early, specialty="pediatrician", patient=forms.CHILD),
    ]
    shown = call(DAY, day_of(early), claims=OPERATOR).json
    assert day_of(late) == day_of(early)
    assert [each["booking_id"] for each in shown["bookings"]] == list(reversed(ids))
    assert (shown["day"], shown["clinic_zone"]) == (day_of(early), "Asia/Novosibirsk")


def test_a_booking_stands_on_the_clinics_day_and_on_no_other() -> None:
    slot = free_slot()
    booked_by_phone(slot=slot)
    next_day = (date.fromisoformat(day_of(slot)) + timedelta(days=1)).isoformat()
    assert call(DAY, next_day, claims=OPERATOR).json["bookings"] == []


def test_a_hold_that_ran_out_is_not_on_the_day(time: Clock) -> None:
    slot = free_slot()
    booked_by_phone(slot=slot)
    time.pass_by(days=2)
    assert call(DAY, day_of(slot), claims=OPERATOR).json["bookings"] == []


def test_operators_see_who_comes_and_administrators_do_not() -> None:
    slot = free_slot()
    booked_by_phone(slot=slot)
    (named,) = call(DAY, day_of(slot), claims=OPERATOR).json["bookings"]
    (nameless,) = call(DAY, day_of(slot), claims=ADMIN_ALONE).json["bookings"]
    assert (named["patient"], named["phone"]) == ("Соловьёва Анна Игоревна", "+79130001122")
    assert {nameless["patient"], nameless["holder"], nameless["phone"]} == {None}


def test_who_looks_at_a_day_stands_in_the_trail_of_who_looked() -> None:
    slot = free_slot()
    booked_by_phone(slot=slot)
    call(DAY, day_of(slot), claims=OPERATOR)
    (entry,) = trail.of("staff:s-1").entries
    assert (entry.action, dict(entry.about)) == ("day_listed", {"day": day_of(slot), "found": 1})


def test_what_is_no_day_is_refused() -> None:
    reply = call(DAY, "2026-13-01", claims=OPERATOR)
    assert (reply.status, reply.json["error"]["fields"][0]["path"]) == (422, "day")


# ---- notices ----


def failed_notice(booking_id: str) -> None:
    """The SMS with the link was tried for a day in vain."""
    told = {"deliveries.patient_sms": outbox.FAILED, **tasks.asked("notice_failed", NOW)}
    dynamo.write(dynamo.update("bookings", f"BOOKING#{booking_id}", "OUTBOX#payment_link", set=told))


def test_what_could_not_be_sent_is_a_task_until_an_operator_has_it_sent_again(time: Clock) -> None:
    booking_id = booked_by_phone()
    time.pass_by(minutes=1)
    failed_notice(booking_id)
    (task,) = call("GET /internal/tasks", claims=OPERATOR).json["tasks"]
    assert (task["kind"], task["reason"], task["booking_id"]) == ("notice", "notice_failed", booking_id)
    (shown,) = call("GET /internal/bookings/{booking}/notices", booking_id, claims=OPERATOR).json["notices"]
    assert shown["messages"] == {"patient_sms": "failed"}

    again = "POST /internal/bookings/{booking}/notices/{notice}/retries"
    sent = call(again, booking_id, shown["id"], body={"why": "Номер исправен"}, claims=OPERATOR)
    assert (sent.status, sent.json["messages"]) == (201, {"patient_sms": "pending"})
    assert call("GET /internal/tasks", claims=OPERATOR).json["tasks"] == []
    (entry, _) = call("GET /internal/bookings/{booking}/trail", booking_id, claims=OPERATOR).json["entries"]
    assert (entry["action"], entry["why"]) == ("notice_sent_again", "Номер исправен")
    twice = call(again, booking_id, shown["id"], body={"why": "Ещё раз"}, claims=OPERATOR)
    assert (twice.status, twice.json["error"]["code"]) == (409, "nothing_failed")


@pytest.mark.parametrize("notice", ["bm9uc2Vuc2U", "а-б", "A"])
def test_a_notice_that_was_never_told_is_not_found(notice: str) -> None:
    again = "POST /internal/bookings/{booking}/notices/{notice}/retries"
    reply = call(again, booked_by_phone(), notice, body={"why": "Номер исправен"}, claims=OPERATOR)
    assert reply.status == 404
