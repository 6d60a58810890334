"""Documents' objects in S3: `incoming/` is where uploads arrive, `documents/` is all that is ever read.

Whoever holds a presigned POST may use it again while it lives, so nothing under `incoming/` is trusted for
longer than one look: the very upload that was looked at is copied, under a key of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from botocore.exceptions import ClientError

from teleconsult.documents import rules
from teleconsult.documents.model import Document
from teleconsult.platform import aws, settings

_GONE = frozenset({"NoSuchKey", "404"})
_CHANGED = frozenset({"PreconditionFailed", "412"})


class Scan(StrEnum):
    """What the malware scanner says of a document."""

    CLEAN = "clean"  # or there is no scanner
    PENDING = "pending"
    NOT_CLEAN = "not_clean"


@dataclass(frozen=True, slots=True)
class Offer:
    """A presigned POST: a form with these fields and, last, `file`, sent to `url`."""

    url: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Link:
    """Where a document can be read until then."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Arrived:
    """An upload as it was found. `content`: empty where its size alone tells that it will not do."""

    etag: str
    content: bytes


def offer(document: Document) -> Offer:
    """A presigned POST for exactly what was declared: this key, this type, this size."""
    content_type = {"Content-Type": document.type.value}
    signed = aws.client("s3").generate_presigned_post(
        settings.documents_bucket(),
        rules.incoming_key(document.booking_id, document.document_id),
        Fields=dict(content_type),
        Conditions=[content_type, ["content-length-range", document.size, document.size]],
        ExpiresIn=int(rules.UPLOAD_LIFETIME.total_seconds()),
    )
    return Offer(url=signed["url"], fields=signed["fields"])


def link(document: Document, now: datetime) -> Link:
    """Where a ready document can be read: for 5 minutes, unless the function's own credentials end before.

    The object itself knows under which name it is saved: a name in the address would be in access logs.
    """
    url = aws.client("s3").generate_presigned_url(
        "get_object",
        Params={"Bucket": settings.documents_bucket(), "Key": _kept_key(document)},
        ExpiresIn=int(rules.LINK_LIFETIME.total_seconds()),
    )
    return Link(url=url, expires_at=now + rules.LINK_LIFETIME)


def scan(document: Document) -> Scan:
    """The scanner's verdict on the very object that would be read."""
    wanted = settings.scan_tag()
    if wanted is None:
        return Scan.CLEAN
    name, clean = wanted
    answer = aws.client("s3").get_object_tagging(Bucket=settings.documents_bucket(), Key=_kept_key(document))
    verdict = {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}.get(name)
    if verdict is None:
        return Scan.PENDING
    return Scan.CLEAN if verdict == clean else Scan.NOT_CLEAN


def arrived(document: Document) -> Arrived | None:
    """What lies under the document's incoming key, or None."""
    key = rules.incoming_key(document.booking_id, document.document_id)
    try:
        answer = aws.client("s3").get_object(Bucket=settings.documents_bucket(), Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in _GONE:
            return None
        raise
    content = answer["Body"].read() if answer["ContentLength"] == document.size else b""
    return Arrived(etag=answer["ETag"].strip('"'), content=content)


def keep(document: Document, etag: str) -> bool:
    """Copy this very upload to where it can be read; False: another one has taken its place, or it is gone.

    Without its tags: a scanner's verdict must be of the copy.
    """
    bucket = settings.documents_bucket()
    incoming = rules.incoming_key(document.booking_id, document.document_id)
    try:
        aws.client("s3").copy_object(
            Bucket=bucket,
            Key=rules.kept_key(document.booking_id, document.document_id, etag),
            CopySource={"Bucket": bucket, "Key": incoming},
            CopySourceIfMatch=f'"{etag}"',
            TaggingDirective="REPLACE",
            MetadataDirective="REPLACE",
            ContentType=document.type.value,
            ContentDisposition=rules.disposition(document),
        )
    except ClientError as error:
        if error.response["Error"]["Code"] in _GONE | _CHANGED:
            return False
        raise
    return True


def remove(key: str) -> None:
    """One object; none there is no error."""
    aws.client("s3").delete_object(Bucket=settings.documents_bucket(), Key=key)


def remove_document(document: Document) -> None:
    """Whatever was uploaded for a document, checked or not."""
    remove(rules.incoming_key(document.booking_id, document.document_id))
    if document.etag:
        remove(_kept_key(document))


def remove_all(booking_id: str) -> None:
    """Every object of a booking, those included that no row tells of."""
    pages = aws.client("s3").get_paginator("list_objects_v2")
    for prefix in rules.prefixes(booking_id):
        for page in pages.paginate(Bucket=settings.documents_bucket(), Prefix=prefix):
            for each in page.get("Contents", []):
                remove(each["Key"])


def _kept_key(document: Document) -> str:
    if document.etag is None:
        raise ValueError("nothing was found good for this document")
    return rules.kept_key(document.booking_id, document.document_id, document.etag)
