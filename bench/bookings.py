"""How long `POST /bookings` takes on the local stack, warm, one call after another."""

import time
from collections.abc import Callable, Iterator
from itertools import islice
from uuid import uuid4

from bench.figures import median, percentile
from local.demo.story import load
from local.demo.world import Form, World

_CALLS = 60
_WARM_UP = 10


def measure(world: World, tell: Callable[[str], None]) -> dict[str, float]:
    """Milliseconds, as the caller sees them: the network's way is one hop on this machine."""
    taken = []
    for number, form in enumerate(islice(_forms(world), _WARM_UP + _CALLS)):
        if number % 10 == 0:
            tell(f"POST /bookings, вызов {number} из {_WARM_UP + _CALLS}")
        started = time.perf_counter()
        world.site.book(form, str(uuid4())).expect(201)
        if number >= _WARM_UP:
            taken.append((time.perf_counter() - started) * 1000)
    return {"median": median(taken), "p95": percentile(taken, 95), "calls": len(taken)}


def _forms(world: World) -> Iterator[Form]:
    """The first story's form for one slot after another of the ordinary doctors."""
    story = load()[0]
    tomorrow = world.tomorrow()
    for doctor, specialty in (("d-sokolova", "therapist"), ("d-rakhimov", "therapist")):
        for slot in world.free_slots(tomorrow, doctor=doctor, kind="first"):
            yield world.form(
                story,
                slot,
                specialty=specialty,
                doctor=doctor,
                holder=world.holder(story.given["form"]["holder"]),
                consents=world.consents,
            )
