"""Read and write units that the local stack's engine counted, from its tally file."""

import json
import time
from dataclasses import dataclass
from pathlib import Path

_QUIET_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Units:
    """DynamoDB's capacity units, of all tables and their indexes."""

    read: float
    write: float


class Tally:
    """The engine appends one line for each table that a request touches."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def position(self) -> int:
        return self._file.stat().st_size if self._file.exists() else 0

    def since(self, position: int, without_index: str | None = None) -> Units:
        with self._file.open("rb") as lines:
            lines.seek(position)
            requests = [json.loads(line) for line in lines if line.endswith(b"\n")]
        counted = [each for each in requests if not without_index or each["index"] != without_index]
        return Units(sum(each["read"] for each in counted), sum(each["write"] for each in counted))

    def settle(self) -> None:
        """Wait until nothing has been counted for a while: notices go out after the workflow has ended."""
        position, quiet_since = self.position(), time.monotonic()
        while time.monotonic() - quiet_since < _QUIET_SECONDS:
            time.sleep(0.2)
            if (now := self.position()) != position:
                position, quiet_since = now, time.monotonic()
