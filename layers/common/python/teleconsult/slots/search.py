"""Free slots of a doctor, or of a specialty's doctors: the schedule minus what the table says is taken.

What is read grows with days and doctors, not with bookings: one item for each day that a doctor works.
"""

import heapq
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice

from teleconsult.catalogue.model import Catalogue, Clinic, Doctor
from teleconsult.catalogue.rules import clinic_day
from teleconsult.slots import rules, store
from teleconsult.slots.model import Slot
from teleconsult.slots.rules import WorkingDay

_DAY = timedelta(days=1)
_RADII = (_DAY, 7 * _DAY, 365 * _DAY)  # how far around a wished start is looked, until enough is found


def free(
    catalogue: Catalogue,
    doctors: Sequence[Doctor],
    first_day: date,
    last_day: date,
    now: datetime,
    kind: str | None = None,
) -> list[Slot]:
    """All free slots of these doctors on the clinic's days from first to last, in time order.

    `kind`: how long they are; None: as long as each doctor's shortest consultation.
    """
    days = _days(catalogue.clinic, doctors, first_day, last_day, now)
    taken = store.taken(_utc_days(days), now)
    found: list[Slot] = []
    for doctor in doctors:
        stretches = taken.get(doctor.id, [])
        found.extend(rules.free_slots(doctor, doctor.minutes(kind), days[doctor.id], stretches, now))
    return sorted(found, key=lambda slot: slot.start)


def alternatives(
    catalogue: Catalogue,
    doctors: Sequence[Doctor],
    kind: str,
    wished: datetime,
    now: datetime,
    count: int = 5,
) -> list[Slot]:
    """The free slots nearest to a wished start, for whom somebody else was faster."""
    found: list[Slot] = []
    for radius in _RADII:
        found = _nearest(catalogue.clinic, doctors, kind, wished, radius, now, count)
        if len(found) == count:
            break
    return found


def _nearest(
    clinic: Clinic,
    doctors: Sequence[Doctor],
    kind: str,
    wished: datetime,
    radius: timedelta,
    now: datetime,
    count: int,
) -> list[Slot]:
    first, last = clinic_day(clinic.zone, wished - radius), clinic_day(clinic.zone, wished + radius)
    days = _days(clinic, doctors, first, last, now)
    taken = store.taken(_utc_days(days), now)
    by_doctor = [
        rules.nearest_free(
            doctor, doctor.minutes(kind), days[doctor.id], wished, taken.get(doctor.id, []), now
        )
        for doctor in doctors
    ]
    return list(islice(heapq.merge(*by_doctor, key=lambda slot: abs(slot.start - wished)), count))


def _days(
    clinic: Clinic, doctors: Sequence[Doctor], first: date, last: date, now: datetime
) -> dict[str, list[WorkingDay]]:
    return {doctor.id: rules.bookable_days(clinic, doctor, first, last, now) for doctor in doctors}


def _utc_days(days: Mapping[str, Sequence[WorkingDay]]) -> list[tuple[str, date]]:
    """The UTC days that working hours lie in: what is taken is kept by them."""
    touched: dict[tuple[str, date], None] = {}
    for doctor_id, working in days.items():
        for day in working:
            for opens, closes in day.windows:
                touched[doctor_id, opens.date()] = None
                touched[doctor_id, (closes - timedelta(seconds=1)).date()] = None
    return list(touched)
