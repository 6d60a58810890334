"""Ids, capabilities and links cannot be guessed, nor one made of another, without the clinic's pepper."""

import re
from collections.abc import Callable
from itertools import combinations
from math import log2

import pytest

from teleconsult.platform import ids, links

PEPPER = b"the clinic's pepper, in the unit tests"
BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
ENOUGH = 128  # bits

Derived = Callable[..., str]

DERIVED: dict[str, tuple[Derived, tuple[str, ...]]] = {
    "booking": (ids.booking_id, ("site", "a-key-of-the-form")),
    "holder": (ids.holder_id, ("+79130001122",)),
    "address": (ids.address_id, ("203.0.113.7",)),
    "document": (ids.document_id, ("b-1", "a-key")),
    "refund": (ids.refund_request_id, ("h-1", "h-1", "a-key")),
    "desk payment": (ids.desk_payment_id, ("b-1", "staff:1", "a-key")),
    "callback": (ids.callback_id, ("b-1", "h-1", "a-key")),
    "room": (ids.room_name, ("b-1",)),
    "patient's link": (lambda pepper, booking: ids.join_token(pepper, booking, "patient", "d-1"), ("b-1",)),
    "doctor's link": (
        lambda pepper, booking, doctor: ids.join_token(pepper, booking, "doctor", doctor),
        ("b-1", "d-1"),
    ),
}
each_derived = pytest.mark.parametrize(("derive", "parts"), DERIVED.values(), ids=DERIVED)


def secret_of(text: str) -> str:
    """What of an id nobody knows beforehand: what follows its kind, or a join link's booking and side."""
    return re.split(r"[-.]", text)[-1]


@each_derived
def test_an_id_has_more_bits_than_can_be_tried(derive: Derived, parts: tuple[str, ...]) -> None:
    secret = secret_of(derive(PEPPER, *parts))
    assert set(secret) <= set(BASE32)
    assert len(secret) * log2(len(BASE32)) >= ENOUGH


@each_derived
def test_each_place_of_an_id_takes_every_letter(derive: Derived, parts: tuple[str, ...]) -> None:
    made = [secret_of(derive(f"pepper {number}".encode(), *parts)) for number in range(1000)]
    assert {len({each[place] for each in made}) for place in range(len(made[0]))} == {len(BASE32)}


@each_derived
def test_without_the_pepper_an_id_cannot_be_made(derive: Derived, parts: tuple[str, ...]) -> None:
    assert derive(PEPPER, *parts) != derive(b"a guess", *parts)


@each_derived
def test_an_id_is_of_everything_it_is_made_of(derive: Derived, parts: tuple[str, ...]) -> None:
    others = [(*parts[:place], parts[place] + "x", *parts[place + 1 :]) for place in range(len(parts))]
    secrets = {secret_of(derive(PEPPER, *each)) for each in (parts, *others)}
    assert len(secrets) == 1 + len(parts)


def test_where_one_part_ends_and_the_next_begins_counts() -> None:
    assert ids.booking_id(PEPPER, "site", "key-1") != ids.booking_id(PEPPER, "sitek", "ey-1")


def test_no_id_tells_another_of_the_same_parts() -> None:
    made = [secret_of(derive(PEPPER, *("same",) * len(parts))) for derive, parts in DERIVED.values()]
    made.append(ids.capability(PEPPER, "same").lower())
    assert [(one, other) for one, other in combinations(made, 2) if one[:8] == other[:8]] == []


def test_two_creators_with_one_key_make_two_bookings() -> None:
    made = {ids.booking_id(PEPPER, scope, "a-common-key") for scope in ("site", "h-1", "h-2", "staff:1")}
    assert len(made) == 4


def test_a_capability_has_256_bits_and_is_of_one_booking() -> None:
    one, other = (ids.capability(PEPPER, booking) for booking in ("b-1", "b-2"))
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", one)
    assert one != other
    assert one != ids.capability(b"a guess", "b-1")


@pytest.mark.parametrize("side", ["patient", "doctor"])
def test_a_join_link_is_of_its_booking_its_side_and_its_doctor(side: str) -> None:
    token = ids.join_token(PEPPER, "b-1", side, "d-1")
    mac = secret_of(token)
    other_side = "doctor" if side == "patient" else "patient"
    forged = [
        f"b-2.{side}.{mac}",
        f"b-1.{other_side}.{mac}",
        f"b-1.{side}.{mac[:-1]}",
        f"b-1.{side}.",
        "b-1",
        "",
    ]
    assert ids.is_join_token(PEPPER, token, "d-1")
    assert [each for each in forged if ids.is_join_token(PEPPER, each, "d-1")] == []


def test_who_lost_a_booking_to_another_doctor_has_a_link_that_opens_nothing() -> None:
    lost = ids.join_token(PEPPER, "b-1", "doctor", "d-1")
    assert not ids.is_join_token(PEPPER, lost, "d-2")


def test_a_link_to_the_cabinet_opens_nothing_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CABINET_URL", "https://cabinet.example.org")
    assert links.cabinet("b-1") == "https://cabinet.example.org/bookings/b-1"


def test_a_join_link_is_its_token_and_names_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOIN_URL", "https://api.example.org")
    monkeypatch.setattr("teleconsult.platform.settings.pepper", lambda: PEPPER)
    token = ids.join_token(PEPPER, "b-1", "patient", "d-1")
    assert links.join("b-1", "patient", "d-1") == f"https://api.example.org/join/{token}"
