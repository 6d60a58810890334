"""What a careful reader of the stories would look at, too."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from local.demo.doors import Cabinet
from local.demo.story import agree, e164
from local.demo.world import SOON, Booked, Form, World, moment

Slot = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that a repeated webhook might change."""

    booking: dict[str, Any]
    balance: int
    statement: list[dict[str, Any]]
    trial_balance: dict[str, Any]
    messages: list[dict[str, Any]]


def seen_of(world: World, made: Booked, cabinet: Cabinet) -> Seen:
    return Seen(
        booking=world.operator.booking(made.booking_id),
        balance=cabinet.balance(),
        statement=cabinet.statement(),
        trial_balance=world.operator.trial_balance(),
        messages=[*world.inbox.to(made.phone), *world.inbox.to(made.email)],
    )


def differences(before: Seen, after: Seen) -> list[str]:
    """The names of what changed."""
    return [each.name for each in fields(Seen) if getattr(before, each.name) != getattr(after, each.name)]


def check_confirmations(world: World, made: Booked, form: Form) -> None:
    """SMS and mail to the patient and to the doctor on duty; the patient's mail names the contract (§7)."""
    contract = world.booking(made.booking_id)["contract_number"]
    contacts = world.duty_contacts
    for title, address, kind, containing in (
        ("письмо пациенту с номером договора", made.email, "mail", contract),
        ("письмо врачу", contacts["email"], "mail", made.booking_id),
        ("СМС врачу", e164(contacts["phone"]), "sms", made.booking_id),
    ):
        world.patience.until(title, partial(world.messages, address, kind, containing), SOON)
    sms = world.patience.until("СМС пациенту", partial(world.messages, made.phone, "sms", ""), SOON)
    check_discreet(sms[0], form)


def check_discreet(sms: str, form: Form) -> None:
    """No name and no complaint in an SMS (§7)."""
    holder = form["holder"]
    told = [word for word in (holder["family_name"], holder["given_name"], form["comments"]) if word in sms]
    agree("личное в СМС", told, [])


def nearest_free(world: World, asked: Form, slot: Slot) -> list[dict[str, str]]:
    """The free slots of the specialty that was asked for around a slot, nearest first."""
    free = world.free_slots(datetime.now(UTC).date(), specialty=asked["specialty"], kind=asked["kind"])
    return sorted(free, key=lambda each: _distance(each, slot))


def as_near(alternatives: list[dict[str, str]], nearest: list[dict[str, str]], slot: Slot) -> bool:
    """Whether all that was offered is free, and nothing nearer was left out."""
    near = [_distance(each, slot) for each in nearest[: len(alternatives)]]
    free = all(any(each.items() <= known.items() for known in nearest) for each in alternatives)
    return bool(alternatives) and free and [_distance(each, slot) for each in alternatives] == near


def _distance(one: Slot, other: Slot) -> timedelta:
    return abs(moment(one["start"]) - moment(other["start"]))
