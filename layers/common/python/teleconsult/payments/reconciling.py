"""Reconciliation: the provider's payments and refunds of a window against our books, both ways (§5, §6).

What only the provider knows is booked by the code of its notification, and then looked at again: what differs
still, nobody here can explain, and people have to.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from teleconsult.ledger import store as ledger
from teleconsult.ledger.rules import Transfer
from teleconsult.payments import matching
from teleconsult.payments.matching import Difference, Window
from teleconsult.payments.rules import Payment, ProviderRefund
from teleconsult.payments.yookassa import Provider
from teleconsult.platform.errors import DomainError
from teleconsult.platform.observability import logger

DAYS = 3
"""The daily window ends today and has so many days: notifications come up to 24 hours late, and a run or two
may be missed."""

Outcome = Literal["repaired", "unexplained", "not_ours"]

Settle = Callable[[str, Provider, datetime], object]
"""A notification's own code: asks the provider for the thing with this id, and books what became of it."""


@dataclass(frozen=True, slots=True)
class Repairs:
    """What books a payment and a refund that we have not heard of."""

    payment: Settle
    refund: Settle


@dataclass(frozen=True, slots=True)
class Found:
    """A difference, and what became of it: after a repair, as it was before."""

    difference: Difference
    outcome: Outcome


@dataclass(slots=True)
class Reconciliation:
    """`compared`: payments and refunds of the window, of the side that has more. `left`: suspected, and not
    looked at for want of time."""

    compared: int = 0
    found: list[Found] = field(default_factory=list)
    left: int = 0

    def count(self, outcome: Outcome) -> int:
        return sum(each.outcome == outcome for each in self.found)


def usual_window(now: datetime) -> Window:
    """The UTC days before today."""
    today = now.astimezone(UTC).date()
    return Window(today - timedelta(days=DAYS), today)


def reconcile(
    window: Window, provider: Provider, repairs: Repairs, now: datetime, has_time: Callable[[], bool]
) -> Reconciliation:
    """Compare both sides over a window, repair what can be, and tell every difference.

    Safe to repeat: a repair is the notification's own code.

    Raises:
        Refused, Unavailable, Misused: the provider did not show its lists.
    """
    done = Reconciliation()
    payments: list[Payment] = []
    refunds: list[ProviderRefund] = []
    for day in window.days():
        if not has_time():
            done.left = 1
            return done
        since, until = _midnight(day), _midnight(day + timedelta(days=1))
        payments += provider.payments(since, until)
        refunds += provider.refunds(since, until)
    # Ours is read last: what is booked while theirs is read is then in both, or is looked at closer.
    ours = [transfer for day in window.days() for transfer in ledger.at_provider(day)]
    done.compared = max(len(payments) + len(refunds), len(ours))
    suspected = matching.suspects(payments, refunds, ours, provider.shop_id)
    for about, look, settle in _looks(suspected, provider, repairs):
        if not has_time():
            done.left += 1
            continue
        try:
            found = _look_and_repair(look, settle, provider, now)
        except Exception:
            logger.exception("a difference could not be looked at", about=about)
            found = Found(Difference("unanswered", about, None, None), "unexplained")
        if found:
            _tell(found)
            done.found.append(found)
    return done


Look = Callable[[], tuple[Difference | None, str | None]]
"""Looks at both sides of one thing by its id: how they differ, and what the provider calls it."""


def _looks(
    suspects: matching.Suspects, provider: Provider, repairs: Repairs
) -> Iterator[tuple[str, Look, Settle | None]]:
    for payment_id in suspects.payments:
        yield payment_id, _payment_look(payment_id, provider), repairs.payment
    for refund_id, payment_id in suspects.refunds:
        yield refund_id, _refund_look(refund_id, payment_id, provider), repairs.refund
    for refund in suspects.nobodys:
        yield refund.provider_refund_id, _nobodys_look(refund, provider), None


def _look_and_repair(look: Look, settle: Settle | None, provider: Provider, now: datetime) -> Found | None:
    difference, named = look()
    if difference is None:
        return None  # created in one window and booked in another, or booked meanwhile
    if difference.kind in matching.NOT_OURS:
        return Found(difference, "not_ours")
    if settle and named and difference.kind in matching.REPAIRABLE:
        try:
            settle(named, provider, now)
        except DomainError as error:
            logger.warning("not repaired", about=difference.about, code=error.code)
        again, _ = look()
        if again is None:
            return Found(difference, "repaired")
        difference = again
    return Found(difference, "unexplained")


def _payment_look(payment_id: str, provider: Provider) -> Look:
    def look() -> tuple[Difference | None, str | None]:
        theirs = provider.get_payment(payment_id)
        ours = _posted(*matching.paid_by(payment_id))
        return matching.of_payment(payment_id, theirs, ours, provider.shop_id), payment_id

    return look


def _refund_look(refund_id: str, payment_id: str, provider: Provider) -> Look:
    def look() -> tuple[Difference | None, str | None]:
        theirs = matching.given_back(refund_id, provider.refunds_of(payment_id))
        ours = next(iter(_posted(matching.refunded_by(refund_id))), None)
        named = next((each.provider_refund_id for each in theirs), None)
        return matching.of_refund(refund_id, payment_id, theirs, ours), named

    return look


def _nobodys_look(refund: ProviderRefund, provider: Provider) -> Look:
    def look() -> tuple[Difference | None, str | None]:
        of_ours = bool(_posted(*matching.paid_by(refund.payment_id)))
        if not of_ours:
            payment = provider.get_payment(refund.payment_id)
            of_ours = bool(payment and payment.booking_id)
        return matching.of_nobodys(refund, of_ours), refund.provider_refund_id

    return look


def _tell(found: Found) -> None:
    tell = logger.error if found.outcome == "unexplained" else logger.info
    tell("the provider and the books differ", outcome=found.outcome, **asdict(found.difference))


def _posted(*transfer_ids: str) -> list[Transfer]:
    found = (ledger.find(transfer_id) for transfer_id in transfer_ids)
    return [entry.transfer for entry in found if entry]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
