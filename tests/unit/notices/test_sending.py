"""The outbox: each message goes out once, whatever fails beside it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from botocore.exceptions import ClientError
from icalendar import Calendar as Ics

from functions.notifications.handler import handler
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Status
from teleconsult.catalogue import store as catalogue_store
from teleconsult.documents import store as documents_store
from teleconsult.documents.model import Document, DocumentStatus, DocumentType, Refusal
from teleconsult.notices import outbox
from teleconsult.notices.rules import Notice
from teleconsult.notices.sending import send
from teleconsult.platform import aws, clock, dynamo, tasks
from teleconsult.refunds import store as refunds_store
from teleconsult.refunds.model import Refund, RefundStatus
from teleconsult.sweeps import sweeping
from tests.unit.api.calls import Context
from tests.unit.notices.conftest import Sent
from tests.unit.usecases.conftest import NOW
from tests.unit.usecases.forms import booked, form, free_slots

Look = Callable[[], list[Sent]]


@pytest.fixture
def booking_id() -> str:
    return booked(form(free_slots("therapist", NOW)[0]), NOW).booking.booking_id


HOUR = timedelta(hours=1)


class Unhurried(Context):
    """The function's whole time."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 120_000


def is_scheduled(booking_id: str, **more: Any) -> None:
    """The booking's row, as if it had been paid and scheduled."""
    changes = {"status": Status.SCHEDULED, "scheduled_at": "2026-12-01T01:00:00Z", **more}
    dynamo.write(dynamo.update("bookings", f"BOOKING#{booking_id}", "BOOKING", set=changes))


def given(booking_id: str, notice: Notice, about: str | None = None) -> dict[str, str]:
    """A notice in the outbox: its keys."""
    write = outbox.put(booking_id, notice, NOW, about)
    dynamo.write(write)
    item = write.request["Item"]
    return {"pk": item["pk"]["S"], "sk": item["sk"]["S"]}


def inserted(keys: dict[str, str], number: str) -> dict[str, Any]:
    """The stream's record of it."""
    return {
        "eventName": "INSERT",
        "dynamodb": {
            "Keys": {name: {"S": value} for name, value in keys.items()},
            "SequenceNumber": number,
        },
    }


def state(keys: dict[str, str]) -> Any:
    item = dynamo.get("bookings", keys["pk"], keys["sk"])
    assert item
    return item["deliveries"]


def broken_mail(monkeypatch: pytest.MonkeyPatch, code: str = "MessageRejected") -> None:
    def send_email(**_: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "anna@example.org"}}, "SendEmail")

    monkeypatch.setattr(aws.client("sesv2"), "send_email", send_email)


def test_an_appointment_is_told_to_both_sides_by_sms_and_mail(booking_id: str, sent: Look) -> None:
    is_scheduled(booking_id)
    keys = given(booking_id, Notice.SCHEDULED)
    send(keys, NOW)
    doctor = catalogue_store.load_contacts()
    assert {message.to for message in sent()} >= {"+79130001122", "anna@example.org"}
    assert len(sent()) == 4
    assert {message.to for message in sent()} & {each.phone for each in doctor.values()}
    assert set(state(keys).values()) == {"2026-12-01T02:00:00Z"}


def test_a_notice_that_is_sent_is_not_sent_again(booking_id: str, sent: Look) -> None:
    keys = given(booking_id, Notice.NOT_HELD)
    for _ in range(3):
        send(keys, NOW)
    assert len(sent()) == 2


def test_the_same_reason_gives_one_notice(booking_id: str) -> None:
    given(booking_id, Notice.NOT_HELD)
    with pytest.raises(dynamo.ConditionFailed):
        given(booking_id, Notice.NOT_HELD)


def test_two_late_payments_are_two_reasons(booking_id: str) -> None:
    first = given(booking_id, Notice.LATE_PAYMENT, about="p-1")
    assert first != given(booking_id, Notice.LATE_PAYMENT, about="p-2")


def test_what_fails_is_sent_later_and_the_rest_at_once(
    booking_id: str, sent: Look, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    keys = given(booking_id, Notice.NOT_HELD)
    with monkeypatch.context() as outage:
        broken_mail(outage)
        send(keys, NOW)
    assert state(keys) == {"patient_sms": "2026-12-01T02:00:00Z", "patient_mail": "pending"}
    assert "anna@example.org" not in str([vars(record) for record in caplog.records])

    send(keys, NOW)
    assert [message.to for message in sent()] == ["+79130001122", "anna@example.org"]


def test_an_address_that_takes_nothing_is_given_up_and_holds_up_nobody(
    booking_id: str, sent: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_mail(monkeypatch, "BadRequestException")
    keys = given(booking_id, Notice.NOT_HELD)
    send(keys, NOW)
    assert state(keys) == {"patient_sms": "2026-12-01T02:00:00Z", "patient_mail": "refused"}
    assert len(sent()) == 1


def test_a_doctor_who_left_has_no_address_and_holds_up_nobody(
    booking_id: str, sent: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_scheduled(booking_id)
    keys = given(booking_id, Notice.SCHEDULED)
    monkeypatch.setattr(catalogue_store, "load_contacts", dict)
    send(keys, NOW)
    assert len(sent()) == 2
    assert state(keys)["doctor_sms"] == state(keys)["doctor_mail"] == "no_address"


def test_a_notice_that_was_cleared_away_is_nothing_to_do(booking_id: str, sent: Look) -> None:
    send({"pk": f"BOOKING#{booking_id}", "sk": "OUTBOX#scheduled"}, NOW)
    assert sent() == []


def test_a_bad_record_holds_up_none_of_its_batch(booking_id: str, sent: Look) -> None:
    good = given(booking_id, Notice.NOT_HELD)
    bad = {"pk": "BOOKING#b-gone", "sk": "OUTBOX#not_held"}
    row = {
        "notice": "not_held",
        "created_at": clock.iso(clock.now()),
        "deliveries": {"patient_sms": "pending"},
    }
    dynamo.write(dynamo.put("bookings", {**bad, **row}))
    last = given(booking_id, Notice.LATE_PAYMENT, about="p-1")
    event = {"Records": [inserted(good, "1"), inserted(bad, "2"), inserted(last, "3")]}

    answer = handler(event, Unhurried())

    assert answer == {"batchItemFailures": []}
    assert len(sent()) == 4
    assert state(bad) == {"patient_sms": "pending"}
    assert bad["sk"] in [each["sk"] for each in outbox.all_due(clock.now() + HOUR)]


def refused_document(booking_id: str) -> str:
    """A refused document's row: its id."""
    document = Document(
        document_id="doc-a",
        booking_id=booking_id,
        name="Выписка.pdf",
        type=DocumentType.PDF,
        size=1,
        status=DocumentStatus.AWAITING_UPLOAD,
        created_at=NOW,
    )
    dynamo.transact(documents_store.begun(document, NOW))
    dynamo.transact(documents_store.refused(document, Refusal.WRONG_CONTENT))
    return document.document_id


def test_a_refused_document_is_told_to_the_patient_by_mail_with_its_name_and_the_reason(
    booking_id: str, sent: Look
) -> None:
    about = f"{refused_document(booking_id)}#2026-12-01T02:00:00Z"
    send(given(booking_id, Notice.DOCUMENT_REFUSED, about), NOW)
    (mail,) = sent()
    assert (mail.to, mail.subject) == ("anna@example.org", "Документ не принят")
    assert "Файл «Выписка.pdf» не принят и удалён. Причина: Содержимое файла не соответствует" in mail.text


def test_a_refused_document_that_is_removed_meanwhile_is_told_of_without_its_name(
    booking_id: str, sent: Look
) -> None:
    send(given(booking_id, Notice.DOCUMENT_REFUSED, "doc-gone#2026-12-01T02:00:00Z"), NOW)
    assert "Один из приложенных вами файлов не принят" in sent()[0].text


def test_what_a_notice_is_about_is_read_back(booking_id: str) -> None:
    entries = [
        outbox.load(given(booking_id, notice, about))
        for notice, about in (
            (Notice.SCHEDULED, None),
            (Notice.LATE_PAYMENT, "p-1"),
            (Notice.DOCUMENT_REFUSED, "doc-a#then"),
        )
    ]
    assert [entry and entry.about for entry in entries] == [None, "p-1", "doc-a#then"]


def test_a_refused_refund_is_told_with_its_own_sum(booking_id: str, sent: Look) -> None:
    booking = bookings.load(booking_id).booking
    refund = Refund(
        refund_id="r-1-01",
        holder_id=booking.holder_id,
        payment_id="p-1",
        booking_id=booking_id,
        amount=123_400,
        status=RefundStatus.ASKED,
        asked_at=NOW,
        asked_by=booking.holder_id,
        request_hash="",
    )
    dynamo.write(refunds_store.asked(refund))
    dynamo.transact(refunds_store.refused(refund, None, "refused", NOW))
    send(given(booking_id, Notice.REFUND_REFUSED, refunds_store.place(refund).about), NOW)
    sms, mail = sent()
    assert "Возврат не прошёл" in sms.text
    assert "1\u00a0234,00\u00a0₽" in mail.text


def sweep(now: datetime) -> None:
    """The sweep, and the stream after it."""
    found = list(outbox.all_due(now))
    sweeping.notices(now, lambda: True)
    for each in found:
        send(each, NOW)


def test_a_provider_that_is_down_is_tried_again_by_the_sweep_and_gets_each_message_once(
    booking_id: str, sent: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = given(booking_id, Notice.NOT_HELD)
    with monkeypatch.context() as outage:
        broken_mail(outage)
        send(keys, NOW)
        sweep(NOW)  # not due yet
        assert len(sent()) == 1
        sweep(NOW + timedelta(minutes=1))
    for minutes in (7, 8, 70):
        sweep(NOW + timedelta(minutes=minutes))
    assert [message.to for message in sent()] == ["+79130001122", "anna@example.org"]
    assert list(outbox.all_due(NOW + timedelta(days=2))) == []


def test_what_was_tried_for_a_day_asks_for_an_operator_who_has_it_sent_again(
    booking_id: str, sent: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = given(booking_id, Notice.NOT_HELD)
    with monkeypatch.context() as outage:
        broken_mail(outage)
        send(keys, NOW)
        for hours in range(1, 27):
            sweep(NOW + timedelta(hours=hours))
    assert state(keys)["patient_mail"] == "failed"
    (task,) = tasks.open_tasks().tasks
    assert (task.sk, task.reason) == (keys["sk"], "notice_failed")

    entry = outbox.load(keys)
    assert entry
    dynamo.write(outbox.again(outbox.find(booking_id, entry.notice_id), NOW + timedelta(days=3)))
    send(keys, NOW)
    assert len(sent()) == 2
    assert tasks.open_tasks().tasks == ()


def test_a_notice_that_another_run_has_is_left_to_it_and_found_if_that_run_crashed(
    booking_id: str, sent: Look
) -> None:
    keys = given(booking_id, Notice.NOT_HELD)
    entry = outbox.load(keys)
    assert entry
    assert outbox.claim(entry, NOW)
    send(keys, NOW)
    assert sent() == []
    sweep(NOW + timedelta(minutes=5))
    assert len(sent()) == 2


@pytest.mark.parametrize(
    ("notice", "about"),
    [(Notice.SCHEDULED, None), (Notice.PAYMENT_LINK, None), (Notice.REMINDER_HOUR, "2026-12-31T00:00:00Z")],
)
def test_what_is_no_longer_so_is_not_told(
    booking_id: str, notice: Notice, about: str | None, sent: Look
) -> None:
    is_scheduled(booking_id)
    keys = given(booking_id, notice, about)
    late = bookings.load(booking_id).booking.slot_start
    send(keys, late if about is None else NOW)
    assert sent() == []
    assert set(state(keys).values()) == {"obsolete"}


def test_what_there_is_no_time_for_is_due_at_once(booking_id: str, sent: Look) -> None:
    keys = given(booking_id, Notice.NOT_HELD)
    assert handler({"Records": [inserted(keys, "1")]}, Context()) == {"batchItemFailures": []}
    assert sent() == []
    assert keys["sk"] in [each["sk"] for each in outbox.all_due(clock.now())]


def invitations(messages: list[Sent]) -> dict[str, EmailMessage]:
    """The mails that carry a calendar, by whom they went to."""
    return {each.to: each.mail for each in messages if each.mail}


def calendar_of(mail: EmailMessage) -> Any:
    (part,) = [each for each in mail.walk() if each.get_content_type() == "text/calendar"]
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return Ics.from_ical(content), part.get_param("method")


def test_the_mails_of_an_appointment_carry_its_calendar(booking_id: str, sent: Look) -> None:
    is_scheduled(booking_id)
    send(given(booking_id, Notice.SCHEDULED), NOW + HOUR)
    slot = bookings.load(booking_id).booking
    contacts = catalogue_store.load_contacts()
    mails = invitations(sent())
    assert set(mails) == {"anna@example.org", contacts[slot.doctor_id].email}
    for address, mail in mails.items():
        read, method = calendar_of(mail)
        (event,) = read.walk("VEVENT")
        assert (method, read["METHOD"]) == ("REQUEST", "REQUEST")
        assert event["DTSTART"].dt == slot.slot_start
        assert event["ATTENDEE"] == f"mailto:{address}"
        assert event["DTSTAMP"].dt == NOW  # when it was put in the outbox, however late it is sent


def test_a_booking_moved_and_cancelled_is_one_event_in_the_patients_calendar(
    booking_id: str, sent: Look
) -> None:
    is_scheduled(booking_id)
    old = clock.iso(bookings.load(booking_id).booking.slot_start)
    send(given(booking_id, Notice.SCHEDULED), NOW)
    is_scheduled(booking_id, moves=1, slot_start="2026-12-04T03:00:00Z", slot_end="2026-12-04T03:30:00Z")
    send(given(booking_id, Notice.MOVED, f"1#{old}"), NOW)
    is_scheduled(booking_id, status=Status.CANCELLED, moves=1)
    send(given(booking_id, Notice.CANCELLED), NOW)
    read = [calendar_of(each.mail) for each in sent() if each.mail and each.to == "anna@example.org"]
    assert [method for _, method in read] == ["REQUEST", "REQUEST", "CANCEL"]
    events = [calendar.walk("VEVENT")[0] for calendar, _ in read]
    assert len({str(event["UID"]) for event in events}) == 1
    assert [event["SEQUENCE"] for event in events] == [0, 1, 2]


def test_a_message_has_the_same_id_however_often_it_is_sent(
    booking_id: str, sent: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_scheduled(booking_id)
    keys = given(booking_id, Notice.REMINDER_DAY, clock.iso(bookings.load(booking_id).booking.slot_start))
    with monkeypatch.context() as crash:
        crash.setattr(outbox, "mark", lambda *_: ())
        send(keys, NOW)
    send(keys, NOW + HOUR)
    ids = [each.mail["Message-ID"] for each in sent() if each.mail and each.to == "anna@example.org"]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_a_mail_without_an_appointment_is_words_alone(booking_id: str, sent: Look) -> None:
    send(given(booking_id, Notice.CANCELLED), NOW)
    assert invitations(sent()) == {}


def test_a_move_before_paying_is_told_to_the_patient_alone(booking_id: str, sent: Look) -> None:
    keys = given(booking_id, Notice.MOVED, "1#2026-12-03T02:00:00Z")
    dynamo.write(dynamo.update("bookings", f"BOOKING#{booking_id}", "BOOKING", set={"moves": 1}))
    send(keys, NOW)
    assert [message.to for message in sent()] == ["+79130001122", "anna@example.org"]
    assert invitations(sent()) == {}
    assert state(keys)["doctor_mail"] == "not_wanted"
