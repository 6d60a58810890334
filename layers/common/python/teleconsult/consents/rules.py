"""Which documents a booking needs, who signs them, and what is kept as evidence (S10, S17, §4)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from teleconsult.consents import documents
from teleconsult.consents.documents import Document
from teleconsult.people.model import Relation, Who
from teleconsult.people.rules import ADULT, SIGNS_MEDICAL_CONSENT
from teleconsult.platform.errors import FieldError, Invalid

_MEDICAL_CONSENT = "medical_consent"
_LONGEST_USER_AGENT = 256

Tick = Mapping[str, object]
"""A document that was ticked, as the form says it: `document`, `version`, and `signed_by` or nothing."""


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
    """One signing (§4). `ticked_by`: `site`, or the id of the holder who was signed in; None: from before
    this was kept. `relation`: the representative's to the child signed for; None: for oneself."""

    signatures: tuple[Signature, ...]
    signed_at: datetime
    ip: str
    user_agent: str
    ticked_by: str | None
    relation: Relation | None

    @property
    def on_behalf_of(self) -> Who:
        """For whom the documents were ticked."""
        return Who.CHILD if self.relation else Who.SELF


def signer(document: str, age: int) -> Signer:
    """Who signs a document, by the patient's age in full years on the consultation's day (§4)."""
    of_age = SIGNS_MEDICAL_CONSENT if document == _MEDICAL_CONSENT else ADULT
    return Signer.PATIENT if age >= of_age else Signer.REPRESENTATIVE


def signers(age: int) -> dict[str, Signer]:
    """Who signs which of the required documents (§4)."""
    return {document: signer(document, age) for document in documents.REQUIRED}


def check_ticks(ticks: Sequence[Tick], age: int | None, path: str = "consents") -> tuple[Signature, ...]:
    """What was signed: every required document, and what else was ticked, each in its current version, once,
    by whom §4 names (S10, S17). Whoever books signs where a tick does not say who.

    `age`: the patient's, full years on the consultation's day; None where it could not be read: signers are
    not judged then, and nothing counts as signed.

    Raises:
        Invalid: a document is missing, unknown, outdated, ticked twice, or signed by somebody else. What is
            outdated is named in the fault's path, its current version in the message.
    """
    current = {each.document: each for each in documents.current()}
    faults = [
        FieldError(f"{path}.{number}.document", "unknown_document", "Такого документа нет")
        for number, tick in enumerate(ticks)
        if tick.get("document") not in current
    ]
    times = Counter(tick.get("document") for tick in ticks)
    ticked = {tick.get("document"): tick for tick in ticks}
    for name, document in current.items():
        where = f"{path}.{name}"
        if times[name] > 1:
            message = f"«{document.title}»: документ отмечен больше одного раза"
            faults.append(FieldError(where, "ticked_twice", message))
        elif name in ticked:
            faults += _faults(document, ticked[name], age, where)
        elif document.required:
            faults.append(FieldError(where, "required", f"Подтвердите: «{document.title}»"))
    if faults:
        raise Invalid(tuple(faults))
    if age is None:
        return ()
    return tuple(_signature(each, age) for name, each in current.items() if name in ticked)


def _faults(document: Document, tick: Tick, age: int | None, where: str) -> Iterator[FieldError]:
    if tick.get("version") != document.version:
        message = f"«{document.title}»: действует редакция {document.version}, прочитайте её и подтвердите"
        yield FieldError(where, "outdated_version", message)
    if age is None:
        return
    whoever_books = Signer.PATIENT if age >= ADULT else Signer.REPRESENTATIVE
    wanted = signer(document.document, age)
    if (tick.get("signed_by") or whoever_books) != wanted:
        yield FieldError(where, "signed_by", _whose_signature(document, wanted, whoever_books))


def _whose_signature(document: Document, wanted: Signer, whoever_books: Signer) -> str:
    if wanted is not whoever_books:
        return (
            f"«{document.title}»: с {SIGNS_MEDICAL_CONSENT} лет пациент подтверждает его сам; "
            "отметьте, что согласие даёт пациент"
        )
    signs = "сам пациент" if wanted is Signer.PATIENT else "родитель или законный представитель"
    return f"«{document.title}»: подтверждает {signs}"


def _signature(document: Document, age: int) -> Signature:
    return Signature(
        document=document.document,
        version=document.version,
        sha256=document.sha256,
        signed_by=signer(document.document, age),
    )


def evidence(
    signatures: Iterable[Signature],
    relation: Relation | None,
    *,
    ticked_by: str,
    signed_at: datetime,
    ip: str,
    user_agent: str,
) -> Evidence:
    """What is kept of one signing."""
    return Evidence(
        signatures=tuple(signatures),
        signed_at=signed_at,
        ip=ip,
        user_agent=user_agent[:_LONGEST_USER_AGENT],
        ticked_by=ticked_by,
        relation=relation,
    )


def complete(kept: Iterable[Evidence], required: Mapping[str, Signer]) -> bool:
    """Whether each required document was signed by its signer, in whatever version was current then."""
    signed = {(each.document, each.signed_by) for signing in kept for each in signing.signatures}
    return signed >= set(required.items())
