"""Bookings on their way through the deployed workflow: made, paid, spoken about, looked at."""

import itertools
import json
import os
import time
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from local import deployment
from teleconsult.booking import store, workflow
from teleconsult.booking.model import Booking, Channel, Door, Record, Stage, Status
from teleconsult.consents import documents, giving
from teleconsult.consents import rules as consent_rules
from teleconsult.consents import store as consent_store
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.payments import paying
from teleconsult.payments.yookassa import Provider
from teleconsult.people import store as people_store
from teleconsult.people.model import Holder, Patient, People, Sex
from teleconsult.platform import aws, clock, dynamo, settings
from teleconsult.slots import store as slots
from teleconsult.slots.model import slot_of
from tests import bookings

FAMILY_NAME, PHONE = "Выдуманова", "+79130000001"
STACK = "teleconsult"
PATIENCE_SECONDS = 30

T = TypeVar("T")
_minutes = itertools.count()


def until(what: Callable[[], T | None], booking: Booking | None = None) -> T:
    """What `what` answers as soon as it is true; how the booking fared, if that does not come to pass."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (answer := what()):
        assert time.monotonic() < deadline, fate(booking) if booking else "it did not come to pass"
        time.sleep(0.03)
    return answer


def fate(booking: Booking) -> str:
    """For a failed test: the row, the states entered, the errors met."""
    present = loaded(booking).booking
    errors = [
        event["taskFailedEventDetails"]
        for event in history(booking, present.execution)
        if "taskFailedEventDetails" in event
    ]
    return f"{present}\n{path(booking, present.execution)}\n{errors}"


def engine_client(service: str) -> Any:
    """A client for what the functions themselves never call."""
    return deployment.client(os.environ["AWS_ENDPOINT_URL"], service)


def soon(seconds: float) -> datetime:
    return clock.now() + timedelta(seconds=seconds)


# ---- booking ----


def stored(**changes: Any) -> Booking:
    """A site booking as intake stores it, its workflow not begun yet: row, slot, people and consents."""
    now, number = clock.now(), uuid.uuid4().hex
    fields = {
        "holder_id": f"h-{number}",
        "doctor_id": f"d-{number}",
        "channel": Channel.ROOM,
        "slot_start": now + timedelta(hours=2, minutes=next(_minutes)),
        "created_at": now - timedelta(minutes=1),
    }
    booking = bookings.booking(f"b-{number}", now, **{**fields, **changes})
    writes = [
        store.create(booking),
        *slots.hold(
            slots.days_of(slot_of(booking)), slot_of(booking), booking.booking_id, booking.hold_until, now
        ),
        people_store.put_people(booking.booking_id, _people()),
    ]
    if booking.status is not Status.AWAITING_CONSENT:
        signed = consent_rules.evidence(
            consent_rules.check_ticks(_ticks(), 38),
            None,
            ticked_by=Door.SITE,
            signed_at=now,
            ip="192.0.2.7",
            user_agent="workflow",
        )
        writes.append(consent_store.put_evidence(booking.booking_id, signed))
    dynamo.transact(writes)
    return booking


def stored_by_operator(**changes: Any) -> Booking:
    return stored(door=Door.OPERATOR, status=Status.AWAITING_CONSENT, created_by="operator", **changes)


def begun(booking: Booking) -> Booking:
    workflow.start(booking.booking_id)
    return booking


def _people() -> People:
    person: dict[str, Any] = {
        "family_name": FAMILY_NAME,
        "given_name": "Нина",
        "patronymic": None,
        "birth_date": date(1988, 4, 12),
        "sex": Sex.FEMALE,
    }
    return People(
        holder=Holder(**person, phone=PHONE, email="nina@example.org"),
        patient=Patient(**person, relation=None),
        comments="Жалобы, которых нет",
        skype_login=None,
        time_zone="Asia/Novosibirsk",
    )


# ---- what people do ----


def _ticks() -> list[dict[str, str]]:
    current = (each for each in documents.current() if each.required)
    return [{"document": each.document, "version": each.version} for each in current]


def give_consents(booking: Booking) -> None:
    giving.give(loaded(booking), _ticks(), giving.Origin("192.0.2.7", "workflow"), clock.now())


@dataclass(frozen=True, slots=True)
class Shop:
    """The clinic's shop at the payment sandbox, and the sandbox's own address."""

    provider: Provider
    url: str


def pay(booking: Booking, shop: Shop) -> None:
    """By card: begun, paid at the provider, and told by its notification."""
    settle(begin_payment(booking, shop), shop)


def begin_payment(booking: Booking, shop: Shop) -> str:
    attempt = paying.begin_card_payment(loaded(booking), shop.provider, "https://clinic.example", clock.now())
    assert attempt.payment_id
    return attempt.payment_id


def settle(payment_id: str, shop: Shop) -> None:
    request = urllib.request.Request(
        f"{shop.url}/sandbox/payments/{payment_id}/pay",
        method="POST",
        data=json.dumps({"webhook": {"times": 0}}).encode(),
        headers={"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request).close()
    notify(payment_id, shop)


def notify(payment_id: str, shop: Shop) -> None:
    """What the webhook does with a notification of the provider."""
    paying.settle_payment(payment_id, shop.provider, clock.now())


def sweep(name: str, at: datetime | None = None) -> dict[str, int]:
    """Run one sweep as the schedule does, in its own function with its own role."""
    event = {"sweep": name, "scheduled_for": clock.iso(at or clock.now())}
    answer = engine_client("lambda").invoke(FunctionName=f"{STACK}-sweeps", Payload=json.dumps(event))
    tally: dict[str, int] = json.load(answer["Payload"])
    assert "FunctionError" not in answer, tally
    return tally


# ---- what became of it ----


def loaded(booking: Booking) -> Record:
    return store.load(booking.booking_id)


def status(booking: Booking) -> Status:
    return loaded(booking).booking.status


def on_balance(booking: Booking) -> int:
    return ledger.available(ledger_rules.balance(booking.holder_id))


def held_money(booking: Booking) -> int:
    return ledger.available(ledger_rules.held(booking.booking_id))


def revenue() -> int:
    """What all held consultations have brought, kopecks."""
    kinds = ledger.trial_balance().kinds
    return kinds["revenue"].balance if "revenue" in kinds else 0


def slot_is_taken(booking: Booking) -> bool:
    return slots.holds(slots.days_of(slot_of(booking)), booking.booking_id)


# ---- the execution ----


def execution_arn(booking: Booking, execution: int = 1) -> str:
    machine = settings.state_machine_arn().replace(":stateMachine:", ":execution:")
    return f"{machine}:{booking.booking_id}-{execution}"


def history(booking: Booking, execution: int = 1) -> list[dict[str, Any]]:
    pages = aws.client("stepfunctions").get_paginator("get_execution_history")
    arn = execution_arn(booking, execution)
    return [event for page in pages.paginate(executionArn=arn) for event in page["events"]]


def path(booking: Booking, execution: int = 1) -> list[str]:
    """The names of the states entered, in order."""
    events = history(booking, execution)
    return [
        event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event
    ]


def lambdas(booking: Booking, execution: int = 1) -> int:
    events = (event.get("taskScheduledEventDetails", {}) for event in history(booking, execution))
    return sum(event.get("resource", "").endswith("lambda:invoke") for event in events)


def parked(booking: Booking, stage: Stage, instead_of: str | None = None) -> str:
    """The token with which the workflow waits at a stage, once it is there; not that of a wait before."""

    def token() -> str | None:
        found = loaded(booking).token(stage)
        return found if found != instead_of else None

    return until(token, booking)


def _began(booking: Booking, execution: int) -> bool:
    client = aws.client("stepfunctions")
    try:
        client.describe_execution(executionArn=execution_arn(booking, execution))
    except client.exceptions.ExecutionDoesNotExist:
        return False
    return True


def ended(booking: Booking, execution: int = 1) -> str:
    """How the execution ended, once it has."""

    def status() -> str | None:
        arn = execution_arn(booking, execution)
        found: str = aws.client("stepfunctions").describe_execution(executionArn=arn)["status"]
        return None if found == "RUNNING" else found

    until(lambda: _began(booking, execution))
    return until(status, booking)


def stop(booking: Booking, execution: int = 1) -> None:
    aws.client("stepfunctions").stop_execution(executionArn=execution_arn(booking, execution))
