"""One address for pages and API: where each address leads, what every answer says, what is refused.

The rules of addresses are written twice, for CloudFront and for this machine: one table holds for both.
"""

import hashlib
import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page

from local import edge, pages, proxy, template, web
from local.demo.story import load
from local.demo.world import World
from local.ports import HOST, Ports
from local.stack import Stack
from tests.browser import harness
from tests.browser.conftest import Visitor

PAGE = (
    '<!doctype html><html lang="ru"><title>Страница</title><link rel="icon" href="data:,">'
    "<main><h1>Страница</h1>{}</main></html>"
)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self' {documents}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "manifest-src 'self'"
)

ADDRESSES = {
    "/": "/index.html",
    "/index.html": "/index.html",
    "/cabinet": "/cabinet/index.html",
    "/cabinet/": "/cabinet/index.html",
    "/cabinet/index.html": "/cabinet/index.html",
    "/cabinet/bookings/b-4xk2": "/cabinet/index.html",
    "/cabinet/main.js": "/cabinet/main.js",
    "/console": "/console/index.html",
    "/console/tasks": "/console/index.html",
    "/console/tasks/": "/console/index.html",
    "/shared/styles.css": "/shared/styles.css",
    "/texts/ru/common.js": "/texts/ru/common.js",
    "/404.html": "/404.html",
    "/404.css": "/404.css",
    "/cabinets": "/404.html",
    "/uslugi": "/404.html",
    "/uslugi/": "/404.html",
    "/uslugi.html": "/404.html",
    "/apiary": "/404.html",
    "/joiner": "/404.html",
    "/join": "/404.html",
    "/api": "/404.html",
}
API_ADDRESSES = {
    "/api/": "/",
    "/api/catalogue": "/catalogue",
    "/api/bookings/b-4xk2/consents.html": "/bookings/b-4xk2/consents.html",
    "/api/api/x": "/api/x",
    "/join/b-4xk2.patient.t0k3n": "/join/b-4xk2.patient.t0k3n",
}


@pytest.fixture(scope="session")
def nowhere(browser: Browser) -> Iterator[Page]:
    """A page without a policy, to run the distribution's functions in."""
    page = browser.new_page()
    yield page
    page.close()


def run_function(page: Page, resource: str, event: dict[str, Any]) -> Any:
    code = template.properties(resource)["FunctionCode"]
    return page.evaluate("([code, event]) => new Function(code + '; return handler')()(event)", [code, event])


def asked(address: str, headers: dict[str, Any] | None = None) -> dict[str, Any]:
    request = {"method": "GET", "uri": address, "headers": headers or {}, "querystring": {}, "cookies": {}}
    return {"version": "1.0", "viewer": {"ip": "203.0.113.7"}, "request": request}


class TestWhereAnAddressLeads:
    @pytest.mark.parametrize(("address", "target"), (ADDRESSES | API_ADDRESSES).items())
    def test_at_the_distribution(self, nowhere: Page, address: str, target: str) -> None:
        assert run_function(nowhere, "WebRequest", asked(address))["uri"] == target

    @pytest.mark.parametrize(("address", "target"), (ADDRESSES | API_ADDRESSES).items())
    def test_on_this_machine(self, address: str, target: str) -> None:
        assert edge.led_to(address) == (address in API_ADDRESSES, target)

    def test_what_the_distribution_sends_to_the_api_is_what_the_function_takes_for_the_apis(self) -> None:
        behaviours = template.properties("Web")["DistributionConfig"]["CacheBehaviors"]
        prefixes = tuple(each["PathPattern"].rstrip("*") for each in behaviours)
        assert [each for each in ADDRESSES if each.startswith(prefixes)] == []
        assert [each for each in API_ADDRESSES if not each.startswith(prefixes)] == []


class TestTheViewersAddress:
    def test_is_told_to_the_api_whatever_the_viewer_said(self, nowhere: Page) -> None:
        event = asked("/api/bookings", {"x-viewer-address": {"value": "198.51.100.1"}})
        told = run_function(nowhere, "WebRequest", event)["headers"]
        assert told["x-viewer-address"] == {"value": "203.0.113.7"}

    def test_is_no_part_of_asking_for_a_page(self, nowhere: Page) -> None:
        assert run_function(nowhere, "WebRequest", asked("/"))["headers"] == {}


class TestTheStatusOfAPage:
    def answered(self, headers: dict[str, Any]) -> dict[str, Any]:
        return {"response": {"statusCode": 200, "statusDescription": "OK", "headers": headers}}

    def test_is_what_its_metadata_says_which_nobody_sees(self, nowhere: Page) -> None:
        event = self.answered({"x-amz-meta-status": {"value": "404"}})
        response = run_function(nowhere, "WebResponse", event)
        assert (response["statusCode"], response["headers"]) == (404, {})

    def test_is_its_own_without_such_metadata(self, nowhere: Page) -> None:
        assert run_function(nowhere, "WebResponse", self.answered({}))["statusCode"] == 200


def get(
    url: str, path: str, headers: dict[str, str] | None = None, method: str = "GET", body: str | None = None
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """One request, its path sent as it is written."""
    at = urlsplit(url)
    connection = http.client.HTTPConnection(at.hostname or HOST, at.port, timeout=60)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.msg, answer.read()
    finally:
        connection.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """Pages of this test's own, in the folder `web` of its temporary one, with no API behind them."""
    folder = tmp_path / "web"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("no page")
    (folder / ".hidden.txt").write_text("no page")
    (folder / "404.html").write_text(PAGE.format("404"))
    (folder / "index.html").write_text(PAGE.format('<p>Слова</p><link rel="stylesheet" href="/styles.css">'))
    (folder / "styles.css").write_text("p { margin: 0; }\n" * 1000)
    port = Ports.free().web
    handler = edge.edge_at(proxy.api_at(port, "none"), "http://documents.example", "key", folder)
    with web.serving(port, handler):
        yield f"http://{HOST}:{port}"


@pytest.fixture
def told() -> Iterator[str]:
    """An edge whose API repeats the headers that it was asked with, and has two of its own."""

    class Echo(web.Handler):
        def do_GET(self) -> None:
            heard = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
            self.send_response(200)
            self.send_header("Content-Security-Policy", "sandbox")
            self.send_header("Referrer-Policy", "unsafe-url")
            self.send_header("Content-Length", str(len(heard)))
            self.end_headers()
            self.wfile.write(heard)

    ports = Ports.free()
    handler = edge.edge_at(proxy.api_at(ports.api, "echo"), "http://documents.example", "the-key")
    with web.serving(ports.api, Echo), web.serving(ports.web, handler):
        yield f"http://{HOST}:{ports.web}"


class TestEveryAnswer:
    def test_of_the_api_may_have_a_policy_of_its_own_and_nothing_else(self, told: str) -> None:
        _, said, _ = get(told, "/api/x")
        assert said.get_all("Content-Security-Policy") == ["sandbox"]
        assert said.get_all("Referrer-Policy") == ["no-referrer"]

    @pytest.mark.parametrize("path", ["/nothing", "/404.css", "/none.js", "/api/catalogue", "/join/x"])
    def test_says_what_the_template_declares(self, stack: Stack, path: str) -> None:
        _, said, _ = get(stack.web_url, path)
        assert said.get_all("Content-Security-Policy") == [POLICY.format(documents=stack.engine_url)]
        assert said.get_all("X-Content-Type-Options") == ["nosniff"]
        assert said.get_all("Referrer-Policy") == ["no-referrer"]
        assert said.get_all("X-Frame-Options") == ["DENY"]
        assert said.get_all("Cross-Origin-Opener-Policy") == ["same-origin"]
        assert said.get_all("Strict-Transport-Security") == ["max-age=63072000"]
        assert said["Permissions-Policy"].startswith("camera=(), ")

    def test_of_unknown_addresses_is_a_page_in_russian(self, stack: Stack, phone: Page, watch: Any) -> None:
        watch.allow("status of 404")
        answer = phone.goto(f"{stack.web_url}/net-takoy-stranicy")
        assert answer
        assert answer.status == 404
        assert phone.get_by_role("heading").inner_text() == "Такой страницы нет"
        assert [link.get_attribute("href") for link in phone.get_by_role("link").all()] == ["/", "/cabinet/"]
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert harness.axe(phone) == []


class TestTheApiBehindIt:
    def test_is_asked_with_query_and_answers_as_itself(self, stack: Stack) -> None:
        query = "/doctors?name=%D0%BF%D0%B5%D1%82%D1%80%D0%BE%D0%B2%D0%B0"
        through, direct = get(stack.web_url, f"/api{query}"), get(stack.api_url, query)
        assert through[0] == 200
        assert through[2] == direct[2]

    def test_is_sent_bodies_and_headers(self, stack: Stack) -> None:
        headers = {"Content-Type": "application/json", "Idempotency-Key": "edge-0001"}
        status, _, body = get(stack.web_url, "/api/bookings", headers, "POST", '{"kind": 1}')
        assert status == 422
        assert json.loads(body)["error"]["fields"]

    def test_asks_for_a_token_where_it_does_itself(self, stack: Stack) -> None:
        assert get(stack.web_url, "/api/me/bookings")[0] == 401
        token = {"Authorization": f"Bearer {stack.staff_token('operator')}"}
        assert get(stack.web_url, "/api/internal/tasks", token)[0] == 200


class TestWhoseRequestItIs:
    """§4: a consent's evidence names the address it came from, which the edge stands before."""

    def test_is_told_to_the_api_with_the_proof_whatever_the_viewer_said(self, told: str) -> None:
        claimed = {edge.VIEWER_HEADER: "203.0.113.9", edge.KEY_HEADER: "guessed", "Accept-Language": "ru"}
        heard = json.loads(get(told, "/api/x", claimed)[2])
        assert heard["x-viewer-address"] == "127.0.0.1"
        assert heard["x-distribution-key"] == "the-key"
        assert heard["accept-language"] == "ru"

    @pytest.mark.parametrize(("key", "noted"), [("right", "203.0.113.9"), ("guessed", "127.0.0.1")])
    def test_is_believed_of_the_distribution_and_of_nobody_else(
        self, stack: Stack, world: World, key: str, noted: str
    ) -> None:
        secret = stack.client("secretsmanager").get_secret_value(SecretId=stack.outputs["WebSecretArn"])
        proof = json.loads(secret["SecretString"])["key"] if key == "right" else key
        story = load()[0]
        slot = world.free_slot("d-sokolova", "first")
        holder = world.holder(story.given["form"]["holder"])
        form = world.form(story, slot, doctor="d-sokolova", holder=holder, consents=world.consents)
        headers = {edge.KEY_HEADER: proof, edge.VIEWER_HEADER: "203.0.113.9", "Idempotency-Key": str(uuid4())}
        status, _, body = get(
            stack.api_url,
            "/bookings",
            {**headers, "Content-Type": "application/json"},
            "POST",
            json.dumps(form),
        )
        assert status == 201, body
        token = {"Authorization": f"Bearer {stack.staff_token('operator')}"}
        path = f"/internal/bookings/{json.loads(body)['booking_id']}/consents"
        signed = json.loads(get(stack.api_url, path, token)[2])["signatures"]
        assert {each["ip"] for each in signed} == {noted}


class TestAFile:
    @pytest.mark.parametrize(
        "path",
        [
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "/..%2fsecret.txt",
            "/x/..%2f..%2fsecret.txt",
            "/..%5csecret.txt",
            "//../secret.txt",
            "/.hidden.txt",
            "/%00.txt",
        ],
    )
    def test_outside_the_folder_or_hidden_is_not_there(self, site: str, path: str) -> None:
        status, _, body = get(site, path)
        assert (status, b"no page" in body) == (404, False)

    def test_is_not_sent_again_while_it_is_the_same(self, site: str) -> None:
        _, said, _ = get(site, "/styles.css")
        status, again, body = get(site, "/styles.css", {"If-None-Match": said["ETag"]})
        assert (status, body, again["ETag"]) == (304, b"", said["ETag"])

    def test_that_changed_is_sent(self, site: str, tmp_path: Path) -> None:
        _, said, _ = get(site, "/styles.css")
        (tmp_path / "web" / "styles.css").write_text("p { margin: 1px; }\n")
        assert get(site, "/styles.css", {"If-None-Match": said["ETag"]})[0] == 200

    def test_is_compressed_for_who_can_read_it(self, site: str) -> None:
        _, said, body = get(site, "/styles.css", {"Accept-Encoding": "gzip, br"})
        assert (said["Content-Encoding"], said["Vary"]) == ("gzip", "Accept-Encoding")
        assert len(body) < 1000 < len(get(site, "/styles.css")[2])

    def test_of_a_page_is_asked_for_each_time_and_what_it_loads_after_a_minute(self, site: str) -> None:
        kept = {path: get(site, path)[1]["Cache-Control"].split(", ")[1] for path in ("/", "/styles.css")}
        assert kept == {"/": "max-age=0", "/styles.css": "max-age=60"}

    def test_can_be_asked_about_and_not_be_sent_anything(self, site: str) -> None:
        assert get(site, "/styles.css", method="HEAD")[::2] == (200, b"")
        assert get(site, "/styles.css", method="POST", body="x")[0] == 403


class TestTheWatch:
    """That what the other tests rely on would be seen."""

    @pytest.fixture
    def seen(self, site: str, browser: Browser) -> Iterator[tuple[Page, harness.Watch]]:
        watch = harness.Watch(frozenset({site}))
        person = harness.a_person(browser, harness.PHONE)
        watch.over(person)
        yield person.new_page(), watch
        person.close()

    def test_sees_nothing_where_all_is_well(self, site: str, seen: tuple[Page, harness.Watch]) -> None:
        page, watch = seen
        page.goto(site, wait_until="networkidle")
        assert watch.troubles == []

    @pytest.mark.parametrize(
        ("content", "noted"),
        [
            ("<script>1</script>", "Content Security Policy"),
            ('<p style="color: red">Слова</p>', "Content Security Policy"),
            ('<script src="/broken.js"></script>', "page error"),
            ('<script src="/complains.js"></script>', "console: Слова"),
            ('<script src="/missing.js"></script>', "status of 404"),
            ('<img alt="" src="http://elsewhere.example/">', "another host: http://elsewhere.example"),
        ],
    )
    def test_sees_what_no_page_may_do(
        self, site: str, seen: tuple[Page, harness.Watch], tmp_path: Path, content: str, noted: str
    ) -> None:
        page, watch = seen
        (tmp_path / "web" / "broken.js").write_text("nothing.there;")
        (tmp_path / "web" / "complains.js").write_text("console.error('Слова');")
        (tmp_path / "web" / "index.html").write_text(PAGE.format(content))
        page.goto(site, wait_until="networkidle")
        assert any(noted in each for each in watch.troubles), watch.troubles

    def test_axe_refuses_a_picture_without_words(
        self, site: str, seen: tuple[Page, harness.Watch], tmp_path: Path
    ) -> None:
        page, _ = seen
        (tmp_path / "web" / "index.html").write_text(PAGE.format('<img src="data:,">'))
        page.goto(site)
        with pytest.raises(AssertionError, match="critical: image-alt"):
            harness.axe(page)

    def test_a_first_load_is_counted_as_it_travels(self, site: str, browser: Browser) -> None:
        loaded = harness.first_load(browser, site)
        assert loaded.keys() == {"/", "/styles.css"}
        assert loaded["/styles.css"] < 2000 < len("p { margin: 0; }\n" * 1000)


def test_axe_core_is_what_its_publisher_released() -> None:
    """4.14.1 of the npm registry, MPL-2.0, unchanged."""
    digest = hashlib.sha256(harness.AXE.read_bytes()).hexdigest()
    assert digest == "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"


def test_the_page_of_unknown_addresses_stands_alone(visitor: Visitor, stack: Stack, watch: Any) -> None:
    watch.allow("status of 404")
    page = visitor(harness.DESKTOP)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page.goto(f"{stack.web_url}/nothing", wait_until="networkidle")
    assert {path for path in asked if not path.startswith(",")} == {"/nothing", "/404.css"}
    assert set(pages.files()) >= {"404.html", "404.css"}
