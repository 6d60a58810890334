"""Tables as the real template declares them, for tests that need DynamoDB without the whole stack."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

_TEMPLATE = Path(__file__).parents[1] / "infra" / "template.yaml"
_RESOURCES = {"bookings": "BookingsTable", "patients": "PatientsTable", "ledger": "LedgerTable"}
_SHAPE = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short tags as plain values: the tables' shape uses none of them."""


_Loader.add_multi_constructor("!", lambda loader, _tag, node: None)


def create(client: Any, *names: str) -> None:
    """Create `bookings`, `patients`, `ledger` under these very names, with the template's shape."""
    for name in names:
        properties = declared(_RESOURCES[name])
        shape = {key: properties[key] for key in _SHAPE if key in properties}
        client.create_table(TableName=name, **shape)


def declared(resource: str) -> dict[str, Any]:
    """The properties of a resource, without what refers to others."""
    properties: dict[str, Any] = _resources()[resource]["Properties"]
    return properties


@cache
def _resources() -> dict[str, Any]:
    read: dict[str, Any] = yaml.load(_TEMPLATE.read_text(), _Loader)["Resources"]
    return read
