"""What a tester wants, as the controls under `/sandbox` take it, and as it is chosen on the page."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from local.sandbox.faults import CALLS, KINDS, MOMENTS, Fault
from local.sandbox.messages import InvalidRequest
from local.sandbox.notifications import Webhook
from local.sandbox.outcomes import REASONS, Outcome

_MOST_TIMES = 20
_MOST_FAULTS = 1000
_LONGEST_DELAY = 86_400
_LARGEST_AMOUNT = 10**14 - 1
_STATUSES = ("succeeded", "canceled", "pending", "forbidden")
_ENDS = ("succeeded", "canceled")
_WEBHOOK = ("times", "delay_seconds", "out_of_order")


def webhook(body: Mapping[str, Any]) -> Webhook:
    """`{"webhook": {"times": 1, "delay_seconds": 0, "out_of_order": false}}`, all of it optional."""
    wanted = body.get("webhook", {})
    if not isinstance(wanted, dict):
        raise InvalidRequest("A webhook is an object", "webhook")
    _only(wanted, _WEBHOOK, "webhook")
    times = _whole_number(wanted.get("times", 1), _MOST_TIMES, "webhook.times")
    delay = _whole_number(wanted.get("delay_seconds", 0), _LONGEST_DELAY, "webhook.delay_seconds")
    out_of_order = wanted.get("out_of_order", False)
    if not isinstance(out_of_order, bool):
        raise InvalidRequest("true or false", "webhook.out_of_order")
    return Webhook(times, timedelta(seconds=delay), out_of_order)


def amount(body: Mapping[str, Any]) -> int | None:
    """`{"amount": 200000}`: kopecks that are paid instead of what was asked for."""
    value = body.get("amount")
    if value is None:
        return None
    if value == 0:
        raise InvalidRequest("A payment is above 0", "amount")
    return _whole_number(value, _LARGEST_AMOUNT, "amount")


def outcome(body: Mapping[str, Any]) -> Outcome:
    """`{"status": "pending", "reason": …, "seconds": 30, "then": "succeeded", "webhook": {…}}`."""
    _only(body, ("status", "reason", "seconds", "then", "webhook"), "")
    seconds = body.get("seconds")
    after = None if seconds is None else _whole_number(seconds, _LONGEST_DELAY, "seconds")
    return Outcome(
        _one_of(body.get("status", "succeeded"), _STATUSES, "status"),
        _one_of(body.get("reason", "general_decline"), REASONS, "reason"),
        None if after is None else timedelta(seconds=after),
        _one_of(body.get("then", "succeeded"), _ENDS, "then"),
        webhook(body),
    )


def fault(body: Mapping[str, Any]) -> Fault:
    """`{"call": "POST /refunds", "kind": "500", "about": …, "moment": …, "times": 1, "seconds": 30}`."""
    _only(body, ("call", "kind", "about", "moment", "times", "seconds"), "")
    about = body.get("about")
    if about is not None and not isinstance(about, str):
        raise InvalidRequest("The id of a payment, refund, receipt or booking", "about")
    times = _whole_number(body.get("times", 1), _MOST_FAULTS, "times")
    if times == 0:
        raise InvalidRequest("A fault happens at least once", "times")
    return Fault(
        _one_of(body.get("call"), CALLS, "call"),
        _one_of(body.get("kind"), KINDS, "kind"),
        about,
        _one_of(body.get("moment", "before"), MOMENTS, "moment"),
        times,
        _whole_number(body.get("seconds", 30), _LONGEST_DELAY, "seconds"),
    )


def chosen_webhook(form: Mapping[str, str]) -> Webhook:
    """How the notification comes, as ticked on the page."""
    match form.get("webhook", "once"):
        case "once":
            return Webhook()
        case "twice":
            return Webhook(times=2)
        case "never":
            return Webhook(times=0)
        case "out_of_order":
            return Webhook(out_of_order=True)
        case "late":
            return Webhook(delay=_seconds(form, "delay"))
    raise InvalidRequest("Choose how the notification comes", "webhook")


def chosen_amount(form: Mapping[str, str]) -> int | None:
    """`2000` or `2000,50` roubles written on the page, as kopecks; None where nothing was written."""
    text = form.get("amount", "").replace("\u00a0", "").replace(" ", "").replace(",", ".")
    if not text:
        return None
    whole, _, fraction = text.partition(".")
    if not (whole.isascii() and whole.isdecimal()) or (fraction and not fraction.isdecimal()):
        raise InvalidRequest("An amount in roubles", "amount")
    if len(fraction) > 2:
        raise InvalidRequest("A rouble has 100 kopecks", "amount")
    return amount({"amount": int(whole) * 100 + int(fraction.ljust(2, "0"))})


def chosen_outcome(form: Mapping[str, str]) -> Outcome:
    """How refunds end, as ticked on the page."""
    status = _one_of(form.get("refunds"), _STATUSES, "refunds")
    return Outcome(status, after=_seconds(form, "seconds") if status == "pending" else None)


def _seconds(form: Mapping[str, str], name: str) -> timedelta:
    text = form.get(name, "")
    if not (text.isascii() and text.isdecimal()):
        raise InvalidRequest("A number of seconds", name)
    return timedelta(seconds=_whole_number(int(text), _LONGEST_DELAY, name))


def _only(body: Mapping[str, Any], known: Collection[str], where: str) -> None:
    for name in body:
        if name not in known:
            raise InvalidRequest(f"Only {', '.join(known)}", where or name)


def _one_of(value: Any, allowed: Collection[str], parameter: str) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise InvalidRequest(f"One of: {', '.join(allowed)}", parameter)
    return value


def _whole_number(value: Any, most: int, parameter: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise InvalidRequest(f"A number from 0 to {most}", parameter)
    return value
