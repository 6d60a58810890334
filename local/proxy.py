"""A plain address for the API.

The engine tells APIs apart by the Host header, and `*.localhost` does not resolve everywhere.
"""

import http.client
from collections.abc import Mapping

from local.ports import HOST
from local.web import Handler

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "host", "content-length"}


class ApiHandler(Handler):
    """Passes every request on to one API of the engine: `engine_port`, `api_host`."""

    engine_port: int
    api_host: str

    def pass_on(self, path: str, told: Mapping[str, str] | None = None) -> None:
        """The request, to this path and query of the API. `told`: headers that replace the caller's own."""
        told = told or {}
        own = _HOP_BY_HOP | {name.lower() for name in told}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in own}
        engine = http.client.HTTPConnection(HOST, self.engine_port, timeout=60)
        try:
            engine.request(self.command, path, body, {**headers, **told, "Host": self.api_host})
            answer = engine.getresponse()
            content = answer.read()
        except OSError:
            self.answer(502, "text/plain; charset=utf-8", "Движок не отвечает".encode())
            return
        finally:
            engine.close()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP_BY_HOP | {"date", "server"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _pass_on(self) -> None:
        self.pass_on(self.path)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _pass_on


def api_at(engine_port: int, api_id: str) -> type[ApiHandler]:
    """A handler that passes every request on to this API of the engine."""
    host = f"{api_id}.execute-api.localhost:{engine_port}"
    return type("Api", (ApiHandler,), {"engine_port": engine_port, "api_host": host})
