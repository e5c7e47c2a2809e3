"""What every answer says to the browser, and what a browser says that is believed."""

import io
import json
import logging
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import AnyConverter, IntegerConverter

from portal.access.actor import SYSTEM
from portal.app import create_app
from portal.config import Config
from portal.db import Database
from portal.logs import WithoutAddresses
from portal.models import Role
from portal.services.accounts import people
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import PageClient


@pytest.fixture
def admin(store: Database, signed_in) -> PageClient:
    with store.transaction() as session:
        person = make.person(session, Role.ADMINISTRATOR)
    return signed_in(person)


def test_what_is_private_is_kept_nowhere(admin: PageClient) -> None:
    """A file too: what sends files says something weaker of its own."""
    for where, given in (("admin.people", {}), ("admin.people_export", {"kind": "csv"})):
        assert admin.download(where, **given).headers["Cache-Control"] == "no-store", where
    assert "public" in admin.download("health.style").headers["Cache-Control"]


def test_a_page_with_a_secret_address_tells_it_to_nobody(
    client: PageClient, store: Database, clock: MovableClock
) -> None:
    with store.transaction() as session:
        link = people.issue_link(session, SYSTEM, clock(), make.person(session, Role.RECEPTION))
    assert client.download("auth.welcome", token=link.token).headers["Referrer-Policy"] == "no-referrer"
    assert client.download("auth.sign_in").headers["Referrer-Policy"] == "same-origin"


ASKS = {
    "where a code is scanned": (Role.RECEPTION, "redeeming.index", "camera=(self), geolocation=(), microphone=()"),
    "a list": (Role.RECEPTION, "vouchers.index", "camera=(), geolocation=(), microphone=()"),
}


@pytest.mark.parametrize(("role", "where", "policy"), ASKS.values(), ids=ASKS)
def test_a_page_asks_the_device_only_for_what_stands_on_it(
    store: Database, signed_in, role: Role, where: str, policy: str
) -> None:
    with store.transaction() as session:
        person = make.person(session, role)
    assert signed_in(person).download(where).headers["Permissions-Policy"].startswith(policy)


def test_other_sites_pages_stay_outside(client: PageClient) -> None:
    headers = client.download("auth.sign_in").headers
    assert (headers["Cross-Origin-Opener-Policy"], headers["Cross-Origin-Resource-Policy"]) == ("same-origin",) * 2


SENT = {
    "by a page of ours": ({"Sec-Fetch-Site": "same-origin"}, True),
    "by nobody's page": ({"Sec-Fetch-Site": "none"}, True),
    "by another site's": ({"Sec-Fetch-Site": "cross-site"}, False),
    "by a neighbour's": ({"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"}, False),
    "by an old browser, here": ({"Origin": "http://localhost"}, True),
    "by an old browser, at the public address": ({"Origin": "http://127.0.0.1:8000"}, True),
    "by an old browser, elsewhere": ({"Origin": "https://evil.example"}, False),
    "by a page without a referrer": ({"Origin": "null"}, True),
    "by who says nothing": ({}, True),
}


@pytest.mark.parametrize(("headers", "taken"), SENT.values(), ids=SENT)
def test_a_form_that_was_sent(client: PageClient, headers: dict[str, str], taken: bool) -> None:
    token = client.get("auth.sign_in").one("main input[name=csrf_token]")["value"]
    answer = client.http.post("/sign-in", data={"csrf_token": token, "phone": "", "password": ""}, headers=headers)
    assert answer.status_code == (422 if taken else 400)


class TestInProduction:
    @pytest.fixture
    def production(self, config: Config, app: Flask) -> Config:
        url = app.extensions["config"].database_url
        return replace(config, env="production", database_url=url, base_url="https://portal.example")

    def test_the_cookie_belongs_to_this_host_over_tls(self, production: Config, clock: MovableClock) -> None:
        answer = create_app(production, clock).test_client().get("/sign-in", base_url="https://portal.example")
        (cookie,) = answer.headers.getlist("Set-Cookie")
        assert cookie.startswith("__Host-portal=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
        assert "Domain" not in cookie
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"

    def test_subdomains_are_a_setting(self, production: Config, clock: MovableClock) -> None:
        client = create_app(replace(production, hsts_subdomains=1), clock).test_client()
        assert client.get("/healthz").headers["Strict-Transport-Security"].endswith("; includeSubDomains")

    def test_a_form_over_tls_needs_no_referrer(self, production: Config, clock: MovableClock) -> None:
        client = create_app(production, clock).test_client()
        page = client.get("/sign-in", base_url="https://portal.example").get_data(as_text=True)
        token = page.split('name="csrf_token"', 1)[1].split('value="', 1)[1].split('"', 1)[0]
        answer = client.post("/sign-in", base_url="https://portal.example", data={"csrf_token": token})
        assert answer.status_code == 422


def test_the_schema_is_told_to_who_may_know_it(client: PageClient, admin: PageClient) -> None:
    assert client.download("health.ready").get_json() == {"status": "ok"}
    assert admin.download("health.ready").get_json()["schema"]


_FACTS = {"violated-directive": "img-src", "blocked-uri": "https://evil.example/x?y", "document-uri": "/w/x"}
REPORT = {"csp-report": _FACTS}


class TestAReportOfABrowser:
    def test_is_logged_without_addresses(self, client: PageClient, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.WARNING):
            answer = client.http.post("/csp-report", data=json.dumps(REPORT), content_type="application/csp-report")
        assert answer.status_code == 204
        (line,) = [record for record in caplog.records if record.name.startswith("portal.web.health")]
        assert (line.directive, line.blocked) == ("img-src", "evil.example")
        assert "/w/x" not in WithoutAddresses().format(line)

    def test_is_counted_for_the_page_of_health(self, client: PageClient, admin: PageClient) -> None:
        for directive in ("img-src", "img-src", "script-src 'self'", "made-up; <b>"):
            body = json.dumps({"csp-report": _FACTS | {"violated-directive": directive}})
            client.http.post("/csp-report", data=body)
        page = admin.get("admin.health")
        rows = [text for text in page.texts("main tbody tr") if text.split()[0] in ("img-src", "script-src", "other")]
        assert [row.split() for row in rows] == [["img-src", "2"], ["other", "1"], ["script-src", "1"]]

    @pytest.mark.parametrize("body", [b"", b"[1]", b"{", b'{"csp-report": 1}', "\u4e00".encode("gb18030")])
    def test_may_be_anything(self, client: PageClient, body: bytes) -> None:
        assert client.http.post("/csp-report", data=body).status_code == 204

    def test_is_bounded(self, client: PageClient) -> None:
        assert client.http.post("/csp-report", data=b"x" * 10_000).status_code == 413
        answers = {client.http.post("/csp-report", data=b"{}").status_code for _ in range(21)}
        assert answers == {204, 429}


SAID = {
    "Error handling request /welcome/secret?x=1": "Error handling request …",
    "Invalid request from ip=192.0.2.1: x": "Invalid request from … x",
    "got https://portal.example/w/secret": "got …",
    "1/2 done": "1/2 done",
}


@pytest.mark.parametrize(("said", "written"), SAID.items())
def test_what_the_server_says_is_written_without_addresses(said: str, written: str) -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(WithoutAddresses())
    handler.handle(logging.makeLogRecord({"name": "gunicorn.error", "msg": "%s", "args": (said,)}))
    assert json.loads(out.getvalue())["message"] == written


@pytest.mark.parametrize("locale", ["xx", "zh_hans_cn", "en.."])
def test_a_language_that_there_is_not_is_no_page(client: PageClient, locale: str) -> None:
    assert client.http.get(f"/language/{locale}").status_code == 404


@pytest.mark.parametrize("control", ["\n", "\r", "\t", "\x7f"])
def test_no_way_on_holds_a_line_break(client: PageClient, control: str) -> None:
    answer = client.http.get("/language/en", query_string={"next": f"/a{control}b"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


EVERYWHERE = {
    "X-Content-Type-Options": ("nosniff",),
    "Referrer-Policy": ("same-origin", "no-referrer"),
    "Cross-Origin-Opener-Policy": ("same-origin",),
    "Cross-Origin-Resource-Policy": ("same-origin",),
    "Permissions-Policy": ("camera=(), geolocation=(), microphone=(), payment=(), usb=()",),
    "Strict-Transport-Security": ("max-age=31536000",),
}
"""What every answer of a production server says, whatever was asked."""
MAY_BE_KEPT = {"static", "bootstrap.static", "health.style", "help.manifest"}
"""Whatever else is answered is kept nowhere."""


def _some(part: Any) -> Any:
    """A value that an address may hold in this place."""
    return min(part.items) if isinstance(part, AnyConverter) else 1 if isinstance(part, IntegerConverter) else "x"


def test_every_route_protects_itself(config: Config, app: Flask, clock: MovableClock) -> None:
    """Asked by a stranger, with addresses that lead nowhere: what is refused says so too."""
    given = {"env": "production", "base_url": "https://portal.example"}
    asked = create_app(replace(config, database_url=app.extensions["config"].database_url, **given), clock)
    client, wrong = asked.test_client(), []
    for rule in asked.url_map.iter_rules():
        with asked.test_request_context():
            address = rule.build({name: _some(one) for name, one in rule._converters.items()})
        assert address is not None, rule
        verb = "GET" if "GET" in (rule.methods or ()) else "POST"
        answer = client.open(address[1], method=verb, base_url="https://portal.example")
        lacks = [name for name, words in EVERYWHERE.items() if answer.headers.get(name) not in words]
        kept = answer.headers.get("Cache-Control") != "no-store" and rule.endpoint not in MAY_BE_KEPT
        policy = answer.headers.get("Content-Security-Policy", "")
        if lacks or kept or "default-src 'self'" not in policy or answer.status_code >= 500:
            wrong.append((rule.endpoint, answer.status_code, lacks, answer.headers.get("Cache-Control")))
    assert wrong == []


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        ("privacy@example.com, 0571-12345678", "mailto:privacy@example.com"),
        ("0571-12345678", "https://portal.example/privacy-notice"),
    ],
)
def test_who_finds_a_weakness_reads_whom_to_tell(config: Config, app: Flask, contact: str, said: str, clock) -> None:
    given = {"database_url": app.extensions["config"].database_url, "base_url": "https://portal.example"}
    asked = create_app(replace(config, privacy_contact=contact, **given), clock)
    lines = asked.test_client().get("/.well-known/security.txt").get_data(as_text=True).splitlines()
    assert lines[0] == f"Contact: {said}"
    assert lines[1:] == [
        "Expires: 2026-09-06T02:00:00Z",
        "Preferred-Languages: zh, en",
        "Canonical: https://portal.example/.well-known/security.txt",
    ]
