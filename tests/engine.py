"""MiniStack's DynamoDB in the test's own process: no server, no socket, thousands of requests a second.

Requests are answered one at a time, each whole, as DynamoDB's are; between them threads come as they please.
"""

import threading
from collections.abc import Iterator
from typing import Any

from botocore.awsrequest import AWSResponse
from ministack.services import dynamodb

_one_at_a_time = threading.Lock()


def answer(client: Any) -> None:
    """Let the engine answer what this DynamoDB client asks."""
    client.meta.events.register("before-send.dynamodb", _answer)


class _Body:
    """What an AWSResponse reads its content from."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_how: Any) -> Iterator[bytes]:
        yield self._content


def _answer(request: Any, **_context: Any) -> AWSResponse:
    headers = {
        name.lower(): value if isinstance(value, str) else value.decode()
        for name, value in request.headers.items()
    }
    with _one_at_a_time:
        status, answered, content = _finish(dynamodb.handle_request("POST", "/", headers, request.body, {}))
    return AWSResponse(request.url, status, answered, _Body(content))


def _finish(coroutine: Any) -> Any:
    """The result of a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as finished:
        return finished.value
    raise AssertionError("the engine waited")
