"""How a development looks on posters: its picture, colours and words, with every design to look at."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from referral.design_file import LANGUAGES

from ...access.permissions import Permission
from ...models import Development
from ...services import looks, posters
from ...services.posters import Press, Wish
from ..edge import actor, config, db, files, load, now, refusing
from ..guard import guard
from .poster import poster_file, reader_language
from .poster_forms import SHOWN, LookForm

bp = Blueprint("looks", __name__, url_prefix="/partners/developments/<int:development_id>/poster")


@bp.route("/", methods=["GET", "POST"])
@guard(Permission.MANAGE_PARTNERS)
def show(development_id: int):
    """The look, to be changed, and what becomes of it in every design."""
    development = load(Development, development_id)
    look = posters.look_of(db(), development)
    form = LookForm.of(look)
    if form.validate_on_submit():
        with refusing(form):
            sent = form.picture.data.read() if form.picture.data else None
            looks.change_look(
                db(),
                actor(),
                now(),
                files(),
                development,
                form.facts,
                picture=sent,
                drop_picture=form.drop_picture.data,
            )
            flash(_("Saved. New posters look like this."), "success")
            if signs := form.lacking:
                flash(_("Our typeface has no %(signs)s: the posters do without.", signs=signs), "warning")
            return redirect(url_for(".show", development_id=development_id))
    press = Press.of(config()).stocked(db())
    page = render_template(
        "referral/look.html",
        development=development,
        look=look,
        form=form,
        shelf=press.shelf,
        folder=press.folder,
        shown=SHOWN,
        lang=reader_language(),
        max_mb=looks.MAX_BYTES // 1_000_000,
    )
    return page, 422 if form.is_submitted() else 200


@bp.get("/<lang>.jpg")
@guard(Permission.MANAGE_PARTNERS)
def sample(development_id: int, lang: str) -> Response:
    """A poster of nobody in the design that is asked for."""
    development = load(Development, development_id)
    press = Press.of(config()).stocked(db())
    design = request.args.get("design", posters.DESIGN)
    if lang not in LANGUAGES or press.shelf.find(design) is None:
        abort(404)
    look = posters.look_of(db(), development)
    wanted = posters.sample(press, files(), development, look, Wish(design, lang))
    return poster_file(wanted, "jpg", name=f"{design}-{lang}.jpg")
