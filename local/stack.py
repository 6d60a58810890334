"""The whole of Teleconsult on this machine: `python -m local.stack` (that is, `make run`) until Ctrl-C.

Tests, the demo and the bench use `attached()` or `running(...)`, and get a `Stack`.
"""

import hashlib
import json
import os
import secrets
import signal
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from local import accounts, deployment, edge, inbox, pages, processes, proxy, web
from local.accounts import Account
from local.ports import HOST, Ports
from local.processes import REPOSITORY
from local.progress import Progress, Trouble, paint
from local.sms.gateway import Gateway
from local.sms.server import gateway_at

STATE_DIR = Path(os.environ.get("TELECONSULT_STATE_DIR", REPOSITORY / ".local")).resolve()
CLINIC = REPOSITORY / "local" / "clinic" / "catalogue.json"
SHOP_ID = "100500"
_MAIL_DOMAIN = "klinika-ob.example.ru"
_SMS_PROVIDERS = ("sns", "smsc", "smsaero")
_STEPS = 7


@dataclass(frozen=True, slots=True)
class Stack:
    """Where everything of a running stack is. Also in `<state_dir>/stack.json` while it runs."""

    web_url: str
    api_url: str
    sandbox_url: str
    inbox_url: str
    sms_url: str | None
    engine_url: str
    region: str
    state_dir: str
    tally: str | None
    shop_id: str
    outputs: dict[str, str]
    staff: tuple[Account, ...]

    def client(self, service: str, config: Any = None) -> Any:
        """A boto3 client of the engine, as its root; `config`: a botocore `Config`."""
        return deployment.client(self.engine_url, service, config)

    def staff_token(self, role: str, doctor_id: str = "") -> str:
        """The id token of the first of the staff with this role (a doctor: of this id, if given)."""
        account = next(each for each in self.staff if each.role == role and doctor_id in ("", each.doctor_id))
        return accounts.staff_token(self.api_url, account.email)

    def patient_token(self, phone: str) -> str:
        """The id token of the holder of this phone, by the code in the SMS."""
        return accounts.patient_token(self.api_url, self.engine_url, phone, self.sms_url)

    def messages(self, to: str | None = None) -> list[inbox.Message]:
        """The SMS and mails sent to a phone (E.164) or address, or to anybody, oldest first."""
        return inbox.messages(self.engine_url, self.region, to, self.sms_url)


def attached(state_dir: Path = STATE_DIR) -> Stack | None:
    """The stack that runs already with this state, or None."""
    file = state_dir / "stack.json"
    if not file.exists():
        return None
    described = json.loads(file.read_text())
    try:
        stack = Stack(**{**described, "staff": tuple(Account(**each) for each in described["staff"])})
    except TypeError:  # left behind by another version of this program, which was killed
        return None
    return stack if _is_answered(f"{stack.inbox_url}/messages.json") else None


@contextmanager
def temporary(
    *,
    quiet: bool = False,
    counted: bool = True,
    parameters: Mapping[str, str] | None = None,
    folder: Path = pages.WEB,
) -> Iterator[Stack]:
    """A stack of one's own beside any other: free ports, and nothing is left of it.

    `counted`: its engine notes the capacity that each request consumes, which takes time of its own.
    `parameters`: of the template, beside or instead of the local ones. `folder`: of the pages.
    """
    with tempfile.TemporaryDirectory(prefix="teleconsult-") as state_dir:
        tally = Path(state_dir) / "capacity.jsonl" if counted else None
        with running(
            Ports.free(), Path(state_dir), tally=tally, quiet=quiet, parameters=parameters, folder=folder
        ) as stack:
            yield stack


@contextmanager
def running(
    ports: Ports,
    state_dir: Path = STATE_DIR,
    *,
    tally: Path | None = None,
    quiet: bool = False,
    parameters: Mapping[str, str] | None = None,
    folder: Path = pages.WEB,
) -> Iterator[Stack]:
    """The stack, ready, until the block ends; the engine stops last and keeps its state in `state_dir`."""
    progress = Progress(_STEPS, quiet)
    logs = state_dir / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with ExitStack() as opened:
        with progress.step("Проверка портов"):
            ports.check()
        with progress.step("Запуск движка"):
            opened.enter_context(_engine(ports.engine, state_dir, tally, logs / "engine.log"))
        with progress.step("Развёртывание") as remarks:
            stack, changed = _deployed(ports, state_dir, tally, parameters or {}, logs / "deploy.log")
            if not changed:
                remarks.append("без изменений")
        with progress.step("Платёжная песочница"):
            opened.enter_context(_sandbox(ports.sandbox, stack, logs / "sandbox.log"))
        with progress.step("Адреса страниц, API и входящих"):
            opened.enter_context(_addresses(ports, stack, folder))
        with progress.step("Учётные записи") as remarks:
            made = accounts.register(stack.engine_url, stack.outputs["StaffPoolId"], stack.staff)
            _verify_sender(stack.engine_url)
            remarks.append(f"новых: {made}" if made else "без изменений")
        with progress.step("Каталог клиники") as remarks:
            if not _load_clinic(stack):
                remarks.append("без изменений")
        opened.enter_context(_described(stack))
        yield stack


def _deployed(
    ports: Ports, state_dir: Path, tally: Path | None, parameters: Mapping[str, str], log: Path
) -> tuple[Stack, bool]:
    """The stack as the engine has it now, and whether anything of it has changed."""
    engine_url, api_url, sandbox_url, inbox_url, sms_url, web_url = (
        f"http://{HOST}:{port}" for port in astuple(ports)
    )
    given = {**_parameters(web_url, sandbox_url, sms_url), **parameters}
    outputs, changed = deployment.deploy(engine_url, given, log)
    stack = Stack(
        web_url=web_url,
        api_url=api_url,
        sandbox_url=sandbox_url,
        inbox_url=inbox_url,
        sms_url=sms_url if given["SmsProvider"] != "sns" else None,
        engine_url=engine_url,
        region=deployment.REGION,
        state_dir=str(state_dir),
        tally=str(tally) if tally else None,
        shop_id=SHOP_ID,
        outputs=outputs,
        staff=accounts.staff_of(json.loads(CLINIC.read_text())),
    )
    return stack, changed


@contextmanager
def _addresses(ports: Ports, stack: Stack, folder: Path) -> Iterator[None]:
    """API, pages and inbox are answered, and the SMS gateway if SMS go by one."""
    api_id = stack.outputs["ApiUrl"].partition("//")[2].partition(".")[0]
    with ExitStack() as opened:
        api = proxy.api_at(ports.engine, api_id)
        key = _distribution_key(stack.engine_url, stack.outputs["WebSecretArn"])
        opened.enter_context(web.serving(ports.api, api))
        opened.enter_context(web.serving(ports.web, edge.edge_at(api, stack.engine_url, key, folder)))
        if stack.sms_url:
            account, password = _sms_secret(stack.engine_url, stack.outputs["SmsSecretArn"])
            gateway = Gateway(Path(stack.state_dir) / "sms.jsonl", account, password)
            opened.enter_context(gateway_at(ports.sms, gateway))
        handler = inbox.inbox_of(stack.engine_url, stack.region, stack.sms_url)
        opened.enter_context(web.serving(ports.inbox, handler))
        yield


@contextmanager
def _described(stack: Stack) -> Iterator[None]:
    """While it runs others find it, see `attached`."""
    file = Path(stack.state_dir) / "stack.json"
    file.write_text(json.dumps(asdict(stack), ensure_ascii=False, indent=2))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _parameters(web_url: str, sandbox_url: str, sms_url: str) -> dict[str, str]:
    return {
        "SiteUrl": web_url,
        "CabinetUrl": f"{web_url}/cabinet",
        "JoinUrl": web_url,
        "MailFrom": f"konsultacii@{_MAIL_DOMAIN}",
        "MailIdentity": _MAIL_DOMAIN,
        "ProviderUrl": f"{sandbox_url}/v3",
        "SmsProvider": "sns",
        "SmsSender": "Klinika",
        "SmsUrl": sms_url,
        "SweepSchedule": "cron(* * * * ? *)",
        "FiguresSchedule": "cron(* * * * ? *)",
        "LogRetentionDays": "1",
        "ProtectData": "false",
    }


def _engine(port: int, state_dir: Path, tally: Path | None, log: Path) -> Any:
    arguments = ["--port", str(port), "--state-dir", str(state_dir / "engine")]
    if tally:
        arguments += ["--tally", str(tally)]
    return processes.running(
        "local.engine", arguments, log=log, health=f"http://{HOST}:{port}/_ministack/health"
    )


def _sandbox(port: int, stack: Stack, log: Path) -> Any:
    secret = _provider_secret(stack.engine_url, stack.outputs["ProviderSecretArn"])
    arguments = ["--port", str(port), "--shop-id", secret["shop_id"], "--secret-key", secret["secret_key"]]
    arguments += ["--notify-url", f"{stack.api_url}/payments/notifications/{secret['webhook_path']}"]
    arguments += ["--state-dir", str(Path(stack.state_dir) / "sandbox")]
    return processes.running(
        "local.sandbox", arguments, log=log, health=f"http://{HOST}:{port}/sandbox/health"
    )


def _provider_secret(engine_url: str, arn: str) -> dict[str, str]:
    """What the template leaves empty, filled in once; afterwards what was filled in."""
    manager = deployment.client(engine_url, "secretsmanager")
    secret: dict[str, str] = json.loads(manager.get_secret_value(SecretId=arn)["SecretString"])
    if not secret["shop_id"]:
        secret = {
            "shop_id": SHOP_ID,
            "secret_key": f"test_{secrets.token_urlsafe(24)}",
            "webhook_path": secrets.token_hex(20),  # the engine's own has punctuation in it
        }
        manager.put_secret_value(SecretId=arn, SecretString=json.dumps(secret))
    return secret


def _distribution_key(engine_url: str, arn: str) -> str:
    """What the edge proves to the API by that it is the edge."""
    manager = deployment.client(engine_url, "secretsmanager")
    return str(json.loads(manager.get_secret_value(SecretId=arn)["SecretString"])["key"])


def _sms_secret(engine_url: str, arn: str) -> tuple[str, str]:
    """Account and key at the SMS gateway, likewise."""
    manager = deployment.client(engine_url, "secretsmanager")
    secret: dict[str, str] = json.loads(manager.get_secret_value(SecretId=arn)["SecretString"])
    if not all(secret.values()):
        account, key = secret
        secret = {account: f"sms@{_MAIL_DOMAIN}", key: secrets.token_urlsafe(24)}
        manager.put_secret_value(SecretId=arn, SecretString=json.dumps(secret))
    account, key = secret.values()
    return account, key


def _verify_sender(engine_url: str) -> None:
    """AWS does it by DNS."""
    mail = deployment.client(engine_url, "sesv2")
    if not any(
        each["IdentityName"] == _MAIL_DOMAIN for each in mail.list_email_identities()["EmailIdentities"]
    ):
        mail.create_email_identity(EmailIdentity=_MAIL_DOMAIN)


def _load_clinic(stack: Stack) -> bool:
    """As an administrator would, by the API, and once: what was changed since by hand stays. True: loaded."""
    content = CLINIC.read_bytes()
    mark = Path(stack.state_dir) / "clinic.sha256"
    fingerprint = hashlib.sha256(content).hexdigest()
    if mark.exists() and mark.read_text() == fingerprint and _is_answered(f"{stack.api_url}/catalogue"):
        return False
    request = urllib.request.Request(
        f"{stack.api_url}/internal/catalogue",
        method="PUT",
        data=content,
        headers={
            "Content-Type": "application/json",
            "Authorization": f"Bearer {stack.staff_token('admin')}",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=60):
            mark.write_text(fingerprint)
    except urllib.error.HTTPError as error:
        raise Trouble(f"Клиника не загружена ({error.code}): {error.read().decode()[:500]}") from None
    return True


def _is_answered(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=60):
            return True
    except OSError:
        return False


def main() -> int:
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _stop)
    try:
        if attached():
            raise Trouble("Стенд уже запущен: остановите его (Ctrl-C) или работайте с ним")
        with running(Ports.chosen(), parameters=_chosen()) as stack:
            print(_welcome(stack), flush=True)
            signal.pause()
    except Trouble as trouble:
        print(paint(str(trouble), 31), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nСтенд остановлен, данные сохранены.")
    return 0


def _chosen() -> dict[str, str]:
    """What the user of `make run` has switched on."""
    sms = os.environ.get("TELECONSULT_SMS") or "sns"
    if sms not in _SMS_PROVIDERS:
        raise Trouble(f"TELECONSULT_SMS: одно из {', '.join(_SMS_PROVIDERS)}, а не «{sms}»")
    vat_code = os.environ.get("TELECONSULT_RECEIPTS_VAT_CODE", "")
    return {"ReceiptsVatCode": vat_code, "SmsProvider": sms}


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _welcome(stack: Stack) -> str:
    doctors = "\n".join(f"    {each.email}  {each.name}" for each in stack.staff if each.role == "doctor")
    admin, operator = (
        next(each.email for each in stack.staff if each.role == role) for role in ("admin", "operator")
    )
    return f"""
{paint("Готово.", 32)} Остановить: Ctrl-C. Данные останутся в {Path(stack.state_dir).name}/

  Сайт         {stack.web_url}/
  Кабинет      {stack.web_url}/cabinet/   (вход по коду из СМС)
  Консоль      {stack.web_url}/console/   (для сотрудников)

  API          {stack.api_url}
  Песочница    {stack.sandbox_url}
  Входящие     {stack.inbox_url}   (СМС и письма)
  AWS          {stack.engine_url}   (регион {stack.region}, ключи test / test)

  Сотрудники, пароль {accounts.STAFF_PASSWORD}:
    {admin}  администратор
    {operator}  оператор
{doctors}
"""


if __name__ == "__main__":
    sys.exit(main())
