"""Free slots over the doctors of a specialty: the schedule's rules with what the table says is taken."""

import heapq
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import islice

from teleconsult.catalogue.model import Catalogue, Doctor
from teleconsult.slots import rules, store
from teleconsult.slots.rules import Slot

_DAY = timedelta(days=1)
_RADII = (_DAY, 7 * _DAY, 365 * _DAY)  # how far around a wished start is looked, until enough is found


def free(
    catalogue: Catalogue, doctors: Sequence[Doctor], first_day: date, last_day: date, now: datetime
) -> list[Slot]:
    """All free slots of these doctors on the clinic's days from first to last, in time order."""
    zone = catalogue.clinic.zone
    since, until = rules.day_start(zone, first_day), rules.day_start(zone, last_day + _DAY)
    found: list[Slot] = []
    for doctor in doctors:
        taken = store.taken(doctor.id, since, until, now)
        found.extend(rules.free_slots(doctor, zone, first_day, last_day, taken, now))
    return sorted(found)


def alternatives(
    catalogue: Catalogue, doctors: Sequence[Doctor], wished: datetime, now: datetime, count: int = 5
) -> list[Slot]:
    """The free slots nearest to a wished start, for whom somebody else was faster."""
    found: list[Slot] = []
    for radius in _RADII:
        found = _nearest(catalogue.clinic.zone, doctors, wished, radius, now, count)
        if len(found) == count:
            break
    return found


def _nearest(
    zone: str, doctors: Sequence[Doctor], wished: datetime, radius: timedelta, now: datetime, count: int
) -> list[Slot]:
    by_doctor = []
    for doctor in doctors:
        taken = store.taken(doctor.id, max(now, wished - radius), wished + radius, now)
        by_doctor.append(rules.nearest_free(doctor, zone, wished, radius, taken, now))
    return list(islice(heapq.merge(*by_doctor, key=lambda slot: abs(slot.start - wished)), count))
