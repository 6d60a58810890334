"""The consents of one booking, to be shown or printed: what was signed, by whom, when and from where (§4)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from teleconsult.booking.model import Booking
from teleconsult.catalogue import rules as catalogue_rules
from teleconsult.catalogue import store as catalogue_store
from teleconsult.catalogue.model import Clinic
from teleconsult.consents import documents, store
from teleconsult.consents.rules import Evidence, Signer
from teleconsult.people import rules as people_rules
from teleconsult.people import store as people_store
from teleconsult.people.model import People, Relation
from teleconsult.platform.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A second in UTC, and what clocks in the clinic's zone showed then: ISO 8601 with its offset."""

    utc: datetime
    clinic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Somebody of the booking, as a paper names them."""

    name: str
    birth_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Representative(Named):
    """The account holder who books for a child. `relation`: to the child."""

    relation: Relation


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """One document that was signed. `signed_by`, `signer`: whose signature it is. `ticked_by`: `site` for the
    public form, else the id of the holder who was signed in; None: from before this was kept."""

    document: str
    version: str
    title: str
    sha256: str
    signed_by: Signer
    signer: str
    signed_at: Moment
    ip: str
    user_agent: str
    ticked_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consents:
    """All that was signed for a booking, in the order of signing. `time_zone`: the clinic's.

    `contract_number`: once it is paid. `representative`: None where the patient books alone. `exported_at`:
    what was signed by then.
    """

    booking_id: str
    contract_number: str | None
    clinic: str
    time_zone: str
    slot_start: Moment
    slot_end: Moment
    patient: Named
    representative: Representative | None
    signatures: tuple[Signed, ...]
    exported_at: Moment


def export(booking: Booking, now: datetime) -> Consents:
    """The consents of a booking, for the clinic.

    Raises:
        NotFound: the booking has no people.
    """
    clinic = catalogue_store.load().clinic
    return _consents(booking, people_store.load(booking.booking_id), clinic, now)


def export_for_holder(booking: Booking, now: datetime) -> Consents:
    """The consents of a holder's own booking.

    Raises:
        NotFound: the patient is the holder no longer, but somebody of age ("Child turns 15, 18").
    """
    clinic, people = catalogue_store.load().clinic, people_store.load(booking.booking_id)
    today = catalogue_rules.clinic_day(clinic.zone, now)
    if not people_rules.holder_may_see(people.patient.birth_date, people.patient.is_holder, today):
        raise NotFound("Запись не найдена")
    return _consents(booking, people, clinic, now)


def _consents(booking: Booking, people: People, clinic: Clinic, now: datetime) -> Consents:
    return composed(booking, people, store.load_evidence(booking.booking_id), clinic, now)


def composed(
    booking: Booking, people: People, kept: Iterable[Evidence], clinic: Clinic, now: datetime
) -> Consents:
    """The export, from what the tables hold. Pure."""
    patient, holder = people.patient, people.holder
    return Consents(
        booking_id=booking.booking_id,
        contract_number=booking.contract_number,
        clinic=clinic.name,
        time_zone=clinic.zone,
        slot_start=_moment(booking.slot_start, clinic.zone),
        slot_end=_moment(booking.slot_end, clinic.zone),
        patient=Named(name=patient.full_name, birth_date=patient.birth_date),
        representative=Representative(
            name=holder.full_name, birth_date=holder.birth_date, relation=patient.relation
        )
        if patient.relation
        else None,
        signatures=tuple(each for signing in kept for each in _signed(signing, people, clinic.zone)),
        exported_at=_moment(now, clinic.zone),
    )


def _signed(signing: Evidence, people: People, zone: str) -> Iterator[Signed]:
    names = {Signer.PATIENT: people.patient.full_name, Signer.REPRESENTATIVE: people.holder.full_name}
    for each in signing.signatures:
        published = documents.find(each.document, each.version)
        yield Signed(
            document=each.document,
            version=each.version,
            title=published.title if published else each.document,
            sha256=each.sha256,
            signed_by=each.signed_by,
            signer=names[each.signed_by],
            signed_at=_moment(signing.signed_at, zone),
            ip=signing.ip,
            user_agent=signing.user_agent,
            ticked_by=signing.ticked_by,
        )


def _moment(utc: datetime, zone: str) -> Moment:
    return Moment(utc=utc, clinic=utc.astimezone(ZoneInfo(zone)).isoformat())
