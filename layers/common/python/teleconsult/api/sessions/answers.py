"""How sessions begin and end, whosever they are: with a cookie that is set, or cleared."""

from typing import Any

from teleconsult.api.sessions.cookies import Cookie
from teleconsult.platform.errors import Unauthenticated
from teleconsult.platform.http import Answer, Request, as_json
from teleconsult.sessions import cognito
from teleconsult.sessions.cognito import Tokens


def begun(view: Any, cookie: Cookie, tokens: Tokens) -> Answer:
    return Answer(201, as_json(view), cookies=(cookie.set(tokens.refresh_token or ""),))


def ended(request: Request, cookie: Cookie, pool: tuple[str, str], everywhere: bool) -> Answer:
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
