"""What signing in takes and tells."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import MaxLen

from teleconsult.platform.http import form
from teleconsult.sessions import rules
from teleconsult.sessions.cognito import Challenge, Tokens
from teleconsult.sessions.staff import Enrolment

_Short = Annotated[str, MaxLen(100)]
_Login = Annotated[str, MaxLen(254)]
_Secret = Annotated[str, MaxLen(256)]
_LARGEST_SESSION = 4096  # characters; Cognito's are up to 2,048

LARGEST_BODY = 8 * 1024  # bytes


@form()
class NothingForm:
    """An empty object: the cookie says all."""


@form("phone")
class CodeForm:
    """The mobile number that a code is sent to."""

    phone: _Short | None = None


@form()
class SessionForm:
    """Either `phone` and the `code` that was sent to it, or `booking` and the `link` that leads there (what
    stands behind `#` in it)."""

    phone: _Short | None = None
    code: _Short | None = None
    booking: _Short | None = None
    link: _Short | None = None


@form()
class SignOutForm:
    """`everywhere`: all sessions of this account, on whatever machine."""

    everywhere: bool = False


@form("email", "password")
class StaffSignInForm:
    """One of the staff."""

    email: _Login
    password: _Secret


@form("email", "session", "challenge", "answer")
class ChallengeForm:
    """`session` as it came with the challenge. `answer`: the new password, or the one-time code."""

    email: _Login
    session: Annotated[str, MaxLen(_LARGEST_SESSION)]
    challenge: Literal["new_password", "totp"]
    answer: _Secret


@form("code")
class TotpForm:
    """The one-time code that the authenticator shows for the new secret."""

    code: _Short


@dataclass(frozen=True, slots=True)
class CodeSentView:
    """How many seconds the code counts, and of how many digits it is. The same for every number."""

    expires_in: int
    digits: int


@dataclass(frozen=True, slots=True)
class TokenView:
    """An ID token, and how many seconds it counts. What brings the next one is in the cookie."""

    token: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class StaffTokenView:
    """The same for one of the staff: who they are, and the groups that say what they may."""

    token: str
    expires_in: int
    name: str
    groups: list[str]


@dataclass(frozen=True, slots=True)
class ChallengeView:
    """What has to be known besides the password: `new_password` or `totp`."""

    challenge: str
    session: str


@dataclass(frozen=True, slots=True)
class TotpView:
    """The secret for one-time codes, in base32, and as the address that an authenticator reads."""

    secret: str
    uri: str


def code_sent() -> CodeSentView:
    return CodeSentView(int(rules.LIFETIME.total_seconds()), rules.DIGITS)


def token(tokens: Tokens) -> TokenView:
    return TokenView(tokens.id_token, tokens.expires_in)


def staff_token(tokens: Tokens) -> StaffTokenView:
    claims = tokens.claims
    return StaffTokenView(
        token=tokens.id_token,
        expires_in=tokens.expires_in,
        name=claims.get("name") or claims["email"],
        groups=sorted(claims.get("cognito:groups", [])),
    )


def challenge(asked: Challenge) -> ChallengeView:
    return ChallengeView(asked.name, asked.session)


def totp(enrolment: Enrolment) -> TotpView:
    return TotpView(enrolment.secret, enrolment.uri)
