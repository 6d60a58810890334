"""AWS clients: each made once a process, with timeouts; no region or endpoint is named in code."""

import os
from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.loaders import Loader

_SERVICES = ["cognito-idp", "dynamodb", "s3", "secretsmanager", "sesv2", "sns", "stepfunctions"]

_CONFIG = Config(
    connect_timeout=2,
    read_timeout=8,
    retries={"mode": "standard", "total_max_attempts": 4},
)

_OF_SERVICE = {
    # What `platform.dynamo` sends has the right form by its making, and DynamoDB looks at it again:
    # botocore's look took a third of the time that asking for hundreds of items takes.
    "dynamodb": Config(parameter_validation=False),
    # What does not go out is tried again later: no message holds up the others for half a minute.
    "sns": Config(retries={"mode": "standard", "total_max_attempts": 1}),
    "sesv2": Config(retries={"mode": "standard", "total_max_attempts": 1}),
    # A bucket with a KMS key wants signatures of version 4; addresses handed out lead to the region itself,
    # as the pages' policy names it: in us-east-1 botocore would sign for an address without the region.
    "s3": Config(
        signature_version="s3v4",
        s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
    ),
}


class _KnownServices(Loader):
    """Looks the services up that we use, instead of listing botocore's 430 folders at every cold start."""

    def list_available_services(self, type_name: str) -> list[str]:
        return _SERVICES


@cache
def client(service: str) -> Any:
    """The botocore client of a service: what `boto3.client` returns, without boto3's own import time."""
    config = _CONFIG.merge(_OF_SERVICE[service]) if service in _OF_SERVICE else _CONFIG
    return _session().create_client(service, config=config)


@cache
def _session() -> botocore.session.Session:
    session = botocore.session.get_session()
    session.register_component("data_loader", _KnownServices())
    return session


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # Lambda's init phase has a whole processor, the first request at 512 MB a third of one.
    client("dynamodb")
