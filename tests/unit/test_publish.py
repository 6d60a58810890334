"""Publishing: what an edge may still ask for is there until the edge has forgotten it."""

from pathlib import Path
from unittest import mock

from tools.publish import Site, publish


def test_what_is_gone_is_deleted_once_no_edge_has_the_pages_that_ask_for_it(
    tmp_path: Path,
) -> None:
    for name in ("index.html", "404.html", "main.js"):
        (tmp_path / name).write_text("")
    aws = mock.Mock()
    aws.s3.get_paginator().paginate.return_value = [{"Contents": [{"Key": "old.js"}, {"Key": "main.js"}]}]
    aws.s3.delete_objects.return_value = {}
    aws.cloudfront.create_invalidation.return_value = {"Invalidation": {"Id": "I-1"}}
    aws.reset_mock()
    assert publish(Site(aws.s3, aws.cloudfront, "web", "E-1", "https://site"), tmp_path, quiet=True) == (3, 1)
    steps = ("put_object", "create_invalidation", "get_waiter().wait", "delete_objects")
    done = [name.partition(".")[2] for name, *_ in aws.mock_calls]
    assert [name for name in done if name in steps] == ["put_object"] * 3 + list(steps[1:])
    aws.cloudfront.get_waiter().wait.assert_called_once_with(DistributionId="E-1", Id="I-1")
