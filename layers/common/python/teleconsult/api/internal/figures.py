"""How the clinic does, in figures."""

from teleconsult.api import figures_views
from teleconsult.api.internal.caller import ADMIN, OPERATOR, log
from teleconsult.figures import rules
from teleconsult.figures import store as figures
from teleconsult.platform.http import Access, Api, Request

api = Api()


@api.operation(
    "GET /internal/figures",
    answer=figures_views.FiguresView,
    access=Access.STAFF,
    groups=(OPERATOR, ADMIN),
    query=("from", "to"),
)
def show_figures(request: Request) -> figures_views.FiguresView:
    """Bookings by state, the funnel, no-shows and money of at most 366 days, as they were last counted."""
    first, last = rules.asked_days(request.query.get("from"), request.query.get("to"))
    log(request, "figures read", first=first.isoformat(), last=last.isoformat())
    return figures_views.figures(first, last, figures.between(first, last))
