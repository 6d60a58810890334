"""The world of one seed: its time, what is to happen in it, and the real handlers inside.

Everything is decided by `random.Random(seed)`; time is virtual; one thing happens after another, and some of
them in the midst of others, while those wait for an outside call.
"""

import heapq
import json
import logging
import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest import mock

_ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "eu-central-1",
    "BOOKINGS_TABLE": "bookings",
    "PATIENTS_TABLE": "patients",
    "LEDGER_TABLE": "ledger",
    "APP_SECRET_ARN": "app",
    "TICKET_SECRET_ARN": "ticket",
    "PROVIDER_SECRET_ARN": "provider",
    "PROVIDER_URL": "http://sandbox/v3",
    "SITE_URL": "https://site.example.org",
    "CABINET_URL": "https://cabinet.example.org",
    "JOIN_URL": "https://api.example.org",
    "MAIL_FROM": "clinic@example.org",
    "RECEIPTS_VAT_CODE": "1",
    "POWERTOOLS_SERVICE_NAME": "simulation",
    "POWERTOOLS_METRICS_NAMESPACE": "Teleconsult",
    "POWERTOOLS_METRICS_DISABLED": "true",
    "POWERTOOLS_LOG_LEVEL": "CRITICAL",
}
for _name, _value in _ENVIRONMENT.items():
    os.environ.setdefault(_name, _value)  # Powertools reads its own at import

from aws_lambda_powertools.utilities.typing import LambdaContext  # noqa: E402

from functions.balance_credit.handler import handler as balance_credit  # noqa: E402
from functions.consent_capture.handler import handler as consent_capture  # noqa: E402
from functions.document_check.handler import handler as document_check  # noqa: E402
from functions.intake_validation.handler import handler as intake_validation  # noqa: E402
from functions.internal_api.handler import handler as internal_api  # noqa: E402
from functions.notifications.handler import handler as notifications  # noqa: E402
from functions.payment_expiry.handler import handler as payment_expiry  # noqa: E402
from functions.payment_webhook.handler import handler as payment_webhook  # noqa: E402
from functions.post_consultation_check.handler import handler as post_consultation_check  # noqa: E402
from functions.public_api.handler import handler as public_api  # noqa: E402
from functions.receipts.handler import handler as fiscal_receipts  # noqa: E402
from functions.revenue_recognition.handler import handler as revenue_recognition  # noqa: E402
from functions.scheduling.handler import handler as scheduling  # noqa: E402
from functions.sessions.handler import handler as sessions  # noqa: E402
from functions.sign_in.handler import handler as sign_in  # noqa: E402
from functions.sweeps.handler import handler as sweeps  # noqa: E402
from local.sandbox import receipts, refunds, shop  # noqa: E402
from teleconsult.catalogue import store as catalogue_store  # noqa: E402
from teleconsult.catalogue.document import check_document  # noqa: E402
from teleconsult.payments import installation  # noqa: E402
from teleconsult.payments.yookassa import Provider  # noqa: E402
from teleconsult.platform import aws, clock, dynamo, observability, settings  # noqa: E402
from teleconsult.platform.http import JSON  # noqa: E402
from teleconsult.platform.observability import logger, metrics  # noqa: E402
from teleconsult.slots.model import Slot  # noqa: E402
from tests import tables  # noqa: E402
from tests.simulation import faults, provider, workflow  # noqa: E402
from tests.simulation import store as engine  # noqa: E402
from tests.simulation.faults import Border, Call, Crash, Fault, Invocation  # noqa: E402
from tests.unit.api import calls  # noqa: E402
from tests.unit.usecases import forms  # noqa: E402

HANDLERS: Mapping[str, Callable[[Any, Any], Any]] = {
    "balance_credit": balance_credit,
    "consent_capture": consent_capture,
    "document_check": document_check,
    "intake_validation": intake_validation,
    "internal_api": internal_api,
    "notifications": notifications,
    "payment_expiry": payment_expiry,
    "payment_webhook": payment_webhook,
    "post_consultation_check": post_consultation_check,
    "public_api": public_api,
    "receipts": fiscal_receipts,
    "revenue_recognition": revenue_recognition,
    "scheduling": scheduling,
    "sessions": sessions,
    "sign_in": sign_in,
    "sweeps": sweeps,
}
SWEEPS = ("reminders", "no_shows", "lost_executions", "open_payments", "refunds", "callbacks", "notices")
SWEEP_PERIOD = timedelta(minutes=5)

BEGIN = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)  # Tuesday morning in Novosibirsk
WEBHOOK_PATH = "unguessable-0123456789"
_CATALOGUE = Path(__file__).parents[2] / "local" / "clinic" / "catalogue.json"
_DOCTORS = ("d-sokolova", "d-rakhimov")
_SECRETS = {
    "app": {"pepper": "the simulation's pepper"},
    "ticket": {"key": "the simulation's key of tickets"},
    "provider": {"shop_id": provider.SHOP_ID, "secret_key": "test_key", "webhook_path": WEBHOOK_PATH},
}

_DEEPEST = 3  # invocations within each other
_LONGEST_PAUSE = timedelta(seconds=25)  # an outside call may take that long, with all its repeats


class Context(LambdaContext):
    """What the Lambda runtime tells of an invocation."""

    _function_name = "simulation"
    _memory_limit_in_mb = 512
    _invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:simulation"
    _aws_request_id = "00000000-0000-0000-0000-000000000000"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 300_000


@dataclass(frozen=True, slots=True)
class Reply:
    """What the API answered; status 0: nothing, since it died."""

    status: int
    json: Any = None
    cookie: str = ""

    @property
    def again(self) -> bool:
        """Whether a client that keeps to the rules says the same again."""
        return self.status == 0 or self.status >= 500


@dataclass(slots=True)
class World:
    """One seed. `trouble`: how likely a fault is at each outside call."""

    seed: int
    trouble: float = 0.0
    crowd: float = 0.0  # how likely something else comes in between, at each outside call
    now: datetime = BEGIN
    random: Random = field(default_factory=Random)
    border: Border = field(default_factory=Border)
    cases: Counter[str] = field(default_factory=Counter)
    trace: list[str] = field(default_factory=list)
    check: Callable[["World"], None] = lambda _world: None
    read: dict[tuple[str, str], tuple[Any, Any]] = field(default_factory=dict)  # see `invariants`
    others: Mapping[str, Any] = field(default_factory=dict)  # clients of services that no seed needs
    steps: int = 0
    calm: bool = False
    store: engine.Store = field(init=False)
    shop: provider.SimulatedShop = field(init=False)
    machine: workflow.Machine = field(init=False)
    _agenda: list[tuple[datetime, int, str, Callable[[], None]]] = field(default_factory=list)
    _planned: int = 0
    _invoked: int = 0

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.store = engine.Store(self.border.cross, self._written)
        self.shop = provider.opened(lambda: self.now)
        self.machine = workflow.Machine(self)
        self.border.plan = self

    # ---- time ----

    def at(self, moment: datetime, what: str, act: Callable[[], None]) -> None:
        """Plan something; what lies in the past happens now."""
        self._planned += 1
        heapq.heappush(self._agenda, (max(moment, self.now), self._planned, what, act))

    def after(self, seconds: float, what: str, act: Callable[[], None]) -> None:
        self.at(self.now + timedelta(seconds=seconds), what, act)

    def lag(self) -> float:
        """Seconds until something that is done at once is done: next to none, and now and then many."""
        draw = self.random.random()
        if self.calm or draw < 0.8:
            return self.random.uniform(0.0, 0.5)
        return self.random.uniform(0.5, 20.0) if draw < 0.95 else self.random.uniform(20.0, 400.0)

    @property
    def next_moment(self) -> datetime | None:
        return self._agenda[0][0] if self._agenda else None

    def step(self) -> None:
        """Let the next thing happen, and look at the invariants."""
        moment, _, what, act = heapq.heappop(self._agenda)
        self.now = max(self.now, moment)
        self.steps += 1
        self.note(what)
        act()
        self.check(self)

    def run_until(self, moment: datetime) -> None:
        """Let everything happen that is planned until then."""
        while self._agenda and self._agenda[0][0] <= moment:
            self.step()
        self.now = max(self.now, moment)

    def run_out(self) -> None:
        """Until nothing is planned any more."""
        while self._agenda:
            self.step()

    def note(self, what: str) -> None:
        self.trace.append(f"{'  ' * self.border.depth}{clock.iso(self.now)[5:19]} {what}")

    # ---- handlers ----

    def run(self, handler: str, event: Mapping[str, Any]) -> Any:
        """Invoke a handler; see `workflow.World`."""
        self._invoked += 1
        invocation = Invocation(handler, self._invoked)
        if self.random.random() < 0.02:  # a new process
            settings._read_secret.cache_clear()
        metrics.clear_metrics()  # of a run that crashed, or waits: there is one object in a process
        self.border.enter(invocation)
        self.note(f"> {handler}")
        try:
            return HANDLERS[handler](event, Context())
        except Crash:
            self.note("< dead")
            raise
        except Exception as error:
            self.note(f"< {type(error).__name__}")
            raise
        finally:
            self.border.leave()

    def call(self, route: str, *parameters: str, **asked: Any) -> Reply:
        """Ask the API; of a function that crashed, or raised, the client hears nothing of use (502)."""
        event = calls.request(route, *parameters, **asked)
        event["requestContext"]["http"]["sourceIp"] = f"192.0.2.{self.random.randrange(250)}"
        try:
            answer = self.run(_handler_of(route), event)
        except (Crash, Exception):
            return Reply(0)
        self.note(f"< {answer['statusCode']}")
        told = answer["headers"]["Content-Type"] == JSON and answer["body"]
        cookie = next(iter(answer.get("cookies", ())), "").partition(";")[0]
        return Reply(answer["statusCode"], json.loads(answer["body"]) if told else None, cookie)

    @contextmanager
    def alarm(self, *, name: str, **_how: Any) -> Iterator[Any]:
        """What an alarm waits for has come about."""
        self.note(f"alarm: {name}")
        self.cases[f"alarm: {name}"] += 1
        yield SimpleNamespace(add_dimension=lambda **_dimension: None)

    def desk_refunds(self) -> list[tuple[str, str]]:
        """Holders and refunds that only an operator can end, as the rows tell."""
        return [
            (pk.removeprefix("HOLDER#"), sk.rpartition("#")[2])
            for pk, sk, item in engine.rows("bookings")
            if sk.startswith("REFUND#") and item.get("way") == {"S": "desk"} and "due_at" in item
        ]

    def sweep(self, name: str) -> None:
        """One scheduled run; Lambda repeats an event that failed, and here the next run does."""
        try:
            self.run("sweeps", {"sweep": name, "scheduled_for": clock.iso(self.now)})
        except (Crash, Exception):
            self.note("sweep failed")

    # ---- the border ----

    def client(self, service: str) -> Any:
        known = {"dynamodb": self.store, "stepfunctions": self, "secretsmanager": self}
        return known[service] if service in known else self.others[service]

    def get_secret_value(self, SecretId: str) -> Any:  # noqa: N803
        answer = {"SecretString": json.dumps(_SECRETS[SecretId])}
        return self.border.cross("secretsmanager", "get_secret_value", lambda: answer)

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> Any:  # noqa: N803
        del stateMachineArn
        return self.border.cross("stepfunctions", "start_execution", lambda: self.machine.start(name, input))

    def send_task_success(self, *, taskToken: str, output: str) -> Any:  # noqa: N803
        del output
        return self.border.cross(
            "stepfunctions", "send_task_success", lambda: self.machine.succeed(taskToken)
        )

    def describe_execution(self, *, executionArn: str) -> Any:  # noqa: N803
        name = executionArn.rpartition(":")[2]
        return self.border.cross("stepfunctions", "describe_execution", lambda: self.machine.describe(name))

    def get_paginator(self, _operation: str) -> Any:
        return self

    def paginate(self, *, stateMachineArn: str, statusFilter: str) -> Iterator[Any]:  # noqa: N803
        del stateMachineArn
        yield from self.border.cross(
            "stepfunctions",
            "list_executions",
            lambda: list(workflow.pages(self.machine.listed(statusFilter))),
        )

    def fault(self, call: Call) -> Fault | None:
        likely = self.trouble * (3 if call.writes or call.service == "stepfunctions" else 0.5)
        if self.calm or self.random.random() >= likely:
            return None
        return faults.chosen(self.random, call)

    def pause(self, call: Call) -> None:
        """What comes next may come while this call is on its way."""
        while (
            not self.calm
            and self.border.depth < _DEEPEST
            and self._agenda
            and self._agenda[0][0] <= self.now + _LONGEST_PAUSE
            and self.random.random() < self.crowd
        ):
            self.note(f"| {call} waits")
            self.step()

    def happened(self, call: Call, fault: Fault | None, error: BaseException | None) -> None:
        if fault is None:
            return
        self.note(f"! {fault.name} at {call}")
        self.cases[f"fault: {fault.name}"] += 1
        committed = fault is faults.CRASH_AFTER and call.writes and error and error.__cause__ is None
        if committed:
            self.cases["crash after commit"] += 1

    def _written(self) -> None:
        self.check(self)


def _handler_of(route: str) -> str:
    if "/internal/" in route:
        return "internal_api"
    if "/sign-in/" in route or "/staff/" in route:
        return "sessions"
    return "payment_webhook" if "/payments/notifications/" in route else "public_api"


# ---- one process ----


@cache
def prepared() -> dict[str, dict[str, engine.Row]]:
    """The tables with a small clinic's catalogue in them, made once a process."""
    tables.create(_Making(), *engine.NAMES)
    document = json.loads(_CATALOGUE.read_text(encoding="utf-8"))
    document["doctors"] = [each for each in document["doctors"] if each["id"] in _DOCTORS]
    maker = engine.Store(lambda _service, _operation, perform: perform(), lambda: None)
    with mock.patch.object(aws, "client", mock.Mock(return_value=maker)):
        catalogue_store.replace(check_document(document), BEGIN)
    return engine.keep()


class _Making:
    """Makes tables as a client of DynamoDB does."""

    def create_table(self, **shape: Any) -> None:
        engine.Store(lambda _s, _o, perform: perform(), lambda: None).perform("create_table", shape)


@contextmanager
def inhabited(world: World) -> Iterator[World]:
    """The process in this world: its time, its store, its provider."""
    engine.empty(prepared())
    settings._read_secret.cache_clear()
    level = logger.log_level
    logger.setLevel(logging.CRITICAL)
    transport = provider.Transport(world.shop, world.border)

    def reached(url: str, shop_id: str, key: str) -> Provider:
        return Provider(url, shop_id, key, transport=transport, pause=lambda _seconds: None)

    still = SimpleNamespace(sleep=lambda _seconds: None, monotonic=lambda: world.now.timestamp())
    with ExitStack() as patches:
        patches.enter_context(engine.quick())
        patches.enter_context(warnings.catch_warnings())
        warnings.filterwarnings("ignore", "No application metrics")  # one in a process, and runs crash here
        for place, name, value in (
            (aws, "client", world.client),
            (clock, "now", lambda: world.now.replace(microsecond=0)),
            (dynamo, "time", still),
            (settings, "time", still),
            (observability, "single_metric", world.alarm),
            (installation, "_provider", reached),
            *((part, "secrets", provider.Ids(world.random)) for part in (shop, refunds, receipts)),
        ):
            patches.enter_context(mock.patch.object(place, name, value))
        patches.enter_context(
            mock.patch.dict(os.environ, {**_ENVIRONMENT, "STATE_MACHINE_ARN": workflow.ARN})
        )
        try:
            yield world
        finally:
            world.shop.close()
            logger.setLevel(level)
            settings._read_secret.cache_clear()


@cache
def slots() -> list[Slot]:
    """Free times of the first days, some of which overlap each other's; the same for every seed."""
    with inhabited(World(0)):
        return forms.free_slots("therapist", BEGIN)
