"""`tools.chromium`: the browser that is named, or the system's, or plain words."""

from pathlib import Path

import pytest

from local.progress import Trouble
from tools import chromium


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is installed but what a test puts there."""
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def program(folder: Path, name: str, says: str, status: int = 0) -> str:
    file = folder / name
    file.write_text(f"#!/bin/sh\necho '{says}'\nexit {status}\n")
    file.chmod(0o755)
    return str(file)


def test_the_systems_browser_is_found(bare_machine: Path) -> None:
    path = program(bare_machine, "chromium", "Chromium 150.0 built on Debian")
    assert chromium.find() == path


def test_another_one_is_taken_if_it_is_named(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(bare_machine, "chromium", "Chromium 150.0")
    other = program(bare_machine, "chrome", "Google Chrome 151.0")
    monkeypatch.setenv("CHROMIUM", other)
    assert chromium.find() == other


def test_a_named_one_that_does_not_run_is_not_replaced_by_another(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(bare_machine, "chromium", "Chromium 150.0")
    monkeypatch.setenv("CHROMIUM", str(bare_machine / "nowhere"))
    with pytest.raises(Trouble, match="не запускается"):
        chromium.find()


def test_a_program_that_only_advertises_a_snap_is_no_browser(bare_machine: Path) -> None:
    program(bare_machine, "chromium", "Command requires the chromium snap", status=1)
    assert chromium.find() is None


def test_without_apt_it_is_said_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert chromium.main() == 1
    assert "apt install chromium" in capsys.readouterr().err


def test_what_apt_says_last_is_told(bare_machine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program(bare_machine, "apt-get", "E: Unable to locate package chromium", status=100)
    sudo = bare_machine / "sudo"  # `sudo -n true`, then `sudo -n env DEBIAN_FRONTEND=… apt-get …`
    sudo.write_text('#!/bin/sh\nshift\n[ "$1" = true ] && exit 0\nshift 2\nexec "$@"\n')
    sudo.chmod(0o755)
    assert chromium.main() == 1
    assert "E: Unable to locate package chromium" in capsys.readouterr().err


def test_a_list_of_packages_that_is_not_reached_does_not_stop_the_installation(bare_machine: Path) -> None:
    browser = bare_machine / "chromium"
    apt = bare_machine / "apt-get"
    apt.write_text(
        '#!/bin/sh\n[ "$1" = update ] && exit 100\n'
        f"printf '#!/bin/sh\\necho Chromium 150.0\\n' > {browser}\n/bin/chmod +x {browser}\n"
    )
    apt.chmod(0o755)
    sudo = bare_machine / "sudo"
    sudo.write_text('#!/bin/sh\nshift\n[ "$1" = true ] && exit 0\nshift 2\nexec "$@"\n')
    sudo.chmod(0o755)
    assert chromium.main() == 0
