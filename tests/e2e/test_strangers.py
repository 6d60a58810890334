"""Another person's booking, document, balance or callback is never readable or guessable.

Whoever asks has a good token, capability or doctor of their own, and another's ids: to them what is another's
does not exist, in the very words in which what nobody has does not.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from functools import partial
from itertools import product
from typing import Any
from uuid import uuid4

import pytest

from local.demo.doors import Cabinet
from local.demo.story import load
from local.demo.web import Answer
from local.demo.world import World
from local.stack import Stack
from teleconsult.platform.http import Access, Operation
from tests import doors, strangers
from tests.doors import DOCTOR, NOBODYS, OPERATOR
from tests.strangers import Ids, Person, Rows, Strangers


@pytest.fixture(scope="module")
def people(world: World, stack: Stack) -> Strangers:
    return strangers.strangers(world, stack)


@pytest.fixture
def stored(stack: Stack, people: Strangers) -> Callable[[], Rows]:
    """All that there is of both."""
    return partial(strangers.rows, stack, people.victim, people.stranger)


class Caller:
    """Somebody at the API, with what proves who they are."""

    def __init__(self, world: World, **shown: str) -> None:
        self._world, self._shown = world, {name.replace("_", "-"): text for name, text in shown.items()}

    def ask(self, operation: Operation, ids: Ids, query: str = "") -> Answer:
        """As a good call does."""
        method, path = doors.address(operation, ids)
        headers = {"Idempotency-Key": str(uuid4()), **self._shown}
        url = self._world.api_url + path + query
        return self._world.web.call(method, url, doors.body(operation), headers=headers)


@pytest.fixture(scope="module")
def callers(world: World, stack: Stack, people: Strangers) -> "Callers":
    """By kind and by the person whose booking is their business; an operator's is everybody's."""

    def bearer(token: str) -> Caller:
        return Caller(world, Authorization=f"Bearer {token}")

    both, operator = (people.victim, people.stranger), bearer(stack.staff_token(OPERATOR))
    return {
        Access.CAPABILITY: {
            each: Caller(world, X_Booking_Capability=each.scheduled.capability) for each in both
        },
        Access.HOLDER: {each: bearer(each.token) for each in both},
        DOCTOR: {each: bearer(each.doctor_token) for each in both},
        OPERATOR: dict.fromkeys(both, operator),
    }


Callers = Mapping[str, Mapping[Person, Caller]]


def foreign(operation: Operation, people: Strangers, who: str) -> Iterator[tuple[Ids, Ids]]:
    """Each way to name what is not the stranger's own, or does not belong together; beside it the same with
    nobody's ids instead."""
    own, finished = people.stranger.scheduled.ids, people.stranger.finished.ids
    for other in (people.victim.scheduled.ids, people.victim.finished.ids, finished):
        theirs = other is finished or who == OPERATOR  # each by itself is the asker's business
        names = [name for name in doors.owned(operation) if own[name] != other[name]]
        for chosen in product((False, True), repeat=len(names)):
            taken = [name for name, is_taken in zip(names, chosen, strict=True) if is_taken]
            if not taken or (theirs and len(taken) == len(names)):
                continue
            asked = {**own, **{name: other[name] for name in taken}}
            yield asked, {**asked, **{name: NOBODYS[name] for name in (names[-1:] if theirs else taken)}}


def told(answer: Answer) -> str:
    return f"{answer.body} {answer.location}"


def seen(answer: Answer, person: Person) -> list[str]:
    """What of a person's an answer shows."""
    return [mark for mark in person.marks if mark in told(answer)]


def tried(who: str, *, owners: range = range(1, 9), method: str = "") -> list[Any]:
    """Operations of who may call them, with so many ids of owners in the path."""
    found = [each for each in doors.of(who) if len(doors.owned(each.values[0])) in owners]
    return [
        pytest.param(who, *each.values, id=f"{who}: {each.id}")
        for each in found
        if str(each.id).startswith(method)
    ]


MIXED = range(2, 9)
NONE = range(1)
OWN = [*tried(Access.CAPABILITY), *tried(Access.HOLDER), *tried(DOCTOR), *tried(OPERATOR, owners=MIXED)]
READ = [each for who in (Access.CAPABILITY, Access.HOLDER, DOCTOR) for each in tried(who, method="GET")]
LISTS = [each for who in (Access.HOLDER, DOCTOR) for each in tried(who, owners=NONE, method="GET")]


@pytest.mark.parametrize(("who", "operation"), OWN)
def test_what_is_anothers_does_not_exist(
    people: Strangers, callers: Callers, stored: Callable[[], Rows], who: str, operation: Operation
) -> None:
    before, asker = stored(), callers[who][people.stranger]
    answers = [
        (asker.ask(operation, another), asker.ask(operation, nobodys))
        for another, nobodys in foreign(operation, people, who)
    ]
    assert answers
    assert [(answer.status, told(answer)) for answer, _ in answers] == [
        (404, told(nothing)) for _, nothing in answers
    ]
    assert [seen(answer, people.victim) for answer, _ in answers] == [[]] * len(answers)
    assert stored() == before


@pytest.mark.parametrize(("who", "operation"), READ)
def test_what_is_ones_own_is_shown(
    people: Strangers, callers: Callers, who: str, operation: Operation
) -> None:
    """Else that another's is not would say nothing."""
    answer = callers[who][people.victim].ask(operation, people.victim.scheduled.ids)
    assert answer.status == 200


@pytest.mark.parametrize(("who", "operation"), LISTS)
def test_a_list_has_ones_own_and_nothing_of_anothers(
    stack: Stack, people: Strangers, callers: Callers, who: str, operation: Operation
) -> None:
    both = (people.victim, people.stranger)
    cursors = [f"?cursor={each}" for person in both for each in strangers.cursors_of(stack, person)]
    days = [f"?day={each.scheduled.day}" for each in both]
    queries = (
        [""] + (cursors if "cursor" in operation.query else []) + (days if "day" in operation.query else [])
    )
    for one, other in (both, both[::-1]):
        answers = [callers[who][one].ask(operation, {}, query) for query in queries]
        statuses = [answer.status for answer in answers]
        assert set(statuses) <= {200, 422}
        assert 200 in statuses[1:] or len(queries) == 1  # some of the cursors are good ones
        assert [seen(answer, other) for answer in answers] == [[]] * len(answers)
        assert any(seen(answer, one) for answer in answers)


@pytest.mark.parametrize("operation", doors.of(Access.CAPABILITY))
def test_only_its_own_capability_opens_a_booking(
    world: World, people: Strangers, operation: Operation
) -> None:
    genuine, ids = people.victim.scheduled.capability, people.victim.scheduled.ids
    almost = genuine[:-2] + ("AA" if genuine[-2] != "A" else "BA")
    tries = ("", almost, people.victim.finished.capability, people.stranger.scheduled.capability)
    nothing = Caller(world, X_Booking_Capability=genuine).ask(
        operation, {**ids, "booking": NOBODYS["booking"]}
    )
    for capability in tries:
        answer = Caller(world, X_Booking_Capability=capability).ask(operation, ids)
        assert (answer.status, told(answer)) == (404, told(nothing))


def test_what_the_capability_shows_of_a_booking_names_nobody(world: World, people: Strangers) -> None:
    victim = people.victim
    shown = str(world.site.booking(victim.scheduled.ids["booking"], victim.scheduled.capability))
    assert [each for each in victim.typed if each in shown] == []


def test_a_join_link_of_another_side_or_booking_opens_nothing(world: World, people: Strangers) -> None:
    one, other = people.victim, people.stranger
    booking, mac = one.scheduled.ids["booking"], mac_of(world, one.token, "/me", one)
    doctors, strangers = (mac_of(world, each.doctor_token, "/internal", each) for each in (one, other))
    genuine = (f"{booking}.patient.{mac}", f"{booking}.doctor.{doctors}")
    made_up = (
        f"{booking}.doctor.{mac}",
        f"{booking}.patient.{doctors}",
        f"{booking}.doctor.{strangers}",
        f"{other.scheduled.ids['booking']}.patient.{mac}",
        f"{booking}.patient.{mac[:-1]}{'a' if mac[-1] != 'a' else 'b'}",
    )
    assert [follow(world, token).status for token in genuine] == [200, 200]
    nothing = follow(world, f"{NOBODYS['booking']}.patient.{mac}")
    answers = [follow(world, token) for token in made_up]
    assert [(each.status, told(each)) for each in answers] == [(404, told(nothing))] * len(made_up)


def mac_of(world: World, token: str, door: str, person: Person) -> str:
    """What cannot be guessed of the link that somebody is shown with a person's booking."""
    url = f"{world.api_url}{door}/bookings/{person.scheduled.ids['booking']}"
    shown = world.web.call("GET", url, token=token).expect(200)
    link: str = shown.get("booking", shown)["join_url"]
    return link.rpartition(".")[2]


def follow(world: World, token: str) -> Answer:
    return world.web.call("GET", f"{world.api_url}/join/{token}")


def test_a_notification_by_another_path_is_of_an_address_that_does_not_exist(
    world: World, people: Strangers, stored: Callable[[], Rows]
) -> None:
    before = stored()
    said = {"event": "payment.succeeded", "object": {"id": people.victim.scheduled.payment}}
    url = f"{world.api_url}/payments/notifications"
    answers = [world.web.call("POST", f"{url}/{path}", said) for path in ("guess", "no/such/address")]
    assert [(each.status, told(each)) for each in answers] == [(404, told(answers[1]))] * 2
    assert stored() == before


def test_anothers_idempotency_key_gives_nothing_of_what_was_made_by_it(
    world: World, people: Strangers
) -> None:
    form = world.form(load()[0], None, consents=world.consents)
    answer = world.site.book(form, people.victim.scheduled.key)
    assert (answer.status, seen(answer, people.victim)) == (409, [])


def test_a_holder_does_not_book_under_anothers_number(world: World, people: Strangers) -> None:
    written = {**load()[0].given["form"]["holder"], "phone": people.victim.phone}
    form = world.form(load()[0], world.free_slot("d-rakhimov", "first"), holder=written)
    cabinet = Cabinet(world.web, world.api_url, people.stranger.token)
    answer = cabinet.book({**form, "doctor": "d-rakhimov", "consents": world.consents}, str(uuid4()))
    assert [field["path"] for field in answer.expect(422)["error"]["fields"]] == ["holder.phone"]


def test_nobody_has_anothers_money_given_back(world: World, stack: Stack, people: Strangers) -> None:
    kept = strangers.rows(stack, people.victim)
    refunds = Cabinet(world.web, world.api_url, people.stranger.token).ask_for_refund(str(uuid4()))
    assert {each["payment_id"] for each in refunds} == {people.stranger.finished.payment}
    assert strangers.rows(stack, people.victim) == kept


def test_nothing_that_is_sent_along_could_name_what_is_anothers() -> None:
    """Else it has to be tried here: queries are, and forms have no field for an id."""
    asked = [each.values[0] for who in (Access.CAPABILITY, Access.HOLDER, DOCTOR) for each in doors.of(who)]
    sent = {name: each.route for each in asked for name in inputs(each)}
    unknown = {name: route for name, route in sent.items() if name not in doors.INPUTS}
    assert unknown == {}, "put what names nothing of an owner's into INPUTS of tests/doors.py, try the rest"


def inputs(operation: Operation) -> Iterator[str]:
    """The names of its queries, and of its form's fields."""
    yield from operation.query
    if operation.form:
        yield from (each.name for each in fields(operation.form))
