"""Designs of posters: what there is, drawn with words that are hard to set; a new one uploaded, looked at, offered."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired

from referral.posters.design import Design
from referral.posters.design_file import LANGUAGES, MAX_BYTES, given, source_of
from referral.posters.trial import SAMPLES

from ...access.permissions import Permission
from ...models import PosterDesign
from ...services.posters import designs, posters
from ...services.posters.designs import Problem
from ...services.posters.posters import PosterSettings
from ..edge import actor, config, db, form_page, load, now, refusing
from ..files.downloads import file_response
from ..files.uploads import PAPERS, take_in
from ..guard import guard
from . import design_words as words
from .drawing import kept_picture, reader_language
from .forms import SHOWN

bp = Blueprint("designs", __name__, url_prefix="/designs")

_LISTED = {"zh": "long", "en": "english"}
"""The words in the list's pictures: a design is as good as it is with what is hard to set."""


class UploadDesignForm(FlaskForm):
    """A design's file."""

    file = FileField(_l("Design (TOML file)"), [FileRequired(_l("Choose a file."))])


@bp.get("/")
@guard(Permission.MANAGE_DESIGNS)
def index() -> ResponseReturnValue:
    """Every design, and own ones that cannot be used."""
    catalogue, uploaded = _settings().catalogue, {row.name: row for row in designs.living(db())}
    drafts = [row for row in uploaded.values() if row.offered_at is None]
    return render_template(
        "posters/designs.html",
        catalogue=catalogue,
        uploaded=uploaded,
        drafts=[(row, design) for row in drafts if (design := designs.design_of(row)) is not None],
        given=given(),
        folder=config().designs_folder,
        shown=SHOWN,
        lang=reader_language(),
        sample=_LISTED[reader_language()],
    )


@bp.route("/new", methods=["GET", "POST"])
@guard(Permission.MANAGE_DESIGNS)
def new() -> ResponseReturnValue:
    """Upload a design: it is tried at once, and kept to be looked at when nothing is wrong with it."""
    form = UploadDesignForm()
    problems: tuple[Problem, ...] = ()
    if form.validate_on_submit():
        settings, data = _settings(), form.file.data.read(MAX_BYTES + 1)
        tried = take_in(form, PAPERS, lambda: designs.try_design(settings, data))
        problems = tried.problems if tried is not None else ()
        if tried is not None and tried.design is not None:
            with refusing(form):
                row = designs.add_design(db(), actor(), now(), settings, tried)
                flash(_("The design passed its trial. Look at it; then offer it."), "success")
                return redirect(url_for(".show", design_name=row.name), 303)
    page, status = form_page("posters/design_new.html", form, problems=problems, words=words, most=MAX_BYTES)
    return page, 422 if problems else status


@bp.get("/<design_name>/look")
@guard(Permission.MANAGE_DESIGNS)
def show(design_name: str) -> ResponseReturnValue:
    """One design with all the words that it is tried with, in both languages."""
    row = designs.uploaded(db(), design_name)
    return render_template(
        "posters/design.html",
        row=row,
        design=_design(design_name),
        of_house=design_name in given(),
        samples=words.SAMPLE_WORDS,
        languages=words.LANGUAGE_WORDS,
        shown=SHOWN,
        lang=reader_language(),
    )


@bp.get("/<design_name>/<lang>-<sample>.jpg")
@guard(Permission.MANAGE_DESIGNS)
def picture(design_name: str, lang: str, sample: str) -> Response:
    """A poster of nobody in this design, with words that are hard to set; `?large` for a closer look."""
    design = _design(design_name)
    if lang not in LANGUAGES or sample not in SAMPLES:
        abort(404)
    wide = "large" in request.args
    key = posters.trial_key(design, lang, sample, wide)
    return kept_picture(key, "image/jpeg", lambda: posters.trial(design, lang, sample, wide))


@bp.get("/<design_name>/design.toml")
@guard(Permission.MANAGE_DESIGNS)
def file(design_name: str) -> Response:
    """The design's file, to begin one's own with."""
    row = designs.uploaded(db(), design_name)
    source = row.source if row else source_of(design_name, config().designs_folder)
    if source is None:
        abort(404)
    return file_response(source, "application/toml", f"{design_name}.toml")


@bp.post("/<int:design_id>/offer")
@guard(Permission.MANAGE_DESIGNS)
def offer(design_id: int) -> ResponseReturnValue:
    """Let referrers choose it."""
    row = load(PosterDesign, design_id)
    designs.offer_design(db(), actor(), now(), row)
    flash(_("Referrers can choose it from now on."), "success")
    return redirect(url_for(".show", design_name=row.name), 303)


@bp.post("/<int:design_id>/withdraw")
@guard(Permission.MANAGE_DESIGNS)
def withdraw(design_id: int) -> ResponseReturnValue:
    """Take it back."""
    designs.withdraw_design(db(), actor(), now(), load(PosterDesign, design_id))
    flash(_("The design is withdrawn. Posters that are out there go on working."), "success")
    return redirect(url_for(".index"), 303)


def _settings() -> PosterSettings:
    return PosterSettings.of(config()).stocked(db())


def _design(name: str) -> Design:
    """A design on the catalogue or a draft; 404 for another name."""
    row = designs.uploaded(db(), name)
    found = designs.design_of(row) if row else _settings().catalogue.find(name)
    if found is None:
        abort(404)
    return found
