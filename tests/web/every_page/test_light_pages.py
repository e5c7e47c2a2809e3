"""What makes pages come fast: packed answers where nobody's secret is in them, addresses that name their content, and a
style that the policy lets through by its digest alone."""

import gzip
from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.db import Database
from portal.models import Person, Role
from tests import factories as make
from tests.web.client import PageClient
from tests.web.page_lint import digest_of

PACKED = {"Accept-Encoding": "gzip, br"}
STYLE = "/static/css/components.css"


def got(client: PageClient, path: str, headers: dict[str, str] | None = None) -> TestResponse:
    """An answer, read to its end and closed."""
    return client.http.get(path, headers=headers, buffered=True)


def test_files_are_packed_for_who_can_unpack_them(client: PageClient) -> None:
    plain = got(client, STYLE)
    assert "Content-Encoding" not in plain.headers
    for _again in range(2):
        answer = got(client, STYLE, PACKED)
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert "Accept-Encoding" in plain.headers["Vary"]
        assert gzip.decompress(answer.data) == plain.data
        assert len(answer.data) == int(answer.headers["Content-Length"]) < len(plain.data) / 2
    known = got(client, STYLE, PACKED | {"If-None-Match": answer.headers["ETag"]})
    assert (known.status_code, known.data) == (304, b"")


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (STYLE, {"Accept-Encoding": "gzip;q=0"}),
        (STYLE, PACKED | {"Range": "bytes=0-9"}),
        ("/static/icons/no-such.svg", PACKED),
        ("/healthz", PACKED),
    ],
)
def test_what_need_not_or_may_not_be_packed_is_not(client: PageClient, path: str, headers: dict[str, str]) -> None:
    assert "Content-Encoding" not in got(client, path, headers).headers


def test_a_small_file_comes_as_it_is_each_time(client: PageClient) -> None:
    for _again in range(3):
        answer = got(client, "/static/js/review.js", PACKED)
        assert "Content-Encoding" not in answer.headers
        assert len(answer.data) == int(answer.headers["Content-Length"])


def test_no_page_with_a_sessions_token_is_packed(
    store: Database, client: PageClient, signed_in: Callable[[Person], PageClient]
) -> None:
    """Its size would tell of the token beside words that others chose."""
    with store.transaction() as session:
        person = make.person(session, Role.FINANCE)
    assert "Content-Encoding" not in signed_in(person).http.get("/", headers=PACKED).headers
    assert "Content-Encoding" not in client.http.get("/sign-in", headers=PACKED).headers
    assert client.http.get("/r/", headers=PACKED).headers["Content-Encoding"] == "gzip"


def test_a_files_address_names_its_content_and_is_kept_for_long(client: PageClient) -> None:
    page = client.get("auth.sign_in")
    addresses = [str(tag.get("href") or tag.get("src")) for tag in page.all("link[rel=stylesheet], script[src]")]
    assert any(address.startswith("/portal.css?v=") for address in addresses)
    for address in addresses:
        assert "immutable" in got(client, address).headers["Cache-Control"], address
    assert "immutable" not in got(client, STYLE).headers["Cache-Control"]


def test_the_policy_names_the_style_of_the_page_and_of_no_other(app: Flask, client: PageClient) -> None:
    page = client.get("landing.type_code")
    policy = page.headers["Content-Security-Policy"]
    assert f"style-src 'self' '{digest_of(page.one('style'))}'" in policy
    assert "style-src" not in client.get("auth.sign_in").headers["Content-Security-Policy"]
