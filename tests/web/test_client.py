"""The page client sends what a page offers, and nothing else."""

from io import BytesIO

import pytest
from flask import Flask, redirect, request
from werkzeug.wrappers import Response

from tests.reader import read
from tests.web.client import PageClient, filled_in
from tests.web.test_page_lint import GOOD, HEADERS

FORM = read(
    """<form>
    <input name="csrf_token" type="hidden" value="t"><input name="name" value="林">
    <textarea name="why">x</textarea>
    <select name="kind"><option value="a">A</option><option value="b">B</option></select>
    <input type="radio" name="way" value="face"><input type="radio" name="way" value="code" checked>
    <input type="checkbox" name="agree" value="y"><input type="file" name="photo"><input name="off" disabled>
    <input type="submit" name="go" value="Go">
    </form>"""
).select("form")[0]
UNTOUCHED = {"csrf_token": "t", "name": "林", "why": "x", "kind": "a", "way": "code"}


@pytest.mark.parametrize(
    ("data", "changed"),
    [
        ({}, {}),
        ({"name": "王"}, {"name": "王"}),
        ({"kind": "b"}, {"kind": "b"}),
        ({"way": "face"}, {"way": "face"}),
        ({"agree": True}, {"agree": "y"}),
        ({"agree": False}, {}),
    ],
)
def test_a_form_is_sent_as_a_browser_would(data: dict[str, object], changed: dict[str, str]) -> None:
    assert filled_in(FORM, data).to_dict() == UNTOUCHED | changed


def test_a_file_is_sent() -> None:
    photo = (BytesIO(b"jpeg"), "photo.jpg")
    assert filled_in(FORM, {"photo": photo})["photo"] is photo


@pytest.mark.parametrize("data", [{"nowhere": "x"}, {"off": "x"}, {"kind": "c"}, {"way": "none"}])
def test_what_a_form_does_not_offer_cannot_be_sent(data: dict[str, str]) -> None:
    with pytest.raises(AssertionError, match="offers no"):
        filled_in(FORM, data)


@pytest.fixture
def client() -> PageClient:
    app = Flask(__name__)
    app.testing = True

    @app.route("/form", methods=["GET", "POST"])
    def form() -> Response | tuple[str, dict[str, str]]:
        if request.method == "POST":
            return redirect(f"/done?name={request.form['name']}")
        return GOOD, HEADERS

    @app.route("/done")
    def done() -> tuple[str, dict[str, str]]:
        return GOOD.replace("报备", request.args["name"]), HEADERS

    @app.route("/bad")
    def bad() -> str:
        return GOOD

    return PageClient(app)


def test_a_page_is_filled_in_sent_and_followed(client: PageClient) -> None:
    page = client.get("form").submit({"name": "林一", "agree": True})
    assert (page.path, page.h1) == ("/done", "林一")


def test_a_bad_page_and_a_wrong_status_are_refused(client: PageClient) -> None:
    with pytest.raises(AssertionError, match="default-src is None"):
        client.get("/bad")
    with pytest.raises(AssertionError, match="answered 404"):
        client.get("/nowhere")
