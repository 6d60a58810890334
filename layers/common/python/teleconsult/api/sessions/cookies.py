"""The cookies that sessions live in."""

from dataclasses import dataclass
from datetime import timedelta

from teleconsult.platform.errors import Unauthenticated
from teleconsult.platform.http import Access, Request


@dataclass(frozen=True, slots=True)
class Cookie:
    """Where a refresh token lives: no script reads it, no other site's page sends it, it goes to this part of
    the API alone. `path`: as the browser sees it, behind CloudFront. `lasts`: as long as the token."""

    name: str
    path: str
    lasts: timedelta

    def of(self, request: Request) -> str:
        """
        Raises:
            Unauthenticated: there is none.
        """
        if token := request.cookies.get(self.name):
            return token
        raise Unauthenticated

    def set(self, token: str) -> str:
        return self._written(token, int(self.lasts.total_seconds()))

    @property
    def cleared(self) -> str:
        return self._written("", 0)

    def _written(self, value: str, seconds: int) -> str:
        return f"{self.name}={value}; Path={self.path}; Max-Age={seconds}; HttpOnly; Secure; SameSite=Strict"


PATIENTS = Cookie(str(Access.SESSION), "/api/sign-in", timedelta(days=30))
STAFF = Cookie(str(Access.STAFF_SESSION), "/api/staff", timedelta(hours=12))
