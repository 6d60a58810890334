"""`python -m bench` (`make bench`): measures, prints, and writes `bench/results/latest.json`."""

import json
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import bookings, cold_import, counting, ledger, ready, slots, stories, sweeps
from local.demo.patience import Patience
from local.demo.world import meet
from local.progress import Trouble, paint
from local.stack import temporary

RESULTS = Path(__file__).parent / "results" / "latest.json"
_BEGAN = time.monotonic()

# The local stack counts the figures each minute; elsewhere it is no part of what a story costs.
_FIGURES_AT_NIGHT = {"FiguresSchedule": "cron(40 20 * * ? *)"}


def main(arguments: list[str]) -> int:
    """One of the parts is measured alone then; the rest stays as it was."""
    try:
        figures = _measured_before() | _part(arguments[0]) if arguments else _measure()
    except Trouble as trouble:
        print(paint(str(trouble), 31), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nИзмерения прерваны, прежние результаты остались.", file=sys.stderr)
        return 130
    for name, value in flat(figures):
        print(f"{name:50} {value}")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(figures, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return 0


def _part(name: str) -> dict[str, Any]:
    if name not in _PARTS:
        raise Trouble(f"Отдельно измеряются: {', '.join(_PARTS)}")
    return _PARTS[name]()


def _measured_before() -> dict[str, Any]:
    figures: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return figures


def flat(figures: Mapping[str, Any], above: str = "") -> list[tuple[str, Any]]:
    """`{"a": {"b": 1}}` as `a.b`."""
    lines = []
    for name, value in figures.items():
        if isinstance(value, Mapping):
            lines += flat(value, f"{above}{name}.")
        else:
            lines.append((above + name, value))
    return lines


def _measure() -> dict[str, Any]:
    """Part after part, nothing beside anything else."""
    figures: dict[str, Any] = {
        "measured_on": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
    }
    for measure in _PARTS.values():
        figures |= measure()
    return figures


def _imports() -> dict[str, Any]:
    floor, imports = cold_import.measure(_tell)
    return {"cold_import_floor_ms": floor, "cold_import_ms": imports}


def _stories() -> dict[str, Any]:
    with temporary(quiet=True, parameters=_FIGURES_AT_NIGHT) as stack:
        world = meet(stack, Patience())
        teller = stories.Teller(stack, world, _tell)
        idle = teller.idle()
        tales = {
            "held": teller.held,
            "not_held": teller.not_held,
            "not_held_by_sweep": teller.not_held_by_sweep,
        }
        return {
            "stories": {name: asdict(tale()) for name, tale in tales.items()},
            "idle_units_a_minute": asdict(idle),
            "post_bookings_ms": bookings.measure(world, _tell),
        }


def _get_slots() -> dict[str, Any]:
    """On stacks of its own, since it loads another catalogue: one that counts, one that only answers."""
    measured = {}
    for name, counted in (("reads", True), ("time", False)):
        with temporary(quiet=True, counted=counted) as stack:
            measured[name] = slots.measure(stack, meet(stack, Patience()), _tell)
    return measured


# What needs a quiet machine comes first.
_PARTS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "imports": _imports,
    "ready": lambda: {"ready_seconds": ready.measure(_tell)},
    "stories": _stories,
    "slots": lambda: {"get_slots": _get_slots()},
    "ledger": lambda: {"ledger": ledger.measure(_tell)},
    "sweeps": lambda: {"sweeps": sweeps.measure(_tell)},
    "figures": lambda: {"figures": counting.measure(_tell)},
}


def _tell(what: str) -> None:
    print(f"[{time.monotonic() - _BEGAN:5.1f} с] {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
