"""Who did what with a booking or a holder, and what was told of it."""

from teleconsult.api import desk_views
from teleconsult.api.forms import WhyForm
from teleconsult.api.internal.caller import ADMIN, OPERATOR, entry_of, known_holder, log
from teleconsult.booking import store as bookings
from teleconsult.desk import history
from teleconsult.notices import outbox
from teleconsult.notices.retrying import send_again
from teleconsult.platform import clock
from teleconsult.platform.http import Access, Api, Request
from teleconsult.trail import store as trail

api = Api()


@api.operation(
    "GET /internal/bookings/{booking}/trail",
    answer=desk_views.TrailView,
    access=Access.STAFF,
    groups=(OPERATOR, ADMIN),
    query=("cursor",),
)
def show_trail_of_booking(request: Request) -> desk_views.TrailView:
    """Who did what with a booking, when and why, newest first; `next` is the cursor of the next page."""
    record = bookings.load(request.path["booking"])
    log(request, "trail read", booking_id=record.booking.booking_id)
    return desk_views.trail(history.of_booking(record, request.query.get("cursor")))


@api.operation(
    "GET /internal/holders/{holder}/trail",
    answer=desk_views.TrailView,
    access=Access.STAFF,
    groups=(OPERATOR, ADMIN),
    query=("cursor",),
)
def show_trail_of_holder(request: Request) -> desk_views.TrailView:
    """Who did what with a holder's money, or read of their people; newest first."""
    holder_id = known_holder(request)
    log(request, "trail read", holder_id=holder_id)
    return desk_views.trail(trail.of(holder_id, cursor=request.query.get("cursor")))


@api.operation(
    "GET /internal/bookings/{booking}/notices",
    answer=desk_views.NoticesView,
    access=Access.STAFF,
    groups=(OPERATOR,),
)
def show_notices(request: Request) -> desk_views.NoticesView:
    """What was told of a booking, the oldest first, and how each message ended."""
    booking_id = bookings.load(request.path["booking"]).booking.booking_id
    return desk_views.notices(outbox.of_booking(booking_id))


@api.operation(
    "POST /internal/bookings/{booking}/notices/{notice}/retries",
    form=WhyForm,
    answer=desk_views.NoticeView,
    status=201,
    access=Access.STAFF,
    groups=(OPERATOR,),
)
def send_notice_again(request: Request, form: WhyForm) -> desk_views.NoticeView:
    """Have what failed of a notice sent again, for another day."""
    booking_id, notice_id = request.path["booking"], request.path["notice"]
    entry = entry_of(request, booking_id, "notice_sent_again", why=form.why, notice=notice_id)
    sent = send_again(booking_id, notice_id, trail.entered(entry), clock.now())
    log(request, "notice sent again", booking_id=booking_id, notice=sent.key)
    return desk_views.notice(sent)
