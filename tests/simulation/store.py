"""MiniStack's DynamoDB, called as Python functions: what botocore would cost is left out, its errors are not.

The tables are the template's. A seed starts with the catalogue alone in them.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any
from unittest import mock

import botocore.session
from botocore.errorfactory import ClientExceptionsFactory
from botocore.exceptions import ClientError
from ministack.services import dynamodb

Cross = Callable[[str, str, Callable[[], Any]], Any]
"""What carries an outside call: service, operation, and what it does. See `faults.Border`."""

Row = dict[str, Any]

NAMES = ("bookings", "patients", "ledger")
_WRITES = frozenset({"put_item", "update_item", "delete_item", "transact_write_items"})


class Store:
    """A client of DynamoDB; `written` is called after each write that was carried out."""

    def __init__(self, cross: Cross, written: Callable[[], None]) -> None:
        self._cross = cross
        self._written = written
        self._tokens = 0

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**request: Any) -> Any:
            if operation == "transact_write_items":  # botocore's own: the same for each of its repeats
                self._tokens += 1
                request.setdefault("ClientRequestToken", f"token-{self._tokens}")
            return self._cross("dynamodb", operation, lambda: self.perform(operation, request))

        setattr(self, operation, call)
        return call

    def perform(self, operation: str, request: Row) -> Any:
        """The call itself, past every fault.

        Raises:
            ClientError: as botocore raises it, its class too.
        """
        status, _, body = getattr(dynamodb, f"_{operation}")(request)
        answer = json.loads(body) if isinstance(body, bytes) else body
        if status != 200:
            raise client_error("dynamodb", operation, answer["__type"], answer)
        if operation in _WRITES:
            self._written()
        return answer


def client_error(service: str, operation: str, code: str, answer: Row | None = None) -> ClientError:
    """The error that botocore raises for an error answer, of the class in the service's model."""
    response: Any = {"Error": {"Code": code, "Message": (answer or {}).get("message", "")}, **(answer or {})}
    error: ClientError = _exceptions(service).from_code(code)(response, operation)
    return error


@contextmanager
def quick() -> Iterator[None]:
    """Spare the engine what costs time and changes nothing: to write answers as text and read them again, to
    take the same few expressions apart each time, to copy JSON as if it were anything."""

    def answered(content: Row, status: int = 200) -> tuple[int, Row, Row]:
        return status, {}, content

    with (
        mock.patch.object(dynamodb, "json_response", answered),
        mock.patch.object(dynamodb, "_tokenize", lambda expression: list(_tokens(expression))),
        mock.patch.object(dynamodb, "_condition_syntax_error", _syntax_error),
        mock.patch.object(dynamodb, "copy", SimpleNamespace(deepcopy=_copied)),
    ):
        yield


_tokens = cache(dynamodb._tokenize)
_syntax_error = cache(dynamodb._condition_syntax_error)


def _copied(content: Any) -> Any:
    if isinstance(content, dict):
        return {name: _copied(each) for name, each in content.items()}
    return [_copied(each) for each in content] if isinstance(content, list) else content


def empty(kept: dict[str, dict[str, Row]]) -> None:
    """Leave in the tables what `keep` found, and nothing else."""
    for name in NAMES:
        table = dynamodb._tables[name]
        table["items"] = defaultdict(dict, {pk: dict(rows) for pk, rows in kept.get(name, {}).items()})
        dynamodb._items_replaced(table)
    dynamodb._txn_idempotency._data.clear()


def keep() -> dict[str, dict[str, Row]]:
    """What is in the tables now, for `empty`."""
    return {name: {pk: dict(rows) for pk, rows in dynamodb._tables[name]["items"].items()} for name in NAMES}


def rows(table: str) -> Iterator[tuple[str, str, Row]]:
    """Every row of a table as plain values, with its keys; not an outside call."""
    for pk, items in dynamodb._tables[table]["items"].items():
        for sk, item in items.items():
            yield pk, sk, item


def plain(value: Row) -> Any:
    """A stored attribute as a plain value."""
    ((kind, content),) = value.items()
    match kind:
        case "N":
            return int(content)
        case "M":
            return {name: plain(each) for name, each in content.items()}
        case "L":
            return [plain(each) for each in content]
    return content


@cache
def _exceptions(service: str) -> Any:
    model = botocore.session.get_session().get_service_model(service)
    return ClientExceptionsFactory().create_client_exceptions(model)
