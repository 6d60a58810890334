"""One entry of the audit trail. `why` is in the words of whoever did it, so it may be personal data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What somebody did, or read.

    `subject`: what it is about, and is found by: a booking's id, a holder's, or `staff:<id>` for what is
    about nobody yet, such as a search. `entry_id`: the request that did it. `by`: `staff:<id>`, the holder's
    id, or `site`. `about`: ids and codes only. `why`: None where nobody asks.
    """

    subject: str
    entry_id: str
    at: datetime
    by: str
    action: str
    why: str | None = None
    about: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrailPage:
    """Entries, newest first, and the cursor of the next page (None: that was all)."""

    entries: tuple[Entry, ...]
    next: str | None
