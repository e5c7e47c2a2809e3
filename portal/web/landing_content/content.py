"""What a development shows to friends, as staff keep it: words, house types and pictures in their order, and a look at
the page before friends see it."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...adapters.images import photos
from ...adapters.images.photos import Photo
from ...models import Development, HouseType, LandingPicture
from ...services.kept_files import PictureChange
from ...services.landing import content, house_types, pictures
from ..edge import actor, config, db, files, form_page, load, now, refusing
from ..files.uploads import PHOTOS, take_in
from ..guard import guard
from ..landing.pictures import picture_key
from ..words import landing as words
from . import forms
from .forms import CaptionForm, ContentForm, DeedForm, HouseTypeForm, PicturesForm

bp = Blueprint("landing_content", __name__, url_prefix="/partners/developments/<int:development_id>/page")


@bp.route("/", methods=["GET", "POST"])
@guard(Permission.MANAGE_PARTNERS)
def show(development_id: int) -> ResponseReturnValue:
    """All that friends see of it, to be changed."""
    development = load(Development, development_id)
    form = ContentForm.of(content.of(db(), development))
    if form.validate_on_submit():
        with refusing(form):
            content.change(db(), actor(), now(), development, form.facts)
            flash(_("Saved."), "success")
            return redirect(url_for(".show", development_id=development_id))
    return _page(development, form)


@bp.post("/publish")
@guard(Permission.MANAGE_PARTNERS)
def publish(development_id: int) -> ResponseReturnValue:
    """Show it to friends."""
    if DeedForm().validate_on_submit():
        content.publish(db(), actor(), now(), load(Development, development_id))
        flash(_("Friends who are invited see this page from now on."), "success")
    return redirect(url_for(".show", development_id=development_id))


@bp.post("/take-down")
@guard(Permission.MANAGE_PARTNERS)
def take_down(development_id: int) -> ResponseReturnValue:
    """Show friends the posters' words only."""
    if DeedForm().validate_on_submit():
        content.take_down(db(), actor(), now(), load(Development, development_id))
        flash(_("Friends see name, address and form only. All that you entered is kept."), "success")
    return redirect(url_for(".show", development_id=development_id))


@bp.post("/pictures")
@guard(Permission.MANAGE_PARTNERS)
def pictures_add(development_id: int) -> ResponseReturnValue:
    """Pictures more, at the end."""
    form = PicturesForm()
    chosen = [file for file in form.picture.data or () if file]
    if form.validate_on_submit():
        taken = take_in(form, PHOTOS, lambda: [pictures.take_in(file.read()) for file in chosen])
        if taken is not None:
            development = load(Development, development_id)
            with refusing(form):
                for photo in taken:
                    pictures.add(db(), actor(), now(), files(), development, photo)
                flash(_("Saved."), "success")
                return redirect(url_for(".show", development_id=development_id, _anchor="pictures"))
    development = load(Development, development_id)
    return _page(development, ContentForm.of(content.of(db(), development)), form)


@bp.route("/pictures/<int:picture_id>", methods=["GET", "POST"])
@guard(Permission.MANAGE_PARTNERS)
def picture(development_id: int, picture_id: int) -> ResponseReturnValue:
    """One picture, with what stands below it."""
    row = _picture(development_id, picture_id)
    form = CaptionForm.of(row)
    if form.validate_on_submit():
        with refusing(form):
            pictures.caption(db(), actor(), now(), row, form.captions)
            flash(_("Saved."), "success")
            return redirect(url_for(".show", development_id=development_id, _anchor="pictures"))
    return form_page(
        "landing_content/picture.html",
        form,
        development=load(Development, development_id),
        row=row,
        picture_url=view_kept,
    )


@bp.post("/pictures/<int:picture_id>/<any(up, down):way>")
@guard(Permission.MANAGE_PARTNERS)
def picture_move(development_id: int, picture_id: int, way: str) -> ResponseReturnValue:
    """One place up or down."""
    row = _picture(development_id, picture_id)
    if DeedForm().validate_on_submit():
        pictures.move(db(), actor(), now(), row, up=way == "up")
    return redirect(url_for(".show", development_id=development_id, _anchor="pictures"))


@bp.post("/pictures/<int:picture_id>/remove")
@guard(Permission.MANAGE_PARTNERS)
def picture_remove(development_id: int, picture_id: int) -> ResponseReturnValue:
    """Take it off the page."""
    row = _picture(development_id, picture_id)
    if DeedForm().validate_on_submit():
        pictures.remove(db(), actor(), now(), row)
        flash(_("The picture is taken off the page."), "success")
    return redirect(url_for(".show", development_id=development_id, _anchor="pictures"))


@bp.get("/pictures/<int:picture_id>.jpg")
@guard(Permission.MANAGE_PARTNERS)
def picture_file(development_id: int, picture_id: int) -> Response:
    """The picture as friends will see it."""
    row = _picture(development_id, picture_id)
    return _private(pictures.view(files(), row.file_name, pictures.WIDTHS[-1]))


@bp.route("/homes/new", methods=["GET", "POST"])
@guard(Permission.MANAGE_PARTNERS)
def home_new(development_id: int) -> ResponseReturnValue:
    """A house type more."""
    form = HouseTypeForm.of(None)
    if form.validate_on_submit() and (taken := _taken_in(form)) is not None:
        development = load(Development, development_id)
        with refusing(form):
            house_types.add(db(), actor(), now(), files(), development, form.facts, next(iter(taken), None))
            flash(_("Saved."), "success")
            return redirect(url_for(".show", development_id=development_id, _anchor="homes"))
    return _home_page(development_id, form)


@bp.route("/homes/<int:home_id>", methods=["GET", "POST"])
@guard(Permission.MANAGE_PARTNERS)
def home(development_id: int, home_id: int) -> ResponseReturnValue:
    """Change a house type."""
    form = HouseTypeForm.of(_home(development_id, home_id))
    if form.validate_on_submit() and (taken := _taken_in(form)) is not None:
        row, plan = _home(development_id, home_id), next(iter(taken), None)
        with refusing(form):
            change = PictureChange(plan, drop=bool(form.drop_plan.data))
            house_types.change(db(), actor(), now(), files(), row, form.facts, change)
            flash(_("Saved."), "success")
            return redirect(url_for(".show", development_id=development_id, _anchor="homes"))
    return _home_page(development_id, form, _home(development_id, home_id))


@bp.post("/homes/<int:home_id>/<any(up, down):way>")
@guard(Permission.MANAGE_PARTNERS)
def home_move(development_id: int, home_id: int, way: str) -> ResponseReturnValue:
    """One place up or down."""
    row = _home(development_id, home_id)
    if DeedForm().validate_on_submit():
        house_types.move(db(), actor(), now(), row, up=way == "up")
    return redirect(url_for(".show", development_id=development_id, _anchor="homes"))


@bp.post("/homes/<int:home_id>/remove")
@guard(Permission.MANAGE_PARTNERS)
def home_remove(development_id: int, home_id: int) -> ResponseReturnValue:
    """Take it off the page."""
    row = _home(development_id, home_id)
    if DeedForm().validate_on_submit():
        house_types.remove(db(), actor(), now(), row)
        flash(_("%(name)s is taken off the page.", name=row.name), "success")
    return redirect(url_for(".show", development_id=development_id, _anchor="homes"))


@bp.get("/homes/<int:home_id>.jpg")
@guard(Permission.MANAGE_PARTNERS)
def plan_file(development_id: int, home_id: int) -> Response:
    """The floor plan as friends will see it."""
    row = _home(development_id, home_id)
    if row.file_name is None:
        abort(404)
    return _private(pictures.plan_view(files(), row.file_name, pictures.WIDTHS[-1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentRows:
    """What the page has: house types, and pictures."""

    homes: Sequence[HouseType]
    pictures: Sequence[LandingPicture]


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploads:
    """Which files are taken, and how large."""

    accept: str
    least: int
    max_mb: int


def _page(development: Development, form: ContentForm, adding: PicturesForm | None = None) -> tuple[str, int]:
    row = content.of(db(), development)
    return form_page(
        "landing_content/content.html",
        form,
        development=development,
        content=row,
        adding=adding or PicturesForm(formdata=None),
        rows=ContentRows(
            homes=content.house_types(db(), development.id),
            pictures=content.pictures(db(), development.id),
        ),
        picture_url=view_kept,
        plan_url=plan_kept,
        uploads=Uploads(
            accept=forms.PICTURES,
            least=pictures.MIN_SIDE,
            max_mb=config().upload_mb,
        ),
        words=words,
        prices_shown=content.shown(db(), development, now(), "zh", draft=True).prices_until is not None,
    )


def _home_page(development_id: int, form: HouseTypeForm, row: HouseType | None = None) -> tuple[str, int]:
    return form_page(
        "landing_content/house_type.html",
        form,
        development=load(Development, development_id),
        row=row,
        plan_url=plan_kept,
        accept=forms.PICTURES,
        max_mb=photos.MAX_BYTES // 1_000_000,
    )


def _taken_in(form: HouseTypeForm) -> list[Photo] | None:
    """The floor plan that was sent, if one was; or None, with the reason in the form. Load rows again after it."""
    if not form.picture.data:
        return []
    return take_in(form, PHOTOS, lambda: [pictures.take_in(form.picture.data.read())])


def _picture(development_id: int, picture_id: int) -> LandingPicture:
    row = load(LandingPicture, picture_id)
    return row if row.development_id == development_id else abort(404)


def _home(development_id: int, home_id: int) -> HouseType:
    row = load(HouseType, home_id)
    return row if row.development_id == development_id else abort(404)


def view_kept(row: LandingPicture, _width: int = 0) -> str:
    """Where staff look at a picture."""
    return url_for("landing_content.picture_file", development_id=row.development_id, picture_id=row.id)


def plan_kept(row: HouseType, _width: int = 0) -> str:
    """Where staff look at a floor plan; another file has another address."""
    key = picture_key(row.file_name or "")
    return url_for("landing_content.plan_file", development_id=row.development_id, home_id=row.id, v=key)


def _private(jpeg: bytes) -> Response:
    response = Response(jpeg, mimetype="image/jpeg")
    response.headers["Cache-Control"] = "private, max-age=300"
    return response
