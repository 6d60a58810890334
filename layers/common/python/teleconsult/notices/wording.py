"""Moments and money as people read them in Russian. Pure."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_MONTHS = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)
_WEEKDAYS = ["понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"]

_CITIES = {
    "Europe/Kaliningrad": "Калининград",
    "Europe/Moscow": "Москва",
    "Europe/Samara": "Самара",
    "Asia/Yekaterinburg": "Екатеринбург",
    "Asia/Omsk": "Омск",
    "Asia/Novosibirsk": "Новосибирск",
    "Asia/Barnaul": "Барнаул",
    "Asia/Tomsk": "Томск",
    "Asia/Novokuznetsk": "Новокузнецк",
    "Asia/Krasnoyarsk": "Красноярск",
    "Asia/Irkutsk": "Иркутск",
    "Asia/Chita": "Чита",
    "Asia/Yakutsk": "Якутск",
    "Asia/Vladivostok": "Владивосток",
    "Asia/Sakhalin": "Южно-Сахалинск",
    "Asia/Magadan": "Магадан",
    "Asia/Kamchatka": "Петропавловск-Камчатский",
}
_MOSCOW = "Europe/Moscow"


def short_moment(moment: datetime, zone: str) -> str:
    """For an SMS: `01.12 в 10:00 (МСК+4)`."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%d.%m в %H:%M} ({offset(moment, zone)})"


def full_moment(moment: datetime, zone: str) -> str:
    """For a letter: `1 декабря 2026, вторник, 10:00 (Новосибирск, МСК+4)`."""
    local = moment.astimezone(ZoneInfo(zone))
    day = f"{local.day} {_MONTHS[local.month - 1]} {local.year}, {_WEEKDAYS[local.weekday()]}"
    return f"{day}, {local:%H:%M} ({_CITIES.get(zone, zone)}, {offset(moment, zone)})"


def offset(moment: datetime, zone: str) -> str:
    """A zone's distance from Moscow at a moment, as clocks are told in Russia: `МСК`, `МСК+4`, `МСК-1`."""
    ahead = _utc_offset(moment, zone) - _utc_offset(moment, _MOSCOW)
    if not ahead:
        return "МСК"
    minutes = int(abs(ahead).total_seconds()) // 60
    hours = f"{minutes // 60}:{minutes % 60:02}" if minutes % 60 else str(minutes // 60)
    return f"МСК{'+' if ahead > timedelta() else '-'}{hours}"


def roubles(amount: int) -> str:
    """Kopecks as `2 500,00 ₽`; its spaces do not break a line."""
    return f"{amount // 100:,}".replace(",", "\u00a0") + f",{amount % 100:02}\u00a0₽"


def _utc_offset(moment: datetime, zone: str) -> timedelta:
    return moment.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
