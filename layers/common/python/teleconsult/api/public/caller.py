"""Who asks: the bearer of a booking's capability, or a holder who is signed in."""

import hmac
from datetime import datetime

from teleconsult.booking import rules as booking_rules
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Record
from teleconsult.catalogue import rules as catalogue_rules
from teleconsult.catalogue.model import Catalogue
from teleconsult.consents.giving import Origin
from teleconsult.people import rules as people_rules
from teleconsult.people import store as people_store
from teleconsult.platform import clock, ids, settings
from teleconsult.platform.errors import Forbidden, NotFound
from teleconsult.platform.http import Request


def record_by_capability(request: Request) -> Record:
    """The booking of the path, if the capability in the header is its own and still opens it.

    Raises:
        NotFound: it is another's, or opens nothing any more.
    """
    booking_id = request.path["booking"]
    genuine = ids.capability(settings.pepper(), booking_id)
    shown = request.headers.get("x-booking-capability", "")
    if hmac.compare_digest(genuine.encode(), shown.encode()):
        record = bookings.load(booking_id)
        if booking_rules.capability_opens(record.booking, clock.now()):
            return record
    raise NotFound("Запись не найдена")


def own_record(request: Request) -> Record:
    """The booking of the path, if it is the caller's.

    Raises:
        NotFound: another's does not exist for them.
        Forbidden: no phone is proven.
    """
    holder_id = holder_of(request)  # first: who has proven no phone does not learn what there is
    record = bookings.load(request.path["booking"])
    if record.booking.holder_id != holder_id:
        raise NotFound("Запись не найдена")
    return record


def check_patients_side(record: Record, catalogue: Catalogue, now: datetime) -> None:
    """At 18 the patient's documents and calendar stop existing for who represented them (§2).

    Raises:
        NotFound: the patient is of age, and somebody else is the holder.
    """
    if not on_patients_side(record, catalogue, now):
        raise NotFound("Запись не найдена")


def on_patients_side(record: Record, catalogue: Catalogue, now: datetime) -> bool:
    """Whether the holder is the patient, or represents them still."""
    patient = people_store.load(record.booking.booking_id).patient
    today = catalogue_rules.consultation_day(catalogue, now)
    return people_rules.holder_may_see(patient.birth_date, patient.is_holder, today)


def holder_of(request: Request) -> str:
    """The id of the holder who is signed in.

    Raises:
        Forbidden: no phone is proven.
    """
    return ids.holder_id(settings.pepper(), phone_of(request))


def phone_of(request: Request) -> str:
    """The phone that the caller's token proves; E.164.

    Raises:
        Forbidden: it proves none.
    """
    phone = request.claims.get("phone_number")
    if not isinstance(phone, str) or request.claims.get("phone_number_verified") not in (True, "true"):
        raise Forbidden("Войдите по номеру телефона")
    return phone


def origin_of(request: Request) -> Origin:
    """Where the request came from: evidence of a consent."""
    return Origin(ip=request.ip, user_agent=request.user_agent)
