"""Faults a tester wants: a call that answers 500, too late, or not at all, before or after it took effect."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.sandbox.messages import ApiError, Request, Response, read_json
from local.sandbox.state import State

if TYPE_CHECKING:
    from local.sandbox.shop import Shop

CALLS = tuple(
    f"{method} /{things}{which}"
    for things in ("payments", "refunds", "receipts")
    for method, which in (("POST", ""), ("GET", ""), ("GET", "/{id}"))
)
KINDS = ("500", "timeout", "cut")
MOMENTS = ("before", "after")

_PATH = re.compile(r"/v3/(payments|refunds|receipts)(?:/([\w-]+))?")
_ABOUT = ("payment_id", "refund_id")


class Cut(ConnectionError):
    """The connection ends without an answer."""


class Held(TimeoutError):
    """No answer for so many seconds, and then the connection ends."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"held for {seconds} s")
        self.seconds = seconds


@dataclass(frozen=True)
class Fault:
    """`about`: a payment's, refund's, receipt's or booking's id; None: whatever the request is about.

    `moment`: before the request takes effect, or after. `seconds`: how long a `timeout` holds the answer.
    """

    call: str
    kind: str
    about: str | None = None
    moment: str = "before"
    times: int = 1
    seconds: int = 30


class Faults:
    """What is to go wrong, first wanted first."""

    def __init__(self, state: State) -> None:
        self._state = state

    def want(self, fault: Fault) -> None:
        self._state.run(
            "INSERT INTO faults (call, about, kind, moment, times, seconds) VALUES (?, ?, ?, ?, ?, ?)",
            *(fault.call, fault.about, fault.kind, fault.moment, fault.times, fault.seconds),
        )

    def clear(self) -> None:
        self._state.run("DELETE FROM faults")

    def wanted(self) -> list[Fault]:
        """What has not happened yet."""
        return [_fault(row) for row in self._state.all("SELECT * FROM faults ORDER BY number")]

    def take(self, call: str, about: Callable[[], set[str]]) -> Fault | None:
        """The fault of this request, which has then happened once."""
        if not self._state.one("SELECT 1 FROM faults WHERE call = ?", call):
            return None
        with self._state.transaction():
            subjects = about()
            for row in self._state.all("SELECT * FROM faults WHERE call = ? ORDER BY number", call):
                if row["about"] is None or row["about"] in subjects:
                    self._state.run("UPDATE faults SET times = times - 1 WHERE number = ?", row["number"])
                    self._state.run("DELETE FROM faults WHERE times <= 0")
                    return _fault(row)
        return None


def faulty(shop: "Shop", request: Request, respond: Callable[[Request], Response]) -> Response:
    """The answer of an API call, unless a fault is wanted for it.

    Raises:
        Cut, Held: where no answer is wanted.
    """
    match = _PATH.fullmatch(request.path)
    if not match:
        return respond(request)
    call = f"{request.method} /{match[1]}{'/{id}' if match[2] else ''}"
    fault = shop.faults.take(call, lambda: set(_subjects(shop, request, match[2])))
    if fault is None:
        return respond(request)
    if fault.moment == "after":
        respond(request)
    if fault.kind == "cut":
        raise Cut("cut by the tester's wish")
    if fault.kind == "timeout":
        raise Held(fault.seconds)
    return ApiError(500, "internal_server_error", "Something went wrong").response()


def _subjects(shop: "Shop", request: Request, thing_id: str | None) -> Iterator[str]:
    """Every id the request names, and the booking of the payment it is about."""
    try:
        body = read_json(request)
    except ApiError:
        body = {}
    metadata = body.get("metadata")
    if isinstance(metadata, dict):
        yield from (value for value in metadata.values() if isinstance(value, str))
    named = [thing_id, *(source.get(name) for source in (body, request.query) for name in _ABOUT)]
    for each in named:
        if isinstance(each, str):
            yield each
            yield from shop.about(each)


def _fault(row: Any) -> Fault:
    return Fault(row["call"], row["kind"], row["about"], row["moment"], row["times"], row["seconds"])
