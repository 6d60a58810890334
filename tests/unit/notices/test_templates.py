"""The words of the notices (S12–S15, S17, §7)."""

from dataclasses import replace

import pytest

from teleconsult.booking.model import Booking, Channel, Record
from teleconsult.catalogue import store as catalogue_store
from teleconsult.notices import rules, templates
from teleconsult.notices.rules import Delivery, Notice
from teleconsult.notices.templates import Facts
from teleconsult.people import store as people_store
from teleconsult.refunds.model import Refund, RefundStatus
from tests.unit.usecases.conftest import NOW
from tests.unit.usecases.forms import booked, form, free_slots

EVERY_SMS = [(n, d) for n in Notice for d in rules.deliveries(n) if d.by_sms]
EVERY_LETTER = [(n, d) for n in Notice for d in rules.deliveries(n) if not d.by_sms]


def facts(channel: Channel = Channel.ROOM, *, paid: bool = True) -> Facts:
    login = {"type": "skype", "login": "live:anna"} if channel is Channel.SKYPE else {"type": channel}
    slot = free_slots("therapist", NOW)[0]
    record: Record = booked(form(slot, channel=login, time_zone="Europe/Moscow", comments="Кашель"), NOW)
    catalogue = catalogue_store.load()
    booking = record.booking
    if paid:
        booking = replace(booking, paid_at=NOW, contract_number="ОК-20261201-ABC")
    return Facts(
        booking=booking,
        people=people_store.load(booking.booking_id),
        clinic=catalogue.clinic,
        doctor=catalogue.doctors[booking.doctor_id].full_name,
        cabinet_url="https://lk.example.ru/b",
        patient_join_url="https://api.example.ru/join/patient",
        doctor_join_url="https://api.example.ru/join/doctor",
        refund=refund(booking),
    )


def refund(booking: Booking) -> Refund:
    return Refund(
        refund_id="r-1-01",
        holder_id=booking.holder_id,
        payment_id="p-1",
        booking_id=booking.booking_id,
        amount=123_400,
        status=RefundStatus.REFUSED,
        asked_at=NOW,
        asked_by=booking.holder_id,
        request_hash="",
        refusal="rejected_by_payee",
    )


@pytest.mark.parametrize(("notice", "delivery"), EVERY_SMS)
@pytest.mark.parametrize("channel", Channel)
def test_an_sms_is_short_and_tells_nothing_of_doctor_specialty_or_complaint(
    notice: Notice, delivery: Delivery, channel: Channel
) -> None:
    about = facts(channel)
    text = templates.sms(notice, delivery, about)
    words = text.partition("https://")[0]
    assert len(words) <= 70
    for private in (about.doctor.split()[0], about.people.holder.family_name, "терапевт", "Кашель"):
        assert private.lower() not in text.lower()


@pytest.mark.parametrize(("notice", "delivery"), EVERY_LETTER)
@pytest.mark.parametrize("channel", Channel)
def test_a_letter_tells_nothing_of_specialty_or_complaint(
    notice: Notice, delivery: Delivery, channel: Channel
) -> None:
    letter = templates.letter(notice, delivery, facts(channel))
    for private in ("терапевт", "Кашель"):
        assert private.lower() not in (letter.subject + letter.text).lower()


def test_the_operators_booking_is_told_with_a_link_to_the_cabinet() -> None:
    text = templates.sms(Notice.PAYMENT_LINK, Delivery.PATIENT_SMS, facts(paid=False))
    assert text.endswith("https://lk.example.ru/b")
    assert "МСК" in text


def test_the_confirmation_says_all_that_it_must() -> None:
    about = facts()
    text = templates.letter(Notice.SCHEDULED, Delivery.PATIENT_MAIL, about).text
    assert "Здравствуйте, Анна Игоревна!" in text
    assert "Договор № ОК-20261201-ABC" in text
    assert "(Новосибирск, МСК+4) по времени клиники" in text
    assert "(Москва, МСК) по вашему времени" in text
    assert about.doctor in text
    assert "https://api.example.ru/join/patient" in text
    for notice in ("be_reachable", "money_stays", "in_person_first"):
        assert about.clinic.notices[notice] in text


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        (Channel.SKYPE, "врач позвонит на логин live:anna"),
        (Channel.PHONE, "врач позвонит на номер +79130001122"),
    ],
)
def test_the_confirmation_says_who_calls_whom(channel: Channel, words: str) -> None:
    assert words in templates.letter(Notice.SCHEDULED, Delivery.PATIENT_MAIL, facts(channel)).text


def test_a_doctor_who_left_is_not_named() -> None:
    about = replace(facts(), doctor="")
    assert "Врач:" not in templates.letter(Notice.SCHEDULED, Delivery.PATIENT_MAIL, about).text


@pytest.mark.parametrize("channel", Channel)
def test_the_doctor_is_told_when_and_how_and_nobodys_data(channel: Channel) -> None:
    about = facts(channel)
    text = templates.letter(Notice.SCHEDULED, Delivery.DOCTOR_MAIL, about).text
    assert about.booking.booking_id in text
    assert ("https://api.example.ru/join/doctor" in text) is (channel is Channel.ROOM)
    for private in (about.people.holder.family_name, about.people.holder.phone, "live:anna"):
        assert private not in text


def test_money_that_came_late_is_told_from_money_that_came_twice() -> None:
    twice = facts()
    late = replace(twice, booking=replace(twice.booking, paid_at=None))
    for about, words in ((late, "после срока"), (twice, "уже оплачена")):
        assert words in templates.sms(Notice.LATE_PAYMENT, Delivery.PATIENT_SMS, about)
    assert "отменена" in templates.letter(Notice.LATE_PAYMENT, Delivery.PATIENT_MAIL, late).text
    assert "ещё один платёж" in templates.letter(Notice.LATE_PAYMENT, Delivery.PATIENT_MAIL, twice).text


def test_a_consultation_not_held_is_told_with_its_money() -> None:
    about = facts()
    text = templates.letter(Notice.NOT_HELD, Delivery.PATIENT_MAIL, about).text
    assert "2\u00a0500,00\u00a0₽" in text
    assert about.clinic.notices["money_stays"] in text


@pytest.mark.parametrize(
    ("notice", "words"),
    [
        (Notice.REFUND_SUCCEEDED, "возвращены тем же способом"),
        (Notice.REFUND_REFUSED, "Банк или кошелёк получателя не принял возврат."),
    ],
)
def test_what_became_of_a_refund_is_told_with_its_money(notice: Notice, words: str) -> None:
    text = templates.letter(notice, Delivery.PATIENT_MAIL, facts()).text
    assert "1\u00a0234,00\u00a0₽" in text
    assert words in text


def test_money_that_did_not_go_back_is_told_by_sms_with_where_it_is() -> None:
    text = templates.sms(Notice.REFUND_REFUSED, Delivery.PATIENT_SMS, facts())
    assert "Возврат не прошёл. Деньги на вашем лицевом счёте" in text
