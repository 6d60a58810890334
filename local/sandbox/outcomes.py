"""How the refunds and receipts of a payment end: as a tester wants, and well if nobody wants anything."""

from dataclasses import dataclass, field
from datetime import timedelta

from local.sandbox.notifications import Webhook
from local.sandbox.state import State, read, write

# yookassa.ru/developers/payment-acceptance/after-the-payment/refunds
REASONS = (
    "general_decline",
    "insufficient_funds",
    "rejected_by_payee",
    "rejected_by_timeout",
    "yoo_money_account_closed",
)


@dataclass(frozen=True)
class Outcome:
    """`status`: succeeded, canceled (a refund's for a `reason`), pending, or forbidden: not even begun (403).

    What is pending becomes `then` after a while, or stays so, where `after` is None. `webhook`: how the
    notification of a refund that succeeded goes out.
    """

    status: str = "succeeded"
    reason: str = "general_decline"
    after: timedelta | None = None
    then: str = "succeeded"
    webhook: Webhook = field(default_factory=Webhook)


class Outcomes:
    """What a tester wants, by payment. `thing`: refund or receipt."""

    def __init__(self, state: State, thing: str) -> None:
        self._state = state
        self._thing = thing

    def want(self, payment_id: str, outcome: Outcome) -> None:
        """From now on, until something else is wanted."""
        self._state.run(
            "INSERT OR REPLACE INTO outcomes (payment_id, thing, outcome) VALUES (?, ?, ?)",
            *(payment_id, self._thing, dumped(outcome)),
        )

    def of(self, payment_id: str) -> Outcome:
        row = self._state.one(
            "SELECT outcome FROM outcomes WHERE payment_id = ? AND thing = ?", payment_id, self._thing
        )
        return loaded(row["outcome"]) if row else Outcome()


def dumped(outcome: Outcome) -> str:
    after, webhook = outcome.after, outcome.webhook
    return write(
        {
            "status": outcome.status,
            "reason": outcome.reason,
            "after": None if after is None else after.total_seconds(),
            "then": outcome.then,
            "webhook": [webhook.times, webhook.delay.total_seconds(), webhook.out_of_order],
        }
    )


def loaded(text: str) -> Outcome:
    kept = read(text)
    times, delay, out_of_order = kept["webhook"]
    return Outcome(
        kept["status"],
        kept["reason"],
        None if kept["after"] is None else timedelta(seconds=kept["after"]),
        kept["then"],
        Webhook(times, timedelta(seconds=delay), out_of_order),
    )
