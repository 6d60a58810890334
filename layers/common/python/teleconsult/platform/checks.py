"""How a rule refuses a field, and how the refusals of many rules come together (§3: all errors at once)."""

from collections.abc import Callable
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


def settle(faults: list[FieldError]) -> None:
    """Refuse all that was collected, if anything was."""
    if faults:
        raise Invalid(tuple(faults))
