"""What doctor or operator say of a consultation: attempts to reach the patient, and its outcome."""

from datetime import datetime

from teleconsult.api import views
from teleconsult.api.forms import ContactAttemptForm, OutcomeForm
from teleconsult.api.internal.caller import DOCTOR, OPERATOR, entry_of, is_doctor_of, log, record_of, staff_of
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Record
from teleconsult.outcomes import notes
from teleconsult.outcomes.presence import at_appointed_time
from teleconsult.outcomes.saying import note_contact_attempt, say_outcome
from teleconsult.platform import clock, ids
from teleconsult.platform.checks import refuse
from teleconsult.platform.errors import Conflict
from teleconsult.platform.http import Access, Api, Request
from teleconsult.trail import store as trail

api = Api()


@api.operation(
    "POST /internal/bookings/{booking}/contact-attempts",
    form=ContactAttemptForm,
    answer=views.EvidenceView,
    status=201,
    access=Access.STAFF,
    groups=(DOCTOR,),
    creates=True,
)
def log_contact_attempt(request: Request, form: ContactAttemptForm) -> views.EvidenceView:
    """The doctor tried to reach the patient at the appointed time, in vain: «не отвечает»."""
    booking, now = record_of(request).booking, clock.now()
    if not at_appointed_time(booking, now):
        raise Conflict("not_at_appointed_time", "Попытки связи отмечаются в назначенное время консультации")
    attempt_id = ids.content_hash(request.idempotency_key)[:32]
    note_contact_attempt(booking, attempt_id, staff_of(request), form.ended(), now)
    log(request, "contact attempt", booking_id=booking.booking_id)
    return views.evidence(bookings.load(booking.booking_id))


@api.operation(
    "POST /internal/bookings/{booking}/outcome",
    form=OutcomeForm,
    answer=views.EvidenceView,
    access=Access.STAFF,
    groups=(OPERATOR, DOCTOR),
)
def say_what_became(request: Request, form: OutcomeForm) -> views.EvidenceView:
    """The word of the doctor or an operator: held, or not and why. The first one stands.

    The doctor's note is written once, and shown to that doctor alone.
    """
    record, word, now = record_of(request), form.word(), clock.now()
    note = _note(request, record, form, now)
    also = []
    if form.why or note:  # the word itself says who and when, see `desk.history`
        action = "note_written" if note else "outcome_explained"
        also.append(trail.entered(entry_of(request, record.booking.booking_id, action, why=form.why)))
    record = say_outcome(record, word, staff_of(request), now, note=note, also=also)
    log(request, "outcome said", booking_id=record.booking.booking_id, outcome=form.word())
    return views.evidence(record)


def _note(request: Request, record: Record, form: OutcomeForm, now: datetime) -> notes.Note | None:
    """
    Raises:
        Invalid: too long, or written by somebody who is not the doctor of the booking.
    """
    text = form.noted()
    if text is None:
        return None
    if not is_doctor_of(request, record):
        refuse("note", "not_expected", "Заметку к итогу пишет врач этой консультации")
    return notes.Note(text, record.booking.doctor_id, staff_of(request), now)
