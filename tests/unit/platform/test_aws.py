"""How AWS is spoken to."""

import pytest

from teleconsult.platform import aws


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_an_upload_goes_to_the_address_that_the_pages_policy_allows(
    monkeypatch: pytest.MonkeyPatch, region: str
) -> None:
    """`DocumentsBucket.RegionalDomainName` of the template."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    for made in (aws.client, aws._session):
        made.cache_clear()
    try:
        url = aws.client("s3").generate_presigned_post("documents", "incoming/d-1")["url"]
    finally:
        for made in (aws.client, aws._session):
            made.cache_clear()
    assert url == f"https://documents.s3.{region}.amazonaws.com/"
