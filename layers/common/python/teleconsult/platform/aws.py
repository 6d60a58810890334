"""AWS clients: each made once a process, with timeouts; no region or endpoint is named in code."""

import os
from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.loaders import Loader

_SERVICES = ["dynamodb", "secretsmanager", "sesv2", "sns", "stepfunctions"]

_CONFIG = Config(
    connect_timeout=2,
    read_timeout=8,
    retries={"mode": "standard", "total_max_attempts": 4},
)


class _KnownServices(Loader):
    """Looks the services up that we use, instead of listing botocore's 430 folders at every cold start."""

    def list_available_services(self, type_name: str) -> list[str]:
        return _SERVICES


@cache
def client(service: str) -> Any:
    """The botocore client of a service: what `boto3.client` returns, without boto3's own import time."""
    return _session().create_client(service, config=_CONFIG)


@cache
def _session() -> botocore.session.Session:
    session = botocore.session.get_session()
    session.register_component("data_loader", _KnownServices())
    return session


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # Lambda's init phase has a whole processor, the first request at 512 MB a third of one.
    client("dynamodb")
