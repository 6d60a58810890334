"""Each wrapper around MiniStack is needed still, and does what AWS does.

A test of what MiniStack does by itself fails as soon as it does better: then the wrapper can go.
"""

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from ministack.core import iam_actions, iam_evaluator
from ministack.services import cognito, dynamodb, eventbridge, lambda_svc, ses_v2, stepfunctions

from local import engine_gaps, engine_tally

REGION, ACCOUNT = "eu-central-1", "000000000000"
SCHEDULED = {"Source": "aws.scheduler", "Time": 1796094005.7}  # 2026-12-01T03:00:05.7Z
WAIT = {
    "Type": "Task",
    "QueryLanguage": "JSONata",
    "Resource": "arn:aws:states:::aws-sdk:dynamodb:updateItem.waitForTaskToken",
    "Arguments": {},
    "TimeoutSeconds": "{% 1 + 1 %}",
    "End": True,
}


@pytest.fixture(autouse=True)
def wrappers_are_taken_off_again(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in (
        (stepfunctions, "_execute_task"),
        (eventbridge, "_invoke_target"),
        (lambda_svc, "_execute_function_warm"),
        (lambda_svc, "_restore_esm_positions"),
        (iam_actions, "extract_resource_arn"),
        (iam_actions, "dynamodb_service_context"),
        (iam_evaluator, "enforce"),
        (ses_v2, "_parse_raw_mime"),
        (dynamodb, "_put_item"),
        (dynamodb, "_query"),
        (dynamodb, "_transact_write_items"),
        (cognito, "_password_auth_result"),
        (cognito, "_admin_respond_to_auth_challenge"),
        (cognito, "_sign_up"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name))


@pytest.fixture
def timeouts(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The `TimeoutSeconds` with which waits were begun."""
    seen: list[Any] = []

    def invoke(resource: str, given: Any, token: str, state: dict[str, Any]) -> dict[str, Any]:
        seen.append(state["TimeoutSeconds"])
        return {}

    monkeypatch.setattr(stepfunctions, "_invoke_with_callback", invoke)
    return seen


@pytest.fixture
def delivered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What schedules handed to their Lambda."""
    seen: list[str] = []
    monkeypatch.setattr(eventbridge, "_dispatch_to_lambda", lambda arn, payload: seen.append(payload))
    return seen


def wait() -> None:
    execution: dict[str, Any] = {"events": []}
    stepfunctions._execute_task(dict(WAIT), {}, execution, {"State": {"Name": "Await"}})


def fire() -> None:
    target = {
        "Arn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:sweeps",
        "Input": json.dumps({"scheduled_for": engine_gaps.SCHEDULED_TIME}),
    }
    eventbridge._invoke_target(target, {**SCHEDULED, "Detail": "{}"}, {})


def asked_about(service: str, headers: dict[str, str], body: dict[str, str]) -> str:
    path = "/v2/email/outbound-emails" if service == "ses" else "/"
    arn = iam_actions.extract_resource_arn(
        service, "POST", path, headers, json.dumps(body).encode(), {}, REGION, ACCOUNT
    )
    return str(arn)


def test_a_timeout_that_is_an_expression_is_not_evaluated_by_ministack(timeouts: list[Any]) -> None:
    wait()
    assert timeouts == ["{% 1 + 1 %}"]


def test_a_timeout_that_is_an_expression_is_evaluated(timeouts: list[Any]) -> None:
    engine_gaps.evaluate_timeouts()
    wait()
    assert timeouts == [2]


def test_a_schedule_is_not_told_its_time_by_ministack(delivered: list[str]) -> None:
    fire()
    assert [json.loads(each)["scheduled_for"] for each in delivered] == [engine_gaps.SCHEDULED_TIME]


def test_a_schedule_is_told_the_minute_it_was_for(delivered: list[str]) -> None:
    engine_gaps.tell_schedules_their_time()
    fire()
    assert [json.loads(each)["scheduled_for"] for each in delivered] == ["2026-12-01T03:00:00Z"]


ANSWER = {"x-amz-target": "AWSStepFunctions.SendTaskSuccess"}
MAIL = {"FromEmailAddress": "Клиника <zapis@klinika.example>"}


def test_ministack_asks_iam_about_everything_when_a_task_is_answered_or_a_mail_sent() -> None:
    assert asked_about("states", ANSWER, {"taskToken": "t"}) == "*"
    assert asked_about("ses", {}, MAIL) == "*"


def test_iam_is_asked_about_the_machine_of_a_task_and_the_sender_of_a_mail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:consultation"
    monkeypatch.setattr(stepfunctions, "_state_machines", {machine: {"stateMachineArn": machine}})
    engine_gaps.ask_about_what_aws_asks_about()
    assert asked_about("states", ANSWER, {"taskToken": "t"}) == machine
    assert asked_about("ses", {}, MAIL) == f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/klinika.example"


def kept_of_a_mail() -> str:
    """All that MiniStack keeps of a mail with a file."""
    mail = EmailMessage()
    mail.set_content("Консультация назначена")
    mail.add_attachment("BEGIN:VCALENDAR", filename="consultation.ics")
    return str(ses_v2._parse_raw_mime(base64.b64encode(mail.as_bytes()).decode()))


def test_ministack_forgets_the_files_of_a_mail() -> None:
    assert "consultation.ics" not in kept_of_a_mail()


def test_the_source_of_a_mail_is_kept() -> None:
    engine_gaps.keep_the_source_of_mails()
    assert "consultation.ics" in kept_of_a_mail()


HANDLER = """
class Elsewhere(Exception): pass
def handler(event, context):
    raise Elsewhere("awaiting payment")
"""


def failure_of_a_function() -> str:
    """The error's name as the state machine is told it, from a real worker process."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("failing.py", HANDLER)
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:failing"
    config = {"FunctionName": "failing", "FunctionArn": arn, "Handler": "failing.handler", "Timeout": 10}
    function = {"config": {**config, "Runtime": "python3.13"}, "code_zip": code.getvalue()}
    return str(lambda_svc._execute_function_warm(function, {}, "request")["body"]["errorType"])


def test_the_error_of_a_function_is_not_named_by_ministack() -> None:
    assert failure_of_a_function() == "Runtime.HandlerError"


def test_the_error_of_a_function_has_the_name_of_its_exception() -> None:
    engine_gaps.name_the_errors_of_functions()
    assert failure_of_a_function() == "Elsewhere"


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The state of a run in which 300 changes of a table were read."""
    positions = type(lambda_svc._dynamodb_stream_positions)()
    monkeypatch.setattr(lambda_svc, "_dynamodb_stream_positions", positions)
    return {"dynamodb_stream_positions": {(ACCOUNT, REGION, "mapping"): 300}}


def read_so_far() -> int | None:
    position: int | None = lambda_svc._dynamodb_stream_positions.get_scoped(ACCOUNT, REGION, "mapping")
    return position


def test_ministack_reads_a_stream_on_from_where_it_was_though_it_keeps_no_stream(
    kept: dict[str, Any],
) -> None:
    lambda_svc._restore_state(kept)
    assert read_so_far() == 300
    assert "stream" not in " ".join(dynamodb.get_state())


def test_after_a_restart_a_stream_is_read_from_its_start(kept: dict[str, Any]) -> None:
    engine_gaps.read_streams_from_their_start()
    lambda_svc._restore_state(kept)
    assert read_so_far() == 0


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What IAM is asked about: the conditions' keys and the transport."""
    seen: list[dict[str, Any]] = []

    def enforce(*given: Any, service_context: dict[str, Any] | None = None, **more: Any) -> None:
        by_tls = iam_evaluator._request_origin.get()[1]
        seen.append({**(service_context or {}), "action": given[1], "by_tls": by_tls})

    monkeypatch.setattr(iam_evaluator, "enforce", enforce)
    return seen


def ask_iam(action: str, table: str, body: dict[str, Any]) -> None:
    """As the engine does of each table and action of a request."""
    iam_evaluator.pin_request_origin("127.0.0.1", False)
    context = iam_actions.dynamodb_service_context(json.dumps(body).encode())
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}"
    iam_evaluator.enforce("AKIA", action, "dynamodb", REGION, resource_arn=arn, service_context=context)


KEY = {"pk": {"S": "DOCUMENTS#b-a"}, "sk": {"S": "doc-a"}}
OTHER = {"pk": {"S": "BOOKING#b-a"}, "sk": {"S": "DOCUMENTS"}}


def test_ministack_tells_iam_neither_leading_keys_nor_of_tls(asked: list[dict[str, Any]]) -> None:
    ask_iam("dynamodb:GetItem", "patients", {"TableName": "patients", "Key": KEY})
    assert [(each.get("dynamodb:LeadingKeys"), each["by_tls"]) for each in asked] == [(None, False)]


@pytest.mark.parametrize(
    ("action", "table", "body", "keys"),
    [
        ("GetItem", "patients", {"TableName": "patients", "Key": KEY}, ["DOCUMENTS#b-a"]),
        ("PutItem", "patients", {"TableName": "patients", "Item": KEY}, ["DOCUMENTS#b-a"]),
        (
            "Query",
            "patients",
            {
                "TableName": "patients",
                "KeyConditionExpression": "pk = :pk AND begins_with(sk, :doc)",
                "ExpressionAttributeValues": {":doc": {"S": "doc-"}, ":pk": {"S": "DOCUMENTS#b-a"}},
            },
            ["DOCUMENTS#b-a"],
        ),
        (
            "DeleteItem",
            "patients",
            {
                "TransactItems": [
                    {"Delete": {"TableName": "patients", "Key": KEY}},
                    {"Put": {"TableName": "patients", "Item": OTHER}},
                    {"Update": {"TableName": "bookings", "Key": OTHER}},
                ]
            },
            ["DOCUMENTS#b-a"],
        ),
        (
            "BatchGetItem",
            "patients",
            {"RequestItems": {"patients": {"Keys": [KEY, OTHER]}, "bookings": {"Keys": [OTHER]}}},
            ["DOCUMENTS#b-a", "BOOKING#b-a"],
        ),
        ("Scan", "patients", {"TableName": "patients"}, None),
    ],
)
def test_iam_is_told_the_leading_keys_of_the_table_and_action_it_is_asked_about(
    asked: list[dict[str, Any]], action: str, table: str, body: dict[str, Any], keys: list[str] | None
) -> None:
    engine_gaps.tell_iam_the_leading_keys()
    ask_iam(f"dynamodb:{action}", table, body)
    assert [each.get("dynamodb:LeadingKeys") for each in asked] == [keys]


def test_the_loopback_counts_as_secure(asked: list[dict[str, Any]]) -> None:
    engine_gaps.take_the_loopback_for_secure()
    ask_iam("dynamodb:Scan", "patients", {"TableName": "patients"})
    assert [each["by_tls"] for each in asked] == [True]


@pytest.fixture
def table() -> Iterator[str]:
    name = "tallied"
    key = [("pk", "HASH"), ("sk", "RANGE")]
    dynamodb._create_table(
        {
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": each, "AttributeType": "S"} for each, _ in key],
            "KeySchema": [{"AttributeName": each, "KeyType": kind} for each, kind in key],
            "GlobalSecondaryIndexes": [
                {
                    "IndexName": "turned",
                    "KeySchema": [{"AttributeName": "sk", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
        }
    )
    yield name
    dynamodb._delete_table({"TableName": name})


def test_every_request_is_tallied_with_its_indexes_and_a_transaction_twice(
    table: str, tmp_path: Path
) -> None:
    engine_tally.count_into(tmp_path / "tally.jsonl")
    item = {"pk": {"S": "a"}, "sk": {"S": "b"}}
    _, _, answer = dynamodb._put_item({"TableName": table, "Item": item})
    dynamodb._transact_write_items(
        {"TransactItems": [{"Put": {"TableName": table, "Item": {**item, "pk": {"S": "c"}}}}]}
    )
    dynamodb._query(
        {
            "TableName": table,
            "ConsistentRead": True,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": "a"}},
        }
    )
    lines = [json.loads(line) for line in (tmp_path / "tally.jsonl").read_text().splitlines()]
    assert [(each["operation"], each["read"], each["write"]) for each in lines] == [
        ("put_item", 0, 2.0),
        ("transact_write_items", 0, 3.0),
        ("query", 1.0, 0),
    ]
    assert "ConsumedCapacity" not in json.loads(answer)


NEW, FIRST = "Vtoroi-Parol-2026", "Pervyi-Parol-2026"


def asked_of(operation: str, **request: Any) -> Any:
    """The answer of a user pool, or the code of its error."""
    status, _, body = getattr(cognito, f"_{operation}")(request)
    answer = json.loads(body)
    return answer if status == 200 else answer["__type"]


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """With a client, and two users who have a password for the first time only."""
    key = cognito._RSA_PRIVATE_KEY, {"kid": "of all pools"}  # its own would be kept in a file
    monkeypatch.setattr(cognito, "_pool_signing_key", lambda *_: key)
    closed = {"AllowAdminCreateUserOnly": True}
    made = asked_of("create_user_pool", PoolName="staff", AdminCreateUserConfig=closed)
    where = {"UserPoolId": made["UserPool"]["Id"]}
    client = asked_of("create_user_pool_client", **where)["UserPoolClient"]["ClientId"]
    for name in ("anna", "ivan"):
        asked_of(
            "admin_create_user", **where, Username=name, TemporaryPassword=FIRST, MessageAction="SUPPRESS"
        )
    yield {**where, "ClientId": client}
    cognito._user_pools.clear()


def replaced(pool: dict[str, Any], session: str, name: str) -> Any:
    """What comes of a new password for somebody."""
    responses = {"USERNAME": name, "NEW_PASSWORD": NEW}
    asked = {"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": session, "ChallengeResponses": responses}
    return asked_of("admin_respond_to_auth_challenge", **pool, **asked)


def test_ministack_takes_a_new_password_of_anybody(pool: dict[str, Any]) -> None:
    assert "AuthenticationResult" in replaced(pool, "made-up", "anna")


def test_a_new_password_is_taken_of_whoever_has_proved_the_first_one(pool: dict[str, Any]) -> None:
    engine_gaps.take_an_answer_only_in_its_own_session()
    proved = {
        "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "anna", "PASSWORD": FIRST},
    }
    session = asked_of("admin_initiate_auth", **pool, **proved)["Session"]
    assert replaced(pool, "made-up", "anna") == "NotAuthorizedException"
    assert replaced(pool, session, "ivan") == "NotAuthorizedException"
    assert "AuthenticationResult" in replaced(pool, session, "anna")


def signed_up(pool: dict[str, Any]) -> Any:
    return asked_of("sign_up", ClientId=pool["ClientId"], Username="olga", Password="Any-Parol-2026")


def test_ministack_signs_anybody_up(pool: dict[str, Any]) -> None:
    assert "UserSub" in signed_up(pool)


def test_nobody_signs_up_where_administrators_alone_make_accounts(pool: dict[str, Any]) -> None:
    engine_gaps.keep_sign_ups_to_administrators()
    assert signed_up(pool) == "NotAuthorizedException"
