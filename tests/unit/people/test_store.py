"""The people of a booking, stored and read back."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from teleconsult.people import store
from teleconsult.people.model import People
from teleconsult.platform import dynamo
from teleconsult.platform.errors import NotFound
from tests.people import FOR_ANNA, FOR_PETR

SELF = replace(FOR_ANNA, comments=None, skype_login=None)


@pytest.mark.parametrize("people", [FOR_PETR, SELF])
@pytest.mark.usefixtures("stores")
def test_people_are_read_as_they_were_stored(people: People) -> None:
    dynamo.transact([store.put_people("b-1", people)])
    assert store.load("b-1") == people


@pytest.mark.usefixtures("stores")
def test_people_are_stored_once() -> None:
    dynamo.transact([store.put_people("b-1", FOR_PETR)])
    with pytest.raises(dynamo.TransactionRefused):
        dynamo.transact([store.put_people("b-1", SELF)])
    assert store.load("b-1") == FOR_PETR


@pytest.mark.usefixtures("stores")
def test_an_unknown_booking_has_no_people() -> None:
    with pytest.raises(NotFound):
        store.load("b-1")


@pytest.mark.parametrize(
    "module", ["people.store", "consents.store", "catalogue.store", "slots.store", "slots.search"]
)
def test_reading_what_is_stored_needs_no_heavy_library(module: str) -> None:
    """Cold start: the workflow's functions and the notifications load people, catalogue and slots."""
    heavy = ("pydantic", "phonenumbers", "email_validator", "boto3")
    program = f"import sys, teleconsult.{module}; print([n for n in {heavy} if n in sys.modules])"
    layer = Path(store.__file__).parents[2]
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=layer, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
