"""How a rule refuses a field, and how the refusals of many rules come together (§3: all errors at once)."""

from collections.abc import Callable, Sequence
from typing import NoReturn, ParamSpec, TypeVar

from teleconsult.platform.errors import FieldError, Invalid

P = ParamSpec("P")
T = TypeVar("T")


def refuse(path: str, code: str, message: str) -> NoReturn:
    """One field breaks one rule."""
    raise Invalid((FieldError(path, code, message),))


def collect(faults: list[FieldError], check: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
    """The result of a check; what it refuses is added to `faults` instead of being raised."""
    try:
        return check(*args, **kwargs)
    except Invalid as invalid:
        faults.extend(invalid.fields)
        return None


def sure(value: T | None) -> T:
    """What `settle` has let pass is there."""
    if value is None:
        raise AssertionError("a check neither refused nor answered")
    return value


def settle(faults: list[FieldError], shape: Sequence[FieldError] = ()) -> None:
    """Refuse all that was collected, if anything was.

    `shape`: faults known before the rules were asked. What the rules say of such a place, or of what is
    under it, is left out: they were shown nothing there.
    """
    told = {fault.path for fault in shape}
    found = [*shape, *(fault for fault in faults if told.isdisjoint(_above(fault.path)))]
    if found:
        raise Invalid(tuple(found))


def _above(path: str) -> list[str]:
    """`a.b.c`, `a.b`, `a`."""
    steps = path.split(".")
    return [".".join(steps[:length]) for length in range(len(steps), 0, -1)]
