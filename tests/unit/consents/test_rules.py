"""Which documents are signed, by whom, in which version (§4)."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from teleconsult.booking.model import Door
from teleconsult.consents import documents, rules
from teleconsult.consents.rules import Evidence, Signature, Signer
from teleconsult.people.model import Relation, Who
from teleconsult.platform.errors import Invalid, NotFound

SIGNED_AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
VERSIONS = {each.document: each.version for each in documents.current()}
CURRENT = {each.document: each.version for each in documents.current() if each.required}
ADULT = 38

Ticks = list[dict[str, object]]


def ticks(**versions: str | None) -> Ticks:
    """What is required in its current version, or in one that is named; None leaves a document out."""
    return [
        {"document": document, "version": version}
        for document, version in {**CURRENT, **versions}.items()
        if version is not None
    ]


def signed_by(whoever: dict[str, object]) -> Ticks:
    """All current versions, with the signers that are named by document."""
    return [each | {"signed_by": whoever.get(str(each["document"]))} for each in ticks()]


def signatures(age: int, *names: str) -> tuple[Signature, ...]:
    """What somebody of this age signs, or as much of it."""
    own = {name: str(signer) for name, signer in rules.signers(age).items()}
    signed = rules.check_ticks([each | {"signed_by": own[str(each["document"])]} for each in ticks()], age)
    return tuple(each for each in signed if not names or each.document in names)


def evidence(age: int, relation: Relation | None, *names: str) -> Evidence:
    return rules.evidence(
        signatures(age, *names),
        relation,
        ticked_by=Door.SITE,
        signed_at=SIGNED_AT,
        ip="192.0.2.7",
        user_agent="Mozilla/5.0",
    )


def faults(given: Ticks, age: int | None = ADULT) -> set[tuple[str, str]]:
    with pytest.raises(Invalid) as excinfo:
        rules.check_ticks(given, age)
    return {(fault.path, fault.code) for fault in excinfo.value.fields}


def test_a_booking_needs_three_consents_and_the_notice() -> None:
    assert set(CURRENT) == {"contract", "medical_consent", "personal_data", "telemedicine_notice"}


def test_advertising_may_be_agreed_to_and_is_no_condition() -> None:
    assert set(VERSIONS) - set(CURRENT) == {"marketing"}


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
        ("marketing", "№ 38-ФЗ"),
        ("marketing", "Согласие необязательно"),
        ("marketing", "Отозвать его можно в любое время"),
    ],
)
def test_the_clinics_words_stand_where_they_are_signed(document: str, words: str) -> None:
    assert words in documents.text(document, VERSIONS[document])


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
    for document in (*documents.REQUIRED, *documents.OPTIONAL):
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
    signed = rules.check_ticks(ticks(), ADULT)
    assert {(each.document, each.version, each.sha256) for each in signed} == {
        (each.document, each.version, each.sha256) for each in documents.current() if each.required
    }


def test_no_tick_is_taken_for_granted() -> None:
    assert faults([]) == {(f"consents.{document}", "required") for document in CURRENT}
    assert faults(ticks(medical_consent=None)) == {("consents.medical_consent", "required")}


def test_the_consent_to_advertising_is_kept_when_it_is_ticked() -> None:
    signed = rules.check_ticks(ticks(marketing=VERSIONS["marketing"]), ADULT)
    assert [each.document for each in signed][-1] == "marketing"


def test_a_representative_agrees_to_advertising_for_a_patient_of_16() -> None:
    given = [*signed_by({"medical_consent": "patient"}), *ticks(marketing=VERSIONS["marketing"])[-1:]]
    assert rules.check_ticks(given, 16)[-1].signed_by is Signer.REPRESENTATIVE


@pytest.mark.parametrize("document", VERSIONS)
@pytest.mark.parametrize("version", ["2020-01-01", "3000-01-01", "latest", "", 5])
def test_another_version_is_refused_by_naming_the_current_one(document: str, version: str) -> None:
    with pytest.raises(Invalid) as excinfo:
        rules.check_ticks(ticks(**{document: version}), ADULT)
    (fault,) = excinfo.value.fields
    assert (fault.path, fault.code) == (f"consents.{document}", "outdated_version")
    assert VERSIONS[document] in fault.message


def test_every_fault_of_the_ticks_comes_at_once() -> None:
    strange: Ticks = [{"document": "price_list", "version": "1"}, {}]
    twice: Ticks = [{"document": "telemedicine_notice", "version": CURRENT["telemedicine_notice"]}]
    assert faults(strange + ticks(contract="x", personal_data=None, marketing="x") + twice, 16) == {
        ("consents.0.document", "unknown_document"),
        ("consents.1.document", "unknown_document"),
        ("consents.contract", "outdated_version"),
        ("consents.medical_consent", "signed_by"),
        ("consents.personal_data", "required"),
        ("consents.telemedicine_notice", "ticked_twice"),
        ("consents.marketing", "outdated_version"),
    }


@pytest.mark.parametrize("again", [CURRENT["contract"], "2020-01-01"])
@pytest.mark.parametrize("in_front", [True, False])
def test_a_document_is_ticked_once(again: str, in_front: bool) -> None:
    second: Ticks = [{"document": "contract", "version": again}]
    given = second + ticks() if in_front else ticks() + second
    assert faults(given) == {("consents.contract", "ticked_twice")}


@pytest.mark.parametrize("age", [0, 7, 14, 18, 80])
def test_where_one_person_signs_everything_the_tick_need_not_say_who(age: int) -> None:
    signer = Signer.PATIENT if age >= 18 else Signer.REPRESENTATIVE
    assert {each.signed_by for each in rules.check_ticks(ticks(), age)} == {signer}
    named = signed_by(dict.fromkeys(CURRENT, str(signer)))
    assert rules.check_ticks(named, age) == rules.check_ticks(ticks(), age)


@pytest.mark.parametrize("age", [15, 16, 17])
def test_from_15_on_the_patient_confirms_the_medical_consent(age: int) -> None:
    signed = rules.check_ticks(signed_by({"medical_consent": "patient"}), age)
    assert {each.document: each.signed_by for each in signed} == {
        "contract": "representative",
        "medical_consent": "patient",
        "personal_data": "representative",
        "telemedicine_notice": "representative",
    }


@pytest.mark.parametrize("signer", [None, "", "representative", "мама"])
@pytest.mark.parametrize("age", [15, 17])
def test_the_medical_consent_of_a_patient_of_15_to_17_says_that_it_is_theirs(
    age: int, signer: str | None
) -> None:
    with pytest.raises(Invalid) as excinfo:
        rules.check_ticks(signed_by({"medical_consent": signer}), age)
    (fault,) = excinfo.value.fields
    assert (fault.path, fault.code) == ("consents.medical_consent", "signed_by")
    assert "с 15 лет пациент подтверждает его сам" in fault.message


@pytest.mark.parametrize(
    ("age", "document", "signer", "signs"),
    [
        (14, "medical_consent", "patient", "родитель или законный представитель"),
        (14, "contract", "patient", "родитель или законный представитель"),
        (16, "contract", "patient", "родитель или законный представитель"),
        (16, "personal_data", "doctor", "родитель или законный представитель"),
        (18, "medical_consent", "representative", "сам пациент"),
        (40, "telemedicine_notice", "representative", "сам пациент"),
    ],
)
def test_nobody_signs_for_somebody_else(age: int, document: str, signer: str, signs: str) -> None:
    named: dict[str, object] = {"medical_consent": "patient"} if age == 16 else {}
    with pytest.raises(Invalid) as excinfo:
        rules.check_ticks(signed_by({**named, document: signer}), age)
    (fault,) = excinfo.value.fields
    assert (fault.path, fault.code) == (f"consents.{document}", "signed_by")
    assert fault.message.endswith(f"подтверждает {signs}")


def test_without_an_age_nothing_is_said_of_signers_and_nothing_is_signed() -> None:
    assert rules.check_ticks(signed_by({"contract": "patient"}), None) == ()
    assert faults(ticks(contract="x"), None) == {("consents.contract", "outdated_version")}


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
    assert kept.ticked_by == "site"
    assert (kept.on_behalf_of, evidence(30, None).on_behalf_of) == (Who.CHILD, Who.SELF)


def test_a_user_agent_is_not_kept_beyond_reason() -> None:
    kept = rules.evidence(
        signatures(30), None, ticked_by="h-1", signed_at=SIGNED_AT, ip="192.0.2.7", user_agent="x" * 9000
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
