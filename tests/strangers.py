"""Two holders who have all that can be had, each with another doctor, and no business of the other's."""

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from local.demo.doors import Cabinet
from local.demo.story import e164, load
from local.demo.world import World
from local.stack import Stack
from teleconsult.platform import cursors
from tests import files

_FAR = timedelta(days=4)  # no reminder is due meanwhile
_SETTLES = 90  # seconds, at most: both people have everything made at the same moment
_PART = 10_000  # kopecks, which went back
_PDF = files.pdf()

Ids = Mapping[str, str]
Rows = list[str]


@dataclass(frozen=True, slots=True)
class Belongings:
    """What hangs on one booking: `ids` by the names of path parameters, `key` is that of the request."""

    ids: Ids
    key: str
    capability: str
    day: str
    payment: str


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """A holder, with tokens of their own and of their doctor. `typed`: what they typed of themselves; `ids`:
    of all that is theirs."""

    token: str
    doctor_token: str
    doctor: str
    phone: str
    scheduled: Belongings
    finished: Belongings
    typed: tuple[str, ...]
    ids: tuple[str, ...]

    @property
    def marks(self) -> tuple[str, ...]:
        """What nobody but they and their doctor may be shown."""
        return (*self.typed, *self.ids)


@dataclass(frozen=True, slots=True)
class Strangers:
    victim: Person
    stranger: Person


@dataclass(frozen=True, slots=True)
class _Written:
    """What a person types, so seldom that it is found wherever it leaks."""

    doctor: str
    specialty: str
    name: Mapping[str, str]
    comments: str
    file: str
    question: str

    @property
    def texts(self) -> tuple[str, ...]:
        return (*self.name.values(), self.comments, self.file, self.question)


_VICTIM = _Written(
    "d-sokolova",
    "therapist",
    {"family_name": "Сокровенная", "patronymic": "Тихоновна", "email": "sokrovennaya@example.ru"},
    "Жалобы, о которых никто не должен узнать",
    "Сокровенная выписка.pdf",
    "Можно ли мне, Сокровенной, в горы?",
)
_STRANGER = _Written(
    "d-gromov",
    "cardiologist",
    {"family_name": "Посторонняя", "patronymic": "Львовна", "email": "postoronnyaya@example.ru"},
    "Жалобы посторонней",
    "Посторонняя выписка.pdf",
    "Можно ли мне, Посторонней, в горы?",
)


def strangers(world: World, stack: Stack) -> Strangers:
    """Both, with nothing on its way any more."""
    with ThreadPoolExecutor(2) as pool:
        victim, stranger = pool.map(lambda written: _person(world, stack, written), (_VICTIM, _STRANGER))
    world.patience.until("уведомления приняты", lambda: world.sandbox.owed() == 0, _SETTLES)
    return Strangers(victim, stranger)


def rows(stack: Stack, *people: Person) -> Rows:
    """All that is stored of these people, in all tables."""
    marks = [mark for each in people for mark in each.marks]
    found = (json.dumps(item, sort_keys=True, ensure_ascii=False, default=repr) for item in _items(stack))
    return sorted(row for row in found if any(mark in row for mark in marks))


def cursors_of(stack: Stack, person: Person) -> list[str]:
    """A cursor for each place in each list where something of this person's stands."""
    places = {
        place
        for item in _items(stack)
        if any(mark in str(item) for mark in person.marks)
        for place in _places({name: next(iter(value.values())) for name, value in item.items()})
    }
    return [cursors.write(place) for place in sorted(places)]


def _items(stack: Stack) -> Iterator[dict[str, Any]]:
    dynamodb = stack.client("dynamodb")
    for table in dynamodb.list_tables()["TableNames"]:
        for page in dynamodb.get_paginator("scan").paginate(TableName=table):
            yield from page["Items"]


def _places(row: Mapping[str, Any]) -> Iterator[str]:
    (kind, _, owner), (listed, _, key) = row["pk"].partition("#"), row["sk"].partition("#")
    if kind == "HOLDER":
        yield key  # of refunds and of requests for a call
    if "line" in row:
        yield f"{row['line']} {owner}"  # of the statement
    if listed == "CALLBACK" and "due_at" in row:
        yield f"{row['due_at']} {owner} {key}"  # of the queue of calls


def _person(world: World, stack: Stack, written: _Written) -> Person:
    holder = world.holder({**load()[0].given["form"]["holder"], **written.name})
    phone = e164(holder["phone"])
    token = world.sign_in.holder(phone)  # before other SMS with numbers in them come
    slots = world.free_slots(world.tomorrow() + _FAR, doctor=written.doctor, kind="first")
    bookings = [_Booking(world, stack, written, holder, slot) for slot in (slots[0], slots[-1])]
    for each in bookings:
        each.settle()
    bookings[1].cancel()
    cabinet = Cabinet(world.web, world.api_url, token)
    world.patience.until("деньги на счёте", cabinet.balance, _SETTLES)
    (refund,) = cabinet.ask_for_refund(str(uuid4()), _PART)
    holder_id = world.web.call("GET", f"{world.api_url}/me/balance", token=token).expect(200)["holder_id"]
    account = {"holder": holder_id, "refund": refund["refund"]}
    for each in bookings:
        each.until_told()
    belongings = [each.belongings(account) for each in bookings]
    ids = {value for each in belongings for value in (*each.ids.values(), each.capability, each.payment)}
    return Person(
        token=token,
        doctor_token=stack.staff_token("doctor", written.doctor),
        doctor=written.doctor,
        phone=phone,
        scheduled=belongings[0],
        finished=belongings[1],
        typed=(phone, phone.removeprefix("+7"), *written.texts),
        ids=tuple(sorted(ids)),
    )


class _Booking:
    """Booked, paid, with a document and a request for the doctor's call."""

    def __init__(
        self,
        world: World,
        stack: Stack,
        written: _Written,
        holder: Mapping[str, Any],
        slot: Mapping[str, str],
    ) -> None:
        self._world, self._written, self._slot = world, written, slot
        self._operator = stack.staff_token("operator")
        form = world.form(
            load()[0],
            slot,
            doctor=written.doctor,
            specialty=written.specialty,
            holder=holder,
            consents=world.consents,
            comments=written.comments,
        )
        self._key = str(uuid4())
        made = world.site.book(form, self._key).expect(201)
        self._id, self._capability = made["booking_id"], made["capability"]
        payment = world.site.pay_by_card(self._id, self._capability)
        self._payment = payment["payment_id"]
        world.sandbox.pay(self._payment, made["price"])
        self._document = self._attach()

    def settle(self) -> None:
        """Wait until it is scheduled and its document was looked at; have the doctor's call asked for."""
        self._reach("SCHEDULED")
        self._world.patience.until("документ проверен", self._document_is_ready, _SETTLES)
        asked = {"question": self._written.question, "why": "Попросили по телефону"}
        self._callback = self._staff("POST", "callbacks", asked).expect(201)["callback"]

    def cancel(self) -> None:
        self._staff("POST", "cancellation", {"by": "clinic", "why": "Врач заболел"}).expect(200)
        self._reach("CANCELLED")

    def until_told(self) -> None:
        """Wait until none of its messages is on its way."""
        self._world.patience.until("всё отправлено", lambda: not self._pending(), _SETTLES)

    def belongings(self, account: Ids) -> Belongings:
        of_call = next(each["id"] for each in self._notices() if each["notice"] == "callback")
        ids = {
            "booking": self._id,
            "document": self._document,
            "callback": self._callback,
            "notice": of_call,
            **account,
        }
        return Belongings(ids, self._key, self._capability, self._slot["start"][:10], self._payment)

    def _attach(self) -> str:
        file = {"name": self._written.file, "type": "application/pdf", "size": len(_PDF)}
        made = self._site("POST", "documents", file).expect(201)
        assert files.send(made, _PDF).status == 204
        return str(made["document"])

    def _document_is_ready(self) -> bool:
        (document,) = self._site("GET", "documents").expect(200)["documents"]
        return bool(document["status"] == "ready")

    def _notices(self) -> Sequence[dict[str, Any]]:
        notices: Sequence[dict[str, Any]] = self._staff("GET", "notices").expect(200)["notices"]
        return notices

    def _pending(self) -> bool:
        return any("pending" in each["messages"].values() for each in self._notices())

    def _reach(self, status: str) -> None:
        self._world.reach(lambda: self._world.booking(self._id), status, _SETTLES)

    def _site(self, method: str, what: str, content: Any = None) -> Any:
        return self._call("", method, what, content, {"X-Booking-Capability": self._capability})

    def _staff(self, method: str, what: str, content: Any = None) -> Any:
        return self._call("/internal", method, what, content, {"Authorization": f"Bearer {self._operator}"})

    def _call(self, prefix: str, method: str, what: str, content: Any, shown: Mapping[str, str]) -> Any:
        url = f"{self._world.api_url}{prefix}/bookings/{self._id}/{what}"
        return self._world.web.call(method, url, content, headers={"Idempotency-Key": str(uuid4()), **shown})
