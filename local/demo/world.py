"""What the stories share: everybody's way to the stack, and the steps that more than one of them takes."""

import json
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from local.accounts import STAFF_PASSWORD
from local.demo.doors import Cabinet, Desk, Site
from local.demo.outside import Inbox, PaymentSandbox, SignIn
from local.demo.patience import DutySlots, Patience
from local.demo.story import Phones, Story, agree, e164, load
from local.demo.web import Answer, Unexpected, Web
from local.stack import CLINIC, Stack

_TRIES = 3  # for a minute of the doctor on duty that somebody else has taken
SOON = 20  # seconds within which the stack does what it does at once

Form = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Booked:
    """A booking that was made, and what its people know of it. `phone`: the holder's, E.164."""

    booking_id: str
    slot: Mapping[str, str]
    price: int
    hold_until: datetime
    phone: str
    email: str
    capability: str | None = None


@dataclass(frozen=True, slots=True)
class World:
    """The stack, seen from outside."""

    web: Web
    api_url: str
    site: Site
    sign_in: SignIn
    inbox: Inbox
    sandbox: PaymentSandbox
    operator: Desk
    on_duty: Desk
    duty_contacts: Mapping[str, str]
    consents: list[dict[str, str]]
    patience: Patience
    slots_on_duty: DutySlots = field(default_factory=DutySlots)
    phones: Phones = field(default_factory=Phones)
    began: float = field(default_factory=time.monotonic)
    _printing: threading.Lock = field(default_factory=threading.Lock)

    def say(self, story: Story, what: str) -> None:
        with self._printing:
            print(f"[{time.monotonic() - self.began:5.1f} с] История {story.number}: {what}")
            sys.stdout.flush()

    def form(self, story: Story, slot: Mapping[str, str] | None, **changes: Any) -> Form:
        """The story's form with its slot; a telephone's open digits are filled in by `holder`."""
        form: Form = {**story.given["form"], **changes}
        return {**form, "slot": {"doctor": slot["doctor"], "start": slot["start"]}} if slot else form

    def holder(self, written: Mapping[str, Any]) -> dict[str, Any]:
        """A holder as the story's file has them, with a telephone of this run's own."""
        return {**written, "phone": self.phones.dial(written["phone"])}

    def new_phone(self) -> str:
        """A number (E.164) that this run has not used: a number gets but a code a minute."""
        return e164(self.phones.dial("+7 (913) ###-##-##"))

    def cabinet(self, phone: str) -> Cabinet:
        """The holder of this number signs in by the code in the SMS."""
        return Cabinet(self.web, self.api_url, lambda: self.sign_in.holder(phone))

    def cabinet_by_link(self, made: Booked) -> Cabinet:
        """The holder opens the link in the SMS about an operator's booking."""
        (sms,) = self.messages(made.phone, "sms", made.booking_id)
        session = self.sign_in.session_by_link(sms.rpartition(" ")[2])
        return Cabinet(self.web, self.api_url, session.token)

    def book_on_duty(
        self, story: Story, form: Form, book: Callable[[Form, str], Answer], lead: timedelta
    ) -> Booked:
        """A minute of the doctor on duty, the first that leaves `lead` to pay; booked twice with one key."""
        for _ in range(_TRIES):
            start = self.slots_on_duty.take(datetime.now(UTC), lead)
            slot = {"doctor": story.given["doctor_on_duty"], "start": start.strftime("%Y-%m-%dT%H:%M:%SZ")}
            asked, key = {**form, "slot": slot}, str(uuid4())
            answer = book(asked, key)
            if answer.status != 409:
                made = answer.expect(201)
                agree("повтор с тем же ключом", book(asked, key).expect(201), made)
                self.say(story, f"записались на {start.astimezone():%H:%M:%S}")
                return booked(made, slot, form)
        raise Unexpected("у дежурного врача нет свободного времени")

    def pay_on_page(self, story: Story, confirmation_url: str) -> None:
        self.sandbox.pay_on_page(confirmation_url)
        self.say(story, "оплачено на странице песочницы")

    def reach(self, look: Callable[[], Mapping[str, Any]], status: str, seconds: float = SOON) -> None:
        """Wait until the booking that `look` shows has this status."""
        self.patience.until(f"статус {status}", lambda: look()["status"] == status, seconds)

    def booking(self, booking_id: str) -> dict[str, Any]:
        """As the operator sees it."""
        view: dict[str, Any] = self.operator.booking(booking_id)["booking"]
        return view

    def until_begins(self, made: Booked) -> None:
        self.patience.until_moment(moment(made.slot["start"]))

    @staticmethod
    def tomorrow() -> date:
        return datetime.now(UTC).date() + timedelta(days=1)

    def free_slot(self, doctor: str, kind: str) -> dict[str, str]:
        """The first free slot of a doctor from tomorrow on."""
        return self.free_slots(self.tomorrow(), doctor=doctor, kind=kind)[0]

    def free_slots(self, first: date, **wanted: str) -> list[dict[str, str]]:
        return self.site.free_slots(first, first + timedelta(days=14), **wanted)

    def messages(self, address: str, kind: str, containing: str) -> list[str]:
        """The texts of the SMS, or the mails, to an address that contain this."""
        found = self.inbox.to(address)
        return [each["text"] for each in found if each["kind"] == kind and containing in each["text"]]


def meet(stack: Stack, patience: Patience) -> World:
    """Sign the staff in and read the catalogue: the world, ready for the stories."""
    web = Web()
    inbox = Inbox(web, stack.inbox_url)
    sign_in = SignIn(web, stack.api_url, inbox)
    site = Site(web, stack.api_url)

    def desk(email: str) -> Desk:
        return Desk(web, stack.api_url, lambda: sign_in.staff(email, STAFF_PASSWORD))

    doctors = json.loads(CLINIC.read_text(encoding="utf-8"))["doctors"]
    on_duty = next(each for each in doctors if each["id"] == load()[0].given["doctor_on_duty"])
    documents = site.catalogue()["documents"]
    return World(
        web=web,
        api_url=stack.api_url,
        site=site,
        sign_in=sign_in,
        inbox=inbox,
        sandbox=PaymentSandbox(web, stack.sandbox_url),
        operator=desk(next(each.email for each in stack.staff if each.role == "operator")),
        on_duty=desk(on_duty["contacts"]["email"]),
        duty_contacts=on_duty["contacts"],
        consents=[
            {"document": each["document"], "version": each["version"]}
            for each in documents
            if each["required"]
        ],
        patience=patience,
    )


def booked(made: Mapping[str, Any], slot: Mapping[str, str], form: Form) -> Booked:
    return Booked(
        booking_id=made["booking_id"],
        slot=slot,
        price=made["price"],
        hold_until=moment(made["hold_until"]),
        phone=e164(form["holder"]["phone"]),
        email=form["holder"]["email"],
        capability=made["capability"],
    )


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
