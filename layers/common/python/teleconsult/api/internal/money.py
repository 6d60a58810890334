"""The books, holders' balances, and refunds that an operator asks for."""

from teleconsult.api import views
from teleconsult.api.forms import OperatorRefundForm
from teleconsult.api.internal.caller import ADMIN, OPERATOR, entry_of, known_holder, log, staff_of
from teleconsult.ledger import rules as ledger_rules
from teleconsult.ledger import store as ledger
from teleconsult.payments import refunding
from teleconsult.payments.installation import provider
from teleconsult.platform import clock, ids, settings
from teleconsult.platform.http import Access, Api, Request
from teleconsult.refunds import store as refunds_store
from teleconsult.trail import store as trail

api = Api()


@api.operation(
    "GET /internal/ledger/trial-balance",
    answer=ledger.TrialBalance,
    access=Access.STAFF,
    groups=(OPERATOR, ADMIN),
)
def show_trial_balance(request: Request) -> ledger.TrialBalance:
    """The sums of all accounts by kind; `total` is 0 when the books are right."""
    return ledger.trial_balance()


@api.operation(
    "GET /internal/holders/{holder}/balance",
    answer=views.BalanceView,
    access=Access.STAFF,
    groups=(OPERATOR, ADMIN),
)
def show_balance_of_holder(request: Request) -> views.BalanceView:
    """What is on a holder's balance, in kopecks."""
    holder_id = known_holder(request)
    log(request, "balance read", holder_id=holder_id)
    return views.balance(holder_id, ledger.available(ledger_rules.balance(holder_id)))


@api.operation(
    "GET /internal/holders/{holder}/balance/statement",
    answer=ledger.StatementPage,
    access=Access.STAFF,
    groups=(OPERATOR, ADMIN),
    query=("cursor",),
)
def show_statement_of_holder(request: Request) -> ledger.StatementPage:
    """How a holder's balance came about, newest first; `next` is the cursor of the next page."""
    holder_id = known_holder(request)
    log(request, "statement read", holder_id=holder_id)
    return ledger.statement(holder_id, cursor=request.query.get("cursor"))


@api.operation(
    "POST /internal/holders/{holder}/refunds",
    form=OperatorRefundForm,
    answer=views.StaffRefundsView,
    status=201,
    access=Access.STAFF,
    groups=(OPERATOR,),
    creates=True,
)
def refund_to_holder(request: Request, form: OperatorRefundForm) -> views.StaffRefundsView:
    """Have money of a holder's balance go back, by the way it was paid: one refund for each payment it came
    from.

    The provider is asked at once. What has no answer yet is `asked` or `pending`, and is gone on with.
    """
    holder_id, now = known_holder(request), clock.now()
    request_id = ids.refund_request_id(
        settings.pepper(), holder_id, staff_of(request), request.idempotency_key
    )
    entry = entry_of(request, holder_id, "refund_asked", why=form.reason, refund=request_id)
    asked = refunding.ask(
        holder_id,
        form.amount,
        asked_by=staff_of(request),
        asked_for=form.asked_for(),
        idempotency_key=request.idempotency_key,
        now=now,
        also=[trail.entered(entry)],
    )
    log(request, "refund asked for", holder_id=holder_id, refunds=[each.refund_id for each in asked])
    return views.staff_refunds(refunding.carry_out_at_once(asked, provider(), now))


@api.operation(
    "GET /internal/holders/{holder}/refunds",
    answer=views.StaffRefundsView,
    access=Access.STAFF,
    groups=(OPERATOR, ADMIN),
    query=("cursor",),
)
def show_refunds_of_holder(request: Request) -> views.StaffRefundsView:
    """A holder's refunds, newest first; `next` is the cursor of the next page."""
    holder_id = known_holder(request)
    page = refunds_store.of_holder(holder_id, cursor=request.query.get("cursor"))
    log(request, "refunds read", holder_id=holder_id)
    return views.staff_refunds(page.refunds, page.next)
