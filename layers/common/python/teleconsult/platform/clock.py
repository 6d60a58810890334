"""Time: aware UTC to the second; stored as `2026-12-01T03:00:00Z`, which sorts as text."""

from datetime import UTC, datetime

_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def now() -> datetime:
    """The present second, UTC. Only handlers call it; rules and stores are given their time."""
    return datetime.now(UTC).replace(microsecond=0)


def iso(moment: datetime) -> str:
    """UTC text of an aware moment; a fraction of a second is dropped."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(UTC).strftime(_FORMAT)


def parse(text: str) -> datetime:
    """The moment behind `iso` text.

    Raises:
        ValueError: any other form.
    """
    return datetime.strptime(text, _FORMAT).replace(tzinfo=UTC)


def epoch(moment: datetime) -> int:
    """Seconds since 1970, for DynamoDB's TTL attribute alone."""
    return int(moment.timestamp())
