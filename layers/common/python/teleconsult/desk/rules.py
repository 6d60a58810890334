"""What may be searched by, and what the reasons of tasks are called (Russian). Pure."""

from teleconsult.booking import rules as booking_rules
from teleconsult.outcomes import rules as outcome_rules
from teleconsult.people import rules as people_rules
from teleconsult.platform.checks import refuse
from teleconsult.refunds import rules as refund_rules

PAGE = 20
"""Bookings on a page."""

MOST_NAMED = 200
"""Rows that one name may find: more are no answer, and cost a reading each."""

LINKS_A_DAY = 3
"""How often the link of a booking may be sent again on one UTC day: each is an SMS."""

OVERDUE = "refund_overdue"
"""Why an operator has to look at a refund that should have ended long ago, though its row asks for nobody."""

SAID_BY_OUTCOME = "outcome_unclear"
"""The task that only the outcome itself answers."""

_REFUSED_AT_INTAKE = "intake: "
_STUCK = "workflow: "
_WORDS = {
    SAID_BY_OUTCOME: "Неясно, состоялась ли консультация: запишите итог",
    OVERDUE: "Возврат не завершён в срок",
    refund_rules.TASK_REFUSED: "Платёжная система отказала в возврате: договоритесь с пациентом",
    outcome_rules.DOCTOR_ABSENT: "Врач не вышел на связь: позвоните пациенту и предложите другое время",
    "notice_failed": "Уведомление не отправлено: проверьте контакты и отправьте повторно",
    "callback_overdue": "Пациенту не перезвонили в срок",
    "receipt_to_correct": "Итог исправлен после выдачи чека: исправьте чек в кассе",
    refund_rules.TASK_PAY_OUT: "Возврат нужно выдать в клинике",
}
_OTHER = "Требует внимания оператора"


def words(reason: str) -> str:
    """A task's reason for people. A reason that is not known here is told in general."""
    if reason.startswith(_REFUSED_AT_INTAKE):
        return "Запись не прошла проверку: позвоните пациенту"
    if reason.startswith(_STUCK):
        return "Обработка записи остановилась: проверьте запись и отметьте, что с ней можно продолжать"
    return _WORDS.get(reason, _OTHER)


def name_searched(typed: str) -> str:
    """
    Raises:
        Invalid: fewer letters than a search needs.
    """
    key = people_rules.name_key(typed)
    if people_rules.name_bucket(key) is None:
        refuse("name", "too_short", "Введите хотя бы две первые буквы фамилии")
    return key


def contract_searched(typed: str) -> str:
    """
    Raises:
        Invalid: no contract has such a number.
    """
    number = booking_rules.read_contract_number(typed)
    if number is None:
        refuse("contract", "contract", "Номер договора записан с ошибкой; пример: ОК-20261201-ABCDEFGH23")
    return number
