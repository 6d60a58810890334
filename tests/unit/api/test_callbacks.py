"""Requests for a doctor's call, as the cabinet asks for them and the staff work on them (S16)."""

from datetime import timedelta
from typing import Any

import pytest

from teleconsult.booking import store as bookings
from teleconsult.booking.model import Status
from teleconsult.callbacks import store
from teleconsult.catalogue import store as catalogue_store
from teleconsult.people import store as people_store
from teleconsult.platform import clock, dynamo, tasks
from teleconsult.platform.tally import Tally
from teleconsult.sweeps.sweeping import callbacks as sweep
from teleconsult.trail import store as trail
from tests.doors import NOBODYS
from tests.unit.api.calls import ADMIN, HOLDER, OPERATOR, STRANGER, Reply, call, doctor
from tests.unit.api.conftest import Clock
from tests.unit.api.sent import booked, free_slot
from tests.unit.usecases.conftest import NOW

QUESTION = "Можно ли давать лекарство на ночь?"
MINE = "POST /me/bookings/{booking}/callbacks"
STAFFS = "POST /internal/bookings/{booking}/callbacks"
ONE = STAFFS + "/{callback}"
OTHER_OPERATOR = {**OPERATOR, "sub": "s-9"}


def finished(number: int = 0) -> str:
    """A consultation that was held, and is over by now."""
    booking_id = str(booked(free_slot(number), key=f"site-key-{number}")["booking_id"])
    dynamo.write(
        dynamo.update("bookings", f"BOOKING#{booking_id}", "BOOKING", set={"status": Status.COMPLETED})
    )
    return booking_id


@pytest.fixture
def booking_id(time: Clock) -> str:
    made = finished()
    time.now = bookings.load(made).booking.slot_end + timedelta(hours=1)
    return made


def ask(booking_id: str, key: str = "callback-key-1", claims: Any = HOLDER, **body: Any) -> Reply:
    return call(MINE, booking_id, body={"question": QUESTION, **body}, key=key, claims=claims)


def asked(booking_id: str, key: str = "callback-key-1") -> str:
    reply = ask(booking_id, key)
    assert reply.status == 201, reply.text
    return str(reply.json["callback"])


def offered(booking_id: str) -> Any:
    return call("GET /me/bookings/{booking}", booking_id, claims=HOLDER).json["callback"]


def act(
    what: str, booking_id: str, callback: str, claims: Any = OPERATOR, key: str = "act-key-1", **body: Any
) -> Reply:
    return call(f"{ONE}/{what}", booking_id, callback, body=body, claims=claims, key=key)


def listed(claims: Any = OPERATOR, **query: str) -> list[dict[str, Any]]:
    reply = call("GET /internal/callbacks", claims=claims, query=query or None)
    assert reply.status == 200, reply.text
    found: list[dict[str, Any]] = reply.json["callbacks"]
    return found


def actions(booking_id: str) -> list[str]:
    return [entry.action for entry in trail.of(booking_id).entries]


def own_doctor(booking_id: str) -> dict[str, str]:
    return doctor(bookings.load(booking_id).booking.doctor_id)


def test_a_patient_asks_after_the_consultation_and_sees_by_when_the_doctor_calls(booking_id: str) -> None:
    made = ask(booking_id).json
    (shown,) = call("GET /me/callbacks", claims=HOLDER).json["callbacks"]
    assert shown == made
    assert (made["status"], made["question"]) == ("OPEN", QUESTION)
    assert clock.parse(made["answer_by"]) > clock.parse(made["asked_at"])
    assert actions(booking_id) == ["callback_asked"]


def test_the_wish_moves_the_due_time(booking_id: str, time: Clock) -> None:
    wish = time.now + timedelta(days=7)
    made = ask(booking_id, not_before=clock.iso(wish)).json
    assert made["not_before"] == clock.iso(wish)
    assert clock.parse(made["answer_by"]) > wish


def test_a_booking_tells_until_when_a_call_may_be_asked_for_and_how_far_ahead(
    booking_id: str, time: Clock
) -> None:
    last = bookings.load(booking_id).booking.slot_end + timedelta(days=30)
    assert offered(booking_id) == {"until": clock.iso(last), "days_ahead": 14}
    assert ask(booking_id, not_before=clock.iso(time.now + timedelta(days=15))).status == 422
    time.now = last + timedelta(seconds=1)
    assert offered(booking_id) is None
    assert ask(booking_id).code == "callback_too_late"


def test_the_same_key_is_the_same_request_and_with_other_words_is_refused(booking_id: str) -> None:
    first = asked(booking_id)
    assert asked(booking_id) == first
    assert ask(booking_id, question="Другое?").code == "idempotency_conflict"


def test_one_request_of_a_booking_is_open_at_a_time_and_the_second_is_told_which(booking_id: str) -> None:
    first = asked(booking_id)
    refused = ask(booking_id, key="callback-key-2")
    assert (refused.status, refused.code) == (409, "callback_open")
    assert refused.json["error"]["callback"] == first
    body = {"question": QUESTION, "why": "Пациент позвонил"}
    by_phone = call(STAFFS, booking_id, body=body, key="phone-key-2", claims=OPERATOR)
    assert by_phone.json["error"]["callback"] == first


def test_before_the_consultation_the_patient_cannot_ask_but_an_operator_can() -> None:
    booking_id = str(booked()["booking_id"])
    assert ask(booking_id).code == "callback_too_early"
    body = {"question": QUESTION, "why": "Пациент позвонил"}
    made = call(STAFFS, booking_id, body=body, key="phone-key-1", claims=OPERATOR)
    assert made.status == 201, made.text
    (entry,) = [each for each in trail.of(booking_id).entries if each.action == "callback_asked"]
    assert (entry.by, entry.why) == ("staff:s-1", "Пациент позвонил")


def test_an_operators_reason_is_of_three_to_five_hundred_characters_told_with_all_other_faults(
    booking_id: str,
) -> None:
    def told(why: Any) -> list[tuple[str, str]]:
        body = {"question": "Да", "why": why}
        reply = call(STAFFS, booking_id, body=body, key="phone-key-3", claims=OPERATOR)
        return [(each["path"], each["code"]) for each in reply.json["error"]["fields"]]

    question = ("question", "too_short")
    assert told("Да") == [("why", "too_short"), question]
    assert told("я" * 501) == [("why", "too_long"), question]
    assert told("Нет") == told("я" * 500) == [question]


def test_a_holder_has_so_many_open_requests_and_no_more_until_one_ends(time: Clock) -> None:
    made = [finished(number) for number in range(3)]
    loaded, version = catalogue_store.load_document()
    loaded["clinic"]["limits"]["open_callbacks"] = 2
    catalogue_store.replace(loaded, time.now, version)
    time.now = max(bookings.load(each).booking.slot_end for each in made)
    first = asked(made[0], "callback-key-0")
    asked(made[1], "callback-key-1")
    assert ask(made[2], "callback-key-2").code == "too_many_callbacks"
    withdrawal = f"{MINE}/{{callback}}/withdrawal"
    assert call(withdrawal, made[0], first, claims=HOLDER).json["status"] == "WITHDRAWN"
    assert call(withdrawal, made[0], first, claims=HOLDER).json["status"] == "WITHDRAWN"
    assert ask(made[2], "callback-key-2").status == 201
    assert ask(made[0], "callback-key-4").code == "too_many_callbacks"


def test_another_holders_booking_does_not_exist(booking_id: str) -> None:
    callback = asked(booking_id)
    assert ask(booking_id, claims=STRANGER).status == 404
    assert call(f"{MINE}/{{callback}}/withdrawal", booking_id, callback, claims=STRANGER).status == 404
    assert call("GET /me/callbacks", claims=STRANGER).json["callbacks"] == []


def test_at_18_the_representative_sees_no_questions_any_more(booking_id: str, time: Clock) -> None:
    callback = asked(booking_id)
    of_child = {"relation": "parent", "birth_date": "2008-12-20"}
    people = people_store.load(booking_id)
    write = dynamo.update(
        "patients", f"BOOKING#{booking_id}", "PEOPLE", set={f"patient.{k}": v for k, v in of_child.items()}
    )
    dynamo.write(write)
    assert people.patient.is_holder
    assert len(call("GET /me/callbacks", claims=HOLDER).json["callbacks"]) == 1
    assert offered(booking_id) is not None
    time.now = clock.parse("2026-12-21T00:00:00Z")
    assert call("GET /me/callbacks", claims=HOLDER).json["callbacks"] == []
    assert offered(booking_id) is None
    assert ask(booking_id, key="callback-key-2").status == 404
    assert call(f"{MINE}/{{callback}}/withdrawal", booking_id, callback, claims=HOLDER).status == 404


def test_the_queue_tells_whom_to_call_and_leaves_an_entry_for_each_question_read(booking_id: str) -> None:
    asked(booking_id)
    (shown,) = listed()
    assert (shown["phone"], shown["question"]) == (HOLDER["phone_number"], QUESTION)
    assert shown["name"] == shown["patient"] == "Соловьёва Анна Игоревна"
    assert actions(booking_id).count("callback_read") == 1


def test_a_question_that_a_list_shows_again_and_again_is_read_once_an_hour(
    booking_id: str, time: Clock
) -> None:
    asked(booking_id)
    first = time.now
    for minutes in (0, 1, 59):
        time.now = first + timedelta(minutes=minutes)
        listed()
    assert actions(booking_id).count("callback_read") == 1
    listed(own_doctor(booking_id))
    assert actions(booking_id).count("callback_read") == 2
    time.now = first + timedelta(minutes=60)
    listed()
    assert actions(booking_id).count("callback_read") == 3


def test_the_bookings_table_holds_nothing_of_what_was_asked(booking_id: str) -> None:
    asked(booking_id)
    assert QUESTION not in str(list(dynamo.scan_all("bookings")))


def test_a_doctor_sees_and_works_on_own_bookings_and_what_is_assigned_to_them(booking_id: str) -> None:
    callback, other = asked(booking_id), {**doctor("d-gromov"), "sub": "s-7"}
    assert [each["callback"] for each in listed(own_doctor(booking_id))] == [callback]
    assert listed(other) == []
    assert act("attempts", booking_id, callback, other, result="busy").status == 404
    one = "GET /internal/bookings/{booking}/callbacks"
    assert call(one, booking_id, claims=other).status == 404
    assert act("assignee", booking_id, callback, assignee="staff:s-7", version=1).status == 200
    assert [each["callback"] for each in listed(other, assignee="me")] == [callback]
    assert listed(OPERATOR, assignee="me") == []
    assert act("attempts", booking_id, callback, other, result="busy").status == 201
    foreign = act("assignee", booking_id, callback, own_doctor(booking_id), assignee="staff:s-1", version=3)
    assert foreign.status == 403
    assert call("GET /internal/callbacks", claims=ADMIN | {"cognito:groups": "[admin]"}).status == 403


def test_a_doctor_does_not_learn_whether_another_doctors_booking_exists(booking_id: str) -> None:
    callback, other = asked(booking_id), doctor("d-gromov")
    tries = ((booking_id, callback), (booking_id, NOBODYS["callback"]), (NOBODYS["booking"], callback))
    told = {act("attempts", *each, other, result="busy").text for each in tries}
    assert len(told) == 1


def test_of_two_who_take_a_request_one_gets_it(booking_id: str) -> None:
    callback = asked(booking_id)
    taken = act("assignee", booking_id, callback, assignee="me", version=1)
    late = act("assignee", booking_id, callback, OTHER_OPERATOR, assignee="me", version=1)
    again = act("assignee", booking_id, callback, assignee="me", version=1)
    assert (taken.json["assignee"], late.code, again.json["version"]) == ("staff:s-1", "callback_changed", 2)


def test_an_attempt_counts_once_for_its_key(booking_id: str) -> None:
    callback = asked(booking_id)
    for _ in range(2):
        reply = act("attempts", booking_id, callback, result="no_answer")
    assert [each["result"] for each in reply.json["attempts"]] == ["no_answer"]
    assert act("attempts", booking_id, callback, result="busy").code == "idempotency_conflict"
    assert len(act("attempts", booking_id, callback, key="act-key-2", result="busy").json["attempts"]) == 2


def test_what_was_answered_leaves_the_queue_with_a_note_and_a_new_question_may_be_asked(
    booking_id: str,
) -> None:
    callback = asked(booking_id)
    ended: dict[str, Any] = {"note": "На вопрос ответили", "version": 1}
    assert act("result", booking_id, callback, result="not_reached", **ended).code == "no_attempts"
    assert act("result", booking_id, callback, result="answered", note="", version=1).status == 422
    for _ in range(2):
        assert act("result", booking_id, callback, result="answered", **ended).json["status"] == "DONE"
    assert act("result", booking_id, callback, result="withdrawn", **ended).code == "callback_closed"
    assert act("attempts", booking_id, callback, result="busy").code == "callback_closed"
    assert listed() == []
    history = call("GET /internal/bookings/{booking}/callbacks", booking_id, claims=OPERATOR).json
    assert history["callbacks"][0]["note"] == "На вопрос ответили"
    asked(booking_id, "callback-key-2")


def test_the_queue_is_read_in_pages_the_longest_due_first(booking_id: str, time: Clock) -> None:
    now, time.now = time.now, NOW
    other = finished(1)
    time.now = now
    early = asked(booking_id)
    time.pass_by(days=1)
    late = asked(other, "callback-key-2")
    page = store.queue(1)
    rest = store.queue(1, page.next)
    assert [each.callback_id for each in (*page.callbacks, *rest.callbacks)] == [early, late]
    assert call("GET /internal/callbacks", claims=OPERATOR, query={"cursor": "завтра"}).status == 422


def test_the_sweep_calls_an_operator_once_for_what_is_overdue_and_an_answer_ends_it(
    booking_id: str, time: Clock
) -> None:
    callback = asked(booking_id)
    due = store.load(store.Place(booking_id, callback)).answer_by
    assert sweep(due, lambda: True) == Tally()
    time.now = due + timedelta(seconds=1)
    assert sweep(time.now, lambda: False) == Tally(found=1, left=1)
    assert sweep(time.now, lambda: True) == Tally(found=1, done=1)
    assert sweep(time.now, lambda: True) == Tally(found=1)
    (task,) = tasks.open_tasks().tasks
    assert (task.reason, task.sk) == ("callback_overdue", f"CALLBACK#{callback}")
    (shown,) = listed()
    assert (shown["overdue"], shown["version"]) == (True, 1)
    act("result", booking_id, callback, result="answered", note="Ответили", version=1)
    assert tasks.open_tasks().tasks == ()
    assert sweep(time.now, lambda: True) == Tally()


def test_two_sweeps_at_once_call_one_operator(
    booking_id: str, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = store.Place(booking_id, asked(booking_id))
    time.pass_by(days=7)
    seen = store.load(at)
    monkeypatch.setattr(store, "load", lambda _: seen)  # both have read it before either wrote
    assert sweep(time.now, lambda: True).done == 1
    assert sweep(time.now, lambda: True).done == 0
