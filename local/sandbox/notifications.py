"""The notifications the shop is owed: when each is due, and again until it is answered with 200."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from local.sandbox.state import State, write

_NOTIFYING = timedelta(hours=24)
_LONGEST_PAUSE = timedelta(minutes=5)
_DOUBLINGS = 10  # from one second to beyond the longest pause
_HELD_BACK = timedelta(hours=1)


@dataclass(frozen=True)
class Webhook:
    """How a notification goes out: how many times (0: never), how late, and in which order.

    `out_of_order`: only after a newer notification about the same booking (or payment, where it names no
    booking) was delivered; if none comes, after `delay`, or after an hour.
    """

    times: int = 1
    delay: timedelta = timedelta()
    out_of_order: bool = False


@dataclass(frozen=True)
class Notification:
    number: int
    body: str


class Notifications:
    """What has to be sent."""

    def __init__(self, state: State) -> None:
        self._state = state

    def owe(self, event: str, thing: dict[str, Any], subject: str, webhook: Webhook) -> None:
        """`subject`: what its order matters for."""
        body = write({"type": "notification", "event": event, "object": thing})
        delay = webhook.delay or (_HELD_BACK if webhook.out_of_order else timedelta())
        due = (self._state.now() + delay).timestamp()
        for _ in range(webhook.times):
            self._state.run(
                "INSERT INTO notifications (body, since, due, subject, held_back) VALUES (?, ?, ?, ?, ?)",
                *(body, due, due, subject, int(webhook.out_of_order)),
            )

    def due(self) -> list[Notification]:
        """What has to be sent now. After a day the provider gives up."""
        now = self._state.now()
        rows = self._state.all(
            "SELECT number, body FROM notifications WHERE due <= ? AND since > ? ORDER BY number",
            *(now.timestamp(), (now - _NOTIFYING).timestamp()),
        )
        return [Notification(row["number"], row["body"]) for row in rows]

    def delivered(self, notification: Notification) -> None:
        """Answered with 200: done, and what was held back for it is due."""
        with self._state.transaction():
            row = self._state.one("SELECT subject FROM notifications WHERE number = ?", notification.number)
            self._state.run("DELETE FROM notifications WHERE number = ?", notification.number)
            if row:
                now = self._state.now().timestamp()
                self._state.run(
                    "UPDATE notifications SET held_back = 0, due = ?, since = ?"
                    " WHERE held_back = 1 AND subject = ? AND number < ?",
                    *(now, now, row["subject"], notification.number),
                )

    def undelivered(self, notification: Notification) -> None:
        """Not answered with 200: sent again after a pause that doubles."""
        with self._state.transaction():
            row = self._state.one("SELECT tries FROM notifications WHERE number = ?", notification.number)
            tries = row["tries"] if row else 0
            pause = min(timedelta(seconds=2 ** min(tries, _DOUBLINGS)), _LONGEST_PAUSE)
            self._state.run(
                "UPDATE notifications SET tries = tries + 1, due = ? WHERE number = ?",
                *((self._state.now() + pause).timestamp(), notification.number),
            )

    def owed(self) -> int:
        """How many nobody has answered with 200 yet, those that are to be late among them."""
        oldest = (self._state.now() - _NOTIFYING).timestamp()
        row = self._state.one("SELECT COUNT(*) AS owed FROM notifications WHERE since > ?", oldest)
        return int(row["owed"]) if row else 0
