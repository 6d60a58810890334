"""Evidence is appended, and stays."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from teleconsult.booking.model import Door
from teleconsult.consents import documents, rules, store
from teleconsult.consents.rules import Signature
from teleconsult.people.model import Relation
from teleconsult.platform import dynamo

pytestmark = pytest.mark.usefixtures("stores")

FIRST = rules.evidence(
    (
        Signature(document=each.document, version=each.version, sha256=each.sha256, signed_by=signer)
        for each in documents.current()
        if (signer := rules.signers(16).get(each.document))
    ),
    Relation.PARENT,
    ticked_by="h-abcdefghijklmnopqrstuvwxyz",
    signed_at=datetime(2026, 11, 23, 6, 0, tzinfo=UTC),
    ip="192.0.2.7",
    user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
)
SECOND = replace(FIRST, relation=None, ticked_by=Door.SITE, signed_at=FIRST.signed_at + timedelta(minutes=5))


def append(*signings: rules.Evidence) -> None:
    dynamo.transact([store.put_evidence("b-1", each) for each in signings])


def test_evidence_is_read_as_it_was_kept_in_order_of_time() -> None:
    append(SECOND)
    append(FIRST)
    assert store.load_evidence("b-1") == [FIRST, SECOND]


def test_evidence_from_before_it_was_kept_who_ticks_is_still_evidence() -> None:
    write = store.put_evidence("b-1", replace(FIRST, ticked_by=None))
    assert "ticked_by" not in write.request["Item"]
    dynamo.write(write)
    assert store.load_evidence("b-1") == [replace(FIRST, ticked_by=None)]


def test_a_booking_has_its_own_evidence() -> None:
    append(FIRST)
    assert store.load_evidence("b-2") == []


def test_evidence_is_never_written_over() -> None:
    append(FIRST)
    with pytest.raises(dynamo.TransactionRefused):
        append(FIRST)
    assert store.load_evidence("b-1") == [FIRST]


def test_two_signings_of_one_second_are_both_kept() -> None:
    other = replace(FIRST, ip="192.0.2.8")
    append(FIRST, other)
    kept = store.load_evidence("b-1")
    assert len(kept) == 2
    assert other in kept


def test_one_signing_fits_the_kilobyte_of_one_write() -> None:
    append(FIRST)
    (item,) = dynamo.query_all("patients", "pk = :pk", pk="BOOKING#b-1")
    assert _size(item) < 1024


def _size(value: object) -> int:
    """DynamoDB's item size: names and UTF-8 values, a little for each list and map."""
    match value:
        case dict():
            return 3 + sum(len(name) + 1 + _size(each) for name, each in value.items())
        case list():
            return 3 + sum(1 + _size(each) for each in value)
    return len(str(value).encode())
