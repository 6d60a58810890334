"""The holder's balance and refunds."""

from teleconsult.api import views
from teleconsult.api.forms import RefundForm
from teleconsult.api.public.caller import holder_of
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.payments import refunding
from teleconsult.payments.installation import provider
from teleconsult.platform import clock
from teleconsult.platform.http import Access, Api, Request
from teleconsult.refunds import store as refunds_store

api = Api()


@api.operation("GET /me/balance", answer=views.BalanceView, access=Access.HOLDER)
def show_my_balance(request: Request) -> views.BalanceView:
    """What is on the holder's balance, in kopecks."""
    holder_id = holder_of(request)
    return views.balance(holder_id, ledger.available(ledger_rules.balance(holder_id)))


@api.operation(
    "GET /me/balance/statement", answer=ledger.StatementPage, access=Access.HOLDER, query=("cursor",)
)
def show_my_statement(request: Request) -> ledger.StatementPage:
    """How the balance came about, newest first; `next` is the cursor of the next page."""
    return ledger.statement(holder_of(request), cursor=request.query.get("cursor"))


@api.operation(
    "POST /me/refunds",
    form=RefundForm,
    answer=views.RefundsView,
    status=201,
    access=Access.HOLDER,
    creates=True,
)
def ask_for_refund(request: Request, form: RefundForm) -> views.RefundsView:
    """Have money of the balance back, by the way it was paid: one refund for each payment it came from.

    The provider is asked at once. What has no answer yet is `asked` or `pending`, and is gone on with.
    """
    holder_id, now = holder_of(request), clock.now()
    asked = refunding.ask(
        holder_id,
        form.amount,
        asked_by=holder_id,
        asked_for=None,
        idempotency_key=request.idempotency_key,
        now=now,
    )
    return views.refunds(refunding.carry_out_at_once(asked, provider(), now))


@api.operation("GET /me/refunds", answer=views.RefundsView, access=Access.HOLDER, query=("cursor",))
def show_my_refunds(request: Request) -> views.RefundsView:
    """The holder's refunds, newest first; `next` is the cursor of the next page."""
    page = refunds_store.of_holder(holder_of(request), cursor=request.query.get("cursor"))
    return views.refunds(page.refunds, page.next)
