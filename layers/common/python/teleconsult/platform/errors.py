"""Domain errors: `code` for programs, `message` in Russian for people. HTTP lives in `platform.http`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault of one field: `path` as `holder.phone`, what was typed stays with the caller."""

    path: str
    code: str
    message: str


class DomainError(Exception):
    """A rule said no."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


class Invalid(DomainError):
    """Input that breaks rules: every fault at once (§3)."""

    def __init__(self, fields: tuple[FieldError, ...]) -> None:
        super().__init__("invalid", "Проверьте заполнение полей")
        self.fields = fields


class NotFound(DomainError):
    """Nothing here, or nothing of the caller's: both sound the same."""

    def __init__(self, message: str = "Не найдено") -> None:
        super().__init__("not_found", message)


class Forbidden(DomainError):
    """The caller is known, and may not."""

    def __init__(self, message: str = "Недостаточно прав") -> None:
        super().__init__("forbidden", message)


class Unauthenticated(DomainError):
    """Nobody is signed in, or not any more: it takes signing in again."""

    def __init__(self) -> None:
        super().__init__("signed_out", "Вход не выполнен или закончился. Войдите снова")


class Conflict(DomainError):
    """The state of things does not allow it, now."""


class TooMany(DomainError):
    """A limit is reached; the same may be asked again once something has ended.

    `retry_after`: in how many seconds, where that is known.
    """

    def __init__(self, code: str, message: str, retry_after: int | None = None) -> None:
        super().__init__(code, message)
        self.retry_after = retry_after


class Unavailable(DomainError):
    """An outside service did not answer; the same request may be repeated."""
