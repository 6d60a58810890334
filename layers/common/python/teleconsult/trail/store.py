"""The audit trail in the Patients table, in partitions of its own: appended to, never changed.

It stands there and not with the bookings because a reason in somebody's words may tell of their health.
"""

import re
from collections.abc import Iterable
from datetime import timedelta

from teleconsult.platform import clock, cursors, dynamo, ids, settings
from teleconsult.platform.dynamo import Item, Write
from teleconsult.trail.model import Entry, TrailPage

READ_AGAIN = timedelta(hours=1)
"""How long what somebody reads again and again, such as a list that refreshes itself, is one reading."""

_PLACE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ#[0-9a-f]{16}")


def entered(entry: Entry) -> Write:
    """The entry, for the transaction of what it tells of; refused where it stands already."""
    item: Item = {
        "pk": _pk(entry.subject),
        "sk": place(entry),
        "entry_id": entry.entry_id,
        "by": entry.by,
        "action": entry.action,
        "why": entry.why,
        "about": dict(entry.about),
    }
    return dynamo.put(settings.patients_table(), item, "attribute_not_exists(pk)")


def place(entry: Entry) -> str:
    """Where it stands in its subject's trail: by its second, then in no order."""
    told = ids.content_hash([entry.entry_id, entry.action, dict(entry.about)])[:16]
    return f"{clock.iso(entry.at)}#{told}"


def enter(*entries: Entry) -> None:
    """Keep entries of what changes nothing else, such as a reading, before it is answered."""
    for entry in entries:
        try:
            dynamo.write(entered(entry))
        except dynamo.ConditionFailed:
            continue


def enter_readings(entries: Iterable[Entry]) -> None:
    """Keep entries of readings, before they are answered; of the same by the same person, one an hour."""
    table = settings.patients_table()
    readings = {_reading(each): each for each in entries}
    begun = {
        (item["pk"], item["sk"]): clock.parse(item["at"]) for item in dynamo.batch_get(table, [*readings])
    }
    for (pk, sk), entry in readings.items():
        first = begun.get((pk, sk))
        if first is not None and entry.at - first < READ_AGAIN:
            continue
        enter(entry)
        ends = clock.epoch(entry.at + READ_AGAIN)
        dynamo.write(dynamo.put(table, {"pk": pk, "sk": sk, "at": clock.iso(entry.at), "expires_at": ends}))


def of(subject: str, limit: int = 50, cursor: str | None = None) -> TrailPage:
    """What was done with a subject, newest first.

    Raises:
        Invalid: a cursor that no page gave.
    """
    items, after = dynamo.query(
        settings.patients_table(),
        "pk = :pk",
        limit=limit,
        newest_first=True,
        start={"pk": _pk(subject), "sk": place_of(cursor)} if cursor else None,
        pk=_pk(subject),
    )
    entries = tuple(_entry(subject, item) for item in items)
    return TrailPage(entries, cursors.write(after["sk"]) if after else None)


def place_of(cursor: str) -> str:
    """The place after which a page begins.

    Raises:
        Invalid: no page gave the cursor.
    """
    read = cursors.read(cursor)
    if not _PLACE.fullmatch(read):
        raise cursors.unknown()
    return read


def _entry(subject: str, item: Item) -> Entry:
    return Entry(
        subject=subject,
        entry_id=item["entry_id"],
        at=clock.parse(item["sk"].partition("#")[0]),
        by=item["by"],
        action=item["action"],
        why=item.get("why"),
        about=item["about"],
    )


def _reading(entry: Entry) -> tuple[str, str]:
    """Where it stands since when somebody reads something, beside the trail: ids alone."""
    return f"READING#{entry.by}", ids.content_hash([entry.subject, entry.action, dict(entry.about)])[:32]


def _pk(subject: str) -> str:
    return f"TRAIL#{subject}"
