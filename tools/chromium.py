"""Finds the system's Chromium for the tests of the pages; installs Debian's where that may be done.

`python -m tools.chromium` exits 0 and prints where it is, or 1 and says what to do. `CHROMIUM=…` names
another one.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress

from local.progress import Trouble, paint
from tools.speaking import tell, telling

_PACKAGES = ("chromium", "fonts-liberation")  # without a font of its own a bare machine draws empty boxes
_ADVICE = (
    "Установите Chromium (Debian, Ubuntu: apt install chromium) или укажите его: CHROMIUM=/путь/к/chromium"
)
_INSTALL_SECONDS = 900


def find() -> str | None:
    """The path of the browser that `CHROMIUM` names, or of the system's; None: there is none that runs.

    Raises:
        Trouble: `CHROMIUM` names something that does not run.
    """
    named = os.environ.get("CHROMIUM")
    if named:
        if _runs(named):
            return named
        raise Trouble(f"CHROMIUM={named}: такая программа не запускается")
    installed = shutil.which("chromium")
    return installed if installed and _runs(installed) else None


def install() -> None:
    """Debian's Chromium by apt-get, as root or by a sudo that asks for no password.

    Raises:
        Trouble: it may not be done here, or failed.
    """
    apt = shutil.which("apt-get")
    if apt is None:
        raise Trouble(f"Нет браузера для проверки страниц, и нет apt-get. {_ADVICE}")
    become = _becoming_root()
    if become is None:
        raise Trouble(f"Нет браузера для проверки страниц, и нет прав его поставить. {_ADVICE}")
    with telling("Установка Chromium (apt-get, около минуты)"):
        with suppress(Trouble):  # one list that is not reached need not be the one that is needed
            _run([*become, apt, "update", "--quiet"])
        _run([*become, apt, "install", "--quiet", "--yes", "--no-install-recommends", *_PACKAGES])


def _becoming_root() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    allowed = sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0
    return [sudo, "-n"] if sudo and allowed else None


def _run(command: Sequence[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if len(command) > 1 and command[1] == "-n":  # sudo passes on no variable
        command = [*command[:2], "env", "DEBIAN_FRONTEND=noninteractive", *command[2:]]
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Trouble(
            f"Chromium не установлен: apt-get не ответил за {_INSTALL_SECONDS} с. {_ADVICE}"
        ) from None
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise Trouble(f"Chromium не установлен, apt-get: {''.join(last)}. {_ADVICE}")


def _runs(path: str) -> bool:
    """Ubuntu's package of that name is a script that only advertises a snap."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and any(name in done.stdout for name in ("Chromium", "Chrome"))


def main() -> int:
    try:
        found = find()
        if found is None:
            install()
            found = find()
        if found is None:
            raise Trouble(f"Chromium установлен, но не запускается. {_ADVICE}")
        print(found)
    except Trouble as trouble:
        tell(paint(str(trouble), 31, sys.stderr))
        return 1
    except KeyboardInterrupt:
        tell("\nПрервано")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
