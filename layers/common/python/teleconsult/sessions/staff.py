"""One of the staff signs in: by a password, and by one-time codes where they have switched these on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn
from urllib.parse import quote, urlencode, urlsplit

from teleconsult.platform import settings
from teleconsult.platform.checks import refuse
from teleconsult.platform.errors import Unavailable
from teleconsult.platform.observability import count
from teleconsult.sessions import cognito, rules, store
from teleconsult.sessions.cognito import Challenge, Refused, Tokens


@dataclass(frozen=True, slots=True)
class _Question:
    """A challenge by its name here: Cognito's name of it, and of the field that takes the answer."""

    name: str
    field: str


QUESTIONS: Mapping[str, _Question] = {
    "new_password": _Question("NEW_PASSWORD_REQUIRED", "NEW_PASSWORD"),
    "totp": _Question("SOFTWARE_TOKEN_MFA", "SOFTWARE_TOKEN_MFA_CODE"),
}
_ASKED = {question.name: name for name, question in QUESTIONS.items()}

_WRONG = {
    "CodeMismatchException": ("wrong_code", "Неверный код. Введите тот, что показан сейчас"),
    "ExpiredCodeException": ("wrong_code", "Код устарел. Введите тот, что показан сейчас"),
    "EnableSoftwareTokenMFAException": ("wrong_code", "Неверный код. Введите тот, что показан сейчас"),
    "InvalidPasswordException": ("weak_password", "Этот пароль не подходит. Придумайте другой"),
}

# Cognito tells a first password that has run out from a wrong one by its words alone, which are not read.
_WRONG_PASSWORD = (
    f"Неверный адрес или пароль. Первый пароль действует {rules.FIRST_PASSWORD_DAYS} дня: если он устарел, "
    "обратитесь к администратору"
)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A secret for one-time codes, in base32, and the same for an authenticator to read."""

    secret: str
    uri: str


def sign_in(email: str, password: str, address: str, now: datetime) -> Tokens | Challenge:
    """The session of one of the staff, or the challenge, by its name here, that stands before it.

    Raises:
        Invalid: wrong password or no such account: it does not say which.
        TooMany: too many wrong ones, of this login or from this address on the net.
    """
    store.count_try(email, address, now)
    try:
        answer = cognito.by_password(settings.staff_pool(), email, password)
    except Refused:
        _refused("password", "wrong_password", _WRONG_PASSWORD)
    store.take_try_back(email, address, now)
    return _told(answer)


def answer(email: str, challenge: Challenge, given: str, address: str, now: datetime) -> Tokens | Challenge:
    """The session after an answer to a challenge, or the next one.

    Raises:
        Invalid: a wrong answer, a password that is too weak, a session that is over or another's.
        TooMany: too many wrong ones.
    """
    question = QUESTIONS[challenge.name]
    if challenge.name == "new_password" and rules.weak_password(given):
        refuse(
            "answer",
            "weak_password",
            f"Не меньше {rules.SHORTEST_PASSWORD} знаков, среди них строчные и заглавные буквы и цифры",
        )
    store.count_try(email, address, now)
    asked = Challenge(question.name, challenge.session)
    try:
        answered = cognito.by_answer(settings.staff_pool(), email, asked, question.field, given)
    except Refused as refused:
        if refused.code in _WRONG:
            _refused("answer", *_WRONG[refused.code])
        _refused("session", "session_over", "Вход не завершён вовремя. Начните его снова")
    store.take_try_back(email, address, now)
    return _told(answered)


def begin_totp(refresh_token: str) -> Enrolment:
    """Begin with one-time codes, for whoever a session is of.

    Raises:
        Unauthenticated: the session is over.
    """
    tokens = cognito.refreshed(settings.staff_pool(), refresh_token)
    secret = cognito.begin_totp(tokens.access_token)
    issuer = urlsplit(settings.cabinet_url()).hostname or "teleconsult"
    label = quote(f"{issuer}:{tokens.claims['email']}")
    return Enrolment(secret, f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer})}")


def confirm_totp(refresh_token: str, code: str) -> None:
    """From now on one-time codes are asked for at every sign-in.

    Raises:
        Unauthenticated: the session is over.
        Invalid: it is not the new secret's code.
    """
    tokens = cognito.refreshed(settings.staff_pool(), refresh_token)
    try:
        cognito.confirm_totp(tokens.access_token, rules.typed(code))
    except Refused:
        _refused("code", *_WRONG["CodeMismatchException"])


def _told(answer: Tokens | Challenge) -> Tokens | Challenge:
    if isinstance(answer, Tokens):
        count("SignedIn")
        return answer
    if answer.name not in _ASKED:
        raise Unavailable("challenge_unknown", "Этот способ входа здесь не поддерживается")
    return Challenge(_ASKED[answer.name], answer.session)


def _refused(field: str, code: str, message: str) -> NoReturn:
    count("SignInRefused")
    refuse(field, code, message)
