"""What an operator has to look at, whatever row asks for it."""

from datetime import timedelta

import pytest

from teleconsult.platform import dynamo, tasks
from teleconsult.platform.errors import Invalid
from tests.unit.usecases.conftest import NOW


def asks(pk: str, minutes: int, reason: str = "outcome_unclear") -> None:
    moment = NOW + timedelta(minutes=minutes)
    dynamo.write(dynamo.update("bookings", pk, "BOOKING", set=tasks.asked(reason, moment)))


@pytest.mark.usefixtures("stores")
def test_the_longest_open_task_comes_first() -> None:
    asks("BOOKING#b-2", 2)
    asks("BOOKING#b-1", 1, "workflow: Scheduling: ClientError")
    dynamo.write(dynamo.update("bookings", "BOOKING#b-3", "BOOKING", set={"status": "SCHEDULED"}))
    found = tasks.open_tasks().tasks
    assert [(task.pk, task.sk, task.reason) for task in found] == [
        ("BOOKING#b-1", "BOOKING", "workflow: Scheduling: ClientError"),
        ("BOOKING#b-2", "BOOKING", "outcome_unclear"),
    ]
    assert found[0].since == NOW + timedelta(minutes=1)


@pytest.mark.usefixtures("stores")
def test_a_row_that_asks_no_more_is_not_listed() -> None:
    asks("BOOKING#b-1", 1)
    dynamo.write(dynamo.update("bookings", "BOOKING#b-1", "BOOKING", remove=tasks.NOTHING))
    assert tasks.open_tasks().tasks == ()


@pytest.mark.usefixtures("stores")
def test_many_tasks_are_told_page_by_page() -> None:
    for number in range(5):
        asks(f"BOOKING#b-{number}", number)
    first = tasks.open_tasks(limit=3)
    rest = tasks.open_tasks(limit=3, cursor=first.next)
    assert [task.pk for task in (*first.tasks, *rest.tasks)] == [f"BOOKING#b-{number}" for number in range(5)]
    assert rest.next is None


@pytest.mark.usefixtures("stores")
@pytest.mark.parametrize("cursor", ["bm9uc2Vuc2U", "???", "YSBiIENMT1NFRCBk"])
def test_a_cursor_that_no_page_gave_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid):
        tasks.open_tasks(cursor=cursor)
