"""Documents of a booking (S9): attached, looked at, read, removed, and deleted when their time is over."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from functions.document_check.handler import handler as document_check
from functions.sweeps.handler import handler as sweeps
from teleconsult.booking import store as bookings
from teleconsult.booking.model import Booking, Status
from teleconsult.catalogue import store as catalogue_store
from teleconsult.catalogue.model import Limits
from teleconsult.documents import objects, rules, store
from teleconsult.documents.model import Document, DocumentStatus, DocumentType, Refusal, Upload
from teleconsult.intake.arrival import Ended, take_in
from teleconsult.intake.attach import attach, detach, hand_out
from teleconsult.platform import aws, clock, dynamo
from teleconsult.platform.errors import Conflict, NotFound
from teleconsult.sweeps import sweeping
from tests import files
from tests.unit.api.calls import Context
from tests.unit.documents_bucket import BUCKET, bucket, content, stored, tag, uploaded
from tests.unit.usecases.conftest import NOW
from tests.unit.usecases.forms import booked, form, free_slots

__all__ = ["bucket"]

PDF = files.pdf()
UPLOAD = Upload(name="Выписка.pdf", type=DocumentType.PDF, size=len(PDF))
OTHER_PDF = PDF.replace(b"72 72", b"99 99")  # as large, and as good
NOT_A_PDF = b"MZ" + PDF[2:]


def endless() -> bool:
    return True


@pytest.fixture
def booking() -> Booking:
    return booked(form(free_slots("therapist", NOW)[0]), NOW).booking


@pytest.fixture
def document(booking: Booking) -> Document:
    return attached(booking)


def limits() -> Limits:
    return catalogue_store.load().clinic.limits


def attached(booking: Booking, key: str = "document-key", upload: Upload = UPLOAD) -> Document:
    return attach(booking, upload, key, limits(), NOW)


def arrived(document: Document, body: bytes = PDF) -> Ended:
    return take_in(uploaded(document, body), NOW)


def present(document: Document) -> Document:
    return store.load(document.booking_id, document.document_id)


def places(document: Document) -> dict[str, Any]:
    item = dynamo.get("bookings", f"BOOKING#{document.booking_id}", "DOCUMENTS")
    assert item
    return item


def notices(document: Document) -> list[str]:
    items = dynamo.query_all("bookings", "pk = :pk", pk=f"BOOKING#{document.booking_id}")
    return [each["notice"] for each in items if each["sk"].startswith("OUTBOX#document")]


def conflict(call: Callable[..., Any], *given: Any) -> str:
    with pytest.raises(Conflict) as refused:
        call(*given)
    return refused.value.code


# ---- Attaching ----


def test_a_document_waits_for_exactly_what_was_declared(document: Document) -> None:
    offer = objects.offer(document)
    assert document.status is DocumentStatus.AWAITING_UPLOAD
    assert offer.url == f"https://{BUCKET}.s3.eu-central-1.amazonaws.com/"
    assert offer.fields["key"] == f"incoming/{document.booking_id}/{document.document_id}"
    assert offer.fields["Content-Type"] == "application/pdf"
    assert offer.fields["x-amz-algorithm"] == "AWS4-HMAC-SHA256"


def test_the_same_key_is_the_same_document(booking: Booking, document: Document) -> None:
    assert attached(booking) == document
    assert places(document)["taken"] == 1


@pytest.mark.parametrize(
    "other", [{"name": "другое.pdf"}, {"size": UPLOAD.size + 1}, {"type": DocumentType.PNG}]
)
def test_the_same_key_for_another_file_is_refused(
    booking: Booking, document: Document, other: dict[str, Any]
) -> None:
    assert conflict(attached, booking, "document-key", replace(UPLOAD, **other)) == "idempotency_conflict"


def test_the_same_key_is_another_document_of_another_booking(booking: Booking, document: Document) -> None:
    other = booked(form(free_slots("therapist", NOW)[1]), NOW, key="another-booking").booking
    assert attached(other).document_id != document.document_id


def test_a_booking_has_ten_documents_and_no_more(booking: Booking) -> None:
    ten = [attached(booking, f"document-{number}") for number in range(10)]
    assert conflict(attached, booking, "document-10") == "too_many_documents"
    assert attached(booking, "document-3") == ten[3]
    assert len(store.of_booking(booking.booking_id)) == 10


def test_of_two_for_the_tenth_place_one_gets_it(booking: Booking, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(9):
        attached(booking, f"document-{number}")
    transact = dynamo.transact

    def overtaken(writes: Any) -> None:
        monkeypatch.setattr(dynamo, "transact", transact)
        attached(booking, "the-other-tenth")
        transact(writes)

    monkeypatch.setattr(dynamo, "transact", overtaken)
    assert conflict(attached, booking, "one-tenth") == "too_many_documents"
    assert len(store.of_booking(booking.booking_id)) == 10


@pytest.mark.parametrize("faster", [UPLOAD, replace(UPLOAD, name="другое.pdf")])
def test_two_requests_with_one_key_at_one_moment_make_one_document(
    booking: Booking, faster: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    transact = dynamo.transact

    def overtaken(writes: Any) -> None:
        monkeypatch.setattr(dynamo, "transact", transact)
        attached(booking, upload=faster)
        transact(writes)

    monkeypatch.setattr(dynamo, "transact", overtaken)
    if faster == UPLOAD:
        attached(booking)
    else:
        assert conflict(attached, booking) == "idempotency_conflict"
    (document,) = store.of_booking(booking.booking_id)
    assert (document.upload, places(document)["taken"]) == (faster, 1)


def test_uploads_cannot_be_begun_for_ever(booking: Booking) -> None:
    for number in range(rules.MOST_UPLOADS):
        begun = attached(booking, f"document-{number}")
        detach(begun.booking_id, begun.document_id)
    assert conflict(attached, booking, "one-more") == "too_many_documents"


@pytest.mark.parametrize("status", [each for each in Status if each.final])
def test_nothing_is_attached_to_a_booking_that_is_over(booking: Booking, status: Status) -> None:
    assert conflict(attached, replace(booking, status=status)) == "booking_over"


def test_no_form_is_given_any_more_once_the_booking_is_over(booking: Booking, document: Document) -> None:
    ended = replace(booking, status=Status.CANCELLED)
    assert conflict(attached, ended) == "booking_over"
    arrived(document)
    assert attached(ended).status is DocumentStatus.READY


def test_the_name_is_in_the_patients_table_alone(document: Document) -> None:
    row = dynamo.get("patients", f"DOCUMENTS#{document.booking_id}", document.document_id)
    everything_else = [str(item) for item in dynamo.scan_all("bookings")]
    assert row
    assert row["name"] == "Выписка.pdf"
    assert [item for item in everything_else if "Выписка" in item] == []
    assert "Выписка" not in str(objects.offer(document))


# ---- Arriving ----


@pytest.mark.parametrize("kind", DocumentType)
def test_a_good_upload_is_kept_and_can_be_read(booking: Booking, kind: DocumentType) -> None:
    good = files.GOOD[kind]
    document = attached(booking, upload=Upload(name="файл", type=kind, size=len(good)))
    assert arrived(document, good) is Ended.KEPT
    (key,) = stored()
    assert key.startswith(f"documents/{document.booking_id}/{document.document_id}/")
    assert content(key) == good
    assert f"/{key}?" in hand_out(present(document), NOW).url


@pytest.mark.parametrize(
    ("body", "refusal"),
    [(NOT_A_PDF, Refusal.WRONG_CONTENT), (PDF + b"\n", Refusal.WRONG_SIZE), (b"", Refusal.WRONG_SIZE)],
)
def test_a_wrong_upload_is_removed_its_place_free_and_the_patient_told(
    document: Document, body: bytes, refusal: Refusal
) -> None:
    assert arrived(document, body) is Ended.REFUSED
    assert (present(document).status, present(document).refusal) == (DocumentStatus.REFUSED, refusal)
    assert stored() == []
    assert places(document)["taken"] == 0
    assert notices(document) == ["document_refused"]


def test_a_refused_document_makes_room_for_an_eleventh(booking: Booking) -> None:
    ten = [attached(booking, f"document-{number}") for number in range(10)]
    arrived(ten[0], NOT_A_PDF)
    assert attached(booking, "document-10").status is DocumentStatus.AWAITING_UPLOAD


def test_an_upload_that_is_used_again_after_the_check_changes_nothing(document: Document) -> None:
    arrived(document)
    before = stored()
    for body in (NOT_A_PDF, OTHER_PDF, PDF):
        assert arrived(document, body) is Ended.NOT_AWAITED
    assert stored() == before
    assert content(before[0]) == PDF
    assert present(document).status is DocumentStatus.READY


def test_what_is_kept_is_what_was_looked_at(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    look = objects.arrived

    def changed_behind_the_back(looked_at: Document) -> Any:
        found = look(looked_at)
        uploaded(document, NOT_A_PDF)
        return found

    monkeypatch.setattr(objects, "arrived", changed_behind_the_back)
    assert arrived(document) is Ended.GONE
    assert present(document).status is DocumentStatus.AWAITING_UPLOAD
    assert stored() == [rules.incoming_key(document.booking_id, document.document_id)]
    monkeypatch.undo()


def test_the_upload_that_took_its_place_has_an_event_of_its_own(document: Document) -> None:
    key = uploaded(document, NOT_A_PDF)
    assert [take_in(key, NOW), take_in(key, NOW)] == [Ended.REFUSED, Ended.NOT_AWAITED]
    assert notices(document) == ["document_refused"]


def test_of_two_good_uploads_at_one_moment_one_is_kept(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = objects.keep

    def overtaken(kept: Document, etag: str) -> bool:
        monkeypatch.setattr(objects, "keep", keep)
        assert keep(kept, etag)
        assert arrived(document, OTHER_PDF) is Ended.KEPT
        return True

    monkeypatch.setattr(objects, "keep", overtaken)
    assert arrived(document) is Ended.NOT_AWAITED
    (key,) = stored()
    assert content(key) == OTHER_PDF
    assert key.endswith(present(document).etag or "-")


def test_the_same_event_twice_at_one_moment_keeps_the_document(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = objects.keep

    def overtaken(kept: Document, etag: str) -> bool:
        monkeypatch.setattr(objects, "keep", keep)
        assert keep(kept, etag)
        dynamo.write(store.ready(kept, etag))
        return True

    monkeypatch.setattr(objects, "keep", overtaken)
    assert arrived(document) is Ended.KEPT
    assert content(stored()[0]) == PDF


def test_a_document_removed_while_it_is_looked_at_leaves_nothing(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = objects.keep

    def overtaken(kept: Document, etag: str) -> bool:
        done = keep(kept, etag)
        detach(document.booking_id, document.document_id)
        return done

    monkeypatch.setattr(objects, "keep", overtaken)
    assert arrived(document) is Ended.NOT_AWAITED
    assert stored() == []
    assert places(document)["taken"] == 0


@pytest.mark.parametrize("key", ["incoming/b-a/doc-a", "incoming/nothing", "incoming/b-a/doc-a/more"])
def test_what_nobody_asked_for_is_removed(key: str) -> None:
    aws.client("s3").put_object(Bucket=BUCKET, Key=key, Body=PDF)
    assert take_in(key, NOW) is Ended.UNKNOWN
    assert stored() == []


def test_an_event_whose_upload_is_gone_changes_nothing(document: Document) -> None:
    key = rules.incoming_key(document.booking_id, document.document_id)
    assert take_in(key, NOW) is Ended.GONE
    assert present(document) == document


class Crash(BaseException):
    """The function dies."""


@contextmanager
def crash_before(call: int) -> Iterator[None]:
    """Die instead of making the n-th call of AWS, from 0."""
    left = [call]

    def count(**_: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Crash

    clients = [aws.client("s3"), aws.client("dynamodb")]
    for client in clients:
        client.meta.events.register("before-call", count)
    try:
        yield
    finally:
        for client in clients:
            client.meta.events.unregister("before-call", count)


@pytest.mark.parametrize("call", range(6))
@pytest.mark.parametrize("body", [PDF, NOT_A_PDF])
def test_whenever_the_check_dies_the_next_one_ends_as_if_it_had_not(
    document: Document, body: bytes, call: int
) -> None:
    key = uploaded(document, body)
    with crash_before(call), suppress(Crash):
        take_in(key, NOW)
    take_in(key, NOW)
    good = body is PDF
    assert present(document).status is (DocumentStatus.READY if good else DocumentStatus.REFUSED)
    assert len(stored()) == good
    assert places(document)["taken"] == good
    assert notices(document) == ([] if good else ["document_refused"])


def created(key: str) -> dict[str, Any]:
    """The bucket's event as EventBridge hands it over."""
    detail = {"bucket": {"name": BUCKET}, "object": {"key": key, "size": len(PDF)}, "reason": "PostObject"}
    return {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}


def test_the_function_takes_the_event_as_it_comes(document: Document) -> None:
    assert document_check(created(uploaded(document, PDF)), Context()) == {"ended": "kept"}
    assert present(document).status is DocumentStatus.READY


def test_what_nobody_asked_for_is_logged_by_its_key(
    document: Document, caplog: pytest.LogCaptureFixture
) -> None:
    document_check(created("incoming/b-a/doc-a"), Context())
    document_check(created(uploaded(document, PDF)), Context())
    logged = [vars(record) for record in caplog.records]
    assert [(each["levelname"], each["upload"]) for each in logged] == [
        ("WARNING", "incoming/b-a/doc-a"),
        ("INFO", f"incoming/{document.booking_id}/{document.document_id}"),
    ]
    assert "Выписка" not in str(logged)


# ---- Reading ----


def test_what_has_not_arrived_or_was_refused_cannot_be_read(document: Document) -> None:
    assert conflict(hand_out, document, NOW) == "document_not_ready"
    arrived(document, NOT_A_PDF)
    assert conflict(hand_out, present(document), NOW) == "document_refused"


def test_a_link_lives_five_minutes_and_holds_no_name(document: Document) -> None:
    arrived(document)
    link = hand_out(present(document), NOW)
    assert link.expires_at == NOW + timedelta(minutes=5)
    assert "X-Amz-Expires=300" in link.url
    assert not [name for name in ("Выписка", quote("Выписка"), quote(quote("Выписка"))) if name in link.url]


def test_what_is_kept_knows_its_type_and_under_which_name_it_is_saved(document: Document) -> None:
    arrived(document)
    kept = present(document)
    key = rules.kept_key(kept.booking_id, kept.document_id, kept.etag or "")
    kept_object = aws.client("s3").head_object(Bucket=BUCKET, Key=key)
    assert kept_object["ContentType"] == "application/pdf"
    assert kept_object["ContentDisposition"] == rules.disposition(kept)


def test_with_a_scanner_only_what_it_found_clean_can_be_read(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived(document)
    monkeypatch.setenv("SCAN_TAG", "GuardDutyMalwareScanStatus")
    monkeypatch.setenv("SCAN_CLEAN_VALUE", "NO_THREATS_FOUND")
    (key,) = stored()
    assert conflict(hand_out, present(document), NOW) == "document_being_scanned"
    for verdict in ("THREATS_FOUND", "UNSUPPORTED", "ACCESS_DENIED", "FAILED", ""):
        tag(key, "GuardDutyMalwareScanStatus", verdict)
        assert conflict(hand_out, present(document), NOW) == "document_not_clean"
    tag(key, "GuardDutyMalwareScanStatus", "NO_THREATS_FOUND")
    assert hand_out(present(document), NOW).url


def test_a_verdict_on_the_upload_is_none_on_the_copy(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived(document)  # the uploads of these tests carry a tag `forged`
    monkeypatch.setenv("SCAN_TAG", "forged")
    monkeypatch.setenv("SCAN_CLEAN_VALUE", "clean")
    assert conflict(hand_out, present(document), NOW) == "document_being_scanned"


def test_without_a_scanner_its_verdict_is_not_asked_for(document: Document) -> None:
    arrived(document)
    tag(stored()[0], "GuardDutyMalwareScanStatus", "THREATS_FOUND")
    assert hand_out(present(document), NOW).url


# ---- Removing ----


@pytest.mark.parametrize("body", [None, PDF, NOT_A_PDF])
def test_a_removed_document_leaves_neither_row_nor_object_nor_place(
    document: Document, body: bytes | None
) -> None:
    if body:
        arrived(document, body)
    detach(document.booking_id, document.document_id)
    assert store.find(document.booking_id, document.document_id) is None
    assert stored() == []
    assert places(document)["taken"] == 0


def test_a_document_is_removed_once(document: Document) -> None:
    detach(document.booking_id, document.document_id)
    with pytest.raises(NotFound):
        detach(document.booking_id, document.document_id)


def test_an_upload_for_a_removed_document_is_removed_too(document: Document) -> None:
    detach(document.booking_id, document.document_id)
    assert arrived(document) is Ended.UNKNOWN
    assert stored() == []


def test_a_document_checked_while_it_is_removed_goes_all_the_same(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove = objects.remove_document

    def overtaken(removed: Document) -> None:
        monkeypatch.setattr(objects, "remove_document", remove)
        arrived(document)
        remove(removed)

    monkeypatch.setattr(objects, "remove_document", overtaken)
    detach(document.booking_id, document.document_id)
    assert stored() == []
    assert store.find(document.booking_id, document.document_id) is None


@pytest.mark.parametrize("call", range(6))
def test_whenever_a_removal_dies_it_can_be_asked_for_again(document: Document, call: int) -> None:
    arrived(document)
    with crash_before(call), suppress(Crash):
        detach(document.booking_id, document.document_id)
    with suppress(NotFound):  # it was the answer alone that got lost
        detach(document.booking_id, document.document_id)
    assert stored() == []
    assert places(document)["taken"] == 0


# ---- Kept for so long, and no longer ----


def over(booking: Booking) -> Any:
    return booking.slot_end + timedelta(days=limits().documents_kept_days)


def test_documents_are_deleted_when_their_time_is_over(booking: Booking, document: Document) -> None:
    arrived(document)
    refused = attached(booking, "another-document")
    arrived(refused, NOT_A_PDF)
    waiting = attached(booking, "a-third-document")
    uploaded(waiting, PDF)
    assert sweeping.documents(over(booking) - timedelta(seconds=1), endless).found == 0
    tally = sweeping.documents(over(booking), endless)
    assert (tally.found, tally.done, tally.failed, tally.left) == (1, 1, 0, 0)
    assert store.of_booking(booking.booking_id) == []
    assert stored() == []
    assert places(document)["taken"] == 0
    assert sweeping.documents(over(booking), endless).found == 0


def test_what_another_booking_has_stays(booking: Booking, document: Document) -> None:
    later = booked(form(free_slots("therapist", NOW)[5]), NOW, key="another-booking").booking
    other = attached(later)
    arrived(document)
    arrived(other)
    sweeping.documents(over(booking), endless)
    assert present(other).status is DocumentStatus.READY
    assert [key for key in stored() if document.document_id in key] == []
    assert len(stored()) == 1


def test_an_object_that_no_row_tells_of_is_deleted_too(booking: Booking, document: Document) -> None:
    stray = rules.kept_key(document.booking_id, document.document_id, "0" * 32)
    aws.client("s3").put_object(Bucket=BUCKET, Key=stray, Body=PDF)
    sweeping.documents(over(booking), endless)
    assert stored() == []


def test_documents_found_late_are_deleted_still(booking: Booking, document: Document) -> None:
    arrived(document)
    assert sweeping.documents(over(booking) + timedelta(days=80), endless).done == 1


def test_documents_that_are_to_be_kept_longer_by_now_stay(
    booking: Booking, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived(document)
    catalogue = catalogue_store.load()
    longer = replace(limits(), documents_kept_days=limits().documents_kept_days + 100)
    changed = replace(catalogue, clinic=replace(catalogue.clinic, limits=longer))
    monkeypatch.setattr(catalogue_store, "load", lambda: changed)
    once = booking.slot_end + timedelta(days=longer.documents_kept_days - 100)
    assert sweeping.documents(once, endless).done == 0
    assert present(document).status is DocumentStatus.READY
    assert sweeping.documents(once + timedelta(days=100), endless).done == 1


def test_a_document_begun_during_the_sweep_is_found_by_the_next(
    booking: Booking, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove_all = objects.remove_all

    def overtaken(booking_id: str) -> None:
        monkeypatch.setattr(objects, "remove_all", remove_all)
        attached(booking, "during-the-sweep")
        remove_all(booking_id)

    monkeypatch.setattr(objects, "remove_all", overtaken)
    assert sweeping.documents(over(booking), endless).done == 0
    assert sweeping.documents(over(booking), endless).done == 1
    assert store.of_booking(booking.booking_id) == []


@pytest.mark.parametrize("call", range(14))
def test_whenever_the_sweep_dies_the_next_one_deletes_the_rest(
    booking: Booking, document: Document, call: int
) -> None:
    arrived(document)
    arrived(attached(booking, "another-document"), OTHER_PDF)
    with crash_before(call), suppress(Crash):
        sweeping.documents(over(booking), endless)
    sweeping.documents(over(booking), endless)
    assert store.of_booking(booking.booking_id) == []
    assert stored() == []
    assert sweeping.documents(over(booking), endless).found == 0


def test_a_failure_is_counted_and_the_rest_goes_on(
    booking: Booking, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = booked(form(free_slots("therapist", NOW)[1]), NOW, key="another-booking").booking
    arrived(document)
    arrived(attached(other))
    remove_all = objects.remove_all

    def fail_once(booking_id: str) -> None:
        monkeypatch.setattr(objects, "remove_all", remove_all)
        raise OSError

    monkeypatch.setattr(objects, "remove_all", fail_once)
    tally = sweeping.documents(over(other), endless)
    assert (tally.found, tally.done, tally.failed) == (2, 1, 1)
    assert sweeping.documents(over(other), endless).done == 1


def test_what_there_is_no_time_for_is_left(booking: Booking, document: Document) -> None:
    tally = sweeping.documents(over(booking), lambda: False)
    assert (tally.found, tally.left) == (1, 1)


def test_the_schedule_runs_it_for_any_moment(
    booking: Booking, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Context, "get_remaining_time_in_millis", lambda self: 60_000)
    event = {"sweep": "documents", "scheduled_for": clock.iso(over(booking))}
    assert sweeps(event, Context())["done"] == 1


def test_the_bookings_own_sweeps_do_not_meet_them(booking: Booking, document: Document) -> None:
    assert list(bookings.all_due(over(booking))) == []
