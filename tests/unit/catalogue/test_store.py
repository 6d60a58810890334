"""The catalogue is one item, replaced whole; doctors' contacts lie elsewhere."""

from datetime import timedelta
from typing import Any

import pytest

from teleconsult.catalogue import store
from teleconsult.catalogue.document import check_document
from teleconsult.catalogue.model import Contacts, from_document
from teleconsult.platform import dynamo
from teleconsult.platform.errors import Conflict, Unavailable
from tests.unit.catalogue import samples

pytestmark = pytest.mark.usefixtures("stores")


def test_before_the_first_load_there_is_no_catalogue() -> None:
    with pytest.raises(Unavailable):
        store.load()
    assert store.load_contacts() == {}


def test_a_loaded_catalogue_is_read_back() -> None:
    assert store.replace(check_document(samples.document()), samples.NOW) == 1
    assert store.load() == samples.catalogue()
    assert store.load_contacts() == {
        "d-therapist": Contacts(
            name="Соколова Елена Викторовна", phone="+79130000101", email="e.sokolova@example.ru"
        ),
        "d-duty": Contacts(name="Дежнёв Семён", phone="+79130000102", email="s.dezhnev@example.ru"),
    }


def test_every_change_counts_a_version_and_replaces_all() -> None:
    store.replace(check_document(samples.document()), samples.NOW)
    smaller = samples.document()
    del smaller["doctors"][1]
    assert store.replace(check_document(smaller), samples.NOW) == 2
    assert store.load() == from_document(check_document(smaller), version=2)
    assert set(store.load().doctors) == {"d-therapist"}


def left_out(*doctors: str) -> dict[str, Any]:
    document = samples.document()
    document["doctors"] = [each for each in document["doctors"] if each["id"] not in doctors]
    return check_document(document)


def test_a_doctor_who_left_can_be_reached_while_they_may_have_consultations() -> None:
    store.replace(left_out(), samples.NOW)
    store.replace(left_out("d-duty"), samples.NOW)
    duty = Contacts(name="Дежнёв Семён", phone="+79130000102", email="s.dezhnev@example.ru")
    assert store.load_contacts()["d-duty"] == duty
    store.replace(left_out("d-duty"), samples.NOW + timedelta(days=399))
    assert store.load_contacts()["d-duty"] == duty
    store.replace(left_out("d-duty"), samples.NOW + timedelta(days=400))
    assert set(store.load_contacts()) == {"d-therapist"}


def test_a_doctor_who_came_back_is_reached_as_the_catalogue_says() -> None:
    store.replace(left_out(), samples.NOW)
    store.replace(left_out("d-duty"), samples.NOW)
    document = left_out()
    document["doctors"][1]["contacts"]["phone"] = "+79130000199"
    store.replace(document, samples.NOW)
    assert store.load_contacts()["d-duty"].phone == "+79130000199"
    assert dynamo.get("patients", "CLINIC", "DOCTOR_CONTACTS")["former"] == {}  # type: ignore[index]


def test_the_document_in_force_is_given_back_as_it_was_loaded() -> None:
    with pytest.raises(Unavailable):
        store.load_document()
    checked = check_document(samples.document())
    store.replace(checked, samples.NOW)
    document, version = store.load_document()
    assert (document, version) == (checked, 1)
    assert store.replace(check_document(document), samples.NOW, seen=version) == 2
    assert store.load_document() == (checked, 2)


def test_contacts_of_another_version_are_not_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    store.replace(left_out(), samples.NOW)
    read = dynamo.get

    def overtaken(table: str, pk: str, sk: str) -> Any:
        item = read(table, pk, sk)
        if table == "bookings":
            monkeypatch.setattr(dynamo, "get", read)
            store.replace(left_out("d-duty"), samples.NOW)
        return item

    monkeypatch.setattr(dynamo, "get", overtaken)
    assert store.load_document() == (left_out("d-duty"), 2)


@pytest.mark.parametrize("seen", [0, 1, 3])
def test_a_change_of_another_version_is_refused(seen: int) -> None:
    for _ in range(2):
        store.replace(left_out(), samples.NOW)
    with pytest.raises(Conflict, match="catalogue_changed") as excinfo:
        store.replace(left_out("d-duty"), samples.NOW, seen=seen)
    assert "действует версия 2" in excinfo.value.message
    assert store.load().version == 2


def test_the_first_catalogue_may_be_loaded_where_none_was_seen() -> None:
    assert store.replace(left_out(), samples.NOW, seen=0) == 1


def test_no_contacts_lie_in_the_bookings_table() -> None:
    store.replace(check_document(samples.document()), samples.NOW)
    (item,) = dynamo.scan_all("bookings")
    assert "913" not in item["document"]
    assert "@" not in item["document"]


def test_of_two_changes_at_once_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    document = check_document(samples.document())
    store.replace(document, samples.NOW)
    carry_out = dynamo.transact

    def overtaken(writes: list[dynamo.Write]) -> None:
        monkeypatch.setattr(dynamo, "transact", carry_out)
        store.replace(document, samples.NOW)
        carry_out(writes)

    monkeypatch.setattr(dynamo, "transact", overtaken)
    with pytest.raises(Conflict):
        store.replace(document, samples.NOW)
    assert store.load().version == 2
