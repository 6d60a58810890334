"""Which documents are signed, by whom, in which version (§4)."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from teleconsult.consents import documents, rules
from teleconsult.consents.rules import Evidence, Signer
from teleconsult.people.model import Relation, Who
from teleconsult.platform.errors import Invalid, NotFound

SIGNED_AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
CURRENT = {each.document: each.version for each in documents.current()}


def ticks(**versions: str | None) -> list[dict[str, object]]:
    """All current versions, or others where they are named; None leaves a document out."""
    return [
        {"document": document, "version": version}
        for document, version in {**CURRENT, **versions}.items()
        if version is not None
    ]


def evidence(age: int, relation: Relation | None, *names: str) -> Evidence:
    ticked = [each for each in documents.current() if not names or each.document in names]
    return rules.evidence(
        ticked, age, relation, signed_at=SIGNED_AT, ip="192.0.2.7", user_agent="Mozilla/5.0"
    )


def faults(given: list[dict[str, object]]) -> set[tuple[str, str]]:
    with pytest.raises(Invalid) as excinfo:
        rules.check_ticks(given)
    return {(fault.path, fault.code) for fault in excinfo.value.fields}


def test_a_booking_needs_three_consents_and_the_notice() -> None:
    assert set(CURRENT) == {"contract", "medical_consent", "personal_data", "telemedicine_notice"}


@pytest.mark.parametrize("document", documents.current(), ids=lambda each: each.document)
def test_a_document_is_its_file(document: documents.Document) -> None:
    file = Path(documents.__file__).parent / "texts" / document.document / f"{document.version}.txt"
    content = file.read_bytes()
    assert document.sha256 == hashlib.sha256(content).hexdigest()
    assert documents.text(document.document, document.version).encode() == content
    assert content.decode().startswith(document.title + "\n")


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("contract", "необходимо быть на связи в назначенное для консультации время"),
        ("contract", "деньги остаются на лицевом счёте в личном кабинете"),
        ("contract", "временно не оплачиваются страховыми компаниями"),
        ("medical_consent", "возможны только после очного приёма специалиста"),
        ("telemedicine_notice", "№ 242-ФЗ"),
        ("telemedicine_notice", "возможны только после очного приёма специалиста"),
        ("telemedicine_notice", "временно не оплачиваются страховыми компаниями"),
        ("personal_data", "№ 152-ФЗ"),
    ],
)
def test_the_clinics_words_stand_where_they_are_signed(document: str, words: str) -> None:
    assert words in documents.text(document, CURRENT[document])


@pytest.mark.parametrize(
    ("document", "version"),
    [
        ("contract", "2020-01-01"),
        ("price_list", "2026-11-01"),
        ("../texts/contract", "2026-11-01"),
        ("contract", "../contract/2026-11-01"),
        ("", ""),
    ],
)
def test_what_was_never_published_is_not_found(document: str, version: str) -> None:
    assert documents.find(document, version) is None
    with pytest.raises(NotFound):
        documents.text(document, version)


def test_the_latest_version_is_the_current_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for document in documents.REQUIRED:
        (tmp_path / document).mkdir()
        for version in ("2026-11-01", "2027-02-01", "2026-12-15"):
            (tmp_path / document / f"{version}.txt").write_text(f"{document} {version}\n\nТекст")
    monkeypatch.setattr(documents, "_TEXTS", tmp_path)
    documents._versions.cache_clear()
    try:
        assert {each.version for each in documents.current()} == {"2027-02-01"}
        earlier = documents.find("contract", "2026-11-01")
        assert earlier is not None
        assert earlier.title == "contract 2026-11-01"
        assert faults(ticks()) == {(f"consents.{each}", "outdated_version") for each in documents.REQUIRED}
    finally:
        documents._versions.cache_clear()


def test_all_current_ticks_are_taken() -> None:
    assert rules.check_ticks(ticks()) == documents.current()


def test_no_tick_is_taken_for_granted() -> None:
    assert faults([]) == {(f"consents.{document}", "required") for document in CURRENT}
    assert faults(ticks(medical_consent=None)) == {("consents.medical_consent", "required")}


def test_another_version_is_refused_by_naming_the_current_one() -> None:
    with pytest.raises(Invalid) as excinfo:
        rules.check_ticks(ticks(contract="2020-01-01"))
    (fault,) = excinfo.value.fields
    assert (fault.path, fault.code) == ("consents.contract", "outdated_version")
    assert CURRENT["contract"] in fault.message


def test_every_fault_of_the_ticks_comes_at_once() -> None:
    strange: list[dict[str, object]] = [{"document": "price_list", "version": "1"}, {}]
    assert faults(strange + ticks(contract="x", personal_data=None)) == {
        ("consents.0.document", "unknown_document"),
        ("consents.1.document", "unknown_document"),
        ("consents.contract", "outdated_version"),
        ("consents.personal_data", "required"),
    }


@pytest.mark.parametrize(
    ("age", "medical_consent", "contract"),
    [
        (0, Signer.REPRESENTATIVE, Signer.REPRESENTATIVE),
        (14, Signer.REPRESENTATIVE, Signer.REPRESENTATIVE),
        (15, Signer.PATIENT, Signer.REPRESENTATIVE),
        (17, Signer.PATIENT, Signer.REPRESENTATIVE),
        (18, Signer.PATIENT, Signer.PATIENT),
        (80, Signer.PATIENT, Signer.PATIENT),
    ],
)
def test_who_signs_follows_from_age(age: int, medical_consent: Signer, contract: Signer) -> None:
    assert rules.signers(age) == {
        "contract": contract,
        "medical_consent": medical_consent,
        "personal_data": contract,
        "telemedicine_notice": contract,
    }


def test_evidence_says_what_was_signed_by_whom_for_whom() -> None:
    kept = evidence(16, Relation.PARENT)
    assert {each.document: each.signed_by for each in kept.signatures} == rules.signers(16)
    assert {(each.document, each.version, each.sha256) for each in kept.signatures} == {
        (each.document, each.version, each.sha256) for each in documents.current()
    }
    assert (kept.on_behalf_of, evidence(30, None).on_behalf_of) == (Who.CHILD, Who.SELF)


def test_a_user_agent_is_not_kept_beyond_reason() -> None:
    kept = rules.evidence(
        documents.current(), 30, None, signed_at=SIGNED_AT, ip="192.0.2.7", user_agent="x" * 9000
    )
    assert kept.user_agent == "x" * 256


@pytest.mark.parametrize(
    ("kept", "age", "complete"),
    [
        ([evidence(30, None)], 30, True),
        ([evidence(7, Relation.PARENT)], 7, True),
        ([evidence(16, Relation.PARENT)], 16, True),
        ([], 30, False),
        ([evidence(30, None, "contract", "personal_data", "telemedicine_notice")], 30, False),
        (
            [evidence(30, None, "contract"), evidence(30, None)],
            30,
            True,
        ),
        (
            [
                evidence(30, None, "contract", "medical_consent"),
                evidence(30, None, "personal_data", "telemedicine_notice"),
            ],
            30,
            True,
        ),
        ([evidence(7, Relation.PARENT)], 16, False),  # the representative signed what a 16-year-old must
    ],
)
def test_consents_are_complete_when_each_has_its_signature(
    kept: list[Evidence], age: int, complete: bool
) -> None:
    assert rules.complete(kept, rules.signers(age)) is complete
