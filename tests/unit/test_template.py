"""The template: who may do what, and what a resource must have. To widen a grant is to change a line here."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.sweeps.handler import _SWEEPS as SWEEPS
from local import template
from teleconsult.api.sessions.cookies import PATIENTS, STAFF
from teleconsult.sessions import rules as session_rules

REPOSITORY = Path(__file__).resolve().parents[2]

RESOURCES = template.resources()


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    return {name: each["Properties"] for name, each in RESOURCES.items() if each["Type"] == kind}


FUNCTIONS = of_type("AWS::Serverless::Function")
ROLES = of_type("AWS::IAM::Role")

# Every table grant of every function.
READ = {"GetItem", "Query"}
POST = {"GetItem", "PutItem"}  # the ledger's: nothing is ever deleted there
GRANTS: dict[str, dict[str, set[str]]] = {
    "IntakeValidation": {
        "Bookings": {*READ, "UpdateItem", "ConditionCheckItem"},
        "Patients": READ,
    },
    "ConsentCapture": {"Bookings": {*READ, "UpdateItem"}, "Patients": READ},
    "PaymentExpiry": {
        "Bookings": {*READ, "PutItem", "UpdateItem", "ConditionCheckItem"},
        "Ledger": POST,
    },
    "Scheduling": {"Bookings": {*READ, "PutItem", "UpdateItem"}},
    "PostConsultationCheck": {"Bookings": {"Query", "UpdateItem"}},
    "BalanceCredit": {"Bookings": {"Query", "PutItem", "UpdateItem"}, "Ledger": POST},
    "RevenueRecognition": {"Bookings": {"Query", "UpdateItem"}, "Ledger": POST},
    "PublicApi": {
        "Bookings": {*READ, "BatchGetItem", "PutItem", "UpdateItem", "ConditionCheckItem"},
        "Bookings/index/by_holder": {"Query"},
        "Patients": {*READ, "BatchGetItem", "PutItem"},
        "Patients/documents": {"DeleteItem"},
        "Ledger": POST,
        "Ledger/index/statement": {"Query"},
    },
    "InternalApi": {
        "Bookings": {*READ, "BatchGetItem", "PutItem", "UpdateItem", "ConditionCheckItem"},
        "Bookings/index/by_holder": {"Query"},
        "Bookings/index/by_contract": {"Query"},
        "Bookings/index/tasks": {"Query"},
        "Bookings/index/due": {"Query"},
        "Patients": {*READ, "BatchGetItem", "PutItem"},
        "Patients/index/by_name": {"Query"},
        "Ledger": {"GetItem", "Scan", "PutItem"},
        "Ledger/index/statement": {"Query"},
    },
    "PaymentWebhook": {
        "Bookings": {*READ, "PutItem", "UpdateItem", "ConditionCheckItem"},
        "Ledger": POST,
    },
    "Sweeps": {
        "Bookings": {*READ, "Scan", "PutItem", "UpdateItem", "ConditionCheckItem"},
        "Bookings/index/due": {"Query"},
        "Patients/documents": {*READ, "DeleteItem"},
        "Ledger": {*POST, "Scan"},
        "Ledger/index/at_provider": {"Query"},
    },
    "DocumentCheck": {
        "Bookings": {"PutItem", "UpdateItem"},
        "Patients/documents": {"GetItem", "UpdateItem"},
    },
    "Notifications": {"Bookings": {*READ, "UpdateItem"}, "Patients": {"GetItem"}},
    "Receipts": {
        "Bookings": {"GetItem", "PutItem", "UpdateItem"},
        "Bookings/index/due": {"Query"},
        "Patients": {"GetItem"},
        "Ledger": {"GetItem"},
    },
    "SignIn": {},
    "Sessions": {
        "Bookings/booking": {"GetItem"},
        "Patients/sign_in": {"GetItem", "PutItem", "UpdateItem"},
        "Patients/booking": {"GetItem"},
    },
}

# A condition that leaves of the Patients table the partitions of one kind: only those of documents or of
# sign-ins have no people in them, and no consents.
PARTS = {
    part: {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{part.upper()}#*"]}}
    for part in ("documents", "sign_in", "booking")
}

# Every grant on the documents' bucket: uploads arrive under incoming/, and documents/ is all that is read.
OBJECT_GRANTS: dict[str, dict[str, set[str]]] = {
    "PublicApi": {
        "incoming/*": {"PutObject", "DeleteObject"},
        "documents/*": {"GetObject", "GetObjectTagging", "DeleteObject"},
    },
    "InternalApi": {"documents/*": {"GetObject", "GetObjectTagging"}},
    "DocumentCheck": {
        "": {"ListBucket"},
        "incoming/*": {"GetObject", "DeleteObject"},
        "documents/*": {"PutObject", "DeleteObject"},
    },
    "Sweeps": {"": {"ListBucket"}, "incoming/*": {"DeleteObject"}, "documents/*": {"DeleteObject"}},
}

# Every use of the patients' key, by the service that it goes through.
KEY_GRANTS: dict[str, dict[str, set[str]]] = {
    "IntakeValidation": {"dynamodb": {"Decrypt", "DescribeKey"}},
    "ConsentCapture": {"dynamodb": {"Decrypt", "DescribeKey"}},
    "PublicApi": {
        "dynamodb": {"Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey"},
        "s3": {"Decrypt", "GenerateDataKey"},
    },
    "InternalApi": {
        "dynamodb": {"Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey"},
        "s3": {"Decrypt"},
    },
    "Sweeps": {"dynamodb": {"Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey"}},
    "DocumentCheck": {
        "dynamodb": {"Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey"},
        "s3": {"Decrypt", "GenerateDataKey"},
    },
    "Notifications": {"dynamodb": {"Decrypt", "DescribeKey"}},
    "Sessions": {"dynamodb": {"Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey"}},
    "Receipts": {"dynamodb": {"Decrypt", "DescribeKey"}},
}

# Actions that AWS grants on "*" only, or that a phone number, being no resource, needs on "*".
ON_EVERYTHING = {
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
    "sns:Publish",
}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(role: str) -> list[dict[str, Any]]:
    """What a role is granted and denied; of what depends on a condition, either way."""
    policies = ROLES[role]["Policies"]
    written = [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]
    return [either for each in written for either in (each["If"][1:] if "If" in each else [each])]


def allowed(role: str) -> list[tuple[str, Any]]:
    """(action, resource) for each that the role allows."""
    return [
        (action, resource)
        for statement in statements(role)
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    ]


def grants(role: str, service: str) -> list[tuple[str, str, Any]]:
    """(verb, resource as written, condition) for each that the role allows on something of a service."""
    return [
        (action.partition(":")[2], str(next(iter(resource.values()))), statement.get("Condition"))
        for statement in statements(role)
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
        if isinstance(resource, dict) and action.startswith(f"{service}:")
    ]


def table_grants(role: str) -> dict[str, set[str]]:
    """By table; its indexes apart, and apart what is granted on some of the Patients table's partitions."""
    found: dict[str, set[str]] = {}
    for verb, resource, condition in grants(role, "dynamodb"):
        table = re.search(r"(\w+)Table\.Arn}?(/index/\w+)?$", resource)
        if table:
            part = next((f"/{name}" for name, only in PARTS.items() if condition == only), table[2] or "")
            found.setdefault(table[1] + part, set()).add(verb)
    return found


def object_grants(role: str) -> dict[str, set[str]]:
    """By the keys' beginning in the documents' bucket; "": the bucket itself."""
    found: dict[str, set[str]] = {}
    for verb, resource, _ in grants(role, "s3"):
        bucket = re.fullmatch(r"(?:\$\{)?DocumentsBucket\.Arn\}?/?(.*)", resource)
        assert bucket, f"{role} may {verb} on {resource}"
        found.setdefault(bucket[1], set()).add(verb)
    return found


def key_grants(role: str) -> dict[str, set[str]]:
    """By the service through which the patients' key may be used."""
    found: dict[str, set[str]] = {}
    for verb, resource, condition in grants(role, "kms"):
        assert resource == "PatientsKey.Arn"
        for through in listed(condition["StringEquals"]["kms:ViaService"]):
            service = through["Sub"].removesuffix(".${AWS::Region}.${AWS::URLSuffix}")
            found.setdefault(service, set()).add(verb)
    return found


def role_of(function: str) -> str:
    return str(FUNCTIONS[function]["Role"]["GetAtt"].removesuffix(".Arn"))


def test_every_function_folder_is_deployed_and_has_a_handler() -> None:
    deployed = {Path(each["CodeUri"]).name for each in FUNCTIONS.values()}
    assert deployed == {folder.parent.name for folder in REPOSITORY.glob("functions/*/handler.py")}


def test_a_function_is_its_handler_alone_and_all_else_is_in_the_layer() -> None:
    """A module beside a handler is a top-level one in Lambda, where another function's may have its name."""
    assert {file.name for file in REPOSITORY.glob("functions/**/*.py")} == {"handler.py"}


def test_every_function_has_a_role_of_its_own() -> None:
    roles = [role_of(function) for function in FUNCTIONS]
    assert len(set(roles)) == len(FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_has_a_timeout_and_keeps_its_logs_for_a_set_time(function: str) -> None:
    group = FUNCTIONS[function]["LoggingConfig"]["LogGroup"]["Ref"]
    assert FUNCTIONS[function]["Timeout"] > 0
    assert RESOURCES[group]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert ("logs:PutLogEvents", {"GetAtt": f"{group}.Arn"}) in allowed(role_of(function))


@pytest.mark.parametrize("role", ROLES)
def test_no_role_has_an_action_with_a_wildcard(role: str) -> None:
    assert [action for action, _ in allowed(role) if "*" in action] == []


@pytest.mark.parametrize("role", ROLES)
def test_no_role_has_a_wildcard_resource_that_aws_does_not_force(role: str) -> None:
    on_everything = {action for action, resource in allowed(role) if resource == "*"}
    assert on_everything <= ON_EVERYTHING


@pytest.mark.parametrize("role", ROLES)
def test_a_wildcard_within_an_arn_stands_for_executions_of_our_own_machine_or_for_documents_only(
    role: str,
) -> None:
    wild = [next(iter(r.values())) for _, r in allowed(role) if isinstance(r, dict) and "*" in str(r)]
    objects = ("${DocumentsBucket.Arn}/incoming/*", "${DocumentsBucket.Arn}/documents/*")
    assert all(arn in objects or arn.endswith(":execution:${Consultation.Name}:*") for arn in wild)


def test_whoever_may_publish_to_phones_may_not_publish_to_topics() -> None:
    for role in ROLES:
        if ("sns:Publish", "*") in allowed(role):
            denied = [each for each in statements(role) if each["Effect"] == "Deny"]
            assert [each["Resource"] for each in denied] == [{"Sub": "arn:${AWS::Partition}:sns:*:*:*"}]


SMS_SENDING = ["NotificationsRole", "SessionsRole"]


def test_who_sends_sms_may_publish_to_phones_or_read_the_providers_secret_and_nobody_else_may() -> None:
    by_gateway = {
        "Effect": "Allow",
        "Action": "secretsmanager:GetSecretValue",
        "Resource": {"GetAtt": "SmsSecret.Id"},
    }
    by_sns = {"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}
    either = {"If": ["SmsByGateway", by_gateway, by_sns]}
    written = {
        role: [each for policy in roles["Policies"] for each in policy["PolicyDocument"]["Statement"]]
        for role, roles in ROLES.items()
    }
    assert [role for role, each in written.items() if either in each] == SMS_SENDING
    assert [role for role in ROLES if by_gateway in statements(role)] == SMS_SENDING
    assert [role for role in ROLES if ("sns:Publish", "*") in allowed(role)] == SMS_SENDING
    assert all(by_sns not in each and by_gateway not in each for each in written.values())


def test_sms_go_by_sns_unless_another_is_named_which_has_a_secret_to_fill_in() -> None:
    whole = template.whole()
    assert whole["Parameters"]["SmsProvider"]["Default"] == "sns"
    assert whole["Conditions"]["SmsByGateway"] == {"Not": [{"Equals": [{"Ref": "SmsProvider"}, "sns"]}]}
    secret = RESOURCES["SmsSecret"]
    condition, smsc, sms_aero = secret["Properties"]["SecretString"]["If"]
    assert (secret["Condition"], condition) == ("SmsByGateway", "SmsBySmsc")
    assert json.loads(smsc) == {"login": "", "password": ""}
    assert json.loads(sms_aero) == {"email": "", "api_key": ""}


@pytest.mark.parametrize("function", ["Notifications", "Sessions"])
def test_whoever_sends_sms_is_told_by_whom(function: str) -> None:
    given = FUNCTIONS[function]["Environment"]["Variables"]
    assert {name: each for name, each in given.items() if name.startswith("SMS_")} == {
        "SMS_PROVIDER": {"Ref": "SmsProvider"},
        "SMS_URL": {"Ref": "SmsUrl"},
        "SMS_SENDER": {"Ref": "SmsSender"},
        "SMS_SECRET_ARN": {"If": ["SmsByGateway", {"GetAtt": "SmsSecret.Id"}, {"Ref": "AWS::NoValue"}]},
    }


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_do_to_the_tables_what_is_listed_here_and_no_more(function: str) -> None:
    assert table_grants(role_of(function)) == GRANTS[function]


def test_the_workflow_itself_may_only_update_bookings() -> None:
    assert table_grants("ConsultationRole") == {"Bookings": {"UpdateItem"}}


def test_nobody_may_delete_from_a_table_but_documents_rows() -> None:
    deleting = {
        table for role in ROLES for table, verbs in table_grants(role).items() if "DeleteItem" in verbs
    }
    assert deleting == {"Patients/documents"}


def test_nobody_may_change_or_delete_what_was_signed() -> None:
    """Evidence is put once, under a condition that it is not there yet; no other write reaches it."""
    verbs = {verb for role in ROLES for verb in table_grants(role).get("Patients", set())}
    assert verbs <= {"GetItem", "BatchGetItem", "Query", "PutItem", "ConditionCheckItem"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_do_to_the_documents_bucket_what_is_listed_here_and_no_more(function: str) -> None:
    assert object_grants(role_of(function)) == OBJECT_GRANTS.get(function, {})


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_use_the_patients_key_as_is_listed_here_and_no_further(function: str) -> None:
    assert key_grants(role_of(function)) == KEY_GRANTS.get(function, {})


def test_no_role_but_a_functions_touches_documents_or_the_patients_key() -> None:
    others = set(ROLES) - {role_of(function) for function in FUNCTIONS}
    assert [role for role in others if grants(role, "s3") or grants(role, "kms")] == []


def test_only_who_reads_or_writes_patients_may_use_their_key_through_the_table() -> None:
    using = {role for role in ROLES if "dynamodb" in key_grants(role)}
    of_patients = {"Patients", *(f"Patients/{part}" for part in PARTS)}
    assert using == {role for role in ROLES if of_patients & set(table_grants(role))}


def test_nobody_both_writes_and_reads_what_is_kept_and_nobody_reads_what_just_arrived_but_the_check() -> None:
    kept = {name: given.get("documents/*", set()) for name, given in OBJECT_GRANTS.items()}
    assert [name for name, verbs in kept.items() if {"GetObject", "PutObject"} <= verbs] == []
    reading = [name for name, given in OBJECT_GRANTS.items() if "GetObject" in given.get("incoming/*", set())]
    assert reading == ["DocumentCheck"]


def test_documents_are_encrypted_with_the_patients_key_closed_to_the_public_and_outlive_the_stack() -> None:
    resource = RESOURCES["DocumentsBucket"]
    properties = resource["Properties"]
    (encryption,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
    assert encryption == {
        "BucketKeyEnabled": True,
        "ServerSideEncryptionByDefault": {
            "SSEAlgorithm": "aws:kms",
            "KMSMasterKeyID": {"GetAtt": "PatientsKey.Arn"},
        },
    }
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(properties["PublicAccessBlockConfiguration"]) == 4
    assert properties["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert "VersioningConfiguration" not in properties  # what is deleted is gone


def test_documents_travel_by_tls_only() -> None:
    policy = RESOURCES["DocumentsBucketPolicy"]["Properties"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert policy["Bucket"] == {"Ref": "DocumentsBucket"}
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Resource"] == [{"GetAtt": "DocumentsBucket.Arn"}, {"Sub": "${DocumentsBucket.Arn}/*"}]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_an_upload_that_nobody_looked_at_is_gone_after_a_day() -> None:
    rules = RESOURCES["DocumentsBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    ends = [(rule["Prefix"], rule["ExpirationInDays"]) for rule in rules if "ExpirationInDays" in rule]
    assert ends == [("incoming/", 1)]


def test_what_arrives_in_the_bucket_is_looked_at_and_what_is_kept_is_not_looked_at_again() -> None:
    pattern = RESOURCES["Uploads"]["Properties"]["EventPattern"]
    (target,) = RESOURCES["Uploads"]["Properties"]["Targets"]
    assert pattern["detail"] == {
        "bucket": {"name": [{"Ref": "DocumentsBucket"}]},
        "object": {"key": [{"prefix": "incoming/"}]},
    }
    assert target["Arn"] == {"GetAtt": "DocumentCheck.Arn"}


ON = "ReceiptsOn"
OF_RECEIPTS = {
    "Receipts",
    "ReceiptsLogs",
    "ReceiptsRole",
    "UnwrittenReceipts",
    "ReceiptSweep",
    "ReceiptScheduleRole",
    "ReceiptFailedAlarm",
    "UnwrittenReceiptsAlarm",
    "ReceiptSweepFailedAlarm",
    "ReceiptSweepLeftAlarm",
    "ReceiptsErrorsAlarm",
}


def test_where_receipts_are_not_switched_on_nothing_of_them_exists() -> None:
    whole = template.whole()
    assert whole["Parameters"]["ReceiptsVatCode"]["Default"] == ""
    assert whole["Conditions"][ON] == {"Not": [{"Equals": [{"Ref": "ReceiptsVatCode"}, ""]}]}
    assert {name for name, each in RESOURCES.items() if each.get("Condition") == ON} == OF_RECEIPTS
    stream = RESOURCES["LedgerTable"]["Properties"]["StreamSpecification"]
    assert stream == {"If": [ON, {"StreamViewType": "KEYS_ONLY"}, {"Ref": "AWS::NoValue"}]}


def test_receipts_hear_of_new_transfers_that_take_money_in_earn_it_or_give_it_back_and_of_no_others() -> None:
    source = FUNCTIONS["Receipts"]["Events"]["Transfers"]["Properties"]
    patterns = [json.loads(each["Pattern"]) for each in source["FilterCriteria"]["Filters"]]
    assert source["Stream"] == {"GetAtt": "LedgerTable.StreamArn"}
    assert source["DestinationConfig"]["OnFailure"]["Destination"] == {"GetAtt": "UnwrittenReceipts.Arn"}
    assert patterns == [
        {
            "eventName": ["INSERT"],
            "dynamodb": {"Keys": {"pk": {"S": [{"prefix": f"TRANSFER#{kind}:"}]}}},
        }
        for kind in ("pay", "over", "late", "rev", "rfs")
    ]


def test_nobody_but_the_apis_and_the_receipts_reads_both_people_and_the_providers_secret() -> None:
    secret = {"GetAtt": "ProviderSecret.Id"}
    reading = {role for role in ROLES if ("secretsmanager:GetSecretValue", secret) in allowed(role)}
    people = {role for role in ROLES if "Patients" in table_grants(role)}
    assert reading & people == {"ReceiptsRole", "PublicApiRole", "InternalApiRole"}


def test_only_notifications_send_mail_and_only_in_the_clinics_name() -> None:
    sending = {
        (role, action, str(resource))
        for role in ROLES
        for action, resource in allowed(role)
        if action.startswith("ses:")
    }
    assert {(role, action) for role, action, _ in sending} == {
        ("NotificationsRole", "ses:SendEmail"),
        ("NotificationsRole", "ses:SendRawEmail"),
    }
    assert all("identity/${MailIdentity}" in resource for _, _, resource in sending)


def test_there_is_no_scanner_unless_one_is_named() -> None:
    parameters = template.whole()["Parameters"]
    assert (parameters["ScanTag"]["Default"], parameters["ScanCleanValue"]["Default"]) == ("", "")
    for function in ("PublicApi", "InternalApi"):
        given = FUNCTIONS[function]["Environment"]["Variables"]
        assert (given["SCAN_TAG"], given["SCAN_CLEAN_VALUE"]) == (
            {"Ref": "ScanTag"},
            {"Ref": "ScanCleanValue"},
        )


@pytest.mark.parametrize("table", of_type("AWS::DynamoDB::Table"))
def test_tables_outlive_the_stack_and_can_be_restored_to_any_second(table: str) -> None:
    resource = RESOURCES[table]
    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
    assert resource["Properties"]["BillingMode"] == "PAY_PER_REQUEST"
    assert resource["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_patients_are_encrypted_with_a_key_of_the_clinic_that_rotates() -> None:
    encryption = RESOURCES["PatientsTable"]["Properties"]["SSESpecification"]
    assert encryption["KMSMasterKeyId"] == {"GetAtt": "PatientsKey.Arn"}
    assert RESOURCES["PatientsKey"]["Properties"]["EnableKeyRotation"] is True


def test_the_cabinet_and_the_clinics_own_routes_ask_for_a_token() -> None:
    authorizers = {
        route["RouteKey"]: route.get("AuthorizerId", {}).get("Ref")
        for route in of_type("AWS::ApiGatewayV2::Route").values()
    }
    expected = {"me": "PatientsAuthorizer", "internal": "StaffAuthorizer"}
    assert authorizers.pop("$default") is None
    assert authorizers == {key: expected.get(key.split("/")[1]) for key in authorizers}
    assert all(
        route["AuthorizationType"] == "JWT"
        for route in of_type("AWS::ApiGatewayV2::Route").values()
        if "AuthorizerId" in route
    )


def test_the_api_has_a_route_for_each_documented_operation_and_no_other() -> None:
    documented = json.loads((REPOSITORY / "docs" / "openapi.json").read_text())["paths"]
    operations = {f"{method.upper()} {path}" for path, methods in documented.items() for method in methods}
    any_other = "$default"  # answers 404 in the form of all errors
    routes = {route["RouteKey"] for route in of_type("AWS::ApiGatewayV2::Route").values()}
    assert routes == {*operations, any_other}


def test_routes_with_a_limit_of_their_own_exist() -> None:
    limited = RESOURCES["ApiStage"]["Properties"]["RouteSettings"]
    names = {route["RouteKey"]: name for name, route in of_type("AWS::ApiGatewayV2::Route").items()}
    assert {names[key] for key in limited} == set(RESOURCES["ApiStage"]["DependsOn"])


def test_every_route_that_anybody_may_call_has_a_limit_of_its_own() -> None:
    limited = RESOURCES["ApiStage"]["Properties"]["RouteSettings"]
    routes = of_type("AWS::ApiGatewayV2::Route").values()
    assert {route["RouteKey"] for route in routes if "AuthorizerId" not in route} == limited.keys()
    assert all(
        0 < each["ThrottlingRateLimit"] <= each["ThrottlingBurstLimit"] <= 200 for each in limited.values()
    )


def test_no_log_of_the_api_or_the_workflow_holds_personal_data_or_secrets() -> None:
    logged = RESOURCES["ApiStage"]["Properties"]["AccessLogSettings"]["Format"]
    allowed_fields = {
        "$context.requestId",
        "$context.routeKey",
        "$context.status",
        "$context.responseLatency",
        "$context.authorizer.error",
        "$context.integrationErrorMessage",
    }
    assert set(re.findall(r"\$context[\w.]+", logged)) == allowed_fields
    assert RESOURCES["Consultation"]["Properties"]["Logging"]["IncludeExecutionData"] is False


def test_a_patients_token_proves_the_phone() -> None:
    flows = RESOURCES["PatientsClient"]["Properties"]["ExplicitAuthFlows"]
    (phone,) = RESOURCES["PatientsPool"]["Properties"]["Schema"]
    assert flows == ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    assert (phone["Name"], phone["Mutable"]) == ("phone_number", False)


def test_staff_cannot_say_which_doctor_they_are() -> None:
    assert RESOURCES["StaffClient"]["Properties"]["WriteAttributes"] == ["name"]


@pytest.mark.parametrize("pool", ["PatientsPool", "StaffPool"])
def test_nobody_signs_up_by_themselves(pool: str) -> None:
    """A sign-up would tell whether a number or an address has an account."""
    assert RESOURCES[pool]["Properties"]["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}


def test_a_password_opens_nothing_but_by_our_own_function() -> None:
    flows = RESOURCES["StaffClient"]["Properties"]["ExplicitAuthFlows"]
    assert flows == ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


ACCOUNT_GRANTS = {
    "PatientsPool": {
        "AdminGetUser",
        "AdminCreateUser",
        "AdminSetUserPassword",
        "AdminInitiateAuth",
        "AdminRespondToAuthChallenge",
    },
    "StaffPool": {"AdminGetUser", "AdminInitiateAuth", "AdminRespondToAuthChallenge"},
}


def test_one_function_alone_may_sign_somebody_in() -> None:
    given = {
        role: {
            pool: {verb for verb, resource, _ in grants(role, "cognito-idp") if resource == f"{pool}.Arn"}
            for pool in ACCOUNT_GRANTS
        }
        for role in ROLES
        if grants(role, "cognito-idp")
    }
    assert given == {"SessionsRole": ACCOUNT_GRANTS}


def test_a_ticket_is_made_and_looked_at_by_the_two_functions_of_sign_in_alone() -> None:
    """Whoever has its key signs anybody in, by operations of Cognito that need no permission."""
    secrets = {role: {resource for _, resource, _ in grants(role, "secretsmanager")} for role in ROLES}
    readers = {role for role, read in secrets.items() if "TicketSecret.Id" in read}
    assert readers == {"SessionsRole", "SignInRole"}
    assert secrets["SignInRole"] == {"TicketSecret.Id"}


@pytest.mark.parametrize(
    ("client", "minutes", "cookie"), [("PatientsClient", 5, PATIENTS), ("StaffClient", 15, STAFF)]
)
def test_tokens_are_short_lived_and_a_cookie_lasts_as_long_as_what_is_in_it(
    client: str, minutes: int, cookie: Any
) -> None:
    given = RESOURCES[client]["Properties"]
    units = given["TokenValidityUnits"]
    assert (given["IdTokenValidity"], units["IdToken"]) == (minutes, "minutes")
    assert (given["AccessTokenValidity"], units["AccessToken"]) == (minutes, "minutes")
    assert timedelta(**{units["RefreshToken"]: given["RefreshTokenValidity"]}) == cookie.lasts
    assert given["EnableTokenRevocation"] is True


def test_a_password_that_is_taken_is_one_that_the_staffs_pool_takes() -> None:
    policy = RESOURCES["StaffPool"]["Properties"]["Policies"]["PasswordPolicy"]
    wanted = [policy[f"Require{kind}"] for kind in ("Lowercase", "Uppercase", "Numbers", "Symbols")]
    assert (policy["MinimumLength"], wanted) == (session_rules.SHORTEST_PASSWORD, [True, True, True, False])


def test_a_first_password_counts_as_long_as_whoever_comes_late_is_told() -> None:
    policy = RESOURCES["StaffPool"]["Properties"]["Policies"]["PasswordPolicy"]
    assert policy["TemporaryPasswordValidityDays"] == session_rules.FIRST_PASSWORD_DAYS


def test_no_region_partition_or_account_is_written_down() -> None:
    text = template.PATH.read_text()
    assert re.findall(r"arn:aws[\w-]*:|\b[a-z]{2}-[a-z]+-\d\b|\b\d{12}\b", text) == []


# The money's own sweeps say by metrics of their own what is wrong.
FAILED_METRIC = {"audit": "LedgerDisagreements", "reconciliation": "ReconciliationDifferences"}
SCHEDULES = {
    json.loads(each["Target"]["Input"])["sweep"]: each
    for each in of_type("AWS::Scheduler::Schedule").values()
}


def test_every_sweep_that_there_is_has_a_schedule() -> None:
    assert SCHEDULES.keys() == {*SWEEPS, "receipts"}


@pytest.mark.parametrize("sweep", SCHEDULES)
def test_a_schedule_says_which_moment_it_is_for_and_tries_again_before_the_next_one(sweep: str) -> None:
    target, when = SCHEDULES[sweep]["Target"], SCHEDULES[sweep]["ScheduleExpression"]
    assert json.loads(target["Input"])["scheduled_for"] == "<aws.scheduler.scheduled-time>"
    retried = target["RetryPolicy"]
    longest = 300 if isinstance(when, dict) else 3600  # every few minutes, or once a day
    assert 0 < retried["MaximumRetryAttempts"] <= 2
    assert retried["MaximumEventAgeInSeconds"] == longest


@pytest.mark.parametrize("sweep", SCHEDULES)
def test_what_a_schedule_cannot_hand_over_is_kept_and_somebody_is_told(sweep: str) -> None:
    target, queue = SCHEDULES[sweep]["Target"], {"GetAtt": "MissedSweeps.Arn"}
    role = target["RoleArn"]["GetAtt"].removesuffix(".Arn")
    assert target["DeadLetterConfig"] == {"Arn": queue}
    assert allowed(role) == [("lambda:InvokeFunction", target["Arn"]), ("sqs:SendMessage", queue)]
    alarm = RESOURCES["MissedSweepsAlarm"]["Properties"]
    assert alarm["Dimensions"][0]["Value"] == {"GetAtt": "MissedSweeps.QueueName"}


@pytest.mark.parametrize("sweep", SCHEDULES)
def test_somebody_is_told_of_what_a_sweep_could_not_do_and_of_what_it_had_no_time_for(sweep: str) -> None:
    told = {
        alarm["MetricName"]
        for alarm in of_type("AWS::CloudWatch::Alarm").values()
        if {"Name": "sweep", "Value": sweep} in alarm["Dimensions"]
        and {"Name": "service", "Value": {"Ref": "AWS::StackName"}} in alarm["Dimensions"]
        and (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")
        and alarm["AlarmActions"] == [{"Ref": "Alarms"}]
    }
    assert {FAILED_METRIC.get(sweep, "SweepFailed"), "SweepLeft"} <= told


@pytest.mark.parametrize("function", FUNCTIONS)
def test_somebody_is_told_when_a_function_fails(function: str) -> None:
    watched = {
        dimension["Value"]["Ref"]
        for alarm in of_type("AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == "Errors"
        for dimension in alarm["Dimensions"]
    }
    assert function in watched
