"""Designs of posters through a page: seen with hard words, uploaded, told what is wrong, offered, chosen, withdrawn."""

import ast
import io
from collections.abc import Callable
from pathlib import Path

import pytest
import zxingcpp
from flask import Flask
from PIL import Image

import referral
from portal.db import Database
from portal.models import Person, Role
from portal.services.posters import designs
from portal.web.posters import design_words
from referral.posters.design import Fault
from referral.posters.trial import SAMPLES
from tests import factories as make
from tests.factories.posters import own_source, poster_design
from tests.web.client import Page, PageClient

SignIn = Callable[[Person], PageClient]


@pytest.fixture(params=[Role.CHANNEL_MANAGER, pytest.param(Role.ADMINISTRATOR, marks=pytest.mark.night)])
def staff(request: pytest.FixtureRequest, store: Database, signed_in: SignIn) -> PageClient:
    with store.transaction() as session:
        person = make.person(session, request.param)
    return signed_in(person)


def upload(client: PageClient, source: str, *, status: int = 200) -> Page:
    file = (io.BytesIO(source.encode()), "mine.toml")
    return client.get("designs.new").submit({"file": file}, form=".form-page", status=status)


def test_a_design_is_uploaded_looked_at_offered_chosen_and_withdrawn(
    store: Database, signed_in: SignIn, staff: PageClient
) -> None:
    with store.transaction() as session:
        referrer = make.referrer(session)
    own = signed_in(referrer.person)
    page = upload(staff, own_source("own-letter"))
    assert page.h1 == "我的请柬"
    assert "design=own-letter" not in str(own.get("poster.show", design="own-letter").one("#poster-result img")["src"])
    page = page.submit(form="form[action$=offer]")
    poster = own.get("poster.show", design="own-letter")
    shown = own.download(str(poster.all("#poster-result a[download]")[0]["href"]))
    link = zxingcpp.read_barcode(Image.open(io.BytesIO(shown.data))).text
    assert link.endswith(f"/r/{referrer.code}?d=own-letter")
    listed = page.submit(form="form[action$=withdraw]")
    assert listed.path == "/designs/"
    assert "我的请柬" not in listed.one("main").find("ul").get_text()
    assert "design=arch" in str(own.get("poster.show", design="own-letter").one("#poster-result img")["src"])
    assert staff.get("designs.show", design_name="own-letter", status=404)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_wrong_is_told_at_its_line_and_nothing_is_kept(
    app: Flask, store: Database, staff: PageClient, language: str
) -> None:
    staff.language = language
    source = own_source("own").replace("qr = [354, 1330, 372, 372]", "qr = [354, 1000, 372, 372]")
    page = upload(staff, source.replace("margin = ", "margin = -"), status=422)
    line = source.splitlines().index(next(one for one in source.splitlines() if one.startswith("margin"))) + 1
    assert page.texts(".file-faults b") == [{"zh": f"第 {line} 行", "en": f"Line {line}"}[language]]
    page = upload(staff, source, status=422)
    assert any("qr = [354, 1000" in words for words in page.texts(".file-line"))
    assert not staff.get("designs.index").all("form[action$=offer]")


def test_a_name_that_is_taken_is_said_at_the_field(staff: PageClient) -> None:
    assert upload(staff, own_source("arch"), status=422).errors


def test_every_design_is_drawn_with_every_word(staff: PageClient, store: Database) -> None:
    with store.transaction() as session:
        poster_design(session, by=make.person(session, Role.CHANNEL_MANAGER))
    listed = staff.get("designs.index")
    assert len(listed.all(".design-samples img")) >= 7
    page = staff.get("designs.show", design_name="own-letter")
    sources = [str(one["src"]) for one in page.all(".design-samples img")]
    assert len(sources) == 2 * len(SAMPLES)
    first = staff.download(sources[0])
    assert Image.open(io.BytesIO(first.data)).width == 360
    assert staff.http.get(sources[0], headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert staff.download(str(page.one("a[download]")["href"])).mimetype == "application/toml"
    staff.download("/designs/arch/zh-nothing.jpg", status=404)
    staff.download("/designs/nowhere/zh-plain.jpg", status=404)


def test_the_trial_runs_outside_any_transaction(
    store: Database, staff: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others write while a design is tried: SQLite has one writer at a time."""
    real = designs.try_design

    def tried(*given):  # type: ignore[no-untyped-def]
        with store.transaction() as session:
            make.person(session, Role.RECEPTION)
        return real(*given)

    monkeypatch.setattr(designs, "try_design", tried)
    assert upload(staff, own_source("own")).h1 == "我的请柬"


class TestWords:
    def test_every_reason_of_a_fault_is_worded(self) -> None:
        """What `referral` says in English is looked up in the catalogue: so each sentence stands there."""
        said = {one for path in ("design", "design_file", "trial") for one in reasons(path)}
        said.add("it is no text in UTF-8")
        listed = {one._args[0] for one in design_words.WORDS}
        assert said == listed

    def test_the_samples_are_worded(self) -> None:
        assert design_words.SAMPLE_WORDS.keys() == SAMPLES.keys()

    def test_a_trials_words_are_named(self, app: Flask) -> None:
        facts = {"sample": "long", "lang": "en"}
        with app.test_request_context(headers={"Accept-Language": "en"}):
            told = design_words.why(Fault("qr", "it could not be read with the words of %(sample)s, %(lang)s", facts))
        assert told == "it could not be read with the words of “Very long words”, English"


def reasons(module: str) -> set[str]:
    """The sentences that a module makes faults of: second arguments of Fault, first of _No, and names `reason`."""
    tree = ast.parse((Path(referral.__file__).parent / "posters" / f"{module}.py").read_text("utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Fault", "_No"):
            place = 1 if node.func.id == "Fault" else 0
            found |= _texts(node.args[place]) if len(node.args) > place else set()
        elif isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "reason" for t in node.targets):
            found |= _texts(node.value)
    return found


def _texts(node: ast.AST) -> set[str]:
    if isinstance(node, ast.IfExp):
        return _texts(node.body) | _texts(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()
