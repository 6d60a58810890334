"""Where MiniStack 1.5.33 differs from AWS and we need AWS: each gap closed by a wrapper of a few lines.

`tests/workflow/test_engine_gaps.py` fails as soon as one of them is no longer needed.
"""

import base64
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.services import cognito, eventbridge, lambda_svc, ses_v2, stepfunctions

LEADING_KEYS = "dynamodb:LeadingKeys"
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"


def close_all() -> None:
    evaluate_timeouts()
    tell_schedules_their_time()
    ask_about_what_aws_asks_about()
    name_the_errors_of_functions()
    read_streams_from_their_start()
    take_the_loopback_for_secure()
    tell_iam_the_leading_keys()
    keep_the_source_of_mails()
    take_an_answer_only_in_its_own_session()
    keep_sign_ups_to_administrators()


def evaluate_timeouts() -> None:
    """`TimeoutSeconds` may be a JSONata expression; MiniStack compares it as it stands."""
    execute = stepfunctions._execute_task

    def execute_task(state: dict[str, Any], given: Any, execution: Any, context: dict[str, Any]) -> Any:
        if isinstance(state.get("TimeoutSeconds"), str):
            seconds = stepfunctions._jsonata_state_field(state, "TimeoutSeconds", "number", given, context)
            state = {**state, "TimeoutSeconds": seconds}
        return execute(state, given, execution, context)

    stepfunctions._execute_task = execute_task


def tell_schedules_their_time() -> None:
    """The scheduler's context attribute in a target's input; MiniStack passes it on as it stands."""
    invoke = eventbridge._invoke_target

    def invoke_target(target: dict[str, Any], event: dict[str, Any], *rest: Any, **more: Any) -> Any:
        if event.get("Source") == "aws.scheduler" and SCHEDULED_TIME in target.get("Input", ""):
            minute = datetime.fromtimestamp(event["Time"], UTC).strftime("%Y-%m-%dT%H:%M:00Z")
            target = {**target, "Input": target["Input"].replace(SCHEDULED_TIME, minute)}
        return invoke(target, event, *rest, **more)

    eventbridge._invoke_target = invoke_target


def ask_about_what_aws_asks_about() -> None:
    """The resource in IAM's question: a task token's machine, a mail's sender. MiniStack asks about `*`."""
    extract = iam_actions.extract_resource_arn

    def extract_resource_arn(
        service: str, method: str, path: str, headers: Any, body: bytes, query: Any, region: str, account: str
    ) -> Any:
        arn = extract(service, method, path, headers, body, query, region, account)
        if arn == "*" and "SendTask" in headers.get("x-amz-target", ""):
            return next((each["stateMachineArn"] for each in stepfunctions._state_machines.values()), arn)
        if arn == "*" and service == "ses" and b"@" in body:
            sender = json.loads(body)["FromEmailAddress"]
            return f"arn:aws:ses:{region}:{account}:identity/{sender.rpartition('@')[2].rstrip('>')}"
        return arn

    iam_actions.extract_resource_arn = extract_resource_arn


def name_the_errors_of_functions() -> None:
    """A failed function's error has the name of its exception; MiniStack gives all of them one name."""
    execute = lambda_svc._execute_function_warm

    def execute_function(*given: Any, **more: Any) -> dict[str, Any]:
        result: dict[str, Any] = execute(*given, **more)
        if result.get("error") and result["body"].get("errorType") == "Runtime.HandlerError":
            result["body"]["errorType"] = _exception_name(result["log"]) or "Runtime.HandlerError"
        return result

    lambda_svc._execute_function_warm = execute_function


def read_streams_from_their_start() -> None:
    """MiniStack keeps over a restart how far a stream was read, not the stream: it skips what is new."""
    restore = lambda_svc._restore_esm_positions

    def restore_positions(positions: Any, saved: Any) -> None:
        restore(positions, saved)
        if positions is lambda_svc._dynamodb_stream_positions:
            positions._data.update(dict.fromkeys(positions._data, 0))

    lambda_svc._restore_esm_positions = restore_positions


def take_the_loopback_for_secure() -> None:
    """A bucket that wants TLS is reached by plain HTTP here, on 127.0.0.1, where nobody listens in."""
    enforce = iam_evaluator.enforce

    def enforce_as_if_by_tls(*asked: Any, **more: Any) -> Any:
        address, _ = iam_evaluator._request_origin.get()
        iam_evaluator.pin_request_origin(address, True)
        return enforce(*asked, **more)

    iam_evaluator.enforce = enforce_as_if_by_tls


def tell_iam_the_leading_keys() -> None:
    """`dynamodb:LeadingKeys`, a condition on partitions; MiniStack knows nothing of it: it always holds."""
    context_of, enforce = iam_actions.dynamodb_service_context, iam_evaluator.enforce

    def service_context(body: bytes) -> dict[str, Any]:
        return {**context_of(body), LEADING_KEYS: list(_leading_keys(json.loads(body or b"{}")))}

    def enforce_with_keys(
        caller: str,
        action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        context = dict(service_context or {})
        table = resource_arn.partition(":table/")[2].partition("/")[0]
        named = context.pop(LEADING_KEYS, [])
        keys = [key for of, where, key in named if where == table and of in (None, action)]
        if keys:
            context[LEADING_KEYS] = keys
        return enforce(caller, action, service, region, resource_arn=resource_arn, service_context=context)

    iam_actions.dynamodb_service_context = service_context
    iam_evaluator.enforce = enforce_with_keys


def keep_the_source_of_mails() -> None:
    """A mail that was sent whole. MiniStack keeps its text alone: here its source too, where it keeps HTML,
    which nobody sends."""
    parse = ses_v2._parse_raw_mime

    def parse_raw_mime(data: str) -> dict[str, Any]:
        parsed: dict[str, Any] = parse(data)
        source = {"ContentType": "text/html", "Data": base64.b64decode(data).decode()}
        return {**parsed, "BodyParts": [*parsed.get("BodyParts", []), source]}

    ses_v2._parse_raw_mime = parse_raw_mime


def take_an_answer_only_in_its_own_session() -> None:
    """A new password, a one-time code: with the session that asked for it, and of that user. MiniStack takes
    them of anybody who has never proved a password."""
    ask, answer = cognito._password_auth_result, cognito._admin_respond_to_auth_challenge
    asked: dict[str, str] = {}

    def password_auth_result(
        pool: Any, pid: str, cid: str, user: dict[str, Any], *rest: Any, **more: Any
    ) -> Any:
        reply = ask(pool, pid, cid, user, *rest, **more)
        if session := json.loads(reply[2]).get("Session"):
            asked[session] = user["Username"]
        return reply

    def respond(data: dict[str, Any]) -> Any:
        if data.get("ChallengeName") in ("NEW_PASSWORD_REQUIRED", "SOFTWARE_TOKEN_MFA"):
            username = asked.get(data.get("Session", ""))
            if username is None or username != data["ChallengeResponses"].get("USERNAME"):
                return cognito.error_response_json(
                    "NotAuthorizedException", "Invalid session for the user.", 400
                )
        return answer(data)

    cognito._password_auth_result = password_auth_result
    cognito._admin_respond_to_auth_challenge = respond


def keep_sign_ups_to_administrators() -> None:
    """`AllowAdminCreateUserOnly`; MiniStack signs anybody up."""
    sign_up = cognito._sign_up

    def sign_up_where_allowed(data: dict[str, Any]) -> Any:
        pool, _ = cognito._pool_for_client(data.get("ClientId"))
        if pool and pool["AdminCreateUserConfig"].get("AllowAdminCreateUserOnly"):
            return cognito.error_response_json(
                "NotAuthorizedException", "SignUp is not permitted for this user pool", 400
            )
        return sign_up(data)

    cognito._sign_up = sign_up_where_allowed


def _leading_keys(request: dict[str, Any]) -> Iterator[tuple[str | None, str, str]]:
    """(action or None, table, partition) for each that a request names; all hash keys here are `pk`."""
    for item in request.get("TransactItems", []):
        for member, detail in item.items():
            action = iam_actions._DYNAMODB_TRANSACT_ITEM_ACTIONS[member]
            yield from ((action, detail["TableName"], key) for key in _partitions(detail))
    for table, asked in request.get("RequestItems", {}).items():
        yield from ((None, table, key["pk"]["S"]) for key in asked.get("Keys", []))
    if "TableName" in request:
        yield from ((None, request["TableName"], key) for key in _partitions(request))


def _partitions(request: dict[str, Any]) -> Iterator[str]:
    for item in (request.get("Key"), request.get("Item")):
        if item:
            yield item["pk"]["S"]
    first = re.match(r"\s*[#\w]+\s*=\s*(:\w+)", request.get("KeyConditionExpression", ""))
    if first:
        yield request["ExpressionAttributeValues"][first[1]]["S"]


def _exception_name(traceback: str) -> str | None:
    """`Elsewhere` of the line `teleconsult.booking.workflow.Elsewhere: …` that follows the stack's last."""
    lines = traceback.splitlines()
    after_stack = (line for above, line in reversed(list(pairwise(lines))) if above.startswith("  "))
    return next((line.partition(":")[0].rpartition(".")[2] for line in after_stack), None)
