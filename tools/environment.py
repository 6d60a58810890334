"""Makes the environments from their lock files, and does nothing where they are up to date.

Two of them, since SAM CLI and MiniStack each pin another botocore. Needs nothing but Python and its venv.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
MAIN, SAM = REPOSITORY / ".venv", REPOSITORY / ".venv-sam"
_LOCKS = {MAIN: REPOSITORY / "requirements.lock", SAM: REPOSITORY / "requirements-sam.lock"}
_STAMP = ".made-from"


def main() -> int:
    for environment, lock in _LOCKS.items():
        wanted = hashlib.sha256(sys.version.encode() + lock.read_bytes()).hexdigest()
        stamp = environment / _STAMP
        if stamp.exists() and stamp.read_text() == wanted:
            continue
        print(f"Окружение {environment.name}… ", end="", flush=True)
        started = time.monotonic()
        try:
            _make(environment, lock)
        except subprocess.CalledProcessError as error:
            print(f"не удалось:\n{error.stderr}", file=sys.stderr)
            return 1
        stamp.write_text(wanted)
        print(f"{time.monotonic() - started:.1f} с")
    return 0


def _make(environment: Path, lock: Path) -> None:
    shutil.rmtree(environment, ignore_errors=True)
    _run(sys.executable, "-m", "venv", str(environment))
    python = str(environment / "bin" / "python")
    packages = ["--no-deps", "--require-hashes", "-r", str(lock)]
    # The engine starts a process for each Lambda function: they shall find compiled files. SAM CLI runs once.
    compiled = ["--compile-bytecode"] if environment == MAIN else []
    try:
        _run(_uv(), "pip", "install", "--quiet", *compiled, "--python", python, *packages)
    except subprocess.CalledProcessError:
        # uv is ten times faster, but only pip knows of an index that is set up in pip's own configuration.
        _run(python, "-m", "pip", "install", "--quiet", *packages)


def _uv() -> str:
    """uv, as locked, in the main environment, which is always made first."""
    uv = MAIN / "bin" / "uv"
    if not uv.exists():
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirement:
            requirement.write(_locked("uv"))
            requirement.flush()
            packages = ["--no-deps", "--require-hashes", "-r", requirement.name]
            _run(str(MAIN / "bin" / "python"), "-m", "pip", "install", "--quiet", *packages)
    return str(uv)


def _locked(package: str) -> str:
    """The lines of one package in the main lock file, hashes included."""
    lines = _LOCKS[MAIN].read_text().splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith(f"{package}=="))
    last = next(number for number in range(first, len(lines)) if not lines[number].endswith("\\"))
    return "\n".join(lines[first : last + 1]) + "\n"


def _run(*command: str) -> None:
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    subprocess.run(command, check=True, capture_output=True, text=True, env=environment)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # what was half made has no stamp, and is made anew
        sys.exit("\nПрервано")
