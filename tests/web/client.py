"""A reader of pages: it fetches, fills in and sends what a page really offers, and lints every page it sees.

    page = client.get("registrations.new", agreement_id=3)
    page = page.submit({"phone": "13800001111", "name": "林一"})
    assert page.h1 == "已受理"

A form is sent as a browser would send it: with the fields, the token and the choices that stand in the page.
A field that the page does not offer cannot be sent, and a choice that it does not offer cannot be made.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

from flask import Flask, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from portal.models import Person
from portal.services.accounts.sign_in import open_session
from tests.reader import Tag, read
from tests.web.page_lint import faults, text_of

MOST_REDIRECTS = 5


class Page:
    """One page as it came: its words, and its forms ready to be sent."""

    def __init__(self, client: "PageClient", address: str, response: TestResponse) -> None:
        self.client = client
        self.address = address
        self.status = response.status_code
        self.headers = response.headers
        self.html = response.get_data(as_text=True)

    @cached_property
    def soup(self) -> Tag:
        return read(self.html)

    @property
    def path(self) -> str:
        """Where the reader ended up, after redirects."""
        return urlsplit(self.address).path

    @property
    def h1(self) -> str:
        return text_of(self.one("h1"))

    @property
    def main(self) -> str:
        """The words of the page itself, without what surrounds it."""
        return text_of(self.one("main"))

    @property
    def errors(self) -> list[str]:
        """What the page says is wrong with the fields."""
        return self.texts(".field-error")

    @property
    def notices(self) -> list[str]:
        """The banners, such as "Saved"."""
        return self.texts(".banner")

    def all(self, selector: str) -> list[Tag]:
        """The tags that a CSS selector finds."""
        return self.soup.select(selector)

    def one(self, selector: str) -> Tag:
        """The only tag that a CSS selector finds. Raises AssertionError when there is none, or another."""
        found = self.all(selector)
        assert len(found) == 1, f"{self.path} has {len(found)} of {selector!r}"
        return found[0]

    def texts(self, selector: str) -> list[str]:
        """The words of the tags that a CSS selector finds."""
        return [text_of(tag) for tag in self.all(selector)]

    def follow(self, words: str, *, status: int = 200) -> "Page":
        """Go where the link with these words leads."""
        links = {str(tag["href"]) for tag in self.all("a[href]") if text_of(tag) == words}
        assert len(links) == 1, f"{self.path} has {len(links)} links {words!r}"
        return self.client.get(urljoin(self.address, links.pop()), status=status)

    def task(self, label: str) -> "Page":
        """Go where what waits on a first page leads, whatever its number and since when."""
        links = {str(tag["href"]) for tag in self.all(".tasks a[href]") if text_of(tag.select("span")[0]) == label}
        assert len(links) == 1, f"{self.path} has {len(links)} tasks {label!r}"
        return self.client.get(urljoin(self.address, links.pop()))

    def submit(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        form: str = "main form[method=post]",
        button: str | None = None,
        status: int = 200,
    ) -> "Page":
        """Fill in the form that `form` selects, press its button, and follow to the page that answers.

        `data`: text; True or False for a box; a list for several choices; a file as `(stream, name)`.
        `button` is the words on a button; it also finds the form when the page has several.
        """
        pressed = self._button(button, form) if button else None
        chosen = pressed.find_parent("form") if pressed else self.one(form)
        assert isinstance(chosen, Tag), "the button stands in no form"
        fields = filled_in(chosen, data or {})
        if pressed and pressed.get("name"):
            fields.add(str(pressed["name"]), str(pressed.get("value", "")))
        address = urljoin(self.address, str(chosen.get("action") or self.address))
        method = str(chosen.get("method", "get")).upper()
        return self.client.send(method, address, fields, status=status, sent_from=self.address)

    def _button(self, words: str, form: str) -> Tag:
        buttons = [tag for one in self.all(form) for tag in one.select("button") if text_of(tag) == words]
        assert len(buttons) == 1, f"{self.path} has {len(buttons)} buttons {words!r}"
        return buttons[0]


class PageClient:
    """A browser without a window, in one language (`zh` or `en`)."""

    def __init__(self, app: Flask, language: str = "zh") -> None:
        self.app = app
        self.language = language
        self.http = app.test_client()

    def sign_in(self, person: Person) -> Self:
        """Open a session for a person, without the page and the slow password; returns the client itself."""
        database, clock = self.app.extensions["database"], self.app.extensions["clock"]
        with database.transaction() as session:
            secret = open_session(
                session,
                clock(),
                session.get_one(Person, person.id),
                address="127.0.0.1",
                device="tests",
                days=14,
            )
        with self.http.session_transaction() as cookie:
            cookie["_user_id"] = secret
        return self

    def get(self, where: str, *, status: int = 200, **values: Any) -> Page:
        """Fetch a page by its endpoint, or by its address when `where` has a slash."""
        return self.send("GET", self.address(where, **values), status=status)

    def send(
        self,
        method: str,
        address: str,
        fields: MultiDict[str, Any] | None = None,
        *,
        status: int = 200,
        sent_from: str | None = None,
    ) -> Page:
        """Send a request, follow its redirects, and lint the page that comes in the end."""
        response = self._request(method, address, fields, sent_from)
        for _ in range(MOST_REDIRECTS):
            if response.status_code not in (301, 302, 303, 307, 308):
                break
            address = urljoin(address, response.headers["Location"])
            response = self._request("GET", address, None)
        page = Page(self, address, response)
        assert page.status == status, f"{method} {address} answered {page.status}, not {status}: {page.errors}"
        found = faults(page.html, response.headers, self.language, page.soup)
        assert not found, f"{address}:\n" + "\n".join(found)
        return page

    def download(self, where: str, *, status: int = 200, **values: Any) -> TestResponse:
        """Fetch what is no page: a picture, a file, JSON."""
        response = self._request("GET", self.address(where, **values), None)
        assert response.status_code == status, f"{where} answered {response.status_code}, not {status}"
        return response

    def address(self, where: str, **values: Any) -> str:
        """The address of an endpoint."""
        if "/" in where:
            return where
        with self.app.test_request_context():
            return url_for(where, **values)

    def _request(
        self, method: str, address: str, fields: MultiDict[str, Any] | None, sent_from: str | None = None
    ) -> TestResponse:
        asked = {"query_string": fields} if fields and method == "GET" else {"data": fields}
        headers = {"Accept-Language": {"zh": "zh-CN,zh;q=0.9"}.get(self.language, self.language)}
        if sent_from:
            headers["Referer"] = urljoin("http://localhost", sent_from)
        return self.http.open(address, method=method, headers=headers, **asked)


def filled_in(form: Tag, data: Mapping[str, Any]) -> MultiDict[str, Any]:
    """What a browser sends for a form in which a person filled in `data`."""
    controls = [tag for tag in form.select("input, select, textarea") if tag.get("name")]
    offered = {str(tag["name"]) for tag in controls if not tag.has_attr("disabled")}
    assert offered >= data.keys(), f"the form offers no {sorted(data.keys() - offered)}, only {sorted(offered)}"
    fields: MultiDict[str, Any] = MultiDict()
    for control in controls:
        name = str(control["name"])
        if control.has_attr("disabled") or control.get("type") in ("submit", "image", "button", "reset"):
            continue
        for value in _values(control, data[name]) if name in data else _standing(control):
            fields.add(name, value)
    _check_choices(controls, data, fields)
    return fields


def _standing(control: Tag) -> Iterable[str]:
    """What a control sends when nobody touches it."""
    if control.name == "textarea":
        return [control.text]
    if control.name == "select":
        options = control.select("option")
        selected = [option for option in options if option.has_attr("selected")]
        if not selected and not control.has_attr("multiple"):
            selected = options[:1]
        return [_option(option) for option in selected]
    if control.get("type") in ("checkbox", "radio"):
        return [str(control.get("value", "on"))] if control.has_attr("checked") else []
    return [] if control.get("type") == "file" else [str(control.get("value", ""))]


def _values(control: Tag, given: Any) -> Iterable[Any]:
    """What a control sends for the value a person gave to its name."""
    several = given if isinstance(given, list) else [given]
    if control.get("type") in ("checkbox", "radio"):
        own = str(control.get("value", "on"))
        return [own] if given is True or own in map(str, several) else []
    return several if control.name == "select" or control.get("type") == "file" else map(str, several)


def _check_choices(controls: list[Tag], data: Mapping[str, Any], fields: MultiDict[str, Any]) -> None:
    for name, given in data.items():
        own = [tag for tag in controls if tag["name"] == name]
        choices = {_option(option) for tag in own for option in tag.select("option")}
        if any(tag.get("type") == "radio" for tag in own):
            assert fields.getlist(name), f"{name} offers no {given!r}"
        elif choices:
            wrong = set(map(str, given if isinstance(given, list) else [given])) - choices
            assert not wrong, f"{name} offers no {wrong}, only {sorted(choices)}"


def _option(option: Tag) -> str:
    return str(option.get("value", text_of(option)))
