"""Intake (S3–S10): one transaction, one key one booking, every fault at once."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from teleconsult.booking import store as bookings
from teleconsult.booking.model import Door, Status
from teleconsult.booking.rules import stands
from teleconsult.consents import store as consent_store
from teleconsult.intake.application import SlotTaken
from teleconsult.intake.recheck import recheck
from teleconsult.people import store as people_store
from teleconsult.platform import aws, dynamo
from teleconsult.platform.errors import Conflict, Invalid, NotFound
from teleconsult.slots import store as slots
from tests.unit.usecases.conftest import NOW
from tests.unit.usecases.forms import CHILD, TEENAGER, booked, form, free_slots, holder, paths, stored, ticks


def executions() -> list[str]:
    client = aws.client("stepfunctions")
    (machine,) = client.list_state_machines()["stateMachines"]
    found = client.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]
    return sorted(each["name"] for each in found)


def test_a_site_booking_is_stored_with_its_slot_held_and_awaits_payment() -> None:
    slot = free_slots("therapist", NOW)[0]
    booking = booked(form(slot), NOW).booking
    assert bookings.load(booking.booking_id).booking == booking
    assert booking.status is Status.AWAITING_PAYMENT
    assert booking.hold_until == NOW + timedelta(minutes=30)
    assert slots.holds(slots.days_of(slot), booking.booking_id)
    assert people_store.load(booking.booking_id).holder.phone == "+79130001122"
    assert executions() == [f"{booking.booking_id}-1"]


def test_the_evidence_of_a_site_bookings_consents_is_kept_with_time_and_origin() -> None:
    booking = booked(form(free_slots("therapist", NOW)[0]), NOW).booking
    (evidence,) = consent_store.load_evidence(booking.booking_id)
    assert (evidence.signed_at, evidence.ip, evidence.user_agent) == (NOW, "192.0.2.7", "unit")
    assert evidence.ticked_by == Door.SITE
    assert len(evidence.signatures) == 4
    assert all(len(signature.sha256) == 64 for signature in evidence.signatures)


def test_who_was_signed_in_is_kept_with_the_consents_of_a_booking_made_in_the_cabinet() -> None:
    booking = booked(form(free_slots("therapist", NOW)[0]), NOW, created_by="h-1").booking
    (evidence,) = consent_store.load_evidence(booking.booking_id)
    assert evidence.ticked_by == "h-1"


def test_a_patient_of_16_confirms_the_medical_consent_on_the_sites_form() -> None:
    slot = free_slots("pediatrician", NOW)[0]
    consents = ticks(medical_consent="patient")
    application = form(slot, specialty="pediatrician", patient=TEENAGER, consents=consents)
    booking = booked(application, NOW).booking
    (evidence,) = consent_store.load_evidence(booking.booking_id)
    signed = {signature.document: signature.signed_by for signature in evidence.signatures}
    assert (signed["medical_consent"], signed["contract"]) == ("patient", "representative")
    assert recheck(booking.booking_id, NOW).booking.status is Status.AWAITING_PAYMENT


def test_what_the_patient_must_confirm_is_told_together_with_every_other_fault() -> None:
    slot = free_slots("pediatrician", NOW)[0]
    faulty = form(slot, specialty="pediatrician", patient=TEENAGER, holder=holder(email="nobody"))
    with pytest.raises(Invalid) as refused:
        booked(faulty, NOW)
    assert paths(refused.value.fields) == {"holder.email", "consents.medical_consent"}


def test_of_a_form_for_another_age_nothing_is_said_of_signers() -> None:
    young = form(free_slots("therapist", NOW)[0], holder=holder(birth_date=TEENAGER["birth_date"]))
    with pytest.raises(Invalid) as refused:
        booked(young, NOW)
    assert paths(refused.value.fields) == {"holder.birth_date"}


def test_an_operators_booking_awaits_consent_for_a_day_and_its_link_is_in_the_outbox() -> None:
    booking = booked(form(free_slots("therapist", NOW)[0], consents=None), NOW, created_by="op-1").booking
    assert booking.status is Status.AWAITING_CONSENT
    assert booking.hold_until == NOW + timedelta(hours=24)
    assert dynamo.get("bookings", f"BOOKING#{booking.booking_id}", "OUTBOX#payment_link")


def test_the_operator_may_set_a_shorter_hold() -> None:
    application = form(free_slots("therapist", NOW)[0], consents=None, hold_minutes=5)
    assert booked(application, NOW).booking.hold_until == NOW + timedelta(minutes=5)


def test_unsure_about_a_child_means_a_pediatrician() -> None:
    slot = free_slots("pediatrician", NOW)[0]
    booking = booked(form(slot, specialty="unsure", patient=CHILD), NOW).booking
    assert booking.specialty == "pediatrician"


def test_the_workflow_is_given_an_id_and_nothing_else() -> None:
    booking = booked(form(free_slots("therapist", NOW)[0]), NOW).booking
    client = aws.client("stepfunctions")
    (machine,) = client.list_state_machines()["stateMachines"]
    arn = machine["stateMachineArn"].replace(":stateMachine:", ":execution:")
    given = client.describe_execution(executionArn=f"{arn}:{booking.booking_id}-1")["input"]
    assert json.loads(given) == {"booking_id": booking.booking_id}


def test_the_bookings_table_holds_no_personal_data() -> None:
    booked(form(free_slots("therapist", NOW)[0], comments="жалоба"), NOW)
    rows = json.dumps(
        [item for item in dynamo.scan_all("bookings") if item["pk"] != "CATALOGUE"], ensure_ascii=False
    )
    assert not [word for word in ("Соловьёва", "Анна", "79130001122", "anna@", "жалоба") if word in rows]


def test_the_same_key_again_is_the_same_booking() -> None:
    application = form(free_slots("therapist", NOW)[0])
    first = booked(application, NOW)
    assert booked(application, NOW + timedelta(hours=5)).booking == first.booking
    assert len(executions()) == 1


def test_the_same_key_with_another_form_is_a_conflict() -> None:
    slot = free_slots("therapist", NOW)[0]
    booked(form(slot), NOW)
    with pytest.raises(Conflict) as refused:
        booked(form(slot, comments="другое"), NOW)
    assert refused.value.code == "idempotency_conflict"


def test_one_creators_key_never_meets_anothers_booking() -> None:
    one, other = free_slots("therapist", NOW)[:2]
    first = booked(form(one, consents=None), NOW, created_by="op-1")
    second = booked(form(other, consents=None), NOW, created_by="op-2")
    assert first.booking.booking_id != second.booking.booking_id


def test_a_repeat_that_comes_before_the_workflow_began_starts_the_same_execution() -> None:
    application = form(free_slots("therapist", NOW)[0])
    booking = booked(application, NOW).booking
    unstarted = replace(booking, execution=7)
    stored(unstarted)
    booked(application, NOW)
    assert executions() == [f"{booking.booking_id}-1", f"{booking.booking_id}-7"]
    assert bookings.load(booking.booking_id).booking.execution == 7


def test_an_adults_form_with_a_childs_fields_is_refused() -> None:
    application = form(free_slots("therapist", NOW)[0], patient={**CHILD, "who": "self"})
    with pytest.raises(Invalid) as refused:
        booked(application, NOW)
    assert "patient.birth_date" in paths(refused.value.fields)


@pytest.mark.parametrize("zone", ["leapseconds", "Factory", "localtime", "tzdata.zi"])
def test_what_is_no_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(Invalid) as refused:
        booked(form(free_slots("therapist", NOW)[0], time_zone=zone), NOW)
    assert paths(refused.value.fields) == {"time_zone"}


def test_a_repeat_starts_the_workflow_that_a_crash_prevented() -> None:
    application = form(free_slots("therapist", NOW)[0])
    booking = booked(application, NOW).booking
    client = aws.client("stepfunctions")
    (machine,) = client.list_state_machines()["stateMachines"]
    arn = machine["stateMachineArn"].replace(":stateMachine:", ":execution:")
    client.stop_execution(executionArn=f"{arn}:{booking.booking_id}-1")
    booked(application, NOW)
    assert executions() == [f"{booking.booking_id}-1", f"{booking.booking_id}-2"]


def test_the_second_for_one_slot_gets_the_nearest_free_ones_and_nothing_is_stored() -> None:
    slot = free_slots("therapist", NOW)[0]
    booked(form(slot), NOW, key="key-first")
    with pytest.raises(SlotTaken) as refused:
        booked(form(slot), NOW, key="key-second")
    alternatives = refused.value.alternatives
    assert alternatives
    assert (slot.doctor_id, slot.start) not in {(each.doctor_id, each.start) for each in alternatives}
    rows = [item for item in dynamo.scan_all("bookings") if item["sk"] == "BOOKING"]
    assert len(rows) == 1


def test_who_chose_a_doctor_by_name_is_offered_that_doctor_alone() -> None:
    slot = free_slots("therapist", NOW)[0]
    booked(form(slot), NOW, key="key-first")
    with pytest.raises(SlotTaken) as refused:
        booked(form(slot, doctor_id=slot.doctor_id), NOW, key="key-second")
    assert {each.doctor_id for each in refused.value.alternatives} == {slot.doctor_id}


def test_a_hold_that_ran_out_gives_way_to_the_next_booking() -> None:
    slot = free_slots("therapist", NOW)[0]
    booked(form(slot), NOW, key="key-first")
    second = booked(form(slot), NOW + timedelta(minutes=31), key="key-second")
    assert slots.holds(slots.days_of(slot), second.booking.booking_id)


def test_every_fault_of_a_form_is_told_at_once() -> None:
    slot = free_slots("therapist", NOW)[0]
    application = form(
        slot,
        kind="massage",
        slot_start="2026-11-01T03:00:00Z",
        holder=holder(phone="12", email="nobody", birth_date="2090-01-01", family_name="Ivanоv"),
        time_zone="Mars/Olympus",
        consents=[],
    )
    with pytest.raises(Invalid) as refused:
        booked(application, NOW)
    assert paths(refused.value.fields) >= {
        "kind",
        "slot.start",
        "holder.phone",
        "holder.email",
        "holder.birth_date",
        "holder.family_name",
        "time_zone",
    }
    assert any(path.startswith("consents") for path in paths(refused.value.fields))


@pytest.mark.parametrize(
    "start",
    [
        None,
        "",
        "завтра",
        "2026-12-03T10:00:00",
        "2026-12-03T10:00:00.5Z",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:00:00Z",
    ],
)
def test_a_slot_time_that_cannot_be_read_is_named(start: str | None) -> None:
    application = form(free_slots("therapist", NOW)[0], slot_start=start)
    with pytest.raises(Invalid) as refused:
        booked(application, NOW)
    assert paths(refused.value.fields) == {"slot.start"}


def test_a_doctor_who_does_not_treat_children_refuses_a_child() -> None:
    slot = next(each for each in free_slots("therapist", NOW) if _adults_only(each.doctor_id))
    with pytest.raises(Invalid) as refused:
        booked(form(slot, patient=CHILD), NOW)
    assert "slot.doctor" in paths(refused.value.fields)


def _adults_only(doctor_id: str) -> bool:
    from teleconsult.catalogue import store

    return store.load().doctors[doctor_id].treats_from >= 18


def test_a_sound_stored_booking_goes_on() -> None:
    record = booked(form(free_slots("therapist", NOW)[0]), NOW)
    assert recheck(record.booking.booking_id, NOW).booking.status is Status.AWAITING_PAYMENT


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"price": 0}, "price"),
        ({"hold_until": NOW - timedelta(days=1)}, "times"),
        ({"slot_end": NOW}, "times"),
    ],
)
def test_a_stored_booking_against_the_rules_is_refused_and_its_slot_freed(
    change: dict[str, object], fault: str
) -> None:
    slot = free_slots("therapist", NOW)[0]
    booking = booked(form(slot), NOW).booking
    stored(replace(booking, **change))  # type: ignore[arg-type]
    refused = recheck(booking.booking_id, NOW).booking
    assert refused.status is Status.REFUSED
    assert refused.task == f"intake: {fault}"
    assert not slots.holds(slots.days_of(slot), booking.booking_id)


def test_a_stored_booking_without_its_consents_is_refused() -> None:
    record = booked(form(free_slots("therapist", NOW)[0], consents=None), NOW)
    stored(replace(record.booking, status=Status.AWAITING_PAYMENT))
    assert recheck(record.booking.booking_id, NOW).booking.task == "intake: consents"


def test_a_paid_booking_is_not_checked_again() -> None:
    record = booked(form(free_slots("therapist", NOW)[0]), NOW)
    stored(replace(record.booking, paid_at=NOW, price=0))
    assert recheck(record.booking.booking_id, NOW).booking.status is Status.AWAITING_PAYMENT
    assert stands(recheck(record.booking.booking_id, NOW)) == "paid"


def test_an_unknown_booking_is_not_found() -> None:
    with pytest.raises(NotFound):
        recheck("b-nothing", NOW)
