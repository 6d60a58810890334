"""The workflow tier: the real template on the local engine, IAM on, and the payment sandbox beside it.

The entrances' use cases run in the test's process; the state machine and its functions run in the engine.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from local import deployment, processes
from local.ports import HOST, Ports
from teleconsult.catalogue import store as catalogue_store
from teleconsult.catalogue.document import check_document
from teleconsult.payments.yookassa import Provider
from teleconsult.platform import aws, clock, settings
from tests.workflow.flow import Shop

CATALOGUE = processes.REPOSITORY / "local" / "clinic" / "catalogue.json"
SHOP_ID, SECRET_KEY = "100500", "test_workflow"
NEVER = "rate(1000 days)"  # the tests run the sweeps themselves
RETRIES_SHORTENED = "0.05"  # of the state machine's pauses between retries; its deadlines are real


class Engine:
    """The engine, which can be stopped and started with what it knew."""

    def __init__(self, port: int, folder: Path) -> None:
        self.url = f"http://{HOST}:{port}"
        self._port = port
        self._folder = folder
        self._running = ExitStack()

    def start(self) -> None:
        self._running.enter_context(
            processes.running(
                "local.engine",
                ["--port", str(self._port), "--state-dir", str(self._folder / "engine")],
                log=self._folder / "engine.log",
                health=f"{self.url}/_ministack/health",
                env=processes.environment(SFN_WAIT_SCALE=RETRIES_SHORTENED),
            )
        )

    def stop(self) -> None:
        self._running.close()


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """The whole template, deployed; the process's own settings lead to it."""
    with (
        tempfile.TemporaryDirectory(prefix="teleconsult-workflow-") as folder,
        pytest.MonkeyPatch.context() as env,
    ):
        ports = Ports.free()
        engine = Engine(ports.engine, Path(folder))
        engine.start()
        try:
            outputs, _ = deployment.deploy(engine.url, _parameters(), Path(folder) / "deploy.log")
            _lead_to(engine.url, outputs, env)
            catalogue_store.replace(check_document(json.loads(CATALOGUE.read_text())), clock.now())
            yield engine
        finally:
            engine.stop()
            _forget_clients()


@pytest.fixture(scope="session")
def shop() -> Iterator[Shop]:
    """A shop at the payment sandbox, which notifies nobody: the tests settle payments themselves."""
    with tempfile.TemporaryDirectory(prefix="teleconsult-sandbox-") as folder:
        url = f"http://{HOST}:{Ports.free().sandbox}"
        arguments = ["--port", url.rpartition(":")[2], "--shop-id", SHOP_ID, "--secret-key", SECRET_KEY]
        arguments += ["--notify-url", f"{url}/nobody", "--state-dir", folder]
        health = f"{url}/sandbox/health"
        with processes.running("local.sandbox", arguments, log=Path(folder) / "log", health=health):
            yield Shop(Provider(f"{url}/v3", SHOP_ID, SECRET_KEY), url)


def _parameters() -> dict[str, str]:
    return {
        "SiteUrl": "https://clinic.example",
        "CabinetUrl": "https://clinic.example/cabinet",
        "JoinUrl": "https://clinic.example",
        "MailFrom": "consultations@clinic.example",
        "MailIdentity": "clinic.example",
        "ProviderUrl": "https://provider.example/v3",
        "SweepSchedule": NEVER,
        "ReminderSchedule": NEVER,
        "LogRetentionDays": "1",
        "ProtectData": "false",
    }


def _lead_to(url: str, outputs: dict[str, str], env: pytest.MonkeyPatch) -> None:
    _forget_clients()
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        env.delenv(name, raising=False)
    variables = {
        "AWS_ENDPOINT_URL": url,
        "AWS_DEFAULT_REGION": deployment.REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "BOOKINGS_TABLE": outputs["BookingsTableName"],
        "PATIENTS_TABLE": outputs["PatientsTableName"],
        "LEDGER_TABLE": outputs["LedgerTableName"],
        "DOCUMENTS_BUCKET": outputs["DocumentsBucketName"],
        "STATE_MACHINE_ARN": outputs["StateMachineArn"],
        "APP_SECRET_ARN": outputs["AppSecretArn"],
    }
    for name, value in variables.items():
        env.setenv(name, value)


def _forget_clients() -> None:
    aws.client.cache_clear()
    aws._session.cache_clear()
    settings._read_secret.cache_clear()
