"""What all tiers share."""

from collections import Counter

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The stories wait in real time, longer than any other file: the worker beside begins with the rest."""
    for item in items:
        if operation := getattr(item, "operation_label", None):
            item._id = item.id.with_params(operation)  # schemathesis names it, and pytest's id forgets that
    repeated = [name for name, times in Counter(item.nodeid for item in items).items() if times > 1]
    if repeated:
        raise pytest.UsageError(f"one id for several tests, of which workers run but one: {repeated}")
    items.sort(key=lambda item: item.path.name != "test_stories.py")
