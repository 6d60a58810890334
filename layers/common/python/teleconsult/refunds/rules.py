"""What goes back to which payment, by when, and how it is told (§5, §6). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from teleconsult.ledger import lots
from teleconsult.ledger import rules as ledger
from teleconsult.ledger.rules import AT_PROVIDER, Border, Lot
from teleconsult.platform.errors import Conflict
from teleconsult.refunds.model import RefundWay

MOST_PARTS = 20
"""Payments that one request may go back to: all its parts are asked for in one transaction."""

ANSWERED_WITHIN = timedelta(days=10)
"""Consumer protection law 2300-1, art. 31: the time to answer."""

# The provider keeps an idempotence key for 24 hours (§6); the rest is for clocks and late sweeps.
_KEY_SAFE = timedelta(hours=20)

_FIRST_PAUSE = timedelta(minutes=2)
_LONGEST_PAUSE = timedelta(hours=3)

DECLINED = "refused"
"""The refusal of a refund that the provider did not even begin."""

NOT_PAID_OUT = "not_paid_out"
"""The refusal of a refund that an operator put back on the balance."""

TASK_PAY_OUT = "refund_to_pay_out"
"""Why an operator has to look at a refund: nobody but the desk can pay it out."""

TASK_REFUSED = "refund_refused"
"""Why an operator has to look at a refund: the provider refused it (Edge cases: Refund asked for)."""

_AGAIN_LATER = "Сейчас вернуть деньги не получилось. Попросите о возврате ещё раз через несколько дней"
_WORDS = {
    "rejected_by_payee": "Банк или кошелёк получателя не принял возврат",
    "rejected_by_timeout": "Банк не ответил в срок",
    "yoo_money_account_closed": "Кошелёк, с которого платили, закрыт",
    "insufficient_funds": _AGAIN_LATER,
    "general_decline": "Платёжная система не смогла вернуть деньги тем способом, которым платили",
    DECLINED: "Платёжная система не принимает возврат этого платежа",
    NOT_PAID_OUT: "Клиника не смогла выдать деньги",
}


@dataclass(frozen=True, slots=True)
class Part:
    """Kopecks that go back to one payment, over the border that it came by."""

    payment_id: str
    amount: int
    border: Border = AT_PROVIDER

    @property
    def way(self) -> RefundWay:
        return RefundWay(self.border.account)


def split(held: Sequence[Lot], amount: int | None) -> tuple[Part, ...]:
    """What goes back to which payment of those on a balance, oldest first; `amount` None: all of it.

    Raises:
        Conflict: nothing is there, not so much of it came with payments, or with too many of them.
    """
    refundable = lots.oldest_first(lot for lot in held if ledger.entered_by(lot.source))
    possible = lots.total(refundable)
    wanted = lots.total(held) if amount is None else amount
    if not wanted:
        raise Conflict("nothing_to_refund", "На лицевом счёте нет денег")
    if wanted > possible:
        raise not_refundable(possible)
    taken, _ = lots.take(refundable, wanted)
    if len(taken) > MOST_PARTS:
        raise too_many_parts(lots.total(taken[:MOST_PARTS]))
    return tuple(map(_part, taken))


def not_refundable(possible: int) -> Conflict:
    """Money that came with no payment can go back to none."""
    return Conflict(
        "not_refundable",
        f"Тем же способом, каким платили, можно вернуть {_roubles(possible)}. Об остальном договоритесь с"
        " клиникой",
    )


def too_many_parts(possible: int) -> Conflict:
    """The sum comes from more payments than one request may go back to."""
    return Conflict(
        "too_many_parts",
        f"Эта сумма сложилась более чем из {MOST_PARTS} платежей."
        f" За один раз можно вернуть не больше {_roubles(possible)}",
    )


def answer_by(asked_at: datetime) -> datetime:
    """Until when the request has to be answered."""
    return asked_at + ANSWERED_WITHIN


def overdue(asked_at: datetime, now: datetime) -> bool:
    """Whether a refund that has not ended should have, by now."""
    return now > answer_by(asked_at)


def first_look(way: RefundWay, asked_at: datetime) -> datetime:
    """When the sweep looks first. One that the desk pays out waits for an operator until it is overdue."""
    return next_look(asked_at, asked_at) if way is RefundWay.PROVIDER else answer_by(asked_at)


def next_look(asked_at: datetime, now: datetime) -> datetime:
    """When the sweep looks again: the pauses grow with the refund's age, from 2 minutes to 3 hours."""
    return now + min(max((now - asked_at) / 2, _FIRST_PAUSE), _LONGEST_PAUSE)


def key_may_be_forgotten(asked_at: datetime, now: datetime) -> bool:
    """Whether the same request under the same key might be a second refund at the provider."""
    return now - asked_at >= _KEY_SAFE


def words(refusal: str) -> str:
    """Why a refund was refused, for people (Russian). A code that nobody knows is told in general."""
    return _WORDS.get(refusal, _WORDS["general_decline"])


def _part(lot: Lot) -> Part:
    entered = ledger.entered_by(lot.source)
    if entered is None:
        raise ValueError(f"{lot.source} is no payment")
    border, payment_id = entered
    return Part(payment_id, lot.amount, border)


def _roubles(amount: int) -> str:
    return f"{amount // 100},{amount % 100:02} ₽"
