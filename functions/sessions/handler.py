"""Signing in, going on, signing out. The browser speaks with us alone: tokens come from Cognito behind us."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsult.api import session_views as views
from teleconsult.api.session_views import (
    ChallengeForm,
    CodeForm,
    NothingForm,
    SessionForm,
    SignOutForm,
    StaffSignInForm,
    TotpForm,
)
from teleconsult.people import contacts
from teleconsult.platform import clock, settings
from teleconsult.platform.checks import collect, settle, sure
from teleconsult.platform.errors import FieldError, Forbidden, Unauthenticated
from teleconsult.platform.http import Access, Answer, Api, Request, as_json
from teleconsult.platform.observability import logger
from teleconsult.sessions import cognito, patients, rules, staff
from teleconsult.sessions.cognito import Challenge, Tokens

api = Api()


@dataclass(frozen=True, slots=True)
class _Cookie:
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


PATIENTS = _Cookie(str(Access.SESSION), "/api/sign-in", timedelta(days=30))
STAFF = _Cookie(str(Access.STAFF_SESSION), "/api/staff", timedelta(hours=12))


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event)


Run = Callable[[Request, Any], Any]


def _operation(route: str, **how: Any) -> Callable[[Run], Run]:
    """One of the API's operations, for pages of our own origin alone."""

    def add(run: Run) -> Run:
        @wraps(run)
        def guarded(request: Request, form: Any) -> Any:
            content_type = request.headers.get("content-type", "")
            if not rules.from_our_page(content_type, request.headers.get("origin"), settings.cabinet_url()):
                raise Forbidden("Войти можно только на сайте клиники")
            return run(request, form)

        return api.operation(route, largest_body=views.LARGEST_BODY, **how)(guarded)

    return add


@_operation("POST /sign-in/codes", form=CodeForm, answer=views.CodeSentView, status=202)
def send_sign_in_code(request: Request, form: CodeForm) -> views.CodeSentView:
    """Send a code to a mobile number. The answer is the same whether the number is known or not."""
    patients.send_code(contacts.mobile_phone(form.phone, "phone"), request.ip, clock.now())
    return views.code_sent()


@_operation("POST /sign-in/sessions", form=SessionForm, answer=views.TokenView, status=201)
def begin_session(request: Request, form: SessionForm) -> Answer:
    """Sign in by the code, which may be tried five times in ten minutes, or by the link to a booking that
    waits for its holder's consents or payment."""
    if form.booking is not None or form.link is not None:
        tokens = patients.by_link(form.booking or "", form.link or "", clock.now())
    else:
        faults: list[FieldError] = []
        phone = collect(faults, contacts.mobile_phone, form.phone, "phone")
        digits = collect(faults, rules.sms_code, form.code)
        settle(faults)
        tokens = patients.by_code(sure(phone), sure(digits), clock.now())
    return _begun(201, views.token(tokens), PATIENTS, tokens)


@_operation("POST /sign-in/refresh", form=NothingForm, answer=views.TokenView, access=Access.SESSION)
def refresh_session(request: Request, form: NothingForm) -> views.TokenView:
    """The next token of the session that the cookie is of."""
    return views.token(cognito.refreshed(settings.patients_pool(), PATIENTS.of(request)))


@_operation("POST /sign-in/sign-out", form=SignOutForm, answer=None, status=204)
def end_session(request: Request, form: SignOutForm) -> Answer:
    """End this session, or all of them. Tokens that are out count until their minutes are over."""
    return _ended(request, PATIENTS, settings.patients_pool(), form.everywhere)


@_operation("POST /staff/sign-in", form=StaffSignInForm, answer=views.StaffTokenView, status=201)
def begin_staff_session(request: Request, form: StaffSignInForm) -> Answer:
    """Sign one of the staff in; 200: something else has to be known first."""
    return _staff(staff.sign_in(form.email.strip(), form.password, request.ip, clock.now()))


@_operation("POST /staff/sign-in/challenge", form=ChallengeForm, answer=views.StaffTokenView, status=201)
def answer_challenge(request: Request, form: ChallengeForm) -> Answer:
    """Answer what was asked besides the password: with a new one, or with a one-time code."""
    asked = Challenge(form.challenge, form.session)
    given = form.answer if form.challenge == "new_password" else rules.typed(form.answer)
    return _staff(staff.answer(form.email.strip(), asked, given, request.ip, clock.now()))


@_operation("POST /staff/refresh", form=NothingForm, answer=views.StaffTokenView, access=Access.STAFF_SESSION)
def refresh_staff_session(request: Request, form: NothingForm) -> views.StaffTokenView:
    """The next token of the session that the cookie is of."""
    return views.staff_token(cognito.refreshed(settings.staff_pool(), STAFF.of(request)))


@_operation("POST /staff/sign-out", form=SignOutForm, answer=None, status=204)
def end_staff_session(request: Request, form: SignOutForm) -> Answer:
    """End this session, or all of them. Tokens that are out count until their minutes are over."""
    return _ended(request, STAFF, settings.staff_pool(), form.everywhere)


@_operation(
    "POST /staff/totp", form=NothingForm, answer=views.TotpView, status=201, access=Access.STAFF_SESSION
)
def begin_totp(request: Request, form: NothingForm) -> views.TotpView:
    """A secret for an authenticator; nothing has changed until its first code was confirmed."""
    return views.totp(staff.begin_totp(STAFF.of(request)))


@_operation(
    "POST /staff/totp/confirmation",
    form=TotpForm,
    answer=None,
    status=204,
    access=Access.STAFF_SESSION,
)
def confirm_totp(request: Request, form: TotpForm) -> None:
    """From now on every sign-in of this account asks for a one-time code."""
    staff.confirm_totp(STAFF.of(request), form.code)


def _begun(status: int, view: Any, cookie: _Cookie, tokens: Tokens) -> Answer:
    return Answer(status, as_json(view), cookies=(cookie.set(tokens.refresh_token or ""),))


def _staff(answer: Tokens | Challenge) -> Answer:
    if isinstance(answer, Challenge):
        return Answer(200, as_json(views.challenge(answer)))
    return _begun(201, views.staff_token(answer), STAFF, answer)


def _ended(request: Request, cookie: _Cookie, pool: tuple[str, str], everywhere: bool) -> Answer:
    if token := request.cookies.get(cookie.name):
        if everywhere:
            _end_all(pool, token)
        cognito.end(pool, token)
    return Answer(204, "", cookies=(cookie.cleared,))


def _end_all(pool: tuple[str, str], token: str) -> None:
    try:
        cognito.end_all(cognito.refreshed(pool, token).access_token)
    except Unauthenticated:
        return  # whose session is over cannot say whose others are to end
