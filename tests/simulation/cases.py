"""How often the rare cases came about: a simulation that never meets them proves nothing about them.

A case is counted where it happens (`World.cases`), or here, from what a seed left behind.
"""

from collections import Counter
from collections.abc import Mapping

from teleconsult.platform import clock
from tests.simulation.invariants import Books

RARE = (
    "early webhook",
    "late payment",
    "double delivery",
    "crash after commit",
    "not held",
    "two payments",
    "part payment",
    "surplus",
    "paid from the balance",
    "balance and card",
    "nobody told us",
    "refund",
    "refund refused",
    "paid at the desk",
    "desk: payout",
    "desk: refusal",
    "expired with money",
    "moved",
    "moved when paid",
    "cancelled with money",
    "execution stopped",
    "restarted execution",
    "hold taken over",
    "callback",
    "callback overdue",
    "callback closed late",
    "second callback refused",
    "paid at the hold's end",
    "fault: conflict",
    "fault: answer lost",
    "fault: unanswered",
)
IN_TEN_THOUSAND = 100
_CLOSE_SECONDS = 30


def count(books: Books) -> Counter[str]:
    """What can be told from the rows at a seed's end."""
    cases: Counter[str] = Counter()
    for booking_id, row in books.bookings.items():
        cases[row["status"]] += 1
        cases["not held"] += row["status"] == "NOT_HELD"
        cases["restarted execution"] += row["execution"] > 1
        cases["expired with money"] += row["status"] == "EXPIRED" and any(
            each["reason"] == "expired" for each in books.of_booking(booking_id)
        )
        cases["moved"] += row["moves"] > 0
        cases["moved when paid"] += row["moves"] > 0 and bool(row.get("paid_at"))
        cases["cancelled with money"] += row["status"] == "CANCELLED" and any(
            each["reason"] == "cancelled" for each in books.of_booking(booking_id)
        )
    for row in books.callbacks.values():
        cases["callback"] += 1
        cases["callback overdue"] += "raised_at" in row
        cases["callback closed late"] += row.get("closed_at", "") > row["answer_by"]
    for name, row in books.transfers.items():
        kind, _, _ = name.partition(":")
        if row["debit"] == "provider":
            hold_until = clock.parse(books.bookings[row["booking_id"]]["hold_until"])
            late = (clock.parse(row["posted_at"]) - hold_until).total_seconds()
            cases["paid at the hold's end"] += abs(late) <= _CLOSE_SECONDS
        if kind == "late":
            paid = books.bookings[row["booking_id"]].get("paid_at")
            cases["two payments" if paid else "late payment"] += 1
        cases["surplus"] += kind == "over"
        cases["refund"] += kind == "rfs"
        cases["refund refused"] += kind == "rfx"
        if kind == "pay":
            cases["part payment"] += row["amount"] < books.bookings[row["booking_id"]]["price"]
    return cases


def missing(cases: Mapping[str, int], seeds: int) -> dict[str, int]:
    """The rare cases that came about less often than they must in so many seeds."""
    least = IN_TEN_THOUSAND * seeds // 10_000
    return {name: cases.get(name, 0) for name in RARE if cases.get(name, 0) < least}
