"""The documents' bucket on moto, and what patients do to it: they upload, again and again."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from teleconsult.documents import rules
from teleconsult.documents.model import Document
from teleconsult.platform import aws

BUCKET = "documents"


@pytest.fixture(autouse=True)
def bucket(clinic: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCUMENTS_BUCKET", BUCKET)
    monkeypatch.delenv("SCAN_TAG", raising=False)
    region = {"LocationConstraint": "eu-central-1"}
    aws.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=region)
    aws.client("s3").meta.events.register("provide-client-params.s3.CopyObject", _source_matches)


def _source_matches(params: dict[str, Any], **_: Any) -> None:
    """moto copies whatever there is; S3 and the local engine look at `CopySourceIfMatch`."""
    present = aws.client("s3").head_object(**params["CopySource"])
    if params["CopySourceIfMatch"] != present["ETag"]:
        raise ClientError({"Error": {"Code": "PreconditionFailed"}}, "CopyObject")


def uploaded(document: Document, content: bytes) -> str:
    """What the presigned POST does: the object's key."""
    key = rules.incoming_key(document.booking_id, document.document_id)
    aws.client("s3").put_object(
        Bucket=BUCKET,
        Key=key,
        Body=content,
        ContentType=document.type.value,
        Tagging="forged=clean",
    )
    return key


def stored() -> list[str]:
    """The keys of all objects there are."""
    return [each["Key"] for each in aws.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def content(key: str) -> bytes:
    body: bytes = aws.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return body


def tag(key: str, name: str, value: str) -> None:
    """What the malware scanner does."""
    tags = {"TagSet": [{"Key": name, "Value": value}]}
    aws.client("s3").put_object_tagging(Bucket=BUCKET, Key=key, Tagging=tags)
