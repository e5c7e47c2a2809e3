"""Posters of many referrers at once: ask, watch them being drawn, take the ZIP file."""

from datetime import timedelta
from functools import partial

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response as BaseResponse
from wtforms import SelectChoice

from ...access.permissions import Permission
from ...access.scope import visible
from ...models import Audience, Development, PosterBatch
from ...services.partners.partners import open_developments
from ...services.posters import batches as poster_batches
from ...services.posters import worker as poster_worker
from ...services.posters.posters import PosterSettings
from ..edge import actor, config, database, db, files, form_page, load, now, refusing
from ..files.downloads import streamed_response
from ..guard import guard
from ..lists.arguments import chosen
from ..lists.paging import page_of
from ..words import rewards as words
from .drawing import reader_language
from .forms import SHOWN, BatchForm

bp = Blueprint("poster_batches", __name__, url_prefix="/referrers/posters")

_AT_HAND = timedelta(seconds=8)
"""How long the server draws right after its answer; what is left is the worker's."""


@bp.get("/")
@guard(Permission.MANAGE_REFERRERS)
def index() -> ResponseReturnValue:
    """What was asked for lately, newest first."""
    shown = visible(actor(), PosterBatch).options(joinedload(PosterBatch.development), joinedload(PosterBatch.asker))
    page = page_of(db(), shown, PosterBatch.id, request.args.get("after"))
    return render_template("posters/poster_batches.html", page=page, words=words, titles=_titles())


@bp.route("/new", methods=["GET", "POST"])
@guard(Permission.MANAGE_REFERRERS)
def new() -> ResponseReturnValue:
    """Ask for the posters of a development's referrers."""
    settings = PosterSettings.of(config()).stocked(db())
    form = BatchForm(lang=reader_language())
    form.development_id.choices = [SelectChoice(one.id, one.name) for one in open_developments(db())]
    form.audience.choices = [
        SelectChoice("", _("All")),
        *(SelectChoice(one.value, word) for one, word in words.AUDIENCES.items()),
    ]
    form.design.choices = [
        SelectChoice(name, f"{SHOWN[design.page]} · {design.titles[reader_language()]}")
        for name, design in settings.catalogue.designs.items()
    ]
    if form.validate_on_submit():
        with refusing(form):
            batch = poster_batches.ask(
                db(),
                actor(),
                now(),
                settings,
                poster_batches.BatchRequest(
                    development=load(Development, form.development_id.data),
                    audience=chosen(Audience, form.audience.data),
                    design=form.design.data,
                    lang=form.lang.data,
                ),
            )
            return _and_draw(redirect(url_for(".show", batch_id=batch.id)), batch.id)
    return form_page("posters/poster_batch_new.html", form)


@bp.get("/<int:batch_id>")
@guard(Permission.MANAGE_REFERRERS)
def show(batch_id: int) -> ResponseReturnValue:
    """How far it is; then the file."""
    batch = load(PosterBatch, batch_id)
    ends = batch.finished_at + poster_batches.KEPT if batch.finished_at else None
    return render_template("posters/poster_batch.html", batch=batch, words=words, titles=_titles(), ends=ends)


@bp.post("/<int:batch_id>/take")
@guard(Permission.MANAGE_REFERRERS)
def take(batch_id: int) -> Response:
    """Hand out the ZIP file. Not a GET: it names people, and taking it is written down."""
    batch = load(PosterBatch, batch_id)
    taken = poster_batches.take(db(), actor(), now(), batch)
    name = poster_batches.file_name_of(batch)
    return streamed_response(poster_batches.zipped(files(), taken), "application/zip", name)


def _titles() -> dict[str, str]:
    lang = reader_language()
    return {
        name: design.titles[lang]
        for name, design in PosterSettings.of(config()).stocked(db()).catalogue.designs.items()
    }


def _and_draw(response: BaseResponse, batch_id: int) -> BaseResponse:
    """Begin as soon as the request is committed and answered."""
    clock = current_app.extensions["clock"]
    draw = partial(poster_worker.run, database(), files(), PosterSettings.of(config()), clock, batch_id, most=_AT_HAND)
    response.call_on_close(draw)
    return response
