"""The gateway on a port of 127.0.0.1."""

import socket
import time
from contextlib import AbstractContextManager, suppress

from local.sandbox.faults import Cut, Held
from local.sandbox.messages import Request
from local.sms.gateway import Gateway
from local.web import Handler, serving


def gateway_at(port: int, gateway: Gateway) -> AbstractContextManager[None]:
    """For as long as the block lasts."""

    class GatewayHandler(Handler):
        def do_GET(self) -> None:
            self._handle()

        def do_POST(self) -> None:
            self._handle()

        def _handle(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", "0")))
            try:
                given = gateway.handle(Request(self.command, self.path, {}, headers, body))
            except Held as held:
                time.sleep(held.seconds)  # in a thread of its own, which does not outlive the server
                self._cut()
            except Cut:
                self._cut()
            else:
                kind = given.headers.get("Content-Type", "text/html")
                self.answer(given.status, kind, given.body)

        def _cut(self) -> None:
            self.close_connection = True
            with suppress(OSError):  # the client was faster
                self.connection.shutdown(socket.SHUT_RDWR)

    return serving(port, GatewayHandler)
