"""Consent evidence in the Patients table: written once, never changed (§4)."""

from dataclasses import asdict
from typing import Any

from teleconsult.consents.rules import Evidence, Signature, Signer
from teleconsult.people.model import Relation
from teleconsult.platform import clock, dynamo, ids, settings
from teleconsult.platform.dynamo import Item, Write


def put_evidence(booking_id: str, evidence: Evidence) -> Write:
    """One signing, appended. The same signing again is refused; another in the same second is not."""
    item: Item = {
        "signatures": [asdict(each) for each in evidence.signatures],
        "signed_at": clock.iso(evidence.signed_at),
        "ip": evidence.ip,
        "user_agent": evidence.user_agent,
        "ticked_by": evidence.ticked_by,
        "on_behalf_of": evidence.on_behalf_of,
        "relation": evidence.relation,
    }
    key = {
        "pk": _pk(booking_id),
        "sk": f"CONSENT#{item['signed_at']}#{ids.content_hash(item)[:16]}",
    }
    return dynamo.put(settings.patients_table(), key | item, "attribute_not_exists(pk)")


def load_evidence(booking_id: str) -> list[Evidence]:
    """All that was signed for a booking, the earliest first."""
    items = dynamo.query_all(
        settings.patients_table(),
        "pk = :pk AND begins_with(sk, :consent)",
        pk=_pk(booking_id),
        consent="CONSENT#",
    )
    return [_evidence(item) for item in items]


def _pk(booking_id: str) -> str:
    return f"BOOKING#{booking_id}"


def _evidence(item: Item) -> Evidence:
    relation = item.get("relation")
    return Evidence(
        signatures=tuple(_signature(each) for each in item["signatures"]),
        signed_at=clock.parse(item["signed_at"]),
        ip=item["ip"],
        user_agent=item["user_agent"],
        ticked_by=item.get("ticked_by"),
        relation=Relation(relation) if relation else None,
    )


def _signature(item: dict[str, Any]) -> Signature:
    return Signature(
        document=item["document"],
        version=item["version"],
        sha256=item["sha256"],
        signed_by=Signer(item["signed_by"]),
    )
