"""The demo as a test: the nine stories, in real time, against the deployed stack."""

import pytest

from local.demo.__main__ import main
from local.stack import Stack


def test_every_story_ends_as_it_should(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--state-dir", stack.state_dir])
    said = capsys.readouterr().out
    assert said.splitlines()[-1] == "demo: OK (9 stories, trial balance 0)", said
    assert code == 0
