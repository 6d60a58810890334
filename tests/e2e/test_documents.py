"""Documents through HTTP, IAM enforced (S9): sent to the bucket, looked at, read by whom they are for."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import pytest
import urllib3

from local.demo.story import load
from local.demo.web import Answer
from local.demo.world import SOON, Booked, World, booked, moment
from local.stack import Stack
from teleconsult.documents.model import DocumentType
from tests import files
from tests.files import send

DOCTOR = "d-sokolova"
PDF = files.pdf()
NOT_A_PDF = b"MZ" + PDF[2:]
FILE = {"name": "Выписка из ЛПУ.pdf", "type": "application/pdf", "size": len(PDF)}

http = urllib3.PoolManager(retries=False)


class Side:
    """The patient's side of one booking: its documents, and the bucket that they are sent to."""

    def __init__(self, world: World, prefix: str, booking_id: str, **shown: Any) -> None:
        self.booking_id = booking_id
        self._world, self._shown = world, shown
        self._url = f"{world.api_url}{prefix}/bookings/{booking_id}/documents"

    def call(self, method: str, document: str = "", content: Any = None, key: str | None = None) -> Answer:
        headers = {"Idempotency-Key": key or str(uuid4()), **self._shown.get("headers", {})}
        url = self._url + (f"/{document}" if document else "")
        return self._world.web.call(method, url, content, token=self._shown.get("token"), headers=headers)

    def attach(self, file: Mapping[str, Any] = FILE, key: str | None = None) -> dict[str, Any]:
        made: dict[str, Any] = self.call("POST", content=file, key=key).expect(201)
        return made

    def listed(self) -> dict[str, dict[str, Any]]:
        documents = self.call("GET").expect(200)["documents"]
        return {each["document"]: each for each in documents}

    def until(self, document: str, status: str) -> dict[str, Any]:
        """The document, once it has this status."""

        def look() -> dict[str, Any] | None:
            shown = self.listed()[document]
            return shown if shown["status"] == status else None

        return self._world.patience.until(f"документ {status}", look, SOON)

    def ready(self) -> str:
        made = self.attach()
        assert send(made, PDF).status == 204
        self.until(made["document"], "ready")
        return str(made["document"])


@pytest.fixture
def made(world: World) -> Booked:
    story = load()[0]
    slot = world.free_slot(DOCTOR, "first")
    holder = world.holder(story.given["form"]["holder"])
    form = world.form(story, slot, doctor=DOCTOR, holder=holder, consents=world.consents)
    return booked(world.site.book(form, str(uuid4())).expect(201), slot, form)


@pytest.fixture
def side(world: World, made: Booked) -> Side:
    return Side(world, "", made.booking_id, headers={"X-Booking-Capability": made.capability or ""})


@pytest.fixture
def keys(stack: Stack, made: Booked) -> Callable[[], list[str]]:
    """The objects there are of this booking."""
    s3, bucket = stack.client("s3"), stack.outputs["DocumentsBucketName"]

    def look() -> list[str]:
        listed = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        return [each["Key"] for each in listed if made.booking_id in each["Key"]]

    return look


@pytest.mark.parametrize("kind", DocumentType)
def test_a_file_of_each_type_is_sent_looked_at_and_read(side: Side, kind: DocumentType) -> None:
    content, name = files.GOOD[kind], f"Файл «{kind.name}» 5%"
    document = side.attach({"name": name, "type": kind.value, "size": len(content)})
    assert send(document, content).status == 204
    side.until(document["document"], "ready")
    link = side.call("GET", document["document"]).expect(200)
    read = http.request("GET", link["url"])
    assert (read.status, read.data, read.headers["Content-Type"]) == (200, content, kind.value)
    saved = read.headers["Content-Disposition"]
    assert saved.startswith("attachment;")
    assert unquote(saved.rpartition("''")[2]).startswith(name)
    left = moment(link["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=4) < left <= timedelta(minutes=5)


def test_what_was_not_declared_the_bucket_itself_refuses(side: Side) -> None:
    made = side.attach()
    assert send(made, PDF + b"\n").status == 400
    assert send(made, PDF[:-1]).status == 400
    assert send(made, PDF, **{"Content-Type": "text/html"}).status == 403
    assert send(made, PDF, key="documents/" + made["upload"]["fields"]["key"]).status == 403
    assert send(made, PDF, **{"x-amz-tagging": "<Tagging/>"}).status == 403
    assert send(made, PDF, **{"x-amz-signature": "0" * 64}).status == 403
    assert side.listed()[made["document"]]["status"] == "awaiting_upload"


def test_more_than_20_megabytes_are_not_even_offered(side: Side) -> None:
    refused = side.call("POST", content={**FILE, "size": 20 * 1024**2 + 1}).expect(422)
    assert [fault["path"] for fault in refused["error"]["fields"]] == ["size"]


def test_a_file_of_20_megabytes_is_taken(side: Side) -> None:
    content = PDF + b"%" * (20 * 1024**2 - len(PDF))
    made = side.attach({**FILE, "size": len(content)})
    assert send(made, content).status == 204
    side.until(made["document"], "ready")


def test_wrong_bytes_are_removed_and_the_patient_is_told_by_mail(
    world: World, side: Side, made: Booked, keys: Callable[[], list[str]]
) -> None:
    document = side.attach()
    send(document, NOT_A_PDF)
    shown = side.until(document["document"], "refused")
    assert "не соответствует" in shown["reason"]
    world.patience.until("файл удалён", lambda: keys() == [], SOON)
    told = world.patience.until(
        "письмо", lambda: world.messages(made.email, "mail", f"{made.booking_id}"), SOON
    )
    assert "«Выписка из ЛПУ.pdf» не принят" in told[0]
    assert world.messages(made.phone, "sms", "Выписка") == []
    assert side.call("GET", document["document"]).status == 409


def test_an_upload_after_the_check_changes_nothing(
    world: World, side: Side, keys: Callable[[], list[str]]
) -> None:
    made = side.attach()
    send(made, PDF)
    side.until(made["document"], "ready")
    assert send(made, NOT_A_PDF).status == 204  # the presigned POST lives still
    world.patience.until(
        "повтор удалён", lambda: [key for key in keys() if key.startswith("incoming/")] == [], SOON
    )
    link = side.call("GET", made["document"]).expect(200)
    assert http.request("GET", link["url"]).data == PDF
    assert side.listed()[made["document"]]["status"] == "ready"


def test_the_same_key_is_the_same_document_and_another_file_a_conflict(side: Side) -> None:
    key = str(uuid4())
    first, again = side.attach(key=key), side.attach(key=key)
    assert again["document"] == first["document"]
    assert send(again, PDF).status == 204
    other = side.call("POST", content={**FILE, "name": "Другое.pdf"}, key=key)
    assert (other.status, other.body["error"]["code"]) == (409, "idempotency_conflict")


def test_the_eleventh_finds_no_place_until_one_is_removed(side: Side) -> None:
    ten = [side.attach()["document"] for _ in range(10)]
    refused = side.call("POST", content=FILE)
    assert (refused.status, refused.body["error"]["code"]) == (409, "too_many_documents")
    assert side.call("DELETE", ten[0]).status == 204
    assert side.attach()["document"] not in ten


def test_a_removed_document_is_gone_and_so_is_what_is_sent_for_it_later(
    world: World, side: Side, keys: Callable[[], list[str]]
) -> None:
    made = side.attach()
    send(made, PDF)
    side.until(made["document"], "ready")
    link = side.call("GET", made["document"]).expect(200)
    assert side.call("DELETE", made["document"]).status == 204
    assert (side.listed(), keys()) == ({}, [])
    assert http.request("GET", link["url"]).status == 404
    assert send(made, PDF).status == 204
    world.patience.until("ничьё удалено", lambda: keys() == [], SOON)
    assert side.call("GET", made["document"]).status == 404


def test_only_the_patients_side_and_the_doctor_of_that_booking_can_read(
    world: World, stack: Stack, made: Booked, side: Side
) -> None:
    document = side.ready()

    def read(prefix: str, token: str | None) -> list[int]:
        who = Side(world, prefix, made.booking_id, token=token)
        return [who.call("GET").status, who.call("GET", document).status]

    assert read("/me", world.sign_in.holder(made.phone)) == [200, 200]
    assert read("/internal", stack.staff_token("doctor", DOCTOR)) == [200, 200]
    assert read("/internal", stack.staff_token("doctor", "d-gromov")) == [404, 404]
    assert read("/internal", stack.staff_token("operator")) == [403, 403]
    assert read("/internal", stack.staff_token("admin")) == [403, 403]
    assert read("/me", world.sign_in.holder(world.new_phone())) == [404, 404]
    assert read("", None) == [404, 404]
    assert read("/me", None) == [401, 401]


def test_the_doctors_link_reads_the_file(world: World, stack: Stack, made: Booked, side: Side) -> None:
    document = side.ready()
    doctor = Side(world, "/internal", made.booking_id, token=stack.staff_token("doctor", DOCTOR))
    link = doctor.call("GET", document).expect(200)
    assert http.request("GET", link["url"]).data == PDF


def test_nobody_reads_a_document_by_its_address_alone(side: Side) -> None:
    link = side.call("GET", side.ready()).expect(200)["url"]
    assert http.request("GET", link.partition("?")[0]).status == 403
    assert http.request("GET", re.sub(r"documents/", "incoming/", link, count=1)).status == 403


@contextmanager
def scanner(stack: Stack, tag: str, clean: str) -> Iterator[None]:
    """The stack as if it were deployed with a scanner."""
    functions = stack.client("lambda")
    names = [f"teleconsult-{each}" for each in ("public-api", "internal-api")]
    before = {name: functions.get_function_configuration(FunctionName=name)["Environment"] for name in names}

    def configure(changes: Mapping[str, str]) -> None:
        for name, environment in before.items():
            variables = {**environment["Variables"], **changes}
            functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})

    configure({"SCAN_TAG": tag, "SCAN_CLEAN_VALUE": clean})
    try:
        yield
    finally:
        configure({})


def test_with_a_scanner_only_what_it_found_clean_is_read(
    world: World, stack: Stack, made: Booked, side: Side, keys: Callable[[], list[str]]
) -> None:
    document = side.ready()
    doctor = Side(world, "/internal", made.booking_id, token=stack.staff_token("doctor", DOCTOR))

    def verdict(value: str) -> None:
        tags = {"TagSet": [{"Key": "GuardDutyMalwareScanStatus", "Value": value}]}
        (key,) = keys()
        bucket = stack.outputs["DocumentsBucketName"]
        stack.client("s3").put_object_tagging(Bucket=bucket, Key=key, Tagging=tags)

    def read() -> list[int]:
        return [who.call("GET", document).status for who in (side, doctor)]

    with scanner(stack, "GuardDutyMalwareScanStatus", "NO_THREATS_FOUND"):
        assert read() == [409, 409]
        verdict("THREATS_FOUND")
        assert read() == [409, 409]
        verdict("NO_THREATS_FOUND")
        assert read() == [200, 200]
    verdict("THREATS_FOUND")
    assert read() == [200, 200]  # without a scanner nobody asks


def test_documents_are_deleted_when_their_time_is_over(
    stack: Stack, made: Booked, side: Side, keys: Callable[[], list[str]]
) -> None:
    side.ready()
    side.attach()

    def sweep(when: datetime) -> dict[str, int]:
        event = {"sweep": "documents", "scheduled_for": when.strftime("%Y-%m-%dT%H:%M:%SZ")}
        answer = stack.client("lambda").invoke(FunctionName="teleconsult-sweeps", Payload=json.dumps(event))
        tally: dict[str, int] = json.loads(answer["Payload"].read())
        return tally

    over = moment(made.slot["start"]) + timedelta(days=1095)
    sweep(over - timedelta(days=1))
    assert (len(side.listed()), len(keys())) == (2, 1)
    tally = sweep(over + timedelta(days=1))
    assert (tally["failed"], tally["left"]) == (0, 0)
    assert tally["done"] >= 1
    assert (side.listed(), keys()) == ({}, [])
