"""How sessions begin and end, whosever they are: with a cookie that is set, or cleared."""

from typing import Any

from teleconsult.api.sessions.cookies import Cookie
from teleconsult.platform.http import Answer, Request, as_json
from teleconsult.sessions import cognito
from teleconsult.sessions.cognito import Tokens


def begun(view: Any, cookie: Cookie, tokens: Tokens) -> Answer:
    return Answer(201, as_json(view), cookies=(cookie.set(tokens.refresh_token or ""),))


def ended(request: Request, cookie: Cookie, pool: tuple[str, str], everywhere: bool) -> Answer:
    """
    Raises:
        Unauthenticated: they are to end everywhere, and the session that would say whose they are is over.
    """
    if everywhere:
        cognito.end_all(cognito.refreshed(pool, cookie.of(request)).access_token)
    if token := request.cookies.get(cookie.name):
        cognito.end(pool, token)
    return Answer(204, "", cookies=(cookie.cleared,))
