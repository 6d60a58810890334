"""The template's distribution: who reads the pages' bucket, what the edge keeps, what every answer says."""

import re
from typing import Any

import pytest

from local import template

WEB = template.properties("Web")["DistributionConfig"]
BEHAVIOURS: list[dict[str, Any]] = [WEB["DefaultCacheBehavior"], *WEB["CacheBehaviors"]]
TO_API = [each for each in BEHAVIOURS if each["TargetOriginId"] == "api"]


def env(function: str) -> dict[str, Any]:
    variables: dict[str, Any] = template.properties(function)["Environment"]["Variables"]
    return variables


def cache_key(policy: str) -> dict[str, Any]:
    config = template.properties(policy)["CachePolicyConfig"]
    key: dict[str, Any] = config["ParametersInCacheKeyAndForwardedToOrigin"]
    return key


def test_the_pages_bucket_is_encrypted_and_closed_to_the_public() -> None:
    bucket = template.properties("WebBucket")
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert list(bucket["PublicAccessBlockConfiguration"].values()) == [True] * 4
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_the_pages_travel_by_tls_only_and_nobody_reads_them_in_the_bucket_but_our_distribution() -> None:
    tls, *reading = template.properties("WebBucketPolicy")["PolicyDocument"]["Statement"]
    assert (tls["Effect"], tls["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    source = "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${Web}"
    for each in reading:
        assert each["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        assert each["Condition"] == {"StringEquals": {"aws:SourceArn": {"Sub": source}}}
    assert [each["Action"] for each in reading] == ["s3:GetObject", "s3:ListBucket"]


def test_no_page_runs_what_stands_in_it_or_comes_from_elsewhere() -> None:
    policy = template.properties("WebHeaders")["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    said = dict(
        part.strip().split(" ", 1)
        for part in policy["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Sub"].split(";")
    )
    assert said["default-src"] == "'none'"
    assert said["script-src"] == said["style-src"] == said["form-action"] == "'self'"
    assert said["base-uri"] == said["frame-ancestors"] == "'none'"
    assert said["connect-src"] == "'self' https://${DocumentsBucket.RegionalDomainName}"
    assert "unsafe" not in str(said)


def test_every_answer_is_compressed_has_the_headers_and_comes_by_tls() -> None:
    for each in BEHAVIOURS:
        assert each["Compress"] is True
        assert each["ResponseHeadersPolicyId"] == {"Ref": "WebHeaders"}
        assert each["ViewerProtocolPolicy"] in ("https-only", "redirect-to-https")
    assert (WEB["HttpVersion"], WEB["IPV6Enabled"]) == ("http2and3", True)


def test_a_token_sent_in_the_clear_is_not_redirected_as_if_it_had_been_right() -> None:
    (api,) = [each for each in TO_API if each["PathPattern"] == "/api/*"]
    assert api["ViewerProtocolPolicy"] == "https-only"


def test_the_edge_keeps_of_the_api_what_says_so_itself_and_never_for_another_caller() -> None:
    policy = template.properties("ApiCaching")["CachePolicyConfig"]
    key = cache_key("ApiCaching")
    assert (policy["MinTTL"], policy["DefaultTTL"]) == (0, 0)
    assert set(key["HeadersConfig"]["Headers"]) == {"Authorization", "X-Booking-Capability"}
    assert key["QueryStringsConfig"] == {"QueryStringBehavior": "all"}
    assert [each["CachePolicyId"] for each in TO_API] == [{"Ref": "ApiCaching"}] * 2


def test_the_api_is_sent_all_that_the_viewer_sent_but_its_host() -> None:
    policy = template.properties("ApiForwarding")["OriginRequestPolicyConfig"]
    assert policy["HeadersConfig"] == {"HeaderBehavior": "allExcept", "Headers": ["Host"]}
    assert policy["CookiesConfig"] == {"CookieBehavior": "all"}
    assert policy["QueryStringsConfig"] == {"QueryStringBehavior": "all"}
    assert [each["OriginRequestPolicyId"] for each in TO_API] == [{"Ref": "ApiForwarding"}] * 2


# What CloudFront keeps by itself, and may be told not to (custom-error-pages-expiration in its guide).
KEPT_ERRORS = {400, 403, 404, 405, 414, 500, 501, 502, 503, 504}


def test_no_error_is_kept_for_the_next_caller_or_replaced_by_a_page() -> None:
    assert WEB["CustomErrorResponses"] == [
        {"ErrorCode": code, "ErrorCachingMinTTL": 0} for code in sorted(KEPT_ERRORS)
    ]


def test_the_distribution_proves_itself_to_the_api_by_a_key_that_stands_nowhere() -> None:
    (origin,) = [each for each in WEB["Origins"] if each["Id"] == "api"]
    (header,) = origin["OriginCustomHeaders"]
    assert header["HeaderValue"] == {"Sub": "{{resolve:secretsmanager:${WebSecret}:SecretString:key}}"}
    assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"


def test_whoever_asks_by_what_key_the_distribution_is_known_may_read_it_and_nobody_else_may() -> None:
    secret = {"GetAtt": "WebSecret.Id"}
    functions = {
        name: each["Properties"]
        for name, each in template.resources().items()
        if each["Type"] == "AWS::Serverless::Function"
    }
    asking = {
        name
        for name, each in functions.items()
        if secret in each.get("Environment", {}).get("Variables", {}).values()
    }
    reading = {
        name.removesuffix("Role")
        for name, each in template.resources().items()
        if each["Type"] == "AWS::IAM::Role" and str(secret) in str(each)
    }
    assert asking == reading
    assert asking >= {"PublicApi", "InternalApi"}


def test_somebody_is_told_that_the_distribution_is_not_known_by_its_key() -> None:
    alarm = template.properties("ViewerNotProvenAlarm")
    assert alarm["MetricName"] == "ViewerNotProven"
    assert alarm["AlarmActions"] == [{"Ref": "Alarms"}]


@pytest.mark.parametrize(
    ("function", "variable", "given", "path"),
    [
        ("PublicApi", "CABINET_URL", "CabinetUrl", "/cabinet"),
        ("Notifications", "CABINET_URL", "CabinetUrl", "/cabinet"),
        ("PublicApi", "JOIN_URL", "JoinUrl", ""),
        ("InternalApi", "JOIN_URL", "JoinUrl", ""),
        ("Notifications", "JOIN_URL", "JoinUrl", ""),
    ],
)
def test_links_lead_to_the_pages_unless_another_address_is_given(
    function: str, variable: str, given: str, path: str
) -> None:
    own = {
        "If": [
            "SiteDomainGiven",
            {"Sub": f"https://${{SiteDomain}}{path}"},
            {"Sub": f"https://${{Web.DomainName}}{path}"},
        ]
    }
    assert env(function)[variable] == {"If": [f"{given}Given", {"Ref": given}, own]}


@pytest.mark.parametrize("function", ["WebRequest", "WebResponse"])
def test_what_runs_at_the_edge_is_what_the_edge_takes(function: str) -> None:
    properties = template.properties(function)
    assert properties["FunctionConfig"]["Runtime"] == "cloudfront-js-2.0"
    assert properties["AutoPublish"] is True
    assert len(properties["FunctionCode"].encode()) < 10_240
    # It may not write these: the edge refuses the whole request then.
    reserved = r"x-(edge|amzn|amz-cf|accel|real-ip|forwarded-proto)"
    assert re.findall(reserved, properties["FunctionCode"], re.IGNORECASE) == []


def test_uploads_from_a_page_tell_how_far_they_are() -> None:
    (rule,) = template.properties("DocumentsBucket")["CorsConfiguration"]["CorsRules"]
    assert rule["AllowedMethods"] == ["POST"]
    assert rule["AllowedOrigins"] == [{"If": ["SiteDomainGiven", {"Sub": "https://${SiteDomain}"}, "*"]}]
