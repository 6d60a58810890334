"""The README says only what is true: its commands, run as they stand there."""

import json
from pathlib import Path
from uuid import uuid4

from local.demo.story import load
from local.demo.world import World
from local.stack import Stack
from tests import files, readme

ROOT = Path(__file__).parents[2]


def test_the_readmes_commands_attach_a_document(world: World, tmp_path: Path) -> None:
    commands = readme.commands("Attach a document")
    story = load()[0]
    slot = world.free_slot("d-sokolova", "first")
    holder = world.holder(story.given["form"]["holder"])
    form = world.form(story, slot, doctor="d-sokolova", holder=holder, consents=world.consents)
    made = world.site.book(form, str(uuid4())).expect(201)
    (tmp_path / "vypiska.pdf").write_bytes(files.pdf())
    known = {"API": world.api_url, "ID": made["booking_id"], "CAPABILITY": made["capability"]}
    printed = readme.run(commands, tmp_path, **known)
    (shown,) = json.loads(printed)["documents"]
    assert shown["name"] == "Выписка.pdf"
    assert shown["status"] in ("awaiting_upload", "ready")


def test_the_readmes_commands_sign_a_patient_and_an_operator_in(world: World, stack: Stack) -> None:
    known = {"API": stack.api_url, "INBOX": stack.inbox_url, "PHONE": world.new_phone()}
    printed = readme.run(readme.commands("Sign in"), ROOT, **known)
    assert '{"bookings": []}' in printed
    assert '"tasks"' in printed


def test_the_readmes_commands_book_pay_and_show_the_message(stack: Stack) -> None:
    commands = readme.commands("Book, pay, read the SMS")
    printed = readme.run(commands, ROOT, API=stack.api_url, INBOX=stack.inbox_url)
    assert '"status": "SCHEDULED"' in printed
    assert "Консультация" in printed
