"""How a development looks on posters: its picture, colours and words, with every design to look at."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from referral.posters.design_file import LANGUAGES, Catalogue

from ...access.permissions import Permission
from ...adapters.images import photos
from ...adapters.images.photos import Photo
from ...models import Development
from ...services.kept_files import PictureChange
from ...services.posters import posters
from ...services.posters.posters import PosterChoices, PosterSettings
from ...services.referral import branding
from ..edge import actor, config, db, files, form_page, load, now, refusing
from ..files.uploads import PHOTOS, take_in
from ..guard import guard
from ..words.advertising import PROMISES
from .drawing import orderable, poster_file, reader_language
from .forms import SHOWN, LookForm

bp = Blueprint("looks", __name__, url_prefix="/partners/developments/<int:development_id>/poster")


@dataclass(frozen=True, slots=True, kw_only=True)
class Designs:
    """The catalogue of designs, the folder it comes from, and the words of its papers."""

    catalogue: Catalogue
    folder: Path
    shown: dict[str, Any]


@bp.route("/", methods=["GET", "POST"])
@guard(Permission.MANAGE_PARTNERS)
def show(development_id: int) -> ResponseReturnValue:
    """The look, to be changed, and what becomes of it in every design."""
    form = LookForm.of(posters.look_of(db(), load(Development, development_id)))
    if form.validate_on_submit() and (taken := _taken_in(form)) is not None:
        development = load(Development, development_id)
        with refusing(form):
            branding.change_look(
                db(),
                actor(),
                now(),
                files(),
                development,
                form.facts,
                PictureChange(next(iter(taken), None), drop=form.drop_picture.data),
            )
            flash(_("Saved. New posters look like this."), "success")
            if signs := form.lacking:
                flash(_("Our typeface has no %(signs)s: the posters do without.", signs=signs), "warning")
            return redirect(url_for(".show", development_id=development_id))
    development = load(Development, development_id)
    settings = PosterSettings.of(config()).stocked(db())
    return form_page(
        "posters/look.html",
        form,
        development=development,
        look=posters.look_of(db(), development),
        designs=Designs(
            catalogue=settings.catalogue,
            folder=settings.folder,
            shown=SHOWN,
        ),
        lang=reader_language(),
        stopped=branding.stopped(development, posters.look_of(db(), development)),
        promises=PROMISES,
        speaks_english=branding.speaks_english(posters.look_of(db(), development)),
        max_mb=photos.MAX_BYTES // 1_000_000,
    )


def _taken_in(form: LookForm) -> list[Photo] | None:
    """The picture that was sent, if one was; or None, with the reason in the form. Load rows again after it."""
    if not form.picture.data:
        return []
    return take_in(form, PHOTOS, lambda: [branding.take_in_picture(form.picture.data.read())])


@bp.get("/<lang>.jpg")
@guard(Permission.MANAGE_PARTNERS)
def sample(development_id: int, lang: str) -> Response:
    """A poster of nobody in the design that is asked for."""
    development = load(Development, development_id)
    settings = PosterSettings.of(config()).stocked(db())
    design = request.args.get("design", posters.DESIGN)
    if lang not in LANGUAGES or settings.catalogue.find(design) is None:
        abort(404)
    look = posters.look_of(db(), development)
    wanted = orderable(lambda: posters.sample(settings, files(), development, look, PosterChoices(design, lang)))
    return poster_file(wanted, "jpg", name=f"{design}-{lang}.jpg")
