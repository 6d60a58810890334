"""What moto cannot show of the documents' bucket: conditional copies, and races through real transactions."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from teleconsult.documents import objects, rules, store
from teleconsult.documents.model import Document, DocumentStatus, DocumentType
from teleconsult.platform import aws, clock, dynamo, settings
from teleconsult.platform.dynamo import TransactionRefused
from tests import files

PDF = files.pdf()
OTHER = PDF.replace(b"72 72", b"99 99")


@pytest.fixture(autouse=True)
def nobody_listens(engine: Any) -> Iterator[None]:
    """The bucket's events go nowhere while these tests hold its objects in their hands."""
    s3, bucket = aws.client("s3"), settings.documents_bucket()
    told = s3.get_bucket_notification_configuration(Bucket=bucket)
    told.pop("ResponseMetadata")
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    yield
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=told)


def document(booking_id: str | None = None) -> Document:
    return Document(
        document_id=f"doc-{uuid4()}",
        booking_id=booking_id or f"b-{uuid4()}",
        name="Выписка.pdf",
        type=DocumentType.PDF,
        size=len(PDF),
        status=DocumentStatus.AWAITING_UPLOAD,
        created_at=clock.now(),
    )


def upload(about: Document, content: bytes) -> str:
    """What the presigned POST does: the upload's etag."""
    key = rules.incoming_key(about.booking_id, about.document_id)
    answer = aws.client("s3").put_object(Bucket=settings.documents_bucket(), Key=key, Body=content)
    return str(answer["ETag"].strip('"'))


def test_only_the_very_upload_that_was_looked_at_is_kept() -> None:
    about = document()
    looked_at = upload(about, PDF)
    present = upload(about, OTHER)
    assert objects.keep(about, looked_at) is False
    assert objects.keep(about, present) is True


def test_an_upload_that_is_gone_is_not_kept() -> None:
    about = document()
    looked_at = upload(about, PDF)
    objects.remove_document(about)
    assert objects.keep(about, looked_at) is False
    assert objects.arrived(about) is None


def test_of_many_documents_attached_at_once_ten_get_a_place() -> None:
    booking_id = f"b-{uuid4()}"

    def begun(each: Document) -> bool:
        try:
            dynamo.transact(store.begun(each, clock.now()))
        except TransactionRefused:
            return False
        return True

    with ThreadPoolExecutor(8) as people:
        taken = list(people.map(begun, [document(booking_id) for _ in range(24)]))
    assert taken.count(True) == len(store.of_booking(booking_id)) == rules.MOST_DOCUMENTS
