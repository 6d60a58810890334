"""What every DynamoDB request consumed, Step Functions' own included: one JSON line each.

Reads and writes are AWS's capacity units, indexes included; a transactional write costs two per KB.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ministack.services import dynamodb

_READS = ("_get_item", "_query", "_scan", "_batch_get_item", "_transact_get_items")
_WRITES = ("_put_item", "_update_item", "_delete_item", "_batch_write_item", "_transact_write_items")

_READ_UNIT_BYTES = 4096

Operation = Callable[[dict[str, Any]], tuple[int, dict[str, str], Any]]


def count_into(file: Path) -> None:
    """Append `{"at", "operation", "table", "index", "read", "write"}` for each table a request touches."""
    file.parent.mkdir(parents=True, exist_ok=True)
    for kind, names in (("read", _READS), ("write", _WRITES)):
        for name in names:
            setattr(dynamodb, name, _counted(getattr(dynamodb, name), kind, file))


def _of_batch(request: dict[str, Any], answer: dict[str, Any]) -> list[dict[str, Any]]:
    """What a BatchGetItem consumes, which the engine does not say: each key by itself, found or not."""
    consumed = []
    for table, items in answer.get("Responses", {}).items():
        asked = request["RequestItems"][table]
        sizes = [len(json.dumps(item)) for item in items]
        units = sum(-(-size // _READ_UNIT_BYTES) for size in sizes) + len(asked["Keys"]) - len(items)
        consumed.append(
            {"TableName": table, "CapacityUnits": units if asked.get("ConsistentRead") else units / 2}
        )
    return consumed


def _counted(operation: Operation, kind: str, file: Path) -> Operation:
    def counted(request: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
        asked = "ReturnConsumedCapacity" in request
        status, headers, body = operation({"ReturnConsumedCapacity": "TOTAL", **request})
        answer = json.loads(body)
        consumed = answer.get("ConsumedCapacity") or _of_batch(request, answer)
        with file.open("a") as lines:
            for each in consumed if isinstance(consumed, list) else [consumed]:
                line = {
                    "at": round(time.time(), 3),
                    "operation": operation.__name__.strip("_"),
                    "table": each["TableName"],
                    "index": request.get("IndexName"),
                    "read": each["CapacityUnits"] if kind == "read" else 0,
                    "write": each["CapacityUnits"] if kind == "write" else 0,
                }
                lines.write(json.dumps(line) + "\n")
        if asked:
            return status, headers, body
        answer.pop("ConsumedCapacity", None)
        return status, headers, json.dumps(answer).encode()

    return counted
