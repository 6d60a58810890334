"""A small clinic to change one thing of."""

import copy
from datetime import UTC, datetime
from typing import Any

from teleconsult.catalogue.document import check_document
from teleconsult.catalogue.model import Catalogue, from_document

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)

_DOCUMENT: dict[str, Any] = {
    "clinic": {
        "name": "Клиника «Обь»",
        "phone": "+7 (383) 207-55-40",
        "time_zone": "Asia/Novosibirsk",
        "channels": ["room", "phone"],
        "room_url": "https://meet.example.ru/",
        "notices": {
            "be_reachable": "Будьте на связи",
            "money_stays": "Деньги остаются на лицевом счёте",
            "in_person_first": "Только после очного приёма",
            "not_insured": "Не оплачивается страховыми компаниями",
        },
    },
    "kinds": [{"id": "first", "title": "Первичная"}, {"id": "repeat", "title": "Повторная"}],
    "specialties": [
        {"id": "therapist", "title": "Терапевт"},
        {"id": "pediatrician", "title": "Педиатр"},
    ],
    "doctors": [
        {
            "id": "d-therapist",
            "family_name": "Соколова",
            "given_name": "Елена",
            "patronymic": "Викторовна",
            "specialties": ["therapist"],
            "treats": {"from_age": 18},
            "offers": {"first": {"price": 250000, "minutes": 30}, "repeat": {"price": 190000, "minutes": 30}},
            "schedule": [{"recurrence": "FREQ=WEEKLY;BYDAY=MO,TU", "from": "09:00", "to": "13:00"}],
            "contacts": {"phone": "8 913 000-01-01", "email": "e.sokolova@example.ru"},
        },
        {
            "id": "d-duty",
            "family_name": "Дежнёв",
            "given_name": "Семён",
            "specialties": ["therapist", "pediatrician"],
            "treats": {"from_age": 0, "to_age": 90},
            "offers": {"first": {"price": 100000, "minutes": 1}},
            "schedule": [{"recurrence": "FREQ=WEEKLY;BYDAY=SU,MO", "from": "00:00", "to": "24:00"}],
            "timing": {"hold_ends_before_minutes": 0, "minimum_notice_minutes": 0, "grace_minutes": 0},
            "contacts": {"phone": "+7 913 000-01-02", "email": "s.dezhnev@example.ru"},
        },
    ],
}


def document() -> dict[str, Any]:
    """A document as an admin writes it, to be changed at will."""
    return copy.deepcopy(_DOCUMENT)


def catalogue(raw: dict[str, Any] | None = None) -> Catalogue:
    return from_document(check_document(raw or document()), version=1)
