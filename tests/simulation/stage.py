"""A world without chance, for scripted scenarios: nothing fails in it but the one call that is to fail.

Each outside call is noted with the places in our code that it was made from, so that none goes untested.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from types import FrameType
from typing import Any
from unittest import mock

import botocore.session
from botocore.config import Config
from moto import mock_aws

from teleconsult.platform import clock, settings
from tests import cognito
from tests.simulation import faults, invariants, store, world
from tests.simulation.faults import Call, Fault
from tests.simulation.seeds import recover
from tests.simulation.world import WEBHOOK_PATH, Reply, World, inhabited

BUCKET = "documents"

_ROOT = Path(__file__).parents[2]
_CODE = (str(_ROOT / "layers"), str(_ROOT / "functions"))
_TRIES = 6


@dataclass(frozen=True, slots=True)
class Place:
    """A line of our code that was on the way to an outside call."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Crossed:
    """One outside call: of which handler, to where, and from which places, the innermost first."""

    handler: str
    service: str
    operation: str
    way: tuple[Place, ...]


@dataclass(slots=True)
class Stage(World):
    """`failing`: the position, among all outside calls, of the one that fails; `failure`: how.

    `scripted`: what happens to the next call of an operation; `meanwhile`: what comes in before it.
    """

    failing: int | None = None
    failure: Fault = faults.CRASH_BEFORE
    crossed: list[Crossed] = field(default_factory=list)
    scripted: dict[str, Fault] = field(default_factory=dict)
    meanwhile: dict[str, Callable[[], None]] = field(default_factory=dict)
    failed: bool = False

    def fault(self, call: Call) -> Fault | None:
        way = _way() if self.failing is None else ()  # what a repetition is asked is its end
        self.crossed.append(Crossed(call.invocation.handler, call.service, call.operation, way))
        if len(self.crossed) - 1 == self.failing:
            self.failed = True
            return self.failure
        return self.scripted.pop(call.operation, None)

    def pause(self, call: Call) -> None:
        if others := self.meanwhile.pop(call.operation, None):
            others()

    def ask(self, route: str, *parameters: str, **asked: Any) -> Reply:
        """Ask as a client that says the same again until there is an answer, and let the workflow follow."""
        for _ in range(_TRIES):
            reply = self.call(route, *parameters, **asked)
            self.pass_by(seconds=20)
            if not reply.again:
                return reply
        raise AssertionError(f"{route} is never answered")

    def must(self, route: str, *parameters: str, **asked: Any) -> Any:
        """The content of a good answer."""
        reply = self.ask(route, *parameters, **asked)
        assert reply.status in range(200, 400), (route, reply)
        return reply.json

    def pass_by(self, **how_long: float) -> None:
        self.run_until(self.now + timedelta(**how_long))

    def wait_until(self, moment: datetime) -> None:
        self.run_until(max(moment, self.now))

    def again_and_again(self, handler: str, event: Mapping[str, Any]) -> Any:
        """An event is given to a function again until it has been dealt with, as Lambda does."""
        for _ in range(_TRIES):
            try:
                answer = self.run(handler, event)
            except (faults.Crash, Exception):
                self.pass_by(seconds=30)
                continue
            if not (isinstance(answer, dict) and answer.get("batchItemFailures")):
                return answer
        raise AssertionError(f"{handler} never ends")

    def notified(self, payment_id: str) -> None:
        """The provider says what became of a payment until it is answered with 200."""
        said = self.shop.told(payment_id)
        reply = self.ask("POST /payments/notifications/{path}", WEBHOOK_PATH, body=said)
        assert reply.status == 200, reply

    def swept(self, name: str, **more: str) -> None:
        self.again_and_again("sweeps", {"sweep": name, "scheduled_for": clock.iso(self.now), **more})
        self.pass_by(seconds=30)

    def send_notices(self) -> None:
        """The stream hands over what is in the outbox."""
        keys = [
            {"pk": item["pk"], "sk": item["sk"]}
            for _, sk, item in list(store.rows("bookings"))
            if sk.startswith("OUTBOX#")
        ]
        for key in keys:
            change = {"Keys": key, "SequenceNumber": "1"}
            self.again_and_again("notifications", {"Records": [{"dynamodb": change}]})

    def make_receipts(self) -> None:
        """The stream hands over the transfers that are in the books, and the schedule comes after."""
        transfers = [pk for pk, _, _ in list(store.rows("ledger")) if pk.startswith("TRANSFER#")]
        for pk in transfers:
            change = {"Keys": {"pk": {"S": pk}, "sk": {"S": "TRANSFER"}}, "SequenceNumber": "1"}
            self.again_and_again("receipts", {"Records": [{"dynamodb": change}]})

    def carry_on_with_receipts(self, **after: float) -> None:
        self.pass_by(**after)
        self.again_and_again("receipts", {"sweep": "receipts", "scheduled_for": clock.iso(self.now)})

    def end(self) -> dict[str, Any]:
        """All comes to its end; what there is then: the bookings' states and the sums of the books."""
        recover(self)
        invariants.at_the_end(self)
        books = invariants.look(self)
        sums: dict[str, int] = {}
        for account, amount in books.accounts.items():
            kind = account.partition(":")[0]
            sums[kind] = sums.get(kind, 0) + amount
        states = {booking: (row["status"], row.get("outcome")) for booking, row in books.bookings.items()}
        return {"bookings": states, "sums": sums, "taken": self.shop.taken()[0]}


Scenario = Callable[[Stage], None]


def play(scenario: Scenario, failing: int | None = None, failure: Fault = faults.CRASH_BEFORE) -> Stage:
    """The stage after a scenario, with all that was on it brought to its end: `Stage.others['end']`."""
    stage = Stage(0, failing=failing, failure=failure, calm=True, check=invariants.Watch())
    with inhabited(stage), _others(stage):
        scenario(stage)
        ended = stage.end()
        stage.send_notices()
    stage.others = {"end": ended}
    return stage


def _way() -> tuple[Place, ...]:
    """Our own lines on the stack, from the outside call up to the handler."""
    places = []
    frame: FrameType | None = sys._getframe(2)
    while frame:
        file = frame.f_code.co_filename
        if file == world.__file__ and frame.f_code.co_name == "run":
            break
        if file.startswith(_CODE):
            places.append(Place(file.removeprefix(f"{_ROOT}/"), frame.f_lineno))
        frame = frame.f_back
    return tuple(places)


# ---- the services that no seed needs ----


class _Across:
    """A client of a service whose calls pass the border. What it signs itself leaves the process not."""

    def __init__(self, service: str, stage: Stage, client: Any = None) -> None:
        """`client`: what stands behind it; else botocore's, with moto in force."""
        self._service = service
        self._stage = stage
        self.client = client or _client(service)

    def __getattr__(self, operation: str) -> Any:
        real = getattr(self.client, operation)
        if operation.startswith(("generate_", "get_paginator")):
            return real if operation.startswith("generate_") else self._paginator

        def call(**request: Any) -> Any:
            return self._stage.border.cross(self._service, operation, lambda: real(**request))

        return call

    def _paginator(self, operation: str) -> Any:
        pages = self.client.get_paginator(operation)

        class Pages:
            @staticmethod
            def paginate(**request: Any) -> Iterator[Any]:
                yield from self._stage.border.cross(
                    self._service, operation, lambda: list(pages.paginate(**request))
                )

        return Pages


@contextmanager
def _others(stage: Stage) -> Iterator[None]:
    keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "DOCUMENTS_BUCKET": BUCKET}
    scanner = {"SCAN_TAG": "scan", "SCAN_CLEAN_VALUE": "clean"}
    with mock.patch.dict(os.environ, keys | scanner), mock_aws():
        region = {"LocationConstraint": "eu-central-1"}
        _client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=region)
        _client("sesv2").create_email_identity(EmailIdentity=os.environ["MAIL_FROM"])
        with cognito.opened(partial(_triggered, stage)) as pools:
            for name, (pool_id, client_id) in (("PATIENTS", pools.patients), ("STAFF", pools.staff)):
                os.environ |= {f"{name}_POOL_ID": pool_id, f"{name}_CLIENT_ID": client_id}
            stage.others = {service: _Across(service, stage) for service in ("s3", "sns", "sesv2")}
            stage.others["cognito-idp"] = _Across("cognito-idp", stage, pools)
            yield


def _triggered(stage: Stage, event: dict[str, Any]) -> Any:
    """A trigger, as Cognito runs it: up to three times; in a process that has read no secret yet."""
    settings._read_secret.cache_clear()
    for _ in range(2):
        try:
            return stage.run("sign_in", event)
        except (faults.Crash, Exception):
            continue
    return stage.run("sign_in", event)


@cache
def _client(service: str) -> Any:
    """Made while moto is in force, which it must be."""
    how = Config(signature_version="s3v4") if service == "s3" else None
    return botocore.session.get_session().create_client(service, config=how)


def s3() -> Any:
    """The bucket as patients and the scanner reach it: not an outside call of ours."""
    return _client("s3")
