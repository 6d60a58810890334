"""What is exported of a booking's consents (§4)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from teleconsult.consents import documents, rules
from teleconsult.consents.export import Consents, Moment, composed
from teleconsult.consents.rules import Evidence
from teleconsult.people.model import Patient, People, Relation, Sex
from tests.bookings import booking
from tests.people import FOR_ANNA, FOR_PETR
from tests.unit.catalogue.samples import catalogue

NOW = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
CLINIC = catalogue().clinic
ILYA = Patient(
    family_name="Соловьёв",
    given_name="Илья",
    patronymic=None,
    birth_date=date(2010, 6, 15),
    sex=Sex.MALE,
    relation=Relation.GUARDIAN,
)
PEOPLE = replace(FOR_PETR, patient=ILYA)


def signing(age: int, relation: Relation | None) -> Evidence:
    ticks = [
        {"document": each.document, "version": each.version, "signed_by": rules.signers(age)[each.document]}
        for each in documents.current()
        if each.required
    ]
    return rules.evidence(
        rules.check_ticks(ticks, age),
        relation,
        ticked_by="h-1",
        signed_at=NOW + timedelta(seconds=3),
        ip="192.0.2.7",
        user_agent="Mozilla/5.0",
    )


def exported(people: People = PEOPLE, *kept: Evidence) -> Consents:
    return composed(booking("b-1", NOW, contract_number="ОК-20261201-ABC"), people, kept, CLINIC, NOW)


def test_the_export_names_booking_contract_clinic_and_time() -> None:
    consents = exported()
    assert (consents.booking_id, consents.contract_number) == ("b-1", "ОК-20261201-ABC")
    assert (consents.clinic, consents.time_zone) == ("Клиника «Обь»", "Asia/Novosibirsk")
    assert consents.slot_start == Moment(
        utc=datetime(2026, 12, 1, 4, 0, tzinfo=UTC), clinic="2026-12-01T11:00:00+07:00"
    )
    assert consents.exported_at.clinic == "2026-12-01T09:00:00+07:00"
    assert consents.signatures == ()


def test_a_child_is_named_with_its_representative() -> None:
    consents = exported()
    assert (consents.patient.name, consents.patient.birth_date) == ("Соловьёв Илья", date(2010, 6, 15))
    assert consents.representative
    assert consents.representative.name == "Соловьёва Анна Игоревна"
    assert consents.representative.relation is Relation.GUARDIAN


def test_whoever_comes_alone_has_no_representative() -> None:
    consents = exported(FOR_ANNA, signing(38, None))
    assert consents.representative is None
    assert {each.signer for each in consents.signatures} == {"Соловьёва Анна Игоревна"}


def test_each_document_has_its_signer_by_name() -> None:
    signatures = exported(PEOPLE, signing(16, Relation.GUARDIAN)).signatures
    assert {each.document: each.signer for each in signatures} == {
        "contract": "Соловьёва Анна Игоревна",
        "medical_consent": "Соловьёв Илья",
        "personal_data": "Соловьёва Анна Игоревна",
        "telemedicine_notice": "Соловьёва Анна Игоревна",
    }


@pytest.mark.parametrize("number", range(4))
def test_each_signature_says_what_when_and_from_where(number: int) -> None:
    signed = exported(PEOPLE, signing(16, Relation.GUARDIAN)).signatures[number]
    document = documents.current()[number]
    assert (signed.document, signed.version, signed.title, signed.sha256) == (
        document.document,
        document.version,
        document.title,
        document.sha256,
    )
    assert signed.signed_at == Moment(utc=NOW + timedelta(seconds=3), clinic="2026-12-01T09:00:03+07:00")
    assert (signed.ip, signed.user_agent, signed.ticked_by) == ("192.0.2.7", "Mozilla/5.0", "h-1")


def test_all_signings_are_exported_in_their_order() -> None:
    first = signing(38, None)
    later = replace(first, signed_at=first.signed_at + timedelta(days=1), signatures=first.signatures[:1])
    assert [each.document for each in exported(FOR_ANNA, first, later).signatures][-2:] == [
        "telemedicine_notice",
        "contract",
    ]
