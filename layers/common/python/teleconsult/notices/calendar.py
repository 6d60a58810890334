"""A consultation as calendars know it: iCalendar (RFC 5545), sent as an invitation (RFC 5546). Pure.

No patient, doctor, specialty or complaint stands in it: calendars are looked at by others, and synchronised.
`icalendar` takes 90 ms to import, so it is imported by whoever makes a calendar, when they make it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from teleconsult.booking.model import Booking, Channel
from teleconsult.notices import rules, templates
from teleconsult.notices.rules import Delivery, Notice
from teleconsult.notices.templates import Facts
from teleconsult.notices.wording import full_moment

if TYPE_CHECKING:
    from icalendar import Alarm, Event, Timezone

FILE_NAME = "consultation.ics"

_SUMMARY = "Онлайн-консультация"
_ALARMS = (timedelta(hours=1), timedelta(minutes=10))
_YEAR = timedelta(days=366)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


class Method(StrEnum):
    """What a calendar is to do with it (RFC 5546): take or update it, remove it, or just show it."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"
    PUBLISH = "PUBLISH"


@dataclass(frozen=True, slots=True)
class Calendar:
    """`content`: the bytes of an .ics file."""

    method: Method
    content: bytes


_METHODS = {
    Notice.SCHEDULED: Method.REQUEST,
    Notice.MOVED: Method.REQUEST,
    Notice.REMINDER_DAY: Method.REQUEST,
    Notice.CANCELLED: Method.CANCEL,
    Notice.WITHDRAWN: Method.CANCEL,
}


def of_notice(
    notice: Notice, delivery: Delivery, facts: Facts, *, sender: str, stamp: datetime, addressee: str
) -> Calendar | None:
    """What a notice's mail carries; None: nothing for a calendar, such as of what never was an appointment.

    `stamp`: when the notice was put in the outbox, so that a newer one wins, however late the older comes.
    """
    method = _METHODS.get(notice)
    if method is None or facts.booking.scheduled_at is None:
        return None
    lost = facts.about if notice is Notice.WITHDRAWN else None
    content = invitation(
        facts, delivery.side, method, sender=sender, stamp=stamp, addressee=addressee, lost=lost
    )
    return Calendar(method, content)


def invitation(
    facts: Facts,
    side: str,
    method: Method,
    *,
    sender: str,
    stamp: datetime,
    addressee: str | None = None,
    lost: str | None = None,
) -> bytes:
    """The calendar of one side (`patient` or `doctor`), in that side's zone.

    `sender`: the clinic's address, the organiser's. `addressee`: to whom it is mailed; None: downloaded.
    `lost`: what a doctor's WITHDRAWN is about: the appointment is theirs as it was before that move.
    """
    from icalendar import Calendar as Ics

    move = rules.move_of(lost)
    zone = facts.people.time_zone if side == "patient" else facts.clinic.zone
    start = move.old_start if move else facts.booking.slot_start
    end = None if move else facts.booking.slot_end  # how long the old slot was, nobody says any more
    calendar = Ics()
    calendar.add("prodid", f"-//{facts.clinic.name}//Teleconsult//RU")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method.value)
    event = _event(facts, side, method, move)
    doctor_id = move.old_doctor if move and move.old_doctor else facts.booking.doctor_id
    event.add("uid", uid(facts.booking, side, doctor_id, sender))
    event.add("dtstamp", stamp)
    _set_times(event, start, end, zone)
    event["organizer"] = _address(sender, {"CN": facts.clinic.name})
    if addressee:
        how = {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "FALSE"}
        event.add("attendee", _address(addressee, how), encode=False)
    if not _in_utc(start, end, zone):
        calendar.add_component(time_zone(zone, start))
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def uid(booking: Booking, side: str, doctor_id: str, sender: str) -> str:
    """Each doctor's own: taking the event from one of them never cancels another's."""
    whose = booking.booking_id if side == "patient" else f"{booking.booking_id}-{doctor_id}"
    return f"{whose}@{sender.rpartition('@')[2]}"


def sequence(booking: Booking, method: Method, move: rules.Move | None) -> int:
    """Higher than of any request sent before, for a cancellation too (RFC 5546, 2.1.4)."""
    if move:
        return move.number
    return booking.moves + 1 if method is Method.CANCEL else booking.moves


def time_zone(zone: str, moment: datetime) -> "Timezone":
    """The VTIMEZONE of a zone around a moment: the offset in force then, and the one that follows.

    `Timezone.from_tzid` of icalendar 7.3 has a change begin in the new offset's local time instead of the old
    one's (RFC 5545, 3.6.5), an hour late in spring.
    """
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

    known = ZoneInfo(zone)
    changes = [moment - _YEAR, *_changes(known, moment - _YEAR, moment + _YEAR)]
    in_force = max(index for index, change in enumerate(changes) if change <= moment)
    component = Timezone()
    component.add("tzid", zone)
    for index, change in list(enumerate(changes))[in_force : in_force + 2]:
        local = change.astimezone(known)
        before = local if index == 0 else (change - _SECOND).astimezone(known)
        offset, offset_before = local.utcoffset(), before.utcoffset()
        if offset is None or offset_before is None:
            raise ValueError("a zone without an offset")
        observance = TimezoneDaylight() if local.dst() else TimezoneStandard()
        observance.add("dtstart", (change + offset_before).replace(tzinfo=None, microsecond=0))
        observance.add("tzoffsetfrom", offset_before)
        observance.add("tzoffsetto", offset)
        observance.add("tzname", local.tzname() or zone)
        component.add_component(observance)
    return component


def _changes(zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[datetime]:
    """The moments when a zone's clocks change, to the second."""
    day = since
    while day < until:
        low, high = day, day + _DAY
        before = low.astimezone(zone).utcoffset()
        if high.astimezone(zone).utcoffset() != before:
            while high - low > _SECOND:
                middle = (low + (high - low) / 2).replace(microsecond=0)
                if middle <= low:
                    break
                low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
            yield high
        day += _DAY


def _event(facts: Facts, side: str, method: Method, move: rules.Move | None) -> "Event":
    from icalendar import Event

    event = Event()
    event.add("sequence", sequence(facts.booking, method, move))
    event.add("summary", _SUMMARY)
    event.add("status", "CANCELLED" if method is Method.CANCEL else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if method is Method.CANCEL else "OPAQUE")
    if method is Method.CANCEL:
        gone = "Консультация снята с вашего расписания." if move else "Консультация отменена."
        event.add("description", gone)
        return event
    event.add("description", _description(facts, side))
    if facts.booking.channel is Channel.ROOM:
        room = facts.patient_join_url if side == "patient" else facts.doctor_join_url
        event.add("location", room)
        event.add("url", room)
    for before in _ALARMS:
        event.add_component(_alarm(before))
    return event


def _description(facts: Facts, side: str) -> str:
    start, people, clinic = facts.booking.slot_start, facts.people, facts.clinic
    whose = "по вашему времени" if side == "patient" else "по времени пациента"
    lines = [
        f"Когда: {full_moment(start, clinic.zone)} по времени клиники,",
        f"{full_moment(start, people.time_zone)} {whose}.",
        f"Связь: {templates.how_they_meet(facts, side)}",
    ]
    if side == "patient":
        lines += ["", clinic.notices["be_reachable"], "", f"Личный кабинет: {facts.cabinet_url}"]
    else:
        lines += [f"Запись: {facts.booking.booking_id}."]
    return "\n".join(lines)


def _alarm(before: timedelta) -> "Alarm":
    from icalendar import Alarm

    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _SUMMARY)
    alarm.add("trigger", -before)
    return alarm


def _address(mail: str, parameters: dict[str, str]) -> object:
    from icalendar import vCalAddress

    # What a parameter cannot hold even in quotes (RFC 5545, 3.2): a quote, and control characters.
    plain = {
        name: "".join(c for c in value.replace('"', "'") if c.isprintable())
        for name, value in parameters.items()
    }
    return vCalAddress(f"mailto:{mail}", params=plain)


def _set_times(event: "Event", start: datetime, end: datetime | None, zone: str) -> None:
    in_zone = start.tzinfo if _in_utc(start, end, zone) else ZoneInfo(zone)
    event.add("dtstart", start.astimezone(in_zone))
    if end:
        event.add("dtend", end.astimezone(in_zone))


def _in_utc(start: datetime, end: datetime | None, zone: str) -> bool:
    """Whether it is told in UTC: in the hour that clocks show twice, local time alone cannot say which."""
    if ZoneInfo(zone).key in ("UTC", "Etc/UTC"):
        return True
    moments = (start, end) if end else (start,)
    return any(_shown_twice(moment.astimezone(ZoneInfo(zone))) for moment in moments)


def _shown_twice(local: datetime) -> bool:
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
