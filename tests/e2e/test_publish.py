"""`make publish`: the bucket holds what the folder does, each file with its headers; the edge asks anew."""

import http.client
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from local import edge
from local.processes import REPOSITORY
from local.stack import Stack

Publish = Callable[..., subprocess.CompletedProcess[str]]

FILES = {
    "index.html": "<!doctype html><title>Запись</title>",
    "404.html": "<!doctype html><title>404</title>",
    "site/main.js": "export {};",
    "shared/styles.css": "p {}",
    "shared/icon.svg": "<svg/>",
    ".draft.html": "not yet",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path, text in FILES.items():
        file = tmp_path / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    return tmp_path


@pytest.fixture
def publish(stack: Stack, folder: Path) -> Publish:
    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tools.publish", "--folder", str(folder), *arguments],
            cwd=REPOSITORY,
            env={**os.environ, "TELECONSULT_STATE_DIR": stack.state_dir, **environment},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


def head(stack: Stack, key: str) -> dict[str, Any]:
    found: dict[str, Any] = stack.client("s3").head_object(Bucket=stack.outputs["WebBucketName"], Key=key)
    return found


def keys(stack: Stack) -> set[str]:
    listed = stack.client("s3").list_objects_v2(Bucket=stack.outputs["WebBucketName"])
    return {each["Key"] for each in listed.get("Contents", [])}


def invalidations(stack: Stack) -> int:
    listed = stack.client("cloudfront").list_invalidations(DistributionId=stack.outputs["WebDistributionId"])
    return int(listed["InvalidationList"]["Quantity"])


def ask(stack: Stack, host: str, path: str) -> tuple[int, http.client.HTTPMessage, str]:
    """The engine, as this host, by TLS as the distribution sees it."""
    at = urlsplit(stack.engine_url)
    connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=60)
    connection.request("GET", path, headers={"Host": host, "X-Forwarded-Proto": "https"})
    answer = connection.getresponse()
    return answer.status, answer.msg, answer.read().decode()


def test_the_bucket_holds_what_the_folder_holds_and_what_is_hidden_stays_here(
    stack: Stack, publish: Publish
) -> None:
    done = publish()
    assert done.returncode == 0, done.stderr
    assert keys(stack) == FILES.keys() - {".draft.html"}
    assert stack.outputs["SiteUrl"] in done.stdout


@pytest.mark.parametrize(
    ("key", "content_type", "kept"),
    [
        ("index.html", "text/html; charset=utf-8", "max-age=0, must-revalidate"),
        ("site/main.js", "text/javascript; charset=utf-8", "max-age=60"),
        ("shared/styles.css", "text/css; charset=utf-8", "max-age=60"),
        ("shared/icon.svg", "image/svg+xml", "max-age=60"),
    ],
)
def test_each_file_has_the_headers_it_is_served_with(
    stack: Stack, publish: Publish, key: str, content_type: str, kept: str
) -> None:
    assert publish().returncode == 0
    stored = head(stack, key)
    assert (stored["ContentType"], stored["CacheControl"]) == (
        content_type,
        f"public, {kept}, s-maxage=86400",
    )
    assert stored["Metadata"] == {}


def test_the_page_of_unknown_addresses_says_which_status_it_has(stack: Stack, publish: Publish) -> None:
    assert publish().returncode == 0
    assert head(stack, "404.html")["Metadata"] == {"status": "404"}


def test_what_is_gone_from_the_folder_is_gone_from_the_bucket(
    stack: Stack, publish: Publish, folder: Path
) -> None:
    assert publish().returncode == 0
    (folder / "site" / "main.js").unlink()
    assert "Удаление лишнего" in publish().stdout
    assert "site/main.js" not in keys(stack)


def test_the_edge_is_told_to_ask_anew(stack: Stack, publish: Publish) -> None:
    before = invalidations(stack)
    assert publish().returncode == 0
    assert invalidations(stack) == before + 1


def test_a_folder_without_a_first_page_replaces_nothing(stack: Stack, publish: Publish, folder: Path) -> None:
    assert publish().returncode == 0
    (folder / "index.html").unlink()
    done = publish()
    assert done.returncode == 1
    assert "нет index.html" in done.stderr
    assert "index.html" in keys(stack)


def test_without_a_stack_nothing_is_published(publish: Publish, tmp_path: Path) -> None:
    done = publish(TELECONSULT_STATE_DIR=str(tmp_path / "nowhere"))
    assert done.returncode == 2
    assert "Стенд не запущен" in done.stderr


def test_nobody_but_the_distribution_reads_the_bucket(stack: Stack, publish: Publish) -> None:
    assert publish().returncode == 0
    assert (
        ask(stack, urlsplit(stack.engine_url).netloc, f"/{stack.outputs['WebBucketName']}/index.html")[0]
        == 403
    )


class TestTheDistributionOfTheTemplate:
    @pytest.mark.parametrize(
        ("path", "status", "title"),
        [("/", 200, "Запись"), ("/index.html", 200, "Запись"), ("/x", 404, "404")],
    )
    def test_serves_what_was_published(
        self, stack: Stack, publish: Publish, path: str, status: int, title: str
    ) -> None:
        assert publish().returncode == 0
        answer = ask(stack, urlsplit(stack.outputs["SiteUrl"]).netloc, path)
        assert (answer[0], f"<title>{title}</title>" in answer[2]) == (status, True)
        assert "x-amz-meta-status" not in answer[1]

    def test_says_in_each_answer_what_the_edge_of_this_machine_says(
        self, stack: Stack, publish: Publish
    ) -> None:
        assert publish().returncode == 0
        documents = f"https://{stack.outputs['DocumentsBucketName']}.s3.{stack.region}.amazonaws.com"
        _, said, _ = ask(stack, urlsplit(stack.outputs["SiteUrl"]).netloc, "/")
        expected = {name: value for name, (value, _) in edge.headers(documents).items()}
        assert {name: said[name] for name in expected} == expected
