"""MiniStack's user pools, called as Python functions, with the pools and clients that the template declares.

The triggers of the patients' pool are our own handler's, in the same process.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from types import ModuleType
from typing import Any
from unittest import mock

import botocore.session
from botocore import xform_name
from botocore.exceptions import ParamValidationError
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from ministack import app
from ministack.services import cognito

from local import engine_gaps
from tests import tables
from tests.simulation.store import client_error

Row = dict[str, Any]
Pool = tuple[str, str]
"""Its id, and that of its client."""

_TRIGGERS = {
    "_invoke_define_auth_challenge_trigger": "_build_define_auth_challenge_event",
    "_invoke_create_auth_challenge_trigger": "_build_create_auth_challenge_event",
    "_invoke_verify_auth_challenge_trigger": "_build_verify_auth_challenge_event",
}


class Cognito:
    """A client of `cognito-idp`, and the two pools."""

    def __init__(self) -> None:
        self.patients = self._pool("Patients", "UsernameAttributes", "Schema", "AdminCreateUserConfig")
        self.staff = self._pool(
            "Staff", "UsernameAttributes", "AdminCreateUserConfig", "MfaConfiguration", "Policies", "Schema"
        )

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**request: Any) -> Any:
            action = _actions()[operation]
            _validate(action, request)
            status, _, body = cognito._run_idp_handler(getattr(cognito, f"_{operation}"), action, request)
            answer = json.loads(body)
            if status != 200:
                raise client_error("cognito-idp", operation, answer["__type"], answer)
            return answer

        return call

    def _pool(self, name: str, *properties: str) -> Pool:
        declared, client = tables.declared(f"{name}Pool"), tables.declared(f"{name}Client")
        wanted = {key: declared[key] for key in properties if declared[key] is not None}
        pool_id = self.create_user_pool(PoolName=name, **wanted)["UserPool"]["Id"]
        made = self.create_user_pool_client(**{**client, "UserPoolId": pool_id})
        return pool_id, made["UserPoolClient"]["ClientId"]


@cache
def _model() -> ServiceModel:
    return botocore.session.get_session().get_service_model("cognito-idp")


@cache
def _actions() -> dict[str, str]:
    """What Cognito calls an operation, by what botocore calls it."""
    return {xform_name(name): name for name in _model().operation_names}


def _validate(action: str, request: Row) -> None:
    """As botocore does, before anything is sent."""
    report = ParamValidator().validate(request, _model().operation_model(action).input_shape)
    if report.has_errors():
        raise ParamValidationError(report=report.generate_report())


@contextmanager
def opened(triggers: Callable[[Row], Row]) -> Iterator[Cognito]:
    """Both pools, empty, for as long as the block lasts; `triggers`: what answers an event of Cognito's."""
    wrapped: list[tuple[ModuleType, str]] = [
        (cognito, name) for name in ("_password_auth_result", "_admin_respond_to_auth_challenge", "_sign_up")
    ]
    with ExitStack() as undone:
        for module, name in wrapped:
            undone.enter_context(mock.patch.object(module, name, getattr(module, name)))
        engine_gaps.take_an_answer_only_in_its_own_session()
        engine_gaps.keep_sign_ups_to_administrators()
        undone.enter_context(mock.patch.object(app, "AUTH", True))
        key = cognito._RSA_PRIVATE_KEY, {"kid": "of all pools"}  # a new one takes a second to make
        undone.enter_context(mock.patch.object(cognito, "_pool_signing_key", return_value=key))
        for name, build in _TRIGGERS.items():

            def invoked(*given: Any, build: str = build) -> tuple[Row, None]:
                return triggers(getattr(cognito, build)(*given)), None

            undone.enter_context(mock.patch.object(cognito, name, invoked))
        undone.callback(cognito._user_pools.clear)
        yield Cognito()
