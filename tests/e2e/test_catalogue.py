"""The catalogue changes by the command that an administrator types; bookings that exist stay as they are."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from local.demo.story import load as stories
from local.demo.world import SOON, World
from local.processes import REPOSITORY
from local.stack import Stack

DOCTOR = "d-kim"

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(stack: Stack) -> Command:
    """`python -m tools.catalogue …` beside this stack."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tools.catalogue", *arguments],
            cwd=REPOSITORY,
            env={**os.environ, "TELECONSULT_STATE_DIR": stack.state_dir, **environment},
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


@pytest.fixture
def shown(command: Command, tmp_path: Path) -> Iterator[Path]:
    """The catalogue in force, in a file; it is in force again when the test has ended."""
    done = command("show")
    assert done.returncode == 0, done.stderr
    file = tmp_path / "shown.json"
    file.write_text(done.stdout)
    yield file
    again = command("load", str(file))
    assert again.returncode == 0, again.stderr


def version(done: subprocess.CompletedProcess[str]) -> str:
    return done.stderr.splitlines()[-1].removeprefix("Версия ")


def test_the_catalogue_is_shown_and_loaded_by_a_command(
    command: Command, shown: Path, stack: Stack, tmp_path: Path
) -> None:
    seen = version(command("show"))
    assert command("load", str(shown), "--version", seen).returncode == 0
    assert command("show").stdout == shown.read_text()

    late = command("load", str(shown), "--version", seen)
    assert late.returncode == 1
    assert f"а не {seen}" in late.stderr

    faulty = tmp_path / "faulty.json"
    faulty.write_text(json.dumps({**json.loads(shown.read_text()), "kinds": [{"id": "first"}]}))
    refused = command("load", str(faulty))
    assert refused.returncode == 1
    assert "kinds.0.title: Обязательное поле" in refused.stderr
    assert "doctors.1.offers.second_opinion: Такого вида консультации нет" in refused.stderr
    assert command("show").stdout == shown.read_text()

    elsewhere = ("show", "--api", stack.api_url)
    assert command(*elsewhere, TELECONSULT_TOKEN=stack.staff_token("admin")).stdout == shown.read_text()
    assert "Токен не принят" in command(*elsewhere, TELECONSULT_TOKEN="x").stderr
    assert "администраторы" in command(*elsewhere, TELECONSULT_TOKEN=stack.staff_token("operator")).stderr


def test_a_booking_outlives_its_doctors_place_in_the_catalogue(
    command: Command, shown: Path, world: World, tmp_path: Path
) -> None:
    story = stories()[0]
    slot = world.free_slot(DOCTOR, "first")
    holder = world.holder(story.given["form"]["holder"])
    form = world.form(
        story, slot, doctor=DOCTOR, specialty="neurologist", holder=holder, consents=world.consents
    )
    made = world.site.book(form, str(uuid4())).expect(201)

    document: dict[str, Any] = json.loads(shown.read_text())
    (doctor,) = (each for each in document["doctors"] if each["id"] == DOCTOR)
    document["doctors"].remove(doctor)
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps(document, ensure_ascii=False))
    assert command("load", str(changed)).returncode == 0

    def found(name: str) -> list[str]:
        query = f"{world.api_url}/doctors?name={name}"
        return [each["id"] for each in world.web.call("GET", query).expect(200)["doctors"]]

    assert found("%D0%B0%D0%BB%D0%B5%D0%BD%D0%B0") == ["d-petrova-lisina"]  # алена
    assert found("%D0%9A%D0%B8%D0%BC") == []  # Ким

    opens = made["booking_id"], made["capability"]
    assert world.site.booking(*opens)["due"] == made["price"] == doctor["offers"]["first"]["price"]
    world.sandbox.pay_on_page(world.site.pay_by_card(*opens)["confirmation_url"])
    world.reach(lambda: world.site.booking(*opens), "SCHEDULED")

    def letters(address: str) -> list[str]:
        return world.messages(address, "mail", made["booking_id"])

    world.patience.until("письмо врачу", lambda: letters(doctor["contacts"]["email"]), SOON)
    (letter,) = world.patience.until("письмо пациенту", lambda: letters(holder["email"]), SOON)
    assert "Врач: Ким Светлана Андреевна." in letter
