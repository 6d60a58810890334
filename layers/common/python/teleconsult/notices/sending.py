"""Sending what the outbox holds: each message of a notice on its own, all that went out marked together."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from teleconsult.booking import store as bookings
from teleconsult.booking.model import Booking, Record
from teleconsult.catalogue import store as catalogue_store
from teleconsult.catalogue.model import Catalogue, Contacts
from teleconsult.documents import store as documents_store
from teleconsult.documents.model import Document
from teleconsult.notices import calendar, mime, outbox, rules, senders, templates
from teleconsult.notices.outbox import Entry
from teleconsult.notices.rules import Delivery, Notice
from teleconsult.notices.templates import Facts
from teleconsult.notices.undelivered import NeverTaken, Undelivered
from teleconsult.people import store as people_store
from teleconsult.people.model import Holder
from teleconsult.platform import clock, ids, links, settings
from teleconsult.platform.observability import count, logger
from teleconsult.refunds import store as refunds_store
from teleconsult.refunds.model import Refund


def send(keys: Mapping[str, str], now: datetime) -> None:
    """Send the messages that a notice still lacks. The row says which: what called this only points to it.

    What does not go out is due again, whatever the reason; after a day it asks for an operator. A crash
    between sending and marking sends messages twice, once the claim is over; none is lost.
    """
    entry = outbox.load(keys)
    if entry is None or not entry.pending:
        return
    if entry.resend:  # the sweep's own now, or the operator's
        now = max(now, entry.resend)
    claimed = entry if entry.is_new else outbox.claim(entry, now)
    if claimed is None:
        return
    ended: dict[Delivery, str] = {}
    try:
        _send_each(claimed, ended, now)
    except Exception as error:  # whatever it is: what went out is marked, and the rest tried again
        fault = {"error": type(error).__qualname__}
        logger.error("notice not sent", extra=_ids(claimed) | fault)
    failed = outbox.mark(claimed, ended, now)
    if failed:
        logger.error("notice failed", extra={**_ids(claimed), "deliveries": failed})
        count("NoticeFailed")


def _send_each(entry: Entry, ended: dict[Delivery, str], now: datetime) -> None:
    """Each message on its own; `ended` gets what became of those that need no other try."""
    record = bookings.load(entry.booking_id)
    booking = record.booking
    if rules.is_obsolete(entry.notice, entry.about, booking, now):
        ended.update(dict.fromkeys(entry.pending, outbox.OBSOLETE))
        return
    catalogue = catalogue_store.load()
    contacts = catalogue_store.load_contacts()
    doctor = contacts.get(_told_doctor(entry, booking))
    facts = replace(
        facts_of(record, catalogue, contacts.get(booking.doctor_id)),
        document=_document(entry),
        refund=_refund(entry, booking),
        about=entry.about,
        callback_by=_callback_by(entry),
    )
    addresses = {"patient": facts.people.holder, "doctor": doctor}
    for delivery in entry.pending:
        address = addresses[delivery.side]
        if not rules.is_wanted(entry.notice, delivery, booking):
            state: str | None = outbox.NOT_WANTED
        else:
            state = _sent(entry, delivery, facts, address, now) if address else outbox.NO_ADDRESS
        if state:
            ended[delivery] = state


def _told_doctor(entry: Entry, booking: Booking) -> str:
    """Whose notice it is: of one withdrawn, the doctor who lost it."""
    if entry.notice is Notice.WITHDRAWN and entry.about:
        return entry.about.rpartition("#")[2]
    return booking.doctor_id


def _ids(entry: Entry) -> dict[str, str]:
    return {"booking_id": entry.booking_id, "notice": entry.key}


def _sent(
    entry: Entry, delivery: Delivery, facts: Facts, address: Holder | Contacts, now: datetime
) -> str | None:
    """How the message ended; None: it may go out another time."""
    try:
        if delivery.by_sms:
            text = templates.sms(entry.notice, delivery, facts)
            message_id = ids.message_id(settings.pepper(), entry.booking_id, entry.key, delivery)
            # Always as if again: the stream does not say that a run before this one crashed after sending.
            senders.send_sms(address.phone, text, message_id, repeat=True)
        else:
            _send_letter(entry, delivery, facts, address.email)
    except Undelivered as error:
        logger.warning("not delivered", booking_id=entry.booking_id, delivery=delivery, error=error.code)
        return outbox.REFUSED if isinstance(error, NeverTaken) else None
    return clock.iso(now)


def _send_letter(entry: Entry, delivery: Delivery, facts: Facts, address: str) -> None:
    letter, sender = templates.letter(entry.notice, delivery, facts), settings.mail_from()
    invited = calendar.of_notice(
        entry.notice, delivery, facts, sender=sender, stamp=entry.created_at, addressee=address
    )
    if invited is None:
        senders.send_mail(address, letter.subject, letter.text)
        return
    content = mime.message(
        sender=sender,
        address=address,
        subject=letter.subject,
        text=letter.text,
        calendar=invited,
        message_id=mime.message_id(f"{entry.booking_id} {entry.key}", delivery, sender),
    )
    senders.send_mail_whole(address, content)


def _document(entry: Entry) -> Document | None:
    """The document that a notice is about, if it is about one and the patient has not removed it since."""
    if entry.notice is not Notice.DOCUMENT_REFUSED or entry.about is None:
        return None
    return documents_store.find(entry.booking_id, entry.about.partition("#")[0])


def _refund(entry: Entry, booking: Booking) -> Refund | None:
    """The refund that a notice is about, if it is about one."""
    if entry.notice not in (Notice.REFUND_SUCCEEDED, Notice.REFUND_REFUSED) or entry.about is None:
        return None
    return refunds_store.load(refunds_store.place_of(booking.holder_id, entry.about))


def _callback_by(entry: Entry) -> datetime | None:
    """Until when the doctor calls, if a notice is about a request for that."""
    if entry.notice not in (Notice.CALLBACK, Notice.CALLBACK_FOR_DOCTOR) or entry.about is None:
        return None
    return bookings.callback_by(entry.booking_id, entry.about)


def facts_of(record: Record, catalogue: Catalogue, contacts: Contacts | None = None) -> Facts:
    """What is told of a booking. `contacts`: the doctor's, for the name of one who left the catalogue."""
    booking = record.booking
    doctor = catalogue.doctors.get(booking.doctor_id)
    name = doctor.full_name if doctor else contacts.name if contacts else ""
    return Facts(
        booking=booking,
        people=people_store.load(booking.booking_id),
        clinic=catalogue.clinic,
        doctor=name,
        cabinet_url=links.cabinet(booking.booking_id),
        sign_in_url=links.cabinet_signed_in(booking.booking_id),
        received=record.payment.received,
        patient_join_url=links.join(booking.booking_id, "patient", booking.doctor_id),
        doctor_join_url=links.join(booking.booking_id, "doctor", booking.doctor_id),
    )
