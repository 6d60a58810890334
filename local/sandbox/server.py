"""The sandbox on a port of 127.0.0.1."""

import socket
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from local.sandbox.application import Application
from local.sandbox.faults import Cut, Held
from local.sandbox.messages import Request, Response

_HOST = "127.0.0.1"
_LARGEST_BODY = 1_000_000


class Server(ThreadingHTTPServer):
    """Serves one application."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, application: Application, port: int) -> None:
        super().__init__((_HOST, port), _Handler)
        self.application = application


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        print(f"{self.command} {urlsplit(self.path).path} {code}", flush=True)

    def _handle(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > _LARGEST_BODY:
            self.close_connection = True
            self._send(Response(413))
            return
        parts = urlsplit(self.path)
        request = Request(
            self.command,
            parts.path,
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(int(length)),
        )
        try:
            response = self.server.application.handle(request)
        except Held as held:
            time.sleep(held.seconds)  # in a thread of its own, which does not outlive the server
            self._cut("held")
        except Cut:
            self._cut("cut")
        else:
            self._send(response)

    def _cut(self, how: str) -> None:
        """No answer, and no connection any more."""
        self.log_request(how)
        self.close_connection = True
        with suppress(OSError):  # the client was faster
            self.connection.shutdown(socket.SHUT_RDWR)

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)
