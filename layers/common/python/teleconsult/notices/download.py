"""The calendar of a consultation, for who asks for it."""

from datetime import datetime

from teleconsult.booking.model import Record, Status
from teleconsult.catalogue.model import Catalogue
from teleconsult.notices import calendar, sending
from teleconsult.notices.calendar import Method
from teleconsult.platform import settings
from teleconsult.platform.errors import Conflict


def for_patient(record: Record, catalogue: Catalogue, now: datetime) -> str:
    """The patient's side's .ics. It is the event of the mails, so a calendar that has both shows one.

    Raises:
        Conflict: the booking is not scheduled.
    """
    if record.booking.status is not Status.SCHEDULED:
        raise Conflict("no_appointment", "В календарь можно добавить только назначенную консультацию")
    facts = sending.facts_of(record, catalogue)
    sender = settings.mail_from()
    return calendar.invitation(facts, "patient", Method.PUBLISH, sender=sender, stamp=now).decode()
