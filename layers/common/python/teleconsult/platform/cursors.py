"""Cursors of pages: where the next one starts, as a text that fits into an address."""

import base64

from teleconsult.platform.errors import FieldError, Invalid

_LONGEST = 200  # characters: a key of DynamoDB has an end, too


def write(place: str) -> str:
    """The cursor of a place within a list."""
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def read(cursor: str) -> str:
    """The place behind a cursor.

    Raises:
        Invalid: no page gave it.
    """
    try:
        if len(cursor) > _LONGEST:
            raise ValueError("no place of ours is as long")
        padded = cursor + "=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except ValueError as error:
        raise unknown() from error


def unknown() -> Invalid:
    """A cursor that no page gave."""
    return Invalid((FieldError("cursor", "cursor", "Неверная ссылка на страницу"),))
