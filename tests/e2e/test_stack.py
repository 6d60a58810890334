"""`make run` as its user meets it: progress, plain words on trouble, all of it stopped, data found again."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from uuid import uuid4

import pytest

from local import stack as local_stack
from local.demo.patience import Patience
from local.demo.story import e164, load
from local.demo.world import meet
from local.ports import HOST, Ports
from local.processes import REPOSITORY
from local.stack import Stack

ENDS_WITHIN = 40


@pytest.fixture(scope="module")
def ports() -> Ports:
    return Ports.free()


@pytest.fixture(scope="module")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


def start(ports: Ports, state_dir: Path) -> subprocess.Popen[str]:
    chosen = {f"TELECONSULT_PORT_{name.upper()}": str(port) for name, port in asdict(ports).items()}
    return subprocess.Popen(
        [sys.executable, "-m", "local.stack"],
        cwd=REPOSITORY,
        env={**os.environ, **chosen, "TELECONSULT_STATE_DIR": str(state_dir)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def started(ports: Ports, state_dir: Path, ended_by: signal.Signals) -> Iterator[tuple[Stack, str]]:
    """A stack, and what it said until it named its API; then ended by this signal, all its ports free."""
    process = start(ports, state_dir)
    assert process.stdout
    said = []
    for line in process.stdout:
        said.append(line)
        if line.startswith("  API "):
            break
    try:
        stack = local_stack.attached(state_dir)
        assert stack, "".join(said)
        yield stack, "".join(said)
    finally:
        process.send_signal(ended_by)
        process.communicate(timeout=ENDS_WITHIN)
        await_silence(ports)
    assert process.returncode == (0 if ended_by is not signal.SIGKILL else -signal.SIGKILL)


def await_silence(ports: Ports) -> None:
    """Until nobody listens on any of the ports: a connection that stays open tells when its server goes."""
    for port in asdict(ports).values():
        with suppress(ConnectionError), socket.create_connection((HOST, port), ENDS_WITHIN) as connection:
            assert connection.recv(1) == b"", f"port {port} still speaks"


def inbox(stack: Stack, path: str) -> str:
    with urllib.request.urlopen(stack.inbox_url + path) as answer:
        return str(answer.read().decode())


def book_and_be_told(stack: Stack) -> None:
    """The operator books, and the SMS with the link comes: through table, stream and function."""
    world, story = meet(stack, Patience()), load()[3]
    slot = world.free_slot(story.given["doctor"], story.given["form"]["kind"])
    form = world.form(story, slot, holder=world.holder(story.given["form"]["holder"]))
    made = world.operator.book(form, str(uuid4())).expect(201)
    phone = e164(form["holder"]["phone"])
    world.patience.until("СМС", lambda: world.messages(phone, "sms", made["booking_id"]), 20)


@pytest.fixture(scope="module")
def first_run(ports: Ports, state_dir: Path) -> str:
    """The first run: somebody signs in and books, others try to start; ended without warning, by SIGKILL."""
    with started(ports, state_dir, signal.SIGKILL) as (stack, said):
        book_and_be_told(stack)
        assert stack.patient_token("+79135550099")
        again = start(ports, state_dir).communicate(timeout=ENDS_WITHIN)[0]
        elsewhere = start(ports, state_dir.with_name("elsewhere")).communicate(timeout=ENDS_WITHIN)[0]
    return "\n--\n".join((said, again, elsewhere))


def test_every_step_shows_its_progress(first_run: str) -> None:
    said = first_run.split("\n--\n")[0].splitlines()
    assert [line[:5] for line in said if line.startswith("[")] == [f"[{n}/7]" for n in range(1, 8)]
    assert "без изменений" not in first_run.split("\n--\n")[0]


def test_the_pages_are_named_first(first_run: str, ports: Ports) -> None:
    ready = first_run.split("\n--\n")[0].partition("Готово")[2].splitlines()[1:]
    named = [line.split()[1] for line in ready if line.strip()]
    site = f"http://{HOST}:{ports.web}"
    assert named[:3] == [f"{site}/", f"{site}/cabinet/", f"{site}/console/"]


def test_a_second_stack_with_the_same_data_is_refused(first_run: str) -> None:
    assert "Стенд уже запущен" in first_run.split("\n--\n")[1]


def test_a_taken_port_is_named_with_the_way_to_choose_another(first_run: str, ports: Ports) -> None:
    said = first_run.split("\n--\n")[2].splitlines()[-1]
    assert str(ports.engine) in said
    assert "TELECONSULT_PORT_ENGINE" in said


def test_the_next_run_has_nothing_to_do_and_finds_the_data_even_of_a_killed_one(
    first_run: str, ports: Ports, state_dir: Path
) -> None:
    with started(ports, state_dir, signal.SIGTERM) as (stack, said):
        assert said.count("без изменений") == 3
        (sms,) = json.loads(inbox(stack, "/messages.json?to=%2B79135550099"))["messages"]
        assert sms["text"] in inbox(stack, "/")
        assert json.loads(inbox(stack, "/messages.json?to=%2B79135550000"))["messages"] == []
        holders = stack.client("cognito-idp").list_users(UserPoolId=stack.outputs["PatientsPoolId"])["Users"]
        assert len(holders) == 1
        book_and_be_told(stack)
    assert local_stack.attached(state_dir) is None
