"""Who does what in a seed: patients at both doors, rivals, the provider's notifications, doctors, outages.

Each actor plans its own next deeds in the world's time. A new kind of deed is a method here, and one line in
`begin` or where a booking is made.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from local.sandbox.outcomes import Outcome
from local.sandbox.shop import Webhook
from teleconsult.platform import clock, ids, settings
from teleconsult.slots.model import Slot
from tests.simulation import invariants
from tests.simulation.world import BEGIN, SWEEP_PERIOD, SWEEPS, WEBHOOK_PATH, Reply, World, slots
from tests.unit.api.calls import OPERATOR, doctor
from tests.unit.usecases import forms

_TRIES = 4  # how often a client says the same again
_NOTIFYING = timedelta(hours=24)
_NOTIFICATIONS = "POST /payments/notifications/{path}"
_WORDS = (
    {"outcome": "held"},
    {"outcome": "not_held", "reason": "patient_absent"},
    {"outcome": "not_held", "reason": "doctor_absent"},
    {"outcome": "not_held", "reason": "technical"},
)


@dataclass(slots=True)
class Visit:
    """One booking as its patient sees it. `payments`: ids of those they were sent to the provider with."""

    number: int
    phone: str
    slot: Slot
    by_phone: bool
    booking_id: str = ""
    capability: str = ""
    hold_until: datetime = BEGIN
    price: int = 0
    payments: list[str] = field(default_factory=list)

    @property
    def claims(self) -> dict[str, str]:
        return {"sub": f"u-{self.phone}", "phone_number": self.phone, "phone_number_verified": "true"}


def pay_out(world: World, willing: Callable[[], bool] = lambda: True) -> None:
    """An operator pays out what refunds of the desk's money wait for, or puts it back on the balance."""
    for task in world.desk_refunds():
        what = "payout" if willing() else "refusal"
        body = {"why": "Выдано в кассе"} | ({"document": "РКО 1"} if what == "payout" else {})
        route = "POST /internal/holders/{holder}/refunds/{refund}/" + what
        reply = world.call(route, *task, body=body, claims=OPERATOR)
        world.cases[f"desk: {what}"] += reply.status == 200


@dataclass(slots=True)
class Actors:
    world: World
    visits: list[Visit] = field(default_factory=list)

    @property
    def random(self) -> Random:
        return self.world.random

    def begin(self) -> None:
        """Plan the first deeds: a few people want a few times, some of which overlap."""
        wanted = self.random.sample(slots(), 3)
        for number in range(self.random.randint(2, 3)):
            phone = f"+7913000110{self.random.randrange(2)}"
            visit = Visit(number, phone, self.random.choice(wanted), self.random.random() < 0.35)
            start = self.random.choice((5.0, 60.0, 1800.0, 2400.0)) + self.random.uniform(0, 10)
            self.world.after(start, f"visit {number}: books", partial(self.book, visit))
        for _ in range(self.random.randrange(3)):
            self.world.after(self.random.uniform(60, 3000), "outage", self.outage)
        self.world.after(self.random.uniform(0, 300), "sweeps", self.sweeps)

    # ---- booking ----

    def book(self, visit: Visit, tries: int = 0) -> None:
        body: dict[str, Any] = {
            "kind": "first",
            "specialty": "therapist",
            "doctor": None,
            "slot": {"doctor": visit.slot.doctor_id, "start": clock.iso(visit.slot.start)},
            "holder": forms.holder(phone=visit.phone),
            "patient": {"who": "self"},
            "channel": {"type": "room" if visit.number % 2 else "phone"},  # the same each time it is said
            "comments": None,
            "time_zone": "Europe/Moscow",
        }
        key = f"key-of-visit-{visit.number}"
        if visit.by_phone:
            reply = self.world.call("POST /internal/bookings", body=body, key=key, claims=OPERATOR)
        else:
            body["consents"] = forms.ticks()
            route = "POST /me/bookings" if visit.number % 3 == 0 else "POST /bookings"
            claims = visit.claims if route == "POST /me/bookings" else None
            reply = self.world.call(route, body=body, key=key, claims=claims)
        if reply.again and tries < _TRIES and self.random.random() < 0.9:
            again = partial(self.book, visit, tries + 1)
            self.world.after(self.random.uniform(1, 20), f"visit {visit.number}: books again", again)
        elif reply.status == 201 and not visit.booking_id:
            self._booked(visit, reply)
        elif reply.status == 409:
            self.world.cases["slot taken"] += 1

    def _booked(self, visit: Visit, reply: Reply) -> None:
        visit.booking_id = reply.json["booking_id"]
        self.world.cases["hold taken over"] += self._took_over(visit)
        visit.capability = reply.json.get("capability") or ""
        visit.hold_until = clock.parse(reply.json["hold_until"])
        visit.price = reply.json["price"]
        self.visits.append(visit)
        self._plan_payment(visit)
        self._plan_desk(visit)
        self._plan_consultation(visit)
        self._plan_questions(visit)
        self._plan_changes(visit)
        if self.random.random() < 0.5:
            self._plan_rival(visit)
        if self.random.random() < 0.2:  # a press too many
            self.world.after(self.random.uniform(0, 5), "books twice", partial(self.book, visit, _TRIES))

    def _plan_rival(self, visit: Visit) -> None:
        """Somebody else wants the same time, as soon as its hold runs out."""
        rival = Visit(len(self.visits) + 10, "+79130002233", visit.slot, False)
        moment = visit.hold_until + timedelta(seconds=self.random.uniform(-3, 25))
        self.world.at(moment, f"visit {rival.number}: books", partial(self.book, rival))

    def _took_over(self, visit: Visit) -> bool:
        """Whether another booking, not ended yet, had this very time until now."""
        rows = invariants.look(self.world).bookings.values()
        slot = visit.slot.doctor_id, clock.iso(visit.slot.start)
        return any(
            (row["doctor_id"], row["slot_start"]) == slot
            and row["status"] in ("AWAITING_CONSENT", "AWAITING_PAYMENT")
            and row["pk"] != f"BOOKING#{visit.booking_id}"
            for row in rows
        )

    # ---- at the clinic's desk ----

    def _plan_desk(self, visit: Visit) -> None:
        """Now and then the patient pays in the clinic: at once, or when it is too late for it."""
        if self.random.random() < 0.25:
            moment = self._soon_or_late(visit) + timedelta(seconds=self.random.choice((0, 5, 60, 4000)))
            share = self.random.choice((1.0, 1.0, 0.4, 1.5))
            act = partial(self.take, visit, int(visit.price * share), f"desk-of-visit-{visit.number}")
            self.world.at(moment, f"visit {visit.number}: pays at the desk", act)
        for _ in range(self.random.randrange(2)):
            self.world.after(self.random.uniform(60, 9000), "payouts", self.pay_out)

    def take(self, visit: Visit, amount: int, key: str, tries: int = 0) -> None:
        """An operator books it, again where it was not answered or the consents are not there yet."""
        body = {"method": "cash", "amount": amount, "document": "ПКО 1", "why": "Оплата в кассе"}
        route = "POST /internal/bookings/{booking}/desk-payments"
        reply = self.world.call(route, visit.booking_id, body=body, key=key, claims=OPERATOR)
        if (reply.again or reply.status == 409) and tries < _TRIES:
            again = partial(self.take, visit, amount, key, tries + 1)
            name = f"visit {visit.number}: pays at the desk again"
            self.world.after(self.random.uniform(1, 400), name, again)
        elif reply.status == 201:
            self.world.cases["paid at the desk"] += 1
            self._return(visit)

    def pay_out(self) -> None:
        """An operator sees to what the desk has to give back."""
        pay_out(self.world, lambda: self.random.random() < 0.7)

    def _return(self, visit: Visit) -> None:
        """Money is on the balance: some of it is asked back, another time is booked from it."""
        if self._balance(visit) >= 100 and self.random.random() < 0.6:
            key = f"refund-of-visit-{visit.number}-{len(self.world.trace)}"
            act = partial(self.ask_back, visit, key, self._some_of(self._balance(visit)))
            self.world.after(self.random.uniform(0.1, 400), f"visit {visit.number}: asks money back", act)
        if not self._balance(visit) or len(self.visits) > 5 or self.random.random() < 0.5:
            return
        again = Visit(len(self.visits) + 20, visit.phone, self.random.choice(slots()), False)
        name = f"visit {again.number}: books"
        self.world.after(self.random.uniform(5, 300), name, partial(self.book, again))

    def _balance(self, visit: Visit) -> int:
        return invariants.look(self.world).accounts.get(self._account(visit), 0)

    def _account(self, visit: Visit) -> str:
        return "balance:" + ids.holder_id(settings.pepper(), visit.phone)

    # ---- money back ----

    def _some_of(self, available: int) -> dict[str, int]:
        """A form for all of it, or for a part."""
        return {} if self.random.random() < 0.4 else {"amount": self.random.randrange(100, available + 1)}

    def ask_back(self, visit: Visit, key: str, body: dict[str, int], tries: int = 0) -> None:
        """The same request again where it was not answered; the provider is in whatever mood it is in."""
        sources = sorted(invariants.look(self.world).lots.get(self._account(visit), ()))
        for source in (each for each in sources if each.startswith("payment:")):
            mood = self.random.choice(("succeeded", "succeeded", "canceled", "forbidden", "pending"))
            after = timedelta(seconds=self.random.uniform(1, 4000)) if mood == "pending" else None
            then = self.random.choice(("succeeded", "canceled"))
            outcome = Outcome(mood, after=after, then=then, webhook=Webhook(times=0))
            self.world.shop.refunds.want(source.removeprefix("payment:"), outcome)
        reply = self.world.call("POST /me/refunds", body=body, key=key, claims=visit.claims)
        if reply.again and tries < _TRIES:
            again = partial(self.ask_back, visit, key, body, tries + 1)
            name = f"visit {visit.number}: asks money back again"
            self.world.after(self.random.uniform(1, 30), name, again)
        for _ in range(self.random.randrange(3)):
            self.world.after(self.random.uniform(0.1, 3000), "told of refunds", self.tell_of_refunds)

    def tell_of_refunds(self) -> None:
        """The provider says, perhaps once more, which refunds succeeded."""
        for said in self.world.shop.refunds_to_tell():
            self.world.call(_NOTIFICATIONS, WEBHOOK_PATH, body=said)

    # ---- consents and payment ----

    def _plan_payment(self, visit: Visit) -> None:
        if visit.by_phone and self.random.random() < 0.1:
            return  # never opens the SMS
        moment = self._soon_or_late(visit)
        if visit.by_phone:
            self.world.at(moment, f"visit {visit.number}: consents", partial(self.consent, visit))
            moment += timedelta(seconds=self.random.uniform(0.5, 20))
        if self.random.random() < 0.92:
            self.world.at(moment, f"visit {visit.number}: pays", partial(self.pay, visit))

    def _soon_or_late(self, visit: Visit) -> datetime:
        """At once, or shortly before the hold ends."""
        soon = self.world.now + timedelta(seconds=self.random.uniform(0.2, 40))
        late = visit.hold_until - timedelta(seconds=self.random.uniform(1, 90))
        return soon if self.random.random() < 0.6 or late < soon else late

    def consent(self, visit: Visit, tries: int = 0) -> None:
        reply = self.world.call(
            "POST /me/bookings/{booking}/consents",
            visit.booking_id,
            body={"consents": forms.ticks()},
            claims=visit.claims,
        )
        if reply.again and tries < _TRIES:
            again = partial(self.consent, visit, tries + 1)
            self.world.after(self.random.uniform(1, 10), f"visit {visit.number}: consents again", again)

    def pay(self, visit: Visit, tries: int = 0) -> None:
        """Begins by card; whoever has money on the balance pays from it as well, now and then both."""
        rich = self._balance(visit) >= visit.price
        with_balance = self._balance(visit) > 0 and self.random.random() < (0.2 if rich else 0.7)
        if not with_balance and self.random.random() < (0.4 if rich else 0.03):
            self.pay_from_balance(visit)
            if self.random.random() < 0.6:
                return
        reply = self._begin(visit, "both" if with_balance else "card", tries)
        waits_for_consent = visit.by_phone and reply.status == 409
        if (reply.again or waits_for_consent) and tries < _TRIES:
            again = partial(self.pay, visit, tries + 1)
            self.world.after(self.random.uniform(1, 15), f"visit {visit.number}: pays again", again)
        elif reply.status == 201 and reply.json["payment_id"] is None:
            self.world.cases["paid from the balance"] += 1
        elif reply.status == 201 and reply.json["payment_id"] not in visit.payments:
            self.world.cases["balance and card"] += with_balance
            visit.payments.append(reply.json["payment_id"])
            self._plan_at_provider(visit, reply.json["payment_id"])
            if self.random.random() < 0.3:
                moment = self.random.uniform(1, 200)
                self.world.after(moment, f"visit {visit.number}: waits", partial(self.look, visit))
            if self.random.random() < (0.7 if rich else 0.03):  # remembers the balance, the card's page open
                moment = self.random.uniform(0, 60)
                name = f"visit {visit.number}: pays from balance"
                self.world.after(moment, name, partial(self.pay_from_balance, visit))

    def _begin(self, visit: Visit, method: str, tries: int) -> Reply:
        body, key = {"method": method}, f"pay-of-visit-{visit.number}-{tries}"
        if visit.capability and visit.number % 2 and method == "card":
            return self.world.call(
                "POST /bookings/{booking}/payments",
                visit.booking_id,
                body=body,
                key=key,
                x_booking_capability=visit.capability,
            )
        return self.world.call(
            "POST /me/bookings/{booking}/payments", visit.booking_id, body=body, key=key, claims=visit.claims
        )

    def look(self, visit: Visit) -> None:
        """The page that waits for the money."""
        self.world.call("GET /me/bookings/{booking}/payments", visit.booking_id, claims=visit.claims)

    def pay_from_balance(self, visit: Visit, tries: int = 0) -> None:
        reply = self.world.call(
            "POST /me/bookings/{booking}/payments",
            visit.booking_id,
            body={"method": "balance"},
            key=f"balance-of-visit-{visit.number}",
            claims=visit.claims,
        )
        if reply.again and tries < _TRIES:
            name = f"visit {visit.number}: pays from balance again"
            again = partial(self.pay_from_balance, visit, tries + 1)
            self.world.after(self.random.uniform(1, 10), name, again)
        elif reply.status == 201:
            self.world.cases["paid from the balance"] += 1

    # ---- at the provider ----

    def _plan_at_provider(self, visit: Visit, payment_id: str) -> None:
        draw = self.random.random()
        if draw < 0.6:
            moment = self.world.now + timedelta(seconds=self.random.uniform(0.2, 60))
        elif draw < 0.83:
            moment = visit.hold_until + timedelta(seconds=self.random.uniform(-8, 15))
        elif draw < 0.93:
            moment = visit.hold_until + timedelta(seconds=self.random.uniform(10, 1500))
        else:
            return  # closes the page
        what = self.random.random()
        if what < 0.12:
            act = partial(self.decline, visit, payment_id)
        else:
            act = partial(self.paid, visit, payment_id)
        self.world.at(moment, f"visit {visit.number}: at the provider", act)

    def paid(self, visit: Visit, payment_id: str) -> None:
        """The provider takes the money: what was asked, now and then less or more."""
        shop = self.world.shop
        shop.expire_pending()
        if shop.status(payment_id) != "pending":
            return
        asked, draw = shop.amount(payment_id), self.random.random()
        if draw < 0.12:
            taken = self.random.randrange(1, asked)
        elif draw < 0.3:
            taken = asked + self.random.choice(
                (self.random.randrange(1, asked), visit.price, 2 * visit.price)
            )
        else:
            taken = asked
        shop.pay_other(payment_id, taken)
        self.world.note(f"provider took {taken} of {asked}: {payment_id[:8]}")
        if taken < asked and self.random.random() < 0.7:
            pause = self.random.uniform(5, 200)
            self.world.after(pause, f"visit {visit.number}: pays the rest", partial(self.pay, visit))
        self._tell(payment_id)

    def decline(self, visit: Visit, payment_id: str) -> None:
        shop = self.world.shop
        shop.expire_pending()
        if shop.status(payment_id) != "pending":
            return
        shop.turn_down(payment_id)
        self._tell(payment_id)
        if self.random.random() < 0.6:
            self.world.after(self.random.uniform(1, 60), "tries another card", partial(self.pay, visit))

    def _tell(self, payment_id: str) -> None:
        """The provider's notification: up to three times, or never; at once, late, or lost for a while."""
        if self.random.random() < 0.08:
            self.world.cases["nobody told us"] += 1
            return
        for _ in range(self.random.choice((1, 1, 1, 2, 2, 3))):
            draw = self.random.random()
            if draw < 0.7:
                seconds = self.random.uniform(0.05, 5)
            elif draw < 0.95:
                seconds = self.random.uniform(5, 900)
            else:
                seconds = self.random.uniform(900, 40_000)
            said = self.world.shop.told(payment_id)
            since = self.world.now
            self.world.after(
                seconds,
                f"notified of {payment_id[:8]}",
                partial(self._notify, said, since, 0),
            )

    def _notify(self, said: dict[str, Any], since: datetime, tries: int) -> None:
        """Anything but 200 is said again for 24 hours; some of it never gets through to us."""
        lost = not self.world.calm and self.random.random() < 0.05
        payment_id, booking_id = said["object"]["id"], said["object"]["metadata"]["booking_id"]
        before = invariants.look(self.world)
        waited = self.world.machine.waits(booking_id, "AwaitPayment")
        reply = Reply(0) if lost else self.world.call(_NOTIFICATIONS, WEBHOOK_PATH, body=said)
        if reply.status == 200:
            self._count(before, payment_id, booking_id, waited)
            if visit := next((each for each in self.visits if each.booking_id == booking_id), None):
                self._return(visit)
            return
        if self.world.now - since < _NOTIFYING:
            pause = min(2.0**tries, 300.0)
            again = partial(self._notify, said, since, tries + 1)
            self.world.after(pause, f"notified again of {said['object']['id'][:8]}", again)

    def _count(self, before: invariants.Books, payment_id: str, booking_id: str, waited: bool) -> None:
        after = invariants.look(self.world)
        source = f"payment:{payment_id}"
        known = any(each["source"] == source for each in before.transfers.values())
        self.world.cases["double delivery"] += known
        paid_now = not before.bookings[booking_id].get("paid_at") and after.bookings[booking_id].get(
            "paid_at"
        )
        self.world.cases["early webhook"] += bool(paid_now and not waited and not known)

    # ---- the consultation ----

    def _plan_consultation(self, visit: Visit) -> None:
        start, end = visit.slot.start, visit.slot.end
        for side in ("patient", "doctor"):
            if self.random.random() < 0.5:
                moment = start + timedelta(seconds=self.random.uniform(-600, 900))
                self.world.at(moment, f"{side} joins {visit.number}", partial(self.join, visit, side))
        for number in range(self.random.choice((0, 0, 0, 1, 2, 3))):
            moment = start + timedelta(seconds=60 * number + self.random.uniform(0, 30))
            self.world.at(
                moment,
                f"doctor tries to reach {visit.number}",
                partial(self.contact, visit, number),
            )
        for _ in range(self.random.choice((0, 1, 1, 1, 2))):
            moment = end + timedelta(seconds=self.random.uniform(-600, 1300))
            word, who = self.random.choice(_WORDS), self.random.choice(("doctor", "operator"))
            self.world.at(
                moment,
                f"{who} speaks of {visit.number}",
                partial(self.speak, visit, word, who),
            )

        for number in range(self.random.choice((0, 0, 1, 3))):
            moment = end + timedelta(seconds=self.random.uniform(1300, 9000))
            word = self.random.choice(_WORDS)
            act = partial(self.correct, visit, word, f"correct-{visit.number}-{number}")
            self.world.at(moment, f"operator corrects {visit.number}", act)

    def correct(self, visit: Visit, word: dict[str, str], key: str, tries: int = 0) -> None:
        body = {**word, "why": "Врач ошибся"}
        route = "POST /internal/bookings/{booking}/corrections"
        reply = self.world.call(route, visit.booking_id, body=body, key=key, claims=OPERATOR)
        self.world.cases["corrected"] += reply.status == 201
        if reply.again and tries < _TRIES:
            again = partial(self.correct, visit, word, key, tries + 1)
            self.world.after(self.random.uniform(1, 10), "operator corrects again", again)

    def join(self, visit: Visit, side: str) -> None:
        token = ids.join_token(settings.pepper(), visit.booking_id, side, visit.slot.doctor_id)
        self.world.call("GET /join/{token}", token)

    def contact(self, visit: Visit, number: int) -> None:
        self.world.call(
            "POST /internal/bookings/{booking}/contact-attempts",
            visit.booking_id,
            body={"result": "no_answer"},
            key=f"attempt-{visit.number}-{number}",
            claims=doctor(visit.slot.doctor_id),
        )

    def speak(self, visit: Visit, word: dict[str, str], who: str, tries: int = 0) -> None:
        claims = OPERATOR if who == "operator" else doctor(visit.slot.doctor_id)
        route = "POST /internal/bookings/{booking}/outcome"
        reply = self.world.call(route, visit.booking_id, body=word, claims=claims)
        if reply.again and tries < _TRIES:
            again = partial(self.speak, visit, word, who, tries + 1)
            self.world.after(self.random.uniform(1, 10), f"{who} speaks again", again)

    # ---- questions afterwards ----

    def _plan_questions(self, visit: Visit) -> None:
        """Now and then a question comes up after the consultation, or two, or one is asked twice."""
        for number in range(self.random.choice((0, 0, 0, 0, 0, 0, 1, 2))):
            by_phone, key = self.random.random() < 0.4, f"question-{visit.number}-{number}"
            act = partial(self.ask_for_call, visit, key, by_phone)
            for _ in range(self.random.choice((1, 1, 1, 2))):
                moment = visit.slot.end + timedelta(seconds=self.random.uniform(900, 20_000))
                self.world.at(moment, f"visit {visit.number}: asks for a call", act)

    def ask_for_call(self, visit: Visit, key: str, by_phone: bool, tries: int = 0) -> None:
        """The patient asks for the doctor's call, or an operator whom they have rung up does."""
        route = f"POST /{'internal' if by_phone else 'me'}/bookings/{{booking}}/callbacks"
        body = {
            "question": "Можно ли заниматься спортом?",
            **({"why": "Просит по телефону"} if by_phone else {}),
        }
        claims = OPERATOR if by_phone else visit.claims
        reply = self.world.call(route, visit.booking_id, body=body, key=key, claims=claims)
        if reply.again and tries < _TRIES:
            again = partial(self.ask_for_call, visit, key, by_phone, tries + 1)
            self.world.after(
                self.random.uniform(1, 20), f"visit {visit.number}: asks for a call again", again
            )
        elif reply.status == 201:
            self._plan_call(visit, reply.json["callback"], clock.parse(reply.json["answer_by"]))
        elif reply.status == 409:
            self.world.cases["second callback refused"] += reply.json["error"]["code"] == "callback_open"

    def _plan_call(self, visit: Visit, callback: str, due: datetime) -> None:
        """In time or late somebody calls, more or less in order; now and then nobody does, or need not."""
        for _ in range(2):
            moment = due + timedelta(seconds=self.random.uniform(-60, 4000))
            self.world.at(moment, "sweep of callbacks", partial(self.world.sweep, "callbacks"))
        if self.random.random() < 0.15:
            act = partial(self.withdraw, visit, callback)
            self.world.after(self.random.uniform(1, 90_000), f"visit {visit.number}: needs no call", act)
        if self.random.random() < 0.15:
            return
        begin = self.world.now if self.random.random() < 0.5 else due
        results = self.random.choices(("no_answer", "busy", "reached"), k=self.random.randrange(4))
        acts: list[tuple[str, dict[str, Any]]] = [("assignee", {"assignee": "me"})]
        acts += [("attempts", {"result": each}) for each in results]
        for _ in range(self.random.choice((1, 1, 2))):
            result = self.random.choice(("answered", "answered", "not_reached"))
            acts.append(("result", {"result": result, "note": "Поговорили"}))
        for number, (what, body) in enumerate(acts):
            moment = begin + timedelta(seconds=self.random.uniform(0, 600) + 300 * number)
            act = partial(self.work_on_call, visit, callback, what, body, f"{callback[-8:]}-{number}")
            self.world.at(moment, f"visit {visit.number}: call, {what}", act)

    def work_on_call(
        self, visit: Visit, callback: str, what: str, body: dict[str, Any], key: str, tries: int = 0
    ) -> None:
        """An operator who looked at the request a moment ago, or before somebody else changed it."""
        version = invariants.look(self.world).callbacks[callback]["version"]
        seen = {} if what == "attempts" else {"version": max(1, version - (self.random.random() < 0.1))}
        route = f"POST /internal/bookings/{{booking}}/callbacks/{{callback}}/{what}"
        asked = {"body": {**body, **seen}, "key": key if what == "attempts" else None, "claims": OPERATOR}
        reply = self.world.call(route, visit.booking_id, callback, **asked)
        if reply.again and tries < _TRIES:
            again = partial(self.work_on_call, visit, callback, what, body, key, tries + 1)
            self.world.after(self.random.uniform(1, 20), f"visit {visit.number}: call, {what} again", again)

    def withdraw(self, visit: Visit, callback: str, tries: int = 0) -> None:
        route = "POST /me/bookings/{booking}/callbacks/{callback}/withdrawal"
        reply = self.world.call(route, visit.booking_id, callback, claims=visit.claims)
        if reply.again and tries < _TRIES:
            again = partial(self.withdraw, visit, callback, tries + 1)
            self.world.after(self.random.uniform(1, 20), f"visit {visit.number}: needs no call again", again)

    # ---- other wishes ----

    def _plan_changes(self, visit: Visit) -> None:
        """Another time, a longer hold, or no consultation at all: while it is paid for, or long after."""
        for likely, name, act in (
            (0.3, "moves", partial(self.move, visit)),
            (0.2, "cancels", partial(self.cancel, visit)),
            (0.1, "is held longer", partial(self.hold_longer, visit)),
        ):
            while self.random.random() < likely:
                to_start = (visit.slot.start - self.world.now).total_seconds()
                seconds = self.random.choice((60.0, 1900.0, to_start))
                self.world.after(self.random.uniform(0.2, seconds), f"visit {visit.number}: {name}", act)

    def move(self, visit: Visit, slot: Slot | None = None, key: str = "", tries: int = 0) -> None:
        slot = slot or self.random.choice(slots())
        key = key or f"move-of-visit-{visit.number}-{self.world.steps}"
        body = {"doctor": slot.doctor_id, "start": clock.iso(slot.start)}
        reply = self._changed(visit, "slot", body, self.random.choice(("patient", "clinic")), key)
        if reply.again and tries < _TRIES:
            again = partial(self.move, visit, slot, key, tries + 1)
            self.world.after(self.random.uniform(1, 20), f"visit {visit.number}: moves again", again)
        elif reply.status == 200:
            visit.slot = slot
            self._plan_consultation(visit)

    def cancel(self, visit: Visit, tries: int = 0) -> None:
        reply = self._changed(visit, "cancellation", {}, self.random.choice(("patient", "clinic")))
        if reply.again and tries < _TRIES:
            again = partial(self.cancel, visit, tries + 1)
            self.world.after(self.random.uniform(1, 20), f"visit {visit.number}: cancels again", again)
        elif reply.status == 200:
            self._return(visit)

    def hold_longer(self, visit: Visit) -> None:
        body = {"minutes": self.random.randrange(1, 120)}
        self._changed(visit, "hold", body, "clinic")

    def _changed(self, visit: Visit, what: str, body: dict[str, Any], by: str, key: str = "") -> Reply:
        own = by == "patient"
        if not own:
            body = {**body, "why": "так надо", **({} if what == "hold" else {"by": "clinic"})}
        return self.world.call(
            f"POST {'/me' if own else '/internal'}/bookings/{{booking}}/{what}",
            visit.booking_id,
            body=body,
            key=key or None,
            claims=visit.claims if own else OPERATOR,
        )

    # ---- the schedule, and what breaks ----

    def sweeps(self) -> None:
        """The schedule's ticks while much goes on; later `recover` runs them when something is due."""
        for name in SWEEPS:
            if self.random.random() < 0.5:  # each seed costs time: some runs find nothing to do anyway
                self.world.sweep(name)
        if self.world.now < BEGIN + timedelta(minutes=90):
            pause = SWEEP_PERIOD.total_seconds() * self.random.randint(2, 6)
            self.world.after(pause, "sweeps", self.sweeps)

    def outage(self) -> None:
        """Executions are stopped, as an operator or a broken deployment stops them."""
        for execution in list(self.world.machine.executions.values()):
            if execution.running and self.random.random() < 0.5:
                self.world.machine.abort(execution.name)
                self.world.cases["execution stopped"] += 1
                self.world.note(f"stopped {execution.name[:8]}")
