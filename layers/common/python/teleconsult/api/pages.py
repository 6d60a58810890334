"""The few words that a browser gets from the API itself (Russian)."""

from datetime import datetime
from html import escape

from teleconsult.booking.model import Booking, Channel
from teleconsult.notices.wording import full_moment
from teleconsult.outcomes.presence import Entrance, opens_at
from teleconsult.platform.http import HTML, Answer

_LONGEST_WAIT = 3600  # seconds: a page that stays open sees within the hour that the time was moved

_CLOSED = {
    Entrance.UNPAID: "Эта консультация ещё не оплачена. Оплатить её можно в личном кабинете.",
    Entrance.LATE: "Время этой консультации прошло.",
    Entrance.OVER: "Эта консультация уже завершена.",
    Entrance.CANCELLED: "Эта консультация отменена.",
}

NO_REFERRER = {"Referrer-Policy": "no-referrer"}
"""An address with a token in it is told to nobody."""


def meeting(booking: Booking, side: str) -> Answer:
    """Who calls whom, for a channel that has no room to lead to (S1, S13)."""
    how = "в Skype" if booking.channel is Channel.SKYPE else "по телефону"
    if side == "patient":
        return page(200, f"Врач позвонит вам {how} в назначенное время. Пожалуйста, будьте на связи.")
    return page(200, f"Позвоните пациенту {how}. Как с ним связаться, указано в вашем расписании на день.")


def too_early(booking: Booking, zones: dict[str, str], now: datetime) -> Answer:
    """When the consultation begins and the link opens; the page looks again by itself then.

    `zones`: by whose time, `клиники` or `вашему`, and the IANA name of it.
    """
    moments = {
        f"{full_moment(booking.slot_start, zone)} по времени {whose}"
        if whose == "клиники"
        else f"{full_moment(booking.slot_start, zone)} по {whose} времени"
        for whose, zone in zones.items()
    }
    moved = "Консультация перенесена. " if booking.moves else ""
    when = "; ".join(sorted(moments, key=lambda text: "клиники" not in text))
    wait = int((opens_at(booking) - now).total_seconds()) + 1
    words = f"{moved}Консультация начнётся: {when}. Ссылка откроется за 15 минут до начала."
    return page(200, words, refresh=min(wait, _LONGEST_WAIT))


def closed(entrance: Entrance) -> Answer:
    """Why a link does not lead on."""
    return page(200, _CLOSED[entrance])


def page(status: int, words: str, refresh: int | None = None) -> Answer:
    words = escape(words)
    again = f'<meta http-equiv="refresh" content="{refresh}">' if refresh else ""
    text = f'<!doctype html><html lang="ru"><meta charset="utf-8">{again}<title>{words}</title><p>{words}'
    return Answer(status, text, HTML, headers=NO_REFERRER)
