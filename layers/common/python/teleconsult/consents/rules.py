"""Which documents a booking needs, who signs them, and what is kept as evidence (S10, S17, §4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from teleconsult.consents import documents
from teleconsult.consents.documents import Document
from teleconsult.people.model import Relation, Who
from teleconsult.people.rules import ADULT, SIGNS_MEDICAL_CONSENT
from teleconsult.platform.errors import FieldError, Invalid

_LONGEST_USER_AGENT = 256


class Signer(StrEnum):
    """Whose signature a tick is; the names are with the booking's people."""

    PATIENT = "patient"
    REPRESENTATIVE = "representative"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One document, in the version and with the words that were signed."""

    document: str
    version: str
    sha256: str
    signed_by: Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One signing (§4). `relation`: the representative's to the child signed for; None: for oneself."""

    signatures: tuple[Signature, ...]
    signed_at: datetime
    ip: str
    user_agent: str
    relation: Relation | None

    @property
    def on_behalf_of(self) -> Who:
        """For whom the documents were ticked."""
        return Who.CHILD if self.relation else Who.SELF


def signers(age: int) -> dict[str, Signer]:
    """Who signs which document, by the patient's age on the consultation's day (§4)."""
    if age >= ADULT:
        return dict.fromkeys(documents.REQUIRED, Signer.PATIENT)
    signs = dict.fromkeys(documents.REQUIRED, Signer.REPRESENTATIVE)
    if age >= SIGNS_MEDICAL_CONSENT:
        signs["medical_consent"] = Signer.PATIENT
    return signs


def check_ticks(ticks: Sequence[Mapping[str, object]], path: str = "consents") -> tuple[Document, ...]:
    """The documents that were ticked: every required one, each in its current version (S10, S17).

    Raises:
        Invalid: a document is missing, unknown or outdated; the message names the current version.
    """
    current = {each.document: each for each in documents.current()}
    ticked = {tick.get("document"): tick.get("version") for tick in ticks}
    faults = [
        FieldError(f"{path}.{number}.document", "unknown_document", "Такого документа нет")
        for number, tick in enumerate(ticks)
        if tick.get("document") not in current
    ]
    for name, document in current.items():
        if name not in ticked:
            message = f"Подтвердите: «{document.title}»"
            faults.append(FieldError(f"{path}.{name}", "required", message))
        elif ticked[name] != document.version:
            message = (
                f"«{document.title}»: действует редакция {document.version}, прочитайте её и подтвердите"
            )
            faults.append(FieldError(f"{path}.{name}", "outdated_version", message))
    if faults:
        raise Invalid(tuple(faults))
    return tuple(current.values())


def evidence(
    ticked: Iterable[Document],
    age: int,
    relation: Relation | None,
    *,
    signed_at: datetime,
    ip: str,
    user_agent: str,
) -> Evidence:
    """What is kept of one signing. `age`: the patient's, full years on the consultation's day."""
    signs = signers(age)
    return Evidence(
        signatures=tuple(
            Signature(
                document=each.document,
                version=each.version,
                sha256=each.sha256,
                signed_by=signs[each.document],
            )
            for each in ticked
        ),
        signed_at=signed_at,
        ip=ip,
        user_agent=user_agent[:_LONGEST_USER_AGENT],
        relation=relation,
    )


def complete(kept: Iterable[Evidence], required: Mapping[str, Signer]) -> bool:
    """Whether each required document was signed by its signer, in whatever version was current then."""
    signed = {(each.document, each.signed_by) for signing in kept for each in signing.signatures}
    return signed >= set(required.items())
