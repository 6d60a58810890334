"""The catalogue is one item, replaced whole; doctors' contacts lie elsewhere."""

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
        "d-therapist": Contacts(phone="+79130000101", email="e.sokolova@example.ru"),
        "d-duty": Contacts(phone="+79130000102", email="s.dezhnev@example.ru"),
    }


def test_every_change_counts_a_version_and_replaces_all() -> None:
    store.replace(check_document(samples.document()), samples.NOW)
    smaller = samples.document()
    del smaller["doctors"][1]
    assert store.replace(check_document(smaller), samples.NOW) == 2
    assert store.load() == from_document(check_document(smaller), version=2)
    assert set(store.load_contacts()) == {"d-therapist"}


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
