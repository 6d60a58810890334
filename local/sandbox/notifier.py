"""Sends the notifications that are due, and again until they are answered with 200."""

import threading
from collections.abc import Callable
from urllib.parse import urlsplit

import urllib3

from local.sandbox.shop import Notification, Shop

_OK = 200
_AT_ONCE = 8
_LOOK_SECONDS = 0.1
_TIMEOUT = urllib3.Timeout(connect=2, read=30)

Send = Callable[[str], int]


class Notifier:
    """`send` posts a body and answers with the HTTP status; it raises OSError where nobody answered."""

    def __init__(self, shop: Shop, send: Send) -> None:
        self._shop = shop
        self._send = send
        self._sending: set[int] = set()
        self._stopped = threading.Event()

    def deliver(self, notification: Notification) -> None:
        try:
            answered = self._send(notification.body) == _OK
        except OSError:
            answered = False
        if answered:
            self._shop.delivered(notification)
        else:
            self._shop.undelivered(notification)

    def run(self) -> None:
        """Until stopped. What is unanswered when it stops is sent again after the next start."""
        while not self._stopped.wait(_LOOK_SECONDS):
            self._shop.advance()
            self.send_due()

    def send_due(self) -> None:
        """Begin to send what is due and not on its way yet."""
        # In this order: what is delivered between the two lines is not due any more, or still counts as busy.
        busy = self._sending.copy()
        due = self._shop.due_notifications()
        for notification in [each for each in due if each.number not in busy][: _AT_ONCE - len(busy)]:
            self._sending.add(notification.number)
            threading.Thread(target=self._deliver_once, args=(notification,), daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _deliver_once(self, notification: Notification) -> None:
        try:
            self.deliver(notification)
        finally:
            self._sending.discard(notification.number)


def sender(notify_url: str) -> Send:
    """Posts to the shop's notification address.

    Names under `.localhost` are this machine (RFC 6761), also where the resolver does not know them.
    """
    pool = urllib3.PoolManager()
    parts = urlsplit(notify_url)
    headers = {"Content-Type": "application/json"}
    url = notify_url
    if (parts.hostname or "").endswith(".localhost"):
        headers["Host"] = parts.netloc
        port = f":{parts.port}" if parts.port else ""
        url = parts._replace(netloc=f"127.0.0.1{port}").geturl()

    def send(body: str) -> int:
        try:
            answer = pool.request(
                "POST", url, body=body.encode(), headers=headers, timeout=_TIMEOUT, retries=False
            )
        except urllib3.exceptions.HTTPError as error:
            raise ConnectionError from error
        return answer.status

    return send
