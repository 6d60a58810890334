"""How long `GET /slots` takes for a large clinic, and what it reads: more for days and doctors alone."""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.capacity import Tally
from bench.figures import median, percentile
from local.demo.web import Answer
from local.demo.world import World
from local.stack import CLINIC, Stack
from teleconsult.catalogue import store as catalogue_store
from teleconsult.platform import aws, dynamo
from teleconsult.slots import search, store
from teleconsult.slots.model import Slot

DOCTORS = 30
DAYS = 31
_CALLS = 20
_WARM_UP = 5
_SPECIALTY = "neurologist"
_HOURS = {"recurrence": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "from": "09:00", "to": "15:00"}
_SHARES = {"none": 0, "a_tenth": 10, "half": 50, "all_but_one_in_twenty": 95}  # per cent of the slots taken


def measure(stack: Stack, world: World, tell: Callable[[str], None]) -> dict[str, Any]:
    """By the share of slots that are booked: read units a call where the stack counts them, else milliseconds
    as the caller sees them, since counting takes time of its own."""
    tell(f"каталог из {DOCTORS} врачей")
    _load(stack, world)
    tally = Tally(Path(stack.tally)) if stack.tally else None
    figures: dict[str, Any] = {"doctors": DOCTORS, "days": DAYS, "floor_ms": _floor(world)}
    with _as_a_function_sees_it(stack):
        bookings = 0
        for share, percent in _SHARES.items():
            tell(f"GET /slots, занято {percent} % времени")
            bookings = _book(percent)
            figures[share] = {"bookings": bookings, **_ask(world, tally)}
    return figures


def _load(stack: Stack, world: World) -> None:
    """The sample clinic, its neurologist thirty times over."""
    document = json.loads(CLINIC.read_text(encoding="utf-8"))
    document["clinic"]["timing"]["horizon_days"] = DAYS + 1
    one = next(each for each in document["doctors"] if _SPECIALTY in each["specialties"])
    one["offers"] = {"first": {"price": 320000, "minutes": 30}}
    one["schedule"] = [_HOURS]
    for number in range(1, DOCTORS):
        document["doctors"].append({**deepcopy(one), "id": f"d-bench-{number}"})
    answer = world.web.call(
        "PUT", f"{stack.api_url}/internal/catalogue", document, token=stack.staff_token("admin")
    )
    answer.expect(200)


def _floor(world: World) -> float:
    """What the way to a function and back takes by itself: an address that is none of the API's."""
    return median([_timed(world, f"{world.api_url}/nowhere")[0] for _ in range(_CALLS)])


def _timed(world: World, url: str) -> tuple[float, Answer]:
    started = time.perf_counter()
    answer = world.web.call("GET", url, headers={"Accept-Encoding": "gzip"})  # as a browser does
    return (time.perf_counter() - started) * 1000, answer


def _days() -> tuple[date, date]:
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    return tomorrow, tomorrow + timedelta(days=DAYS - 1)


def _ask(world: World, tally: Tally | None) -> dict[str, Any]:
    first, last = _days()
    asked = {
        "specialty": _SPECIALTY,
        "kind": "first",
        "from": first,
        "to": last,
        "time_zone": "Europe/Moscow",
    }
    url = f"{world.api_url}/slots?{urlencode(asked)}"
    for _ in range(_WARM_UP):
        _, answer = _timed(world, url)
    free_slots = len(answer.expect(200)["slots"])
    if tally:
        tally.settle()
        position = tally.position()
        _timed(world, url)
        return {"free_slots": free_slots, "read_units": tally.since(position, without_index="due").read}
    taken = [_timed(world, url)[0] for _ in range(_CALLS)]
    return {"free_slots": free_slots, "median_ms": median(taken), "p95_ms": percentile(taken, 95)}


@contextmanager
def _as_a_function_sees_it(stack: Stack) -> Iterator[None]:
    """The stores, on the stack's tables."""
    wanted = {
        "AWS_ENDPOINT_URL": stack.engine_url,
        "AWS_DEFAULT_REGION": stack.region,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "BOOKINGS_TABLE": stack.outputs["BookingsTableName"],
        "PATIENTS_TABLE": stack.outputs["PatientsTableName"],
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    aws.client.cache_clear()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        aws.client.cache_clear()


def _book(percent: int) -> int:
    """Take so many of every hundred slots, as paid bookings would; how many are taken then."""
    now = datetime.now(UTC).replace(microsecond=0)
    catalogue = catalogue_store.load()
    doctors = [each for each in catalogue.doctors.values() if _SPECIALTY in each.specialties]
    by_day: dict[tuple[str, date], list[Slot]] = {}
    for slot in search.free(catalogue, doctors, *_days(), now, "first"):
        by_day.setdefault((slot.doctor_id, slot.start.date()), []).append(slot)
    taken = 0
    for (doctor_id, day), free in by_day.items():
        (seen,) = store.days_of(free[0])
        wanted = (len(free) + len(seen.taken)) * percent // 100 - len(seen.taken)
        booked = {_booking(each): store.Taken(each.start, each.end, None) for each in free[: wanted - 1]}
        if wanted > 0:
            almost = store.TakenDay(doctor_id, day, seen.version, {**seen.taken, **booked})
            last = free[wanted - 1]
            dynamo.transact(store.hold([almost], last, _booking(last), last.end, now))
        taken += max(wanted, 0) + len(seen.taken)
    return taken


def _booking(slot: Slot) -> str:
    """An id as long as a real one."""
    return f"b-{slot.start:%Y%m%d%H%M}00000000000000"
