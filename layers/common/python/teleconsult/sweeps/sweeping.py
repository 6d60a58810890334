"""The sweeps: each looks at what is due, one booking at a time, and a bad one never blocks the rest.

`now` is the moment the sweep was scheduled for, so a test or an operator can run one for any moment.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import cache, partial
from itertools import chain

from aws_lambda_powertools.metrics import MetricUnit

from teleconsult.booking import rules as booking_rules
from teleconsult.booking import store as bookings
from teleconsult.booking import workflow
from teleconsult.booking.model import Booking, Outcome, Record, Stage, Stands
from teleconsult.callbacks import store as callbacks_store
from teleconsult.catalogue import store as catalogue_store
from teleconsult.catalogue.model import Catalogue
from teleconsult.documents import rules as document_rules
from teleconsult.documents import store as documents_store
from teleconsult.intake.attach import detach_all
from teleconsult.notices import outbox
from teleconsult.notices.reminding import remind
from teleconsult.outcomes.saying import final_word, judge_overdue
from teleconsult.payments.installation import provider
from teleconsult.payments.paying import ask_about_open
from teleconsult.payments.refunding import carry_out
from teleconsult.platform import due, dynamo
from teleconsult.platform.errors import NotFound
from teleconsult.platform.observability import logger, metrics
from teleconsult.platform.tally import Tally
from teleconsult.refunds import rules as refund_rules
from teleconsult.refunds import store as refunds_store
from teleconsult.refunds.store import Place
from teleconsult.sweeps import executions, rules

# A wait whose end is on the row already: somebody's wake-up was lost.
_MISSED = {
    Stands.CONSENT_GIVEN: Stage.CONSENT,
    Stands.PAID: Stage.PAYMENT,
    Stands.OUTCOME_KNOWN: Stage.OUTCOME,
}


def no_shows(now: datetime, has_time: Callable[[], bool]) -> Tally:
    """Let the evidence speak where nobody said a word until the slot's end and the grace were over; at the
    deadline of 72 hours the outcome is unknown (§2)."""
    catalogue = cache(catalogue_store.load)  # once a sweep, and only if anything must be judged

    def judge(record: Record) -> bool:
        booking = record.booking
        match booking_rules.stands(record):
            case Stands.OUTCOME_KNOWN:
                return _carry_on(record, now)
            case Stands.AWAITING_OUTCOME if now >= booking.verdict_deadline:
                workflow.wake(final_word(booking.booking_id, now), Stage.OUTCOME)
                return True
            case Stands.AWAITING_OUTCOME if now >= booking.verdict_after:
                _alert(judge_overdue(record, _required_attempts(catalogue(), booking), now))
                return True
        return False

    return _sweep(bookings.all_due(now), judge, now, has_time)


def reminders(now: datetime, has_time: Callable[[], bool]) -> Tally:
    """Remind both sides of the consultations that begin in a day, in an hour, soon (S13, S14)."""
    return _each(bookings.with_reminders(now), partial(remind, now=now), now, has_time)


def lost_executions(now: datetime, has_time: Callable[[], bool]) -> Tally:
    """Carry on with every booking that does not move: its wake-up was lost, or its execution is gone."""
    return _sweep(_unmoved(now), lambda record: _carry_on(record, now), now, has_time)


def open_payments(now: datetime, has_time: Callable[[], bool]) -> Tally:
    """Ask the provider about every payment of whose end nobody has told us (§6)."""

    def ask(record: Record) -> bool:
        heard = ask_about_open(record, provider(), now)
        return len(heard.payment.open_attempts) < len(record.payment.open_attempts)

    return _sweep(bookings.with_open_payments(now), ask, now, has_time, due_row=Stage.PAYMENT)


def documents(now: datetime, has_time: Callable[[], bool]) -> Tally:
    """Delete what was attached to bookings, as long after the slot as the clinic keeps documents (S9)."""
    catalogue = cache(catalogue_store.load)

    def forget(record: Record) -> bool:
        booking = record.booking
        kept_until = document_rules.due(booking.slot_end, catalogue().clinic.limits.documents_kept_days)
        if now < kept_until:  # the slot was moved, or the clinic keeps them longer by now
            dynamo.write(documents_store.due_later(booking.booking_id, kept_until))
            return False
        return detach_all(booking.booking_id)

    return _sweep(documents_store.all_due(now), forget, now, has_time, due_row="DOCUMENTS")


def refunds(now: datetime, has_time: Callable[[], bool]) -> Tally:
    """Go on with the refunds that have not ended, and count those that should have long ago (§5)."""
    waiting = list(refunds_store.waiting())
    overdue = sum(refund_rules.overdue(each.place.asked_at, now) for each in waiting)
    metrics.add_metric(name="RefundsOverdue", unit=MetricUnit.Count, value=overdue)

    def go_on(at: Place) -> bool:
        return carry_out(refunds_store.load(at), provider().once(), now).status.ended

    tally = Tally()
    for each in waiting:
        if each.due_at <= now:
            tally.one(partial(go_on, each.place), has_time, refund_id=each.place.refund_id)
    return tally


def callbacks(now: datetime, has_time: Callable[[], bool]) -> Tally:
    """Call an operator, once, for each request for a doctor's call that should have been answered (S16)."""
    overdue = list(callbacks_store.overdue(now))
    metrics.add_metric(name="CallbacksOverdue", unit=MetricUnit.Count, value=len(overdue))

    def call_operator(at: callbacks_store.Place) -> bool:
        callback = callbacks_store.load(at)
        if not callback.open or callback.raised_at:
            return False
        with suppress(dynamo.ConditionFailed):  # answered this moment, or another sweep has called
            dynamo.write(callbacks_store.raised(callback, now))
            return True
        return False

    tally = Tally()
    for each in overdue:
        tally.one(partial(call_operator, each), has_time, callback_id=each.callback_id)
    return tally


def notices(now: datetime, has_time: Callable[[], bool]) -> Tally:
    """Hand over again what could not be sent: the table's stream takes it to the function that sends."""
    tally = Tally()
    for found in outbox.all_due(now):
        ids = {"booking_id": found["pk"].removeprefix("BOOKING#"), "notice": found["sk"]}
        tally.one(partial(outbox.hand_over, found, now), has_time, **ids)
    return tally


def _alert(verdict: Outcome | None) -> None:
    """The clinic hears of an absent doctor, and of a consultation that an operator must decide (§2)."""
    if verdict in (Outcome.DOCTOR_ABSENT, None):
        name = "DoctorAbsent" if verdict else "OutcomeUnclear"
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)


def _required_attempts(catalogue: Catalogue, booking: Booking) -> int:
    doctor = catalogue.doctors.get(booking.doctor_id)
    return (doctor.timing if doctor else catalogue.clinic.timing).contact_attempts


def _unmoved(now: datetime) -> Iterator[str]:
    """What is due and, long before that, what an execution has just left behind."""
    return chain(bookings.all_due(now), executions.ended_badly_since(now - rules.LOOK_BACK))


def _carry_on(record: Record, now: datetime) -> bool:
    booking = record.booking
    if booking.status.final:
        return False
    run = workflow.latest_run(booking)
    if run and run.running:
        missed = _MISSED.get(booking_rules.stands(record))
        if missed:
            workflow.wake(record, missed)
        return missed is not None
    return rules.may_start_again(run, booking.execution, now) and workflow.restart_if_lost(record)


def _sweep(
    ids: Iterable[str],
    act: Callable[[Record], bool],
    now: datetime,
    has_time: Callable[[], bool],
    due_row: str = "BOOKING",
) -> Tally:
    return _each(ids, partial(_loaded, act=act), now, has_time, due_row)


def _each(
    ids: Iterable[str],
    act: Callable[[str], bool],
    now: datetime,
    has_time: Callable[[], bool],
    due_row: str = "BOOKING",
) -> Tally:
    """Each booking once. What is not done stays due, so the next run goes on.

    What failed comes last then, by its row `due_row`: it takes the time of none of the others.
    """
    tally, seen = Tally(), set[str]()
    for booking_id in ids:
        if booking_id in seen:
            continue
        seen.add(booking_id)
        if not tally.one(partial(act, booking_id), has_time, booking_id=booking_id):
            _to_the_end(f"BOOKING#{booking_id}", due_row, now)
    return tally


def _to_the_end(pk: str, sk: str, now: datetime) -> None:
    try:
        due.look_later(pk, sk, now)
    except Exception as error:  # what failed before may be the table itself
        logger.warning("it keeps its place", error=type(error).__qualname__)


def _loaded(booking_id: str, act: Callable[[Record], bool]) -> bool:
    try:
        record = bookings.load(booking_id)
    except NotFound:
        logger.warning("an execution without a booking", booking_id=booking_id)
        return False
    return act(record)
