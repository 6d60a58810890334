"""What requests to DynamoDB cost, by its answers: of queries the local engine does not say what AWS would."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ministack.services.dynamodb import _item_size_bytes

from teleconsult.platform import aws

_READ_UNIT_BYTES = 4096

Note = Callable[[str, Mapping[str, Any], bool], None]
"""Is told an operation, its answer, and whether it was a consistent read."""


def read_units(found: Iterable[Any], consistent: bool) -> float:
    """As DynamoDB charges: a query by the size of all it found, a GetItem at least for one unit."""
    size: int = sum(map(_item_size_bytes, found))
    return max(-(-size // _READ_UNIT_BYTES), 1) / (1 if consistent else 2)


@contextmanager
def listening(note: Note) -> Iterator[None]:
    """Each answer of DynamoDB inside is noted. It says its units, of all that the engine counts by itself."""
    events = aws.client("dynamodb").meta.events

    def want(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        params["ReturnConsumedCapacity"] = "TOTAL"
        context["consistent"] = params.get("ConsistentRead", False)

    def hear(parsed: Mapping[str, Any], model: Any, context: Mapping[str, Any], **_: Any) -> None:
        note(model.name, parsed, context["consistent"])

    events.register("provide-client-params.dynamodb", want)
    events.register("after-call.dynamodb", hear)
    try:
        yield
    finally:
        events.unregister("provide-client-params.dynamodb", want)
        events.unregister("after-call.dynamodb", hear)
