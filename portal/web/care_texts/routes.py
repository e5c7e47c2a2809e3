"""The library of texts: found by what they are for, previewed with a real client, written anew, reviewed by another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...access.policy import may
from ...models import CareFile, CareText, ProposalState
from ...rules.care.plan import Channel, Stage, Step
from ...rules.care_texts.checks import check, parts
from ...rules.care_texts.text import Filled, Text
from ...services.care import texts as care_texts
from ...services.care_plans import plans
from ...services.care_texts import library, lists, texts
from ...services.home.figure import counted
from ..care import words as care_words
from ..components import reader_locale
from ..edge import actor, db, form_page, load, now, refusing
from ..forms.proposals import DecisionPages, SendBackForm
from ..guard import guard
from ..lists.arguments import chosen, number_of
from ..lists.paging import page_of
from . import words
from .forms import RetireForm, TextForm

bp = Blueprint("care_texts", __name__, url_prefix="/care/texts")

_TO_CHOOSE = 20
"""Clients that a preview offers, the newest of one's own."""


@dataclass(frozen=True, slots=True)
class Preview:
    """How a text reads: in each language, filled in, in so many messages; what warns; with whom it can be shown."""

    shown: Sequence[tuple[Any, Filled, int]] = ()
    warnings: Sequence[words.Warned] = ()
    clients: Sequence[tuple[int, str]] = ()


@dataclass(frozen=True, slots=True)
class May:
    """What the reader may do in the library, and how many texts wait for him."""

    write: bool
    keep: bool
    waiting: int = 0


@bp.get("")
@guard(Permission.READ_CARE_TEXTS)
def index() -> str:
    """All texts, narrowed by stage, channel, development, state and words."""
    steps = _steps()
    found = [one for one in library.library(db()).entries if _wanted(one, steps)]
    return render_template(
        "care_texts/index.html",
        rows=found,
        steps=steps,
        developments=plans.development_names(db()),
        may=_may(),
        chinese=reader_locale().language == "zh",
        **_in_words(),
    )


@bp.get("/proposals")
@guard(Permission.READ_CARE_TEXTS)
def proposals() -> str:
    """Texts that wait for a review, and all that were decided."""
    stmt = texts.listing(actor(), state=chosen(ProposalState, request.args.get("state")))
    return render_template(
        "care_texts/proposals.html",
        page=page_of(db(), stmt, CareText.id, request.args.get("after")),
        text_of=library.text_of,
        steps=_steps(),
        **_in_words(),
    )


@bp.get("/of/<code>")
@guard(Permission.READ_CARE_TEXTS)
def show(code: str) -> ResponseReturnValue:
    """One text: its words, what it reads like with a real client, its versions."""
    return _text_page(_entry(code), RetireForm(formdata=None))


@bp.route("/new", methods=["GET", "POST"])
@guard(Permission.WRITE_CARE_TEXT)
def new() -> ResponseReturnValue:
    """Write a text, or the next version of one. What it reads like stands beside it, with the warnings."""
    base = _named(request.args.get("code"))
    form = TextForm() if request.method == "POST" or base is None else TextForm.of(base.text, base.development_id)
    form.choose_from(_steps(), plans.development_names(db()))
    if request.method == "GET":
        return _editor(form, None if base is None else base.text)
    holds, text = form.validate(), form.text()
    if request.form.get("action") == "preview":
        return _editor(form, text)
    if holds and text is not None:
        with refusing(form):
            row = texts.propose(
                db(), actor(), now(), text, development_id=form.development_id, note=form.note.data or ""
            )
            db().flush()
            flash(_("Proposed. Another person reviews it."), "success")
            return redirect(url_for(".version", text_id=row.id))
    return _editor(form, text), 422


@bp.get("/versions/<int:text_id>")
@guard(Permission.READ_CARE_TEXTS)
def version(text_id: int) -> str:
    """A version or proposal beside the text that is used."""
    return _version_page(load(CareText, text_id), SendBackForm(formdata=None))


@bp.post("/versions/<int:text_id>/confirm")
@guard(Permission.REVIEW_CARE_TEXT)
def confirm(text_id: int) -> ResponseReturnValue:
    """Approve another person's text."""
    return _pages.confirm(load(CareText, text_id), _confirm)


@bp.post("/versions/<int:text_id>/refuse")
@guard(Permission.REVIEW_CARE_TEXT, stops=True)
def refuse(text_id: int) -> ResponseReturnValue:
    """Send another person's text back, with a reason."""
    return _pages.send_back(load(CareText, text_id), texts.refuse)


@bp.post("/versions/<int:text_id>/withdraw")
@guard(Permission.WRITE_CARE_TEXT)
def withdraw(text_id: int) -> ResponseReturnValue:
    """Take one's own text back."""
    return _pages.withdraw(load(CareText, text_id), texts.withdraw)


@bp.post("/of/<code>/retire")
@guard(Permission.REVIEW_CARE_TEXT, stops=True)
def retire(code: str) -> ResponseReturnValue:
    """Use a text no more, at once."""
    entry, form = _entry(code), RetireForm()
    if form.validate_on_submit():
        with refusing(form):
            texts.retire(db(), actor(), now(), entry.key, form.reason.data or "")
            flash(_("Retired. Nobody is offered it any more."), "success")
            return redirect(_entry_address(entry))
    return _text_page(entry, form)


def _confirm(row: CareText) -> ResponseReturnValue:
    texts.confirm(db(), actor(), now(), row)
    flash(_("Approved. It is used from now on."), "success")
    return redirect(url_for(".version", text_id=row.id))


def _version_page(row: CareText, form: SendBackForm) -> str:
    mine, text = row.proposed_by == actor().id, library.text_of(row)
    used = library.find(db(), (row.code, row.development_id))
    return render_template(
        "care_texts/version.html",
        row=row,
        form=form,
        text=text,
        used=None if used is None or used.row is row else used,
        steps=_steps(),
        may_decide=row.open and not mine and may(actor(), Permission.REVIEW_CARE_TEXT),
        may_withdraw=row.open and mine,
        preview=_previewed(text),
        **_in_words(),
    )


_pages = DecisionPages(_version_page, lambda row: url_for(".version", text_id=row.id))


def _text_page(entry: library.Entry, form: RetireForm) -> ResponseReturnValue:
    return form_page(
        "care_texts/show.html",
        form,
        entry=entry,
        steps=_steps(),
        history=(library.versions(db(), entry.key), library.ends(db(), entry.key)),
        may_write=may(actor(), Permission.WRITE_CARE_TEXT),
        may_retire=entry.ended is None and may(actor(), Permission.REVIEW_CARE_TEXT),
        preview=_previewed(entry.text),
        **_in_words(),
    )


def _editor(form: TextForm, text: Text | None) -> str:
    return render_template(
        "care_texts/edit.html",
        form=form,
        text=text,
        named=request.args.get("code"),
        preview=_previewed(text),
        **_in_words(),
    )


# What it reads like


def _previewed(text: Text | None) -> Preview:
    """With which client a text is shown, what comes out in each language, in how many messages, and what warns."""
    if text is None:
        return Preview()
    file, clients = _client()
    shown = []
    for language in ("zh", "en") if text.en else ("zh",):
        filled = _filled(text.words(language), file, language)
        shown.append((words.LANGUAGES[language], filled, parts(filled.words) if text.channel is Channel.TEXT else 0))
    longest = len(shown[0][1].words) if file is not None else None
    found = check(text, lists.competitor_words(db()), longest)
    return Preview(shown, words.warnings(found), clients)


def _filled(said: str, file: CareFile | None, language: str) -> Filled:
    return care_texts.filled(db(), actor(), said, file, language)


def _client() -> tuple[CareFile | None, Sequence[tuple[int, str]]]:
    """The client that was chosen, else the newest of one's own; and those to choose from."""
    if not may(actor(), Permission.CARE_FOR_CLIENTS):
        return None, ()
    rows = care_texts.newest_files(db(), actor(), _TO_CHOOSE)
    asked = number_of(request.values.get("file"))
    file = care_texts.file_of(db(), actor(), asked) if asked is not None else None
    return file or (rows[0] if rows else None), [(row.id, care_texts.client_name(db(), row)) for row in rows]


# Finding them


def _entry(code: str) -> library.Entry:
    entry = library.find(db(), (code, number_of(request.args.get("development"))))
    if entry is None:
        abort(404)
    return entry


def _named(code: str | None) -> library.Entry | None:
    return library.find(db(), (code, number_of(request.args.get("development")))) if code else None


def _entry_address(entry: library.Entry) -> str:
    return url_for(".show", code=entry.text.code, development=entry.development_id)


def _steps() -> Mapping[str, Step]:
    """Every step of a plan that holds somewhere, by its code; the given ones first."""
    held = plans.all_in_force(db(), now())
    every = [plans.given(), held.plan(None), *(held.plan(key) for key in held.own)]
    return {step.code: step for plan in every for step in plan.steps}


def _wanted(one: library.Entry, steps: Mapping[str, Step]) -> bool:
    asked, text = request.args, one.text
    stage, channel = chosen(Stage, asked.get("stage")), chosen(Channel, asked.get("channel"))
    state, place = chosen(library.EntryState, asked.get("state")), number_of(asked.get("development"))
    looked_for = (asked.get("q") or "").strip().casefold()
    said = " ".join((words.title(text, steps), words.purpose(text, steps), text.code, text.zh, text.en)).casefold()
    return (
        (stage is None or text.stage in (None, stage))
        and (channel is None or text.channel is channel)
        and (state is None or one.state is state)
        and (place is None or one.development_id in (None, place))
        and looked_for in said
    )


def _may() -> May:
    waiting = counted(db(), texts.to_decide(actor())) if may(actor(), Permission.REVIEW_CARE_TEXT) else 0
    return May(may(actor(), Permission.WRITE_CARE_TEXT), may(actor(), Permission.LEAD_CARE), waiting)


def _in_words() -> dict[str, Any]:
    return {"words": words, "care_words": care_words}
