"""MiniStack, the embedded AWS, as the local stack needs it: 127.0.0.1, IAM enforced, state kept.

`python -m local.engine --port 4566 --state-dir .local/engine [--tally capacity.jsonl]`

State is written when it is stopped by SIGINT or SIGTERM; a hard kill loses what happened since the start.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(prog="local.engine", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state-dir", type=Path, required=True)
    parser.add_argument("--tally", type=Path, help="file that gets the capacity of every DynamoDB request")
    arguments = parser.parse_args()
    _prepare(arguments.port, arguments.state_dir.resolve())

    # MiniStack reads its environment when it is imported.
    from ministack import app

    from local import engine_gaps, engine_tally

    engine_gaps.close_all()
    if arguments.tally:
        engine_tally.count_into(arguments.tally.resolve())
    sys.argv = sys.argv[:1]  # MiniStack reads them too
    app.main()


def _prepare(port: int, state_dir: Path) -> None:
    temporary = state_dir / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)  # unpacked functions of the run before
    temporary.mkdir(parents=True)
    os.environ.update(
        {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "AUTH": "true",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(state_dir),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(state_dir / "s3"),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "TMPDIR": str(temporary),
            "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
        }
    )


if __name__ == "__main__":
    main()
