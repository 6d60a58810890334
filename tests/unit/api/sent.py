"""Bodies as the site, the cabinet and the console send them."""

from typing import Any

from teleconsult.platform import clock
from teleconsult.slots.model import Slot
from tests.unit.api.calls import HOLDER, OPERATOR, Reply, call
from tests.unit.usecases import forms
from tests.unit.usecases.conftest import NOW


def free_slot(number: int = 0, specialty: str = "therapist") -> Slot:
    return forms.free_slots(specialty, NOW)[number]


def booking(slot: Slot | None = None, **changes: Any) -> dict[str, Any]:
    """The site's form of an adult; `changes` replace whole fields."""
    return {**by_phone(slot), "consents": forms.ticks(), **changes}


def by_phone(slot: Slot | None = None, **changes: Any) -> dict[str, Any]:
    """What the operator enters."""
    slot = slot or free_slot()
    return {
        "kind": "first",
        "specialty": "therapist",
        "doctor": None,
        "slot": {"doctor": slot.doctor_id, "start": clock.iso(slot.start)},
        "holder": forms.holder(),
        "patient": {"who": "self"},
        "channel": {"type": "room"},
        "comments": None,
        "time_zone": "Europe/Moscow",
        **changes,
    }


def booked(slot: Slot | None = None, key: str = "site-key-1") -> dict[str, Any]:
    """A booking made on the site: its answer."""
    return _made(call("POST /bookings", body=booking(slot), key=key))


def booked_by_phone(key: str = "phone-key-1", **changes: Any) -> str:
    """A booking made by the operator: its id."""
    made = _made(call("POST /internal/bookings", body=by_phone(**changes), key=key, claims=OPERATOR))
    return str(made["booking_id"])


def consented(booking_id: str) -> None:
    reply = call(
        "POST /me/bookings/{booking}/consents", booking_id, body={"consents": forms.ticks()}, claims=HOLDER
    )
    assert reply.status == 200, reply.text


def _made(reply: Reply) -> dict[str, Any]:
    assert reply.status == 201, reply.text
    answer: dict[str, Any] = reply.json
    return answer
