"""The calendar in the mail: read back by the `icalendar` library, and held against the RFCs (5545, 5546)."""

import itertools
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar as Ics

from teleconsult.booking.model import Channel, Side, Status
from teleconsult.catalogue.document import check_document
from teleconsult.catalogue.model import from_document
from teleconsult.notices import calendar, mime, rules
from teleconsult.notices.calendar import Calendar, Method
from teleconsult.notices.rules import Delivery, Notice
from teleconsult.notices.templates import Facts
from teleconsult.platform import clock
from tests import bookings
from tests.people import FOR_PETR

SENDER = "zapis@klinika-ob.example.ru"
NOW = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
SLOT = datetime(2026, 12, 3, 3, 0, tzinfo=UTC)
PATIENT, DOCTOR = Delivery.PATIENT_MAIL, Delivery.DOCTOR_MAIL
PATIENTS_LINK, DOCTORS_LINK = (
    "https://api.example.ru/join/b-1.patient.t",
    "https://api.example.ru/join/b-1.doctor.t",
)

MOMENTS = {
    "March": datetime(2026, 3, 10, 9, 0, tzinfo=UTC),
    "the spring's change in Berlin": datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
    "July": datetime(2026, 7, 15, 9, 0, tzinfo=UTC),
    "the day after October's change": datetime(2026, 10, 26, 9, 0, tzinfo=UTC),
    "the hour that Berlin has twice, first": datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    "the hour that Berlin has twice, second": datetime(2026, 10, 25, 1, 0, tzinfo=UTC),
}
ZONES = ("Asia/Novosibirsk", "Europe/Moscow", "Europe/Kaliningrad", "Europe/Berlin")

_CATALOGUE = Path(__file__).parents[3] / "local" / "clinic" / "catalogue.json"
CLINIC = from_document(check_document(json.loads(_CATALOGUE.read_text())), version=1).clinic

_FIRST = datetime(2025, 1, 1, tzinfo=UTC)
_names = itertools.count()


def facts(zone: str = "Europe/Moscow", start: datetime = SLOT, **changes: Any) -> Facts:
    """A scheduled booking of the sample clinic; `changes` are the booking's."""
    booking = bookings.scheduled(
        "b-1",
        NOW,
        slot_start=start,
        slot_end=start + timedelta(minutes=30),
        **{"doctor_id": "d-sokolova", "channel": Channel.ROOM, "specialty": "therapist", **changes},
    )
    return Facts(
        booking=booking,
        people=replace(FOR_PETR, time_zone=zone, comments="Кашель"),
        clinic=CLINIC,
        doctor="Соколова Ольга Ильинична",
        cabinet_url="https://lk.example.ru/bookings/b-1",
        sign_in_url="https://lk.example.ru/bookings/b-1#link",
        patient_join_url=PATIENTS_LINK,
        doctor_join_url=DOCTORS_LINK,
    )


def of_notice(
    notice: Notice, delivery: Delivery, about: Facts, addressee: str = "anna@example.org"
) -> Calendar | None:
    return calendar.of_notice(notice, delivery, about, sender=SENDER, stamp=NOW, addressee=addressee)


def mailed(notice: Notice, delivery: Delivery, about: Facts, **more: str) -> Calendar:
    made = of_notice(notice, delivery, about, **more)
    assert made
    return made


def downloaded(about: Facts) -> bytes:
    return calendar.invitation(about, "patient", Method.PUBLISH, sender=SENDER, stamp=NOW)


def event(content: bytes) -> Any:
    (found,) = Ics.from_ical(content).walk("VEVENT")
    return found


def by_its_own_zone(content: bytes, zone: str) -> Any:
    """The event as a program reads it that knows no zones but those which the file itself brings."""
    unknown = f"Nowhere/Zone-{next(_names)}"
    return event(content.replace(zone.encode(), unknown.encode()))


def instant_by_rules(content: bytes, zone: str, name: str) -> datetime:
    """A time of the event by nothing but the text of its VTIMEZONE, as RFC 5545, 3.6.5, has it reckoned: the
    latest observance that began at or before it, begins being told in the offset before."""
    read: Any = Ics.from_ical(content)
    moment: datetime = event(content)[name].dt
    if not (zones := read.walk("VTIMEZONE")):
        assert moment.utcoffset() == timedelta()
        return datetime.combine(moment.date(), moment.time(), UTC)
    (found,) = zones
    assert found["TZID"] == zone
    local = moment.replace(tzinfo=None)
    begun = [each for each in found.subcomponents if each["DTSTART"].dt <= local]
    in_force = max(begun, key=lambda each: each["DTSTART"].dt)
    offset: timedelta = in_force["TZOFFSETTO"].td
    return datetime.combine(local.date(), local.time(), UTC) - offset


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("moment", MOMENTS)
def test_the_event_is_when_the_consultation_is(zone: str, moment: str) -> None:
    start = MOMENTS[moment]
    content = mailed(Notice.SCHEDULED, PATIENT, facts(zone, start)).content
    for read in (event(content), by_its_own_zone(content, zone)):
        assert read["DTSTART"].dt.astimezone(UTC) == start
        assert read["DTEND"].dt.astimezone(UTC) == start + timedelta(minutes=30)
    assert instant_by_rules(content, zone, "DTSTART") == start


@settings(deadline=None, max_examples=300)
@given(
    zone=st.sampled_from(sorted(available_timezones() - {"Factory", "localtime", "posixrules"})),
    start=st.integers(0, 12 * 366 * 24 * 60).map(lambda minutes: _FIRST + timedelta(minutes=minutes)),
)
def test_in_any_zone_at_any_moment_the_event_is_when_the_consultation_is(zone: str, start: datetime) -> None:
    content = downloaded(facts(zone, start))
    assert event(content)["DTSTART"].dt.astimezone(UTC) == start
    assert instant_by_rules(content, zone, "DTSTART") == start
    assert instant_by_rules(content, zone, "DTEND") == start + timedelta(minutes=30)


def test_each_side_has_its_own_zone() -> None:
    about = facts("Europe/Berlin")
    zones = [
        event(mailed(Notice.SCHEDULED, side, about).content)["DTSTART"].params["TZID"]
        for side in (PATIENT, DOCTOR)
    ]
    assert zones == ["Europe/Berlin", "Asia/Novosibirsk"]


def test_a_time_that_clocks_show_twice_is_told_in_utc() -> None:
    for moment in ("the hour that Berlin has twice, first", "the hour that Berlin has twice, second"):
        assert b"DTSTART:20261025T0" in downloaded(facts("Europe/Berlin", MOMENTS[moment]))


def test_a_change_of_the_clocks_begins_in_the_time_before_it() -> None:
    zone: Any = calendar.time_zone("Europe/Berlin", MOMENTS["July"])
    spring, autumn = zone.subcomponents
    assert (spring.name, spring["DTSTART"].dt.isoformat()) == ("DAYLIGHT", "2026-03-29T02:00:00")
    assert (autumn.name, autumn["DTSTART"].dt.isoformat()) == ("STANDARD", "2026-10-25T03:00:00")
    assert (autumn["TZOFFSETFROM"].td, autumn["TZOFFSETTO"].td) == (timedelta(hours=2), timedelta(hours=1))


@pytest.mark.parametrize("zone", ZONES[:3])
def test_a_zone_that_does_not_change_has_one_offset(zone: str) -> None:
    made: Any = calendar.time_zone(zone, SLOT)
    (only,) = made.subcomponents
    assert only["TZOFFSETFROM"].td == only["TZOFFSETTO"].td == SLOT.astimezone(ZoneInfo(zone)).utcoffset()


def test_the_patients_event_says_all_that_the_letter_says_of_the_meeting_and_names_nobody() -> None:
    read = event(mailed(Notice.SCHEDULED, PATIENT, facts()).content)
    said = read["DESCRIPTION"]
    assert read["SUMMARY"] == "Онлайн-консультация"
    assert "3 декабря 2026, четверг, 10:00 (Новосибирск, МСК+4) по времени клиники" in said
    assert "3 декабря 2026, четверг, 06:00 (Москва, МСК) по вашему времени" in said
    assert f"видеосвязь, вход по ссылке {PATIENTS_LINK}" in said
    assert CLINIC.notices["be_reachable"] in said
    assert read["LOCATION"] == read["URL"] == PATIENTS_LINK
    for private in ("Соколова", "Соловьёв", "терапевт", "therapist", "Кашель"):
        assert private not in mailed(Notice.SCHEDULED, PATIENT, facts()).content.decode()


@pytest.mark.parametrize("channel", [Channel.SKYPE, Channel.PHONE])
def test_only_a_room_is_a_place(channel: Channel) -> None:
    read = event(mailed(Notice.SCHEDULED, PATIENT, facts(channel=channel)).content)
    assert "LOCATION" not in read
    assert "URL" not in read
    assert "врач позвонит на" in read["DESCRIPTION"]


@pytest.mark.parametrize("channel", Channel)
def test_the_doctors_event_has_both_times_their_own_link_and_nobodys_data(channel: Channel) -> None:
    content = mailed(Notice.SCHEDULED, DOCTOR, facts(channel=channel)).content
    read = event(content)
    assert "06:00 (Москва, МСК) по времени пациента" in read["DESCRIPTION"]
    assert (read.get("URL") == DOCTORS_LINK) is (channel is Channel.ROOM)
    for private in (FOR_PETR.holder.family_name, FOR_PETR.holder.phone, "live:anna", PATIENTS_LINK):
        assert private not in read["DESCRIPTION"]


def test_a_life_of_moves_and_a_cancellation_is_one_event_with_rising_sequence() -> None:
    at = [SLOT + timedelta(days=day) for day in range(3)]
    cancelled = {"status": Status.CANCELLED, "cancelled_by": Side.PATIENT}
    mails = [
        mailed(Notice.SCHEDULED, PATIENT, facts(start=at[0])),
        mailed(Notice.MOVED, PATIENT, replace(facts(start=at[1], moves=1), about=f"1#{clock.iso(at[0])}")),
        mailed(Notice.MOVED, PATIENT, replace(facts(start=at[2], moves=2), about=f"2#{clock.iso(at[1])}")),
        mailed(Notice.CANCELLED, PATIENT, facts(start=at[2], moves=2, **cancelled)),
    ]
    events = [event(each.content) for each in mails]
    assert {each["UID"] for each in events} == {"b-1@klinika-ob.example.ru"}
    assert [each["SEQUENCE"] for each in events] == [0, 1, 2, 3]
    assert [each["DTSTART"].dt.astimezone(UTC) for each in events] == [*at, at[2]]
    assert [each["STATUS"] for each in events] == ["CONFIRMED"] * 3 + ["CANCELLED"]
    assert [each.method for each in mails] == [Method.REQUEST] * 3 + [Method.CANCEL]
    assert events[3].walk("VALARM") == []


def test_a_doctor_who_loses_a_booking_and_gets_it_back_has_one_event_that_nobody_else_touches() -> None:
    first, then = SLOT, SLOT + timedelta(days=1)
    away = replace(facts(start=then, moves=1, doctor_id="d-gromov"), about=f"1#{clock.iso(first)}#d-sokolova")
    back = replace(facts(start=first, moves=2), about=f"2#{clock.iso(then)}#d-gromov")
    given_to, taken, others, again = (
        event(mailed(notice, DOCTOR, about).content)
        for notice, about in (
            (Notice.SCHEDULED, facts(start=first)),
            (Notice.WITHDRAWN, away),
            (Notice.MOVED, away),
            (Notice.MOVED, back),
        )
    )
    assert given_to["UID"] == taken["UID"] == again["UID"] == "b-1-d-sokolova@klinika-ob.example.ru"
    assert others["UID"] == "b-1-d-gromov@klinika-ob.example.ru"
    assert [each["SEQUENCE"] for each in (given_to, taken, again)] == [0, 1, 2]
    assert taken["DTSTART"].dt.astimezone(UTC) == first
    assert (taken["STATUS"], again["STATUS"]) == ("CANCELLED", "CONFIRMED")
    assert DOCTORS_LINK not in taken.to_ical().decode()


def test_a_downloaded_event_is_that_of_the_mails() -> None:
    published, invited = event(downloaded(facts())), event(mailed(Notice.SCHEDULED, PATIENT, facts()).content)
    for name in ("UID", "SEQUENCE", "SUMMARY", "DESCRIPTION", "URL"):
        assert published[name] == invited[name]


def test_an_invitation_has_who_invites_whom_and_a_download_nobody_invited() -> None:
    read = event(mailed(Notice.SCHEDULED, PATIENT, facts()).content)
    assert (read["ORGANIZER"], read["ORGANIZER"].params["CN"]) == (f"mailto:{SENDER}", CLINIC.name)
    assert read["ATTENDEE"] == "mailto:anna@example.org"
    assert read["ATTENDEE"].params["PARTSTAT"] == "NEEDS-ACTION"
    assert read["ATTENDEE"].params["RSVP"] == "FALSE"
    assert "ATTENDEE" not in event(downloaded(facts()))


def test_the_clinic_that_organises_may_have_any_name() -> None:
    about = replace(facts(), clinic=replace(CLINIC, name='Клиника "Обь"; филиал, №\t1: главный'))
    read = event(downloaded(about))
    assert read["ORGANIZER"].params["CN"] == "Клиника 'Обь'; филиал, №1: главный"


def test_it_reminds_an_hour_and_ten_minutes_before() -> None:
    alarms = event(downloaded(facts())).walk("VALARM")
    assert [each["TRIGGER"].dt for each in alarms] == [-timedelta(hours=1), -timedelta(minutes=10)]
    assert {each["ACTION"] for each in alarms} == {"DISPLAY"}


@given(said=st.text(st.characters(exclude_categories=["C"]), max_size=200))
def test_whatever_must_be_said_arrives_as_it_was(said: str) -> None:
    notices = {**CLINIC.notices, "be_reachable": said + "; с запятой, точкой с запятой\\ и\nновой строкой"}
    content = downloaded(replace(facts(), clinic=replace(CLINIC, notices=notices)))
    assert notices["be_reachable"] in event(content)["DESCRIPTION"]


def test_lines_end_and_fold_as_the_rfc_says() -> None:
    content = downloaded(facts())
    assert content.endswith(b"END:VCALENDAR\r\n")
    lines = content.split(b"\r\n")
    assert not [line for line in lines if b"\n" in line or b"\r" in line or len(line) > 75]


def test_every_calendar_names_its_method_its_maker_and_when_it_was_put_in_the_outbox() -> None:
    for method, content in (
        ("REQUEST", mailed(Notice.REMINDER_DAY, PATIENT, facts()).content),
        ("PUBLISH", downloaded(facts())),
    ):
        read: Any = Ics.from_ical(content)
        assert (read["METHOD"], read["VERSION"]) == (method, "2.0")
        assert read["PRODID"] == f"-//{CLINIC.name}//Teleconsult//RU"
        assert event(content)["DTSTAMP"].dt == NOW


def test_what_never_was_an_appointment_is_in_no_calendar() -> None:
    unpaid = facts(scheduled_at=None, paid_at=None, status=Status.AWAITING_PAYMENT)
    for notice in (Notice.CANCELLED, Notice.MOVED):
        assert of_notice(notice, PATIENT, replace(unpaid, about=None)) is None


@pytest.mark.parametrize(
    ("notice", "delivery"),
    [(n, d) for n in Notice for d in rules.deliveries(n) if not d.by_sms],
)
def test_a_mail_carries_a_calendar_where_the_calendar_changes(notice: Notice, delivery: Delivery) -> None:
    told = {
        Notice.SCHEDULED: Method.REQUEST,
        Notice.MOVED: Method.REQUEST,
        Notice.REMINDER_DAY: Method.REQUEST,
        Notice.CANCELLED: Method.CANCEL,
        Notice.WITHDRAWN: Method.CANCEL,
    }
    about = replace(facts(moves=1), about=f"1#{clock.iso(SLOT)}#d-gromov")
    made = of_notice(notice, delivery, about)
    assert (made.method if made else None) == told.get(notice)


def content_of(part: Any) -> bytes:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def letter(made: Calendar) -> EmailMessage:
    content = mime.message(
        sender=SENDER,
        address="anna@example.org",
        subject="Онлайн-консультация оплачена и назначена",
        text="Здравствуйте, Анна!\n\nКогда: завтра.",
        calendar=made,
        message_id=mime.message_id("b-1 OUTBOX#scheduled", "patient_mail", SENDER),
    )
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998  # RFC 5322
    mail = message_from_bytes(content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


@pytest.mark.parametrize("notice", [Notice.SCHEDULED, Notice.CANCELLED])
def test_the_mail_is_text_and_invitation_and_the_same_once_more_as_a_file(notice: Notice) -> None:
    made = mailed(notice, PATIENT, facts())
    mail = letter(made)
    assert mail["Subject"] == "Онлайн-консультация оплачена и назначена"
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/calendar",
        "application/ics",
    ]
    _, _, text, invitation, file = mail.walk()
    assert text.get_content().splitlines()[0] == "Здравствуйте, Анна!"
    assert content_of(invitation) == content_of(file) == made.content
    assert file.get_filename() == "consultation.ics"


@pytest.mark.parametrize("notice", [Notice.SCHEDULED, Notice.CANCELLED])
def test_the_mail_names_the_method_of_its_calendar(notice: Notice) -> None:
    (invitation,) = [
        part
        for part in letter(mailed(notice, PATIENT, facts())).walk()
        if part.get_content_subtype() == "calendar"
    ]
    assert invitation.get_param("method") == Ics.from_ical(content_of(invitation))["METHOD"]
    assert invitation.get_content_charset() == "utf-8"


def test_the_same_message_has_the_same_id_and_another_another() -> None:
    ids = {mime.message_id("b-1 OUTBOX#moved#1", side, SENDER) for side in (PATIENT, DOCTOR, PATIENT)}
    assert len(ids) == 2
    assert all(each.endswith("@klinika-ob.example.ru>") for each in ids)
