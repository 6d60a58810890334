"""Sending what the outbox holds: each message of a notice on its own, all that went out marked together."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from teleconsult.booking import store as bookings
from teleconsult.booking.model import Booking
from teleconsult.catalogue import store as catalogue_store
from teleconsult.catalogue.model import Catalogue, Contacts
from teleconsult.documents import store as documents_store
from teleconsult.documents.model import Document
from teleconsult.notices import outbox, senders, templates
from teleconsult.notices.outbox import Entry
from teleconsult.notices.rules import Delivery, Notice
from teleconsult.notices.templates import Facts
from teleconsult.people import store as people_store
from teleconsult.people.model import Holder
from teleconsult.platform import clock, links
from teleconsult.platform.observability import logger
from teleconsult.refunds import store as refunds_store
from teleconsult.refunds.model import Refund


class Undelivered(Exception):
    """Some messages of a notice did not go out; those that did will not be sent again."""


def send(keys: Mapping[str, str], now: datetime) -> None:
    """Send the messages that a notice still lacks. The row says which: what called this only points to it.

    A crash between sending and marking sends messages twice; none is lost.

    Raises:
        Undelivered: call again.
    """
    entry = outbox.load(keys)
    if entry is None or not entry.pending:
        return
    booking = bookings.load(entry.booking_id).booking
    catalogue = catalogue_store.load()
    doctor = catalogue_store.load_contacts().get(booking.doctor_id)
    facts = replace(
        _facts(booking, catalogue, doctor, _document(entry)),
        refund=_refund(entry, booking),
        about=entry.about,
        callback_by=_callback_by(entry),
    )
    addresses = {"patient": facts.people.holder, "doctor": doctor}
    ended: dict[Delivery, str] = {}
    try:
        for delivery in entry.pending:
            address = addresses[delivery.side]
            state = _sent(entry, delivery, facts, address, now) if address else outbox.NO_ADDRESS
            if state:
                ended[delivery] = state
    finally:  # whatever comes in between, what went out is not sent again
        if ended:
            outbox.mark(entry, ended)
    failed = [each for each in entry.pending if each not in ended]
    if failed:
        raise Undelivered(f"{entry.booking_id} {entry.key}: {', '.join(failed)}")


def _sent(
    entry: Entry, delivery: Delivery, facts: Facts, address: Holder | Contacts, now: datetime
) -> str | None:
    """How the message ended; None: it may go out another time."""
    try:
        if delivery.by_sms:
            senders.send_sms(address.phone, templates.sms(entry.notice, delivery, facts))
        else:
            letter = templates.letter(entry.notice, delivery, facts)
            senders.send_mail(address.email, letter.subject, letter.text)
    except (ClientError, BotoCoreError) as error:
        kind = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
        logger.warning("not delivered", booking_id=entry.booking_id, delivery=delivery, error=kind)
        return outbox.REFUSED if kind in senders.NEVER_TAKEN else None
    return clock.iso(now)


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


def _facts(
    booking: Booking, catalogue: Catalogue, contacts: Contacts | None, document: Document | None
) -> Facts:
    doctor = catalogue.doctors.get(booking.doctor_id)
    name = doctor.full_name if doctor else contacts.name if contacts else ""
    return Facts(
        booking=booking,
        people=people_store.load(booking.booking_id),
        clinic=catalogue.clinic,
        doctor=name,
        cabinet_url=links.cabinet(booking.booking_id),
        document=document,
        patient_join_url=links.join(booking.booking_id, "patient"),
        doctor_join_url=links.join(booking.booking_id, "doctor"),
    )
