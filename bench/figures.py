"""What is made of measurements."""

import statistics
from collections.abc import Mapping, Sequence


def median(values: Sequence[float]) -> float:
    return round(statistics.median(values), 1)


def percentile(values: Sequence[float], share: int) -> float:
    """The smallest value that `share` percent of all do not exceed."""
    ordered = sorted(values)
    return round(ordered[-(-len(ordered) * share // 100) - 1], 1)


def net_medians(runs: Mapping[str, Sequence[float]], of_nothing: str) -> dict[str, float]:
    """The median of each program's runs beyond that of the one that does nothing."""
    bare = statistics.median(runs[of_nothing])
    return {name: round(statistics.median(times) - bare, 1) for name, times in runs.items()}
