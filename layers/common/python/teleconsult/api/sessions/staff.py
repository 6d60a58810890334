"""Sessions of the staff."""

from teleconsult.api import session_views as views
from teleconsult.api.session_views import ChallengeForm, NothingForm, SignOutForm, StaffSignInForm, TotpForm
from teleconsult.api.sessions.answers import begun, ended
from teleconsult.api.sessions.cookies import STAFF
from teleconsult.api.sessions.own_pages import OwnPages
from teleconsult.platform import clock, settings
from teleconsult.platform.http import Access, Answer, Request, as_json
from teleconsult.sessions import cognito, rules, staff
from teleconsult.sessions.cognito import Challenge, Tokens

api = OwnPages()


@api.operation("POST /staff/sign-in", form=StaffSignInForm, answer=views.StaffTokenView, status=201)
def begin_staff_session(request: Request, form: StaffSignInForm) -> Answer:
    """Sign one of the staff in; 200: something else has to be known first."""
    return _told(staff.sign_in(form.email.strip(), form.password, request.ip, clock.now()))


@api.operation("POST /staff/sign-in/challenge", form=ChallengeForm, answer=views.StaffTokenView, status=201)
def answer_challenge(request: Request, form: ChallengeForm) -> Answer:
    """Answer what was asked besides the password: with a new one, or with a one-time code."""
    asked = Challenge(form.challenge, form.session)
    given = form.answer if form.challenge == "new_password" else rules.typed(form.answer)
    return _told(staff.answer(form.email.strip(), asked, given, request.ip, clock.now()))


@api.operation(
    "POST /staff/refresh", form=NothingForm, answer=views.StaffTokenView, access=Access.STAFF_SESSION
)
def refresh_staff_session(request: Request, form: NothingForm) -> views.StaffTokenView:
    """The next token of the session that the cookie is of."""
    return views.staff_token(cognito.refreshed(settings.staff_pool(), STAFF.of(request)))


@api.operation("POST /staff/sign-out", form=SignOutForm, answer=None, status=204)
def end_staff_session(request: Request, form: SignOutForm) -> Answer:
    """End this session, or all of them. Tokens that are out count until their minutes are over."""
    return ended(request, STAFF, settings.staff_pool(), form.everywhere)


@api.operation(
    "POST /staff/totp", form=NothingForm, answer=views.TotpView, status=201, access=Access.STAFF_SESSION
)
def begin_totp(request: Request, form: NothingForm) -> views.TotpView:
    """A secret for an authenticator; nothing has changed until its first code was confirmed."""
    return views.totp(staff.begin_totp(STAFF.of(request)))


@api.operation(
    "POST /staff/totp/confirmation",
    form=TotpForm,
    answer=None,
    status=204,
    access=Access.STAFF_SESSION,
)
def confirm_totp(request: Request, form: TotpForm) -> None:
    """From now on every sign-in of this account asks for a one-time code."""
    staff.confirm_totp(STAFF.of(request), form.code)


def _told(answer: Tokens | Challenge) -> Answer:
    if isinstance(answer, Challenge):
        return Answer(200, as_json(views.challenge(answer)))
    return begun(views.staff_token(answer), STAFF, answer)
