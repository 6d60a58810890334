"""The words of every notice (Russian). Pure.

An SMS is short, and names neither doctor nor specialty (§7). A letter says all that the confirmation must
say: contract number, when in both zones, how the two meet, S14, S15 and S17.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from teleconsult.booking.model import Booking, Channel, Side, Status
from teleconsult.catalogue.model import Clinic
from teleconsult.documents import rules as document_rules
from teleconsult.documents.model import Document
from teleconsult.notices.rules import Delivery, Notice, move_of
from teleconsult.notices.wording import full_moment, roubles, short_moment
from teleconsult.people.model import People
from teleconsult.refunds import rules as refund_rules
from teleconsult.refunds.model import Refund, RefundWay


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the words are about. `doctor`: full name, empty if they left the catalogue long ago. `document`,
    `refund`: the one that a notice is about, if it is about one and it is there still. `about`: what the
    notice was put in the outbox with. `callback_by`: until when the doctor calls, if it is about that.
    `received`: kopecks that came in for the booking, wherever they are now. `sign_in_url`: the cabinet, and
    signed in: for the holder's phone alone."""

    booking: Booking
    people: People
    clinic: Clinic
    doctor: str
    cabinet_url: str
    sign_in_url: str
    patient_join_url: str
    doctor_join_url: str
    received: int = 0
    document: Document | None = None
    refund: Refund | None = None
    about: str | None = None
    callback_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail."""

    subject: str
    text: str


def sms(notice: Notice, delivery: Delivery, facts: Facts) -> str:
    return {
        (Notice.PAYMENT_LINK, Delivery.PATIENT_SMS): _payment_link,
        (Notice.SCHEDULED, Delivery.PATIENT_SMS): _scheduled,
        (Notice.SCHEDULED, Delivery.DOCTOR_SMS): _scheduled_for_doctor,
        (Notice.REMINDER_DAY, Delivery.PATIENT_SMS): _reminder,
        (Notice.REMINDER_HOUR, Delivery.PATIENT_SMS): _reminder,
        (Notice.REMINDER_HOUR, Delivery.DOCTOR_SMS): _reminder_for_doctor,
        (Notice.REMINDER_SOON, Delivery.PATIENT_SMS): _reminder,
        (Notice.REMINDER_SOON, Delivery.DOCTOR_SMS): _reminder_for_doctor,
        (Notice.MOVED, Delivery.PATIENT_SMS): _moved,
        (Notice.MOVED, Delivery.DOCTOR_SMS): _moved_for_doctor,
        (Notice.WITHDRAWN, Delivery.DOCTOR_SMS): _withdrawn,
        (Notice.CANCELLED, Delivery.PATIENT_SMS): _cancelled,
        (Notice.CANCELLED, Delivery.DOCTOR_SMS): _cancelled_for_doctor,
        (Notice.EXPIRED, Delivery.PATIENT_SMS): _expired,
        (Notice.PART_PAID, Delivery.PATIENT_SMS): _part_paid,
        (Notice.LATE_PAYMENT, Delivery.PATIENT_SMS): _late_payment,
        (Notice.NOT_HELD, Delivery.PATIENT_SMS): _not_held,
        (Notice.CORRECTED, Delivery.PATIENT_SMS): _corrected,
        (Notice.CALLBACK, Delivery.PATIENT_SMS): _callback,
        (Notice.REFUND_REFUSED, Delivery.PATIENT_SMS): _refund_refused,
    }[notice, delivery](facts)


def letter(notice: Notice, delivery: Delivery, facts: Facts) -> Letter:
    return {
        (Notice.SCHEDULED, Delivery.PATIENT_MAIL): _scheduled_letter,
        (Notice.SCHEDULED, Delivery.DOCTOR_MAIL): _scheduled_letter_for_doctor,
        (Notice.REMINDER_DAY, Delivery.PATIENT_MAIL): _reminder_letter,
        (Notice.REMINDER_DAY, Delivery.DOCTOR_MAIL): _reminder_letter_for_doctor,
        (Notice.MOVED, Delivery.PATIENT_MAIL): _moved_letter,
        (Notice.MOVED, Delivery.DOCTOR_MAIL): _moved_letter_for_doctor,
        (Notice.WITHDRAWN, Delivery.DOCTOR_MAIL): _withdrawn_letter,
        (Notice.CANCELLED, Delivery.PATIENT_MAIL): _cancelled_letter,
        (Notice.CANCELLED, Delivery.DOCTOR_MAIL): _cancelled_letter_for_doctor,
        (Notice.EXPIRED, Delivery.PATIENT_MAIL): _expired_letter,
        (Notice.PART_PAID, Delivery.PATIENT_MAIL): _part_paid_letter,
        (Notice.LATE_PAYMENT, Delivery.PATIENT_MAIL): _late_payment_letter,
        (Notice.SURPLUS, Delivery.PATIENT_MAIL): _surplus_letter,
        (Notice.NOT_HELD, Delivery.PATIENT_MAIL): _not_held_letter,
        (Notice.CORRECTED, Delivery.PATIENT_MAIL): _corrected_letter,
        (Notice.CALLBACK, Delivery.PATIENT_MAIL): _callback_letter,
        (Notice.CALLBACK_FOR_DOCTOR, Delivery.DOCTOR_MAIL): _callback_letter_for_doctor,
        (Notice.DOCUMENT_REFUSED, Delivery.PATIENT_MAIL): _document_refused_letter,
        (Notice.REFUND_SUCCEEDED, Delivery.PATIENT_MAIL): _refund_succeeded_letter,
        (Notice.REFUND_REFUSED, Delivery.PATIENT_MAIL): _refund_refused_letter,
    }[notice, delivery](facts)


def _payment_link(facts: Facts) -> str:
    until = short_moment(facts.booking.hold_until, facts.people.time_zone)
    return f"Оплатите запись до {until}: {facts.sign_in_url}"


def _scheduled(facts: Facts) -> str:
    when = short_moment(facts.booking.slot_start, facts.people.time_zone)
    where = {
        Channel.ROOM: f"на связи: {facts.patient_join_url}",
        Channel.SKYPE: "в Skype",
        Channel.PHONE: "у телефона",
    }[facts.booking.channel]
    return f"Оплачено. Консультация {when}. Будьте {where}"


def _reminder(facts: Facts) -> str:
    when = short_moment(facts.booking.slot_start, facts.people.time_zone)
    where = {
        Channel.ROOM: f": {facts.patient_join_url}",
        Channel.SKYPE: " в Skype",
        Channel.PHONE: " по телефону",
    }[facts.booking.channel]
    return f"Консультация {when}. Будьте на связи{where}"


def _scheduled_for_doctor(facts: Facts) -> str:
    when = short_moment(facts.booking.slot_start, facts.clinic.zone)
    return f"Новая консультация {when}: {facts.doctor_join_url}"


def _reminder_for_doctor(facts: Facts) -> str:
    when = short_moment(facts.booking.slot_start, facts.clinic.zone)
    return f"Напоминание: консультация {when}: {facts.doctor_join_url}"


def _moved(facts: Facts) -> str:
    when = short_moment(facts.booking.slot_start, facts.people.time_zone)
    return (
        f"Консультация перенесена{_from_when(facts, facts.people.time_zone)} на {when}: {facts.cabinet_url}"
    )


def _moved_for_doctor(facts: Facts) -> str:
    if _from_another_doctor(facts):
        return _scheduled_for_doctor(facts)
    when = short_moment(facts.booking.slot_start, facts.clinic.zone)
    return f"Консультация перенесена{_from_when(facts, facts.clinic.zone)} на {when}: {facts.doctor_join_url}"


def _from_another_doctor(facts: Facts) -> bool:
    """Whether the booking was taken from a doctor and given to this one: to whom it is new."""
    move = move_of(facts.about)
    return move is not None and move.old_doctor is not None


def _from_when(facts: Facts, zone: str) -> str:
    """Day and time before a move, short: the zone is named with the new ones."""
    move = move_of(facts.about)
    return f" с {move.old_start.astimezone(ZoneInfo(zone)):%d.%m %H:%M}" if move else ""


def _withdrawn(facts: Facts) -> str:
    move = move_of(facts.about)
    when = f" {short_moment(move.old_start, facts.clinic.zone)}" if move else ""
    return f"Консультация{when} снята с вашего расписания"


def _cancelled(facts: Facts) -> str:
    when = short_moment(facts.booking.slot_start, facts.people.time_zone)
    more = "Деньги на лицевом счёте" if facts.received else "Подробнее"
    return f"Запись {when} отменена. {more}: {facts.cabinet_url}"


def _cancelled_for_doctor(facts: Facts) -> str:
    when = short_moment(facts.booking.slot_start, facts.clinic.zone)
    return f"Консультация {when} отменена"


def _expired(facts: Facts) -> str:
    if facts.received:
        return f"Запись не оплачена целиком в срок. Деньги на лицевом счёте: {facts.cabinet_url}"
    return f"Запись не оплачена в срок и отменена. Записаться снова: {facts.cabinet_url}"


def _corrected(facts: Facts) -> str:
    if facts.booking.status is Status.NOT_HELD:
        return f"Итог исправлен: не состоялась. Деньги на лицевом счёте: {facts.cabinet_url}"
    return f"Итог исправлен: консультация состоялась. Подробнее: {facts.cabinet_url}"


def _callback(facts: Facts) -> str:
    if facts.callback_by is None:
        return f"Заявка на звонок врача принята: {facts.cabinet_url}"
    return f"Врач позвонит до {short_moment(facts.callback_by, facts.people.time_zone)}: {facts.cabinet_url}"


def _part_paid(facts: Facts) -> str:
    until = short_moment(facts.booking.hold_until, facts.people.time_zone)
    return f"Оплачена часть. Доплатите до {until}: {facts.cabinet_url}"


def _late_payment(facts: Facts) -> str:
    why = "Запись уже оплачена" if facts.booking.paid_at else "Оплата пришла после срока"
    return f"{why}. Деньги на вашем лицевом счёте: {facts.cabinet_url}"


def _not_held(facts: Facts) -> str:
    return f"Консультация не состоялась. Деньги на вашем лицевом счёте: {facts.cabinet_url}"


def _refund_refused(facts: Facts) -> str:
    return f"Возврат не прошёл. Деньги на вашем лицевом счёте: {facts.cabinet_url}"


def _scheduled_letter(facts: Facts) -> Letter:
    booking, notices = facts.booking, facts.clinic.notices
    return _to_patient(
        facts,
        "Онлайн-консультация оплачена и назначена",
        f"Мы получили оплату: {roubles(booking.price)}. Консультация назначена."
        f" Договор № {booking.contract_number}.",
        _appointment(facts),
        notices["be_reachable"],
        notices["money_stays"],
        notices["in_person_first"],
    )


def how_they_meet(facts: Facts, side: str) -> str:
    """How doctor and patient meet, said to one of them (`patient` or `doctor`)."""
    if side == "doctor":
        return {
            Channel.ROOM: f"видеосвязь, вход по ссылке {facts.doctor_join_url}",
            Channel.SKYPE: "Skype, логин пациента указан в карточке записи",
            Channel.PHONE: "телефон, номер пациента указан в карточке записи",
        }[facts.booking.channel]
    return {
        Channel.ROOM: f"видеосвязь, вход по ссылке {facts.patient_join_url}",
        Channel.SKYPE: f"Skype, врач позвонит на логин {facts.people.skype_login}",
        Channel.PHONE: f"телефон, врач позвонит на номер {facts.people.holder.phone}",
    }[facts.booking.channel]


def _appointment(facts: Facts) -> str:
    """When, how long, with whom and how, for the patient."""
    minutes = (facts.booking.slot_end - facts.booking.slot_start).seconds // 60
    lines = (
        f"Когда: {_both_times(facts, facts.booking.slot_start)}.",
        f"Длительность: {minutes} мин.",
        f"Врач: {facts.doctor}." if facts.doctor else "",
        f"Связь: {how_they_meet(facts, 'patient')}",
    )
    return "\n".join(filter(None, lines))


def _both_times(facts: Facts, moment: datetime) -> str:
    return (
        f"{full_moment(moment, facts.clinic.zone)} по времени клиники,\n"
        f"{full_moment(moment, facts.people.time_zone)} по вашему времени"
    )


def _reminder_letter(facts: Facts) -> Letter:
    return _to_patient(
        facts,
        "Напоминание о консультации",
        "Напоминаем о вашей онлайн-консультации.",
        _appointment(facts),
        facts.clinic.notices["be_reachable"],
        facts.clinic.notices["in_person_first"],
    )


def _reminder_letter_for_doctor(facts: Facts) -> Letter:
    return replace(_scheduled_letter_for_doctor(facts), subject="Напоминание о консультации")


def _moved_letter(facts: Facts) -> Letter:
    move, booking = move_of(facts.about), facts.booking
    before = f"Прежнее время освобождено: {_both_times(facts, move.old_start)}." if move else ""
    until = full_moment(booking.hold_until, facts.people.time_zone)
    unpaid = "" if booking.paid_at else f"Оплатите запись в личном кабинете до {until}."
    return _to_patient(
        facts,
        "Консультация перенесена",
        "Ваша онлайн-консультация перенесена"
        f" {'к другому врачу' if _from_another_doctor(facts) else 'на другое время'}.",
        _appointment(facts),
        *filter(None, (before, unpaid)),
        facts.clinic.notices["be_reachable"],
    )


def _moved_letter_for_doctor(facts: Facts) -> Letter:
    letter, move = _scheduled_letter_for_doctor(facts), move_of(facts.about)
    if _from_another_doctor(facts):
        return replace(letter, text=f"Запись перенесена к вам от другого врача.\n\n{letter.text}")
    before = f"\n\nПрежнее время: {full_moment(move.old_start, facts.clinic.zone)}." if move else ""
    return Letter("Консультация перенесена", letter.text + before)


def _withdrawn_letter(facts: Facts) -> Letter:
    move = move_of(facts.about)
    when = f" {full_moment(move.old_start, facts.clinic.zone)}" if move else ""
    text = f"Консультация{when} снята с вашего расписания. Запись: {facts.booking.booking_id}."
    return Letter("Консультация снята с вашего расписания", text)


def _cancelled_letter(facts: Facts) -> Letter:
    by_clinic = facts.booking.cancelled_by is Side.CLINIC
    return _to_patient(
        facts,
        "Консультация отменена",
        "Клиника отменила вашу онлайн-консультацию. Приносим извинения."
        if by_clinic
        else "Ваша онлайн-консультация отменена.",
        f"Она была назначена на {_both_times(facts, facts.booking.slot_start)}.",
        *_on_balance(facts, facts.received),
    )


def _on_balance(facts: Facts, amount: int) -> tuple[str, ...]:
    """Where the money of a consultation is that is not to be, and what to do with it; nothing where there is
    none."""
    if not amount:
        return ("Записаться снова можно в личном кабинете.",)
    return (
        f"{roubles(amount)} зачислены на ваш лицевой счёт в личном кабинете.",
        "Этими деньгами можно оплатить новую запись: выберите в личном кабинете другое время. Если новая"
        f" запись не нужна, попросите вернуть деньги там же или по телефону {facts.clinic.phone}.",
    )


def _cancelled_letter_for_doctor(facts: Facts) -> Letter:
    when = full_moment(facts.booking.slot_start, facts.clinic.zone)
    return Letter(
        "Консультация отменена", f"Консультация {when} отменена. Запись: {facts.booking.booking_id}."
    )


def _expired_letter(facts: Facts) -> Letter:
    return _to_patient(
        facts,
        "Запись отменена: она не оплачена в срок",
        "Время на оплату записи вышло, а она оплачена не целиком. Поэтому она отменена."
        if facts.received
        else "Время на оплату записи вышло, и она отменена.",
        *_on_balance(facts, facts.received),
    )


def _corrected_letter(facts: Facts) -> Letter:
    booking = facts.booking
    if booking.status is Status.NOT_HELD:
        outcome, money = "не состоялась", _on_balance(facts, booking.price)
    else:
        outcome = "состоялась"
        money = (
            f"{roubles(booking.price)} засчитаны в её оплату, и на лицевом счёте этих денег больше нет.",
            f"Если вы с этим не согласны, позвоните нам: {facts.clinic.phone}.",
        )
    return _to_patient(
        facts,
        "Итог консультации исправлен",
        f"Исправлен итог консультации, назначенной на {_both_times(facts, booking.slot_start)}.",
        f"Новый итог: консультация {outcome}.",
        *money,
    )


def _callback_letter(facts: Facts) -> Letter:
    paragraphs = ["Мы приняли заявку на звонок врача."]
    if facts.callback_by:
        until = full_moment(facts.callback_by, facts.people.time_zone)
        paragraphs.append(f"Врач позвонит на номер, указанный в записи, не позднее: {until}.")
    return _to_patient(facts, "Заявка на звонок врача принята", *paragraphs)


def _callback_letter_for_doctor(facts: Facts) -> Letter:
    until = full_moment(facts.callback_by, facts.clinic.zone) if facts.callback_by else None
    lines = [
        "После консультации у пациента появился вопрос: он ждёт звонка.",
        *([f"Позвонить не позднее: {until}."] if until else []),
        f"Запись: {facts.booking.booking_id}.",
        "",
        "Вопрос и телефон указаны в списке заявок на звонок.",
        "Отмечайте там каждую попытку дозвониться и итог.",
    ]
    return Letter("Заявка на звонок пациенту", "\n".join(lines))


def _part_paid_letter(facts: Facts) -> Letter:
    until = full_moment(facts.booking.hold_until, facts.people.time_zone)
    return _to_patient(
        facts,
        "Оплачена часть консультации",
        "Мы получили меньше, чем стоит консультация. Полученное засчитано за запись.",
        f"Доплатите остальное в личном кабинете до {until}. Сколько осталось, указано там же.",
        "Если не доплатить, запись будет отменена, а полученное останется на вашем лицевом счёте.",
    )


def _surplus_letter(facts: Facts) -> Letter:
    return _to_patient(
        facts,
        "Часть платежа на вашем лицевом счёте",
        "Мы получили больше, чем оставалось заплатить за консультацию. Консультация оплачена, а разница "
        "зачислена на ваш лицевой счёт.",
        "Ею можно оплатить другую консультацию или вернуть её в личном кабинете.",
    )


def _late_payment_letter(facts: Facts) -> Letter:
    if facts.booking.paid_at:
        why = "Мы получили ещё один платёж за запись, которая уже оплачена."
    else:
        why = "Ваш платёж пришёл, когда время на оплату записи уже вышло, и запись отменена."
    return _to_patient(
        facts,
        "Деньги на вашем лицевом счёте",
        f"{why} Деньги зачислены на ваш лицевой счёт.",
        "Выберите в личном кабинете другое время: консультацию можно оплатить с лицевого счёта.",
    )


def _not_held_letter(facts: Facts) -> Letter:
    booking = facts.booking
    return _to_patient(
        facts,
        "Консультация не состоялась",
        f"Не состоялась консультация, назначенная на {_both_times(facts, booking.slot_start)}.",
        facts.clinic.notices["money_stays"],
        *_on_balance(facts, booking.price),
    )


def _document_refused_letter(facts: Facts) -> Letter:
    document = facts.document
    what = f"Файл «{document.name}»" if document else "Один из приложенных вами файлов"
    why = f" Причина: {document_rules.words(document.refusal)}." if document and document.refusal else ""
    return _to_patient(
        facts,
        "Документ не принят",
        f"{what} не принят и удалён.{why}",
        "Приложите в личном кабинете исправленный файл: PDF, JPEG, PNG, HEIC или DOCX, не больше 20 МБ.",
    )


def _refund_succeeded_letter(facts: Facts) -> Letter:
    refund, asked = facts.refund, "Вы просили вернуть деньги с лицевого счёта."
    if refund and refund.way is RefundWay.DESK:
        said = (
            f"{asked} Клиника вернула вам {_refunded(facts)}: эти деньги вы внесли через клинику, а не на"
            f" сайте. Документ: {refund.document}.",
            f"Если вы их не получили, позвоните нам: {facts.clinic.phone}.",
        )
    else:
        said = (
            f"{asked} {_refunded(facts)} возвращены тем же способом, которым вы платили.",
            "Когда они поступят, зависит от банка: обычно это занимает несколько дней.",
        )
    return _to_patient(facts, "Деньги возвращены", *said)


def _refund_refused_letter(facts: Facts) -> Letter:
    refusal = facts.refund.refusal if facts.refund else None
    why = f" {refund_rules.words(refusal)}." if refusal else ""
    return _to_patient(
        facts,
        "Возврат не прошёл",
        f"Вы просили вернуть деньги с лицевого счёта. Вернуть {_refunded(facts)} не удалось.{why}",
        "Деньги снова на вашем лицевом счёте. Ими можно оплатить консультацию, а о другом способе возврата"
        f" договориться по телефону {facts.clinic.phone}.",
    )


def _refunded(facts: Facts) -> str:
    return roubles(facts.refund.amount) if facts.refund else "Деньги"


def _scheduled_letter_for_doctor(facts: Facts) -> Letter:
    booking = facts.booking
    text = (
        f"Когда: {full_moment(booking.slot_start, facts.clinic.zone)}.\n"
        f"Связь: {how_they_meet(facts, 'doctor')}\n"
        f"Запись: {booking.booking_id}.\n\n"
        "Если пациент не отвечает, отмечайте в записи каждую попытку связаться с ним."
    )
    return Letter("Новая онлайн-консультация", text)


def _to_patient(facts: Facts, subject: str, *paragraphs: str) -> Letter:
    holder = facts.people.holder
    name = " ".join(filter(None, (holder.given_name, holder.patronymic)))
    signature = f"{facts.clinic.name}, {facts.clinic.phone}\nЛичный кабинет: {facts.cabinet_url}"
    return Letter(subject, "\n\n".join((f"Здравствуйте, {name}!", *paragraphs, signature)))
