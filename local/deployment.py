"""The real template on the local engine: `sam deploy --config-env local`, skipped where nothing changed."""

import hashlib
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from local.processes import REPOSITORY, environment
from local.progress import Trouble

REGION = "eu-central-1"  # the engine's own; it has no meaning outside it
STACK_NAME = "teleconsult"
_BUCKET = "teleconsult-deployment"
_DEPLOYED = ("infra", "functions", "layers/common/python", "statemachines", "samconfig.toml")
_FINGERPRINT = "fingerprint"
_SAM = REPOSITORY / ".venv-sam" / "bin" / "sam"


def client(engine_url: str, service: str, config: Config | None = None) -> Any:
    """A client of the local engine, as its root."""
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=engine_url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=config,
    )


def deploy(engine_url: str, parameters: Mapping[str, str], log: Path) -> tuple[dict[str, str], bool]:
    """The outputs of the deployed stack, and whether there was anything to deploy."""
    cloudformation = client(engine_url, "cloudformation")
    wanted = _fingerprint(parameters)
    stack = _describe(cloudformation)
    if stack and {"Key": _FINGERPRINT, "Value": wanted} in stack.get("Tags", []):
        return _outputs(stack), False
    if stack is None:
        client(engine_url, "s3").create_bucket(
            Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
    _sam_deploy(engine_url, parameters, wanted, log)
    stack = _describe(cloudformation)
    if stack is None:
        raise Trouble(f"Развёртывание не удалось, подробности в {log}")
    return _outputs(stack), True


def _fingerprint(parameters: Mapping[str, str]) -> str:
    """Of all that is deployed: the same fingerprint is the same stack."""
    digest = hashlib.sha256(json.dumps(parameters, sort_keys=True).encode())
    for part in _DEPLOYED:
        path = REPOSITORY / part
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(str(file.relative_to(REPOSITORY)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _describe(cloudformation: Any) -> dict[str, Any] | None:
    try:
        stack: dict[str, Any] = cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"][0]
    except ClientError:
        return None
    return stack if stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE") else None


def _outputs(stack: Mapping[str, Any]) -> dict[str, str]:
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


def _sam_deploy(engine_url: str, parameters: Mapping[str, str], fingerprint: str, log: Path) -> None:
    overrides = [f"{name}='{value}'" for name, value in parameters.items()]
    command = [str(_SAM), "deploy", "--config-env", "local", "--region", REGION, "--s3-bucket", _BUCKET]
    command += ["--tags", f"{_FINGERPRINT}={fingerprint}", "--parameter-overrides", *overrides]
    with log.open("wb") as output:
        done = subprocess.run(
            command,
            cwd=REPOSITORY,
            env=environment(
                AWS_ENDPOINT_URL=engine_url,
                AWS_ACCESS_KEY_ID="test",
                AWS_SECRET_ACCESS_KEY="test",
                SAM_CLI_TELEMETRY="0",
                SAM_CLI_POLL_DELAY="0.2",
            ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            check=False,
        )
    if done.returncode:
        raise Trouble(f"Развёртывание не удалось, подробности в {log}")
