"""Sessions of holders."""

from teleconsult.api import session_views as views
from teleconsult.api.session_views import CodeForm, NothingForm, SessionForm, SignOutForm
from teleconsult.api.sessions.answers import begun, ended
from teleconsult.api.sessions.cookies import PATIENTS
from teleconsult.api.sessions.own_pages import OwnPages
from teleconsult.people import contacts
from teleconsult.platform import clock, settings
from teleconsult.platform.checks import collect, settle, sure
from teleconsult.platform.errors import FieldError
from teleconsult.platform.http import Access, Answer, Request
from teleconsult.sessions import cognito, patients, rules

api = OwnPages()


@api.operation("POST /sign-in/codes", form=CodeForm, answer=views.CodeSentView, status=202)
def send_sign_in_code(request: Request, form: CodeForm) -> views.CodeSentView:
    """Send a code to a mobile number. The answer is the same whether the number is known or not."""
    patients.send_code(contacts.mobile_phone(form.phone, "phone"), request.ip, clock.now())
    return views.code_sent()


@api.operation("POST /sign-in/sessions", form=SessionForm, answer=views.TokenView, status=201)
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
        tokens = patients.by_code(sure(phone), sure(digits), request.ip, clock.now())
    return begun(views.token(tokens), PATIENTS, tokens)


@api.operation("POST /sign-in/refresh", form=NothingForm, answer=views.TokenView, access=Access.SESSION)
def refresh_session(request: Request, form: NothingForm) -> views.TokenView:
    """The next token of the session that the cookie is of."""
    return views.token(cognito.refreshed(settings.patients_pool(), PATIENTS.of(request)))


@api.operation("POST /sign-in/sign-out", form=SignOutForm, answer=None, status=204)
def end_session(request: Request, form: SignOutForm) -> Answer:
    """End this session, or all of them. Tokens that are out count until their minutes are over."""
    return ended(request, PATIENTS, settings.patients_pool(), form.everywhere)
