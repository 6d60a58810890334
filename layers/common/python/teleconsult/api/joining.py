"""Where a join link leads (S1, S13): on to the meeting while it is open, else to a page that says why not."""

from datetime import datetime

from teleconsult.api import pages
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Booking
from teleconsult.catalogue import store as catalogue_store
from teleconsult.outcomes import rooms
from teleconsult.outcomes.presence import Entrance, entrance
from teleconsult.outcomes.saying import note_join
from teleconsult.people import store as people_store
from teleconsult.platform import ids, settings
from teleconsult.platform.errors import NotFound
from teleconsult.platform.http import TEXT, Answer


def follow(token: str, now: datetime) -> Answer:
    """Note the click, once, and lead on. Whoever holds the link is that side; it tells nobody's data."""
    booking_id, side = ids.joins(token)
    try:
        booking = bookings.load(booking_id).booking
    except NotFound:
        return _unknown()
    if not ids.is_join_token(settings.pepper(), token, booking.doctor_id):
        return _unknown()
    found = entrance(booking, now)
    if found is Entrance.EARLY:
        return pages.too_early(booking, _zones(booking, side), now)
    if found is not Entrance.OPEN:
        return pages.closed(found)
    note_join(booking, side, now)
    if booking.room is None:
        return pages.meeting(booking, side)
    return Answer(302, "", TEXT, location=_address(booking, booking.room, side), headers=pages.NO_REFERRER)


def _unknown() -> Answer:
    return pages.page(404, "Ссылка недействительна")


def _address(booking: Booking, room: str, side: str) -> str:
    tokens = catalogue_store.load().clinic.room_tokens
    return rooms.entrance(room, booking, side, tokens, settings.room_secret()) if tokens else room


def _zones(booking: Booking, side: str) -> dict[str, str]:
    zones = {"клиники": catalogue_store.load().clinic.zone}
    if side == "patient":
        zones["вашему"] = people_store.load(booking.booking_id).time_zone
    return zones
