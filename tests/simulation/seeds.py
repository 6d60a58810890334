"""One seed from its beginning to its end, and many of them over all processors."""

import gc
import hashlib
import multiprocessing
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

from teleconsult.booking.model import Status
from teleconsult.platform import clock
from tests.simulation import cases, invariants
from tests.simulation.actors import Actors, pay_out
from tests.simulation.invariants import Broken
from tests.simulation.store import Row
from tests.simulation.world import BEGIN, SWEEP_PERIOD, SWEEPS, World, inhabited, slots

_TROUBLE = (0.0, 0.01, 0.03, 0.03, 0.08)
_CROWD = (0.0, 0.2, 0.5, 0.7)
_TURNS = 400  # of the recovery: each finds something due, or the seed is stuck
_CALM_AFTER = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a seed ended. `broken`: what does not hold, if anything."""

    seed: int
    steps: int
    cases: Counter[str] = field(default_factory=Counter)
    broken: str | None = None
    trace: tuple[str, ...] = ()
    fingerprint: str = ""


def run(seed: int) -> Ended:
    """Play one seed; the same seed is the same play, step by step."""
    slots()
    gc.set_threshold(50_000, 10, 10)  # as in Lambda, see `teleconsult.platform`
    world = World(seed)
    world.trouble, world.crowd = world.random.choice(_TROUBLE), world.random.choice(_CROWD)
    broken = None
    with inhabited(world):
        world.check = invariants.Watch()
        try:
            _play(world)
            world.cases += cases.count(invariants.look(world))
        except Broken as found:
            broken = str(found)
        except Exception:
            broken = "the simulation itself: " + traceback.format_exc()
    text = "\n".join(world.trace)
    fingerprint = hashlib.sha256(text.encode()).hexdigest()[:16]
    return Ended(seed, world.steps, world.cases, broken, tuple(world.trace), fingerprint)


def _play(world: World) -> None:
    Actors(world).begin()
    world.run_until(world.now + _CALM_AFTER)
    if world.random.random() < 0.5:  # else the troubles go on through the consultation
        recover(world)
        _end(world)
        return
    turns = 0
    while not _over(world) and turns < 40:
        turns += 1
        _turn(world)
    recover(world)
    _end(world)


def _end(world: World) -> None:
    """All is over: the invariants of the end, and the clinic's own daily looks find nothing unexplained."""
    world.sweep("callbacks")
    invariants.at_the_end(world)
    days = {"from": BEGIN.date().isoformat(), "to": (world.now.date() + timedelta(days=1)).isoformat()}
    for name, how in (("reconciliation", days), ("audit", {})):
        answer = world.run("sweeps", {"sweep": name, "scheduled_for": clock.iso(world.now), **how})
        if answer["failed"] or answer["left"]:
            raise Broken(f"{name} finds {answer['findings']}")
    world.cases["reconciled"] += 1


def recover(world: World) -> None:
    """Nothing breaks any more, messages get through, time passes, sweeps run: all must come to an end."""
    world.calm = True
    world.note("calm")
    for _ in range(_TURNS):
        if _over(world):
            return
        _turn(world)


def _turn(world: World) -> None:
    """The next moment at which anything happens or is due, and the sweeps of that time."""
    live = _live(world)
    due = [clock.parse(row["due_at"]) for row in live if "due_at" in row]
    moments = [moment for moment in (world.next_moment, *due) if moment and moment > world.now]
    world.run_until(min(moments, default=world.now))
    present = clock.iso(world.now)
    if any(row.get("due_at", "9") <= present or not _carried(world, row) for row in _live(world)):
        _swept(world, SWEEP_PERIOD)
    elif invariants.look(world).due:
        _swept(
            world, 4 * SWEEP_PERIOD
        )  # the provider gives nobody an hour to pay: until then, so often will do


def _swept(world: World, pause: timedelta) -> None:
    if world.calm:
        pay_out(world)  # nobody but an operator ends those
    for name in SWEEPS:
        world.sweep(name)
    world.run_until(world.now + pause)
    world.shop.expire_pending()


def _live(world: World) -> list[Row]:
    return [row for row in invariants.look(world).bookings.values() if not Status(row["status"]).final]


def _carried(world: World, row: Row) -> bool:
    """Whether an execution of the booking runs."""
    booking_id = row["pk"].removeprefix("BOOKING#")
    return any(
        execution.running and execution.name.startswith(f"{booking_id}-")
        for execution in world.machine.executions.values()
    )


def _over(world: World) -> bool:
    executions = world.machine.executions.values()
    quiet = world.next_moment is None and not any(each.running for each in executions)
    return quiet and not _live(world) and not invariants.look(world).due


def run_all(seeds: Sequence[int], processes: int) -> Iterator[Ended]:
    """Play many seeds; those that ended well keep no trace."""
    if processes == 1:
        yield from map(_briefly, seeds)
        return
    pool = ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn"))
    try:  # a process that dies is told, where multiprocessing's own pool would wait for it for ever
        yield from pool.map(_briefly, seeds, chunksize=10)
    finally:
        pool.shutdown(cancel_futures=True)


def _briefly(seed: int) -> Ended:
    ended = run(seed)
    return ended if ended.broken else Ended(seed, ended.steps, ended.cases, fingerprint=ended.fingerprint)
