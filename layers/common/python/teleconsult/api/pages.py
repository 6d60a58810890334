"""The few words that a browser gets from the API itself (Russian)."""

from html import escape

from teleconsult.booking.model import Booking, Channel
from teleconsult.platform.http import HTML, Answer


def meeting(booking: Booking, side: str) -> Answer:
    """Who calls whom, for a channel that has no room to lead to (S1, S13)."""
    if booking.status.final:
        return page(200, "Эта консультация уже завершена или отменена.")
    how = "в Skype" if booking.channel is Channel.SKYPE else "по телефону"
    if side == "patient":
        return page(200, f"Врач позвонит вам {how} в назначенное время. Пожалуйста, будьте на связи.")
    return page(200, f"Позвоните пациенту {how}. Как с ним связаться, указано в записи {booking.booking_id}.")


def page(status: int, words: str) -> Answer:
    words = escape(words)
    return Answer(
        status, f'<!doctype html><html lang="ru"><meta charset="utf-8"><title>{words}</title><p>{words}', HTML
    )
