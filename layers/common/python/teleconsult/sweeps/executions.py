"""The executions that ended badly, named `<booking>-<n>`."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from teleconsult.platform import aws, settings

_ENDED_BADLY = ("FAILED", "TIMED_OUT", "ABORTED")


def ended_badly_since(since: datetime) -> Iterator[str]:
    """Booking id of each execution that failed, timed out or was stopped since then, newest first.

    They are listed by their start, and a long wait may have begun months ago: so the lists are read to
    their end. They hold nothing but failures, and AWS forgets those after 90 days.
    """
    for status in _ENDED_BADLY:
        for execution in _listed(status):
            if execution["stopDate"] >= since:
                yield execution["name"].rpartition("-")[0]


def _listed(status: str) -> Iterator[dict[str, Any]]:
    pages = aws.client("stepfunctions").get_paginator("list_executions")
    for page in pages.paginate(stateMachineArn=settings.state_machine_arn(), statusFilter=status):
        yield from page["executions"]
