"""One address for the pages and the API, as the distribution of `infra/template.yaml` is on AWS.

Files come from the folder `web/` as it is at the moment, with the headers that the template declares;
`/api/…` and `/join/…` go to the API. The rules of addresses are those of the template's `WebRequest`.
"""

import gzip
import hashlib
import re
import urllib.parse
from collections.abc import Mapping
from pathlib import Path

from local import pages, template
from local.proxy import ApiHandler
from local.web import Handler

KEY_HEADER, VIEWER_HEADER = "X-Distribution-Key", "X-Viewer-Address"
_SMALLEST_PACKED = 1000  # bytes, as at CloudFront
_ROOM = re.compile(r"/(cabinet|console)(/[^.]*)?")
_PAGES = re.compile(r"(/cabinet|/console)?/index\.html")


def led_to(path: str) -> tuple[bool, str]:
    """Whether an address (without its query) is the API's, and what is asked there or which file it is."""
    if path.startswith("/api/"):
        return True, path[4:]
    if path.startswith("/join/"):
        return True, path
    if path == "/":
        return False, "/index.html"
    if room := _ROOM.fullmatch(path):
        return False, f"/{room[1]}/index.html"
    is_file = re.search(r"\.[a-z0-9]+$", path) is not None
    if not is_file or (path.endswith(".html") and not _PAGES.fullmatch(path)):
        return False, f"/{pages.NOT_FOUND}"
    return False, path


def headers(documents_origin: str) -> dict[str, tuple[str, bool]]:
    """What the template has the distribution add to each answer: by name, the value and whether it replaces
    what the answer says itself. `documents_origin`: of the bucket that documents are uploaded to.
    """
    policy = template.properties("WebHeaders")["ResponseHeadersPolicyConfig"]
    security = policy["SecurityHeadersConfig"]
    csp, transport = security["ContentSecurityPolicy"], security["StrictTransportSecurity"]
    source = csp["ContentSecurityPolicy"]["Sub"]
    local = source.replace("https://${DocumentsBucket.RegionalDomainName}", documents_origin)
    return {
        "Content-Security-Policy": (" ".join(local.split()), csp["Override"]),
        "X-Content-Type-Options": ("nosniff", security["ContentTypeOptions"]["Override"]),
        "X-Frame-Options": (security["FrameOptions"]["FrameOption"], security["FrameOptions"]["Override"]),
        "Referrer-Policy": (security["ReferrerPolicy"]["ReferrerPolicy"], True),
        "Strict-Transport-Security": (f"max-age={transport['AccessControlMaxAgeSec']}", True),
        **{own["Header"]: (own["Value"], own["Override"]) for own in policy["CustomHeadersConfig"]["Items"]},
    }


def edge_at(
    api: type[ApiHandler], documents_origin: str, distribution_key: str, folder: Path = pages.WEB
) -> type[Handler]:
    """A handler for pages of this folder and, behind them, for this API, which believes the key's holder."""
    added = headers(documents_origin)

    class EdgeHandler(api):  # type: ignore[valid-type, misc]
        def _serve(self) -> None:
            path, question, query = self.path.partition("?")
            is_api, target = led_to(path)
            if is_api:
                told = {KEY_HEADER: distribution_key, VIEWER_HEADER: self.client_address[0]}
                self.pass_on(target + question + query, told)
            elif self.command in ("GET", "HEAD"):
                _answer_file(self, folder, target)
            else:
                self.answer(403, "text/plain; charset=utf-8", "Здесь только страницы".encode())

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve

        def send_response(self, code: int, message: str | None = None) -> None:
            self._said: set[str] = set()
            super().send_response(code, message)

        def send_header(self, keyword: str, value: str) -> None:
            ours = next((each for each in added if each.lower() == keyword.lower()), None)
            if ours and added[ours][1]:
                return  # it comes from the policy
            self._said.add(keyword.lower())
            super().send_header(keyword, value)

        def end_headers(self) -> None:
            for name, (value, _) in added.items():
                if name.lower() not in self._said:
                    super().send_header(name, value)
            super().end_headers()

    return EdgeHandler


def _answer_file(handler: Handler, folder: Path, target: str) -> None:
    path = _within(folder, target)
    if path is None:
        handler.answer(404, "text/plain; charset=utf-8", "Нет такого файла".encode())
        return
    content = (folder / path).read_bytes()
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    said = {"Cache-Control": pages.cache_control(path)}
    packed = {}
    if pages.is_packed(path) and len(content) >= _SMALLEST_PACKED:
        said["Vary"] = "Accept-Encoding"
        if "gzip" in handler.headers.get("Accept-Encoding", ""):
            content, tag = gzip.compress(content, mtime=0), f"W/{tag}"
            packed["Content-Encoding"] = "gzip"
    if pages.status(path) == 200 and tag.removeprefix("W/") in _known(handler):
        _send(handler, 304, said, tag)
        return
    said |= {"Content-Type": pages.content_type(path), "Content-Length": str(len(content)), **packed}
    _send(handler, pages.status(path), said, tag)
    if handler.command != "HEAD":
        handler.wfile.write(content)


def _known(handler: Handler) -> set[str]:
    """The tags of what the browser has."""
    return {tag.strip().removeprefix("W/") for tag in handler.headers.get("If-None-Match", "").split(",")}


def _send(handler: Handler, status: int, said: Mapping[str, str], tag: str) -> None:
    handler.send_response(status)
    for name, value in {**said, "ETag": tag}.items():
        handler.send_header(name, value)
    handler.end_headers()


def _within(folder: Path, target: str) -> str | None:
    """The path of a file in this folder, however it was written; None: there is none, or it is elsewhere."""
    parts = urllib.parse.unquote(target).lstrip("/").split("/")
    if any(part.startswith(".") or "\0" in part for part in parts):
        return None
    root, file = folder.resolve(), (folder / "/".join(parts)).resolve()
    return file.relative_to(root).as_posix() if file.is_relative_to(root) and file.is_file() else None
