"""Operations for pages of our own origin alone: what they set and read is a cookie."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from teleconsult.api import session_views as views
from teleconsult.platform import settings
from teleconsult.platform.errors import Forbidden
from teleconsult.platform.http import Api, Request
from teleconsult.sessions import rules

Run = TypeVar("Run", bound=Callable[..., Any])


class OwnPages(Api):
    """Refuses whatever a page of another site may have sent."""

    def operation(self, route: str, **how: Any) -> Callable[[Run], Run]:
        add_guarded = super().operation(route, largest_body=views.LARGEST_BODY, **how)

        def add(run: Run) -> Run:
            @wraps(run)
            def guarded(request: Request, form: Any) -> Any:
                content_type = request.headers.get("content-type", "")
                if not rules.from_our_page(
                    content_type, request.headers.get("origin"), settings.cabinet_url()
                ):
                    raise Forbidden("Войти можно только на сайте клиники")
                return run(request, form)

            add_guarded(guarded)
            return run

        return add
