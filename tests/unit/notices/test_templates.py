"""The words of the notices (S12–S15, S17, §7)."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from teleconsult.booking.model import Booking, Channel, Record, Side, Status
from teleconsult.catalogue import store as catalogue_store
from teleconsult.notices import rules, templates
from teleconsult.notices.rules import Delivery, Notice
from teleconsult.notices.templates import Facts
from teleconsult.notices.wording import full_moment, short_moment
from teleconsult.people import store as people_store
from teleconsult.platform import clock, ids
from teleconsult.refunds.model import Refund, RefundStatus, RefundWay
from tests.unit.usecases.conftest import NOW
from tests.unit.usecases.forms import booked, form, free_slots

EVERY_SMS = [(n, d) for n in Notice for d in rules.deliveries(n) if d.by_sms]
BOOKING_ID = "b-" + "a" * 26
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
        sign_in_url="https://lk.example.ru/b#link",
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
    assert text.endswith(": https://lk.example.ru/b#link")
    assert "МСК" in text


def test_the_sms_with_the_link_is_of_two_parts() -> None:
    """A part of a long Cyrillic SMS has 67 characters; 35 are left to the cabinet's address."""
    token = ids.link_token(b"pepper", BOOKING_ID)
    link = f"https://{'k' * 27}/bookings/{BOOKING_ID}#{token}"
    about = facts(paid=False)
    for zone in ("Europe/Moscow", "Asia/Kamchatka", "Europe/London"):
        people = replace(about.people, time_zone=zone)
        text = templates.sms(
            Notice.PAYMENT_LINK,
            Delivery.PATIENT_SMS,
            replace(about, people=people, sign_in_url=link),
        )
        assert len(text) <= 2 * 67


def test_no_other_message_signs_anybody_in() -> None:
    about = facts()
    others = [templates.sms(*each, about) for each in EVERY_SMS if each[0] is not Notice.PAYMENT_LINK]
    letters = [templates.letter(*each, about).text for each in EVERY_LETTER]
    assert not any("#link" in text for text in (*others, *letters))


def test_the_confirmation_says_all_that_it_must() -> None:
    about = facts()
    text = templates.letter(Notice.SCHEDULED, Delivery.PATIENT_MAIL, about).text
    assert "Здравствуйте, Анна Игоревна!" in text
    assert "Мы получили оплату: 2\u00a0500,00\u00a0₽" in text
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


def test_money_that_the_desk_paid_out_did_not_go_by_a_bank() -> None:
    about = facts()
    assert about.refund
    at_desk = replace(about.refund, way=RefundWay.DESK, document="РКО 17")
    text = words(Notice.REFUND_SUCCEEDED, Delivery.PATIENT_MAIL, replace(about, refund=at_desk))
    for said in ("Клиника вернула вам 1\u00a0234,00\u00a0₽", "Документ: РКО 17.", about.clinic.phone):
        assert said in text
    for wrong in ("тем же способом", "банк"):
        assert wrong not in text


def test_money_that_the_desk_did_not_pay_out_is_told_with_the_reason() -> None:
    about = facts()
    assert about.refund
    kept = replace(about.refund, way=RefundWay.DESK, refusal="not_paid_out")
    text = words(Notice.REFUND_REFUSED, Delivery.PATIENT_MAIL, replace(about, refund=kept))
    assert "Клиника не смогла выдать деньги." in text
    assert "Деньги снова на вашем лицевом счёте" in text


def test_money_that_did_not_go_back_is_told_by_sms_with_where_it_is() -> None:
    text = templates.sms(Notice.REFUND_REFUSED, Delivery.PATIENT_SMS, facts())
    assert "Возврат не прошёл. Деньги на вашем лицевом счёте" in text


PRICE = "2\u00a0500,00\u00a0₽"


def words(notice: Notice, delivery: Delivery, about: Facts) -> str:
    if delivery.by_sms:
        return templates.sms(notice, delivery, about)
    return templates.letter(notice, delivery, about).text


def changed(about: Facts, **changes: Any) -> Facts:
    """The same with other fields of the booking."""
    return replace(about, booking=replace(about.booking, **changes))


def moved(about: Facts, doctor: str = "") -> tuple[Facts, datetime]:
    """After a move from a day earlier, and that time."""
    before = about.booking.slot_start - timedelta(days=1)
    return replace(changed(about, moves=1), about=f"1#{clock.iso(before)}{doctor}"), before


def test_the_sms_of_the_appointment_says_that_it_is_paid_for() -> None:
    text = words(Notice.SCHEDULED, Delivery.PATIENT_SMS, facts())
    assert text.startswith("Оплачено. Консультация 03.12 в ")
    assert text.endswith("Будьте на связи: https://api.example.ru/join/patient")


@pytest.mark.parametrize("channel", Channel)
def test_an_sms_is_short_whatever_it_tells(channel: Channel) -> None:
    after_a_move, _ = moved(facts(channel), "#d-gromov")
    for zone, received, status in itertools.product(
        ("Europe/Moscow", "Australia/Eucla"), (0, 250_000), (Status.COMPLETED, Status.NOT_HELD)
    ):
        people = replace(after_a_move.people, time_zone=zone)
        about = changed(replace(after_a_move, received=received, people=people), status=status)
        too_long = [
            text
            for notice, delivery in EVERY_SMS
            if len((text := words(notice, delivery, about)).partition("https://")[0]) > 70
        ]
        assert too_long == []


@pytest.mark.parametrize("delivery", [Delivery.PATIENT_SMS, Delivery.PATIENT_MAIL])
@pytest.mark.parametrize("notice", [Notice.EXPIRED, Notice.CANCELLED])
def test_money_is_on_the_balance_only_where_some_came_in(notice: Notice, delivery: Delivery) -> None:
    about = facts(paid=False)
    assert "лицевом счёте" in words(notice, delivery, replace(about, received=100_000)).replace(
        "лицевой счёт", "лицевом счёте"
    )
    assert "лицев" not in words(notice, delivery, about)


@pytest.mark.parametrize("notice", [Notice.EXPIRED, Notice.CANCELLED])
def test_the_letter_says_how_much_is_on_the_balance_and_what_to_do_with_it(notice: Notice) -> None:
    text = words(notice, Delivery.PATIENT_MAIL, replace(facts(paid=False), received=100_000))
    for said in ("1\u00a0000,00\u00a0₽ зачислены", "оплатить новую запись", "попросите вернуть деньги"):
        assert said in text


def test_what_the_clinic_cancels_it_apologises_for() -> None:
    about = replace(facts(), received=250_000)
    by_clinic = words(Notice.CANCELLED, Delivery.PATIENT_MAIL, changed(about, cancelled_by=Side.CLINIC))
    by_patient = words(Notice.CANCELLED, Delivery.PATIENT_MAIL, changed(about, cancelled_by=Side.PATIENT))
    assert "Клиника отменила" in by_clinic
    assert "извинения" in by_clinic
    assert "извинения" not in by_patient
    for text in (by_clinic, by_patient):
        assert "по времени клиники" in text
        assert "по вашему времени" in text


def test_a_consultation_not_held_says_how_to_book_again_or_have_the_money_back() -> None:
    text = words(Notice.NOT_HELD, Delivery.PATIENT_MAIL, facts())
    for said in (f"{PRICE} зачислены", "оплатить новую запись", "попросите вернуть деньги", "(Москва, МСК)"):
        assert said in text


def test_a_move_is_told_with_both_times_in_both_zones_and_how_they_meet() -> None:
    about, before = moved(facts(Channel.SKYPE))
    text = words(Notice.MOVED, Delivery.PATIENT_MAIL, about)
    for moment in (before, about.booking.slot_start):
        for zone in ("Asia/Novosibirsk", "Europe/Moscow"):
            assert full_moment(moment, zone) in text
    assert "врач позвонит на логин live:anna" in text
    assert about.clinic.notices["be_reachable"] in text
    assert "Оплатите" not in text


def test_the_sms_of_a_move_has_both_times() -> None:
    about, before = moved(facts())
    text = words(Notice.MOVED, Delivery.PATIENT_SMS, about)
    assert f"с {before.astimezone(ZoneInfo('Europe/Moscow')):%d.%m %H:%M} на " in text
    assert short_moment(about.booking.slot_start, "Europe/Moscow") in text


def test_a_move_before_paying_says_until_when_to_pay() -> None:
    about, _ = moved(facts(paid=False))
    until = full_moment(about.booking.hold_until, "Europe/Moscow")
    assert f"Оплатите запись в личном кабинете до {until}" in words(
        Notice.MOVED, Delivery.PATIENT_MAIL, about
    )


def test_the_doctor_is_told_of_a_move_with_the_time_before() -> None:
    about, before = moved(facts())
    text = words(Notice.MOVED, Delivery.DOCTOR_MAIL, about)
    assert f"Прежнее время: {full_moment(before, 'Asia/Novosibirsk')}" in text
    assert full_moment(about.booking.slot_start, "Asia/Novosibirsk") in text


@pytest.mark.parametrize("channel", Channel)
def test_to_a_doctor_who_gets_another_ones_booking_it_is_new(channel: Channel) -> None:
    about, before = moved(facts(channel), "#d-gromov")
    sms = words(Notice.MOVED, Delivery.DOCTOR_SMS, about)
    assert sms == words(Notice.SCHEDULED, Delivery.DOCTOR_SMS, about)
    letter = templates.letter(Notice.MOVED, Delivery.DOCTOR_MAIL, about)
    assert letter.subject == "Новая онлайн-консультация"
    assert "Запись перенесена к вам от другого врача" in letter.text
    assert full_moment(about.booking.slot_start, "Asia/Novosibirsk") in letter.text
    assert full_moment(before, "Asia/Novosibirsk") not in letter.text  # it never was theirs


def test_to_a_doctor_who_keeps_a_booking_it_is_moved_and_not_new() -> None:
    about, before = moved(facts())
    sms = words(Notice.MOVED, Delivery.DOCTOR_SMS, about)
    assert sms.startswith(
        f"Консультация перенесена с {before.astimezone(ZoneInfo('Asia/Novosibirsk')):%d.%m}"
    )
    assert templates.letter(Notice.MOVED, Delivery.DOCTOR_MAIL, about).subject == "Консультация перенесена"
    assert "другого врача" not in words(Notice.MOVED, Delivery.DOCTOR_MAIL, about)


@pytest.mark.parametrize(
    ("doctor", "said"), [("", "перенесена на другое время"), ("#d-gromov", "перенесена к другому врачу")]
)
def test_the_patient_is_told_whether_the_doctor_is_another(doctor: str, said: str) -> None:
    about, _ = moved(facts(), doctor)
    assert said in words(Notice.MOVED, Delivery.PATIENT_MAIL, about)


@pytest.mark.parametrize("delivery", [Delivery.DOCTOR_SMS, Delivery.DOCTOR_MAIL])
def test_a_doctor_who_loses_a_booking_is_told_which_time_is_free(delivery: Delivery) -> None:
    about, before = moved(facts(), "#d-gromov")
    how = short_moment if delivery.by_sms else full_moment
    assert how(before, "Asia/Novosibirsk") in words(Notice.WITHDRAWN, delivery, about)


@pytest.mark.parametrize(
    ("status", "outcome", "money"),
    [
        (Status.COMPLETED, "Новый итог: консультация состоялась.", "засчитаны в её оплату"),
        (Status.NOT_HELD, "Новый итог: консультация не состоялась.", "зачислены на ваш лицевой счёт"),
    ],
)
def test_a_correction_says_the_outcome_now_and_where_the_money_is(
    status: Status, outcome: str, money: str
) -> None:
    text = words(Notice.CORRECTED, Delivery.PATIENT_MAIL, changed(facts(), status=status))
    assert outcome in text
    assert f"{PRICE} {money}" in text


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("notice", [Notice.REMINDER_DAY, Notice.REMINDER_HOUR, Notice.REMINDER_SOON])
def test_every_reminder_says_to_be_reachable_and_how(notice: Notice, channel: Channel) -> None:
    text = words(notice, Delivery.PATIENT_SMS, facts(channel))
    assert "Будьте на связи" in text
    assert ("https://api.example.ru/join/patient" in text) is (channel is Channel.ROOM)


def test_the_letter_the_day_before_says_when_how_and_to_be_reachable_and_not_that_it_was_just_paid() -> None:
    about = facts()
    text = words(Notice.REMINDER_DAY, Delivery.PATIENT_MAIL, about)
    for said in ("по времени клиники", "по вашему времени", "https://api.example.ru/join/patient"):
        assert said in text
    assert about.clinic.notices["be_reachable"] in text
    assert "Мы получили оплату" not in text
