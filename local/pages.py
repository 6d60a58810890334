"""The files of `web/`: what each is served with, by S3 and CloudFront and on this machine alike."""

import mimetypes
from collections.abc import Iterator
from pathlib import Path

from local.processes import REPOSITORY

WEB = REPOSITORY / "web"
NOT_FOUND = "404.html"

# A file's name stays when its content changes, so what a browser keeps must age fast: a page is asked for
# each time (304 by its ETag), what it loads is kept for a minute, enough for the way from page to page. The
# edge keeps both for a day, since whatever is published is invalidated there.
_PAGE = "public, max-age=0, must-revalidate, s-maxage=86400"
_REST = "public, max-age=60, s-maxage=86400"

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json; charset=utf-8",
    ".webmanifest": "application/manifest+json; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
    ".ico": "image/x-icon",
}
_PACKED = ("text/", "image/svg+xml", "application/json", "application/manifest+json", "image/x-icon")


def files(folder: Path = WEB) -> Iterator[str]:
    """The paths of all that is published, relative to the folder; hidden files are not."""
    for file in sorted(folder.rglob("*")):
        path = file.relative_to(folder)
        if file.is_file() and not any(part.startswith(".") for part in path.parts):
            yield path.as_posix()


def content_type(path: str) -> str:
    """By the name's ending; of the machine's own table for what is rare, bytes for what nobody knows."""
    suffix = Path(path).suffix.lower()
    return _TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"


def cache_control(path: str) -> str:
    """How long browsers and the edge may keep it."""
    return _PAGE if path.endswith(".html") else _REST


def is_packed(path: str) -> bool:
    """Whether CloudFront compresses a file of this type."""
    return content_type(path).startswith(_PACKED)


def status(path: str) -> int:
    """What is answered with it: 404 for the page of unknown addresses."""
    return 404 if path == NOT_FOUND else 200
