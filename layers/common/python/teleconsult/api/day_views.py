"""The doctor's day, as it is shown. Moments are UTC, with what the clinic's and the patient's clocks show."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from teleconsult.api import views
from teleconsult.booking.model import Booking, Channel, Outcome, Status
from teleconsult.doctors.model import Consultation, Day, Earlier
from teleconsult.people.model import Relation, Sex
from teleconsult.platform import links


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentView:
    """When a consultation begins: UTC, and by two clocks, ISO 8601 with the offset in force then. `zone`: the
    patient's."""

    start: datetime
    end: datetime
    clinic_time: str
    clinic_zone: str
    patient_time: str
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientView:
    """Who is consulted. `age`: full years on that day."""

    name: str
    sex: Sex
    birth_date: date
    age: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RepresentativeView:
    """Who represents a child, and is spoken with. `relation`: what they are to the child."""

    name: str
    relation: Relation


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachView:
    """How to reach the patient's side. `join_url`: the doctor's own link, while the consultation is to be;
    `phone`: E.164, where all else fails."""

    channel: Channel
    join_url: str | None
    skype_login: str | None
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierView:
    """A consultation that the same patient had before. `note`: the asking doctor's own."""

    booking_id: str
    start: datetime
    kind: str
    specialty: str
    doctor: str
    doctor_name: str | None
    outcome: Outcome | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationView:
    """One consultation of the day. `outcome`: the final one; `evidence` has what was said and seen so far."""

    booking_id: str
    when: MomentView
    kind: str
    specialty: str
    status: Status
    patient: PatientView
    representative: RepresentativeView | None
    reach: ReachView
    comments: str | None
    documents: list[views.DocumentView]
    earlier: list[EarlierView]
    evidence: views.EvidenceView
    outcome: Outcome | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayView:
    """A doctor's day by the clinic's clock, in time order."""

    day: date
    clinic_zone: str
    consultations: list[ConsultationView]


def day(shown: Day) -> DayView:
    return DayView(
        day=shown.day,
        clinic_zone=shown.zone,
        consultations=[_consultation(each, shown.zone) for each in shown.consultations],
    )


def _consultation(each: Consultation, clinic_zone: str) -> ConsultationView:
    row, people = each.record.booking, each.people
    relation = people.patient.relation
    return ConsultationView(
        booking_id=row.booking_id,
        when=_when(each, clinic_zone),
        kind=row.kind,
        specialty=row.specialty,
        status=row.status,
        patient=PatientView(
            name=people.patient.full_name,
            sex=people.patient.sex,
            birth_date=people.patient.birth_date,
            age=each.age,
        ),
        representative=RepresentativeView(name=people.holder.full_name, relation=relation)
        if relation
        else None,
        reach=ReachView(
            channel=row.channel,
            join_url=_join_url(row),
            skype_login=people.skype_login,
            phone=people.holder.phone,
        ),
        comments=people.comments,
        documents=views.attached(list(each.documents)).documents,
        earlier=[_earlier(before) for before in each.earlier],
        evidence=views.evidence(each.record),
        outcome=row.outcome,
        note=each.note,
    )


def _when(each: Consultation, clinic_zone: str) -> MomentView:
    row, zone = each.record.booking, each.people.time_zone
    return MomentView(
        start=row.slot_start,
        end=row.slot_end,
        clinic_time=row.slot_start.astimezone(ZoneInfo(clinic_zone)).isoformat(),
        clinic_zone=clinic_zone,
        patient_time=row.slot_start.astimezone(ZoneInfo(zone)).isoformat(),
        zone=zone,
    )


def _earlier(before: Earlier) -> EarlierView:
    row = before.booking
    return EarlierView(
        booking_id=row.booking_id,
        start=row.slot_start,
        kind=row.kind,
        specialty=row.specialty,
        doctor=row.doctor_id,
        doctor_name=before.doctor_name,
        outcome=row.outcome,
        note=before.note,
    )


def _join_url(row: Booking) -> str | None:
    return links.join(row.booking_id, "doctor", row.doctor_id) if row.status is Status.SCHEDULED else None
